"""Volume element and vector operators of plane, axisymmetric and spatial coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ufl


@dataclass(frozen=True)
class Metric:
    """Volume element and vector operators of the coordinate system.

    Attributes:
        weight: factor of the volume element (the radius when axisymmetric, else 1).
        axisymmetric: whether coordinate 1 is a radius.
    """

    weight: Any
    axisymmetric: bool

    @classmethod
    def of(cls, mesh: Any, symmetry: str) -> Metric:
        """The metric of a mesh with the given symmetry ("axisymmetric", "planar", or "none" in three dimensions)."""
        axisymmetric = symmetry == "axisymmetric"
        return cls(ufl.SpatialCoordinate(mesh)[1] if axisymmetric else 1, axisymmetric)

    def divergence(self, vector: Any) -> Any:
        """Divergence of a vector field."""
        flat = ufl.div(vector)
        return flat + vector[1] / self.weight if self.axisymmetric else flat

    def strain_product(self, u: Any, v: Any) -> Any:
        """Double contraction e(u) : e(v) of the rates of strain, the hoop component included."""
        flat = ufl.inner(ufl.sym(ufl.grad(u)), ufl.sym(ufl.grad(v)))
        return flat + u[1] * v[1] / self.weight**2 if self.axisymmetric else flat
