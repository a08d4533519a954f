"""Water with a second solvent that is transported: what the liquid is like follows from the local composition.

The second solvent is a neutral species. Volumes add up: with the concentration c, the molar mass M and the densities rho of
both pure liquids, its part of the volume is phi = c M / rho_s, and of the mass w = phi rho_s / (phi rho_s + (1 - phi) rho_w).
The ions' diffusivities fall with a power of the viscosity, and so does that of the solvent itself: D eta^a = const with a = 1
by Walden's rule (Z. Phys. Chem. 55, 207 (1906)), an assumption; measured exponents are often smaller. Its thermodynamics is
that of an ideal solution, the flow has no divergence, and no weight of its own.

Sources, by the symbols in the formulas:
    C: N.-S. Cheng, Ind. Eng. Chem. Res. 47, 3285 (2008), viscosity of glycerol and water from 0 to 100 degrees.
    V: A. Volk and C. J. Kaehler, Exp. Fluids 59, 75 (2018), densities of both.
    A: G. Akerlof, J. Am. Chem. Soc. 54, 4125 (1932), permittivity of glycerol and water at 20 degrees, whose ratio to that of
       water hardly changes with the temperature. Its table was transcribed without the original at hand.
    CRC: CRC Handbook of Chemistry and Physics: diffusivity of glycerol in water; density, viscosity (25 degrees) and
       permittivity (20 degrees) of formamide, transcribed without the original at hand. The diffusivity of formamide is an
       estimate by the formula of Wilke and Chang (1955).
    F: S. Akhtar et al., Phys. Chem. Liq. 39, 383 (2001): the viscosity of formamide and water is nearly exponential in the
       mole fraction.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from meshes.quantity import PositiveNumber, Unit, at_most
from solver.inputs.formula import value_of_formula
from solver.laws.algebra import Algebra
from solver.laws.formulas import formula_in
from solver.laws.profiles import tried_formula
from solver.laws.properties.base import LiquidProperties, Local

ICE_POINT = 273.15
LEAST = 1e-4
"""Mass fraction of a terminal that gives none: as good as none, and yet the logarithm of a concentration is the unknown."""

OF_WATER = 0.02
"""How far formulas may be off 1 in water alone."""

MassFraction = Annotated[float, Unit("", "30 %", "positive"), at_most(1.0, "30 %")]


class SolventMixture(LiquidProperties):
    """Water and a second solvent. A subclass is one of them, with its numbers and their sources."""

    molar_mass: ClassVar[float]
    """kg/mol."""
    diffusivity: ClassVar[float]
    """m^2/s in water at 298.15 K."""
    temperatures: ClassVar[tuple[float, float]]
    """K, for which the numbers hold."""
    name: ClassVar[str]
    """Of the solvent, and of its species."""

    fraction: MassFraction = LEAST
    """Mass fraction of the second solvent in every terminal that does not give its own, at most 1."""
    viscosity: str | None = Field(default=None, examples=["exp(2.1 * w)"])
    """Formula of the mass fraction w instead of the built-in one: viscosity over that of water."""
    permittivity: str | None = Field(default=None, examples=["1 - 0.3 * w"])
    """The same of the permittivity."""
    mutual_diffusivity: str | None = Field(default=None, examples=["1 - 0.9 * w"])
    """Diffusivity of the second solvent itself over that in water, a formula of w; by its viscosity when it is left out,
    which slows glycerol more than is measured: see D'Errico et al., J. Chem. Eng. Data 49, 1665 (2004)."""
    walden_exponent: PositiveNumber = 1.0
    """Diffusivities fall with this power of the viscosity, D ~ viscosity^-a: 1 is Walden's rule, an assumption (Z. Phys.
    Chem. 55, 207 (1906)); a measured exponent of a fractional rule is often smaller."""

    @field_validator("viscosity", "permittivity", "mutual_diffusivity", mode="before")
    @classmethod
    def _is_arithmetic(cls, formula: Any) -> Any:
        if formula is None:
            return None

        def attempt(text: str) -> float:
            found = [float(value_of_formula(text, {"w": w})) for w in (k / 100 for k in range(101))]
            if not all(math.isfinite(value) and value > 0.0 for value in found):
                raise ValueError("has to be a positive number for w from 0 to 1")
            if abs(found[0] - 1.0) > OF_WATER:
                raise ValueError(f"is {found[0]:.3g} at w = 0, and has to be 1 there: it is over that of water")
            return found[0]

        return tried_formula(formula, attempt, "1 - 0.3 * w")[0]

    # ---------------------------------------------------------------------- composition
    @property
    def solvent(self) -> str:
        """It is a species."""
        return self.name

    @abstractmethod
    def densities(self, temperature: float) -> tuple[float, float]:
        """kg/m^3, of pure water and of the pure second solvent at a temperature (K)."""

    @abstractmethod
    def relative_viscosity(self, w: Any, temperature: float, m: Algebra) -> Any:
        """Viscosity over that of water at a mass fraction and a temperature (K)."""

    @abstractmethod
    def relative_permittivity(self, w: Any, m: Algebra) -> Any:
        """Permittivity over that of water at a mass fraction."""

    def concentration(self, fraction: float, temperature: float) -> float:
        """mol/m^3 of the second solvent at a mass fraction and a temperature (K)."""
        water, own = self.densities(temperature)
        return fraction / self.molar_mass / (fraction / own + (1.0 - fraction) / water)

    def mass_fraction(self, concentration: Any, temperature: float, m: Algebra) -> Any:
        """Of the second solvent at its concentration (mol/m^3); 1 beyond that of the pure liquid."""
        water, own = self.densities(temperature)
        volume = concentration * self.molar_mass / own
        volume = m.where(m.less(volume, 1.0), volume, 1.0 + 0.0 * volume)
        return volume * own / (volume * own + (1.0 - volume) * water)

    # ---------------------------------------------------------------------- properties
    def _fraction(self, local: Local, m: Algebra) -> Any:
        return self.mass_fraction(local.concentrations[self.name], local.temperature, m)

    def viscosity_factor(self, local: Local, m: Algebra) -> Any:
        """By the local mass fraction."""
        w = self._fraction(local, m)
        if self.viscosity is not None:
            return formula_in(self.viscosity, {"w": w}, m)
        return self.relative_viscosity(w, local.temperature, m)

    def permittivity_factor(self, local: Local, m: Algebra) -> Any:
        """By the local mass fraction."""
        w = self._fraction(local, m)
        return (
            self.relative_permittivity(w, m)
            if self.permittivity is None
            else formula_in(self.permittivity, {"w": w}, m)
        )

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> Any:
        """Walden's rule; of the second solvent by its own formula where there is one."""
        if species == self.name and self.mutual_diffusivity is not None:
            return formula_in(self.mutual_diffusivity, {"w": self._fraction(local, m)}, m)
        factor = self.viscosity_factor(local, m)
        return 1.0 / factor if self.walden_exponent == 1.0 else m.exp(-self.walden_exponent * m.ln(factor))

    @property
    def note(self) -> str:
        """The exponent, and whether it is more than the rule."""
        power = self.walden_exponent
        rule = "Walden's rule, an assumption" if power == 1.0 else "a fractional rule of Walden"
        own = f"; that of {self.name} by its own formula" if self.mutual_diffusivity is not None else ""
        return f"diffusivities fall with viscosity^{power:g} ({rule}: electrolyte.properties.walden_exponent){own}"

    def follows_fick(self, species: str) -> bool:
        """The second solvent does: what is measured of it is the diffusivity in J = -D grad c."""
        return species == self.name

    def objection(self, valences: Mapping[str, int], temperature: float) -> str | None:
        """A charged solvent, and temperatures without numbers."""
        low, high = self.temperatures
        if valences.get(self.name) != 0:
            return f"needs {self.name} as a neutral species; leave it out of 'species', or write 'valence: 0'"
        if not low <= temperature <= high:
            return f"holds from {low:g} to {high:g} K, and electrolyte.temperature is {temperature:g} K"
        return None


class WaterGlycerol(SolventMixture):
    """Water and glycerol: viscosity from Cheng (2008), permittivity from Akerlof (1932, a table transcribed without the
    original at hand), diffusivities by Walden's rule."""

    molar_mass: ClassVar[float] = 92.094e-3
    diffusivity: ClassVar[float] = 1.06e-9
    temperatures: ClassVar[tuple[float, float]] = (273.15, 373.15)
    name: ClassVar[str] = "glycerol"

    type: Literal["water_glycerol"] = "water_glycerol"

    def densities(self, temperature: float) -> tuple[float, float]:
        """V."""
        t = temperature - ICE_POINT
        return 1000.0 * (1.0 - abs((t - 3.98) / 615.0) ** 1.71), 1273.0 - 0.612 * t

    def relative_viscosity(self, w: Any, temperature: float, m: Algebra) -> Any:
        """C: water's to the power of alpha times glycerol's to that of 1 - alpha."""
        t = temperature - ICE_POINT
        water = 1.790 * math.exp((-1230.0 - t) * t / (36100.0 + 360.0 * t))
        glycerol = 12100.0 * math.exp((-1233.0 + t) * t / (9900.0 + 70.0 * t))
        a = 0.705 - 0.0017 * t
        b = (4.9 + 0.036 * t) * a**2.5
        alpha = 1.0 - w + a * b * w * (1.0 - w) / (a * w + b * (1.0 - w))
        return m.exp((1.0 - alpha) * math.log(glycerol / water))

    def relative_permittivity(self, w: Any, m: Algebra) -> Any:
        """A: a polynomial of the values at tenths of the mass, right to 0.35 of the transcribed permittivities."""
        return 1.0 + w * (-0.39865 + w * (0.35386 + w * (-0.73149 + w * 0.28799)))


class WaterFormamide(SolventMixture):
    """Water and formamide as an ideal mixture: viscosity exponential in the mole fraction, permittivity linear in the volume
    (numbers of the pure liquids transcribed without the original at hand), diffusivities by Walden's rule."""

    molar_mass: ClassVar[float] = 45.041e-3
    diffusivity: ClassVar[float] = 1.7e-9
    temperatures: ClassVar[tuple[float, float]] = (288.15, 308.15)
    name: ClassVar[str] = "formamide"

    type: Literal["water_formamide"] = "water_formamide"

    def densities(self, temperature: float) -> tuple[float, float]:
        """CRC, at 25 degrees."""
        return 997.05, 1129.0

    def relative_viscosity(self, w: Any, temperature: float, m: Algebra) -> Any:
        """F, between 0.890 and 3.34 mPa s (CRC)."""
        moles = w / self.molar_mass
        mole_fraction = moles / (moles + (1.0 - w) / 18.015e-3)
        return m.exp(mole_fraction * math.log(3.34 / 0.890))

    def relative_permittivity(self, w: Any, m: Algebra) -> Any:
        """Linear in the part of the volume, between 80.1 and 111.0 (CRC)."""
        water, own = self.densities(298.15)
        volume = w / own / (w / own + (1.0 - w) / water)
        return 1.0 + volume * (111.0 / 80.1 - 1.0)
