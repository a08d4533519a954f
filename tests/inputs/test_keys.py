"""Dotted keys: units, replacing and reading of values, names that have dots themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from meshes.quantity import Unit
from solver.inputs.keys import first_step, numeric_key, replace, step_from, value_at
from solver.inputs.si import in_si
from tests.support.cone_file import SINE, load, load_transient

KEY = "study.protocol.0.amplitude.terminals.base.potential"


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("terminals.base.potential", "V"),
        ("terminals.tip.pressure", "Pa"),
        ("geometry.radius_tip", "m"),
        ("electrolyte.species.K.diffusivity", "m^2/s"),
        ("electrolyte.temperature", "K"),
        ("walls.channel.surface_charge", "C/m^2"),
        ("mesh.growth", ""),
    ],
)
def test_units_of_keys(tmp_path: Path, key: str, unit: str) -> None:
    assert numeric_key(load(tmp_path), key).symbol == unit


def test_a_name_with_dots_has_the_unit_of_the_key_that_it_is(tmp_path: Path) -> None:
    case = load_transient(tmp_path, f"[{SINE}]")
    assert numeric_key(case, KEY).symbol == "V"
    assert value_at(case, KEY) == 0.5


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("geometry.radius", "unknown key 'geometry.radius': no 'radius' below 'geometry'; did you mean 'radius_tip'"),
        ("title", "'title' is not a numeric key"),
        ("geometry.radius_tip.x", "'geometry.radius_tip' has no keys below it"),
        ("electrolyte.species.Na.diffusivity", "no 'Na' below 'electrolyte.species'"),
    ],
)
def test_what_is_no_numeric_key(tmp_path: Path, key: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        numeric_key(load(tmp_path), key)


def test_values_are_replaced_where_the_key_points_and_nowhere_else() -> None:
    data: dict[str, Any] = {"a": {"b": [1.0, {"c.d": 2.0, "c": {"d": 3.0}}]}, "b": 4.0}
    replace(data, "a.b.0", 5.0)
    replace(data, "a.b.1.c.d", 6.0)
    assert data == {"a": {"b": [5.0, {"c.d": 2.0, "c": {"d": 6.0}}]}, "b": 4.0}
    assert value_at(data, "a.b.1.c.d") == 6.0
    replace(data, "b", "7 V")
    assert data["b"] == "7 V"


def test_the_first_step_is_the_shortest_name_that_is_there() -> None:
    assert first_step({"a": 1}, ["a", "b"]) == ("a", ["b"])
    assert first_step({"a.b": 1}, ["a", "b", "c"]) == ("a.b", ["c"])
    assert first_step({"x": 1}, ["a", "b"]) == ("a", ["b"])


def test_steps_of_difference_quotients() -> None:
    assert step_from(-2.0, "V") == pytest.approx(2e-4)
    assert step_from(0.0, "V") == 1e-4
    assert step_from(0.0, "Pa") == 10.0
    assert step_from(0.0, "C/m^2") == 1e-6


def test_texts_and_numbers_in_si() -> None:
    assert in_si("300 mV", Unit("V", example="0.5 V"), ("study",)) == pytest.approx(0.3)
    assert in_si(2, Unit("V", example="0.5 V"), ("study",)) == 2.0


@pytest.mark.parametrize(
    ("value", "sign", "message"),
    [
        ("1 m", "", "'1 m' is not a quantity in s; write e.g. '2 ms'"),
        ("0 s", "positive", "'0 s' must be positive; write e.g. '2 ms'"),
        (-1.5, "non-negative", "'-1.5' must be non-negative; write e.g. '2 ms'"),
    ],
)
def test_what_cannot_stand_there_names_its_key(value: object, sign: str, message: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        in_si(value, Unit("s", example="2 ms", sign=sign), ("study", "protocol", 0))
    assert caught.value.context == {"key": ("study", "protocol", 0), "text": message}
