"""A gel with fixed charge, in which ions are slower."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from meshes.quantity import Unit
from solver.laws.algebra import Algebra
from solver.laws.regions.base import RegionLaw


class Gel(RegionLaw):
    """A gel with fixed charge, in which ions are slower."""

    type: Literal["gel"] = "gel"
    fixed_concentration: Annotated[float, Unit("mol/m^3", "100 mM", "any")]
    """Fixed charge over F."""

    def diffusivity_factor(self, species: str) -> float:
        return 0.5

    def fixed_charge(self, position: Any, m: Algebra) -> Any:
        return self.fixed_concentration
