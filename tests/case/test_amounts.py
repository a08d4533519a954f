"""How many points and rows a study may have, and numbers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from meshes.quantity import Unit, unit_of
from solver.case.case import Case
from solver.inputs.errors import CaseError
from tests.support.cone_case import make

V = "terminals.base.potential"


def protocol(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"study": {"type": "transient", "protocol": list(steps), **more}}


HOLD = {"type": "hold", "duration": "1 h"}
PULSES = {"type": "pulses", "to": {V: 1}, "width": "1 us", "period": "10 us", "count": 10**9}
SINE = {"type": "sine", "amplitude": {V: 1}, "frequency": "1 kHz", "periods": 1e9}
WAVES = {"type": "triangle", "amplitude": {V: 1}, "frequency": "1 kHz", "periods": 1e9}
OUTER = {"parameter": V, "range": {"start": 0, "stop": 1, "points": 50}}
SPECTRUM = {"type": "impedance", "frequencies": {"start": 1, "stop": 1e6, "points": 1000, "spacing": "logarithmic"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"study.range": {"start": 0, "stop": 1, "points": 2001}},
            "study: has 2,001 points; one case has at most 2,000",
        ),
        (
            {"study.outer": {"parameter": "electrolyte.concentration", "values": list(range(1, 101))}},
            "has 4,100 points",
        ),
        (protocol(HOLD, record_every="1 ms"), "study: would write 3,600,001 rows, and outputs.most_rows is 100,000"),
        (protocol(HOLD, record_every=1e-39), "would write 3.6e+42 rows"),
        (protocol(HOLD, record_every="1 s", outer=OUTER), "would write 180,050 rows"),
        (protocol(PULSES), "would write 4,000,000,000 rows"),
        (protocol(PULSES, record_every="1 h"), "would write 4,000,000,003 rows"),
        (protocol(SINE), "would write 4,000,000,000 rows"),
        (protocol(WAVES, record_every="1 h"), "would write 2,000,000,279 rows"),
        ({"study": {**SPECTRUM, "at": [i / 200 for i in range(101)]}}, "would write 101,000 rows"),
        ({"outputs": {"most_rows": 40}}, "would write 41 rows, and outputs.most_rows is 40"),
    ],
)
def test_too_many_rows(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CaseError) as caught:
        make(changes)
    assert message in str(caught.value)


def test_rows_may_be_many_where_the_case_says_so() -> None:
    many = protocol(HOLD, record_every="20 ms")
    with pytest.raises(CaseError, match="would write 180,001 rows"):
        make(many)
    assert make({**many, "outputs": {"most_rows": 200_000}}).study.row_count() == 180_001


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"solver.tolerance": 1}, "solver.tolerance: 1 is more than 0.5; write e.g. '1e-6'"),
        ({"mesh.tolerance": "100 %"}, "mesh.tolerance: 1 is more than 0.5; write e.g. '0.2 %'"),
        (protocol(HOLD, tolerance=1), "study.tolerance: 1 is more than 0.5"),
        ({"study.range.points": True}, "study.range.points: True is not a whole number"),
        ({"study.range.points": "41"}, "study.range.points: '41' is not a whole number"),
        ({"study.range.start": True}, "study.range.start: True is not a number"),
        ({"mesh.growth": "2"}, "mesh.growth: '2' is not a number"),
        ({"electrolyte.temperature": True}, "electrolyte.temperature: True is not a quantity in K"),
        ({"electrolyte.temperature": "yes"}, "electrolyte.temperature: 'yes' is not a quantity in K"),
        ({"geometry.length": "1_000 nm"}, "geometry.length: '1_000 nm' is not a quantity in m"),
        (protocol({"type": "sine", "amplitude": {V: True}, "frequency": 1}), "True is no value"),
        (protocol({"type": "table", "file": "/dev/zero"}), "study.protocol.0.file: '/dev/zero' is no file"),
        (protocol({"type": "table", "file": "."}), "study.protocol.0.file: '.' is no file"),
        ({"mesh.axial_cells": 0}, "mesh.axial_cells: 0 must be greater than or equal to 1"),
        ({"mesh.axial_cells": 10**9}, "mesh.axial_cells: 1000000000 must be less than or equal to 100000"),
    ],
)
def test_numbers_that_are_none_or_too_large(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CaseError) as caught:
        make(changes)
    assert message in str(caught.value)


def numeric_fields(schema: Any, done: set[Any]) -> list[tuple[str, Any]]:
    """Name and field of every key below a description that one number can fill."""
    found: list[tuple[str, Any]] = []
    todo = [schema]
    while todo:
        kind = todo.pop()
        if hasattr(kind, "model_fields") and kind not in done:
            done.add(kind)
            for name, field in kind.model_fields.items():
                unit = next((item for item in field.metadata if isinstance(item, Unit)), None) or unit_of(
                    field.annotation
                )
                found += [(f"{kind.__name__}.{name}", field)] if unit is not None else []
                todo.append(field.annotation)
        todo += getattr(kind, "__args__", ())
    return found


def test_no_key_of_a_case_takes_a_boolean_for_a_number() -> None:
    from pydantic import TypeAdapter, ValidationError

    fields = numeric_fields(Case, set())
    assert len(fields) > 50
    for name, field in fields:
        try:
            TypeAdapter(field.rebuild_annotation()).validate_python(True)
        except ValidationError:
            continue
        pytest.fail(f"{name} takes True for a number")
