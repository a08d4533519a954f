"""The list of studies, and what each of them answers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from solver.case.case import Case
from solver.case.studies.registry import STUDIES
from solver.case.studies.reversal import Reversal
from solver.case.studies.steady import Steady, Sweep
from solver.case.studies.transient import Transient
from solver.inputs.errors import CaseError
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
    "reversal": {"type": "reversal"},
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


@pytest.mark.parametrize(
    ("study", "device", "key", "text"),
    [
        ({}, {"terminals": {"left": {"potential": 0.1}}}, "terminals.left.potential", "finds the potential of 'left'"),
        (
            {},
            {"terminals": {"left": {"current": 0.0}}},
            "terminals.left.current",
            "finds the potential without current",
        ),
        ({"electrode_ion": "Na"}, {}, "study.electrode_ion", "unknown species 'Na'"),
        ({"pore_density": 1.0, "porosity": 0.1}, {}, "study.porosity", "keep one of the two"),
        ({"porosity": 1.5}, {}, "study.porosity", "1.5 is more than 1"),
        (
            {"outer": {"parameter": BIAS, "values": [0.1]}},
            {},
            "study.outer.parameter",
            "is the potential that the study finds",
        ),
        (
            {"driven_terminal": "left", "outer": {"parameter": "terminals.right.potential", "values": [0.1]}},
            {},
            "study.outer.parameter",
            "against which the study finds that of 'left'",
        ),
        ({"driven_terminal": "top"}, {}, "study.driven_terminal", "unknown terminal 'top'"),
    ],
)
def test_what_a_reversal_study_refuses(study: dict[str, Any], device: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(CaseError, match=text) as refused:
        Case.model_validate(DEVICE | device | {"study": {"type": "reversal", **study}})
    assert ".".join(map(str, refused.value.key)) == key


def test_pores_by_the_area_of_a_membrane() -> None:
    """10 % of the area are mouths of 10 nm radius."""
    case = Case.model_validate(DEVICE | {"study": {"type": "reversal", "porosity": "10 %"}})
    assert Reversal.of(case).pores_by_area(case) == pytest.approx(0.1 / (math.pi * 1e-16))
    assert any("all reservoirs hold the same" in text for _, text in case.study.warnings(case, None))
