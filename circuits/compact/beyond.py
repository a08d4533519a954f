"""Whether compact models are used at voltages that their tables do not reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from circuits.description.circuit import Circuit
from circuits.elements.compact import Compact


class Beyond:
    """Watches the rows of a study."""

    def __init__(self, circuit: Circuit) -> None:
        self._ground = circuit.ground
        self._elements = {name: each for name, each in circuit.elements.items() if isinstance(each, Compact)}
        self._farthest: dict[str, float] = {}

    def see(self, columns: Mapping[str, Any]) -> None:
        """Look at a row. columns: by header."""
        for name, element in self._elements.items():
            heads = [f"potential_{node} [V]" for node in element.terminals]
            if any(
                head not in columns for head, node in zip(heads, element.terminals, strict=True) if node != self._ground
            ):
                continue  # of a study whose rows are no states
            first, second = (
                0.0 if node == self._ground else columns[head]
                for head, node in zip(heads, element.terminals, strict=True)
            )
            voltage = float(first) - float(second)
            if not element.loaded.is_within(voltage) and abs(voltage) > abs(self._farthest.get(name, 0.0)):
                self._farthest[name] = voltage

    def notes(self) -> Iterator[str]:
        """A line for each element that was used beyond its tables."""
        for name, voltage in self._farthest.items():
            low, high = self._elements[name].loaded.voltages[0], self._elements[name].loaded.voltages[-1]
            yield (
                f"the voltage of '{name}' reaches {voltage:.4g} V, where its model, from {low:.4g} to {high:.4g} V, has the"
                " conductance of its last voltage; fit it to a longer sweep"
            )
