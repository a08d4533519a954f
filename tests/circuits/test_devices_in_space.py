"""Circuits of devices in three dimensions, against those of the same devices in the half plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]
from mpi4py import MPI

from circuits.description.loading import load_circuit
from circuits.run import run_circuit
from solver.inputs.errors import CaseError
from tests.simulation.test_cases_in_space import cone
from tests.support.command_line import table

pytestmark = pytest.mark.serial

STUDY = {"type": "transient", "tolerance": 0.1, "record_every": 5e-9, "largest_step": 5e-9}
ELEMENTS: dict[str, Any] = {
    "R": {"type": "resistor", "resistance": 2e8, "terminals": ["drive", "top"]},
    "C": {"type": "capacitor", "capacitance": 1e-16, "terminals": ["top", "bath"]},
    "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "middle"}},
    "second": {"type": "device", "case": "cone.yaml", "terminals": {"base": "middle", "tip": "bath"}},
    "V": {
        "type": "voltage_source",
        "terminals": ["drive", "bath"],
        "protocol": [{"type": "step", "to": 0.1}, {"type": "hold", "duration": 1e-8}],
    },
}


def circuit(folder: Path, dimension: int, linear: str = "direct") -> Path:
    """Two cones in series behind a resistor, with a capacitor beside them, at a step of the voltage."""
    folder.mkdir()
    case = cone(dimension, terminals={}).model_dump(mode="json", exclude_unset=True)
    case["solver"] = {"flow": "none", "linear": linear} if dimension == 3 else {"flow": "none"}
    (folder / "cone.yaml").write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    nodes = {"drive": {}, "top": {}, "middle": {}, "bath": {"ground": True}}
    whole = {"circuit": {"nodes": nodes, "elements": ELEMENTS}, "study": STUDY}
    (folder / "case.yaml").write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return folder


def test_two_devices_in_space_take_the_course_of_those_of_the_half_plane(tmp_path: Path) -> None:
    found = []
    for dimension in (2, 3):
        folder = circuit(tmp_path / str(dimension), dimension)
        run_circuit(load_circuit(folder), folder / "result", MPI.COMM_SELF)
        found.append(table(folder / "result"))
    for key in ("potential_top [V]", "potential_middle [V]"):
        flat, space = (np.array([float(row[key]) for row in rows]) for rows in found)
        assert len(flat) == len(space)
        assert 0.0 < flat[-1] < 0.1
        np.testing.assert_allclose(space, flat, atol=0.03 * abs(flat).max())


def test_devices_with_split_fields_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"write 'solver: \{linear: direct\}'"):
        run_circuit(load_circuit(circuit(tmp_path / "3", 3, "fieldsplit")), tmp_path / "result", MPI.COMM_SELF)
