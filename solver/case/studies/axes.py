"""Values that a study gives to a key: ranges, lists, axes of sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PrivateAttr, Tag, model_validator
from typing_extensions import Self

from meshes.quantity import Description, NumberOrText, Unit, Whole, misfit, written_unit
from meshes.quoting import quoted
from solver.case.studies.studied import C
from solver.inputs.errors import CaseError, Key, dotted
from solver.inputs.keys import numeric_key, value_at
from solver.inputs.si import in_si


class Range(Description):
    """Equally spaced values, both ends included."""

    start: NumberOrText
    stop: NumberOrText
    points: Whole = Field(ge=2, le=100_000)
    spacing: Literal["linear", "logarithmic"] = "linear"

    def in_unit(self, unit: Unit, path: Key = ()) -> Range:
        """The same with start and stop as SI floats. path: where this stands below the validated value, for errors."""
        ends = {key: in_si(getattr(self, key), unit, (*path, key)) for key in ("start", "stop")}
        if self.spacing == "logarithmic" and not ends["start"] * ends["stop"] > 0.0:
            raise misfit((*path, "start"), "logarithmic spacing needs start and stop of one sign, none of them zero")
        return self.model_copy(update=ends)

    def values(self) -> list[float]:
        start, stop, last = float(self.start), float(self.stop), self.points - 1
        if self.spacing == "linear":
            # this form gives an exact zero and exact opposites in a symmetric range
            return [(start * (last - i) + stop * i) / last for i in range(last + 1)]
        inner = [float(f"{start * (stop / start) ** (i / last):.12g}") for i in range(1, last)]
        return [start, *inner, stop]


class SweepAxis(Description):
    """The values one numeric key of the case takes."""

    parameter: str
    """Dotted key, e.g. terminals.base.potential."""
    values: tuple[NumberOrText, ...] | None = Field(default=None, min_length=1)
    range: Range | None = None

    _written: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.values is None) == (self.range is None):
            which = "values or a range, e.g. 'range: {start: -1 V, stop: 1 V, points: 41}'"
            raise misfit(() if self.values is None else "range", f"needs either {which}")
        return self

    def in_unit(self, unit: Unit, path: Key = ()) -> Self:
        """The same with SI floats for values. path: as in Range.in_unit."""
        if self.range is not None:
            written: tuple[object, ...] = (self.range.start, self.range.stop)
            numbers: dict[str, Any] = {"range": self.range.in_unit(unit, (*path, "range"))}
        else:
            written = self.values or ()
            numbers = {"values": tuple(in_si(value, unit, (*path, "values", i)) for i, value in enumerate(written))}
        found = self.model_copy(update=numbers)
        found._written = written_unit(written)
        return found

    def __eq__(self, other: object) -> bool:
        """Whether all keys are equal, in whatever unit their values were written."""
        return isinstance(other, SweepAxis) and type(self) is type(other) and list(self) == list(other)

    __hash__ = Description.__hash__

    @property
    def written(self) -> str:
        """Unit in which the case gives the values; "" when it gives them as numbers or in several units."""
        return self._written

    @property
    def count(self) -> int:
        """Number of values, which are not made for it."""
        return self.range.points if self.range is not None else len(self.values or ())

    def si_values(self) -> list[float]:
        """The values in the order given (SI floats in a sweep that belongs to a Case)."""
        return self.range.values() if self.range is not None else [float(value) for value in self.values or ()]


def _values_form(value: Any) -> str:
    return "equally spaced" if isinstance(value, (Mapping, Range)) else "listed"


Listed = tuple[NumberOrText, ...]
Values = Annotated[
    Annotated[Listed, Tag("listed")] | Annotated[Range, Tag("equally spaced")], Discriminator(_values_form)
]
"""A list of numbers or quantities, or a range of them."""


def values_in_si(values: Any, unit: Unit) -> Any:
    """The same with SI floats."""
    if isinstance(values, Range):
        return values.in_unit(unit)
    return tuple(in_si(value, unit, (i,)) for i, value in enumerate(values))


def frequencies_in_si(values: Any) -> Any:
    """Frequencies of a list or a range in Hz. Raises a misfit where there are none, or one is not positive."""
    if not isinstance(values, Range) and not values:
        raise misfit((), "is empty; write e.g. '[1 Hz, 10 Hz]'")
    return values_in_si(values, Unit("Hz", "30 Hz", "positive"))


def numbers_of(values: Any) -> list[float]:
    """SI floats of a list or a range in SI units."""
    return values.values() if isinstance(values, Range) else [float(value) for value in values]


# ------------------------------------------------------------------------------------------------ axes of a case
def unit_for(axis: SweepAxis, parts: Mapping[str, Any], path: Key = ()) -> Unit:
    """The unit of an axis' key. Raises a misfit (path: of the axis below the validated value) when no number stands there.

    parts: of the case, validated.
    """
    try:
        unit = numeric_key(parts, axis.parameter)
    except ValueError as error:
        raise misfit((*path, "parameter"), str(error)) from None
    if axis.parameter.startswith("walls.") and value_at(parts, axis.parameter) is None:
        raise misfit((*path, "parameter"), f"the case gives no {axis.parameter} to start from; write one there")
    return unit


def outer_in_si(outer: SweepAxis, parts: Mapping[str, Any], *, inner: str = "") -> SweepAxis:
    """The axis below the key `outer` of a study with SI floats. inner: the key that the study itself varies, if it does.

    Raises a misfit with its path below the study.
    """
    if outer.parameter == inner:
        raise misfit(("outer", "parameter"), f"{quoted(outer.parameter)} is already the inner parameter")
    return outer.in_unit(unit_for(outer, parts, ("outer",)), ("outer",))


def try_values(case: C, axis: SweepAxis, path: Key) -> list[C]:
    """The case at every value. Raises a misfit for a value that would end the run at its point; path: of the axis below the
    case."""
    points = []
    for i, value in enumerate(axis.si_values()):
        try:
            points.append(case.with_value(axis.parameter, value))
        except CaseError as error:
            place = (*path, "values", i) if axis.values is not None else (*path, "range")
            written = case.label({axis.parameter: value})
            key = "" if dotted(error.key) == axis.parameter else f"{dotted(error.key)}: "
            raise misfit(place, f"{written} is refused: {key}{error.text}") from None
    return points
