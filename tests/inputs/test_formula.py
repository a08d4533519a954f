"""Formulas are evaluated as Python and numpy do, and are arithmetic of s alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.inputs.formula import evaluate_formula

S = np.linspace(0.0, 1.0, 7)
NUMPY = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh,
    "abs": np.abs, "min": np.minimum, "max": np.maximum, "where": np.where, "pi": np.pi,
}  # fmt: skip


def operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner),
        st.builds("{}{}".format, st.sampled_from(["-", "+"]), inner),
        st.builds("{}({})".format, st.sampled_from(["sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "abs"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds(
            "where({} {} {}, {}, {})".format, inner, st.sampled_from(["<", "<=", ">", ">="]), inner, inner, inner
        ),
    )


FORMULAS = st.recursive(st.sampled_from(["s", "pi", "0.5", "2", "1e-3"]), operations, max_leaves=8)


@given(FORMULAS)
def test_any_formula_has_the_value_that_python_gives_it(formula: str) -> None:
    """Precedence, signs and powers included; what is not finite is so in both."""
    with np.errstate(all="ignore"):
        try:
            expected = eval(formula, {"__builtins__": {}}, NUMPY | {"s": S})
        except (OverflowError, ZeroDivisionError, TypeError):  # of numbers without s, which Python refuses
            return
    if np.iscomplexobj(expected):  # a power of a negative number without s
        with pytest.raises(ValueError, match="no real value"):
            evaluate_formula(formula, S)
        return
    np.testing.assert_allclose(evaluate_formula(formula, S), np.broadcast_to(expected, S.shape), rtol=1e-12)


def test_precedence() -> None:
    for formula, value in (("-2**2", -4.0), ("2 - 3 - 4", -5.0), ("2**3**2", 512.0), ("1 + 2*3/4", 2.5)):
        assert evaluate_formula(formula, S) == pytest.approx(np.full(S.shape, value))


def test_a_number_is_a_value_at_every_place() -> None:
    value = evaluate_formula(" 0.25 ", np.zeros((2, 3)))
    assert value.shape == (2, 3)
    assert np.all(value == 0.25)


def test_nothing_is_printed_about_what_is_not_finite() -> None:
    with np.errstate(all="raise"):
        assert evaluate_formula("1/s", np.array([0.0, 2.0])).tolist() == [np.inf, 0.5]


@pytest.mark.parametrize(
    "formula",
    ["s.T", "s[0]", "'s'", "[s]", "lambda: s", "s if s else 1", "s and 1", "not s", "0 < s < 1", "s == 1", "s // 2",
     "s % 2", "sin(x=s)", "sin(*s)", "sin", "1j", "(s := 2)", "s.real(1)", "False"],
)  # fmt: skip
def test_what_is_not_arithmetic_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match=r"is not arithmetic of s|unknown name 'sin'"):
        evaluate_formula(formula, S)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("z", "unknown name 'z'"),
        ("sqr(s)", "unknown function 'sqr'; did you mean 'sqrt'"),
        ("sin()", "sin takes 1 argument, not 0"),
        ("where(s, 1)", "where takes 3 arguments, not 2"),
    ],
)
def test_errors_say_what_is_known(formula: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        evaluate_formula(formula, S)
