"""Errors of the input, and how pydantic's become one line that names the key and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshes.quantity import did_you_mean
from meshes.quoting import printable, quoted, shortened

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Key = tuple[str | int, ...]
COMMAND_LINE = "--set"  # stands in the place of the file for values given there


class CaseError(Exception):
    """Bad input. str() is one line such as "case.yaml:12: electrolyte.species.K.diffusivity: ... ; write e.g. ..."."""

    def __init__(self, text: str, *, key: Key = (), file: Path | str | None = None, line: int | None = None) -> None:
        self.text = printable(" ".join(text.split()))
        self.key = key
        self.file = file
        self.line = line
        super().__init__(text)

    def __str__(self) -> str:
        if self.file == COMMAND_LINE:
            return f"{COMMAND_LINE} {dotted(self.key)}: {self.text}" if self.key else f"{COMMAND_LINE}: {self.text}"
        place = "" if self.file is None else f"{self.file}" + (f":{self.line}" if self.line is not None else "")
        return ": ".join(part for part in (place, dotted(self.key), self.text) if part)


def dotted(key: Key) -> str:
    """("electrolyte", "species", "K") as electrolyte.species.K."""
    return ".".join(shortened(part) for part in key)


def explain(error: ValidationError, data: Any) -> list[tuple[Key, str]]:
    """Key and text of every error, the ones that cause others (misspelt keys) first.

    data: what was validated; it tells the keys of the user's file from the names that pydantic adds for union members.
    """
    details = error.errors(include_url=False)
    # a misspelt key is also a missing one, and only the first message helps
    details.sort(key=lambda detail: detail["type"] == "missing")
    return [_explain_one(detail, data) for detail in details]


def _explain_one(detail: ErrorDetails, data: Any) -> tuple[Key, str]:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    key = _user_key(detail["loc"], data, keep_last=kind == "missing")
    if kind == "misfit":
        return key + tuple(context["key"]), str(context["text"])
    if kind == "missing":
        return key, "is missing; add this key"
    if kind in ("dict_type", "model_type"):
        return key, f"{quoted(value)} is not a mapping; write '{{NAME: ...}}', or leave the key out"
    if kind in ("tuple_type", "list_type"):
        return key, f"{quoted(value)} is no list; write e.g. '[...]'"
    if kind == "too_short" and context["actual_length"] == 0:
        return key, "is empty; write at least one entry"
    if kind == "literal_error":
        names = [name.strip().strip("'") for name in context["expected"].replace(" or ", ",").split(",")]
        return key, f"unknown value {quoted(value)}; {did_you_mean(value, names, 'one of')}"
    message = detail["msg"].replace("Input should be", "must be")
    return key, f"{quoted(value)} {message[0].lower()}{message[1:]}"


def _user_key(location: Key, data: Any, keep_last: bool) -> Key:
    """The location without the names of union members, which are not keys of the user's data."""
    key: list[str | int] = []
    for i, part in enumerate(location):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, (list, tuple)) and isinstance(part, int):
            data = data[part] if part < len(data) else None
        elif not (keep_last and i == len(location) - 1):
            continue
        key.append(part)
    return tuple(key)
