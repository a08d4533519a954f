"""Stern layers: a layer without ions between a wall and the liquid.

Bazant, Thornton and Ajdari, Phys. Rev. E 70, 021506 (2004), Eq. 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from meshes.quantity import Description, PositiveLength, PositiveNumber
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState
from solver.physics.constants import VACUUM_PERMITTIVITY


class Stern(Description):
    """A layer without ions between a wall and the liquid."""

    thickness: PositiveLength
    relative_permittivity: PositiveNumber | None = None
    """Default: that of the solvent."""

    def capacitance(self, relative_permittivity: float) -> float:
        """Capacitance per area (F/m^2); `relative_permittivity` is the solvent's."""
        own = self.relative_permittivity
        return (relative_permittivity if own is None else own) * VACUUM_PERMITTIVITY / self.thickness


class SternLayer(WallLaw):
    """At an electrode of potential V the charge is C (V - phi), with C the permittivity of the layer over its thickness. On
    an insulating wall the charge is given and the layer changes nothing in the liquid."""

    key: ClassVar[str] = "stern"
    annotation: ClassVar[Any] = Stern | None
    meaning: ClassVar[str] = "Layer without ions between the wall and the liquid."

    def __init__(self, layer: Stern) -> None:
        self.layer = layer

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> SternLayer | None:
        """None for a wall without such a layer."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def is_charged(self) -> bool:
        """Not of itself."""
        return False

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The capacitance, F/m^2."""
        return {"capacitance": self.layer.capacitance(relative_permittivity)}

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """C (V - phi) at an electrode."""
        return None if s.wall_potential is None else s.coefficients["capacitance"] * (s.wall_potential - s.potential)
