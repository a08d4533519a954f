"""A gel with fixed charge, in which ions are slower."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.regions.base import RegionLaw


class Gel(RegionLaw):
    """A gel with fixed charge, in which ions are slower."""

    type: Literal["gel"] = "gel"
    fixed_concentration: Annotated[float, Unit("mol/m^3", "100 mM", "any")]
    """Fixed charge over F."""

    def relative_diffusivity(self, species: str) -> float:
        return 0.5

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        return self.fixed_concentration
