"""Measured conductivities against laws and standards that are independent of the table."""

from __future__ import annotations

import numpy as np
import pytest

from solver.laws.algebra import NUMBERS
from solver.physics.constants import AVOGADRO, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.physics.ions import ION_TABLE
from solver.physics.salts.conductivity import CONDUCTIVITIES, Conductivities
from solver.physics.salts.fits import TEMPERATURE

SALTS = pytest.mark.parametrize("ions", CONDUCTIVITIES, ids=lambda ions: CONDUCTIVITIES[ions].formula)
PAIRED = {("K", "NO3"), ("Ag", "NO3"), ("Na", "ClO4"), ("Na", "SO4")}
"""Salts some of whose ions are pairs, so that dilute solutions conduct a little worse than the limiting law says."""
STRONG = pytest.mark.parametrize(
    "ions", [ions for ions in CONDUCTIVITIES if ions not in PAIRED], ids=lambda ions: CONDUCTIVITIES[ions].formula
)
PERMITTIVITY = 78.36 * VACUUM_PERMITTIVITY
VISCOSITY = 0.8904e-3


def ionic(ions: tuple[str, str]) -> tuple[int, int, float, float]:
    """Valences without sign, and conductivities of the ions at infinite dilution, S m^2/mol of charge."""
    (a, b), factor = (ION_TABLE[name] for name in ions), FARADAY**2 / (GAS_CONSTANT * TEMPERATURE)
    return a.valence, -b.valence, a.valence * factor * a.diffusivity, -b.valence * factor * b.diffusivity


def limiting_law(ions: tuple[str, str], equivalents: float) -> float:
    """Onsager's limiting law, S m^2/mol of charge: relaxation and electrophoresis (Phys. Z. 28, 277 (1927))."""
    z, y, cation, anion = ionic(ions)
    thermal = GAS_CONSTANT * TEMPERATURE / AVOGADRO
    inverse_debye = np.sqrt(AVOGADRO * ELEMENTARY_CHARGE**2 * (z + y) * equivalents / (PERMITTIVITY * thermal))
    q = z * y * (cation + anion) / ((z + y) * (z * anion + y * cation))
    relaxation = z * y * ELEMENTARY_CHARGE**2 / (12 * np.pi * PERMITTIVITY * thermal) * q / (1 + np.sqrt(q))
    electrophoresis = FARADAY * ELEMENTARY_CHARGE * (z + y) / (6 * np.pi * VISCOSITY)
    return float((cation + anion) * (1 - relaxation * inverse_debye) - electrophoresis * inverse_debye)


@STRONG
def test_dilute_solutions_follow_the_limiting_law(ions: tuple[str, str]) -> None:
    """From above, as all strong electrolytes, and the closer the more dilute; at infinite dilution the sum of the ions'
    conductivities, which the table of ions has."""
    salt = CONDUCTIVITIES[ions]
    _, _, cation, anion = ionic(ions)
    assert salt.molar[0] == pytest.approx(cation + anion, rel=3e-4)
    beyond = [m / limiting_law(ions, c) - 1 for c, m in zip(salt.concentrations[1:8], salt.molar[1:8], strict=True)]
    assert 0 < beyond[0] < 1e-3
    assert np.all(np.diff(beyond) > 0)


@STRONG
def test_the_closest_approach_of_the_ions_explains_what_the_limiting_law_lacks(ions: tuple[str, str]) -> None:
    """Falkenhagen: both of its terms over 1 + kappa a, with one distance a of 0.2 to 0.7 nm."""
    salt = CONDUCTIVITIES[ions]
    c, measured = np.array(salt.concentrations[1:8]), np.array(salt.molar[1:8])
    law = np.array([limiting_law(ions, at) for at in c])
    z, y, *_ = ionic(ions)
    inverse_debye = np.sqrt(FARADAY**2 * (z + y) * c / (PERMITTIVITY * GAS_CONSTANT * TEMPERATURE))

    def off(distance: float) -> float:
        return float(
            np.abs((salt.molar[0] - (salt.molar[0] - law) / (1 + inverse_debye * distance)) / measured - 1).max()
        )

    distances = np.linspace(0.2e-9, 0.7e-9, 51)
    assert min(map(off, distances)) < (2e-3 if (z, y) == (1, 1) else 8e-3)


@SALTS
def test_conductivities_fall_and_solutions_conduct_better_with_salt(ions: tuple[str, str]) -> None:
    salt = CONDUCTIVITIES[ions]
    assert np.all(np.diff(salt.molar) < 0)
    assert np.all(np.diff([salt.conductivity(c) for c in salt.concentrations[:10]]) > 0)
    if ions not in PAIRED:
        slopes = np.diff(salt.molar[2:8]) / np.diff(np.sqrt(salt.concentrations[2:8]))
        assert np.all(np.diff(slopes) > -1e-6), "Kohlrausch's line bends upward"


@SALTS
def test_formulas_are_as_good_as_the_tables(ions: tuple[str, str]) -> None:
    """They begin with the ions' conductivities and the limiting law, fall as the values do, and stay beyond the table."""
    salt = CONDUCTIVITIES[ions]
    c = np.array(salt.concentrations[1:])
    off = salt.molar_conductivity(c, NUMBERS) / np.array(salt.molar[1:]) - 1
    assert np.abs(off[:7]).max() < (2e-3 if salt.charges == 1 else 6e-3)
    assert np.abs(off).max() < (2e-3 if "Robinson" in salt.source else 1.5e-2)
    fine = np.geomspace(1e-3, salt.end, 400)
    assert np.all(np.diff(salt.molar_conductivity(fine, NUMBERS)) < 0)
    dilute = 1e-4
    slope = (salt.molar_conductivity(dilute, NUMBERS) - salt.at_infinite_dilution) / np.sqrt(dilute)
    assert slope == pytest.approx(-salt.limiting_slope, rel=2e-3)
    assert salt.molar_conductivity(2 * salt.end, NUMBERS) == salt.molar_conductivity(salt.end, NUMBERS)
    assert limiting_law(ions, 4.0) == pytest.approx(salt.at_infinite_dilution - 2 * salt.limiting_slope, rel=1e-3)


@pytest.mark.parametrize(
    ("molality", "density", "conductivity"),
    # mol/kg; g/cm^3 at 25 C, from the apparent molar volume of KCl; S/m
    [(0.01, 0.99752, 0.140823), (0.1, 1.00170, 1.28246), (1.0, 1.04140, 10.8620)],
)
def test_potassium_chloride_has_the_conductivity_of_the_standards(
    molality: float, density: float, conductivity: float
) -> None:
    """Pratt, Koch, Wu and Berezansky, Pure Appl. Chem. 73, 1783 (2001)."""
    concentration = 1e3 * molality * density / (1 + 0.074551 * molality)
    assert CONDUCTIVITIES["K", "Cl"].conductivity(concentration) == pytest.approx(conductivity, rel=1.5e-3)


def test_demal_solutions() -> None:
    """OIML R 56: grams of KCl in a kilogram of solution."""
    for grams, density, conductivity in (
        (71.1352, 1.0425, 11.131),
        (7.41913, 1.0018, 1.2852),
        (0.745263, 0.9975, 0.14083),
    ):
        concentration = grams / 74.551 * density * 1e3
        assert CONDUCTIVITIES["K", "Cl"].conductivity(concentration) == pytest.approx(conductivity, rel=1.5e-3)


def test_nothing_is_said_beyond_the_table() -> None:
    salt: Conductivities = CONDUCTIVITIES["K", "NO3"]
    assert salt.conductivity(0.0) == 0.0
    assert salt.conductivity(100.0) == pytest.approx(1.2034, rel=1e-3)
    with pytest.raises(ValueError, match="beyond the table, which ends at 100"):
        salt.conductivity(101.0)
