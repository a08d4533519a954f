"""Numbers with their errors, as people write them: 1.234(5) nA is 1.234 nA with an error of 0.005 nA.

The digits in parentheses count from the last digit shown (JCGM 100:2008, 7.2.2). The error is rounded up, so that what
is shown never claims more than what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

from postprocess.tables.units import SMALLEST, engineering, quantity, split_header
from solver.results.headers import error_header

PLAIN = range(-4, 6)  # decimal exponents that are written without "e"


def with_error(value: float, error: float | None = None, *, digits: int = 5, most: int = 9, power: int = 0) -> str:
    """Value and error such as "1.234(5)", "12.3(15)", "1200(400)" or "1.2(3)e-12".

    A value that is not larger than its error is a zero: "0.00(5)".
    The error is rounded up to one significant digit, two when the leading one is 1. `value` and `error` are first
    multiplied by 10**power, without rounding.
    digits: significant digits of a value without error (none, NaN, zero). most: significant digits of a value that is
    more exact than anybody reads; its error is rounded up to the last of them.
    """
    if not math.isfinite(value):
        return str(value)
    number = Decimal(repr(float(value))).scaleb(power)
    if error is None or math.isnan(error) or error <= 0.0:
        return f"{float(number):.{digits}g}"
    if math.isinf(error):
        return f"{float(number):.1g}(inf)"
    if abs(value) <= error:
        number = Decimal(0)  # digits below the error say nothing
    size = Decimal(repr(float(error))).scaleb(power)
    place = size.adjusted() - (_leading(size) == 1)
    if _leading(_round(size, place, ROUND_CEILING)) != 1:
        place = size.adjusted()  # 0.0195 became 0.020, and one digit will do
    place = max(place, number.adjusted() - most + 1) if number else place
    size = _round(size, place, ROUND_CEILING)
    number = _round(number, place, ROUND_HALF_EVEN)
    exponent = max(size.adjusted(), number.adjusted() if number else size.adjusted())
    suffix = ""
    if exponent not in PLAIN:
        size, number, place = size.scaleb(-exponent), number.scaleb(-exponent), place - exponent
        suffix = f"e{exponent}"
    uncertain = size.scaleb(-place) if place < 0 else size
    return f"{number if number else abs(number):f}({int(uncertain)}){suffix}"


def quantity_with_error(value: float, error: float | None, unit: str) -> str:
    """One SI value with its error in its best unit, such as "1.234(5) nA"; without an error "1.234 nA"."""
    if max(abs(value), error or 0.0) < SMALLEST.get(unit, 0.0):
        return f"0 {engineering([], unit).unit}"
    sizes = [value] if error is None or not math.isfinite(error) else [value, error]
    scale = engineering(sizes, unit)
    return f"{with_error(value, error, power=scale.power)} {scale.unit}".rstrip()


def entry_text(entry: Mapping[str, Any], header: str) -> str:
    """A number of a row or a summary with its error bar, if it has one; "" for NaN."""
    value, unit = float(entry[header]), split_header(header)[1]
    if math.isnan(value):
        return ""
    error = float(entry.get(error_header(header), math.nan))
    if math.isnan(error):
        text = quantity(value, unit) if unit else f"{value:.4g}"
    else:
        text = quantity_with_error(value, error, unit) if unit else with_error(value, error)
    return text.replace("−", "-")


def percent(part: float) -> str:
    """A relative error as percent with two digits, rounded up: "0.13 %"."""
    if not math.isfinite(part) or part == 0.0:
        return f"{part:g} %"
    size = Decimal(repr(float(part))).scaleb(2)
    shown = float(_round(size, size.adjusted() - 1, ROUND_CEILING))
    return f"{shown:.0f} %" if 99.5 < shown < 1e5 else f"{shown:.2g} %"


def _round(number: Decimal, place: int, rounding: str) -> Decimal:
    return number.quantize(Decimal(1).scaleb(place), rounding=rounding)


def _leading(number: Decimal) -> int:
    return number.as_tuple().digits[0]
