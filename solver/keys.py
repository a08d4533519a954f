"""Dotted keys of a case such as terminals.base.potential: which are numeric, their unit, and how one is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from meshes.quantity import Unit, did_you_mean, unit_of


def numeric_key(root: Any, parameter: str) -> Unit:
    """The unit of a dotted key below a case, or below a mapping of its parts (symbol "" when it has none).

    Raises ValueError, saying what is wrong with the key, when it does not exist or when no number can stand there.
    """
    node, unit, annotation, done = root, None, None, ""
    for part in parameter.split("."):
        where = f" below '{done}'" if done else ""
        if isinstance(node, BaseModel) and part in type(node).model_fields:
            field = type(node).model_fields[part]
            annotation = field.annotation
            unit = next((item for item in field.metadata if isinstance(item, Unit)), None) or unit_of(annotation)
            node = getattr(node, part)
        elif isinstance(node, Mapping) and part in node:
            annotation = _item_type(annotation)
            node, unit = node[part], unit_of(annotation)
        elif isinstance(node, tuple) and part.isdigit() and int(part) < len(node):
            annotation = _item_type(annotation)
            node, unit = node[int(part)], unit_of(annotation)
        else:
            names = _names(node)
            known = f"no '{part}'{where}; {did_you_mean(part, names)}" if names else f"'{done}' has no keys below it"
            raise ValueError(f"unknown key '{parameter}': {known}")
        done = f"{done}.{part}" if done else part
    if unit is None:
        raise ValueError(f"'{parameter}' is not a numeric key; write one such as 'terminals.base.potential'")
    return unit


def replace(data: Any, parameter: str, value: float | str) -> None:
    """Put a value at a dotted key that exists in plain data (dicts and lists)."""
    *parents, last = parameter.split(".")
    for part in parents:
        data = data[int(part)] if isinstance(data, list) else data[part]
    data[int(last) if isinstance(data, list) else last] = value


def _names(node: Any) -> list[str]:
    if isinstance(node, BaseModel):
        return list(type(node).model_fields)
    if isinstance(node, Mapping):
        return [str(name) for name in node]
    return [str(i) for i in range(len(node))] if isinstance(node, tuple) else []


def _item_type(annotation: Any) -> Any:
    """The type of the values of a dict or tuple, found inside an optional or annotated type."""
    if get_origin(annotation) in (dict, tuple, Mapping):
        return next((part for part in reversed(get_args(annotation)) if part is not Ellipsis), None)
    found = (_item_type(part) for part in get_args(annotation))
    return next((part for part in found if part is not None), None)


def value_at(data: Any, parameter: str) -> Any:
    """What stands at a dotted key that exists in plain data (dicts and lists)."""
    for part in parameter.split("."):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


RELATIVE_STEP = 1e-4
"""Step of a difference quotient as a part of the number."""

STEPS_FROM_ZERO = {"V": 1e-4, "Pa": 10.0, "C/m^2": 1e-6}
"""Step from a number that is zero, by its unit."""


def step_from(value: float, unit: str) -> float:
    """Step of a difference quotient by a number of a case."""
    return abs(value) * RELATIVE_STEP or STEPS_FROM_ZERO.get(unit, RELATIVE_STEP)
