"""Physical constants and limits of the model."""

from __future__ import annotations

from scipy import constants  # type: ignore[import-untyped,unused-ignore]

ELEMENTARY_CHARGE: float = constants.e
BOLTZMANN: float = constants.k
AVOGADRO: float = constants.N_A
FARADAY: float = constants.e * constants.N_A
GAS_CONSTANT: float = constants.R
VACUUM_PERMITTIVITY: float = constants.epsilon_0

HYDRATED_DIAMETER = 0.66e-9
"""Diameter in metres of hydrated K+ and Cl- (Nightingale, J. Phys. Chem. 63, 1381 (1959)), for the steric limit."""

WATER_ELECTROLYSIS = 1.23
"""Least potential difference in V that splits water (298.15 K, standard state)."""


def thermal_voltage(temperature: float) -> float:
    """kT/e in V."""
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE
