"""A bipolar membrane of two oppositely charged halves between equal reservoirs, as an element in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np

from circuits.arrays import Array
from circuits.elements.base import Element, Own, Pair, Terms
from meshes.quantity import Diffusivity, PositiveLength, Temperature, Unit
from solver.physics.constants import FARADAY, thermal_voltage


class BipolarDiode(Element):
    """Electroneutral bipolar membrane of one symmetric 1:1 salt with equal diffusivities.

    With X = fixed_charge / concentration, voltages in RT/F and currents in F D c0 A / L,

        V = 2 [asinh(X / 2 c_m) - asinh(X / 2) - (S_m - S_0) / X],   S^2 = X^2 + 4 c^2,   c_m^2 = 1 - X I / 4,

    from Donnan equilibria at both ends and at the junction: c_m is the concentration of salt outside, over that of the
    reservoirs, that would be in equilibrium with the junction. Its own unknown is ln c_m.
    """

    explanation: ClassVar[str] = (
        "Bipolar membrane of two halves with fixed charge `fixed_charge` and its negative (mol/m^3), electroneutral, between"
        " reservoirs of one `concentration`: the current saturates forward and grows with the square of the voltage"
        " backward. The first node is at the half of positive fixed charge."
    )
    limits_steps: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["bipolar_diode"] = "bipolar_diode"
    fixed_charge: Annotated[float, Unit("mol/m^3", "40 mM", "positive")]
    concentration: Annotated[float, Unit("mol/m^3", "10 mM", "positive")]
    diffusivity: Diffusivity
    length: PositiveLength
    area: Annotated[float, Unit("m^2", "1 um^2", "positive")]
    temperature: Temperature = 298.15
    terminals: Pair

    @property
    def thermal_voltage(self) -> float:
        """RT/F, V."""
        return thermal_voltage(self.temperature)

    @property
    def unit_current(self) -> float:
        """F D c0 A / L, A."""
        return FARADAY * self.diffusivity * self.concentration * self.area / self.length

    def own(self) -> tuple[Own, ...]:
        return (Own("logarithm_at_junction", "", np.inf),)

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        ratio = self.fixed_charge / self.concentration
        middle = np.exp(min(own[0], 300.0))
        current = 4.0 * (1.0 - middle**2) / ratio
        of_middle, outside = np.hypot(ratio, 2.0 * middle), np.hypot(ratio, 2.0)
        voltage = 2.0 * (np.arcsinh(ratio / (2.0 * middle)) - np.arcsinh(ratio / 2.0) - (of_middle - outside) / ratio)
        # d asinh(X / 2 c) / d ln c = -X / S, d S / d ln c = 4 c^2 / S
        slope = -2.0 * ratio / of_middle - 8.0 * middle**2 / (of_middle * ratio)
        unit, thermal = self.unit_current, self.thermal_voltage
        by_own = -8.0 * middle**2 / ratio
        values = np.array([unit * current, -unit * current, (potentials[0] - potentials[1]) / thermal - voltage])
        slopes = np.array(
            [[0.0, 0.0, unit * by_own], [0.0, 0.0, -unit * by_own], [1.0 / thermal, -1.0 / thermal, -slope]]
        )
        return Terms(values, slopes)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        # the node's voltage is ln c_m over the tenth of a volt
        first, second = nodes
        ratio = self.fixed_charge / self.concentration
        middle = f"exp(min(10*V({name}__junction),300))"
        of_middle, outside = f"sqrt({ratio**2:.12g}+4*{middle}*{middle})", np.hypot(ratio, 2.0)
        donnan = f"asinh({0.5 * ratio:.12g}/{middle})-{np.arcsinh(0.5 * ratio):.12g}"
        voltage = f"2*({donnan}-({of_middle}-{outside:.12g})/{ratio:.12g})"
        return [
            f"B{name}__junction {name}__junction 0 I = {voltage}-V({first},{second})/{self.thermal_voltage:.12g}",
            f"B{name} {first} {second} I = {4.0 * self.unit_current / ratio:.12g}*(1-{middle}*{middle})",
        ]
