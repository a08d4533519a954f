"""The part of the pressure that is constant in each cell.

Beside a continuous pressure it makes the flow through every cell sum to zero, which Taylor-Hood elements do not: on long
cells their flow through a cross-section is wrong by tens of percent. Two of its entries must be given: one anywhere, as
the sum of both parts does not change when one is raised and the other lowered by a constant; and that of every cell with two
or more facets on the boundary, where both parts see the same velocities only and the inf-sup constant would fall (Boffi,
Cavallini, Gardini and Gastaldi, J. Sci. Comput. 52, 383 (2012), ask for a vertex inside the domain in each cell).

A tetrahedron has no such part of its own: velocities of degree 2 cannot change the flow through one of its faces alone, and
the inf-sup constant falls as cells get smaller. Those of the six tetrahedra that a hexahedron was split into can, through
every face of the hexahedron: it has a node in the middle of its diagonal, as that of triquadratic velocities has, with which
the constants of hexahedra are stable, too (Thatcher, Int. J. Numer. Methods Fluids 11, 341 (1990)). So the six cells have
one constant together, given in one hexahedron alone: the least eigenvalues of the Schur complement stay as without constants.
Cells of a mesh file conserve volume as a whole only; `solver.observables.level_flows` measures what they miss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx import mesh as dmesh
from dolfinx.cpp.mesh import cell_num_vertices
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from solver.discretization.liquid import LiquidPart
from solver.discretization.parts import closed_groups, parts_of
from solver.parallel import compat

VELOCITY, CONTINUOUS, CONSTANTS = 0, 1, 2
"""Numbers of the parts of the space of a flow; some have no constants."""


def constants_of(space: fem.FunctionSpace) -> int | None:
    """Number of the constants of the pressure in the space of a flow; None without."""
    return CONSTANTS if space.num_sub_spaces > CONSTANTS else None


def given_pressures(
    space: fem.FunctionSpace, liquid: LiquidPart | None, terminals: np.ndarray, *, shared: bool
) -> list[fem.DirichletBC]:
    """Zero pressure of the cells in which it is given; and, where the liquid falls into parts, at a vertex of those without a
    terminal, in which only differences of the pressure matter. Collective.

    space: of the flow. liquid: where there is flow; None where that is everywhere. terminals: local facets at which a stress
        is given. shared: whether several cells have a constant together; it is given in none of the corners then.
    """
    mesh, continuous = space.mesh, CONTINUOUS
    constants = constants_of(space)
    closed: list[int] = []
    if liquid is None and constants is None:
        if not mesh.comm.allreduce(len(terminals), op=MPI.SUM):
            closed = [_largest(mesh, np.ones(len(mesh.topology.original_cell_index), dtype=bool))]
    elif liquid is None:
        corners = (_exterior_facets(mesh) > 1) & (not shared)
        chosen = [_largest(mesh, ~corners)]
    else:
        corners = (liquid.facets_on_boundary > 1) & (not shared)
        parts = parts_of(liquid, terminals)
        chosen = [_largest(mesh, part.among(~corners)) for part in parts]
        vertices, _ = space.sub(continuous).collapse()
        closed = [_largest(mesh, parts[k].among(liquid.inside)) for k in closed_groups(parts, vertices)]
    at_vertices = [_at_vertex(space.sub(continuous), cell) for cell in closed]
    if constants is None:
        return at_vertices
    original = np.asarray(mesh.topology.original_cell_index)
    cells = np.flatnonzero(corners | np.isin(original, chosen))
    entries = np.unique(space.sub(constants).dofmap.list[cells, 0]).astype(np.int32)
    return [fem.dirichletbc(0.0, entries, space.sub(constants)), *at_vertices]


def _at_vertex(pressure: fem.FunctionSpace, cell: int) -> fem.DirichletBC:
    """Zero at the vertex of a cell that comes first by its coordinates. Collective.

    cell: its original index.
    """
    mesh, layout = pressure.mesh, pressure.dofmap.dof_layout
    topology = mesh.topology
    owned = topology.index_map(topology.dim).size_local
    whole = la.vector(pressure.dofmap.index_map, pressure.dofmap.index_map_bs)
    for mine in np.flatnonzero(np.asarray(topology.original_cell_index)[:owned] == cell):  # on one rank
        x = mesh.geometry.x[nodes_of_cells(mesh)[mine]]
        first = min(range(cell_num_vertices(topology.cell_type)), key=lambda k: tuple(x[k]))
        whole.array[pressure.dofmap.list[mine, layout.entity_dofs(0, first)[0]]] = 1.0
    whole.scatter_reverse(la.InsertMode.add)  # the rank that owns the vertex may be another
    whole.scatter_forward()
    return fem.dirichletbc(0.0, np.flatnonzero(whole.array).astype(np.int32), pressure)


def _largest(mesh: dmesh.Mesh, among: np.ndarray) -> int:
    """Original index of the largest of some local cells, of several the first; -1 when there are none. Collective.

    What is given in a cell is not conserved there: a small cell at the corner of a mouth would pass a part of the flow on to
    the others in which it is given, while the largest lie where nothing varies.
    """
    sizes = cell_volumes(mesh)
    sizes[~among[: len(sizes)]] = 0.0
    largest = mesh.comm.allreduce(float(sizes.max(initial=0.0)), op=MPI.MAX)
    found = np.asarray(mesh.topology.original_cell_index)[: len(sizes)][sizes > (1 - 1e-6) * largest]
    nobody = np.iinfo(np.int64).max
    first = mesh.comm.allreduce(int(found.min()) if largest and len(found) else nobody, op=MPI.MIN)
    return -1 if first == nobody else first


def _exterior_facets(mesh: dmesh.Mesh) -> np.ndarray:
    """Number of the facets of each local cell that lie on the boundary of the mesh. Collective."""
    topology = mesh.topology
    dimension = topology.dim - 1
    topology.create_connectivity(dimension, topology.dim)
    cells = topology.connectivity(dimension, topology.dim)
    owners = np.array([cells.links(facet)[0] for facet in dmesh.exterior_facet_indices(topology)], dtype=np.int64)
    count = fem.Function(fem.functionspace(mesh, ("DG", 0)))
    entry = count.function_space.dofmap.list[:, 0]
    np.add.at(count.x.array, entry[owners], 1.0)
    count.x.scatter_reverse(la.InsertMode.add)  # the rank of a facet may have its cell as a ghost
    count.x.scatter_forward()
    return np.round(count.x.array[entry]).astype(int)


class ContinuousPressure:
    """The whole pressure as a continuous function, for pictures: at each node the mean over the cells around it.

    Args:
        space: of the flow; `part` is the number of the constants in it, None without any.
        scalar: the Lagrange space of the result.
        continuous: the continuous part of the pressure in the flow's state.
        liquid: where there is flow; None where that is everywhere. Elsewhere the pressure is zero.
    """

    def __init__(
        self,
        space: fem.FunctionSpace,
        part: int | None,
        scalar: fem.FunctionSpace,
        continuous: Any,
        liquid: LiquidPart | None = None,
    ) -> None:
        self._constants = None if part is None else space.sub(part).dofmap.list[:, 0]
        self._nodes = scalar.dofmap.list
        self._found = fem.Function(scalar)
        self._continuous = compat.expression(continuous, scalar)
        self._sizes = cell_volumes(space.mesh)
        if liquid is not None:
            self._sizes *= liquid.inside[: len(self._sizes)]
        around = self._summed(self._sizes)
        self._around = np.where(around > 0.0, around, 1.0)

    def of(self, flow: np.ndarray) -> np.ndarray:
        """Values at the nodes for the flow that is loaded, whose entries (with ghosts) are `flow`. Collective."""
        mean: Any = 0.0
        if self._constants is not None:
            mean = self._summed(self._sizes * flow[self._constants[: len(self._sizes)]]) / self._around
        self._found.interpolate(self._continuous)
        self._found.x.scatter_forward()
        return np.asarray(self._found.x.array + mean)

    def _summed(self, values: np.ndarray) -> np.ndarray:
        """Sums of values of the owned cells over the cells around each node. Collective."""
        nodes = self._nodes[: len(values)]
        self._found.x.array[:] = 0.0
        np.add.at(self._found.x.array, nodes, values[:, None])
        self._found.x.scatter_reverse(la.InsertMode.add)
        self._found.x.scatter_forward()
        return self._found.x.array.copy()


def cell_volumes(mesh: dmesh.Mesh) -> np.ndarray:
    """Volumes of the owned cells, in units of the mesh. Shape (cells,)."""
    space = fem.functionspace(mesh, ("DG", 0))
    vector = fem.assemble_vector(fem.form(ufl.TestFunction(space) * ufl.dx)).array
    return np.asarray(vector[space.dofmap.list[: mesh.topology.index_map(mesh.topology.dim).size_local, 0]])
