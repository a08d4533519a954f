"""Case files with earlier names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solver.case.case import Case, CaseError
from solver.case.loading import load_case
from solver.case.upgrade import upgraded
from solver.check.report import report

OLD: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": 1e-7,
        "radius_tip": 5e-9,
        "radius_base": 2e-8,
        "reservoirs": {"length": 1e-7, "radius": 1e-7},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
    "walls": {"membrane": {"surface_charge": -0.01}},
    "outputs": {"sensitivities": ["walls.membrane.surface_charge"]},
    "study": {"type": "sweep", "parameter": "walls.membrane.surface_charge", "values": [-0.01, -0.02]},
}


def test_old_names_are_understood_with_one_note_each() -> None:
    case = Case.model_validate(OLD)
    assert case.walls["membrane_face"].surface_charge == -0.01
    assert case.study.parameter == "walls.membrane_face.surface_charge"  # type: ignore[union-attr]
    assert case.outputs.sensitivities == ("walls.membrane_face.surface_charge",)
    (note,) = case.notes
    assert note.startswith("'walls.membrane' is now called 'walls.membrane_face'")
    assert Case.model_validate(case.model_dump(mode="json")).notes == ()


def test_check_prints_the_notes() -> None:
    assert "warning: 'walls.membrane' is now called" in str(report(Case.model_validate(OLD)))


def test_names_of_a_mesh_file_are_those_of_the_user() -> None:
    data = OLD | {"geometry": {"type": "file", "walls": {"membrane": "membrane"}}}
    assert upgraded(data) == (data, ())


def test_driven_keys_and_electrodes_of_old_files() -> None:
    step = {"type": "step", "to": {"walls.membrane.potential": 0.1}}
    data = OLD | {
        "walls": {"membrane": {"potential": 0.0}},
        "outputs": {},
        "study": {"type": "transient", "protocol": [step, {"type": "hold", "duration": 1e-6}], "driven_terminal": "membrane"},
    }  # fmt: skip
    case = Case.model_validate(data)
    assert case.driven_terminal == "membrane_face"
    assert case.study.driven_keys() == ["walls.membrane_face.potential"]  # type: ignore[union-attr]


def test_errors_name_the_line_of_the_old_name(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(
        "geometry: {type: cone, length: 100 nm, radius_tip: 5 nm, radius_base: 20 nm, reservoirs: null}\n"
        "electrolyte: {species: {K: {}, Cl: {}}, concentration: 1 mM}\n"
        "walls:\n"
        "  channel: {}\n"
        "  membrane: {surface_charge: 3 nm}\n"
    )
    with pytest.raises(CaseError) as caught:
        load_case(tmp_path)
    assert str(caught.value).startswith(f"{file}:5: walls.membrane_face.surface_charge: '3 nm'")
    with pytest.raises(CaseError, match=r"^--set walls\.membrane_face\.surface_charge: '3 nm'"):
        load_case(tmp_path, ["walls.membrane.surface_charge=3 nm"])


def test_a_format_of_the_future_is_refused() -> None:
    assert Case.model_validate(OLD | {"format": 1}).format == 1
    with pytest.raises(Exception, match="format"):
        Case.model_validate(OLD | {"format": 2})
