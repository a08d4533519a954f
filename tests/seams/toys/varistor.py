"""A toy element of circuits: its current grows with the cube of the voltage."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from meshes.quantity import Unit


class Varistor(Element):
    """Current = coefficient * voltage^3."""

    explanation: ClassVar[str] = "Current = `coefficient` times the cube of the voltage."

    type: Literal["varistor"] = "varistor"
    coefficient: Annotated[float, Unit("A/V^3", "1 nA/V^3", "positive")]
    terminals: Pair

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        voltage = potentials[0] - potentials[1]
        return between(self.coefficient * voltage**3, 3.0 * self.coefficient * voltage**2)
