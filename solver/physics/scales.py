"""The one place that knows both SI and the solver's dimensionless numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage


@dataclass(frozen=True)
class Scales:
    """What one dimensionless unit of each quantity is in SI.

    The potential is measured in thermal voltages, concentrations in `concentration`, lengths in `length` (the mesh's
    unit), diffusivities in `diffusivity`; velocity in RT c L / eta, pressure in RT c.

    Attributes:
        length: m. concentration: mol/m^3. diffusivity: m^2/s. temperature: K. permittivity: F/m. viscosity: Pa s.
        section: what the integral over the modelled half plane or part is multiplied with: 2 pi (axisymmetric, dimensionless)
            or the number of halves times the width in `length` (planar); in three dimensions the number of copies of the
            modelled part (dimensionless).
    """

    length: float
    concentration: float
    diffusivity: float
    temperature: float
    permittivity: float
    viscosity: float
    section: float

    @classmethod
    def of(
        cls,
        *,
        length: float,
        concentration: float,
        temperature: float,
        relative_permittivity: float,
        viscosity: float,
        measure_factor: float,
        axisymmetric: bool,
        diffusivity: float = 1e-9,
        dimension: int = 2,
    ) -> Scales:
        """Scales of an electrolyte on a mesh; `measure_factor` is 2 pi, or the halves times the width in metres; in
        three dimensions the number of copies of what is in the mesh."""
        return cls(
            length=length,
            concentration=concentration,
            diffusivity=diffusivity,
            temperature=temperature,
            permittivity=relative_permittivity * VACUUM_PERMITTIVITY,
            viscosity=viscosity,
            section=measure_factor if axisymmetric or dimension == 3 else measure_factor / length,
        )

    @property
    def potential(self) -> float:
        """Thermal voltage RT/F, V."""
        return thermal_voltage(self.temperature)

    @property
    def pressure(self) -> float:
        """RT c, Pa."""
        return GAS_CONSTANT * self.temperature * self.concentration

    @property
    def velocity(self) -> float:
        """RT c L / eta, m/s."""
        return self.pressure * self.length / self.viscosity

    @property
    def surface_charge(self) -> float:
        """eps V_T / L, C/m^2."""
        return self.permittivity * self.potential / self.length

    @property
    def capacitance(self) -> float:
        """eps / L, F/m^2."""
        return self.permittivity / self.length

    @property
    def charge_density(self) -> float:
        """F c, C/m^3."""
        return FARADAY * self.concentration

    @property
    def charge_coupling(self) -> float:
        """F c L^2 / (eps V_T): the factor of the charge in the dimensionless Poisson equation."""
        return self.charge_density * self.length**2 / (self.permittivity * self.potential)

    @property
    def peclet(self) -> float:
        """Velocity times length over diffusivity."""
        return self.velocity * self.length / self.diffusivity

    @property
    def time(self) -> float:
        """L^2 / D, s."""
        return self.length**2 / self.diffusivity

    @property
    def amount(self) -> float:
        """c L^3 times the section: mol of a dimensionless integral of a concentration (the rest of L^3 is in the mesh)."""
        return self.molar_rate * self.time

    @property
    def electric_flux(self) -> float:
        """eps V_T L times the section: C of a dimensionless flux integral of the field."""
        return self.permittivity * self.potential * self.length * self.section

    @property
    def molar_rate(self) -> float:
        """D c L times the section: mol/s of a dimensionless flux integral."""
        return self.diffusivity * self.concentration * self.length * self.section

    @property
    def current(self) -> float:
        """F times the molar rate, A."""
        return FARADAY * self.molar_rate

    @property
    def flow_rate(self) -> float:
        """u L^2 times the section: m^3/s of a dimensionless flow integral."""
        return self.velocity * self.length**2 * self.section

    def chemical_potential(self, concentration: float) -> float:
        """ln(c / scale) of a concentration in mol/m^3."""
        return math.log(concentration / self.concentration)
