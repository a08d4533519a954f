"""A wall whose charge answers linearly to the potential of the liquid at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from meshes.quantity import Description, Unit, Voltage
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState

Capacitance = Annotated[float, Unit("F/m^2", "0.1 F/m^2", "positive")]


class Regulation(Description):
    """Linear charge regulation."""

    capacitance: Capacitance
    """Charge that a volt brings."""
    neutral_potential: Voltage
    """Potential at which the wall has no charge."""


class LinearRegulation(WallLaw):
    """sigma = C (phi_0 - phi)."""

    key: ClassVar[str] = "regulation"
    annotation: ClassVar[Any] = Regulation | None
    meaning: ClassVar[str] = "Charge that answers linearly to the potential."

    def __init__(self, keys: Regulation) -> None:
        self.keys = keys

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> LinearRegulation | None:
        """None for a wall without it."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Its two numbers."""
        return {"capacitance": self.keys.capacitance, "neutral_potential": self.keys.neutral_potential}

    def charge(self, s: WallState, m: Algebra) -> Any:
        """The law."""
        return s.coefficients["capacitance"] * (s.coefficients["neutral_potential"] - s.potential)
