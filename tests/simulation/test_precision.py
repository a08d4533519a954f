"""The tolerance of the states of a sweep: balanced against their error bars, fine where nothing is known."""

from __future__ import annotations

import math
from typing import Any

import pytest

from solver.case.case import Case
from solver.observables.currents import ROUTE_DIFFERENCE
from solver.simulation.precision import Precision
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

ROW = {"current [A]": -2e-9, "flow_rate [m^3/s]": 1e-18}


def precision(**more: Any) -> Precision:
    return Precision(
        Case.model_validate(small_cone(100.0, base={"potential": 0.2}) | {"outputs": {"errors": "all"}} | more)
    )


def bars(current: float, flow_rate: float = 1e-19) -> dict[str, float]:
    return {"current_error [A]": current, "flow_rate_error [m^3/s]": flow_rate}


def test_the_first_state_is_fine_and_later_ones_are_as_good_as_their_mesh() -> None:
    found = precision()
    assert found.tolerance == 1e-10
    assert found.suffices(ROW, bars(2e-15))
    assert found.tolerance == pytest.approx(5e-9), "the smallest of the bars counts, half a hundredth of it"
    assert found.suffices(ROW, bars(2e-11))
    assert found.tolerance == 1e-6, "not looser than the case says"


def test_a_state_that_is_worse_than_its_mesh_does_not_suffice() -> None:
    found = precision()
    found.suffices(ROW, bars(2e-11))
    assert not found.suffices(ROW, bars(2e-17))
    assert found.tolerance == 1e-10
    assert found.suffices(ROW, bars(2e-17)), "then it does"


def test_bars_may_shrink_a_little_before_a_state_does_not_suffice() -> None:
    found = precision()
    found.suffices(ROW, bars(2e-13))
    assert found.suffices(ROW, bars(1.1e-13))
    assert not found.suffices(ROW, bars(2e-15))


def test_routes_that_differ_ask_for_a_better_state() -> None:
    found = precision(outputs={"errors": "none"})
    assert found.for_routes({ROUTE_DIFFERENCE: 1e-9}) is None
    assert found.for_routes({}) is None, "devices of three terminals have no routes"
    assert found.for_routes({ROUTE_DIFFERENCE: 1e-6}) == pytest.approx(5e-9)
    assert found.for_routes({ROUTE_DIFFERENCE: 1.0}) == 1e-10
    exact = precision(outputs={"errors": "none"}, solver={"tolerance": 1e-10})
    assert exact.for_routes({ROUTE_DIFFERENCE: 1.0}) == 1e-10, "further steps"


@pytest.mark.parametrize("row", [ROW, dict.fromkeys(ROW, 0.0)])
def test_without_an_estimate_states_are_fine(row: dict[str, float]) -> None:
    found = precision()
    found.suffices(ROW, bars(2e-11))
    assert not found.suffices(row, bars(math.nan, math.nan))
    assert found.tolerance == 1e-10


def test_without_bars_the_case_decides_and_sensitivities_are_fine() -> None:
    assert precision(outputs={"errors": "none"}).tolerance == 1e-6
    assert precision(outputs={"errors": "none"}, solver={"tolerance": 1e-8}).tolerance == 1e-8
    sensitive = {"errors": "none", "sensitivities": ["walls.channel.surface_charge"]}
    assert precision(outputs=sensitive).tolerance == 1e-10


def test_a_case_that_asks_for_less_gets_less() -> None:
    found = precision(solver={"tolerance": 0.5})
    assert found.tolerance == 0.5
    assert found.suffices(ROW, bars(2e-17))
    assert found.tolerance == 0.5
