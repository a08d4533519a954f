"""What is swept: its name, its unit and its values in words."""

from __future__ import annotations

import numpy as np
import pytest

from solver.case.studies.points import plan
from solver.results.swept import SweptQuantity
from tests.support.cone_case import make

POTENTIAL = "terminals.base.potential [V]"


def names(parameter: str, *values: object, **changes: object) -> list[str]:
    """Names of the points of a sweep over some values."""
    study = {"type": "sweep", "parameter": parameter, "values": list(values)}
    return [point.name for point in plan(make({**changes, "study": study}))]


def test_points_are_named_by_what_is_swept_in_the_unit_of_the_case() -> None:
    assert names("terminals.base.potential", "350 mV") == ["bias 350 mV"]
    assert names("electrolyte.concentration", "1 mM", "0.01 mM") == ["concentration 1 mM", "concentration 0.01 mM"]
    assert names("terminals.tip.pressure", "0 mbar", "20 mbar") == ["pressure at tip 0 mbar", "pressure at tip 20 mbar"]
    assert names("walls.channel.surface_charge", "-5 mC/m^2") == ["surface charge of channel -5 mC/m²"]
    assert names("geometry.length", "2 um") == ["length 2 µm"]


def test_a_potential_that_is_not_the_driven_one_keeps_its_name() -> None:
    driven = {"terminals.base.potential": "0.1 V"}
    assert names("walls.membrane.potential", "-1 V", **driven, **{"walls.membrane.potential": "0 V"}) == [
        "potential of membrane_face -1 V"
    ]
    study = {"type": "sweep", "parameter": "terminals.tip.potential", "driven_terminal": "base", "values": ["1 V"]}
    assert plan(make({"study": study}))[0].name == "potential at tip 1 V"


def test_the_bias_is_the_difference_to_the_other_terminal() -> None:
    assert names("terminals.base.potential", "1 V", **{"terminals.tip.potential": "0.25 V"}) == ["bias 0.75 V"]


def test_temperatures_are_shown_in_the_unit_of_the_case_and_its_zero() -> None:
    assert names("electrolyte.temperature", "20 degC", "35 degC") == ["temperature 20 degC", "temperature 35 degC"]


def test_numbers_and_mixed_units_get_the_unit_that_suits_them() -> None:
    assert names("electrolyte.concentration", 1.0, "0.5 M") == ["concentration 1 mM", "concentration 500 mM"]
    assert names("terminals.base.potential", 0.35, 0) == ["bias 0 V", "bias 0.35 V"][::-1]


def test_a_zero_needs_no_unit_of_its_own() -> None:
    assert names("terminals.base.potential", "50 mV", 0) == ["bias 50 mV", "bias 0 mV"]


def test_an_outer_sweep_stands_first() -> None:
    study = {
        "type": "sweep",
        "parameter": "terminals.base.potential",
        "range": {"start": "-0.1 V", "stop": "0.1 V", "points": 4},
        "outer": {"parameter": "electrolyte.concentration", "values": ["1 mM"]},
    }
    assert next(point.name for point in plan(make({"study": study}))) == "concentration 1 mM, bias -0.03333 V"


def test_values_that_differ_late_are_told_apart() -> None:
    swept = SweptQuantity.of(POTENTIAL, [0.10001, 0.10002], "V")
    assert [swept.text(value) for value in (0.10001, 0.10002)] == ["0.10001 V", "0.10002 V"]


def test_an_axis_has_numbers_in_the_unit_of_its_label() -> None:
    swept = SweptQuantity.of(POTENTIAL, [-0.05, 0.05], "mV")
    assert swept.label == "potential at base [mV]"
    assert swept.numbers([-0.05, 0.0, 0.05]) == pytest.approx(np.array([-50.0, 0.0, 50.0]))
    assert swept.named(-0.05) == "potential at base = −50 mV"
