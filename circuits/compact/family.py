"""Compact models of one device at several values of a parameter, such as a pressure or a concentration.

A file may hold either; `compact_model_at` gives the model at a value that need not be among them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from circuits.arrays import Array
from circuits.compact.model import FORMAT, Branch, CompactModel, ModelError, read_tree
from meshes.quantity import parse

BY_FACTORS = 3.0
"""Where neighbouring values of a parameter differ by this factor or more, its logarithm is what tables are smooth in."""


@dataclass(frozen=True)
class CompactFamily:
    """Models on the same voltages, between which monotone cubics go (of the logarithms of conductances and times).

    Attributes:
        parameter: header of the parameter, "terminals.base.pressure [Pa]".
        values: of the parameter, ascending.
        models: one for each value.
        source: what the models were made from, and how well they reproduce that.
    """

    parameter: str
    values: tuple[float, ...]
    models: tuple[CompactModel, ...]
    source: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.values) < 2 or len(self.values) != len(self.models) or not (np.diff(self.values) > 0.0).all():
            raise ModelError("needs at least two ascending values of its parameter, and as many models")
        first = self.models[0]
        for model in self.models[1:]:
            alike = model.voltages == first.voltages and model.terminals == first.terminals
            if not alike or [len(b.times) for b in model.branches] != [len(b.times) for b in first.branches]:
                raise ModelError("has models that differ in their voltages, terminals or kinds of branches")

    def at(self, value: float) -> CompactModel:
        """The model at a value of the parameter, in SI units.

        Raises:
            ModelError: there are no models on both sides of it.
        """
        if not self.values[0] <= value <= self.values[-1]:
            text = f"holds models for '{self.parameter}' from {self.values[0]:g} to {self.values[-1]:g}"
            raise ModelError(f"{text}, and none for {value:g}")
        if value in self.values:
            return self.models[self.values.index(value)]
        models, first = self.models, self.models[0]
        branches = tuple(
            Branch(
                self._between(value, [model.branches[k].weight for model in models])[0],
                _positive(self._between(value, np.log([model.branches[k].times for model in models]))),
            )
            if branch.times
            else replace(branch, weight=float(self._between(value, [model.branches[k].weight for model in models])[0]))
            for k, branch in enumerate(first.branches)
        )
        return replace(
            first,
            conductances=_positive(self._between(value, np.log([model.conductances for model in models]))),
            branches=branches,
            reversal=float(self._between(value, [model.reversal for model in models])[0]),
            capacitance=float(self._between(value, [model.capacitance for model in models])[0]),
            source={**self.source, "parameter": self.parameter, "value": value},
        )

    def _between(self, value: float, tables: Sequence[Any] | Array) -> Array:
        """Numbers at a value, from those at all values."""
        from scipy.interpolate import PchipInterpolator

        places, at = np.array(self.values), value
        if places[0] > 0.0 and (places[1:] / places[:-1]).max() >= BY_FACTORS:
            places, at = np.log(places), float(np.log(value))
        rows = np.asarray(tables, dtype=float).reshape(len(places), -1)
        return np.asarray(PchipInterpolator(places, rows, axis=0)(at), dtype=float)

    def write(self, file: Path) -> None:
        """Write the models as JSON."""
        models = [{key: entry for key, entry in model.to_tree().items() if key != "format"} for model in self.models]
        tree = {"format": FORMAT, "parameter": self.parameter, "values": self.values, "models": models}
        file.write_text(json.dumps({**tree, "source": self.source}, indent=1) + "\n", encoding="utf-8")


def read_models(file: Path) -> CompactModel | CompactFamily:
    """What the file of a compact model holds.

    Raises:
        ModelError: no model.
        OSError: it cannot be read.
    """
    data = read_tree(file)
    if "models" not in data:
        return CompactModel.from_tree(data)
    try:
        models = tuple(CompactModel.from_tree(each) for each in data["models"])
        values = tuple(float(value) for value in data["values"])
        return CompactFamily(str(data["parameter"]), values, models, data.get("source", {}))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"lacks or misspells an entry ({error})") from None


def compact_model_at(file: Path | str, at: str | float | None = None) -> CompactModel:
    """The model of a file.

    at: value of its parameter where it holds models for several, in SI units or as a text with a unit.

    Raises:
        ModelError: it holds none, or none there.
        OSError: it cannot be read.
    """
    found = read_models(Path(file))
    if isinstance(found, CompactModel):
        if at is not None:
            raise ModelError("holds one model alone, which is that of no value; leave out 'parameter'")
        return found
    unit = found.parameter.partition(" [")[2].removesuffix("]")
    if at is None:
        raise ModelError(
            f"holds models for '{found.parameter}' from {found.values[0]:g} to {found.values[-1]:g}; say for which value,"
            f" e.g. 'parameter: {found.values[0]:g} {unit}'"
        )
    try:
        value = parse(at, unit)
    except ValueError as error:
        raise ModelError(f"holds models for '{found.parameter}': {error}") from None
    return found.at(value)


def _positive(logarithms: Array) -> tuple[float, ...]:
    return tuple(np.exp(logarithms).tolist())
