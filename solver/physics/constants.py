"""Physical constants and limits of the model."""

from __future__ import annotations

# CODATA 2022 (Mohr, Newell, Taylor, Tiesinga, Rev. Mod. Phys. 97, 025002 (2025)); the first three are exact. They are written
# here since `scipy.constants` takes longer to import than a case to read.
ELEMENTARY_CHARGE = 1.602176634e-19
BOLTZMANN = 1.380649e-23
AVOGADRO = 6.02214076e23
FARADAY = ELEMENTARY_CHARGE * AVOGADRO
GAS_CONSTANT = 8.31446261815324
VACUUM_PERMITTIVITY = 8.8541878188e-12

HYDRATED_DIAMETER = 0.66e-9
"""Diameter in metres of hydrated K+ and Cl- (Nightingale, J. Phys. Chem. 63, 1381 (1959)), for the steric limit."""

WATER_ELECTROLYSIS = 1.23
"""Least potential difference in V that splits water (298.15 K, standard state)."""


def thermal_voltage(temperature: float) -> float:
    """kT/e in V."""
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE
