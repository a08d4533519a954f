"""The case: what of it differs from the defaults, with units, and all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from postprocess.report.base import Section
from postprocess.report.text_tables import typeset_quantity
from postprocess.tables.result import Result
from solver.inputs.errors import CaseError

Row = tuple[str, str, bool]  # dotted key below a section of the case, value with unit, whether it is the default
OF_LISTS = {"study.fields_at": "s", "study.frequencies": "Hz"}
"""Units of lists of values whose keys have none of their own."""
LONGEST = 12  # values of a list that are written out


def content(result: Result) -> Mapping[str, Any] | None:
    """Sections of the case with their keys."""
    given = result.run.get("case") or {}
    try:
        rows = list(_rows(result.case, result.case, ()))
    except (CaseError, ValueError):  # of an earlier version, or made without the solver: nothing is known of its keys
        rows = [(key, _text(value, ""), False) for key, value in _plain((), given)]
    groups: dict[str, list[Row]] = {}
    for key, text, default in rows:
        group, _, rest = key.partition(".")
        if group not in ("title", "format"):
            groups.setdefault(group, []).append((rest or group, text, default))
    shown = {name: own for name, all_ in groups.items() if (own := [row for row in all_ if not row[2]])}
    return {"shown": shown, "groups": groups, "overrides": list(result.run.get("overrides") or ())}


def _rows(case: Any, node: Any, at: tuple[str, ...]) -> Iterator[Row]:
    """Dotted keys, values, and whether they are the defaults."""
    if isinstance(node, BaseModel):
        for name, field in type(node).model_fields.items():
            value = getattr(node, name)
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            same = not field.is_required() and name != "type" and _same(value, default)
            yield from ((key, text, same or own) for key, text, own in _rows(case, value, (*at, name)))
    elif isinstance(node, Mapping) and node:
        for name, value in node.items():
            yield from _rows(case, value, (*at, str(name)))
    elif isinstance(node, list | tuple) and any(isinstance(item, BaseModel | Mapping) for item in node):
        for i, value in enumerate(node):
            yield from _rows(case, value, (*at, str(i)))
    else:
        yield ".".join(at), _text(node, _unit(case, at)), False


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _unit(case: Any, at: tuple[str, ...]) -> str:
    """Unit of a key, that of the swept key for the values of a sweep."""
    for key in (".".join(at), *_swept(case, at)):
        try:
            unit = str(case.unit(key))
        except CaseError:
            continue
        if unit:
            return unit
    return OF_LISTS.get(".".join(at[:2]), "") if at[-1] in ("start", "stop", "values") else ""


def _swept(case: Any, at: tuple[str, ...]) -> list[str]:
    """Keys whose values a study lists at a place."""
    if at[0] != "study":
        return []
    holder = getattr(case.study, "outer", None) if at[1:2] == ("outer",) else case.study
    parameter = getattr(holder, "parameter", None)
    driven = [".".join(at[i:]) for i, part in enumerate(at) if i and part in ("terminals", "walls", "electrolyte")]
    return [*driven, *([parameter] if isinstance(parameter, str) and "points" not in at else [])]


def _text(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return typeset_quantity(float(value), unit)
    if isinstance(value, list | tuple):
        texts = [_text(item, unit) for item in value]
        if len(texts) > LONGEST:
            texts[LONGEST // 2 : -LONGEST // 2] = [f"... {len(texts) - LONGEST} more ..."]
        return ", ".join(texts) or "none"
    return str(value) if not isinstance(value, Mapping) or value else "none"


def _plain(at: tuple[str, ...], node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _plain((*at, str(key)), value)
    elif at:
        yield ".".join(at), node


SECTION = Section("case", "Case", content)
