"""Devices that are computed in two dimensions, by their symmetry, or in three."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator
from typing_extensions import Self

from meshes.quantity import Description, misfit

Part = Literal["quarter", "half", "full"]
"""What of a device a mesh in three dimensions holds: y, z >= 0, z >= 0, or all of it. Planes where it ends are mirrors."""

COPIES: Mapping[Part, int] = {"quarter": 4, "half": 2, "full": 1}
"""How many times a part is contained in the device."""


class Dimensions(Description):
    """In how many dimensions a device is computed, and how much of it in three."""

    keys_in_space: ClassVar[tuple[str, ...]] = ("dimension", "part")
    """Keys that only a device in three dimensions has when it is written."""

    dimension: Literal[2, 3] = 2
    """2: by the symmetry of the device (of a slit without its side walls), in seconds; 3: as it is, in minutes."""
    part: Part = "quarter"
    """What of a device in three dimensions has a mesh: all of it, or what planes of symmetry leave. Results are always those
    of the whole device."""

    @property
    def in_space(self) -> bool:
        """Whether the device is computed in three dimensions."""
        return self.dimension == 3

    @property
    def copies(self) -> int:
        """How many times the device contains the part that has a mesh, in three dimensions."""
        return COPIES[self.part]

    @model_validator(mode="after")
    def _parts_are_of_space(self) -> Self:
        if not self.in_space and "part" in self.model_fields_set:
            raise misfit("part", "only a device in three dimensions has parts; leave it out, or write 'dimension: 3'")
        return self

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the keys of three dimensions where there are two, as cases always were."""
        found: dict[str, Any] = handler(self)
        return found if self.in_space else {key: value for key, value in found.items() if key not in self.keys_in_space}
