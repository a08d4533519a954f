"""Currents and conductances at the ends of pulses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solver.analysis.hysteresis import ENERGY, energy
from solver.analysis.rows import Run
from solver.results.headers import CONDUCTANCE, CURRENT
from solver.signals.schedule import PulseTrain


# ------------------------------------------------------------------------------------------------ pulses
def pulse_entries(run: Run) -> Iterator[dict[str, Any]]:
    for number, train in enumerate(run.schedule.pulse_trains()):
        first: float | None = None
        for pulse, start in enumerate(train.starts):
            entry = _pulse(run, train, pulse)
            if entry is None:
                return
            end = entry["conductance_end [S]"]
            first = end if pulse == 0 else first
            ratio = end / first if end is not None and first else None
            yield {
                "outer": run.outer,
                "train": number + 1,
                "pulse": pulse + 1,
                "start [s]": start,
                "stop [s]": start + train.width,
                **entry,
                "ratio_to_first": ratio,
            }


def _pulse(run: Run, train: PulseTrain, pulse: int) -> dict[str, float | None] | None:
    """Currents and conductances of one pulse; None when the rows do not reach the end of its plateau."""
    _, end = train.plateau(pulse)
    current = run.at(CURRENT, end)
    if current is None:
        return None
    return {
        "current_end [A]": current,
        "conductance_end [S]": run.at(CONDUCTANCE, end),
        "conductance_before [S]": run.at(CONDUCTANCE, train.starts[pulse]),
        ENERGY: energy(run, train.starts[pulse], train.starts[pulse] + train.width),
    }
