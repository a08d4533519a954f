"""Keys of steady studies: one point, or a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from typing_extensions import Self

from solver.case.studies.axes import SweepAxis, outer_in_si, try_values, unit_for
from solver.case.studies.base import Study
from solver.case.studies.points import Point
from solver.case.studies.studied import C, StudiedCase


class Steady(Study):
    """One steady point."""

    runner: ClassVar[str] = "solver.studies.steady:SteadyRunner"
    carries_traces: ClassVar[bool] = True
    allows_exchange: ClassVar[bool] = True

    type: Literal["steady"] = "steady"
    driven_terminal: str | None = None
    """The terminal whose current is the current of the device; usually found by itself."""


class Sweep(SweepAxis, Study):
    """Steady points over the values of one numeric key, optionally for every value of an outer one."""

    runner: ClassVar[str] = "solver.studies.steady:SteadyRunner"
    carries_traces: ClassVar[bool] = True
    allows_exchange: ClassVar[bool] = True
    explanation: ClassVar[str] = (
        "One steady point for every value of a numeric key, by continuation from the points before. Values of both "
        "signs start at the one closest to zero and run outwards. With `outer`, the whole sweep is repeated for "
        "every value of a second key."
    )

    type: Literal["sweep"] = "sweep"
    outer: SweepAxis | None = None
    driven_terminal: str | None = None
    """The terminal whose current is the current of the device; usually found by itself."""

    def axes(self) -> list[tuple[str, list[float]]]:
        return [(axis.parameter, axis.si_values()) for axis in ([self.outer, self] if self.outer else [self])]

    def written_units(self) -> dict[str, str]:
        axes = [self.outer, self] if self.outer else [self]
        return {axis.parameter: axis.written for axis in axes if axis.written}

    def point_count(self) -> int:
        return self.count * (1 if self.outer is None else self.outer.count)

    def in_si(self, parts: Mapping[str, Any], directory: Path) -> Self:
        inner = self.in_unit(unit_for(self, parts))
        if self.outer is None:
            return inner
        return inner.model_copy(update={"outer": outer_in_si(self.outer, parts, inner=self.parameter)})

    def check(self, case: StudiedCase, *, whole: bool) -> None:
        if whole:
            try_values(case, self, ("study",))
            if self.outer is not None:
                try_values(case, self.outer, ("study", "outer"))

    def wants_fields(self, point: Point[C]) -> bool:
        """For "extremes": of the first, the last and the zero value of the inner key."""
        if point.case.outputs.fields != "extremes":
            return super().wants_fields(point)
        values = self.si_values()
        return point.values[-1][1] in (min(values), max(values), 0.0)
