"""Electrodes: walls of metal whose potential is given, or the current that enters there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from meshes.quantity import Current, Voltage
from solver.laws.walls.base import Given, WallLaw


class GivenPotential(WallLaw):
    """A metal of given potential, which no ion passes unless it has reactions: the liquid at it has the potential of the
    metal, or the potential drops in a layer between them whose own law gives the charge (see `solver.laws.walls.stern`)."""

    key: ClassVar[str] = "potential"
    annotation: ClassVar[Any] = Voltage | None
    meaning: ClassVar[str] = "Makes the wall an electrode of this potential; no ion passes it unless it has reactions."
    holds: ClassVar[Given | None] = "potential"

    def __init__(self, potential: float) -> None:
        self.potential = potential

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> GivenPotential | None:
        """None for a wall without a potential."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def drivable(self) -> tuple[str, ...]:
        """The potential."""
        return ("",)

    @property
    def is_charged(self) -> bool:
        """Not of itself."""
        return False

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The potential, V."""
        return {"": self.potential}


class HeldCurrent(WallLaw):
    """A metal whose current is held by an outer circuit (galvanostatic): reactions pass it, and in time it also charges the
    metal. The potential follows, against those that are given elsewhere."""

    key: ClassVar[str] = "current"
    annotation: ClassVar[Any] = Current | None
    meaning: ClassVar[str] = (
        "Makes the wall an electrode at which this current enters the device; its potential follows. It needs reactions."
    )
    holds: ClassVar[Given | None] = "current"

    def __init__(self, current: float) -> None:
        self.current = current

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> HeldCurrent | None:
        """None for a wall without a held current."""
        return None if wall.get(cls.key) is None else cls(wall[cls.key])

    @property
    def drivable(self) -> tuple[str, ...]:
        """The current."""
        return ("",)

    @property
    def is_charged(self) -> bool:
        """Not of itself."""
        return False

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The current, A."""
        return {"": self.current}
