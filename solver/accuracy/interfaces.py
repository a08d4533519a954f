"""Whether a mesh resolves the layers at the faces of membranes, where concentrations step within a Debye length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from dolfinx import la
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from meshes.tagged import TaggedMesh
from solver.accuracy.resolution import COARSE_PART, lengths_and_heights
from solver.case.case import Case
from solver.check.regions import COARSEST_FACE_CELL
from solver.laws.algebra import NUMBERS
from solver.laws.regions.base import RegionLaw
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage

NEGLIGIBLE = 0.1
"""Fixed charge over the salt beside it that leaves no layer to speak of."""


def unresolved_membranes(tagged: TaggedMesh, points: Sequence[Case]) -> Iterator[str]:
    """A sentence for every membrane at whose faces cells are thicker than the layers at one of the points; none in an
    electroneutral device, which has no layers. Collective."""
    if points[0].is_electroneutral or tagged.cells is None:
        return
    if not any(law.coefficients() for law in points[0].regions.values() if law.holds_ions):
        return
    laws = {name: law for name, law in points[0].regions.items() if law.holds_ions}
    in_liquid = _around(tagged, _cells(tagged, list(laws)))
    for name in laws:
        mine = _cells(tagged, [name])
        layers = np.min([_layers(tagged, mine, case, case.regions[name]) for case in points], axis=0)
        if not tagged.mesh.comm.allreduce(bool(np.isfinite(layers).any()), op=MPI.LOR):
            continue
        faces = (_around(tagged, mine) == 1) & (in_liquid == 2)
        lengths, heights, limits = _beside(tagged, mine, faces, COARSEST_FACE_CELL * layers)
        coarse = heights > limits
        local = np.array([lengths.sum(), *(weights[coarse].sum() for weights in (lengths, lengths * heights))])
        whole, above, moment = tagged.mesh.comm.allreduce(local, op=MPI.SUM)
        if above > COARSE_PART * whole:
            thinnest = tagged.mesh.comm.allreduce(float(layers.min(initial=np.inf)), op=MPI.MIN)
            yield (
                f"the cells at the faces of membrane '{name}' are {1e9 * moment / above:.2g} nm thick, but the layers there"
                f" get as thin as {1e9 * thinnest:.2g} nm and stay unresolved: errors of currents may exceed their bars;"
                " refine the mesh there"
            )


def _cells(tagged: TaggedMesh, names: Sequence[str]) -> np.ndarray:
    """Cells of regions that this rank owns."""
    assert tagged.cells is not None
    found = np.concatenate([np.zeros(0, dtype=np.int32), *(tagged.cells.find(tagged.regions[name]) for name in names)])
    return found[found < tagged.mesh.topology.index_map(tagged.mesh.topology.dim).size_local]


def _around(tagged: TaggedMesh, cells: np.ndarray) -> np.ndarray:
    """Number of the cells (on all ranks) at each local facet. Collective."""
    topology = tagged.mesh.topology
    topology.create_entities(topology.dim - 1)
    topology.create_connectivity(topology.dim, topology.dim - 1)
    facets = topology.connectivity(topology.dim, topology.dim - 1)
    found = la.vector(topology.index_map(topology.dim - 1))
    np.add.at(found.array, facets.array.reshape(facets.num_nodes, -1)[cells].ravel(), 1.0)
    found.scatter_reverse(la.InsertMode.add)
    found.scatter_forward()
    return np.round(found.array).astype(int)


def _layers(tagged: TaggedMesh, cells: np.ndarray, case: Case, law: RegionLaw) -> np.ndarray:
    """Debye length (m) in each cell, of the larger of half the fixed charge and the most dilute salt; infinite where neither
    a fixed charge nor a partition coefficient or an energy makes a layer."""
    corners = tagged.mesh.geometry.x[nodes_of_cells(tagged.mesh)[cells]] * tagged.unit
    middles = corners.mean(axis=1)
    charges = np.abs(law.charge((middles[:, 0], middles[:, 1]), law.coefficients(), NUMBERS)) + np.zeros(len(cells))
    salt = min(solution.equivalents for solution in case.solutions())
    place, names = (middles[:, 0], middles[:, 1]), case.electrolyte.species
    steps = any(law.partition_coefficient(n) != 1.0 or law.energy(n, place, NUMBERS) is not None for n in names)
    relative = case.electrolyte.relative_permittivity
    permittivity = law.permittivity_factor(relative) * relative * VACUUM_PERMITTIVITY
    voltage = thermal_voltage(case.electrolyte.temperature)
    debye = np.sqrt(permittivity * voltage / (2 * FARADAY * np.maximum(charges / 2, salt)))
    return np.where((charges > NEGLIGIBLE * salt) | steps, debye, math.inf)


def _beside(
    tagged: TaggedMesh, cells: np.ndarray, faces: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Length of each of the facets at the cells, how far its cell reaches from it, and the limit of the cell."""
    topology = tagged.mesh.topology
    facets_of = topology.connectivity(topology.dim, topology.dim - 1)
    pairs = [(k, facet) for k, cell in enumerate(cells) for facet in facets_of.links(cell) if faces[facet]]
    if not pairs:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    number, facets = np.array(pairs, dtype=np.int32).T.copy()
    return (*lengths_and_heights(tagged, facets, cells[number]), limits[number])
