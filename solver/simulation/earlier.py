"""What an earlier run of the same case has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solver.case.case import Case
from solver.case.studies.points import Point


@dataclass(frozen=True)
class Earlier:
    """Results of an earlier run of the same case that this one continues; empty for a new result.

    Attributes:
        rows: numbers of the rows that are complete.
        information: entries of its run.json: `mesh`, `checkpoint`, what the runner had added.
        checkpoint_file: file of its last state; need not exist.
    """

    rows: frozenset[int] = frozenset()
    information: Mapping[str, Any] = field(default_factory=dict)
    checkpoint_file: Path = Path()

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        """Numbers of the checkpoint; `run` is the number of the study's point. None without one."""
        found: Mapping[str, Any] | None = self.information.get("checkpoint")
        return found

    def last_point(self, points: Sequence[Point[Case]]) -> Point[Case] | None:
        """The point of the study whose state the checkpoint holds; None without one."""
        return None if self.checkpoint is None else points[self.checkpoint["run"]]

    @property
    def adaptation(self) -> Mapping[str, Any] | None:
        """How the mesh was adapted; None when it was not."""
        found: Mapping[str, Any] | None = (self.information.get("mesh") or {}).get("adaptation")
        return found
