"""Values of the input as builtin Python types, in bounded amounts."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from solver.inputs.errors import CaseError, Key

MOST_VALUES = 100_000
"""Values of a case, those of aliases counted wherever they stand; tables of drives belong in a CSV file."""
DEEPEST = 20
"""Mappings and lists within each other; a case needs eight."""
LONGEST_TEXT = 10_000
LONGEST_NAME = 200


def plain(value: Any) -> Any:
    """Mappings, lists, numbers and texts as builtin types, in place of numpy's arrays and numbers, paths, dates, and the
    types of the YAML reader, which carry positions and formatting.

    Raises:
        CaseError: there are more of them than any case has; nothing is copied beyond that.
    """
    return _plain(value, (), itertools.count(1))


def _plain(value: Any, path: Key, counter: Iterator[int]) -> Any:
    if next(counter) > MOST_VALUES:
        raise CaseError(f"more than {MOST_VALUES:,} values in one case; write tables of drives as CSV files")
    if len(path) > DEEPEST:
        raise CaseError(f"more than {DEEPEST} levels of mappings and lists", key=path[:3])
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {_name(key, path): _plain(item, (*path, _name(key, path)), counter) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, (*path, i), counter) for i, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value, path, LONGEST_TEXT)
    return next((kind(value) for kind in (bool, int, float) if isinstance(value, kind)), value)


def _name(key: Any, path: Key) -> str:
    return _text(str(key), path, LONGEST_NAME)


def _text(value: str, path: Key, longest: int) -> str:
    if len(value) > longest:
        raise CaseError(f"a text of {len(value):,} characters; {longest:,} are allowed here", key=path)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise CaseError("holds half a character (a surrogate), which no file can store", key=path)
    return str(value)
