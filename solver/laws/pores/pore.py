"""Pores through a membrane that nothing of the mesh resolves: what a case says of them, and the law of their mouths.

A pore connects two walls, its mouths. Both have the same probabilities of what is in it, by the same equations of the
means of potential and electrochemical potentials over both; what passes enters and leaves evenly over each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from meshes.quantity import Description, PositiveNumber, misfit
from meshes.quoting import quoted
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.pores.base import Mouths, PoreKinetics
from solver.laws.walls.base import Array, Elsewhere, WallLaw, WallState, unknown_species
from solver.physics.constants import AVOGADRO
from solver.physics.solution import Solution

WHOLE = 1e-6
"""mol/m^2 that stands for the probability 1 in the coverages of a mouth: these are counted without its area."""


class PoreKeys(Description):
    """Pores between two walls that ions pass one after the other, with their mouths on these walls."""

    mouths: tuple[str, str]
    """Walls of the first and of the second mouth. The current through the pores is positive from the first to the second."""
    number: PositiveNumber = 1.0
    """Number of pores side by side."""
    charge: Literal["neglected", "at_mouths"] = "neglected"
    """Charge of the ions in the pores. An ion enters when it is not there yet, so that its own charge must not act on its
    rates: with few pores on small mouths it is neglected. Where many pores share large mouths, `at_mouths` puts the mean
    charge there, each ion in parts by its electrical distance, and the displacement current is complete."""

    @field_validator("mouths", mode="after")
    @classmethod
    def _two(cls, mouths: tuple[str, str]) -> tuple[str, str]:
        if mouths[0] == mouths[1]:
            raise misfit((1,), f"{quoted(mouths[1])} is the first mouth already; name another wall")
        return mouths


@dataclass(frozen=True)
class Passage:
    """Pores of a case by what a law needs.

    Attributes:
        name: of the pores in the case.
        mouths: names of the walls of both.
        number: of pores side by side.
        is_charged: whether the charge of the ions in the pores acts on the liquid.
        kinetics: of one pore.
    """

    name: str
    mouths: tuple[str, str]
    number: float
    is_charged: bool
    kinetics: PoreKinetics

    def between(self, ends: tuple[Elsewhere, Elsewhere], s: WallState, m: Algebra) -> Mouths:
        """The liquid at both mouths by its means there. s: of one of the mouths, with the coefficients of the law."""
        activities = []
        for end in ends:
            drop = {name: s.valences[name] * end.potential / s.thermal_voltage for name in self.kinetics.ions}
            activities.append({name: 1e3 * m.exp(end.potentials[name] - drop[name]) for name in self.kinetics.ions})
        voltage = (ends[0].potential - ends[1].potential) / s.thermal_voltage
        return Mouths((activities[0], activities[1]), voltage, s.valences, s.coefficients)

    def at_rest(self, activities: Mapping[str, Any]) -> Mouths:
        """The same activities (mol/m^3) at both mouths, and no voltage."""
        own = {name: activities[name] for name in self.kinetics.ions}
        return Mouths((own, own), 0.0, dict.fromkeys(own, 0), self.kinetics.coefficients())


class PoreMouth(WallLaw):
    """J_i . n = T_i N / (N_A A) at the first mouth, n out of the liquid, and the opposite at the second, of N pores on an
    area A; N / (N_A A) times the ions in a pore, in parts, are held at both (see `solver.laws.pores.base`)."""

    key: ClassVar[str] = "pore"
    annotation: ClassVar[Any] = None
    passes_ions: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, passage: Passage, wall: str) -> None:
        self.passage, self.wall = passage, wall

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PoreMouth) and (self.passage, self.wall) == (other.passage, other.wall)

    def __hash__(self) -> int:
        return hash((self.passage.name, self.wall))

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> None:
        """Pores stand in a part of the case of their own, since they have two walls."""
        return

    @property
    def is_first(self) -> bool:
        """Whether it is the first mouth."""
        return self.wall == self.passage.mouths[0]

    def charges(self, valences: Mapping[str, int]) -> bool:
        """Where an ion in a pore has a charge, which is not neglected."""
        return self.passage.is_charged and any(valences[name] for name in self.passage.kinetics.ions)

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """The number of pores, and those of the kinetics."""
        return {"number": self.passage.number, **self.passage.kinetics.coefficients()}

    @property
    def structure(self) -> object:
        """Which walls it connects, and by what steps."""
        own = self.passage
        return (
            self.key,
            own.name,
            own.mouths,
            own.is_charged,
            own.kinetics.structure,
            tuple(own.kinetics.coefficients()),
        )

    def objection(self, solution: Solution) -> str | None:
        """A species that is not there."""
        return unknown_species(self.passage.kinetics.ions, solution)

    @property
    def elsewhere(self) -> Mapping[str, tuple[str, ...]]:
        """The liquid at both mouths."""
        return dict.fromkeys(self.passage.mouths, self.passage.kinetics.ions)

    def mouths(self, s: WallState, m: Algebra) -> Mouths:
        """The liquid at both mouths."""
        first, second = (s.elsewhere[wall] for wall in self.passage.mouths)
        return self.passage.between((first, second), s, m)

    def occupied(self, s: WallState) -> list[Any]:
        """Probability of each state but the empty one."""
        return self.occupied_by(s.coverages)

    def occupied_by(self, coverages: Mapping[str, Any]) -> list[Any]:
        """The same of coverages."""
        return [coverages[name] / WHOLE for name in self.coverages]

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """What passes, beside the change of what is held."""
        sign = -1.0 if self.is_first else 1.0
        passing = self.passage.kinetics.transport(self.mouths(s, m), self.occupied(s), m)
        return {name: sign * self._density(s) * rate for name, rate in passing.items()}

    @property
    def coverages(self) -> tuple[str, ...]:
        """The states but the empty one."""
        return tuple(self.passage.kinetics.states)

    def rates(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """By the master equation."""
        rates = self.passage.kinetics.rates(self.mouths(s, m), self.occupied(s), m)
        return {name: WHOLE * rate for name, rate in zip(self.coverages, rates, strict=True)}

    def held(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """The part of the ions in the pores that is counted here."""
        held = self.passage.kinetics.held(self.occupied(s), self.is_first)
        return {name: self._density(s) * amount for name, amount in held.items()}

    def held_charge(self, s: WallState, m: Algebra) -> Any | None:
        """That of the ions in the pores, where it is not neglected."""
        return super().held_charge(s, m) if self.passage.is_charged else None

    def settled(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Between two such solutions."""
        own = {name: s.activity(name) for name in self.passage.kinetics.ions}
        found = self.passage.kinetics.settled(self.passage.at_rest(own))
        return {name: WHOLE * each for name, each in zip(self.coverages, found, strict=True)}

    def extreme_charges(self, solution: Solution, course: Any) -> tuple[float, float]:
        """None of its own."""
        return (0.0, 0.0)

    def charge_along(self, places: Any, solution: Solution) -> Array:
        """None of its own."""
        return NUMBERS.exp(0.0 * places.position) * 0.0  # type: ignore[no-any-return]

    def _density(self, s: WallState) -> Any:
        """Pores by area of this mouth, mol/m^2."""
        return s.coefficients["number"] / (AVOGADRO * s.elsewhere[self.wall].area)
