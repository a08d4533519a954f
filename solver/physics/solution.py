"""Bulk solutions of any number of species, and the lengths of their double layers. SI units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from solver.physics.mixture import IDEAL, Mixture

PACKING = np.geomspace(0.05, 40.0, 120)
"""Potentials (thermal voltages) among which ions of finite size begin to be packed."""


@dataclass(frozen=True)
class Solution:
    """The bulk of one reservoir.

    Attributes:
        relative_permittivity, temperature (K), viscosity (Pa s): of the solvent.
        valences, concentrations (mol/m^3), diffusivities (m^2/s): one entry a species, in the same order.
        names: of the species; empty where nobody asks.
        mixture: how the ions are distributed in a potential.
        pH: of a buffered solution; None where it has none, or H+ is a species.
    """

    relative_permittivity: float
    temperature: float
    viscosity: float
    valences: tuple[int, ...]
    concentrations: tuple[float, ...]
    diffusivities: tuple[float, ...]
    names: tuple[str, ...] = ()
    mixture: Mixture = IDEAL
    pH: float | None = None

    def at(self, potential: Any) -> list[Any]:
        """Concentration (mol/m^3) of each species where the potential against the bulk is `potential` (thermal voltages)."""
        return self.mixture.in_equilibrium(self.concentrations, potential, self.valences)

    def activities_at(self, potential: float) -> dict[str, float]:
        """Activity (mol/m^3) of each named species at such a potential; empty in ideal solutions, where it is the
        concentration."""
        if self.mixture.is_ideal:
            return {}
        rows = zip(self.names, self.mixture.log_activities(self.concentrations), self.valences, strict=True)
        return {name: math.exp(log - z * potential) for name, log, z in rows}

    @property
    def potentials(self) -> dict[str, float]:
        """Electrochemical potential of each named species at zero potential, over RT, of activities in mol/l."""
        logs = self.mixture.log_activities(self.concentrations)
        return {name: log - math.log(1e3) for name, log in zip(self.names, logs, strict=True)}

    @property
    def valences_by_name(self) -> dict[str, int]:
        """Valence of each named species."""
        return dict(zip(self.names, self.valences, strict=True))

    @property
    def permittivity(self) -> float:
        """F/m."""
        return self.relative_permittivity * VACUUM_PERMITTIVITY

    @property
    def thermal_voltage(self) -> float:
        """kT/e in V."""
        return thermal_voltage(self.temperature)

    @property
    def thermal_energy(self) -> float:
        """RT in J/mol."""
        return GAS_CONSTANT * self.temperature

    @property
    def strength(self) -> float:
        """sum z^2 c in mol/m^3, twice the ionic strength."""
        return sum(z * z * c for z, c in zip(self.valences, self.concentrations, strict=True))

    @property
    def equivalents(self) -> float:
        """Equivalent concentration in mol/m^3, see `equivalent_concentration`."""
        return float(equivalent_concentration(self.valences, self.concentrations))

    @property
    def conductivity(self) -> float:
        """Bulk conductivity in S/m: F^2/(RT) sum z^2 D c (Nernst-Einstein)."""
        rows = zip(self.valences, self.diffusivities, self.concentrations, strict=True)
        return FARADAY**2 / self.thermal_energy * sum(z * z * d * c for z, d, c in rows)

    @property
    def debye_length(self) -> float:
        """m: sqrt(eps kT / (e F sum z^2 c)) of an ideal solution; of others with the slope of the charge, -d(sum z c)/dy, in
        the place of the sum."""
        ideal = self.mixture.is_ideal
        slope = self.strength if ideal else float(self.mixture.charge_slope(self.concentrations, 0.0, self.valences))
        return math.sqrt(self.permittivity * self.thermal_voltage / (FARADAY * slope))

    def edl_thickness(self, charge: float) -> float:
        """m: decay length of the field at a wall with `charge` in C/m^2, see `edl_thickness`. Ions of finite size make no
        layer thinner than where they begin to be packed, whatever the charge."""
        if self.mixture.takes_room:
            return self._thinnest(charge)
        gouy_chapman = gouy_chapman_length(self.relative_permittivity, self.temperature, charge)
        return self.debye_length / math.hypot(1.0, self.debye_length / gouy_chapman)

    def _thinnest(self, charge: float) -> float:
        """m: the least decay length of the field, E / |dE/dx|, in the flat layer of a wall, of either sign of the charge."""
        found = [self.debye_length]
        for sign in (-1.0, 1.0):
            y = sign * PACKING
            pressure = self.mixture.osmotic_excess(self.concentrations, y, self.valences)
            charges = np.sqrt(2.0 * self.permittivity * self.thermal_energy * pressure)
            density = FARADAY * np.abs(sum(z * c for z, c in zip(self.valences, self.at(y), strict=True)))
            inside = (charges > 0.0) & (charges <= abs(charge)) & (density > 0.0)
            found += list((charges / np.where(inside, density, 1.0))[inside])
        return float(min(found))


def equivalent_concentration(valences: Iterable[int], concentrations: Iterable[Any]) -> Any:
    """sum |z_i| c_i / 2: the concentration that is meant by "salt".

    In neutral solutions it is the charge of either sign over F; for a 1:1 salt, its concentration. Neutral solutes do not
    count. One number or array a species; any unit, also mol.
    """
    return 0.5 * sum(abs(z) * c for z, c in zip(valences, concentrations, strict=True))


def debye_length(
    relative_permittivity: float,
    temperature: float,
    valences: Mapping[str, int],
    concentrations: Mapping[str, float],
) -> float:
    """Debye length in metres of concentrations in mol/m^3 (mappings from the species' names)."""
    strength = sum(valences[name] ** 2 * c for name, c in concentrations.items())
    permittivity = relative_permittivity * VACUUM_PERMITTIVITY
    return math.sqrt(permittivity * thermal_voltage(temperature) / (FARADAY * strength))


def gouy_chapman_length(relative_permittivity: float, temperature: float, charge: float) -> float:
    """m: 2 eps V_T / |sigma|, the thickness of the layer of ions that a high charge holds; inf without charge."""
    if charge == 0.0:
        return math.inf
    return 2.0 * relative_permittivity * VACUUM_PERMITTIVITY * thermal_voltage(temperature) / abs(charge)


def edl_thickness(
    relative_permittivity: float,
    temperature: float,
    valences: Mapping[str, int],
    concentrations: Mapping[str, float],
    charge: float,
) -> float:
    """m: lambda / sqrt(1 + (lambda / l_GC)^2), the length over which the field decays at the wall itself.

    The Debye length lambda at low charge, the Gouy-Chapman length l_GC at high charge. (In the 1:1 Gouy-Chapman layer
    the field E has E / |dE/dx| = lambda / cosh(psi / 2 V_T) at the wall, which is this.)
    """
    debye = debye_length(relative_permittivity, temperature, valences, concentrations)
    return debye / math.hypot(1.0, debye / gouy_chapman_length(relative_permittivity, temperature, charge))
