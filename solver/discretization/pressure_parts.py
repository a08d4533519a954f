"""The pressure of a flow as a part of block systems, and the matrices of its approximate Schur complement."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from solver.discretization.assembly import assembled
from solver.discretization.cell_pressure import cell_volumes
from solver.discretization.channel import Channel, permeability
from solver.discretization.flow import Flow
from solver.discretization.flow_space import CONSTANTS, CONTINUOUS, constants_of
from solver.linear.blocks import Part
from solver.linear.pressure_schur import Constants, PressureSchur

CONDUCTION = {1: 6 * 27 / 20, 6: 6 * 6 / 5}
"""Factors of the conduction between constants, by the cells that have one together (see `between_constants`): with a sixth
of them, pressures that fall linearly along a channel of equal rectangles or hexahedra lose what they lose there. Velocities
that are quadratic along the channel answer to steps with peaks at faces and resist them six times less."""

ROUNDING = 1e-6
"""Relative size of sums that count as zero."""

SMALL = 1e-2
"""Integral of a velocity, over the volume of the cells around it, from which on it carries flow."""


def pressure_part(flow: Flow, channel: Channel) -> Part:
    """The pressure, with the inverse of its Schur complement for a uniform viscosity. Collective."""
    space, numbers = flow.space.sub(CONTINUOUS).collapse()
    own = np.asarray(numbers)[: space.dofmap.index_map.size_local]
    together = None if constants_of(flow.space) is None else Together(flow)
    entries = own if together is None else np.concatenate([own, together.constants])
    return Part("pressure", 2, entries - flow.owned_velocity, inverse=_schur(flow, channel, space, own, together))


def _schur(
    flow: Flow, channel: Channel, space: fem.FunctionSpace, own: np.ndarray, together: Together | None
) -> PressureSchur:
    """Its approximate inverse.

    space: of the continuous part. own: its owned entries in the flow. together: the constants; None without.
    """
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    given = np.flatnonzero(np.isin(own, flow.constrained))
    mass = _matrix(channel.over(trial * test), given)
    names = list(flow.outflow_forms)
    lubrication, conduction = None, None
    ends = np.zeros(0, dtype=np.int64)
    if names:
        local = permeability(channel)
        facets = channel.tagged.facets_of(*names)
        at_ends = fem.locate_dofs_topological(space, channel.tagged.mesh.topology.dim - 1, facets)
        idle = np.zeros(0, dtype=np.int64) if flow.idle is None else np.flatnonzero(np.isin(own, flow.idle))
        ends = np.union1d(at_ends[at_ends < len(own)], idle)
        lubrication = _matrix(channel.over(local * ufl.inner(ufl.grad(trial), ufl.grad(test))), ends)
        conduction = None if together is None else between_constants(flow, channel, together, local)
    constants = None if together is None else _constants(channel, together, test, given, conduction)
    return PressureSchur(mass, lubrication, given, ends, constants)


def _matrix(form: ufl.Form, given: np.ndarray) -> PETSc.Mat:
    """A bilinear form, owned rows and columns of given entries those of the identity. Collective."""
    matrix = fem_petsc.assemble_matrix(fem.form(form))
    matrix.assemble()
    matrix.zeroRowsColumns((matrix.getOwnershipRange()[0] + given).astype(PETSc.IntType), 1.0)
    return matrix


def _constants(
    channel: Channel, together: Together, test: ufl.Argument, given_nodes: np.ndarray, conduction: PETSc.Mat | None
) -> Constants:
    """What the Schur complement needs of the constants.

    test: of the continuous part. given_nodes: its owned entries that are given. conduction: between the constants; None
        where the pressure is given nowhere.
    """
    mixed = fem_petsc.assemble_matrix(fem.form(channel.over(ufl.TrialFunction(together.of_cells) * test)))
    mixed.assemble()
    volumes = mixed.createVecRight()
    ones = mixed.createVecLeft()
    ones.set(1.0)
    mixed.multTranspose(ones, volumes)  # the continuous functions sum to one
    mass = together.matrix.createVecLeft()
    together.matrix.mult(volumes, mass)
    mass.array[together.given] = 1.0
    mixed = mixed.matMult(together.matrix.transpose(PETSc.Mat()))
    rows, columns = mixed.createVecLeft(), mixed.createVecRight()
    rows.set(1.0)
    columns.set(1.0)
    rows.array[given_nodes] = 0.0
    columns.array[together.given] = 0.0
    mixed.diagonalScale(rows, columns)
    return Constants(mixed, mass.array.copy(), conduction, together.given)


class Together:
    """Which cells have a constant together.

    Attributes:
        of_cells: space of one number a cell.
        matrix: one row of ones for each constant, at its cells.
        constants, given: owned entries of the flow that are constants, and those of them that are given, among them.
    """

    def __init__(self, flow: Flow) -> None:
        part = flow.space.sub(CONSTANTS).dofmap.list[:, 0]
        self.of_cells = of_cells = fem.functionspace(flow.space.mesh, ("DG", 0))
        self.constants = constants = np.unique(part[part < flow.owned])
        self.given = np.flatnonzero(np.isin(constants, flow.constrained))
        numbers, owned = of_cells.dofmap.list[:, 0], of_cells.dofmap.index_map.size_local
        found = np.searchsorted(constants, part[numbers < owned])
        order = np.argsort(found, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(found, minlength=len(constants)))])
        columns = of_cells.dofmap.index_map.local_range[0] + numbers[numbers < owned][order]
        self.matrix = PETSc.Mat().createAIJ(
            ((len(constants), None), (owned, None)),
            csr=(starts.astype(PETSc.IntType), columns.astype(PETSc.IntType), np.ones(len(order))),
            comm=of_cells.mesh.comm,
        )


def between_constants(
    flow: Flow, channel: Channel, together: Together, local_permeability: ufl.core.expr.Expr
) -> PETSc.Mat:
    """Conduction between neighbouring constants by their jumps, k times area over distance: B W B^T, with B of the flow
    out of the cells of a constant and W, diagonal, the permeability over the volume of every free velocity. So it needs
    neither geometry nor neighbours on other ranks, and knows that walls are tight and ends, where a stress is given, open.
    Rows of dry cells are those of the identity. Collective."""
    space = flow.velocity
    assert space is not None
    constant, velocity = ufl.TestFunction(together.of_cells), ufl.TrialFunction(space)
    outflow = fem_petsc.assemble_matrix(fem.form(channel.over(constant * channel.metric.divergence(velocity))))
    outflow.assemble()
    outflow = together.matrix.matMult(outflow)
    functions = sum(ufl.TestFunction(space))
    volumes = assembled(fem.form(channel.over(functions)))
    # functions whose integrals vanish or are negative carry no flow from cell to cell
    counts = volumes > SMALL * _volumes_around(space)[: len(volumes)]
    counts[flow.constrained_velocity] = False
    counts &= _between_two(outflow)
    conducted = assembled(fem.form(channel.over(local_permeability * functions)))
    weights = outflow.createVecRight()
    weights.array[:] = CONDUCTION[channel.tagged.cells_per_hexahedron] * np.divide(
        conducted, volumes**2, out=np.zeros(len(volumes)), where=counts
    )
    weighted = outflow.copy()
    weighted.diagonalScale(R=weights)
    found = weighted.matMult(outflow.transpose(PETSc.Mat()))
    diagonal = found.getDiagonal()
    diagonal.array[diagonal.array_r == 0.0] = 1.0
    found.setDiagonal(diagonal)
    return found


def _between_two(outflow: PETSc.Mat) -> np.ndarray:
    """Which columns (owned) have one entry, or two that cancel: the others, of edges around which four cells lie, would
    couple cells side by side with the wrong sign, which multigrid does not bear. Collective."""
    starts, columns, values = outflow.getValuesCSR()
    ones, found = outflow.createVecLeft(), []
    ones.set(1.0)
    for each in (values, np.abs(values), values**2):
        matrix = PETSc.Mat().createAIJ(outflow.getSizes(), csr=(starts, columns, each), comm=outflow.comm)
        sums = matrix.createVecRight()
        matrix.multTranspose(ones, sums)
        found.append(np.array(sums.array))
        matrix.destroy()
    sums, sizes, squares = found
    with np.errstate(divide="ignore", invalid="ignore"):
        count, rest = sizes**2 / squares, np.abs(sums) / sizes
    return (count < 1.0 + ROUNDING) | ((count < 2.0 + ROUNDING) & (rest < ROUNDING))


def _volumes_around(space: fem.FunctionSpace) -> np.ndarray:
    """Volume of the cells around each local entry of a space of vectors. Collective."""
    found = fem.Function(space)
    sizes, width = cell_volumes(space.mesh), space.dofmap.index_map_bs
    nodes = space.dofmap.list[: len(sizes)]
    for k in range(width):
        np.add.at(found.x.array, width * nodes + k, sizes[:, None])
    found.x.scatter_reverse(la.InsertMode.add)
    return np.asarray(found.x.array)
