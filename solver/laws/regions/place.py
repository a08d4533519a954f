"""Where a region lies in a channel that the program draws: the keys of place, and their meaning.

A material is either `Within` the channel, between two cross-sections, or `Around` it. Mesh files have their own places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from meshes.quantity import Description, PositiveLength, Unit
from solver.laws.regions.base import Place, RegionLaw

if TYPE_CHECKING:

    class Ends(Description):
        """A part of the channel, between two axial positions."""

        def __getattr__(self, name: str) -> Any:
            """`from` and `to`."""

else:
    _POSITION = Annotated[float, Unit("m", "200 nm")] | None
    Ends = create_model(  # `from` is no name that a class can spell out
        "Ends",
        __base__=Description,
        __doc__="A part of the channel, between two axial positions.",
        __module__=__name__,
        **{
            "from": (
                _POSITION,
                Field(
                    None, description="Axial position at which it begins; the first end of the channel when left out."
                ),
            ),
            "to": (
                _POSITION,
                Field(
                    None, description="Axial position at which it ends; the second end of the channel when left out."
                ),
            ),
        },
    )


class Within(RegionLaw, Ends):
    """A material that fills the channel between two axial positions."""

    @property
    def place(self) -> Place:
        """Between both."""
        start, stop = getattr(self, "from"), self.to
        keys = tuple(key for key, value in (("from", start), ("to", stop)) if value is not None)
        return Place(start, stop, keys=keys)


class Around(RegionLaw):
    """A material around the channel, from end to end."""

    thickness: PositiveLength | None = None
    """Of a solid that the program draws: from the channel's wall outwards, across the axis; up to the edge of the reservoirs
    when it is left out. Of a stack, from the wall of its widest segment. Of a junction, from all walls. Both need it."""
    gate: Ends | None = None
    """Part of the outer side that is the wall `gate`. When it is left out, the gate ends a thickness before the reservoirs,
    and at the ends of a channel without reservoirs. The gate of a junction is its whole outer side."""

    @property
    def place(self) -> Place:
        """Around."""
        gate = None if self.gate is None else (getattr(self.gate, "from"), self.gate.to)
        keys = tuple(key for key in ("thickness", "gate") if getattr(self, key) is not None)
        return Place(thickness=self.thickness, gate=gate, keys=keys)
