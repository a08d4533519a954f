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
        checkpoint_file: file of its last state; None without one.
    """

    rows: frozenset[int] = frozenset()
    information: Mapping[str, Any] = field(default_factory=dict)
    checkpoint_file: Path | None = None

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        """Numbers of the checkpoint; `run` is the number of the study's point. None without one."""
        found: Mapping[str, Any] | None = self.information.get("checkpoint")
        return found

    def last_point(self, points: Sequence[Point[Case]]) -> Point[Case] | None:
        """The point of the study whose state the checkpoint holds; None without one."""
        return None if self.checkpoint is None else points[self.checkpoint["run"]]

    @property
    def mesh(self) -> Mapping[str, Any]:
        """Sizes and identity of the mesh of its last points; empty when it has come to none."""
        return self.information.get("mesh") or {}

    def meshed_point(self, points: Sequence[Point[Case]]) -> Point[Case] | None:
        """The point of the study for which that mesh was made; of results of earlier versions that of the checkpoint."""
        number = self.mesh.get("identity", {}).get("point")
        return self.last_point(points) if number is None else points[number]

    @property
    def mesh_fingerprint(self) -> str | None:
        """Fingerprint of that mesh; None where it is not known."""
        found: str | None = self.mesh.get("identity", {}).get("fingerprint")
        return found

    @property
    def adaptation(self) -> Mapping[str, Any] | None:
        """How that mesh was adapted; None when it was not."""
        found: Mapping[str, Any] | None = self.mesh.get("adaptation")
        return found
