"""Arithmetic formulas of a few variables, read without evaluating code."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meshes.quantity import did_you_mean
from meshes.quoting import quoted

Array = NDArray[np.floating[Any]]

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
# name: (function, number of arguments)
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tan": (np.tan, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sqrt": (np.sqrt, 1),
    "tanh": (np.tanh, 1),
    "abs": (np.abs, 1),
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
    "where": (np.where, 3),
}


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of one node of a formula; ValueError names what is not arithmetic."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            return float(number)  # floats throughout: 9**9**9 overflows at once instead of filling the memory
        case ast.Name(id=name):
            if name not in names:
                raise ValueError(
                    f"unknown name {quoted(name)}; {did_you_mean(name, [*names, *_FUNCTIONS], 'known are')}"
                )
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, names))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in _FUNCTIONS:
                raise ValueError(f"unknown function {quoted(name)}; {did_you_mean(name, _FUNCTIONS, 'known are')}")
            function, count = _FUNCTIONS[name]
            if len(arguments) != count:
                raise ValueError(f"{name} takes {count} argument{'s' * (count > 1)}, not {len(arguments)}")
            return function(*(_value(argument, names) for argument in arguments))
    raise ValueError(f"{quoted(ast.unparse(node))} is not arithmetic of s")


LONGEST_FORMULA = 1000
"""Characters of a formula."""
DEEPEST_FORMULA = 100
"""Operations within each other."""


def _parsed(formula: str) -> ast.expr:
    """The tree of a formula; ValueError when it is too large to be one, SyntaxError when it is none."""
    if len(formula) > LONGEST_FORMULA:
        raise ValueError(f"a formula of {len(formula):,} characters; {LONGEST_FORMULA:,} are allowed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own words about what is refused below
            tree = ast.parse(formula.strip(), mode="eval").body
    except (RecursionError, MemoryError):
        raise ValueError(f"{quoted(formula)} has too many operations within each other") from None
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST_FORMULA):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise ValueError(f"{quoted(formula)} has more than {DEEPEST_FORMULA} operations within each other")
    return tree


def evaluate_formula(formula: str, s: Array, others: Mapping[str, Array] | None = None) -> Array:
    """Values of a formula of s, and of other variables of the same shape by name; shape of s.

    Raises:
        SyntaxError: it is no expression of Python's.
        ValueError, TypeError, OverflowError, ZeroDivisionError: it is no arithmetic, or has no value.
    """
    known = {"s": np.asarray(s, dtype=float), **(others or {}), "pi": np.pi}
    with np.errstate(all="ignore"):
        value = _value(_parsed(formula), known)
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), np.shape(s)))


def names_in(formula: str) -> set[str]:
    """The names that occur in a formula."""
    return {node.id for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name)}
