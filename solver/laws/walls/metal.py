"""What walls of metal have in common: one number of them is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import Self

from solver.laws.walls.base import WallLaw


class Metal(WallLaw):
    """A wall of metal of which one number is given: its potential, its current or its charge (SI)."""

    bears_charge: ClassVar[bool] = False
    """It has no charge per area of its own: where its charge sits follows."""

    def __init__(self, value: float) -> None:
        self.value = value

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> Self | None:
        """None for a wall without the key."""
        return None if wall.get(cls.key) is None else cls(wall[cls.key])

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The number."""
        return {"": self.value}
