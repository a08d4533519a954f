"""Batteries and membranes whose voltage comes from a difference of concentration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import Conductance, Resistance
from circuits.elements.sources import FixedVoltage, source_with_resistance
from meshes.quantity import Temperature, Unit, Whole, misfit
from meshes.quoting import quoted
from solver.physics.constants import thermal_voltage


def _are_two(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise misfit((), f"{quoted(value)} are not two concentrations; write e.g. '[1 mM, 100 mM]'")
    return value


def _is_charged(value: int) -> int:
    if value == 0:
        raise misfit((), "0 carries no charge; write e.g. '1'")
    return value


PositiveConcentration = Annotated[float, Unit("mol/m^3", "1 mM", "positive")]

Concentrations = Annotated[
    tuple[PositiveConcentration, PositiveConcentration],
    BeforeValidator(_are_two),
    Field(examples=["[1 mM, 100 mM]"]),
]
"""On the side of the first node and of the second."""

Valence = Annotated[Whole, BeforeValidator(_is_charged)]


def nernst(concentrations: tuple[float, float], valence: float, temperature: float) -> float:
    """Potential of the first side above that of the second at which an ion is in equilibrium, V (Nernst)."""
    first, second = concentrations
    return float(thermal_voltage(temperature) / valence * np.log(second / first))


class NernstBattery(FixedVoltage):
    """A perfectly selective battery of one ion, with an inner resistance."""

    explanation: ClassVar[str] = (
        "The Nernst potential of an ion of `valence` between `concentrations` (at the first node, the second), less the drop"
        " in `resistance`; the potential at which nothing passes where only this ion can."
    )

    type: Literal["nernst_battery"] = "nernst_battery"
    concentrations: Concentrations
    valence: Valence = 1
    resistance: Resistance | None = None
    temperature: Temperature = 298.15
    terminals: Pair

    def inner_resistance(self) -> float:
        return self.resistance or 0.0

    def voltage_of(self, value: float) -> float:
        return nernst(self.concentrations, self.valence, self.temperature)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, f"DC {self.voltage_of(0.0):.12g}", self.inner_resistance())


class SelectiveMembrane(Element):
    """A membrane between two concentrations of a salt of monovalent ions, linear about its reversal potential."""

    explanation: ClassVar[str] = (
        "Current = `conductance` (voltage - reversal potential), which is `selectivity` (1: passes cations alone, -1: anions,"
        " 0: both alike; twice the transference number of the cation less one) times the Nernst potential of the cation"
        " between `concentrations`."
    )
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["selective_membrane"] = "selective_membrane"
    conductance: Conductance
    concentrations: Concentrations
    selectivity: Annotated[float, Unit("", "1")] = Field(default=1.0, ge=-1.0, le=1.0)
    temperature: Temperature = 298.15
    terminals: Pair

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return between(self.conductance * (potentials[0] - potentials[1] - self.reversal), self.conductance)

    @property
    def reversal(self) -> float:
        """Reversal potential, V."""
        return self.selectivity * nernst(self.concentrations, 1.0, self.temperature)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, f"DC {self.reversal:.12g}", 1.0 / self.conductance)
