"""A solid without ions, through which the field passes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from meshes.quantity import Unit
from solver.laws.regions.place import Around


class Dielectric(Around):
    """An insulating solid, such as glass or silicon nitride: div(eps grad phi) = 0, no ions, no liquid."""

    holds_ions: ClassVar[bool] = False

    type: Literal["dielectric"] = "dielectric"
    relative_permittivity: Annotated[float, Unit("", "3.9", "positive")]
    """Of the solid itself."""

    def permittivity_factor(self, solvent: Any) -> Any:
        """Permittivity over that of the solvent."""
        return self.relative_permittivity / solvent
