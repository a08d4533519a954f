"""Formulas of a case in any algebra: numbers to check them, symbols for weak forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solver.inputs.formula import Functions, value_of_formula
from solver.laws.algebra import Algebra


def formula_in(formula: str, variables: Mapping[str, Any], m: Algebra) -> Any:
    """Value of a formula of operands of an algebra; comparisons are 1 or 0."""

    def less(a: Any, b: Any) -> Any:
        return m.where(m.less(a, b), 1.0, 0.0)

    def where(condition: Any, then: Any, otherwise: Any) -> Any:
        return m.where(m.less(0.0, condition * condition), then, otherwise)

    functions: Functions = {
        "sin": m.sin, "cos": m.cos, "tan": m.tan, "exp": m.exp, "log": m.ln, "sqrt": m.sqrt, "tanh": m.tanh,
        "abs": lambda x: m.where(m.less(x, 0.0), -x, x),
        "min": lambda a, b: m.where(m.less(b, a), b, a),
        "max": lambda a, b: m.where(m.less(a, b), b, a),
        "where": where,
        "<": less,
        ">": lambda a, b: less(b, a),
        "<=": lambda a, b: 1.0 - less(b, a),
        ">=": lambda a, b: 1.0 - less(a, b),
    }  # fmt: skip
    return value_of_formula(formula, variables, functions)
