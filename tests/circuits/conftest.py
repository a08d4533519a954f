"""Circuits that several files of tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanochannel import main
from tests.support.device_circuits import CONE_IN_CIRCUIT, write


@pytest.fixture(scope="module")
def pulsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cones on two nodes behind a pulse, with its result."""
    folder = tmp_path_factory.mktemp("pulsed")
    elements = {
        "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "middle"}},
        "second": {"type": "device", "case": "cone.yaml", "terminals": {"base": "middle", "tip": "bath"}},
        "third": CONE_IN_CIRCUIT,
        "C": {"type": "capacitor", "capacitance": 1e-16, "terminals": ["top", "bath"]},
        "pulse": {
            "type": "current_source",
            "terminals": ["bath", "top"],
            "protocol": [
                {"type": "ramp", "duration": 5e-8, "to": 5e-11},
                {"type": "step", "to": 0.0},
                {"type": "hold", "duration": 2e-8},
            ],
        },
    }
    write(folder, elements, {"type": "transient", "tolerance": 1e-2, "largest_step": 1e-7}, middle={})
    assert main(["run", str(folder), "--out", str(folder / "one"), "--quiet"]) == 0
    return folder
