"""Potentials without current in closed form, and what mixing delivers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from solver.physics.constants import FARADAY
from solver.physics.salinity import (
    bulk_transference_number,
    channel_potential,
    chemical_differences,
    donnan_potential,
    electrode_potential,
    goldman_potential,
    henderson_potential,
    ideal_potential,
    membrane_potential,
    mixing_power,
    transference_number,
)
from solver.physics.solution import Solution

KCL, NACL = (1.957e-9, 2.032e-9), (1.334e-9, 2.032e-9)


def solution(c: float, diffusivities: tuple[float, float] = KCL, valences: tuple[int, int] = (1, -1)) -> Solution:
    """A salt whose anion has the concentration c times its stoichiometry, mol/m^3."""
    amounts = c * -valences[1], c * valences[0]
    return Solution(78.5, 298.15, 0.89e-3, valences, amounts, diffusivities, ("cation", "anion"))


@pytest.mark.parametrize(
    ("diffusivities", "fixed", "right", "potential"),
    [
        (KCL, 0.0, 100.0, -2.224593),
        (NACL, 0.0, 100.0, -24.535488),
        (KCL, -10.0, 100.0, 56.681614),
        (NACL, -10.0, 100.0, 41.109833),
        (KCL, -100.0, 100.0, 105.563972),
        (KCL, -1000.0, 1000.0, 164.720681),
        (NACL, -1000.0, 1000.0, 160.107482),
    ],
)
def test_membrane_potentials(diffusivities: tuple[float, float], fixed: float, right: float, potential: float) -> None:
    """Teorell, Meyer and Sievers; Henderson without a fixed charge. mV of the dilute side."""
    ends = solution(1.0, diffusivities), solution(right, diffusivities)
    found = membrane_potential(*ends, fixed)
    assert found is not None
    assert 1e3 * found == pytest.approx(potential, abs=2e-6)
    if not fixed:
        assert 1e3 * henderson_potential(*ends) == pytest.approx(potential, abs=2e-6)


def test_a_membrane_with_ions_of_other_valences() -> None:
    """The closed form is the integral of the Nernst-Planck equations without current between Donnan equilibria."""
    valences, (d, other) = (2, -1), (0.79e-9, 2.03e-9)
    first, second = (solution(c, (d, other), valences) for c in (1.0, 50.0))
    fixed = -20.0
    drops = [donnan_potential(each, fixed) / each.thermal_voltage for each in (first, second)]
    inside = [each.at(drop)[0] for each, drop in zip((first, second), drops, strict=True)]

    def slope(c: float, _: object) -> list[float]:
        anion = 2 * c + fixed  # 2 c+ - c- + X = 0
        return [-(2 * d - 2 * other) / (4 * d * c + other * anion)]

    diffusion = solve_ivp(slope, (inside[1], inside[0]), [0.0], rtol=1e-11, atol=1e-13).y[0, -1]
    expected = (diffusion - drops[0] + drops[1]) * first.thermal_voltage
    assert membrane_potential(first, second, fixed) == pytest.approx(expected, rel=1e-9)


def test_ideal_selectivity_and_electrodes() -> None:
    first, second = solution(1.0), solution(100.0)
    nernst = first.thermal_voltage * math.log(100.0)
    assert ideal_potential(first, second, 1) == pytest.approx(nernst, rel=1e-12)
    assert ideal_potential(first, second, -1) == pytest.approx(-nernst, rel=1e-12)
    assert electrode_potential(first, second, "anion") == pytest.approx(nernst, rel=1e-12), "E = E0 - RT/F ln a"
    assert electrode_potential(first, second, "cation") == pytest.approx(-nernst, rel=1e-12)
    assert transference_number(nernst, first, second) == pytest.approx(1.0, rel=1e-12)
    assert transference_number(henderson_potential(first, second), first, second) == pytest.approx(
        bulk_transference_number(first), rel=1e-12
    )
    like = transference_number(0.0, first, first)
    assert like is not None
    assert math.isnan(like)


def test_barriers() -> None:
    """Goldman: of one permeant ion that of Nernst, of two alike none; not for divalent ions."""
    first, second = (solution(c, (1e-9, 1e-18)) for c in (1.0, 100.0))
    assert goldman_potential(first, second) == pytest.approx(ideal_potential(first, second, 1), rel=1e-5)
    assert goldman_potential(solution(1.0, (1e-9, 1e-9)), solution(9.0, (1e-9, 1e-9))) == pytest.approx(0.0, abs=1e-15)
    assert goldman_potential(solution(1.0, valences=(2, -1)), solution(9.0, valences=(2, -1))) is None


def test_a_long_channel_by_its_exact_coefficients() -> None:
    """S1: -kT/e L23/L33 per ln c."""
    found = channel_potential("planar", 10e-9, lambda _: -10e-3, lambda part: solution(1.0 + 2e-4 * (part - 0.5)))
    ratio = math.log(1.0001 / 0.9999)
    assert found / ratio == pytest.approx(-1.380649e-23 * 298.15 * 1.14711647e10 / 1.96529274e-9, rel=1e-6)


def test_free_energy_of_mixing() -> None:
    """Of ions their chemical potentials, of water its osmotic pressure: what a perfect engine would deliver."""
    dense, dilute = solution(100.0), solution(1.0)
    rate, energy = 2e-15, dense.thermal_energy
    assert mixing_power([rate, rate], 0.0, dense, dilute, 0.0, 0.0) == pytest.approx(
        2 * rate * energy * math.log(100.0)
    )
    osmotic = energy * 198.0
    assert mixing_power([0.0, 0.0], -1e-18, dense, dilute, 0.0, osmotic) == pytest.approx(1e-18 * osmotic)
    # cations alone: e times Nernst's potential for each
    power = mixing_power([rate, 0.0], 0.0, dense, dilute, 0.0, 0.0)
    assert power == pytest.approx(rate * FARADAY * abs(ideal_potential(dense, dilute, 1)))
    assert np.allclose(chemical_differences(dense, dilute), math.log(100.0))
