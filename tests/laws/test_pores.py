"""Kinetics of pores as numbers: rates that are known, detailed balance, and what is counted at which mouth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from solver.laws.algebra import NUMBERS
from solver.laws.pores import markov
from solver.laws.pores.base import Mouths, PoreKinetics
from solver.laws.pores.single_occupancy import SingleOccupancy
from solver.laws.pores.site_chain import SiteChain

BLOCKED = {
    "type": "single_occupancy",
    "species": {"K": {"k_on": 1.0, "k_off": 10.0}, "B": {"k_on": 0.1, "k_off": 0.1, "enters": "first"}},
}
EQUAL = {"K": 1.0, "B": 1.0, "Na": 1.0}


def between(kinetics: PoreKinetics, voltage: float, first: Any = EQUAL, second: Any = EQUAL) -> Mouths:
    return Mouths((first, second), voltage, {"K": 1, "B": 1, "Na": 1, "Ca": 2}, kinetics.coefficients())


@pytest.mark.parametrize(
    ("v", "current"), [(0.0, 0.0), (1.0, 0.27294753), (2.0, 0.27687441), (4.0, 0.13023271), (8.0, 0.01830274)]
)
def test_a_blocker_from_one_side_inactivates_the_pore(v: float, current: float) -> None:
    kinetics = SingleOccupancy.model_validate(BLOCKED)
    at = between(kinetics, 2.0 * v)
    settled = kinetics.settled(at)
    assert kinetics.leaving(at, settled, NUMBERS)["K"] == pytest.approx(current, abs=6e-9)
    passing = kinetics.transport(at, settled, NUMBERS)
    assert passing["K"] == pytest.approx(current, abs=6e-9)
    assert passing["B"] == pytest.approx(0.0, abs=1e-15)


def test_occupancies_and_rates_without_a_voltage() -> None:
    kinetics = SingleOccupancy.model_validate(BLOCKED)
    at = between(kinetics, 0.0)
    np.testing.assert_allclose(kinetics.settled(at), [1.0 / 21.0, 10.0 / 21.0], rtol=1e-14)
    root = np.sqrt(11.1**2 - 4.2)
    np.testing.assert_allclose(kinetics.relaxation_rates(at), [11.1 - root, 11.1 + root], rtol=1e-12)


LANDSCAPES = {
    "K": {"wells": [-2.0, -4.0], "barriers": [9.0, 6.0, 11.0]},
    "Na": {"wells": [-1.0, -3.5], "barriers": [10.0, 5.0, 9.0]},
}


@pytest.mark.parametrize("occupancy", ["single", "multiple"])
@pytest.mark.parametrize("voltage", [-5.0, 0.0, 1.3])
def test_nothing_passes_between_equal_electrochemical_potentials(occupancy: str, voltage: float) -> None:
    kinetics = SiteChain.model_validate(
        {"type": "site_chain", "occupancy": occupancy, "repulsion": 2.0, "species": LANDSCAPES}
    )
    first = {"K": 100.0, "Na": 30.0}
    second = {name: c * np.exp(voltage) for name, c in first.items()}
    at = between(kinetics, voltage, first, second)
    settled = kinetics.settled(at)
    flows = [step.rates(at, NUMBERS)[0] for step in kinetics.steps(at, NUMBERS)]
    for rate in kinetics.transport(at, settled, NUMBERS).values():
        assert abs(rate) < 1e-13 * max(flows)


def test_a_chain_of_one_site_is_single_occupancy() -> None:
    chain = SiteChain.model_validate(
        {"type": "site_chain", "frequency": 1e9, "sites": [0.3], "species": {"K": {"wells": [-3], "barriers": [4, 5]}}}
    )
    on, off = 1e9 * np.exp([-4.0, -7.0])
    single = SingleOccupancy.model_validate(
        {
            "type": "single_occupancy",
            "site": 0.3,
            "species": {"K": {"k_on": on / 1e3, "k_off": off, "k_on_second": 1e9 * np.exp(-5.0) / 1e3}},
        }
    )
    found = []
    for kinetics in (chain, single):
        at = between(kinetics, 2.0, {"K": 150.0}, {"K": 20.0})
        found.append(kinetics.transport(at, kinetics.settled(at), NUMBERS)["K"])
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_what_is_counted_at_both_mouths_is_what_crosses_the_barriers_there() -> None:
    """Of pores that are not settled: transport and change of what is held make up what leaves at the second mouth."""
    kinetics = SiteChain.model_validate({"type": "site_chain", "occupancy": "multiple", "species": LANDSCAPES})
    at, occupied = between(kinetics, 1.0), list(np.linspace(0.02, 0.2, 8))
    changes = kinetics.rates(at, occupied, NUMBERS)
    passing = kinetics.transport(at, occupied, NUMBERS)
    held = [kinetics.held(changes, first) for first in (True, False)]  # linear in the probabilities
    leaving = kinetics.leaving(at, occupied, NUMBERS)
    for ion in ("K", "Na"):
        assert leaving[ion] == pytest.approx(passing[ion] - held[1][ion], rel=1e-10)
        entering = passing[ion] + held[0][ion]
        assert entering - leaving[ion] == pytest.approx(held[0][ion] + held[1][ion], rel=1e-10)


def test_ions_pass_each_other_nowhere() -> None:
    """In a full chain of two sites only exits are left."""
    kinetics = SiteChain.model_validate({"type": "site_chain", "occupancy": "multiple", "species": LANDSCAPES})
    full = list(kinetics.states).index("K1-Na2") + 1
    steps = kinetics.steps(between(kinetics, 0.0), NUMBERS)
    assert {(step.species, step.stop) for step in steps if step.source == full} == {("Na", 1.0)}
    assert {(step.species, step.start) for step in steps if step.target == full} == {("K", 0.0)}


def test_slow_relaxation_is_found_beside_rates_that_are_1e18_times_faster() -> None:
    """States that exchange with one other alone: pairs in equilibrium, one after the other; all times, in sum, are those of
    first passage, weighted (Kemeny's constant)."""
    rates = np.zeros((4, 4))
    for k, rate in enumerate((1e15, 1e6, 1e-3), 1):
        rates[0, k] = rates[k, 0] = rate
    found = markov.relaxation_rates(rates)
    np.testing.assert_allclose(found, [1e-3 * 4 / 3, 1e6 * 3 / 2, 2e15], rtol=1e-7)
    times = [markov.passage_times(rates, target)[0] for target in range(4)]
    assert markov.settled_parts(rates) @ times == pytest.approx((1.0 / found).sum(), rel=1e-12)
