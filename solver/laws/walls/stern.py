"""Stern layers: a layer without ions between a wall and the liquid.

Bazant, Thornton and Ajdari, Phys. Rev. E 70, 021506 (2004), Eq. 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import model_validator
from typing_extensions import Self

from meshes.quantity import Description, PositiveLength, PositiveNumber, Unit, misfit
from solver.laws.algebra import Algebra
from solver.laws.walls.base import WallLaw, WallState
from solver.physics.constants import VACUUM_PERMITTIVITY

AreaCapacitance = Annotated[float, Unit("F/m^2", "0.2 F/m^2", "positive")]


class Stern(Description):
    """A layer without ions between a wall and the liquid, by its thickness or by its capacitance."""

    thickness: PositiveLength | None = None
    """Thickness; the capacitance follows with the permittivity."""
    relative_permittivity: PositiveNumber | None = None
    """Of a layer whose thickness is given. Default: that of the solvent."""
    capacitance: AreaCapacitance | None = None
    """Capacitance per area, instead of the thickness."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.thickness is None and self.capacitance is None:
            raise misfit("thickness", "is missing; write e.g. 'thickness: 0.5 nm' or 'capacitance: 0.2 F/m^2'")
        if self.capacitance is not None:
            for name in ("thickness", "relative_permittivity"):
                if getattr(self, name) is not None:
                    raise misfit(name, "given together with a capacitance, which says it all; keep one of them")
        return self

    def per_area(self, relative_permittivity: float) -> float:
        """Capacitance per area (F/m^2); `relative_permittivity` is the solvent's."""
        if self.capacitance is not None:
            return self.capacitance
        assert self.thickness is not None
        own = self.relative_permittivity
        return (relative_permittivity if own is None else own) * VACUUM_PERMITTIVITY / self.thickness


class SternLayer(WallLaw):
    """At an electrode of potential V the charge is C (V - phi), with C the permittivity of the layer over its thickness. On
    an insulating wall of given charge the layer changes nothing in the liquid; sites that bind ions are behind it."""

    key: ClassVar[str] = "stern"
    annotation: ClassVar[Any] = Stern | None
    meaning: ClassVar[str] = "Layer without ions between the wall and the liquid."
    bears_charge: ClassVar[bool] = False

    def __init__(self, layer: Stern) -> None:
        self.layer = layer

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> SternLayer | None:
        """None for a wall without such a layer."""
        return None if wall[cls.key] is None else cls(wall[cls.key])

    @property
    def needs_liquid(self) -> bool:
        """It is a layer of the liquid."""
        return True

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The capacitance, F/m^2."""
        return {"capacitance": self.layer.per_area(relative_permittivity)}

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """C (V - phi) at an electrode."""
        return None if s.wall_potential is None else s.coefficients["capacitance"] * (s.wall_potential - s.potential)
