"""What the cases of several results differ in, and short names for them that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from postprocess.tables.circuit import CircuitResult
from postprocess.tables.result import Result
from postprocess.tables.units import quantity, readable
from solver.inputs.errors import CaseError

NO_MATTER = ("title", "format", "outputs")
"""Keys of a case that say nothing about the device or how it was computed."""
NUMERICS = ("mesh", "solver", "study.range", "study.values", "study.tolerance", "study.fields_at", "study.rows")
"""Keys about how the device was computed, which count only where nothing else differs."""
ELEMENTS, PROTOCOL = "circuit.elements.", ".protocol."
"""Parts of the keys of circuits."""
NAMED = 3  # differences that a name has
MISSING = object()


@dataclass(frozen=True)
class Difference:
    """A key in which cases differ.

    Attributes:
        key: dotted key of the case.
        values: one a result, SI numbers or whatever else the case has there.
        unit: SI unit, "" without one.
    """

    key: str
    values: tuple[Any, ...]
    unit: str = ""

    @property
    def numbers(self) -> list[float] | None:
        """The values, if all are numbers."""
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in self.values):
            return None
        return [float(value) for value in self.values]

    def text(self, i: int, name: str) -> str:
        """The value of a result after the name of the key: "surface charge −10 mC/m²"."""
        value = self.values[i]
        if value is MISSING or value is None or isinstance(value, Mapping):
            return f"{'no' if value is MISSING or value is None else 'with'} {name}"
        if isinstance(value, bool):
            return f"{name} {'on' if value else 'off'}"
        if isinstance(value, int | float):
            return f"{name} {quantity(float(value), self.unit, 5)}"
        return f"{name} {value}"


def differences(results: Sequence[Result | CircuitResult]) -> list[Difference]:
    """Keys in which the cases of results differ, those about the device if there are any, else those of the computing."""
    cases = [dict(result.run.get("case") or {}) for result in results]
    found = [each for each in _differing((), cases) if not _begins(each[0], NO_MATTER)]
    about = [each for each in found if not _begins(each[0], NUMERICS)] or found
    return [Difference(key, values, _unit(results, key)) for key, values in about]


def names_of(results: Sequence[Result | CircuitResult]) -> list[str]:
    """A name for each result that says in what its case differs from the others; else the name of its folder."""
    found = differences(results)
    folders = [result.name if result.path is None else result.path.resolve().name for result in results]
    if not found or len(found) > NAMED + 3 or any(isinstance(value, list) for each in found for value in each.values):
        return distinct(folders)
    words = [key_words(each.key, [other.key for other in found]) for each in found]
    named = []
    for i in range(len(results)):
        texts = list(dict.fromkeys(each.text(i, word) for each, word in zip(found, words, strict=True)))
        named.append(", ".join([*texts[:NAMED], *(["…"] if len(texts) > NAMED else [])]))
    return named if len(set(named)) == len(named) else distinct(folders)


def key_words(key: str, others: Sequence[str] = ()) -> str:
    """Short name of a key, of which it says no more than tells it apart from others: "surface charge"."""
    last = key.rpartition(".")[2]
    if key.startswith(ELEMENTS):
        name = key.split(".")[2]
        word = "" if last in ("to", "value") and PROTOCOL in key else last.replace("_", " ")
        return f"{word} of {name}" if PROTOCOL not in key else f"{name} {word}".rstrip()
    alone = all(other == key or other.rpartition(".")[2] != last for other in others)
    return last.replace("_", " ") if key.startswith(("walls.", "geometry.")) and alone else readable(key)


def distinct(names: list[str]) -> list[str]:
    """Names with a number before each where two of them are the same."""
    return names if len(set(names)) == len(names) else [f"{i}: {name}" for i, name in enumerate(names, 1)]


def _begins(key: str, starts: Sequence[str]) -> bool:
    return any(key == start or key.startswith(f"{start}.") for start in starts)


def _differing(at: tuple[str, ...], nodes: Sequence[Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """Keys below a place whose values are not the same, with the values."""
    if all(node == nodes[0] for node in nodes[1:]):
        return []
    if all(isinstance(node, Mapping) for node in nodes):
        keys = list(dict.fromkeys(key for node in nodes for key in node))
        return [each for key in keys for each in _differing((*at, str(key)), [n.get(key, MISSING) for n in nodes])]
    if all(isinstance(node, list) and len(node) == len(nodes[0]) for node in nodes) and at:
        return [each for i in range(len(nodes[0])) for each in _differing((*at, str(i)), [node[i] for node in nodes])]
    return [(".".join(at), tuple(nodes))]


def _unit(results: Sequence[Result | CircuitResult], key: str) -> str:
    for result in results:
        if isinstance(result, CircuitResult):
            return result.unit_of(key)
        try:
            return result.case.unit(key)
        except (CaseError, ValueError):  # no number there, or a case of an earlier version
            continue
    return ""
