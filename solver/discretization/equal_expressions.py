"""Comparison of symbolic expressions in which parts occur many times, such as written-out iterations.

UFL compares two equal expressions path by path, and the paths through an iteration are as many as the places of an iterate in
a step to the power of the steps: compilation takes hours where several integrals contain it, since each is lowered to copies
of its own. Here every pair of parts is compared once.
"""

from __future__ import annotations

from typing import Any

from ufl.core.expr import Expr
from ufl.exprequals import expr_equals


def compare_parts_once() -> None:
    """Let UFL compare expressions in this way from now on; what is equal stays so."""
    if Expr.__eq__ is expr_equals:
        Expr.__eq__ = _equal


def _equal(self: Any, other: Any) -> bool:
    """Whether two expressions are represented in the same way; those that are then share their parts."""
    if type(self) is not type(other) or hash(self) != hash(other):
        return False
    left, pairs = [(self, other)], []
    seen: set[tuple[int, int]] = set()
    while left:
        one, another = left.pop()
        if one is another or (id(one), id(another)) in seen:
            continue
        seen.add((id(one), id(another)))
        if one._ufl_typecode_ != another._ufl_typecode_ or hash(one) != hash(another):
            return False
        if one._ufl_is_terminal_:
            if one != another:
                return False
            continue
        mine, others = one.ufl_operands, another.ufl_operands
        if len(mine) != len(others):
            return False
        pairs.append((one, another))
        left += zip(mine, others, strict=True)
    for one, another in pairs:
        one.ufl_operands = another.ufl_operands
    return True
