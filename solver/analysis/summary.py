"""Entries of summary.json of a transient result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solver.analysis.hysteresis import largest_area, loop_entries
from solver.analysis.pulses import pulse_entries
from solver.analysis.relaxation import memory_entries
from solver.analysis.rows import Row, runs_of
from solver.case.case import Case


def summary(rows: Sequence[Row], case: Case) -> dict[str, Any]:
    """The entries of summary.json of a transient: loops, memory, pulses, largest_area, cost.

    rows: of observables.csv, in the order of computing; numbers, or texts as a file has them, nothing where there is no
    value. Of an unfinished run, what its rows cover.
    """
    runs = list(runs_of(rows, case))
    loops = [entry for run in runs for entry in loop_entries(run)]
    return {
        "rectification": [],
        "loops": loops,
        "memory": [entry for run in runs for entry in memory_entries(run)],
        "pulses": [entry for run in runs for entry in pulse_entries(run)],
        "largest_area": largest_area(case, loops),
    }
