"""Electrodes: walls of metal whose potential is given, or the current that enters there."""

from __future__ import annotations

from typing import Any, ClassVar

from meshes.quantity import Current, Voltage
from solver.laws.walls.base import Given
from solver.laws.walls.metal import Metal


class GivenPotential(Metal):
    """A metal of given potential, which no ion passes unless it has reactions: the liquid at it has the potential of the
    metal, or the potential drops in a layer between them whose own law gives the charge (see `solver.laws.walls.stern`)."""

    key: ClassVar[str] = "potential"
    annotation: ClassVar[Any] = Voltage | None
    meaning: ClassVar[str] = "Makes the wall an electrode of this potential; no ion passes it unless it has reactions."
    holds: ClassVar[Given | None] = "potential"

    @property
    def drivable(self) -> tuple[str, ...]:
        """The potential."""
        return ("",)


class HeldCurrent(Metal):
    """A metal whose current is held by an outer circuit (galvanostatic): reactions pass it, and in time it also charges the
    metal. The potential follows, against those that are given elsewhere."""

    key: ClassVar[str] = "current"
    annotation: ClassVar[Any] = Current | None
    meaning: ClassVar[str] = (
        "Makes the wall an electrode at which this current enters the device; its potential follows. It needs reactions."
    )
    holds: ClassVar[Given | None] = "current"

    @property
    def drivable(self) -> tuple[str, ...]:
        """The current."""
        return ("",)
