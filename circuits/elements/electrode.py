"""A reversible electrode in a compartment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from circuits.arrays import Array
from circuits.compartments.solutions import Compartment
from circuits.elements.base import Element, Pair, Terms
from circuits.elements.quantities import Resistance
from circuits.elements.sources import FixedVoltage, source_with_resistance
from meshes.quantity import Temperature, Voltage, did_you_mean, misfit
from meshes.quoting import quoted
from solver.physics.constants import thermal_voltage

MOLAR = 1e3
"""mol/m^3 of an electrode's standard potential."""


class Electrode(FixedVoltage):
    """The potential of a metal above the solution in front of it, in equilibrium with one of its ions."""

    explanation: ClassVar[str] = (
        "A reversible electrode, such as silver/silver chloride: the first node, the metal, is above the second, the solution"
        " of `compartment`, by the `standard` potential + RT/(zF) ln(c / 1 M) of the `ion` with which it is in equilibrium"
        " (that of the compartment's `electrode` by default), less the drop in `resistance`."
    )

    type: Literal["electrode"] = "electrode"
    compartment: str = Field(min_length=1)
    ion: str | None = None
    standard: Voltage = 0.0
    """That of the pair in use, which cancels between two electrodes of the same kind."""
    resistance: Resistance | None = None
    temperature: Temperature = 298.15
    terminals: Pair

    _solution: Compartment | None = PrivateAttr(default=None)
    _ion: str = PrivateAttr(default="")

    def inner_resistance(self) -> float:
        return self.resistance or 0.0

    def inside(self) -> Mapping[str, str]:
        return {"to": self.compartment}

    def within(self, solutions: Mapping[str, Compartment]) -> Element:
        solution = solutions[self.compartment]
        charged = [name for name, z in solution.valences.items() if z]
        ion = self.ion or solution.electrode
        if ion is None:
            raise misfit("ion", f"is missing: that with which it is in equilibrium; write e.g. 'ion: {charged[-1]}'")
        if ion not in charged:
            raise misfit("ion", f"no ion {quoted(ion)}; {did_you_mean(ion, charged, 'the ions are')}")
        if solution.is_finite and ion != solution.electrode:
            raise misfit("ion", f"the current enters this compartment by {quoted(solution.electrode)}; leave it out")
        found = self.model_copy()
        found._solution, found._ion = solution, ion
        return found

    def follows(self) -> tuple[tuple[str, str], ...]:
        if self._solution is None or not self._solution.is_finite:
            return ()
        return ((self.compartment, self._ion),)

    @property
    def _unit(self) -> float:
        """Change of its voltage with the logarithm of the concentration, V."""
        assert self._solution is not None
        return thermal_voltage(self.temperature) / self._solution.valences[self._ion]

    def voltage_of(self, value: float) -> float:
        assert self._solution is not None
        return self.standard + self._unit * float(np.log(self._solution.concentrations[self._ion] / MOLAR))

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, f"DC {self.voltage_of(0.0):.12g}", self.inner_resistance())

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        current, unknowns, unit = own[0], own[1:], self._unit
        held = self.standard + unit * (unknowns[0] - np.log(MOLAR)) if len(unknowns) else self.voltage_of(0.0)
        size, resistance = 3 + len(unknowns), self.inner_resistance()
        values, slopes = np.zeros(size), np.zeros((size, size))
        values[:3] = current, -current, potentials[0] - potentials[1] - held - resistance * current
        slopes[:2, 2] = 1.0, -1.0
        slopes[2, :3] = 1.0, -1.0, -resistance
        slopes[2, 3:] = -unit
        return Terms(values, slopes)
