"""A resistor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import Resistance


class Resistor(Element):
    """Current = voltage / resistance."""

    explanation: ClassVar[str] = "Current = voltage / `resistance`."
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["resistor"] = "resistor"
    resistance: Resistance
    terminals: Pair

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return between((potentials[0] - potentials[1]) / self.resistance, 1 / self.resistance)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return [f"R{name} {' '.join(nodes)} {self.resistance:.12g}"]
