"""Navier slip: the tangential velocity at the wall is the slip length times the shear rate there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from meshes.quantity import NonNegativeLength
from solver.laws.walls.base import WallLaw


class Slip(WallLaw):
    """Navier's slip condition, u_n = 0 and (2 eta e(u) n)_t = -(eta / b) u_t with the slip length b."""

    key: ClassVar[str] = "slip_length"
    annotation: ClassVar[Any] = NonNegativeLength
    default: ClassVar[Any] = 0.0
    meaning: ClassVar[str] = "Navier slip length in metres; 0 is no slip."
    bears_charge: ClassVar[bool] = False

    def __init__(self, slip_length: float) -> None:
        self.slip_length = slip_length

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> Slip | None:
        """None without slip."""
        return cls(wall[cls.key]) if wall[cls.key] else None

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The length."""
        return {"": self.slip_length}
