"""Walls that water passes, driven by pressure and osmosis.

    u_n = L_p [(p - s Pi) - (p' - s Pi')],   n out of the liquid,

with the pressure p' and the osmotic pressure Pi' = RT c' of a bath outside, the hydraulic permeability L_p and the reflection
coefficient s (Kedem and Katchalsky, Biochim. Biophys. Acta 27, 229 (1958)). p and Pi are those of the virtual solution at the
wall: at s = 1 the difference of the water's chemical potential, also inside a double layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from meshes.quantity import Concentration, Description, PositiveNumber, Pressure, Unit, at_most
from solver.laws.walls.base import WallLaw


class Water(Description):
    """Water that passes a wall to or from a bath outside."""

    permeability: Annotated[float, Unit("m/s/Pa", "1e-12 m/s/Pa", "positive")]
    """Velocity over the difference of the pressures."""
    pressure: Pressure = 0.0
    """Of the bath."""
    osmolarity: Concentration = 0.0
    """Concentration of everything that is dissolved in the bath, times its osmotic coefficient where it is not ideal: the
    osmotic pressure over RT."""
    reflection: Annotated[PositiveNumber, at_most(1.0, "1")] = 1.0
    """Part of the osmotic pressure that counts; 1 where nothing but water passes."""


class WaterPermeableWall(WallLaw):
    """Water passes; species do on their own account, by other laws of the wall."""

    key: ClassVar[str] = "water"
    annotation: ClassVar[Any] = Water | None
    meaning: ClassVar[str] = "Water passes the wall to or from a bath outside, by pressure and osmosis."
    passes_water: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, water: Water) -> None:
        self.water = water

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> WaterPermeableWall | None:
        """None for a wall that water does not pass."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def drivable(self) -> tuple[str, ...]:
        """Pressure and osmolarity of the bath."""
        return ("pressure", "osmolarity")

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Permeability (m/s/Pa), pressure (Pa) and osmolarity (mol/m^3) of the bath, reflection coefficient."""
        water = self.water
        return {
            "permeability": water.permeability,
            "pressure": water.pressure,
            "osmolarity": water.osmolarity,
            "reflection": water.reflection,
        }
