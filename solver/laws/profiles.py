"""What charges of walls and of regions share, which are given as one number, piecewise, or as a formula of the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.inputs.formula import value_of_formula
from solver.laws.algebra import Algebra

FACTOR = "factor"
"""Name of the coefficient of a formula."""

Value = TypeVar("Value")


def off_axis(position: Any, m: Algebra) -> Any:
    """Distance from the axis or mid-plane: the second coordinate in the plane, that of both sides of a mesh file with its
    sign; in three dimensions the distance from the axis."""
    if len(position) == 1:
        return 0.0 * position[0]
    return position[1] if len(position) == 2 else m.sqrt(position[1] ** 2 + position[2] ** 2)


def form_of(value: Any) -> str:
    """Which of the forms a value has: "constant", "piecewise" or "expression"."""
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    if isinstance(value, Mapping) or kind is not None:
        return "expression" if kind == "expression" else "piecewise"
    return "constant"


def check_pieces(breaks: Sequence[float], values: Sequence[float]) -> None:
    """Refuse another number of values than one between breaks, and breaks (m) that do not ascend.

    Raises:
        PydanticCustomError: with the key below that of the pieces.
    """
    if len(values) != len(breaks) + 1:
        count = len(breaks) + 1
        raise misfit("values", f"has {len(values)} entries; with {count - 1} breaks write {count}")
    for i in range(1, len(breaks)):
        if breaks[i] <= breaks[i - 1]:
            raise misfit(("breaks", i), f"{breaks[i]:g} m does not ascend; write the breaks in ascending order")


def tried_formula(formula: Any, attempt: Callable[[str], Value], example: str) -> tuple[str, Value]:
    """The text of a formula, and what an evaluation of it gives; `example` is what an error says to write instead.

    Raises:
        PydanticCustomError: it is no formula, or it cannot be evaluated.
    """
    if not isinstance(formula, (str, int, float)) or isinstance(formula, bool):
        raise misfit((), f"{quoted(formula)} is not a formula; write e.g. '{example}'")
    text = str(formula)
    try:
        return text, attempt(text)
    except SyntaxError:
        raise misfit((), f"{quoted(text)} is not a formula; write e.g. '{example}'") from None
    except (ValueError, TypeError, OverflowError, RecursionError, ZeroDivisionError) as error:
        raise misfit((), f"{error}; write e.g. '{example}'") from None


def formula_of_place(formula: Any, example: str) -> str:
    """The text of a formula of z and r, tried at some places; `example` is what an error says to write instead.

    Raises:
        PydanticCustomError: see `tried_formula`.
    """
    somewhere = np.geomspace(1e-10, 1e-2, 9)

    def attempt(text: str) -> Any:
        return np.asarray(value_of_formula(text, {"z": somewhere, "r": somewhere}), dtype=float)

    return tried_formula(formula, attempt, example)[0]
