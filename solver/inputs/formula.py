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

Functions = Mapping[str, Callable[..., Any]]
"""What a formula may call, by name (see `ARGUMENTS`), and its comparisons by their signs."""

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_COMPARISONS: dict[type[ast.AST], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ARGUMENTS = {
    "sin": 1, "cos": 1, "tan": 1, "exp": 1, "log": 1, "sqrt": 1, "tanh": 1, "abs": 1, "min": 2, "max": 2, "where": 3,
}  # fmt: skip
"""Number of arguments of the functions."""
OF_NUMBERS: Functions = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh,
    "abs": np.abs, "min": np.minimum, "max": np.maximum, "where": np.where,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
"""The functions of numbers and arrays."""


def _value(node: ast.expr, names: Mapping[str, Any], functions: Functions) -> Any:
    """The value of one node of a formula; ValueError names what is not arithmetic."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            return float(number)  # floats throughout: 9**9**9 overflows at once instead of filling the memory
        case ast.Name(id=name):
            if name not in names:
                raise ValueError(
                    f"unknown name {quoted(name)}; {did_you_mean(name, [*names, *ARGUMENTS], 'known are')}"
                )
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, names, functions), _value(right, names, functions))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, names, functions))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return functions[_COMPARISONS[type(op)]](_value(left, names, functions), _value(right, names, functions))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in ARGUMENTS:
                raise ValueError(f"unknown function {quoted(name)}; {did_you_mean(name, ARGUMENTS, 'known are')}")
            count = ARGUMENTS[name]
            if len(arguments) != count:
                raise ValueError(f"{name} takes {count} argument{'s' * (count > 1)}, not {len(arguments)}")
            return functions[name](*(_value(argument, names, functions) for argument in arguments))
    variables = ", ".join(name for name in names if name != "pi")
    raise ValueError(f"{quoted(ast.unparse(node))} is not arithmetic of {variables}")


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
    value = value_of_formula(formula, {"s": np.asarray(s, dtype=float), **(others or {})})
    if np.iscomplexobj(value):  # Python's power of a negative number
        raise ValueError(f"{quoted(formula)} has no real value")
    with np.errstate(all="ignore"):
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), np.shape(s)))


def value_of_formula(formula: str, variables: Mapping[str, Any], functions: Functions = OF_NUMBERS) -> Any:
    """Value of a formula of any operands.

    Raises: as `evaluate_formula`.
    """
    with np.errstate(all="ignore"):
        return _value(_parsed(formula), {**variables, "pi": np.pi}, functions)


def names_in(formula: str) -> set[str]:
    """The names that occur in a formula."""
    return {node.id for node in ast.walk(_parsed(formula)) if isinstance(node, ast.Name)}
