"""Studies whose values are listed or equally spaced: all combinations, or lists that go side by side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from exploration.campaign.design import Design, Values
from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.case.studies.axes import Range


def _form(value: Any) -> str:
    return "equally spaced" if isinstance(value, Mapping | Range) else "listed"


def _a_list(value: Any) -> Any:
    if isinstance(value, Mapping | Range | list | tuple):
        return value
    raise misfit(
        (), f"{quoted(value)} is no list; write e.g. '[1 um, 2 um]' or '{{start: 1 um, stop: 2 um, points: 3}}'"
    )


Listed = Annotated[tuple[Any, ...], Field(min_length=1)]
Entry = Annotated[
    Annotated[Listed, Tag("listed")] | Annotated[Range, Tag("equally spaced")],
    Discriminator(_form),
    BeforeValidator(_a_list),
]
"""A list of values as the case would give them, or a range of quantities."""


class Grid(Design):
    """All combinations of the values; the last parameter changes fastest."""

    explanation: ClassVar[str] = "all combinations of the values"

    type: Literal["grid"] = "grid"
    parameters: dict[str, Entry] = Field(min_length=1)
    """Values of each key of the case: a list, or {start, stop, points, spacing}."""

    def count(self) -> int:
        return math.prod(map(_length, self.parameters.values()))

    def points(self, listed: Mapping[str, tuple[Any, ...]]) -> list[Values]:
        return [dict(zip(listed, values, strict=True)) for values in itertools.product(*listed.values())]


class Zip(Design):
    """The first values of all parameters together, then the second ones, and so on."""

    explanation: ClassVar[str] = "lists of the same length side by side"

    type: Literal["zip"] = "zip"
    parameters: dict[str, Entry] = Field(min_length=1)
    """Values of each key of the case, as many of each."""

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        (first, entry), *others = self.parameters.items()
        for key, other in others:
            if _length(other) != _length(entry):
                text = f"has {_length(other)} values, and {first} has {_length(entry)}; give as many of each"
                raise misfit(("parameters", key), text)
        return self

    def count(self) -> int:
        return _length(next(iter(self.parameters.values())))

    def points(self, listed: Mapping[str, tuple[Any, ...]]) -> list[Values]:
        return [dict(zip(listed, values, strict=True)) for values in zip(*listed.values(), strict=True)]


def _length(entry: Any) -> int:
    return int(entry.points) if isinstance(entry, Range) else len(entry)
