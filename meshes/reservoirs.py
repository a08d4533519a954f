"""Reservoirs in front of the mouths of a channel, and the forms in which a geometry gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from meshes.quantity import Description, PositiveLength, did_you_mean, misfit


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


def check_reservoirs(
    given: Reservoir | PlanarReservoir | Mapping[str, Reservoir] | Mapping[str, PlanarReservoir] | None,
    terminals: Sequence[str],
    mouths: Sequence[float],
) -> None:
    """Refuse reservoirs of other terminals, or narrower than the mouths (half sizes in m) of theirs."""
    each = isinstance(given, Mapping)
    if isinstance(given, Mapping):
        for name in given:
            if name not in terminals:
                known = did_you_mean(name, terminals, "the terminals are")
                raise misfit(("reservoirs", name), f"unknown terminal; {known}")
        for name in terminals:
            if name not in given:
                raise misfit("reservoirs", f"no reservoir for terminal '{name}'; describe both, or one for both sides")
    for name, mouth in zip(terminals, mouths, strict=True):
        reservoir = given[name] if isinstance(given, Mapping) else given
        if reservoir is not None and reservoir.reach <= mouth:
            size = "half_height" if isinstance(reservoir, PlanarReservoir) else "radius"
            path = ("reservoirs", name, size) if each else ("reservoirs", size)
            raise misfit(
                path, f"{reservoir.reach:g} m must be larger than the channel's mouth at '{name}', {mouth:g} m"
            )
