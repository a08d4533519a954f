"""What a study varies, as people read it: the one place that gives it a name, a unit and texts for its values.

Progress lines, tables, headings of figures and abscissas all take them from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meshes.quantity import parse
from solver.results.headers import header as composed
from solver.results.headers import split_header
from solver.results.units import number_text, readable, scale_of

MICRO = re.compile(r"^u(?=(?:[ACFLMSVms]|Pa|Hz|mol)(?![A-Za-z]))")
"""The prefix of units that are written with a "u"."""

LEAST_DIGITS, MOST_DIGITS = 4, 9
"""Significant digits of a value in a text: as many as tell the values of a sweep apart."""


@dataclass(frozen=True)
class SweptQuantity:
    """A quantity that a study varies, in the unit in which the case gives its values.

    Attributes:
        header: of its column, with the SI unit.
        written: unit in which the case gives the values; "" when it gives none, or several.
        unit: in which all values are shown.
        factor, offset: a value is shown as factor * (SI value - offset).
        digits: significant digits of a value in a text.
    """

    header: str
    written: str
    unit: str
    factor: float
    offset: float
    digits: int

    @classmethod
    def of(cls, header: str, values: Iterable[float], written: str = "") -> SweptQuantity:
        """The quantity of a column. values: all that occur, in SI units; written: see the attribute."""
        known = list(dict.fromkeys(float(value) for value in values))
        si_unit = split_header(header)[1]
        if written:
            offset = parse(f"0 {written}", si_unit)
            factor = float(f"{1.0 / (parse(f'1 {written}', si_unit) - offset):.15g}")
            unit = _spelled(written)
        else:
            scale = scale_of(known, si_unit)
            factor, offset, unit = scale.factor, 0.0, scale.unit
        return cls(header, written, unit, factor, offset, _digits([factor * (value - offset) for value in known]))

    @property
    def name(self) -> str:
        """Name in words, without unit: "bias", "potential of channel"."""
        return readable(self.header)

    @property
    def label(self) -> str:
        """Title of a column or an axis: "bias [V]"."""
        return composed(self.name, self.unit)

    def numbers(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """SI values in the unit that is shown."""
        return np.asarray(self.factor * (np.asarray(values, dtype=float) - self.offset) + 0.0, dtype=float)  # no "-0"

    def text(self, value: float) -> str:
        """One SI value with its unit: "0.35 V"; where the case does not tell the unit, in the one that suits the value."""
        shown = self if self.written else SweptQuantity.of(self.header, [value])
        return f"{number_text(float(shown.numbers(value)), self.digits)} {shown.unit}".rstrip()

    def named(self, value: float, between: str = " = ") -> str:
        """Name and value: "bias = 0.35 V"."""
        return f"{self.name}{between}{self.text(value)}"


def _spelled(unit: str) -> str:
    """A unit as it is printed: "µm" of "um", "mC/m²" of "mC/m^2"."""
    for plain, printed in (("^2", "²"), ("**2", "²"), ("^3", "³"), ("**3", "³")):
        unit = unit.replace(plain, printed)
    return MICRO.sub("µ", unit)


def _digits(values: Iterable[float]) -> int:
    """The fewest digits that tell numbers apart."""
    known = list(values)
    apart = len({f"{value:.{MOST_DIGITS}g}" for value in known})
    enough = (d for d in range(LEAST_DIGITS, MOST_DIGITS) if len({f"{value:.{d}g}" for value in known}) == apart)
    return next(enough, MOST_DIGITS)
