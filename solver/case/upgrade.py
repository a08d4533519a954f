"""Case files of earlier formats and names: brought to the present ones, with a note for everything that was renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RENAMED = {"walls.membrane": "walls.membrane_face"}
"""Old and new dotted keys of the channels that the program draws; old ones are understood for one release."""


def upgraded(data: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The data of a case with present keys, and a note for every key that was renamed. Values that name keys (parameters of
    sweeps, driven keys of protocols) are renamed, too."""
    geometry = data.get("geometry")
    if isinstance(geometry, Mapping) and geometry.get("type") == "file":
        return dict(data), ()  # the names of a mesh file are the user's
    found: dict[str, str] = {}
    renamed = _renamed(data, (), found)
    notes = (f"'{old}' is now called '{new}'; the old name will go with the next release" for old, new in found.items())
    return renamed, tuple(notes)


def present_key(parts: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The present name of a dotted key that may be an old one."""
    for old, new in RENAMED.items():
        words = tuple(old.split("."))
        if parts[: len(words)] == words:
            return (*new.split("."), *parts[len(words) :])
    return parts


def written_key(parts: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """The name of a key as data of a case has it: the old one where only that is there."""
    for old, new in RENAMED.items():
        words, names = tuple(old.split(".")), tuple(new.split("."))
        if parts[: len(names)] == names and not _has(data, names) and _has(data, words):
            return (*words, *parts[len(names) :])
    return parts


def _has(data: Any, key: tuple[str, ...]) -> bool:
    for part in key:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _renamed(node: Any, path: tuple[str, ...], found: dict[str, str]) -> Any:
    """A node of the data with present names below a path of present names."""
    if isinstance(node, Mapping):
        result = {}
        for key, value in node.items():
            below = present_key((*path, key)) if len(path) < 2 else (*path, key)
            if below != (*path, key):
                found[".".join(map(str, (*path, key)))] = ".".join(map(str, below))
            name = str(below[-1]) if below != (*path, key) else _text(key, found)
            result[name] = _renamed(value, (*path, name), found)
        return result
    if isinstance(node, (list, tuple)):
        return [_renamed(value, (*path, str(i)), found) for i, value in enumerate(node)]
    if path[:1] == ("study",) and path[-1] in ("driven_terminal", "terminal"):
        return _wall(node, found)
    return _text(node, found) if path and path[0] in ("study", "outputs") else node


def _wall(value: Any, found: dict[str, str]) -> Any:
    """The name of a wall under its present name."""
    for old, new in RENAMED.items():
        if f"walls.{value}" == old:
            found[old] = new
            return new.split(".")[-1]
    return value


def _text(value: Any, found: dict[str, str]) -> Any:
    """A text that is a dotted key, under its present name."""
    if not isinstance(value, str):
        return value
    for old, new in RENAMED.items():
        if value == old or value.startswith(f"{old}."):
            found[old] = new
            return new + value[len(old) :]
    return value
