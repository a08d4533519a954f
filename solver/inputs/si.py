"""SI values of numbers and texts whose unit only the rest of the case tells."""

from __future__ import annotations

from typing import Any

from meshes.quantity import Unit, misfit, parse
from meshes.quoting import shortened
from solver.inputs.errors import Key


def in_si(value: Any, unit: Unit, path: Key) -> float:
    """The SI value of a number or a text in a unit that only the rest of the case tells; path: of the value, for errors."""
    try:
        number = parse(value, unit.symbol)
    except ValueError as error:
        raise misfit(path, f"{error}; write e.g. '{unit.example}'") from None
    if (unit.sign == "positive" and number <= 0.0) or (unit.sign == "non-negative" and number < 0.0):
        shown = shortened(value) if isinstance(value, str) else f"{number:g}"
        raise misfit(path, f"'{shown}' must be {unit.sign}; write e.g. '{unit.example}'")
    return number
