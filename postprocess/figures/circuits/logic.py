"""Results of circuits that were computed as logic, as their figures read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from circuits.arrays import Array
from postprocess.tables.circuit import CircuitResult


@dataclass(frozen=True)
class Logic:
    """The result of a circuit that was computed as logic.

    Attributes:
        table: observables.csv.
        study: as in run.json, in SI units: `inputs`, `outputs`, ..
    """

    table: pd.DataFrame
    study: Mapping[str, Any]

    @classmethod
    def of(cls, result: CircuitResult) -> Logic:
        """That of a result."""
        return cls(result.observables, result.run["case"]["study"])

    @property
    def outputs(self) -> Sequence[str]:
        """Nodes."""
        found: Sequence[str] = self.study["outputs"]
        return found

    @property
    def inputs(self) -> Mapping[str, Mapping[str, Any]]:
        """Levels of the inputs by the names of their sources."""
        found: Mapping[str, Mapping[str, Any]] = self.study["inputs"]
        return found

    @property
    def threshold(self) -> float:
        """Potential of an output from which it is 1, V."""
        if self.study.get("threshold") is not None:
            return float(self.study["threshold"])
        first = next(iter(self.inputs.values()))
        return 0.5 * (float(first["low"]) + float(first["high"]))

    def column(self, header: str) -> Array:
        """Numbers of a column."""
        return np.asarray(self.table[header], dtype=np.float64)

    def potential(self, node: str) -> Array:
        """Potential of a node in every row, V."""
        return self.column(f"potential_{node} [V]")

    def voltage(self, name: str) -> Array:
        """Voltage of an input in every row, V."""
        return self.column(f"voltage_{name} [V]")

    def is_high(self, name: str, row: int) -> bool:
        """Whether an input is nearer its voltage of 1 in a row."""
        levels, voltage = self.inputs[name], self.voltage(name)[row]
        return bool(abs(voltage - float(levels["high"])) < abs(voltage - float(levels["low"])))
