"""Reservoirs in front of the mouths of a channel, and the forms in which a geometry gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

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

    def scaled(self, factor: float) -> Reservoir:
        """The same, larger by a factor in all directions."""
        return self.model_copy(update={"length": self.length * factor, "radius": self.radius * factor})


class PlanarReservoir(Description):
    """A rectangle in front of a slit's mouth, described by its half above the mid-plane."""

    length: PositiveLength
    half_height: PositiveLength
    terminal: Literal["all", "end"] = "all"

    @property
    def reach(self) -> float:
        """Transverse extent from the mid-plane in metres."""
        return self.half_height

    def scaled(self, factor: float) -> PlanarReservoir:
        """The same, larger by a factor in all directions."""
        return self.model_copy(update={"length": self.length * factor, "half_height": self.half_height * factor})


class BoxReservoir(Description):
    """A box in front of the mouth of a slit in three dimensions, of whole width and height."""

    length: PositiveLength
    width: PositiveLength
    height: PositiveLength
    terminal: Literal["all", "end"] = "all"

    @property
    def half_height(self) -> float:
        """Extent from the mid-plane in metres."""
        return 0.5 * self.height

    @property
    def reach(self) -> float:
        """The same."""
        return self.half_height

    def scaled(self, factor: float) -> BoxReservoir:
        """The same, larger by a factor in all directions."""
        return self.model_copy(update={key: getattr(self, key) * factor for key in ("length", "width", "height")})


class CellReservoir(Description):
    """The space in front of a membrane with an array of pores: its cross-section is the unit cell of the lattice, and its
    terminal the end face."""

    length: PositiveLength
    """From the membrane to the end face."""

    terminal: ClassVar[Literal["end"]] = "end"
    reach: ClassVar[float] = math.inf

    def scaled(self, factor: float) -> CellReservoir:
        """The same, longer by a factor."""
        return self.model_copy(update={"length": self.length * factor})


class _Boxes(dict[str, Any]):
    """What stands at `reservoirs` of a slit in three dimensions."""


def as_boxes(geometry: Any) -> Any:
    """The keys of a slit, with its reservoirs marked as boxes if it has three dimensions."""
    if not isinstance(geometry, Mapping) or geometry.get("dimension") != 3:
        return geometry
    given = geometry.get("reservoirs")
    return {**geometry, "reservoirs": _Boxes(given)} if isinstance(given, Mapping) else geometry


_KINDS = (Reservoir, PlanarReservoir, BoxReservoir, CellReservoir)


def _reservoir_form(value: Any) -> str | None:
    """Whether `reservoirs` describes one reservoir for both sides or one per terminal."""
    if value is None:
        return "none"
    if isinstance(value, _KINDS):
        return "both"
    if not isinstance(value, Mapping) or not value:
        return "both"  # its message says which keys belong here
    each = all(
        isinstance(part, (Mapping, Reservoir, PlanarReservoir, BoxReservoir, CellReservoir)) for part in value.values()
    )
    return "each" if each else "both"


_FORM = Discriminator(_reservoir_form)
RoundReservoirs = Annotated[
    Annotated[Reservoir, Tag("both")] | Annotated[Mapping[str, Reservoir], Tag("each")] | Annotated[None, Tag("none")],
    _FORM,
]
BoxReservoirs = Annotated[
    Annotated[BoxReservoir, Tag("both")]
    | Annotated[Mapping[str, BoxReservoir], Tag("each")]
    | Annotated[None, Tag("none")],
    _FORM,
]
CellReservoirs = Annotated[
    Annotated[CellReservoir, Tag("both")] | Annotated[Mapping[str, CellReservoir], Tag("each")], _FORM
]
PlanarReservoirs = Annotated[
    Annotated[PlanarReservoir, Tag("both")]
    | Annotated[Mapping[str, PlanarReservoir], Tag("each")]
    | Annotated[None, Tag("none")],
    _FORM,
]


def _slit_form(value: Any) -> str | None:
    """The same of a slit, whose reservoirs in three dimensions are boxes."""
    parts = value.values() if isinstance(value, Mapping) else [value]
    boxes = isinstance(value, _Boxes) or any(isinstance(part, BoxReservoir) for part in parts)
    form = _reservoir_form(value)
    return f"{form} box" if boxes and form != "none" else form


SlitReservoirs = Annotated[
    Annotated[PlanarReservoir, Tag("both")]
    | Annotated[Mapping[str, PlanarReservoir], Tag("each")]
    | Annotated[BoxReservoir, Tag("both box")]
    | Annotated[Mapping[str, BoxReservoir], Tag("each box")]
    | Annotated[None, Tag("none")],
    Discriminator(_slit_form),
]

AnyReservoir = Reservoir | PlanarReservoir | BoxReservoir | CellReservoir
AnyReservoirs = (
    AnyReservoir
    | Mapping[str, Reservoir]
    | Mapping[str, PlanarReservoir]
    | Mapping[str, BoxReservoir]
    | Mapping[str, CellReservoir]
    | None
)


def check_reservoirs(
    given: AnyReservoirs,
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
            sizes: dict[type, str] = {PlanarReservoir: "half_height", BoxReservoir: "height"}
            size = sizes.get(type(reservoir), "radius")
            path = ("reservoirs", name, size) if each else ("reservoirs", size)
            reach, mouth = (2 * reservoir.reach, 2 * mouth) if size == "height" else (reservoir.reach, mouth)
            raise misfit(path, f"{reach:g} m must be larger than the channel's mouth at '{name}', {mouth:g} m")
