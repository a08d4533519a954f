"""Campaigns of real runs, as a user starts them: kills, points that cannot converge, ranks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.support.command_line import MPI_SETTINGS, call
from tests.support.paths import ROOT

CASE = """\
title: A small cone
geometry: {type: cone, length: 60 nm, radius_tip: 3 nm, radius_base: 8 nm, reservoirs: {length: 40 nm, radius: 40 nm}}
electrolyte: {species: {K: {}, Cl: {}}, concentration: 10 mM}
walls: {channel: {surface_charge: -20 mC/m^2}}
mesh: {growth: 4, axial_cells: 4, wall_size: 1 debye_length, corner_size: 0.2 debye_length}
outputs: {errors: none, fields: none}
study: {type: sweep, parameter: terminals.base.potential, values: [-0.2 V, 0.2 V]}
"""
STUDY = """\
type: zip
parameters:
  geometry.length: [60 nm, 70 nm, 80 nm]
  solver.max_iterations: [60, 2, 60]
"""


@pytest.fixture
def cone(tmp_path: Path) -> Path:
    """A case of three points, the second of which cannot converge."""
    folder = tmp_path / "cone"
    folder.mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder


def test_a_campaign_that_is_killed_goes_on_and_reports_what_cannot_converge(cone: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nanochannel", "campaign", str(cone), "--out", str(out), "--jobs", "1", "--quiet"]
    process = subprocess.Popen(command, env={**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT)})
    first, begin = out / "points" / "0001" / "run.json", time.monotonic()
    while process.poll() is None and time.monotonic() - begin < 300.0:
        if first.exists() and json.loads(first.read_text(encoding="utf-8"))["status"] == "complete":
            break
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = first.stat().st_mtime_ns
    done = call("campaign", cone, "--out", out)
    assert done.returncode == 1
    assert first.stat().st_mtime_ns == before
    assert "point 2: length = 70 nm, max iterations = 2: failed: bias -0.2 V: no convergence in 2 steps" in done.stderr
    assert "1 of 3 points failed" in done.stderr
    points = json.loads((out / "campaign.json").read_text(encoding="utf-8"))["points"]
    assert [point["status"] for point in points] == ["complete", "failed", "complete"]
    assert "no convergence in 2 steps" in points[1]["message"]
    table = pd.read_csv(out / "table.csv")
    assert table["number"].tolist() == [1, 1, 3, 3]
    own = pd.read_csv(out / "points" / "0003" / "observables.csv")
    assert table["current [A]"].tolist()[2:] == own["current [A]"].tolist()
    assert "zip of 3 points: 2 complete, 1 failed" in done.stdout


def test_points_on_two_ranks(cone: Path, tmp_path: Path) -> None:
    (cone / "study.yaml").write_text("type: grid\nparameters: {geometry.length: [60 nm]}\n", encoding="utf-8")
    done = call("campaign", cone, "--out", tmp_path / "out", "--ranks", 2, "--set", "study.values=[0.1 V]")
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "out" / "points" / "0001" / "run.json").read_text(encoding="utf-8"))
    assert (run["ranks"], run["status"]) == (2, "complete")
