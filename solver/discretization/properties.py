"""Diffusivities, viscosity and permittivity of a problem where they depend on the place or on the composition.

All are factors of the constants that parameters hold. In a material whose diffusivity D varies, the flux is

    J = -D c grad(mu + (1 - alpha) ln D) + c u,

with alpha = 1 in the thermodynamic (isothermal), 1/2 in Stratonovich's and 0 in Ito's convention (P. Lancon, G. Batrouni,
L. Lobry and N. Ostrowsky, Europhys. Lett. 54, 28 (2001)): -D grad c - (1 - alpha) c grad D for ideal solutions without field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solver.discretization.boundary import Solute, TraceSolute
from solver.discretization.materials import Materials
from solver.discretization.symbols import SYMBOLS, product
from solver.laws.properties.base import LiquidProperties, Local
from solver.laws.regions.base import RELATIVE_PERMITTIVITY, RegionLaw

ALPHA = {"thermodynamic": 1.0, "stratonovich": 0.5, "ito": 0.0}
"""Where in a step the diffusivity counts, by the name of the convention."""


class Properties:
    """Factors of a problem, UFL expressions of the transport unknowns and of the place.

    Args:
        materials: of the regions.
        solutes: the species.
        law: of the electrolyte.
        local: the virtual solution in symbols.
        convention: of fluxes where diffusivities vary, a key of `ALPHA`.
    """

    def __init__(
        self,
        materials: Materials,
        solutes: Sequence[Solute | TraceSolute],
        law: LiquidProperties,
        local: Local,
        convention: str,
    ) -> None:
        self._materials, self._names = materials, [solute.name for solute in solutes]
        self._alpha = [1.0 if law.follows_fick(name) else ALPHA[convention] for name in self._names]
        m = SYMBOLS
        self._of_liquid = [law.diffusivity_factor(name, local, m) for name in self._names]
        of_liquid = law.viscosity_factor(local, m)
        self.viscosity = product(of_liquid, materials.viscosity())
        """Viscosity over that of the electrolyte; 1.0 where it is the same everywhere."""
        self.viscosity_follows = of_liquid is not None
        """Whether the viscosity depends on the transport unknowns."""
        self.solvent_permittivity = product(law.permittivity_factor(local, m))
        """Permittivity of the liquid over that of the electrolyte; 1.0 where it is the same everywhere."""

    def varying_diffusivity(self, number: int, law: RegionLaw) -> Any | None:
        """What of the diffusivity of a species varies within a material: a factor of the rest; None where nothing does."""
        profile = law.diffusivity_profile(self._names[number], self._materials.position, SYMBOLS)
        found = product(profile, self._of_liquid[number])
        return None if isinstance(found, float) else found

    def diffusivity(self, number: int, law: RegionLaw) -> Any:
        """Diffusivity of a species in a material over that in the electrolyte."""
        return product(law.relative_diffusivity(self._names[number]), self.varying_diffusivity(number, law))

    def drift(self, number: int, law: RegionLaw) -> Any | None:
        """(1 - alpha) ln D: what the convention adds to the potential of the flux; None where it adds nothing."""
        varying = self.varying_diffusivity(number, law)
        beyond = 1.0 - self._alpha[number]
        return None if varying is None or beyond == 0.0 else beyond * SYMBOLS.ln(varying)

    def permittivity(self, law: RegionLaw, of_region: Any) -> Any:
        """Permittivity of a material over that of the electrolyte, from that over the solvent's (`of_region`)."""
        own = not law.holds_ions or RELATIVE_PERMITTIVITY in law.coefficients()
        return of_region if own else product(of_region, self.solvent_permittivity)
