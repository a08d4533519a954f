"""Where the liquid is in a device that has solids, too: its cells, and the facets that separate it from these."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem, la

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition


class LiquidPart:
    """The liquid part of a mesh. Collective.

    Args:
        tagged: the mesh with its regions.
        inside: whether each local cell (ghosts included) holds liquid.
        tags: of the regions with liquid.
    """

    def __init__(self, tagged: TaggedMesh, inside: np.ndarray, tags: Sequence[int]) -> None:
        self.mesh, self.tags = tagged.mesh, tuple(tags)
        topology = self.mesh.topology
        topology.create_connectivity(topology.dim, topology.dim - 1)
        topology.create_connectivity(topology.dim - 1, topology.dim)
        self.inside = inside
        self.cells = np.flatnonzero(inside).astype(np.int32)
        """Local cells with liquid, ghosts included."""
        self._wet = self._around(inside)
        self.interfaces = np.flatnonzero((self._wet == 1) & (self._around(~inside) == 1)).astype(np.int32)
        """Local facets between liquid and solid."""
        self.ends = np.flatnonzero(self._wet == 1).astype(np.int32)
        """Local facets at which the liquid ends."""

    def _around(self, cells: np.ndarray) -> np.ndarray:
        """Number of cells of a kind (on all ranks) at each local facet. Collective."""
        topology = self.mesh.topology
        owned = topology.index_map(topology.dim).size_local
        facets = topology.connectivity(topology.dim, topology.dim - 1).array.reshape(len(cells), -1)
        found = la.vector(topology.index_map(topology.dim - 1))
        np.add.at(found.array, facets[:owned][cells[:owned]].ravel(), 1.0)
        found.scatter_reverse(la.InsertMode.add)
        found.scatter_forward()
        return np.round(found.array).astype(int)

    @property
    def facets_on_boundary(self) -> np.ndarray:
        """Number of the facets of each local cell at which the liquid ends."""
        topology = self.mesh.topology
        facets = topology.connectivity(topology.dim, topology.dim - 1).array.reshape(len(self.inside), -1)
        return np.asarray((self._wet[facets] == 1).sum(axis=1))

    def pairs(self, facets: np.ndarray) -> np.ndarray:
        """Cell and number of the facet in it, one after the other, for local facets of a boundary: the liquid's cell between
        liquid and solid. Each facet is there on one rank only, that which owns the cell."""
        topology = self.mesh.topology
        cells_of = topology.connectivity(topology.dim - 1, topology.dim)
        facets_of = topology.connectivity(topology.dim, topology.dim - 1)
        owned = topology.index_map(topology.dim).size_local
        found: list[int] = []
        for facet in facets:
            for cell in cells_of.links(facet):
                if cell < owned and (self.inside[cell] or self._wet[facet] == 0):
                    found += [int(cell), int(np.flatnonzero(facets_of.links(cell) == facet)[0])]
        return np.array(found, dtype=np.int32)

    def indicator(self) -> fem.Function:
        """1 in the liquid, 0 in solids."""
        found = fem.Function(fem.functionspace(self.mesh, ("DG", 0)))
        found.x.array[found.function_space.dofmap.list[:, 0]] = self.inside
        return found


def liquid_part(tagged: TaggedMesh, regions: Sequence[RegionCondition]) -> LiquidPart | None:
    """The liquid part of a device; None where all of it is liquid. Collective."""
    return _part(tagged, regions, [region.law.holds_ions for region in regions])


def flowing_part(tagged: TaggedMesh, regions: Sequence[RegionCondition]) -> LiquidPart | None:
    """The part in which liquid moves, without membranes that have no permeability; None where that is everywhere.
    Collective."""
    return _part(tagged, regions, [law.holds_ions and law.drag() < np.inf for law in (r.law for r in regions)])


def _part(tagged: TaggedMesh, regions: Sequence[RegionCondition], chosen: Sequence[bool]) -> LiquidPart | None:
    """Some of the regions; None where that is all. Collective."""
    if all(chosen):
        return None
    topology = tagged.mesh.topology
    of_all = topology.index_map(topology.dim)
    inside = np.zeros(of_all.size_local + of_all.num_ghosts, dtype=bool)
    tags = [tagged.regions[r.name] for r, wanted in zip(regions, chosen, strict=True) if wanted and r.name]
    if tagged.cells is not None:
        for tag in tags:
            inside[tagged.cells.find(tag)] = True
    return LiquidPart(tagged, inside, tags)
