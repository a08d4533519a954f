"""An inductor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from circuits.arrays import Array
from circuits.elements.base import Element, Own, Pair, Terms
from circuits.elements.quantities import Inductance, PositiveCurrent


class Inductor(Element):
    """Voltage = inductance times the rate of change of the current, which is an unknown."""

    explanation: ClassVar[str] = (
        "Voltage = `inductance` times the rate of change of the current; a wire in a steady state."
    )
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["inductor"] = "inductor"
    inductance: Inductance
    current_scale: PositiveCurrent = 1e-12
    """Size of its current, to which the errors of time steps are relative."""
    terminals: Pair

    @property
    def fixes_voltage(self) -> bool:
        return True

    def own(self) -> tuple[Own, ...]:
        return (Own("current", "A", self.current_scale, stored=True),)

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return series(own[0], potentials[1] - potentials[0], np.array([-1.0, 1.0, 0.0]))

    def stored(self, potentials: Array, own: Array) -> Terms:
        slopes = np.zeros((3, 3))
        slopes[2, 2] = self.inductance
        return Terms(np.array([0.0, 0.0, self.inductance * own[0]]), slopes)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return [f"L{name} {' '.join(nodes)} {self.inductance:.12g}"]


def series(current: float, equation: float, slopes: Array) -> Terms:
    """Terms of an element whose own unknown is its current, with the value of its own equation and its derivatives by both
    potentials and the current."""
    by_all = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], slopes])
    return Terms(np.array([current, -current, equation]), by_all)
