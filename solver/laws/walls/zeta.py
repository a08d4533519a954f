"""Walls of given zeta potential, whose charge follows (Hunter, Zeta Potential in Colloid Science, 1981, ch. 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from meshes.course import Course, Places
from meshes.quantity import Voltage
from solver.laws.walls.base import Array, WallLaw
from solver.physics.double_layer import surface_charge
from solver.physics.solution import Solution


class GivenZeta(WallLaw):
    """phi - phi_v = zeta at the wall, phi_v the potential of the virtual solution there: the neutral one with the same
    electrochemical potentials. The charge is the flux of the field that this needs."""

    key: ClassVar[str] = "zeta_potential"
    annotation: ClassVar[Any] = Voltage | None
    meaning: ClassVar[str] = (
        "Makes the wall one of this zeta potential, whose charge follows: the potential of the liquid at the wall against"
        " that of the uncharged solution in equilibrium with it there."
    )
    holds_zeta: ClassVar[bool] = True

    def __init__(self, potential: float) -> None:
        self.potential = potential

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> GivenZeta | None:
        """None for a wall without a zeta potential."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def drivable(self) -> tuple[str, ...]:
        """The potential."""
        return ("",)

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The potential, V."""
        return {"": self.potential}

    def extreme_charges(self, solution: Solution, course: Course) -> tuple[float, float]:
        """That of a flat double layer (Grahame)."""
        charge = surface_charge(self.potential, solution)
        return (charge, charge)

    def charge_along(self, places: Places, solution: Solution) -> Array:
        """That of a flat double layer (Grahame)."""
        return 0.0 * places.position + surface_charge(self.potential, solution)
