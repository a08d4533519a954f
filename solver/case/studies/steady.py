"""Keys of steady studies: one point, or a sweep."""

from __future__ import annotations

from typing import Literal

from meshes.quantity import Description
from solver.case.studies.axes import SweepAxis


class Steady(Description):
    """One steady point."""

    type: Literal["steady"] = "steady"
    driven_terminal: str | None = None


class Sweep(SweepAxis):
    """Steady points over the values of one numeric key, optionally for every value of an outer one."""

    type: Literal["sweep"] = "sweep"
    outer: SweepAxis | None = None
    driven_terminal: str | None = None

    def axes(self) -> list[tuple[str, list[float]]]:
        """(parameter, SI values in the order given) of every axis, the outer one first."""
        return [(axis.parameter, axis.points()) for axis in ([self.outer, self] if self.outer else [self])]
