"""One row of a result, with what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """Numbers of a point of a study, or of an instant of one.

    Attributes:
        row: row of observables.csv; `point` is its number.
        text: message while the study runs.
        weight: part of the study that it completes, in the unit of the study's progress.
        fields: whether the fields are kept.
        profile, iterations, sensitivities, loads: rows of profiles.csv, convergence.csv, sensitivities.csv and loads.csv.
    """

    row: Mapping[str, object]
    text: str
    weight: float = 1.0
    fields: bool = False
    profile: Sequence[Mapping[str, object]] = ()
    iterations: Sequence[Mapping[str, object]] = ()
    sensitivities: Sequence[Mapping[str, object]] = ()
    loads: Sequence[Mapping[str, object]] = ()

    @property
    def number(self) -> int:
        """Number of the row."""
        return int(str(self.row["point"]))
