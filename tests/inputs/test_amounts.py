"""Input that would grow without end is refused before it does."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.inputs.errors import CaseError
from solver.inputs.formula import evaluate_formula
from solver.inputs.plain import MOST_VALUES, plain
from solver.inputs.yaml_tree import LONGEST_FILE, read_text, read_yaml

LAUGHS = "a: &l0 [ha, ha]\n" + "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "f: aliases make more than 100,000 values"),
        ("a: &a [*a]", "f: aliases make more than 100,000 values"),
        ("a: " + "[" * 5000, "f:1: more than 20 levels of mappings and lists"),
        ("".join(" " * i + "a:\n" for i in range(100)), "f:21: more than 20 levels"),
        ("a: &x 1\nb: &x 2\nc: *x\n", "f: not valid YAML: found duplicate anchor"),
        ("a: !!int x", "f: not valid YAML: invalid literal"),
        ("a: " + "9" * 5000, "f: not valid YAML: Exceeds the limit"),
        ("\0", "f: not valid YAML: "),
    ],
    ids=range(8),
)
def test_yaml_that_grows_or_breaks(text: str, message: str) -> None:
    begin = time.process_time()
    with pytest.raises(CaseError) as caught:
        read_yaml(text, "f")
    assert str(caught.value).startswith(message)
    assert str(caught.value).isprintable()
    assert time.process_time() - begin < 3.0


def test_aliases_of_usual_size_are_read() -> None:
    assert read_yaml("a: &a {x: 1}\nb: *a\n", "f") == {"a": {"x": 1}, "b": {"x": 1}}


def test_a_file_of_another_kind_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(b"#" * (LONGEST_FILE + 1))
    with pytest.raises(CaseError, match="has 1,000,001 bytes; at most 1,000,000 are allowed"):
        read_text(file)


def loop() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"study": {"values": [0] * MOST_VALUES}}, "more than 100,000 values"),
        ({"a": loop()}, "more than 20 levels"),
        ({"title": "x" * 10_001}, "title: a text of 10,001 characters; 10,000 are allowed"),
        ({"x" * 201: 1}, "a text of 201 characters; 200 are allowed"),
        ({"title": "\ud800"}, "title: holds half a character"),
    ],
    ids=range(5),
)
def test_values_from_python_are_bounded(value: Any, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        plain(value)
    assert message in str(caught.value)


def test_formulas_are_bounded() -> None:
    begin = time.process_time()
    deep = "sin(" * 120 + "s" + ")" * 120
    for formula in ("9**9**9 * s", "(" * 5000, "-" * 900 + "s", "s+" * 400 + "s", deep, "s" * 1001, "\0"):
        with pytest.raises((ValueError, OverflowError, SyntaxError)):
            evaluate_formula(formula, np.linspace(0.0, 1.0, 11))
    assert time.process_time() - begin < 1.0
