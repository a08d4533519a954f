"""Planes through a device in three dimensions: x = 0 and y = 0 along it, z = 0.5 um across."""

from __future__ import annotations

from dataclasses import dataclass

from meshes.quantity import parse
from postprocess.tables.units import quantity
from solver.results.rows import ResultError

AXES = ("z", "x", "y")
"""Names of the coordinates of a mesh: along the axis, and across it."""


@dataclass(frozen=True)
class Plane:
    """A plane of one coordinate of the mesh, y by default.

    Attributes:
        normal: number of the coordinate. at: its value in the plane, m.
    """

    normal: int = 2
    at: float = 0.0

    @classmethod
    def of(cls, text: str) -> Plane:
        """The plane of a text such as "z = 0.5 um".

        Raises:
            ResultError: the text is no plane.
        """
        name, equals, value = text.partition("=")
        if not equals or name.strip() not in AXES:
            raise ResultError(
                f"'{text}' is no plane; write 'y = 0 nm' or 'x = 0 nm' (along the axis), or 'z = 0.5 um' (across)"
            )
        return cls(AXES.index(name.strip()), length_of(text, value))

    @property
    def inside(self) -> tuple[int, int]:
        """Numbers of the coordinates in the plane; the axial one first."""
        first, second = (k for k in range(3) if k != self.normal)
        return first, second

    @property
    def axes(self) -> tuple[str, str]:
        """Names of the coordinates in the plane."""
        first, second = self.inside
        return AXES[first], AXES[second]

    @property
    def text(self) -> str:
        """As in titles: "z = 0.5 µm"."""
        return f"{AXES[self.normal]} = {quantity(self.at, 'm') if self.at else '0'}"


def length_of(text: str, value: str) -> float:
    """Length (m) of what stands in a text; the number 0 needs no unit.

    Raises:
        ResultError: it is no length.
    """
    try:
        return 0.0 if value.strip() == "0" else parse(value.strip(), "m")
    except ValueError as error:
        raise ResultError(f"'{text}': {error}") from None
