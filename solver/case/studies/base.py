"""What the rest of the program asks a study: the one place where kinds of studies differ.

A new kind is a class below `Study` with its keys, in a file of its own beside this one; a runner in `solver.studies`, which
the class names; and a line in `solver.case.studies.registry`. Everything that is not overridden has the answer of steady
points over the values of the study's axes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import Self

from meshes.quantity import Description
from solver.case.studies.points import Point, points_of_axes
from solver.case.studies.studied import C, StudiedCase
from solver.inputs.errors import Key
from solver.physics.times import DeviceTimes

MOST_OUTER_VALUES = 12
"""Of an outer sweep that are looked at before a run."""


def _spread(values: Sequence[float]) -> set[float]:
    """Some of the values, the least and the greatest among them."""
    ordered = sorted(set(values))
    count = min(len(ordered), MOST_OUTER_VALUES)
    last = max(count - 1, 1)
    return {ordered[round(i * (len(ordered) - 1) / last)] for i in range(count)}


class StudyNumbers:
    """Numbers of a study in `nanochannel check`; a kind of study that has some derives a frozen dataclass from it."""

    def text(self) -> list[str]:
        """The numbers as blocks of text of at most 110 columns."""
        raise NotImplementedError


class Study(Description):
    """Base of all kinds of studies. Each has a key `type` with its name, and names its runner."""

    runner: ClassVar[str]
    """Class that computes the study, as "module:class"; loaded when a case runs, since it needs the compiled stack."""
    explanation: ClassVar[str] = ""
    """Text about the study in docs/cases.md; blocks between ```yaml and ``` are the key `study` of a case."""
    driven_terminal_key: ClassVar[str] = "driven_terminal"
    """Key of the study that names the terminal whose current is the current of the device."""
    may_drive_electrodes: ClassVar[bool] = False
    """Whether that may be an electrode of a device with terminals: not in a steady state, where it lets nothing through."""
    carries_traces: ClassVar[bool] = False
    """Whether trace species are computed in its states."""
    allows_exchange: ClassVar[bool] = False
    """Whether terminals may inject or absorb species."""
    needs_storage: ClassVar[bool] = False
    """Whether the study follows changes in time or frequency, for which the problem stores ions."""
    has_sensitivities: ClassVar[bool] = True
    """Whether currents and flow rates are differentiated by `outputs.sensitivities`."""
    has_error_bars: ClassVar[bool] = True
    """Whether the rows have the error bars of `solver.accuracy.bars`; otherwise the runner makes its own."""
    converges_fully: ClassVar[bool] = False
    """Whether steady states are converged as well as they can be, and not only as well as their error bars are worth."""
    needs_checkpoint: ClassVar[bool] = False
    """Whether an interrupted run can only go on from its checkpoint, so that later rows do not count."""
    progress_unit: ClassVar[str] = "point"
    """Unit of `size`."""
    unnamed_point: ClassVar[str] = "the steady point"
    """Name of a point without values of its own."""

    @classmethod
    def kind(cls) -> str:
        """Value of the key `type`."""
        return str(cls.model_fields["type"].default)

    @classmethod
    def of(cls, case: StudiedCase) -> Self:
        """The study of a case, when it is of this kind.

        Raises:
            ValueError: it is of another kind.
        """
        study = case.study
        if not isinstance(study, cls):
            raise ValueError(f"the study of the case is of type {study.kind()}, not {cls.kind()}")
        return study

    @property
    def chosen_terminal(self) -> str | None:
        """The terminal or electrode that the study's own key names as the driven one; None when it leaves the choice."""
        chosen: str | None = getattr(self, self.driven_terminal_key)
        return chosen

    # ------------------------------------------------------------------------------------------ making and checking a case
    def in_si(self, parts: Mapping[str, Any], directory: Path) -> Self:
        """The study with SI floats where only the rest of the case tells the unit, and with values in place of files.

        parts: of the case, validated: geometry, electrolyte, terminals, walls, ... directory: that files are relative to.
        Raises a misfit with its path below the study.
        """
        return self

    def check(self, case: StudiedCase, *, whole: bool) -> None:
        """Raise a misfit (path below the case) when the study cannot be carried out.

        whole: whether the values of the study are to be tried too; not for a case that is one of its points.
        """

    def missing_file(self, directory: Path) -> tuple[Key, str] | None:
        """Path below the case and text of what the study needs on disk and what is not there. directory: of the case."""
        return None

    # ------------------------------------------------------------------------------------------ points
    def axes(self) -> list[tuple[str, list[float]]]:
        """(parameter, SI values in the order given) of every key swept in steady points, the outer one first."""
        return []

    def driven_keys(self) -> list[str]:
        """The keys of the case whose values change along the study, each once."""
        return [parameter for parameter, _ in self.axes()]

    def own_keys(self, case: StudiedCase) -> list[str]:
        """The keys of the case to which the study gives values of its own, so that what the case says there does not count in
        its rows, or not in all of them."""
        return self.driven_keys()

    def written_units(self) -> dict[str, str]:
        """Units in which the case gives the values of swept keys, by key; without those that it gives in none."""
        return {}

    def points(self, case: C) -> list[Point[C]]:
        """All points in the order of computing."""
        return points_of_axes(case, self.axes())

    def extremes(self, point: Point[C]) -> list[Point[C]]:
        """The steady points that the mesh of a point has to resolve."""
        return [point]

    def point_count(self) -> int:
        """Number of points, counted without making them."""
        return math.prod(len(values) for _, values in self.axes())

    def row_count(self) -> float:
        """Number of rows of the result, or of those that there will be at least; counted without making them."""
        return self.point_count()

    def wants_fields(self, point: Point[C]) -> bool:
        """Whether the fields of a steady point are written."""
        return bool(point.case.outputs.fields != "none")

    def size(self, point: Point[C]) -> float:
        """Part of a point in the progress of the study, in `progress_unit`."""
        return 1.0

    # ------------------------------------------------------------------------------------------ `nanochannel check`
    def extreme_settings(self, case: C) -> list[tuple[C, dict[str, float]]]:
        """Cases, each with values of its keys, at the ends of what the study varies, and at all outer values (at most
        `MOST_OUTER_VALUES`, evenly chosen)."""
        swept = self.axes()
        chosen = [_spread(values) for _, values in swept[:-1]] + [
            {min(values), max(values)} for _, values in swept[-1:]
        ]
        axes = [[(key, value) for value in sorted(values)] for (key, _), values in zip(swept, chosen, strict=True)]
        return [(case, dict(combination)) for combination in itertools.product(*axes)] if axes else []

    def numbers(self, case: StudiedCase, times: DeviceTimes | None) -> StudyNumbers | None:
        """Numbers of the study itself; None for no more than its points.

        times: of the device; None when the case does not tell its length.
        """
        return None

    def warnings(self, case: StudiedCase, times: DeviceTimes | None) -> Iterable[tuple[str, str]]:
        """(kind, text) of what goes wrong with the study, beside the warnings that all cases get."""
        return ()
