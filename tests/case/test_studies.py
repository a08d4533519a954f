"""The list of studies, and what each of them answers."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case
from solver.case.studies.registry import STUDIES
from solver.case.studies.steady import Steady, Sweep
from solver.case.studies.transient import Transient
from solver.studies.base import Runner, runner_of

BIAS = "terminals.left.potential"
DEVICE: dict[str, Any] = {
    "geometry": {"type": "cylinder", "length": 1e-6, "radius": 1e-8, "reservoirs": None},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "steady": {"type": "steady"},
    "sweep": {"type": "sweep", "parameter": BIAS, "values": [-1.0, 1.0]},
    "transient": {"type": "transient", "protocol": [{"type": "ramp", "duration": 1.0, "to": {BIAS: 1.0}}]},
    "impedance": {"type": "impedance", "frequencies": [1.0, 10.0]},
}


def case_of(kind: str) -> Case:
    return Case.model_validate({**DEVICE, "study": EXAMPLES[kind]})


def test_every_kind_of_study_has_an_example_here() -> None:
    assert [study.kind() for study in STUDIES] == list(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_study_is_read_by_its_type_and_names_a_runner(kind: str) -> None:
    case = case_of(kind)
    assert case.study.kind() == case.study.type == kind  # type: ignore[attr-defined]
    runner = runner_of(case)
    assert isinstance(runner, Runner)
    assert [point.number for point in runner.points] == list(range(len(runner.points)))
    assert not any(runner.is_done(point) for point in runner.points)


@pytest.mark.parametrize(
    ("kind", "total", "unit"),
    [("steady", 1, "point"), ("sweep", 2, "point"), ("transient", 1.0, "s"), ("impedance", 2, "point")],
)
def test_extent_of_a_study(kind: str, total: float, unit: str) -> None:
    assert runner_of(case_of(kind)).extent == (total, 0.0, unit)


def test_a_study_is_not_taken_for_one_of_another_kind() -> None:
    case = case_of("sweep")
    assert Sweep.of(case) is case.study
    for other in (Steady, Transient):
        with pytest.raises(ValueError, match=f"of type sweep, not {other.kind()}"):
            other.of(case)


def test_driven_keys_are_those_whose_values_change() -> None:
    assert case_of("steady").study.driven_keys() == []
    assert case_of("sweep").study.driven_keys() == [BIAS]
    assert case_of("transient").study.driven_keys() == [BIAS]
