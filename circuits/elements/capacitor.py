"""A capacitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import Capacitance
from meshes.quantity import Voltage


class Capacitor(Element):
    """Charge = capacitance * voltage."""

    explanation: ClassVar[str] = (
        "Charge = `capacitance` times voltage; no current in a steady state. `initial` gives the voltage with which a run in"
        " time starts; the voltage of the operating point without it. Capacitances beside it share its charge at once."
    )
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["capacitor"] = "capacitor"
    capacitance: Capacitance
    initial: Voltage | None = None
    terminals: Pair

    @property
    def conducts(self) -> bool:
        return False

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return between(0.0, 0.0)

    def stored(self, potentials: Array, own: Array) -> Terms:
        return between(self.capacitance * (potentials[0] - potentials[1]), self.capacitance)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return [f"C{name} {' '.join(nodes)} {self.capacitance:.12g}"]
