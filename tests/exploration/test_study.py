"""Study files: their points, and what is said of a wrong one."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from exploration.campaign.registry import DESIGNS
from exploration.campaign.study import Study, load_study, study_of
from solver.case.loading import CaseFile
from solver.inputs.errors import CaseError
from tests.support.paths import CASES, DOCS

CASE = CaseFile.read(CASES / "conical_rectifier")
BOTH = (
    "parameters:\n  geometry.length: {start: 1 um, stop: 2 um}\n  geometry.radius_tip: {start: 1 nm, stop: 10 nm, %s}\n"
)
LOGARITHMIC = BOTH % "spacing: logarithmic"


def read(folder: Path, text: str) -> Study:
    """The study of a text."""
    file = folder / "study.yaml"
    file.write_text(text, encoding="utf-8")
    return load_study(file, CASE)


def test_a_grid_has_all_combinations_and_the_last_key_changes_fastest(tmp_path: Path) -> None:
    text = (
        "type: grid\nparameters:\n  geometry.length: [0.5 um, 1 um]\n"
        "  walls.channel.surface_charge: {start: -5 mC/m^2, stop: -20 mC/m^2, points: 3, spacing: logarithmic}\n"
    )
    study = read(tmp_path, text)
    lengths = [point["geometry.length"] for point in study.points]
    charges = [point["walls.channel.surface_charge"] for point in study.points]
    assert lengths == pytest.approx([0.5e-6] * 3 + [1e-6] * 3)
    assert charges == pytest.approx([-5e-3, -10e-3, -20e-3] * 2)
    assert [(each.unit, each.written, each.spacing) for each in study.parameters] == [
        ("m", "um", "listed"),
        ("C/m^2", "mC/m^2", "logarithmic"),
    ]


def test_lists_go_side_by_side_and_may_hold_what_is_no_number(tmp_path: Path) -> None:
    study = read(tmp_path, "type: zip\nparameters:\n  solver.flow: [none, stokes]\n  study.range.points: [5, 9]\n")
    assert study.points == (
        {"solver.flow": "none", "study.range.points": 5.0},
        {"solver.flow": "stokes", "study.range.points": 9.0},
    )
    assert study.parameters[0].unit is None


def test_points_that_come_twice_are_one(tmp_path: Path) -> None:
    study = read(tmp_path, "type: zip\nparameters:\n  geometry.length: [1 um, 2 um, 1000 nm]\n")
    assert [point["geometry.length"] for point in study.points] == [1e-6, 2e-6]


def test_latin_hypercubes_have_one_point_in_every_slice(tmp_path: Path) -> None:
    text = f"type: latin_hypercube\nsamples: 8\nseed: 3\n{LOGARITHMIC}"
    study = read(tmp_path, text)
    lengths = np.array([point["geometry.length"] for point in study.points])
    radii = np.array([point["geometry.radius_tip"] for point in study.points])
    assert sorted(np.floor(8 * (lengths / 1e-6 - 1.0)).astype(int)) == list(range(8))
    assert sorted(np.floor(8 * np.log10(radii / 1e-9)).astype(int)) == list(range(8))
    assert read(tmp_path, text).points == study.points
    assert read(tmp_path, text.replace("seed: 3", "seed: 4")).points != study.points


def test_a_longer_sobol_sequence_keeps_its_points(tmp_path: Path) -> None:
    short, long = (read(tmp_path, f"type: sobol\nsamples: {count}\n{LOGARITHMIC}") for count in (5, 12))
    assert long.points[:5] == short.points
    assert len(long.points) == 12


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("type: gird\nparameters: {geometry.length: [1 um]}\n", "study.yaml:1: type: unknown type 'gird'; did you mean"),
        ("type: grid\nparameters:\n  geometry.lenght: [1 um]\n", ":3: parameters.geometry.lenght: unknown key 'geometry."),
        ("type: grid\nparameters:\n  geometry.length: [1 um, 1 uV]\n", "parameters.geometry.length.1: '1 uV' is not a"),
        ("type: grid\nparameters:\n  geometry.length: 1 um\n", "'1 um' is no list; write e.g. '[1 um, 2 um]'"),
        ("type: grid\nparameters:\n  solver.flow: [stoke]\n", "unknown value 'stoke'; did you mean 'stokes'?"),
        ("type: grid\nparameters:\n  terminals.base.potential: [1 V]\n", "the study of the case gives this key values"),
        ("type: grid\nparameter:\n  geometry.length: [1 um]\n", "study.yaml:2: parameter: unknown key; did you mean"),
        ("type: grid\nparameters: {}\n", "study.yaml:2: parameters: is empty; write at least one entry"),
        ("type: zip\nparameters:\n  geometry.length: [1 um]\n  geometry.radius_tip: [1 nm, 2 nm]\n", "has 2 values, and"),
        (f"type: sobol\n{LOGARITHMIC}", "samples: is missing; write e.g. 'samples: 32'"),
        (f"type: sobol\nsamples: 2\n{LOGARITHMIC.replace('10 nm', '-10 nm')}", "logarithmic spacing needs start and stop"),
        ("- grid\n", "study.yaml:1: holds no study; its keys are title, type, parameters"),
    ],
)  # fmt: skip
def test_a_wrong_study_is_told_with_its_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CaseError) as error:
        read(tmp_path, text)
    assert told in str(error.value)


def test_equally_spaced_values_have_no_digits_of_rounding(tmp_path: Path) -> None:
    study = read(tmp_path, "type: grid\nparameters:\n  geometry.length: {start: 0.1 um, stop: 0.4 um, points: 4}\n")
    assert [point["geometry.length"] for point in study.points] == [1e-7, 2e-7, 3e-7, 4e-7]


def test_the_kind_that_the_guide_adds_needs_its_class_and_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (DOCS / "developing.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(class Star.*?)```", guide, re.DOTALL)
    assert found is not None
    start = "from __future__ import annotations\nfrom exploration.campaign.listed import *\n\n"
    (tmp_path / "star_of_the_guide.py").write_text(start + found[1], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    star = importlib.import_module("star_of_the_guide").Star
    monkeypatch.setattr("exploration.campaign.study.DESIGNS", (*DESIGNS, star))
    text = "type: star\nparameters:\n  geometry.length: [1 um, 2 um]\n  geometry.radius_tip: [5 nm, 6 nm, 7 nm]\n"
    points = [tuple(point.values()) for point in read(tmp_path, text).points]
    assert points == [(1e-6, 5e-9), (2e-6, 5e-9), (1e-6, 6e-9), (1e-6, 7e-9)]


def test_the_shipped_studies_can_be_read() -> None:
    files = sorted(CASES.glob("*/study.yaml"))
    assert files
    for file in files:
        assert len(load_study(file, CaseFile.read(file.parent)).points) > 1


@pytest.mark.parametrize(
    ("own", "key"),
    [
        ("{type: impedance, frequencies: [1 Hz], at: [0 V, 0.1 V]}", "terminals.base.potential"),
        ("{type: transient, protocol: [{type: hold, duration: 1 ms}], outer: {parameter: geometry.length, values: [1 um]}}",
         "geometry.length"),
        ("{type: transient, protocol: [{type: ramp, to: {terminals.base.potential: 1 V}, duration: 1 ms}]}",
         "terminals.base.potential"),
        ("{type: reversal, outer: {parameter: geometry.length, values: [1 um]}}", "geometry.length"),
    ],
)  # fmt: skip
def test_a_key_that_the_study_of_the_case_sets_is_refused(own: str, key: str) -> None:
    with pytest.raises(CaseError, match="the study of the case gives this key values of its own"):
        study_of({"type": "grid", "parameters": {key: [1e-6]}}, CASE, [f"study={own}"])


def test_the_potential_of_a_spectrum_without_its_own_can_be_varied() -> None:
    own, key = "study={type: impedance, frequencies: [1 Hz]}", "terminals.base.potential"
    assert study_of({"type": "grid", "parameters": {key: ["0.1 V"]}}, CASE, [own]).points == ({key: 0.1},)
