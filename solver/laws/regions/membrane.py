"""A charge-selective membrane, gel or filling: fixed charges in pores that are far narrower than the device.

The material is a continuum. Concentrations, velocity and fixed charge are those per volume of the whole membrane, so that
porosity and tortuosity belong into the diffusivity factor and the partition coefficients. Ions follow Boltzmann's law with
the fixed charge X and the partition coefficients K_i (Donnan; Teorell, Meyer and Sievers),

    c_i = K_i exp(mu_i - z_i phi),      div(eps grad phi) = -F (sum_i z_i c_i + X),

and the liquid Brinkman's, -grad p + eta lap u - (eta / k) u + f = 0 (Brinkman, Appl. Sci. Res. A 1, 27 (1949)).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from meshes.quantity import PositiveNumber, Unit, did_you_mean
from meshes.quoting import quoted
from solver.laws.algebra import Algebra
from solver.laws.profiles import FACTOR
from solver.laws.regions.base import RELATIVE_PERMITTIVITY, Objection
from solver.laws.regions.fixed_charge import FixedCharge, FixedChargeProfile, profile_of
from solver.laws.regions.place import Within

Permeability = Annotated[float, Unit("m^2", "1 nm^2", "positive")]


class Membrane(Within):
    """A charge-selective membrane or filling; all its numbers are per volume of the whole material."""

    type: Literal["membrane"] = "membrane"
    fixed_charge: FixedCharge = 0.0
    """Fixed charge over F, with its sign: one number, piecewise, or an expression."""
    diffusivity_factor: PositiveNumber | dict[str, PositiveNumber] = Field(default=1.0, examples=["0.1"])
    """Diffusivity over that in the free solution: one number, or a mapping from species to numbers (1 for the others)."""
    partition: dict[str, PositiveNumber] = Field(default={}, examples=["{Cl: 0.5}"])
    """Concentration of each species over that of a solution in equilibrium at the same potential; 1 for those left out."""
    relative_permittivity: PositiveNumber | None = Field(default=None, examples=["40"])
    """That of the solvent when it is left out."""
    permeability: Permeability | None = None
    """Of the liquid (Brinkman); no liquid moves in a membrane without it."""

    def permittivity_factor(self, solvent: Any, coefficients: Mapping[str, Any] | None = None) -> Any:
        """The one that is given over the solvent's."""
        if self.relative_permittivity is None:
            return 1.0
        return (coefficients or self.coefficients())[RELATIVE_PERMITTIVITY] / solvent

    def relative_diffusivity(self, species: str) -> float:
        """The factor of the species."""
        factor = self.diffusivity_factor
        return factor if isinstance(factor, float) else factor.get(species, 1.0)

    def partition_coefficient(self, species: str) -> float:
        """That of the species."""
        return self.partition.get(species, 1.0)

    def drag(self) -> float:
        """The inverse of the permeability."""
        return math.inf if self.permeability is None else 1.0 / self.permeability

    @property
    def profile(self) -> FixedChargeProfile:
        """The fixed charge in the region."""
        return profile_of(self.fixed_charge)

    def coefficients(self) -> dict[str, float]:
        """Those of the fixed charge, and the permittivity if it is given."""
        own = self.relative_permittivity
        found = {_name(key): value for key, value in self.profile.coefficients().items()}
        return found | ({} if own is None else {RELATIVE_PERMITTIVITY: own})

    @property
    def drivable(self) -> tuple[str, ...]:
        """Values of the fixed charge; nothing of a formula."""
        return tuple(_name(key) for key in self.profile.coefficients() if key != FACTOR)

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """That of the profile."""
        own = {key: coefficients[_name(key)] for key in self.profile.coefficients()}
        return self.profile.charge(position, own, m)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Those of the profile."""
        return self.profile.breaks

    @property
    def radial_breaks(self) -> bool:
        """Whether they are distances from the axis."""
        return self.profile.radial

    def largest_charge(self) -> float:
        """That of the profile."""
        return self.profile.largest(self.place.start or 0.0, self.place.stop or 0.0)

    @property
    def structure(self) -> object:
        """All else, the form of the fixed charge, and whether there is a permittivity."""
        own = None if self.relative_permittivity is None else 1.0
        rest = self.model_copy(update={"fixed_charge": 0.0, RELATIVE_PERMITTIVITY: own})
        return rest, self.profile.structure

    def objection(self, species: Collection[str]) -> Objection | None:
        """A species that the electrolyte does not have."""
        for key in ("diffusivity_factor", "partition"):
            given = getattr(self, key)
            for name in given if isinstance(given, Mapping) else ():
                if name not in species:
                    return (key, name), f"unknown species {quoted(name)}; {did_you_mean(name, species, 'there are')}"
        return None


def _name(key: str) -> str:
    """Name of a coefficient of the fixed charge among those of the region."""
    return f"fixed_charge.{key}" if key else "fixed_charge"
