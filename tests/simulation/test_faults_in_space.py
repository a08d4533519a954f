"""Runs in three dimensions, with split fields, that are killed, interrupted or fail on one rank."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.command_line.test_faults import patched
from tests.support.command_line import table
from tests.support.kills import deviations, finish, killed

pytestmark = pytest.mark.serial

CASE = """\
title: A short cylinder in three dimensions
geometry: {type: cylinder, dimension: 3, length: 20 nm, radius: 5 nm, reservoirs: null}
electrolyte: {species: {K: , Cl: }, concentration: 2 mM}
walls: {channel: {surface_charge: -5 mC/m^2}}
mesh: {wall_size: 2 debye_length, corner_size: 2 debye_length, growth: 6, axial_cells: 2}
solver: {linear: fieldsplit}
outputs: {errors: %s}
study: {type: sweep, parameter: terminals.left.potential, values: [0.02 V, 0.04 V]}
"""

FAILING = """\
import solver.linear.fieldsplit as split
from solver.linear.sweep import Sweep
from solver.simulation.directory import DirectorySink
split.fits, split.LADDER = lambda *_: False, split.LADDER[:1]
apply, add, rows = Sweep.apply, DirectorySink.add, []
def adding(self, *given):
    rows.append(1)
    add(self, *given)
def failing(self, pc, right, solution):
    apply(self, pc, right, solution)
    if rank == 1 and rows:
        %s
DirectorySink.add, Sweep.apply = adding, failing
"""
"""What goes wrong on one rank after the first point."""


@pytest.fixture
def cylinder(tmp_path: Path) -> Path:
    (tmp_path / "case.yaml").write_text(CASE % "none", encoding="utf-8")
    return tmp_path


def test_a_sweep_that_is_killed_goes_on_on_other_ranks_to_the_same_numbers(tmp_path: Path) -> None:
    """With error bars by the coarser mesh."""
    (tmp_path / "case.yaml").write_text(CASE % "all", encoding="utf-8")
    whole, out = tmp_path / "whole", tmp_path / "killed"
    finish(tmp_path, whole)
    killed(tmp_path, out, random.Random(7), 2)
    finish(tmp_path, out, ranks=2)
    found = deviations(out, whole)
    bars = {name: found.pop(name) for name in list(found) if "_error" in name}
    assert max(found.values()) < 1e-6, max(found, key=lambda name: found[name])
    assert max(bars.values()) < 1e-3
    run = json.loads((out / "run.json").read_text())
    assert 0.4 * run["cost"]["peak_memory_MB"] < run["cost"]["peak_memory_of_a_rank_MB"] < run["cost"]["peak_memory_MB"]


def test_a_wrong_number_on_one_rank_ends_the_run_on_all_with_its_rows(cylinder: Path) -> None:
    done = patched(
        cylinder, FAILING % "solution.array[0] = float('nan')", "run", cylinder, "--out", cylinder / "r", ranks=2
    )
    own = [line for line in done.stderr.splitlines() if "nanochannel: " in line]
    assert len(own) == 1, done.stderr
    assert "nanochannel: not converged: bias" in own[0]
    assert "diverged_nanorinf" in own[0]
    run = json.loads((cylinder / "r" / "run.json").read_text())
    assert run["status"] == "failed"
    assert "checkpoint" in run
    assert len(table(cylinder / "r")) == 1


def test_what_one_rank_raises_within_an_iteration_is_told(cylinder: Path) -> None:
    done = patched(cylinder, FAILING % "raise MemoryError", "run", cylinder, "--out", cylinder / "r", ranks=2)
    assert done.returncode not in (0, 2)
    assert "nanochannel: rank 1: MemoryError" in done.stderr
