"""The fields of a problem's unknowns as parts of its block systems, for solvers that split them (`solver.linear.fieldsplit`):
the electrochemical potentials, the potential, and with flow the pressure and the velocity, in the order in which a
preconditioner solves for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver.discretization.assembly import assembled
from solver.discretization.boundary import WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.flow import Flow
from solver.discretization.flow_space import CONTINUOUS
from solver.discretization.liquid import LiquidPart
from solver.discretization.measures import Measures
from solver.discretization.symbols import product
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.linear.blocks import Combination, Member, Part
from solver.linear.components import Component, ComponentInverse
from solver.linear.multigrid import BOOMER, ApproximateInverse
from solver.linear.pressure_schur import PressureSchur

VELOCITY = "velocity"
"""Name of the part that is the velocity of the flow."""


@dataclass(frozen=True)
class Channel:
    """Where liquid flows, as far as its permeability asks.

    Attributes:
        tagged, walls: mesh and walls of the device.
        scalar: space of one number a node.
        metric, measures: of all integrals.
        liquid: the part in which liquid moves; None where it does everywhere.
    """

    tagged: TaggedMesh
    walls: Sequence[WallCondition]
    scalar: fem.FunctionSpace
    metric: Metric
    measures: Measures
    liquid: LiquidPart | None = None

    def over(self, integrand: ufl.core.expr.Expr) -> ufl.Form:
        """The integral over the volume in which liquid moves; over solids, too, so that rows there have their diagonals."""
        inside = 1 if self.liquid is None else self.liquid.indicator()
        return inside * integrand * self.metric.weight * self.measures.volume

    def at_rest(self) -> np.ndarray:
        """Local nodes at which liquid does not move: on walls without slip, where solids begin, and in these. Collective."""
        walls = [wall.name for wall in self.walls if not (wall.slip_length > 0 or wall.passes_water)]
        facets, dimension = self.tagged.facets_of(*walls), self.tagged.mesh.topology.dim - 1
        if self.liquid is None:
            return np.asarray(fem.locate_dofs_topological(self.scalar, dimension, facets))
        facets = np.union1d(facets, self.liquid.interfaces).astype(np.int32)
        nodes, wet = fem.locate_dofs_topological(self.scalar, dimension, facets), fem.Function(self.scalar).x
        wet.array[self.scalar.dofmap.list[self.liquid.cells].ravel()] = 1.0
        wet.scatter_forward()
        return np.union1d(nodes, np.flatnonzero(wet.array == 0.0)).astype(np.int32)


def transport_parts(unknowns: Unknowns, fixed: np.ndarray) -> list[Part]:
    """The electrochemical potentials and the potential.

    fixed: owned entries with given values.
    """
    nodes, found = np.arange(unknowns.owned_nodes), []
    for name in (*unknowns.of_species, POTENTIAL):
        entries = np.setdiff1d(unknowns.entries(nodes, name), unknowns.owned_idle)
        found.append(Part(name, 0, entries, given=np.flatnonzero(np.isin(entries, fixed))))
    return found


def conserved_charge(
    unknowns: Unknowns, fixed: np.ndarray, valences: Mapping[str, int], rate: float, coupling: float
) -> Combination:
    """Conservation of the charge that ions and the field carry, for equations with storage.

    Ions that storage holds where they are follow the potential: with M of the storage, rate w, and K of the conduction, the
    equations are w M (mu - z phi) + K mu of a species and L phi - q sum z M (mu - z phi) of the field. Changes of phi with
    mu = z phi leave L + (q / w) sum z^2 K of the field's equation and q / w times the charges of all others: displacement and
    conduction. No field alone sees this operator, from diffusion over the device to far above the rate of double layers.

    fixed: owned entries with given values. valences: of the species by names. coupling: q, of the potential to
        concentrations, see `solver.physics.scales.Scales.charge_coupling`.
    """
    entries = np.setdiff1d(unknowns.entries(np.arange(unknowns.owned_nodes), POTENTIAL), unknowns.owned_idle)
    nodes, given = entries // unknowns.width, np.flatnonzero(np.isin(entries, fixed))
    # also where the potential is given: every row of the combined equations needs its diagonal
    members = [Member(np.arange(len(entries)), entries, 1.0, 1.0)]
    for name, valence in valences.items():
        own = unknowns.entries(nodes, name)
        free = np.flatnonzero(~np.isin(own, np.concatenate([fixed, unknowns.owned_idle])))
        free = np.setdiff1d(free, given)
        members.append(Member(free, own[free], coupling / rate * valence, float(valence)))
    return Combination(entries, given, tuple(members))


def flow_parts(flow: Flow, channel: Channel) -> list[Part]:
    """The pressure and the velocity. Collective."""
    pressures = _pressures(flow)
    pressure = Part("pressure", 1, np.concatenate(pressures), inverse=_schur(flow, channel, pressures))
    idle = np.zeros(0, dtype=np.int64) if flow.idle is None else flow.idle
    velocity, dimension = _entries(flow, 0), channel.tagged.mesh.geometry.dim
    every = velocity.reshape(-1, dimension)
    # idle entries of the pressure are identity rows of its mass matrix, and stay: their residual is zero
    nodes = every[~np.isin(every, idle).any(axis=1)]
    # sorted: multigrid is far worse for a part that is taken out of a matrix on several ranks in another order
    chosen, in_order = np.sort(nodes.ravel()), nodes[np.argsort(nodes[:, 0])].ravel()
    if (inverse := _friction(flow, channel, chosen)) is not None:
        return [pressure, Part(VELOCITY, 1, chosen, inverse=inverse)]
    by_nodes = channel.tagged.mesh.comm.allreduce(bool(np.array_equal(chosen, in_order)), op=MPI.LAND)
    return [pressure, Part(VELOCITY, 1, chosen, dimension if by_nodes else 1, options=BOOMER)]


def _friction(flow: Flow, channel: Channel, chosen: np.ndarray) -> ComponentInverse | None:
    """Approximate inverse of the matrix of the velocity by its components; None where these are coupled by more than the
    strain, or their matrix follows the state. Collective.

    chosen: owned entries of the velocity that are not idle, sorted.
    """
    space, dimension, comm = channel.scalar, channel.tagged.mesh.geometry.dim, channel.tagged.mesh.comm
    parts = flow.scalar_parts()[:dimension]
    if not (flow.is_plain and dimension == 3 and parts[0].dofmap.list.shape == space.dofmap.list.shape):
        return None
    nodes = space.dofmap.index_map.size_local
    # entry of each component at each node of the scalar space, ghosts included
    entries = np.zeros((nodes + space.dofmap.index_map.num_ghosts, dimension), dtype=np.int64)
    for k, part in enumerate(parts):
        entries[space.dofmap.list.ravel(), k] = part.dofmap.list.ravel()
    agree = bool((entries[:nodes] < flow.owned).all() and (entries[nodes:] >= flow.owned).all())
    if not comm.allreduce(agree, op=MPI.LAND):
        return None
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    found = []
    for k, own in enumerate(entries.T):
        # the component's own part of the friction with the symmetric strain
        strain = ufl.inner(ufl.grad(trial), ufl.grad(test)) + trial.dx(k) * test.dx(k)
        fixed = np.isin(own, flow.constrained)
        bcs = [fem.dirichletbc(0.0, np.flatnonzero(fixed).astype(np.int32), space)]
        matrix = fem_petsc.assemble_matrix(fem.form(channel.over(product(flow.viscosity.value, strain))), bcs=bcs)
        matrix.assemble()
        free = np.flatnonzero(~fixed[:nodes])
        found.append(Component(matrix, np.searchsorted(chosen, own[free]), free))
    return ComponentInverse(found, np.flatnonzero(np.isin(chosen, flow.constrained)))


def _entries(flow: Flow, part: int) -> np.ndarray:
    """Owned entries of a part of the flow, components one after the other at every node; sorted where there is one."""
    _, entries = flow.space.sub(part).collapse()
    every = np.asarray(entries)
    own = every[every < flow.owned]
    return own if part == 0 else np.unique(own)  # cells may share a constant


def _pressures(flow: Flow) -> list[np.ndarray]:
    """Owned entries of the continuous pressure and of its constants, if it has any."""
    return [_entries(flow, part) for part in range(CONTINUOUS, flow.space.num_sub_spaces)]


def permeability(channel: Channel) -> ufl.core.expr.Expr:
    """Local permeability in units of the mesh, (2/3) (psi + |grad psi|^2 / 2) with -lap psi = 1 and psi = 0 on walls without
    slip: H^2/12 between plates and R^2/8 in the mean of a tube, without any knowledge of the geometry. Collective."""
    space = channel.scalar
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    nodes = channel.at_rest()
    laplace = fem.form(channel.over(ufl.inner(ufl.grad(trial), ufl.grad(test))))
    matrix = fem_petsc.assemble_matrix(laplace, bcs=[fem.dirichletbc(0.0, nodes, space)])
    matrix.assemble()
    solution, right = matrix.createVecs()
    right.array[:] = assembled(fem.form(channel.over(test)))
    right.array[nodes[nodes < right.getLocalSize()]] = 0.0
    options = {**BOOMER, "ksp_type": "cg", "ksp_rtol": 1e-4, "ksp_max_it": 200}
    ApproximateInverse(matrix, options).solve(right, solution)
    psi = fem.Function(space)
    psi.x.array[: right.getLocalSize()] = np.maximum(solution.array, 0.0)
    psi.x.scatter_forward()
    return (2.0 / 3.0) * (psi + 0.5 * ufl.inner(ufl.grad(psi), ufl.grad(psi)))


def _schur(flow: Flow, channel: Channel, entries: Sequence[np.ndarray]) -> PressureSchur:
    """Approximate inverse of the Schur complement of the pressure, for a uniform viscosity.

    entries: owned ones of the continuous pressure and of its constants, if there are any.
    """
    space, own = _space_of_pressure(flow)
    chosen = [own[each] for each in entries]
    if space is flow.space:
        trials, tests = ufl.TrialFunctions(space)[CONTINUOUS:], ufl.TestFunctions(space)[CONTINUOUS:]
        continuous = space.sub(CONTINUOUS)
    else:
        trials, tests, continuous = [ufl.TrialFunction(space)], [ufl.TestFunction(space)], space
    gradients = ufl.inner(ufl.grad(trials[0]), ufl.grad(tests[0]))
    mass = fem_petsc.assemble_matrix(fem.form(channel.over(sum(trials) * sum(tests))))
    mass.assemble()
    given = flow.constrained[flow.constrained < flow.owned]
    start, size = mass.getOwnershipRange()[0], mass.getLocalSize()[0]
    mass.zeroRowsColumns((start + own[given][own[given] >= 0]).astype(PETSc.IntType), 1.0)
    rows = [PETSc.IS().createGeneral((start + each).astype(PETSc.IntType), comm=mass.comm) for each in chosen]
    blocks = [mass.createSubMatrix(rows[0], each) for each in rows]
    constants = (blocks[1], mass.createSubMatrix(rows[1], rows[1])) if len(rows) > 1 else None
    mass.destroy()
    lubrication = fem_petsc.assemble_matrix(fem.form(channel.over(permeability(channel) * gradients)))
    lubrication.assemble()
    names, first = list(flow.outflow_forms), chosen[0]
    facets = channel.tagged.facets_of(*names)
    at_ends = fem.locate_dofs_topological(continuous, channel.tagged.mesh.topology.dim - 1, facets)
    idle = np.zeros(0, dtype=np.int64) if flow.idle is None else own[flow.idle]
    at_ends = np.union1d(at_ends[at_ends < size], idle[idle >= 0])
    lubrication.zeroRowsColumns((start + at_ends).astype(PETSc.IntType), 1.0)
    return PressureSchur(
        blocks[0],
        constants,
        lubrication.createSubMatrix(rows[0], rows[0]) if names else None,
        np.flatnonzero(np.isin(np.concatenate(entries), given)),
        np.flatnonzero(np.isin(first, at_ends)),
    )


def _space_of_pressure(flow: Flow) -> tuple[fem.FunctionSpace, np.ndarray]:
    """A space of the parts of the pressure, and the owned entry there of each owned one of the flow, -1 for those of the
    velocity: that of the continuous part alone if there is no other, else that of the flow, whose matrices are larger.
    Collective."""
    if flow.space.num_sub_spaces > CONTINUOUS + 1:
        return flow.space, np.arange(flow.owned)
    space, entries = flow.space.sub(CONTINUOUS).collapse()
    size, found = space.dofmap.index_map.size_local, np.full(flow.owned, -1)
    every = np.asarray(entries)
    agree = bool((every[:size] < flow.owned).all() and (every[size:] >= flow.owned).all())
    if not flow.space.mesh.comm.allreduce(agree, op=MPI.LAND):
        return flow.space, np.arange(flow.owned)
    found[every[:size]] = np.arange(size)
    return space, found
