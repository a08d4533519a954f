"""Where a run of a protocol may be interrupted, and what of it a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.accuracy.richer_storage import Difference
from solver.discretization.evaluation import Evaluation
from solver.simulation.checkpoint import Checkpoint
from solver.studies.transient.instant import Instant

ARRAYS = ("passed", "gross_amount", "displacement", "rates", "charge_passed", "rate_errors", "current_errors")
"""Small arrays of an `Instant` that a checkpoint holds as numbers."""

EFFORT = ("accepted", "rejected", "failed")


@dataclass(frozen=True)
class Place:
    """A place from which a run goes on with the same steps, and with no row left out.

    Attributes:
        now, nominal, past: as of the stepper.
        factorised: the equations for which the factors at hand were made; None when these are of no use.
        difference: of the richer problem, as its storage has it; None where it is not followed.
        row: number of the last row.
        effort: numbers of steps, iterations and factorisations so far, and the seconds that they took.
    """

    now: Instant
    nominal: float
    past: Sequence[tuple[float, np.ndarray]]
    factorised: Evaluation | None
    difference: Difference | None
    row: int
    effort: Mapping[str, float]

    @property
    def numbers(self) -> dict[str, Any]:
        """What run.json holds."""
        now, difference = self.now, self.difference
        return {
            "point": self.row,
            "time": now.time,
            "step": now.step,
            "error": now.error,
            "recent": now.recent,
            "nominal": self.nominal,
            "past": [time for time, _ in self.past],
            "factorised": None if self.factorised is None else self.factorised.storage.rate,
            "charging": now.charging,
            **({} if difference is None else {"difference": [difference.time, *difference.charges.tolist()]}),
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
    def richer_arrays(self) -> dict[str, np.ndarray]:
        """Owned entries of the richer problem."""
        return {} if self.difference is None else {"difference": self.difference.contents}


def difference_of(checkpoint: Checkpoint) -> Difference | None:
    """The difference of the richer problem in a checkpoint; None where it has none."""
    contents, numbers = checkpoint.richer.get("difference"), checkpoint.numbers.get("difference")
    if contents is None or numbers is None:
        return None
    return Difference(numbers[0], contents, np.array(numbers[1:]))


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    """Owned entries with zeros for the ghosts, of which a checkpoint has those of their owners."""
    found = np.zeros(size)
    found[: len(values)] = values
    return found
