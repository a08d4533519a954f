"""A transient with several runs and fields that is killed at random places, and the comparison with one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from postprocess.pictures.fields import FieldFiles
from tests.support.command_line import MPI_SETTINGS, table
from tests.support.paths import ROOT

CASE = """\
title: A cone in time, three times
geometry: {type: cone, length: 1 um, radius_base: 100 nm, radius_tip: 40 nm, reservoirs: {length: 200 nm, radius: 200 nm}}
electrolyte: {species: {K: , Cl: }, concentration: 1 mM}
terminals: {base: {}, tip: {}}
walls: {channel: {surface_charge: -1 mC/m^2}}
mesh: {growth: 4, axial_cells: 4}
outputs: {errors: none}
study:
  type: transient
  outer: {parameter: walls.channel.surface_charge, values: [-1 mC/m^2, -2 mC/m^2, -3 mC/m^2]}
  protocol:
    - {type: ramp, duration: 20 us, to: {terminals.base.potential: 0.3 V}}
    - {type: step, to: {terminals.base.potential: -0.2 V}}
    - {type: hold, duration: 20 us}
  fields_at: {start: 0 s, stop: 40 us, points: 5}
"""

SKIPPED = ("wall_time [s]", "newton_iterations", "factorisations")
"""Columns of the effort, which is not that of an undisturbed run."""

NOISE = ("balance_error", "conservation_error", "route_difference", "step_error", "algebraic_error", "_time [s]")
"""Columns of what would be zero, which are bounded, not compared, and of the time of phases."""

LATEST = 600.0
"""Seconds until a run has to come to the row at which it is killed."""


def start(case: Path, out: Path, *more: str, ranks: int = 1) -> subprocess.Popen[str]:
    """A run that goes on where the last one was killed, with a checkpoint at every step."""
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, "-m", "nanochannel", "run", str(case), "--out", str(out), "--resume", *more]
    environment = {**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT), "NANOCHANNEL_CHECKPOINT_INTERVAL": "0"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(case: Path, out: Path, ranks: int = 1) -> None:
    """Go on to the end.

    Raises:
        AssertionError: it does not end well.
    """
    process = start(case, out, ranks=ranks)
    _, errors = process.communicate(timeout=LATEST)
    assert process.returncode == 0, errors


def killed(case: Path, out: Path, chance: random.Random, rows: int, ranks: int = 1) -> int:
    """Go on, and be killed at a random instant after `rows` more rows; gives the number of rows that were there.

    Raises:
        AssertionError: it has ended by itself, badly.
    """
    process, before = start(case, out, ranks=ranks), _rows(out)
    begin = time.monotonic()
    while process.poll() is None and time.monotonic() - begin < LATEST:
        if begin_is_over(out, before) and _rows(out) >= before + rows:
            break
        time.sleep(0.01)
    time.sleep(chance.uniform(0.0, 0.3))
    for number in [*_descendants(process.pid), process.pid]:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue
    _, errors = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors
    return _rows(out)


def begin_is_over(out: Path, rows: int) -> bool:
    """Whether a resumed run has begun to write rows, or there were none: it first cuts off what is behind its checkpoint."""
    run = out / "run.json"
    return not rows or (run.exists() and '"status": "running"' in run.read_text(encoding="utf-8"))


def deviations(one: Path, other: Path) -> dict[str, float]:
    """Largest deviation of a column of the rows, or of a field, as a part of its largest magnitude.

    Raises:
        AssertionError: rows or fields are missing.
    """
    here, there = table(one), table(other)
    assert [row["point"] for row in here] == [row["point"] for row in there]
    found: dict[str, float] = {}
    for name in there[0]:
        if name not in SKIPPED and not any(noise in name for noise in NOISE):
            a, b = (np.array([float(row[name] or "nan") for row in rows]) for rows in (here, there))
            found[name] = float(np.nanmax(np.abs(a - b)) / (np.nanmax(np.abs(b)) or 1.0))
    rows = [len(table(path, "profiles.csv")) for path in (one, other)]
    assert rows[0] == rows[1]
    found.update(_deviations_of_fields(one, other))
    return found


def _deviations_of_fields(one: Path, other: Path) -> Iterator[tuple[str, float]]:
    here, there = FieldFiles(one), FieldFiles(other)
    assert here.points == there.points
    for point in there.points:
        a, b = here.read(point), there.read(point)
        for name, values in b.data.items():
            if name not in ("charge_density",):
                yield f"{name} of {point}", float(np.abs(a.data[name] - values).max() / (np.abs(values).max() or 1.0))


def worst_balance(path: Path) -> float:
    """Largest error of the balances of ions and charge."""
    names = ("salt_balance_error", "charge_balance_error")
    return max(float(row[name]) for row in table(path) for name in names)


def _rows(out: Path) -> int:
    path = out / "observables.csv"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _descendants(number: int) -> list[int]:
    """Processes below a process, the deepest first."""
    try:
        text = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="utf-8")
    except OSError:
        return []
    return [found for child in map(int, text.split()) for found in (*_descendants(child), child)]
