"""Integrals over the liquid and over named boundaries of a mesh: the one place where a measure is made.

Integrands carry the weight of the volume element (see `solver.discretization.coordinates`). All that is integrated over one
region or boundary is added before the measure is applied, once: sums of integrals with written-out inner iterations
compile in exponential time.
"""

from __future__ import annotations

from typing import Any

import ufl

from meshes.tagged import TaggedMesh
from solver.discretization.liquid import LiquidPart


class Measures:
    """Volume and boundary measures of a mesh.

    Args:
        tagged: the mesh with its boundary names.
        quadrature_degree: of all integrals.
        liquid: the part of the mesh with liquid; None where that is all of it.
        degree: of the elements.
    """

    def __init__(
        self, tagged: TaggedMesh, quadrature_degree: int, liquid: LiquidPart | None = None, degree: int = 2
    ) -> None:
        metadata = {"quadrature_degree": quadrature_degree}
        self._tags = dict(tagged.boundaries)
        self.volume: Any = ufl.Measure("dx", tagged.mesh, subdomain_data=tagged.cells, metadata=metadata)
        """The measure of the whole device."""
        self.liquid: Any = self.volume if liquid is None else self.volume(liquid.tags)
        """The measure of the liquid: ions and flow have no values elsewhere."""
        self._regions = dict(tagged.regions)
        # between liquid and solid integrals are over the facets of the liquid's cells: gradients and normals are theirs
        facets: Any = tagged.facets
        if liquid is not None:
            facets = [(tag, liquid.pairs(tagged.facets_of(name))) for name, tag in self._tags.items()]
        self._boundaries: Any = ufl.Measure("ds", tagged.mesh, subdomain_data=facets, metadata=metadata)
        nodal = {"quadrature_rule": "GLL", "quadrature_degree": 2 * degree - 1}
        self._nodes: Any = ufl.Measure("ds", tagged.mesh, subdomain_data=facets, metadata=nodal)

    def region(self, name: str | None) -> Any:
        """The measure of a named region; of the whole device without a name."""
        return self.volume if name is None else self.volume(self._regions[name])

    def boundary(self, name: str) -> Any:
        """The measure of a named boundary."""
        return self._boundaries(self._tags[name])

    def nodes(self, name: str) -> Any:
        """The measure of a named boundary with points at the nodes of the elements and positive weights (Gauss, Lobatto)."""
        return self._nodes(self._tags[name])
