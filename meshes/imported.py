"""The description of a device whose mesh, or whose drawing, the user brings: which file, and what its parts are."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer, model_serializer, model_validator
from pydantic_core import core_schema
from typing_extensions import Self

from meshes.course import Course
from meshes.quantity import Description, Length, PositiveLength, misfit

Place = tuple[float, float]

AXIS = "axis"
"""Name of the axis or mid-plane among the boundaries of a mesh."""


class Span(Description):
    """Axial extent of the channel inside a user's own mesh, in metres."""

    start: Length
    stop: Length

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.stop <= self.start:
            raise misfit("stop", f"{self.stop:g} m must be larger than start, {self.start:g} m")
        return self


class Box(Description):
    """All boundary edges inside a rectangle, in the coordinates of the file: for files that name nothing."""

    low: Place
    """Lower left corner, e.g. [0, 0]."""
    high: Place
    """Upper right corner, e.g. [0, 5]."""

    def __str__(self) -> str:
        return f"box from ({self.low[0]:g}, {self.low[1]:g}) to ({self.high[0]:g}, {self.high[1]:g})"


def _listed(value: Any) -> Any:
    """Names, numbers and boxes as a list of texts and boxes."""
    several = list(value) if isinstance(value, list | tuple) else [value]
    if not several:
        raise misfit((), "names nothing; write the name or the number of a group of the file")
    for each in several:
        if isinstance(each, bool) or not isinstance(each, str | int | dict | Box):
            raise misfit((), f"{each!r} is no name or number of a group of the file")
    return [str(each) if isinstance(each, int) else each for each in several]


def _written(groups: tuple[str | Box, ...]) -> Any:
    """As a case file holds them: one alone without a list."""
    several = [each.model_dump(mode="json") if isinstance(each, Box) else each for each in groups]
    return several[0] if len(several) == 1 else several


class OneOrSeveral:
    """Annotation of a list that may be left out around one entry, and may have numbers for names; for its JSON Schema."""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        each = {"anyOf": [{"type": "integer"}, *handler(schema)["items"]["anyOf"]]}
        return {"anyOf": [*each["anyOf"], {"type": "array", "items": each, "minItems": 1}]}


Groups = Annotated[tuple[str | Box, ...], BeforeValidator(_listed), PlainSerializer(_written), OneOrSeveral()]
"""One or several groups of edges of a file: by name, by number, or those in a box."""


class File(Description):
    """A user's own 2D mesh or drawing, with the names of its parts."""

    type: Literal["file"] = "file"
    dimension: ClassVar[int] = 2
    path: str = Field(min_length=1)
    """Mesh or drawing, relative to the case directory."""
    symmetry: Literal["axisymmetric", "planar"]
    axial: Literal["x", "y"] = "x"
    """Coordinate of the file that runs along the axis; the other one is the radius (or height)."""
    width: PositiveLength | None = None
    """Out-of-plane width; required when planar."""
    terminal_groups: dict[str, Groups] = Field(
        validation_alias="terminals", default_factory=dict, examples=["{left: inlet}"]
    )
    """Openings by the names they get; a closed device has none."""
    wall_groups: dict[str, Groups] = Field(validation_alias="walls", default_factory=dict)
    """Solid boundaries by the names they get: each one or several groups of the file, or `{low: [x, y], high: [x, y]}`."""
    rest: str | None = None
    """Wall that takes all boundary edges to which nothing else in the case refers; without it such edges are refused."""
    axis: Groups | None = None
    """The axis or mid-plane, at radius (height) 0; None when a planar mesh holds the whole device."""
    scale: PositiveLength = 1.0
    """Length of a unit of the file, e.g. 1 nm. Drawings in .step and .iges are read in millimetres, whatever they are meant
    to be."""
    channel: Span | None = None
    """Where the channel lies along the axis, for `nanochannel check`, profiles and pictures."""
    radius: PositiveLength | None = None
    """Smallest radius or half-height, for the numbers of `nanochannel check`; measured in the mesh when it is left out."""

    @property
    def terminals(self) -> tuple[str, ...]:
        """Names of the openings."""
        return tuple(self.terminal_groups)

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the solid boundaries."""
        names = tuple(self.wall_groups)
        return names if self.rest is None or self.rest in names else (*names, self.rest)

    @property
    def faces(self) -> dict[str, str]:
        """None: the walls of a mesh file are what the case names."""
        return {}

    @property
    def boundaries(self) -> dict[str, tuple[str | Box, ...]]:
        """What in the file is each terminal, wall and the axis."""
        axis = {} if self.axis is None else {AXIS: self.axis}
        return {**self.terminal_groups, **self.wall_groups, **axis}

    @property
    def mouths(self) -> tuple[float, float] | None:
        """Axial positions of the channel's two ends in metres, when the case gives them."""
        return None if self.channel is None else (self.channel.start, self.channel.stop)

    def course(self, wall: str) -> Course:
        """Axial positions: the shape of a wall is not known before the mesh is read."""
        return Course(extents=(self.mouths,) if wall == "channel" and self.mouths is not None else ())

    @property
    def measure_factor(self) -> float:
        """2 pi, or the out-of-plane width times the number of halves the mesh stands for."""
        if self.symmetry == "axisymmetric":
            return 2.0 * math.pi
        return (2.0 if self.mirrored else 1.0) * (self.width or 1.0)

    @property
    def mirrored(self) -> bool:
        """Whether the mesh is a half, with the rest of the device on the other side of coordinate 1 = 0."""
        return self.symmetry == "axisymmetric" or self.axis is not None

    @property
    def smallest(self) -> float | None:
        """Smallest radius or half-height in metres, when the case gives it."""
        return self.radius

    @property
    def mirror_symmetric(self) -> bool:
        """Unknown, hence False."""
        return False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.symmetry == "planar" and self.width is None:
            raise misfit("width", "is missing; a planar mesh needs its out-of-plane width, e.g. '1 um'")
        for name in self.terminal_groups:
            if name in self.walls:
                key = ("walls", name) if name in self.wall_groups else ("rest",)
                raise misfit(key, "is also the name of a terminal; give the wall another name")
        return self

    @model_validator(mode="after")
    def _each_group_once(self) -> Self:
        taken: dict[str | Box, str] = {}
        for kind, parts in (("terminals", self.terminal_groups), ("walls", self.wall_groups)):
            for name, groups in parts.items():
                if name == AXIS:
                    raise misfit((kind, name), "is the name of the axis; write 'axis: ...', or give it another name")
                for group in groups:
                    if group in taken:
                        raise misfit((kind, name), f"'{group}' is already {taken[group]}; an edge has one name")
                    taken[group] = f"{kind[:-1]} '{name}'"
        for group in self.axis or ():
            if group in taken:
                raise misfit("axis", f"'{group}' is already {taken[group]}; an edge has one name")
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: Any) -> dict[str, Any]:
        names = {"terminal_groups": "terminals", "wall_groups": "walls"}
        return {names.get(key, key): value for key, value in handler(self).items()}
