"""SI values of numbers and texts whose unit only the rest of the case tells."""

from __future__ import annotations

from typing import Any

from meshes.quantity import Unit
from solver.inputs.errors import Key


def in_si(value: Any, unit: Unit, path: Key) -> float:
    """The SI value of a number or a text in a unit that only the rest of the case tells; path: of the value, for errors."""
    return unit.read(value, path)
