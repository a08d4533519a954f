"""Electrodes that block all ions: walls of given potential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from meshes.quantity import Voltage
from solver.laws.walls.base import WallLaw


class BlockingElectrode(WallLaw):
    """A metal of given potential that no ion passes: the liquid at it has the potential of the metal, or the potential drops
    in a layer between them whose own law gives the charge (see `solver.laws.walls.stern`)."""

    key: ClassVar[str] = "potential"
    annotation: ClassVar[Any] = Voltage | None
    meaning: ClassVar[str] = "Makes the wall an electrode of this potential that no ion passes."
    is_port: ClassVar[bool] = True

    def __init__(self, potential: float) -> None:
        self.potential = potential

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> BlockingElectrode | None:
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
