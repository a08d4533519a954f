"""Reservoirs in front of the mouths of a channel, and the forms in which a geometry gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from meshes.quantity import Description, PositiveLength


class Reservoir(Description):
    """A cylinder in front of a mouth. Its terminal is the whole outer boundary ("all") or only the end face ("end")."""

    length: PositiveLength
    radius: PositiveLength
    terminal: Literal["all", "end"] = "all"

    @property
    def reach(self) -> float:
        """Transverse extent from the axis in metres."""
        return self.radius


class PlanarReservoir(Description):
    """A rectangle in front of a slit's mouth, described by its half above the mid-plane."""

    length: PositiveLength
    half_height: PositiveLength
    terminal: Literal["all", "end"] = "all"

    @property
    def reach(self) -> float:
        """Transverse extent from the mid-plane in metres."""
        return self.half_height


def _reservoir_form(value: Any) -> str | None:
    """Whether `reservoirs` describes one reservoir for both sides or one per terminal."""
    if value is None:
        return "none"
    if isinstance(value, (Reservoir, PlanarReservoir)):
        return "both"
    if not isinstance(value, Mapping) or not value:
        return "both"  # its message says which keys belong here
    each = all(isinstance(part, (Mapping, Reservoir, PlanarReservoir)) for part in value.values())
    return "each" if each else "both"


_FORM = Discriminator(_reservoir_form)
RoundReservoirs = Annotated[
    Annotated[Reservoir, Tag("both")] | Annotated[Mapping[str, Reservoir], Tag("each")] | Annotated[None, Tag("none")],
    _FORM,
]
PlanarReservoirs = Annotated[
    Annotated[PlanarReservoir, Tag("both")]
    | Annotated[Mapping[str, PlanarReservoir], Tag("each")]
    | Annotated[None, Tag("none")],
    _FORM,
]
