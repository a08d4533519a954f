"""Wall time of a campaign on several cores as a part of that on one.

    ./environment.sh python3 -m tests.benchmarks.campaigns --out DIR [--jobs 2] [--cheap]

Computes the study of cases/conical_rectifier (20 points, of length and charge) with one point at once and with as many as
there are jobs, after one point that compiles the forms, and compares times and tables. --cheap: four points of five biases.
Prints a line of JSON; the exit code is 1 where the part is larger than LARGEST or the tables differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from tests.support.command_line import MPI_SETTINGS
from tests.support.paths import CASES, ROOT

LARGEST = 0.6
"""Part of the time on one core that the time on two may be."""

CHEAP = """\
title: A quarter of the grid
type: grid
parameters:
  geometry.length: [0.5 um, 1 um]
  walls.channel.surface_charge: [-10 mC/m^2, -20 mC/m^2]
"""
FEWER = ("--set", "study.range.points=5")
EFFORT = ("time", "iterations", "factorisations")
"""Parts of the names of columns that say how rows were made."""


def main() -> int:
    """Measure, compare and tell; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="folder, whose contents are replaced")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cheap", action="store_true")
    options = parser.parse_args()
    case = CASES / "conical_rectifier"
    more: list[str] = []
    options.out.mkdir(parents=True, exist_ok=True)
    if options.cheap:
        (options.out / "study.yaml").write_text(CHEAP, encoding="utf-8")
        more = [*FEWER, "--study", str(options.out / "study.yaml")]
    shutil.rmtree(options.out / "first", ignore_errors=True)
    _run("run", case, *FEWER, "--out", options.out / "first", "--quiet")
    seconds = {}
    for jobs in (1, options.jobs):
        out = options.out / f"jobs{jobs}"
        shutil.rmtree(out, ignore_errors=True)
        begin = time.monotonic()
        _run("campaign", case, *more, "--out", out, "--jobs", jobs, "--quiet")
        seconds[jobs] = time.monotonic() - begin
    part, same = seconds[options.jobs] / seconds[1], _same(options.out / "jobs1", options.out / f"jobs{options.jobs}")
    points = len(json.loads((options.out / "jobs1" / "campaign.json").read_text(encoding="utf-8"))["points"])
    print(json.dumps({"points": points, "seconds": seconds, "part": round(part, 3), "same_tables": same}))
    return int(part > LARGEST or not same)


def _run(*arguments: object) -> None:
    """The command line, until it ends; CalledProcessError when it ends badly."""
    environment = {**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "nanochannel", *map(str, arguments)], check=True, env=environment)


def _same(one: Path, other: Path) -> bool:
    """Whether two campaigns have the same rows, but for their effort."""
    tables = [pd.read_csv(path / "table.csv") for path in (one, other)]
    shown = [[name for name in table if not any(part in name for part in EFFORT)] for table in tables]
    return shown[0] == shown[1] and tables[0][shown[0]].equals(tables[1][shown[1]])


if __name__ == "__main__":
    sys.exit(main())
