"""Where a run of a protocol may be interrupted, and what of it a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.studies.transient.instant import Instant

ARRAYS = ("passed", "gross_amount", "displacement", "rates", "charge_passed", "rate_errors", "current_errors")
"""Small arrays of an `Instant` that a checkpoint holds as numbers."""

EFFORT = ("accepted", "rejected", "failed")


@dataclass(frozen=True)
class Place:
    """A place from which a run goes on with the same steps, and with no row left out.

    Attributes:
        now, nominal, past: as of the stepper.
        past_flows: times and flows from which the next are guessed, that of the last instant included; empty where the flow
            is solved for in every residual.
        factorised: the equations for which the factors at hand were made; None when these are of no use.
        bars, bars_arrays: what the error bars of the instants remember: numbers, and arrays of the other problem's nodes
            (owned entries).
        row: number of the last row.
        effort: numbers of steps, iterations and factorisations so far, and the seconds that they took.
    """

    now: Instant
    nominal: float
    past: Sequence[tuple[float, np.ndarray]]
    past_flows: Sequence[tuple[float, np.ndarray]]
    factorised: Evaluation | None
    bars: Mapping[str, Any]
    bars_arrays: Mapping[str, np.ndarray]
    row: int
    effort: Mapping[str, float]

    @property
    def numbers(self) -> dict[str, Any]:
        """What run.json holds."""
        now = self.now
        return {
            "point": self.row,
            "time": now.time,
            "step": now.step,
            "error": now.error,
            "recent": now.recent,
            "nominal": self.nominal,
            "past": [time for time, _ in self.past],
            "past_flows": [time for time, _ in self.past_flows],
            "factorised": None if self.factorised is None else self.factorised.storage.rate,
            "charging": now.charging,
            **self.bars,
            **self.effort,
            **{name: getattr(now, name).tolist() for name in ARRAYS},
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Arrays of the unknowns' nodes, ghosts included."""
        now = self.now
        found = {name: _padded(getattr(now, name), len(now.state)) for name in ("slope", "accumulated_error")}
        found |= {f"past_{k}": state for k, (_, state) in enumerate(self.past[:-1])}
        return found if self.factorised is None else {**found, "factorised": self.factorised.state}

    @property
    def flows(self) -> dict[str, np.ndarray]:
        """Arrays of the unknowns of the flow, ghosts included."""
        found = {f"flow_{k}": flow for k, (_, flow) in enumerate(self.past_flows)}
        if self.factorised is None or self.factorised.flow is None or not self.past_flows:
            return found
        return {**found, "factorised_flow": self.factorised.flow}


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    """Owned entries with zeros for the ghosts, of which a checkpoint has those of their owners."""
    found = np.zeros(size)
    found[: len(values)] = values
    return found
