"""A solid without ions, through which the field passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from meshes.quantity import Unit
from solver.laws.regions.base import RELATIVE_PERMITTIVITY
from solver.laws.regions.place import Around


class Dielectric(Around):
    """An insulating solid, such as glass or silicon nitride: div(eps grad phi) = 0, no ions, no liquid."""

    holds_ions: ClassVar[bool] = False

    type: Literal["dielectric"] = "dielectric"
    relative_permittivity: Annotated[float, Unit("", "3.9", "positive")]
    """Of the solid itself."""

    def permittivity_factor(self, solvent: Any, coefficients: Mapping[str, Any] | None = None) -> Any:
        """Permittivity over that of the solvent."""
        return (coefficients or self.coefficients())[RELATIVE_PERMITTIVITY] / solvent

    def coefficients(self) -> dict[str, float]:
        """The permittivity."""
        return {RELATIVE_PERMITTIVITY: self.relative_permittivity}

    @property
    def structure(self) -> object:
        """The kind alone."""
        return self.model_copy(update={RELATIVE_PERMITTIVITY: 1.0})
