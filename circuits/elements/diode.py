"""A diode by a closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import PositiveCurrent, PositiveVoltage


class Diode(Element):
    """Shockley's law: current = saturation_current * (exp(voltage / thermal_voltage) - 1)."""

    explanation: ClassVar[str] = (
        "Shockley's law, current = `saturation_current` (exp(voltage / `thermal_voltage`) - 1); the first node is the anode."
    )
    limits_steps: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["diode"] = "diode"
    saturation_current: PositiveCurrent
    thermal_voltage: PositiveVoltage = 0.0256926
    """RT/F times the ideality; that of 298.15 K by default."""
    terminals: Pair

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        # beyond 80 thermal voltages the tangent goes on, so that no step of Newton's method overflows
        voltage = (potentials[0] - potentials[1]) / self.thermal_voltage
        near = min(voltage, 80.0)
        growth = np.exp(near)
        current = self.saturation_current * (np.expm1(near) + growth * (voltage - near))
        return between(current, self.saturation_current * growth / self.thermal_voltage)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        first, second = nodes
        over = f"min(V({first},{second})/{self.thermal_voltage:.12g},80)"
        return [f"B{name} {first} {second} I = {self.saturation_current:.12g}*(exp({over})-1)"]
