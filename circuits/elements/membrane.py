"""Batteries and membranes whose voltage comes from a difference of concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PrivateAttr, model_validator
from typing_extensions import Self

from circuits.arrays import Array
from circuits.compartments.sides import Sides
from circuits.compartments.solutions import Compartment
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import Conductance, Resistance
from circuits.elements.sources import FixedVoltage, source_with_resistance
from meshes.quantity import Temperature, Unit, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.physics.constants import FARADAY, thermal_voltage


def _are_two(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise misfit((), f"{quoted(value)} are not two concentrations; write e.g. '[1 mM, 100 mM]'")
    return value


def _is_charged(value: int) -> int:
    if value == 0:
        raise misfit((), "0 carries no charge; write e.g. '1'")
    return value


def _are_compartments(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(isinstance(name, str) for name in value):
        raise misfit((), f"{quoted(value)} is no pair of compartments; write e.g. '[cell, bath]'")
    if value[0] == value[1]:
        raise misfit((), f"both sides are {quoted(value[0])}; name two compartments")
    return tuple(value)


PositiveConcentration = Annotated[float, Unit("mol/m^3", "1 mM", "positive")]

Concentrations = Annotated[
    tuple[PositiveConcentration, PositiveConcentration],
    BeforeValidator(_are_two),
    Field(examples=["[1 mM, 100 mM]"]),
]
"""On the side of the first node and of the second."""

Between = Annotated[tuple[str, str], BeforeValidator(_are_compartments), Field(examples=["[cell, bath]"])]
"""The compartments at the first node and at the second."""

Valence = Annotated[Whole, BeforeValidator(_is_charged)]


def nernst(concentrations: tuple[float, float], valence: float, temperature: float) -> float:
    """Potential of the first side above that of the second at which an ion is in equilibrium, V (Nernst)."""
    first, second = concentrations
    return float(thermal_voltage(temperature) / valence * np.log(second / first))


class BetweenSolutions(Element):
    """What has two solutions at its sides, by their concentrations or as compartments."""

    concentrations: Concentrations | None = None
    compartments: Between | None = None

    _sides: Sides | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _given_once(self) -> Self:
        if self.concentrations is None and self.compartments is None:
            raise misfit("concentrations", "is missing; write e.g. '[1 mM, 100 mM]', or name 'compartments'")
        if self.concentrations is not None and self.compartments is not None:
            raise misfit("concentrations", "follow from the 'compartments'; leave one of them out")
        return self

    def inside(self) -> Mapping[str, str]:
        return {} if self.compartments is None else dict(zip(("from", "to"), self.compartments, strict=True))

    def within(self, solutions: Mapping[str, Compartment]) -> Element:
        if self.compartments is None:
            return self
        first, second = (solutions[name] for name in self.compartments)
        ions = self.passing(first)
        for ion in ions:
            if ion not in second.valences:
                text = f"{quoted(self.compartments[1])} holds no {quoted(ion)}, which passes here; add it there"
                raise misfit("compartments", text)
        found = self.model_copy()
        found._sides = Sides(self.compartments, solutions, ions)
        return found

    def passing(self, solution: Compartment) -> tuple[str, ...]:
        """The ions that pass between solutions like one of them.

        Raises a misfit.
        """
        raise NotImplementedError

    @property
    def sides(self) -> Sides | None:
        """Both solutions; None where concentrations are given."""
        return self._sides

    def follows(self) -> tuple[tuple[str, str], ...]:
        return () if self._sides is None else self._sides.follows


class NernstBattery(BetweenSolutions, FixedVoltage):
    """A perfectly selective battery of one ion, with an inner resistance."""

    explanation: ClassVar[str] = (
        "The Nernst potential of an ion of `valence` between `concentrations` (at the first node, the second), less the drop"
        " in `resistance`; the potential at which nothing passes where only this ion can. Between `compartments` it is the"
        " `ion` named that passes, and carries the current from one to the other."
    )

    type: Literal["nernst_battery"] = "nernst_battery"
    valence: Valence = 1
    ion: str | None = None
    """The species that passes between compartments."""
    resistance: Resistance | None = None
    temperature: Temperature = 298.15
    terminals: Pair

    @model_validator(mode="after")
    def _names_its_ion(self) -> Self:
        if self.compartments is not None and self.ion is None:
            raise misfit("ion", "is missing: the species that passes between the compartments; write e.g. 'ion: K'")
        if self.compartments is not None and "valence" in self.model_fields_set:
            raise misfit("valence", "is that of the 'ion'; leave it out")
        if self.compartments is None and self.ion is not None:
            raise misfit("ion", "has a meaning between 'compartments' alone; leave it out, and write a 'valence'")
        return self

    def passing(self, solution: Compartment) -> tuple[str, ...]:
        charged = [name for name, z in solution.valences.items() if z]
        if self.ion not in charged:
            raise misfit("ion", f"no ion {quoted(self.ion)}; {did_you_mean(self.ion, charged, 'the ions are')}")
        return (str(self.ion),)

    def inner_resistance(self) -> float:
        return self.resistance or 0.0

    def voltage_of(self, value: float) -> float:
        if self.sides is not None:
            (ratio,), (valence,) = self.sides.ratios(self.sides.initial), self.sides.valences
            return float(thermal_voltage(self.temperature) / valence * ratio)
        assert self.concentrations is not None
        return nernst(self.concentrations, self.valence, self.temperature)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, f"DC {self.voltage_of(0.0):.12g}", self.inner_resistance())

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        sides = self.sides
        if sides is None:
            return super().flows(potentials, own, value)
        current, unknowns, (valence,) = own[0], own[1:], sides.valences
        unit, resistance = thermal_voltage(self.temperature) / valence, self.inner_resistance()
        size = 3 + len(unknowns)
        values, slopes = np.zeros(size), np.zeros((size, size))
        reversal = unit * sides.ratios(unknowns)[0]
        values[:3] = current, -current, potentials[0] - potentials[1] - reversal - resistance * current
        slopes[:2, 2] = 1.0, -1.0
        slopes[2, :3] = 1.0, -1.0, -resistance
        slopes[2, 3:] = -unit * sides.by_unknowns()[0]
        values[3:] = sides.leaving(np.array([current / (valence * FARADAY)]))
        slopes[3:, 2] = sides.leaving(np.array([1.0 / (valence * FARADAY)]))
        return Terms(values, slopes)


class SelectiveMembrane(BetweenSolutions):
    """A membrane between two concentrations of a salt, linear about the reversal potentials of its ions."""

    explanation: ClassVar[str] = (
        "Current = `conductance` (voltage - reversal potential), which is `selectivity` (1: passes cations alone, -1: anions,"
        " 0: both alike; twice the transference number of the cation less one) times the Nernst potential of the cation"
        " between `concentrations` of a salt of monovalent ions. Between `compartments` of one salt its two ions pass by"
        " themselves, each driven by the distance from its own Nernst potential with its part of the conductance: salt leaks"
        " without a current where the selectivity is neither 1 nor -1."
    )
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["selective_membrane"] = "selective_membrane"
    conductance: Conductance
    selectivity: Annotated[float, Unit("", "1")] = Field(default=1.0, ge=-1.0, le=1.0)
    temperature: Temperature = 298.15
    terminals: Pair

    def passing(self, solution: Compartment) -> tuple[str, ...]:
        cations = [name for name, z in solution.valences.items() if z > 0]
        anions = [name for name, z in solution.valences.items() if z < 0]
        if len(cations) != 1 or len(anions) != 1:
            names = ", ".join(solution.valences)
            raise misfit("compartments", f"this membrane is between solutions of one salt; these have {names}")
        return cations[0], anions[0]

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        voltage, sides = potentials[0] - potentials[1], self.sides
        if sides is None:
            return between(self.conductance * (voltage - self.reversal), self.conductance)
        valences, by_unknowns = sides.valences, sides.by_unknowns()
        units = thermal_voltage(self.temperature) / valences
        parts = self.conductance * np.array([0.5 * (1.0 + self.selectivity), 0.5 * (1.0 - self.selectivity)])
        currents = parts * (voltage - units * sides.ratios(own))
        of_current = np.concatenate([[parts.sum(), -parts.sum()], -(parts * units) @ by_unknowns])
        of_each = np.hstack([np.outer(parts, [1.0, -1.0]), -(parts * units)[:, None] * by_unknowns])
        amounts = valences * FARADAY
        leaving = sides.leaving(of_each / amounts[:, None]).reshape(len(own), 2 + len(own))
        values = np.concatenate([[currents.sum(), -currents.sum()], sides.leaving(currents / amounts)])
        return Terms(values, np.vstack([of_current, -of_current, leaving]))

    @property
    def reversal(self) -> float:
        """Reversal potential of concentrations that are given, or at the beginning, V."""
        if self.sides is not None:
            parts = 0.5 * np.array([1.0 + self.selectivity, 1.0 - self.selectivity])
            units = thermal_voltage(self.temperature) / self.sides.valences
            return float(parts @ (units * self.sides.ratios(self.sides.initial)))
        assert self.concentrations is not None
        return self.selectivity * nernst(self.concentrations, 1.0, self.temperature)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, f"DC {self.reversal:.12g}", 1.0 / self.conductance)
