"""What a kind of region has to tell: the coefficients of the equations in it.

A region without ions is a solid, and has no liquid either. Potential and electrochemical potentials are continuous across the
boundaries between regions, so that steps of concentrations (Donnan) follow by themselves where the mesh resolves them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from meshes.quantity import Description
from solver.laws.algebra import Algebra


class RegionLaw(Description):
    """Material of a region. A subclass is one kind: its keys, its formulas, its source."""

    holds_ions: ClassVar[bool] = True
    """Whether ions exist there; elsewhere their unknowns are idle."""

    def permittivity_factor(self, solvent: Any) -> Any:
        """Permittivity over that of the solvent, whose relative permittivity is given."""
        return 1.0

    def diffusivity_factor(self, species: str) -> float:
        """Diffusivity of a species over its value in the free solution."""
        return 1.0

    def fixed_charge(self, position: Any, m: Algebra) -> Any:
        """Fixed charge per volume of the region, over F (mol/m^3), at a position (m): axial, and away from the axis."""
        return 0.0
