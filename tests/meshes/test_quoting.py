"""Values in messages: one printable line of at most 80 characters."""

from __future__ import annotations

import datetime

import pytest

from meshes.quoting import MOST, quoted, shortened


def nested(depth: int) -> list[object]:
    """Lists within each other, ten in each."""
    found: list[object] = [1] * 10
    for _ in range(depth):
        found = [found] * 10
    return found


def test_any_value_is_one_short_line() -> None:
    texts = ["x" * 10**6, "a\nb", "\x1b[31mred", "\u2028", "\ud800"]
    for value in (*texts, nested(12), {str(i): i for i in range(1000)}, 10**4000, 10**9000, b"x" * 999):
        text = quoted(value)
        assert text.isprintable()
        assert len(text) <= MOST + 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5 nm", "'5 nm'"),
        (None, "nothing"),
        (True, "True"),
        (5e-9, "5e-09"),
        ({"b": 1, "a": [2]}, "{'b': 1, 'a': [2]}"),
        ("don't", '"don\'t"'),
        (datetime.date(2026, 1, 31), "'2026-01-31'"),
        ("µm Å 日", "'µm Å 日'"),
    ],
)
def test_short_values_are_shown_whole(value: object, text: str) -> None:
    assert quoted(value) == text


def test_of_a_long_text_begin_and_end_are_shown() -> None:
    text = shortened("begin" + "x" * 1000 + "end")
    assert text.startswith("begin")
    assert text.endswith("end")
    assert " ... " in text
