"""The description of a device whose mesh, or whose drawing, the user brings: which file, and what its parts are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer, model_serializer, model_validator
from pydantic_core import core_schema
from typing_extensions import Self

from meshes.course import Course
from meshes.dimension import Part
from meshes.mirrors import AXIS, SYMMETRY_PLANES
from meshes.quantity import Description, Length, PositiveLength, Whole, misfit

Place = tuple[float, float] | tuple[float, float, float]

Coordinate = Literal["x", "y", "z"]


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
    """All boundary edges inside a rectangle, or faces inside a box, in the coordinates of the file: for files that name
    nothing."""

    low: Place
    """Lower left corner, e.g. [0, 0]; in three dimensions with a third coordinate."""
    high: Place
    """Upper right corner, e.g. [0, 5]."""

    @model_validator(mode="after")
    def _of_one_dimension(self) -> Self:
        if len(self.low) != len(self.high):
            raise misfit("high", f"has {len(self.high)} coordinates, and low has {len(self.low)}; write as many")
        return self

    def __str__(self) -> str:
        low, high = (", ".join(f"{value:g}" for value in corner) for corner in (self.low, self.high))
        return f"box from ({low}) to ({high})"


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
    """A user's own mesh or drawing, with the names of its parts."""

    keys_in_space: ClassVar[tuple[str, ...]] = ("dimension", "symmetry_planes", "copies", "coarser")
    keys_in_the_plane: ClassVar[tuple[str, ...]] = ("symmetry", "width", "axis")

    type: Literal["file"] = "file"
    dimension: Literal[2, 3] = 2
    """Of the mesh: triangles and quadrilaterals, or tetrahedra."""
    path: str = Field(min_length=1)
    """Mesh or drawing, relative to the case directory."""
    symmetry: Literal["axisymmetric", "planar"] = "axisymmetric"
    """What a mesh in two dimensions is; it has to say so."""
    axial: Coordinate = "x"
    """Coordinate of the file that runs along the axis; z unless a file in three dimensions says otherwise. In the plane the
    other one is the radius (or height); in three dimensions those that follow (x after z) become x and y of formulas and
    results."""
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
    symmetry_planes: dict[Coordinate, Groups] = Field(default={}, examples=["{x: left side, y: bottom}"])
    """Planes of symmetry in three dimensions, by the coordinate of the file across them. One lies at 0, and the mesh on its
    positive side; a second one across the same coordinate stands for neighbours without end."""
    copies: Whole = Field(default=1, ge=1, le=1000)
    """How many times the device contains the mesh, in three dimensions: 2 for each coordinate with planes of symmetry unless
    the case says otherwise. Results are those of all of them."""
    coarser: str | None = Field(default=None, min_length=1)
    """File with a coarser mesh of the same device in three dimensions, whose parts have the same names: error bars come from
    what changes on it. With `mesh.refinement` from 1 on the mesh before the last refinement is taken when it is left out."""
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
        mirrors = {} if self.axis is None else {AXIS: self.axis}
        for name, coordinate in zip(SYMMETRY_PLANES, self.across, strict=False):
            if coordinate in self.symmetry_planes:
                mirrors[name] = self.symmetry_planes[coordinate]
        return {**self.terminal_groups, **self.wall_groups, **mirrors}

    @property
    def across(self) -> tuple[Coordinate, ...]:
        """Coordinates of the file across the axis, in the order of those of the mesh."""
        names: tuple[Coordinate, ...] = ("x", "y", "z") if self.in_space else ("x", "y")
        at = names.index(self.axial)
        return (*names[at + 1 :], *names[:at])

    @property
    def in_space(self) -> bool:
        """Whether the mesh is one in three dimensions."""
        return self.dimension == 3

    @property
    def part(self) -> Part:
        """What of the device has a mesh, where this is known: two halves at the second plane, or four quarters."""
        mirrors = tuple(coordinate in self.symmetry_planes for coordinate in self.across)
        if mirrors == (True, True):
            return "quarter"
        return "half" if mirrors == (False, True) else "full"

    @property
    def mouths(self) -> tuple[float, float] | None:
        """Axial positions of the channel's two ends in metres, when the case gives them."""
        return None if self.channel is None else (self.channel.start, self.channel.stop)

    def course(self, wall: str) -> Course:
        """Axial positions: the shape of a wall is not known before the mesh is read."""
        return Course(extents=(self.mouths,) if wall == "channel" and self.mouths is not None else ())

    @property
    def measure_factor(self) -> float:
        """2 pi, or the out-of-plane width times the number of halves the mesh stands for; in three dimensions the number of
        copies."""
        if self.in_space:
            return float(self.copies)
        if self.symmetry == "axisymmetric":
            return 2.0 * math.pi
        return (2.0 if self.mirrored else 1.0) * (self.width or 1.0)

    @property
    def mirrored(self) -> bool:
        """Whether the mesh is a half, with the rest of the device on the other side of coordinate 1 = 0."""
        return not self.in_space and (self.symmetry == "axisymmetric" or self.axis is not None)

    @property
    def smallest(self) -> float | None:
        """Smallest radius or half-height in metres, when the case gives it."""
        return self.radius

    @property
    def mirror_symmetric(self) -> bool:
        """Unknown, hence False."""
        return False

    @model_validator(mode="before")
    @classmethod
    def _of_its_dimension(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        in_space = data.get("dimension", 2) == 3
        for key in cls.keys_in_the_plane if in_space else cls.keys_in_space[1:]:
            if data.get(key) is not None:
                other, advice = (2, "leave it out") if in_space else (3, "write 'dimension: 3', or leave it out")
                advice = "write symmetry_planes, e.g. '{x: name}'" if key == "axis" else advice
                raise misfit(key, f"belongs to a mesh file in {other} dimensions; {advice}")
        if not in_space:
            if "symmetry" not in data:
                raise misfit("symmetry", "is missing; write 'axisymmetric' or 'planar'")
            return data
        planes = data.get("symmetry_planes")
        count = len(planes) if isinstance(planes, Mapping) else 0
        return {"axial": "z", "copies": 2**count, **data}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.in_space and self.axial == "z":
            raise misfit("axial", "a mesh in two dimensions has x and y; write one of these, or 'dimension: 3'")
        if self.axial in self.symmetry_planes:
            raise misfit(
                ("symmetry_planes", self.axial),
                f"{self.axial} runs along the axis (geometry.axial), across which no plane of symmetry can lie; write one of"
                f" {' and '.join(self.across)}",
            )
        for name in SYMMETRY_PLANES if self.in_space else ():
            if name in self.terminal_groups or name in self.walls:
                raise misfit((), f"'{name}' is the name of a plane of symmetry; give the terminal or wall another name")
        if not self.in_space and self.symmetry == "planar" and self.width is None:
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
        mirrors: list[tuple[tuple[str, ...], tuple[str | Box, ...]]] = [(("axis",), self.axis or ())]
        mirrors += [(("symmetry_planes", each), groups) for each, groups in self.symmetry_planes.items()]
        for key, groups in mirrors:
            for group in groups:
                if group in taken:
                    raise misfit(key, f"'{group}' is already {taken[group]}; an edge has one name")
                taken[group] = "another plane of symmetry"
        sizes = {len(group.low) for group in taken if isinstance(group, Box)}
        if sizes - {self.dimension}:
            raise misfit(
                (), f"a box of a file in {self.dimension} dimensions has {self.dimension} coordinates a corner"
            )
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: Any) -> dict[str, Any]:
        names = {"terminal_groups": "terminals", "wall_groups": "walls"}
        left_out = self.keys_in_the_plane if self.in_space else self.keys_in_space
        return {names.get(key, key): value for key, value in handler(self).items() if key not in left_out}
