"""What every kind of study file says, and what it makes of the values of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from meshes.quantity import Description, written_unit

MOST_POINTS = 10_000
"""Points of a study."""

Values = dict[str, Any]
"""Values of one point by key: SI numbers where the key holds numbers, else what the case gives there."""


@dataclass(frozen=True)
class Parameter:
    """A key of the case that a study varies.

    Attributes:
        key: dotted, such as "geometry.length".
        unit: SI unit of its values; "" for a pure number, None where its values are no numbers.
        written: unit in which the study gives them; "" for none or several.
        spacing: "linear", "logarithmic", or "listed".
        values: those that the study names, or both ends of what is sampled.
    """

    key: str
    unit: str | None
    written: str
    spacing: str
    values: tuple[Any, ...]

    @property
    def header(self) -> str:
        """Header of its column, such as "geometry.length [m]"."""
        return f"{self.key} [{self.unit}]" if self.unit else self.key


class Design(Description):
    """Base of all kinds of studies: which points there are, made from values of parameters.

    A kind has a key `type` with its name, and an `explanation` of one sentence.
    """

    explanation: ClassVar[str] = ""

    title: str = ""
    """Of the tables and figures."""

    @classmethod
    def kind(cls) -> str:
        """Value of the key `type`."""
        return str(cls.model_fields["type"].default)

    def entries(self) -> Mapping[str, Any]:
        """What the study says of each parameter, by key: a tuple of values, or something with ends and a spacing."""
        return self.parameters  # type: ignore[attr-defined,no-any-return]

    def written(self, key: str) -> str:
        """The unit in which the values of a parameter are written."""
        entry = self.entries()[key]
        return written_unit(entry if isinstance(entry, tuple) else (entry.start, entry.stop))

    def spacing(self, key: str) -> str:
        """How the values of a parameter lie: "linear", "logarithmic" or "listed"."""
        entry = self.entries()[key]
        return "listed" if isinstance(entry, tuple) else str(entry.spacing)

    def count(self) -> int:
        """Number of points, which are not made for it."""
        raise NotImplementedError

    def points(self, listed: Mapping[str, tuple[Any, ...]]) -> list[Values]:
        """Values of all points.

        listed: of each parameter, in SI units: all its values, or both ends of what is sampled.
        """
        raise NotImplementedError
