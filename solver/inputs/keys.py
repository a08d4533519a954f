"""Dotted keys of a case such as terminals.base.potential: which are numeric, their unit, and how one is replaced.

A mapping may have names that are dotted keys themselves (the values of a protocol: `to: {terminals.base.potential:
1 V}`). Such a name is one step of the way, and what stands there has the unit of the key it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from meshes.quantity import Unit, did_you_mean, unit_of
from meshes.quoting import quoted


def numeric_key(root: Any, parameter: str, example: str = "terminals.base.potential") -> Unit:
    """The unit of a dotted key below a case, or below a mapping of its parts (symbol "" when it has none).

    example: of such a key, for the error.

    Raises ValueError, saying what is wrong with the key, when it does not exist or when no number can stand there.
    """
    node, unit, annotation, done = root, None, None, ""
    rest = parameter.split(".")
    while rest:
        part, rest = first_step(node, rest)
        where = f" below {quoted(done)}" if done else ""
        if isinstance(node, BaseModel) and part in type(node).model_fields:
            field = type(node).model_fields[part]
            annotation = field.annotation
            unit = next((item for item in field.metadata if isinstance(item, Unit)), None) or unit_of(annotation)
            node = getattr(node, part)
        elif isinstance(node, Mapping) and part in node:
            annotation = _item_type(annotation)
            node, unit = node[part], numeric_key(root, part) if "." in part else unit_of(annotation)
        elif isinstance(node, tuple) and part.isdigit() and int(part) < len(node):
            annotation = _item_type(annotation)
            node, unit = node[int(part)], unit_of(annotation)
        else:
            names = _names(node)
            known = f"no {quoted(part)}{where}; {did_you_mean(part, names)}"
            known = known if names else f"{quoted(done)} has no keys below it"
            raise ValueError(f"unknown key {quoted(parameter)}: {known}")
        done = f"{done}.{part}" if done else part
    if unit is None:
        raise ValueError(f"{quoted(parameter)} is not a numeric key; write one such as '{example}'")
    return unit


def first_step(node: Any, parts: list[str]) -> tuple[str, list[str]]:
    """The first name on the way down and the parts that remain: in a mapping that has dotted names, the whole name."""
    if isinstance(node, Mapping) and parts[0] not in node:
        for count in range(2, len(parts) + 1):
            if (name := ".".join(parts[:count])) in node:
                return name, parts[count:]
    return parts[0], parts[1:]


def _way(data: Any, parameter: str) -> Iterator[tuple[Any, Any]]:
    """Every node on the way to a dotted key that exists, with the name or index below it."""
    rest = parameter.split(".")
    while rest:
        part, rest = first_step(data, rest)
        step: Any = int(part) if isinstance(data, (list, tuple)) else part
        yield data, step
        data = getattr(data, part) if isinstance(data, BaseModel) else data[step]


def replace(data: Any, parameter: str, value: float | str) -> None:
    """Put a value at a dotted key that exists in plain data (dicts and lists)."""
    *_, (node, step) = _way(data, parameter)
    node[step] = value


def has_key(data: Any, parameter: str) -> bool:
    """Whether a dotted key exists, in plain data or below a case or a mapping of its parts."""
    try:
        value_at(data, parameter)
    except (KeyError, IndexError, AttributeError, TypeError, ValueError):
        return False
    return True


def value_at(data: Any, parameter: str) -> Any:
    """What stands at a dotted key that exists, in plain data or below a case or a mapping of its parts."""
    *_, (node, step) = _way(data, parameter)
    return getattr(node, step) if isinstance(node, BaseModel) else node[step]


def pressure_or_flow_rate(terminal: Any) -> str:
    """Key of what drives the flow at a terminal."""
    return "pressure" if terminal.flow_rate is None else "flow_rate"


def drivable_keys(
    terminals: Mapping[str, Any], walls: Mapping[str, Any], regions: Mapping[str, Any], electrolyte: Any
) -> list[str]:
    """The keys that a protocol can drive: what the terminals hold in the form that the case gives, what the laws of walls and
    regions let it drive, and the pH of a buffer."""
    keys: list[str] = []
    for name, terminal in terminals.items():
        held = "potential" if terminal.current is None else "current"
        keys += [f"terminals.{name}.{held}", f"terminals.{name}.{pressure_or_flow_rate(terminal)}"]
        if terminal.concentration is not None:
            keys.append(f"terminals.{name}.concentration")
        keys += [f"terminals.{name}.concentrations.{species}" for species in terminal.concentrations or ()]
        if terminal.pH is not None and "pH" not in electrolyte.drivable:
            keys.append(f"terminals.{name}.pH")
    of_walls = [
        ".".join(part for part in ("walls", name, law.key, own) if part)
        for name, wall in walls.items()
        for law in wall.laws
        for own in law.drivable
    ]
    keys += sorted(of_walls, key=lambda key: not key.endswith(".potential"))
    keys += [f"electrolyte.{own}" for own in electrolyte.drivable]
    return keys + [f"regions.{name}.{own}" for name, law in regions.items() for own in law.drivable]


def refuse_driving(key: str, drivable: Iterable[str]) -> str:
    """Why a key cannot be driven; "" when it can."""
    if key in drivable:
        return ""
    words = key.split(".")
    if words[0] == "terminals" and words[2:3] in (["concentration"], ["concentrations"]) and len(words) < 5:
        other = "concentrations" if words[2] == "concentration" else "concentration"
        if any(name.startswith(f"{words[0]}.{words[1]}.{other}") for name in drivable):
            return f"{quoted(key)} cannot be driven: the case gives terminals.{words[1]}.{other}; drive that"
        if any(name == f"terminals.{words[1]}.potential" for name in drivable):
            return (
                f"{quoted(key)} cannot be driven: the case gives no value there to start from; write {key} in the case"
            )
    if words[0] == "walls" and words[2:] == ["potential"]:
        return (
            f"{quoted(key)} cannot be driven: no such electrode; write {key} in the case, the potential to start from"
        )
    if words[0] == "walls" and words[2:] == ["charge"]:
        return (
            f"{quoted(key)} cannot be driven: nothing leads to a floating conductor, which keeps its charge; give the wall a"
            f" potential and drive that, walls.{words[1]}.potential"
        )
    return f"{quoted(key)} cannot be driven; {did_you_mean(key, drivable, 'what can be is')}"


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


RELATIVE_STEP = 1e-4
"""Step of a difference quotient as a part of the number."""

STEPS_FROM_ZERO = {"V": 1e-4, "Pa": 10.0, "m^3/s": 1e-20, "mol/m^2/s": 1e-9, "C/m^2": 1e-6, "C": 1e-18}
"""Step from a number that is zero, by its unit."""


def step_from(value: float, unit: str) -> float:
    """Step of a difference quotient by a number of a case."""
    return abs(value) * RELATIVE_STEP or STEPS_FROM_ZERO.get(unit, RELATIVE_STEP)
