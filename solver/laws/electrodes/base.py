"""What the kinetics of an electrode reaction has to tell: the current that it passes from the metal into the liquid.

Every reaction is read as an oxidation that makes n electrons, reduced = oxidised + n e-. Its driving force is

    x = n (V - phi - E0) / V_T,

with the potential V of the metal, phi of the liquid at the plane of reaction, and the potential E0 at which the reaction
rests where all species have their reference concentrations. With a_red, a_ox (products of activities over reference
concentrations; the activities are the concentrations in ideal solutions) it rests where exp(x) = a_ox / a_red, which is
Nernst's equation. Only the rate constant of the
oxidation is a formula of its own: that of the reduction is exp(-x) times it, so that detailed balance is exact.
Activities and potential are those at the plane of reaction (Frumkin's correction): in front of a Stern layer, or at the
metal where there is none.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, field_validator

from meshes.quantity import Description, Unit, Voltage, misfit
from solver.laws.algebra import Algebra
from solver.laws.equation import Dissolved, Equation

STANDARD_CONCENTRATION = 1e3
"""mol/m^3 of a species whose reference concentration is not given."""

CurrentDensity = Annotated[float, Unit("A/m^2", "1 A/m^2")]
PositiveCurrentDensity = Annotated[float, Unit("A/m^2", "1 A/m^2", "positive")]


@dataclass(frozen=True)
class Interface:
    """Both sides of the interface of a metal and the liquid as numbers or symbolic expressions.

    Attributes:
        drive: x, see above.
        reduced, oxidised: activities of both sides of the reaction.
        electrons: n of the reaction.
        thermal_voltage: V.
        coefficients: values of the kinetics' coefficients by name, SI.
    """

    drive: Any
    reduced: Any
    oxidised: Any
    electrons: int
    thermal_voltage: Any
    coefficients: Mapping[str, Any]


class ElectrodeKinetics(Description):
    """Reaction at an electrode. A subclass is one kind: its keys, its formula, its source."""

    equation: str = Field(examples=["Ag + Cl- = AgCl + e-"])
    """The reaction, oxidation or reduction, with its electrons `e-`. What is no species of the electrolyte is a solid (or
    the solvent). Terms are separated by ` + `; `(s)` marks a solid that is named like a species."""
    equilibrium_potential: Voltage = 0.0
    """Potential of the metal against the liquid at which the reaction rests at the reference concentrations: the standard
    potential where these are 1 M. Only differences between electrodes matter."""
    reference_concentrations: dict[str, Annotated[float, Unit("mol/m^3", "10 mM", "positive")]] = Field(
        default={}, examples=["{Cl: 10 mM}"]
    )
    """Concentrations of dissolved species to which the equilibrium potential and the exchange current belong; 1 M of those
    that are left out. In an electrolyte that is not ideal they are activities."""

    @field_validator("equation", mode="after")
    @classmethod
    def _is_an_equation(cls, text: str) -> str:
        try:
            Equation.of(text)
        except ValueError as error:
            raise misfit((), str(error)) from None
        return text

    @cached_property
    def parsed(self) -> Equation:
        """The equation."""
        return Equation.of(self.equation)

    @property
    @abstractmethod
    def values(self) -> Mapping[str, float]:
        """SI values of its own numbers that may change without new forms."""

    @property
    def form(self) -> object:
        """What else enters the formula: reactions that differ in it need forms of their own."""
        return None

    @abstractmethod
    def current_density(self, s: Interface, m: Algebra) -> Any:
        """Current from the metal into the liquid in A/m^2: positive where it oxidises."""

    def coefficients(self) -> dict[str, float]:
        """Names below the reaction and SI values of all numbers that may change without new forms."""
        found = {"equilibrium_potential": self.equilibrium_potential, **self.values}
        return found | {f"reference_concentrations.{name}": c for name, c in self.reference_concentrations.items()}

    @property
    def drivable(self) -> tuple[str, ...]:
        """Names of the coefficients that a protocol can drive."""
        return tuple(self.coefficients())

    @property
    def structure(self) -> object:
        """Everything of it that is no coefficient."""
        return (type(self).__name__, self.equation, tuple(self.coefficients()), self.form)

    def objection(self, valences: Mapping[str, int]) -> tuple[str, str] | None:
        """Key below the reaction and why it cannot happen between species of these valences; None when it can."""
        if text := self.parsed.objection(valences):
            return "equation", f"{self.equation!r}: {text}"
        made = self.parsed.dissolved(valences).made
        for name in self.reference_concentrations:
            if name not in made:
                return f"reference_concentrations.{name}", (
                    f"takes no part in {self.equation!r}; its species are {', '.join(made)}"
                )
        return None

    def interface(
        self, activities: Mapping[str, Any], difference: Any, thermal_voltage: Any, values: Mapping[str, Any]
    ) -> tuple[Dissolved, Interface]:
        """The reaction among the species, and its interface.

        activities: mol/m^3 at the plane of reaction. difference: V of the metal against the liquid there. values: of
        the coefficients.
        """
        reaction = self.parsed.dissolved(activities)
        sides: dict[bool, Any] = {True: 1.0, False: 1.0}
        for name, count in reaction.made.items():
            reference = values.get(f"reference_concentrations.{name}", STANDARD_CONCENTRATION)
            sides[count > 0] = sides[count > 0] * (activities[name] / reference) ** abs(count)
        drive = reaction.electrons * (difference - values["equilibrium_potential"]) / thermal_voltage
        return reaction, Interface(drive, sides[False], sides[True], reaction.electrons, thermal_voltage, values)


class ActivatedKinetics(ElectrodeKinetics):
    """Kinetics with an exchange current: i = i0 k(x) (a_red - a_ox exp(-x))."""

    exchange_current: PositiveCurrentDensity
    """Current density that both directions have where the reaction rests at its reference concentrations."""

    @property
    def values(self) -> Mapping[str, float]:
        """The exchange current."""
        return {"exchange_current": self.exchange_current}

    @abstractmethod
    def constant(self, s: Interface, m: Algebra) -> Any:
        """Rate constant k(x) of the oxidation over that at x = 0."""

    def current_density(self, s: Interface, m: Algebra) -> Any:
        """i0 k(x) (a_red - a_ox exp(-x))."""
        back = s.oxidised * m.exp(-s.drive)
        return s.coefficients["exchange_current"] * self.constant(s, m) * (s.reduced - back)
