"""The potential at which ions balance a fixed charge, as a formula."""

from __future__ import annotations

import numpy as np
import pytest

from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.electrolytes.neutrality import potential_beside

SHIFT = 50.0
"""Thermal voltages by which reservoirs may be shifted."""


@pytest.mark.parametrize(
    "valences", [(1, -1), (2, -2), (1, 1, -1), (2, -1), (1, 2, -1), (1, 2, -1, -2), (3, 1, -1, -3)]
)
def test_the_ions_balance_the_fixed_charge(valences: tuple[int, ...]) -> None:
    """Concentrations over nine orders of magnitude, fixed charges over eight, either sign."""
    chance = np.random.default_rng(1)
    count, z = 3000, np.array(valences)[:, None]
    mu = chance.uniform(-10.0, 10.0, (len(valences), count)) + z * chance.uniform(-SHIFT, SHIFT, count)
    fixed = chance.choice([-1.0, 1.0], count) * 10.0 ** chance.uniform(-4.0, 4.0, count)
    charges = z * np.exp(mu - z * potential_beside(list(mu), fixed, valences, NUMBERS))
    excess = np.abs(charges.sum(axis=0) + fixed) / (np.abs(charges).sum(axis=0) + np.abs(fixed))
    assert excess.max() < 1e-6
    assert np.median(excess) < 1e-14


def test_without_fixed_charge_it_is_the_potential_of_the_neutral_solution() -> None:
    for valences in ((1, -1), (2, -1), (1, 2, -1)):
        mu = [0.3 * (1 + k) for k in range(len(valences))]
        beside = potential_beside(mu, 0.0, valences, NUMBERS)
        assert beside == pytest.approx(Ideal().neutral_potential(mu, valences, 1.0, NUMBERS), abs=1e-12)


def test_a_weak_charge_and_a_strong_one_have_donnans_potential() -> None:
    """X / 2 c for X << c; ln(X / c) for X >> c, beside coions that are all but excluded."""
    for sign in (-1.0, 1.0):
        weak = potential_beside([0.0, 0.0], sign * 1e-9, (1, -1), NUMBERS)
        strong = potential_beside([0.0, 0.0], sign * 1e9, (1, -1), NUMBERS)
        assert weak == pytest.approx(sign * 0.5e-9, rel=1e-6)
        assert strong == pytest.approx(sign * np.log(1e9), rel=1e-14)


@pytest.mark.parametrize(
    "valences", [(1, -1), (2, -2), (5, -1), (1, 1, -1), (1, 2, -1), (1, 2, -1, -2), (3, 1, -1, -3)]
)
@pytest.mark.parametrize("shift", [0.0, 400.0, -2000.0])
def test_the_neutral_potential_follows_any_voltage(valences: tuple[int, ...], shift: float) -> None:
    """10 V are 390 thermal voltages: exponentials of them, and of their multiples, are out of range."""
    chance, z = np.random.default_rng(2), np.array(valences)[:, None]
    mu = chance.uniform(-8.0, 8.0, (len(valences), 1000))
    found = Ideal().neutral_potential(list(mu + z * shift), valences, 1.0, NUMBERS) - shift
    charges = z * np.exp(mu - z * found)
    assert (np.abs(charges.sum(axis=0)) / np.abs(charges).sum(axis=0)).max() < 1e-6
