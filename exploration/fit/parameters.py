"""Free parameters of a fit or an optimisation: keys of a case with bounds, and the variables in which they are moved.

What has one sign only (lengths, radii, diffusivities) is moved as its logarithm, and so are charges, whose sign stays; all
else is moved as it is. A slip length b may get as small as it likes, and what it does saturates: it is moved as
b / (b + b_0), where b_0 is a fifth of its start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshes.quantity import Unit, parse
from meshes.quoting import quoted
from solver.case.case import Case
from solver.discretization.build import value_of
from solver.inputs.errors import CaseError
from solver.inputs.keys import numeric_key
from solver.results.units import plain_quantity

NO_SLIP = 1e-13
"""m: slip lengths below this are none; a wall without slip has other conditions, so that zero itself is not reached."""

LEAST_SCALE = 0.5e-9
"""m: smallest b_0 of a slip length."""

STRIDE = math.log(2.0)
"""Change of a variable with which a search begins at most."""

CHARGES = ("C/m^2", "mol/m^3")
"""Units of quantities whose sign says of which kind they are."""

WIDEST = {"m": 10.0}
"""Factor by which a size may change where no bounds are given, by unit; of all others:"""
WIDE = 100.0


@dataclass(frozen=True)
class FreeParameter:
    """A numeric key of a case that is moved.

    Attributes:
        key, unit: dotted key, and its SI unit.
        start: SI value of the case.
        low, high: SI bounds; infinite where there are none.
        logarithmic: whether the logarithm of its size is moved.
        saturates: whether value / (value + scale) is moved.
    """

    key: str
    unit: str
    start: float
    low: float
    high: float
    logarithmic: bool
    saturates: bool = False

    @property
    def moved_as(self) -> str:
        """In words, what is moved."""
        return (
            "logarithm" if self.logarithmic else f"value / (value + {self.scale:.3g} m)" if self.saturates else "value"
        )

    @property
    def sign(self) -> float:
        """Of the values, where they are moved as logarithms; 1 otherwise."""
        return math.copysign(1.0, self.start) if self.logarithmic else 1.0

    @property
    def scale(self) -> float:
        """What one unit of a variable that is no logarithm means."""
        if self.saturates:
            return max(self.start / 5.0, LEAST_SCALE)
        if self.start:
            return abs(self.start)
        finite = [abs(end) for end in (self.low, self.high) if math.isfinite(end) and end]
        return max(finite, default=1e-9 if self.unit == "m" else 1.0)

    def inner(self, value: float) -> float:
        """The variable at an SI value."""
        if self.saturates:
            return value / (value + self.scale) if math.isfinite(value) else 1.0 - 1e-9
        return math.log(abs(value)) if self.logarithmic else value / self.scale

    def value(self, inner: float) -> float:
        """SI value at the variable."""
        if self.saturates:
            return self.scale * inner / (1.0 - inner)
        return self.sign * math.exp(inner) if self.logarithmic else inner * self.scale

    def slope(self, value: float) -> float:
        """Derivative of the SI value by the variable."""
        if self.saturates:
            return (self.scale + value) ** 2 / self.scale
        return value if self.logarithmic else self.scale

    @property
    def stride(self) -> float:
        """Change of the variable that is a large one: about a factor of two."""
        if self.saturates:
            return STRIDE * max(self.start, self.scale) / self.slope(max(self.start, self.scale))
        return STRIDE if self.logarithmic or self.start else 1.0

    @property
    def inner_bounds(self) -> tuple[float, float]:
        """The bounds of the variable."""
        ends = [self._inner_bound(end) for end in (self.low, self.high)]
        return min(ends), max(ends)

    def _inner_bound(self, end: float) -> float:
        if self.logarithmic:
            return -math.inf if end == 0.0 else math.inf if math.isinf(end) else math.log(abs(end))
        return self.inner(end)

    def text(self, value: float) -> str:
        """A value with its unit."""
        return plain_quantity(value, self.unit)


def free_parameters(
    case: Case, keys: Sequence[str], bounds: Mapping[str, tuple[object, object]]
) -> list[FreeParameter]:
    """The parameters of some keys.

    bounds: by key, numbers in SI units or texts such as "-50 mC/m^2"; others get wide ones around the value of the case.

    Raises:
        CaseError: there is no such key, no number stands there, or bounds do not fit.
    """
    if not keys:
        raise CaseError("nothing is free; name the parameters, e.g. walls.channel.surface_charge", key=())
    for key in bounds:
        if key not in keys:
            raise CaseError(f"bounds of {quoted(key)}, which is none of the parameters: {', '.join(keys)}", key=())
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise CaseError(f"the parameter {quoted(twice)} is there twice", key=())
    return [_free(case, key, bounds.get(key)) for key in keys]


def _free(case: Case, key: str, bounds: tuple[object, object] | None) -> FreeParameter:
    case.unit(key)
    unit = numeric_key(case, key)
    try:
        start = value_of(case, key)
    except (TypeError, ValueError):
        raise CaseError(f"{quoted(key)} has no single number to start from; write one in the case", key=()) from None
    if bounds is not None:
        low, high = sorted(_read(end, unit, key) for end in bounds)
        if low == high:
            raise CaseError(f"both bounds of {quoted(key)} are the same", key=())
    slip = key.endswith("slip_length")
    of_one_sign = start != 0.0 and (unit.sign == "positive" or (unit.symbol in CHARGES and not slip))
    if bounds is not None:
        logarithmic = of_one_sign and low * high >= 0.0 and not (low == 0.0 or high == 0.0)
        if unit.sign == "positive" and low <= 0.0:
            raise CaseError(f"{quoted(key)} is positive; a bound of it is not", key=())
    else:
        logarithmic = of_one_sign
        factor = WIDEST.get(unit.symbol, WIDE)
        if logarithmic:
            low, high = sorted((start / factor, start * factor))
        else:
            low, high = (0.0 if unit.sign == "non-negative" else -math.inf), math.inf
    if slip:
        low, start = max(low, NO_SLIP), max(start, NO_SLIP if bounds is None else low)
    if not low <= start <= high:
        shown = f"{plain_quantity(low, unit.symbol)} to {plain_quantity(high, unit.symbol)}"
        raise CaseError(
            f"the case gives {quoted(key)} as {plain_quantity(start, unit.symbol)}, which is not within its bounds {shown}",
            key=(),
        )
    return FreeParameter(key, unit.symbol, start, low, high, logarithmic, saturates=slip)


def _read(end: object, unit: Unit, key: str) -> float:
    try:
        return parse(end, unit.symbol)
    except ValueError as error:
        raise CaseError(f"bound of {quoted(key)}: {error}; write e.g. '{unit.example}'", key=()) from None


def read_bounds(texts: Sequence[str]) -> dict[str, tuple[object, object]]:
    """Bounds as the command line has them, "KEY=LOW,HIGH".

    Raises:
        CaseError: a text is none.
    """
    found: dict[str, tuple[object, object]] = {}
    for text in texts:
        key, equals, ends = text.partition("=")
        low, comma, high = ends.partition(",")
        if not (equals and comma and low.strip() and high.strip()) or "," in high:
            raise CaseError(f"{quoted(text)} gives no bounds; write e.g. 'geometry.radius_tip=2 nm,10 nm'", key=())
        found[key.strip()] = low.strip(), high.strip()
    return found
