"""What a law of a wall has to tell. SI units throughout: formulas read V, mol/m^3 and m, and give C/m^2.

A law reads its key of a wall, names the numbers that may change without a new mesh or new forms (its coefficients), and gives
the charge that it puts on the wall as a formula of the state of the liquid there. Weak form, Jacobian, sensitivities,
sweeps, protocols and checks follow from these.

A law may have coverages, amounts by area that are unknowns of the wall: it then gives their rates of change and what of each
species the wall holds with them. That is part of the content of the device, and brings its charge to the wall.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from meshes.course import Course, Places
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.laws.algebra import NUMBERS, Algebra
from solver.physics.constants import FARADAY
from solver.physics.double_layer import surface_charge
from solver.physics.solution import Solution
from solver.physics.water import HYDROXIDE, PKW, PROTON

Array = NDArray[np.floating[Any]]

Misplaced = tuple[tuple[str | int, ...], str]
"""Keys below that of a law, and what is wrong with their value."""

Given = Literal["potential", "charge", "current"]
"""What can be held at a metal, or a terminal: its potential, its charge in total, or the current that enters there."""

LARGEST_POTENTIAL = 40.0
"""Potential of an isolated wall beyond which no balance of charges is looked for, in thermal voltages."""


@dataclass(frozen=True)
class Elsewhere:
    """The liquid at a wall in the mean over it, for laws of other walls.

    Attributes:
        potential: V.
        potentials: electrochemical potentials over RT as in `WallState`, of the species that are asked for.
        area: of the wall, m^2.
    """

    potential: Any
    potentials: Mapping[str, Any]
    area: Any


@dataclass(frozen=True)
class WallState:
    """The liquid at a wall and the coefficients of a law, as numbers, arrays or symbolic expressions.

    Attributes:
        potential: V. concentrations: mol/m^3 by species.
        position: along the wall, m: axial, or the distance from the axis where the wall is a face of the membrane.
        coefficients: values of the law's coefficients by name, SI.
        virtual_potential: V of the virtual solution at the wall: the neutral one with the same electrochemical potentials.
        wall_potential: V of the metal behind the wall where it is an electrode; None otherwise.
        interpolated: makes an operand of this kind from a function of places on the wall.
        potentials: electrochemical potential of each species over RT, of activities in mol/l; of a buffered solution those of
            H+ and OH-, too.
        valences: of the species in `potentials`.
        thermal_voltage: V.
        stern_capacitance: F/m^2 of the layer without ions in front of the wall; None without one.
        coverages: values of the law's coverages by name, mol/m^2.
        known: what laws have worked out from this state already, by their names for it: long formulas stay one expression.
        elsewhere: means over walls by their names, of those that the law asks for.
        activities: mol/m^3 by species, exp(mu_i - z_i phi): concentrations of an ideal free solution in equilibrium with the
            liquid there; empty where they are the concentrations (see `activity`).
    """

    potential: Any
    concentrations: Mapping[str, Any]
    position: Any
    coefficients: Mapping[str, Any]
    virtual_potential: Any
    wall_potential: Any
    interpolated: Callable[[Callable[[Places], Array]], Any]
    thermal_voltage: Any = np.nan
    potentials: Mapping[str, Any] = field(default_factory=dict)
    valences: Mapping[str, int] = field(default_factory=dict)
    stern_capacitance: Any = None
    coverages: Mapping[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    activities: Mapping[str, Any] = field(default_factory=dict)

    def activity(self, species: str) -> Any:
        """mol/m^3: what rates of binding and reactions follow, so that they rest where electrochemical potentials do."""
        return (self.activities or self.concentrations)[species]

    def with_metal(self, difference: Any) -> WallState:
        """The same liquid in front of a metal whose potential against it is given (V)."""
        return replace(self, potential=0.0, wall_potential=difference)


def unknown_species(names: Iterable[str], solution: Solution) -> str | None:
    """What is wrong with the names of species that a law has; None when a solution has them all."""
    unknown = next((name for name in names if name not in solution.names), None)
    if unknown is None:
        return None
    return f"{quoted(unknown)}: unknown species; {did_you_mean(unknown, solution.names, 'the species are')}"


class WallLaw(ABC):
    """One physical law of a wall, made from what a case gives at its key."""

    key: ClassVar[str]
    """Key of the law below a wall."""
    annotation: ClassVar[Any]
    """Type of what stands there, for the schema."""
    default: ClassVar[Any] = None
    meaning: ClassVar[str] = ""
    """Description of the key in the reference of the case files."""
    holds: ClassVar[Given | None] = None
    """Of a law that makes the wall a metal: what of it is given. Where that is not the potential, this follows."""
    of_metals: ClassVar[bool] = False
    """Whether only metals can have the law."""
    bears_charge: ClassVar[bool] = True
    """Whether the law is about a charge of the wall; see `is_charged`."""
    passes_ions: ClassVar[bool] = False
    """Whether species enter or leave the liquid at the wall."""
    passes_water: ClassVar[bool] = False
    """Whether water enters or leaves at the wall."""
    holds_zeta: ClassVar[bool] = False
    """Whether the potential of the liquid at the wall is given against that of its virtual solution."""
    slip_length: float = 0.0
    """Navier slip length, m."""

    @property
    def is_port(self) -> bool:
        """Whether the law makes the wall a metal."""
        return self.holds is not None

    @property
    def is_charged(self) -> bool:
        """Whether the law puts a charge on the wall."""
        return self.bears_charge

    def charges(self, valences: Mapping[str, int]) -> bool:
        """Whether the law can bring a charge to a wall in a liquid of species of these valences."""
        return self.is_charged

    @classmethod
    @abstractmethod
    def of(cls, wall: Mapping[str, Any]) -> WallLaw | None:
        """The law of a wall whose validated keys are given; None where the wall does not have it."""

    @abstractmethod
    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Names below the law's key ("" for the key itself) and SI values of its numbers; the permittivity is that of the
        solvent."""

    @property
    def drivable(self) -> tuple[str, ...]:
        """Names below the law's key ("" for the key itself) of what a protocol can drive."""
        return ()

    @property
    def structure(self) -> object:
        """Everything of the law that is no coefficient: walls of one structure share mesh and forms."""
        return (self.key, tuple(self.coefficients(1.0)))

    def objection(self, solution: Solution) -> str | None:
        """Why the law cannot hold at a wall in a solution, such as a species that is not there; None when it can."""
        return None

    def refused(self, solution: Solution) -> Misplaced | None:
        """The same with the key below that of the law to which it belongs."""
        found = self.objection(solution)
        return None if found is None else ((), found)

    def misplaced(self, course: Course) -> Misplaced | None:
        """What of the law does not fit the wall that has it, such as a break beyond its end; None when all does."""
        return None

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """Charge of the wall in C/m^2; None for a law without one."""
        return None

    def unsolved(self, s: WallState, m: Algebra) -> Any | None:
        """What is left of an equation that the law solves within its formula, in thermal voltages: rounding. None for a law
        without one."""
        return None

    def bound(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Ions (mol/m^2) that the wall has taken from the liquid, by species; where they change in time the liquid loses
        them."""
        return {}

    @property
    def responds(self) -> bool:
        """Whether the charge follows the liquid."""
        return self.is_charged

    def stern_capacitance(self, relative_permittivity: float) -> float | None:
        """Capacitance (F/m^2) of the layer behind which the law's charge is; None without one."""
        return None

    @property
    def needs_liquid(self) -> bool:
        """Whether the law is about the liquid at the wall: the outer side of a solid cannot have it."""
        follows = self.is_charged and self.responds
        return follows or self.holds_zeta or self.passes_ions or self.passes_water or bool(self.coverages)

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Molar flux of species from the wall into the liquid, mol/(m^2 s); of others it is zero."""
        return {}

    @property
    def elsewhere(self) -> Mapping[str, tuple[str, ...]]:
        """Walls whose liquid enters the law by its means, with the species that it asks for."""
        return {}

    def events(self, species: Collection[str]) -> Sequence[Mapping[str, int]]:
        """What each reaction of the law makes of the species when it happens once."""
        return ()

    def rest_difference(self, s: WallState) -> float | None:
        """Potential (V) of a metal against the liquid at which the law passes no current; None where it passes none anyway.
        The state is of numbers; its potentials do not matter."""
        return None

    def rest_in(self, solution: Solution) -> float | None:
        """The same in a solution."""
        return self.rest_difference(self.in_solution(0.0, solution))

    @property
    def coverages(self) -> tuple[str, ...]:
        """Names below the law's key of amounts by area that are unknowns of the wall."""
        return ()

    def rates(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Rate of change of every coverage, mol/(m^2 s)."""
        return {}

    def held(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Amount of species that the wall holds, mol/m^2, linear in the coverages; of others it is zero."""
        return {}

    def capacities(self) -> Mapping[str, float]:
        """Largest amount of species that the wall can hold, mol/m^2; of others it is zero."""
        return {}

    def settled(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """The coverages (mol/m^2) that do not change in a liquid of the state's concentrations."""
        return {}

    def given(self, s: WallState) -> Mapping[str, Any]:
        """The coverages (mol/m^2) that are given at the start; the others start settled."""
        return {}

    def held_charge(self, s: WallState, m: Algebra) -> Any | None:
        """Charge of what the wall holds, C/m^2; None where that is nothing, or has none."""
        parts = [FARADAY * s.valences[name] * held for name, held in self.held(s, m).items() if s.valences[name]]
        return sum(parts) if parts else None

    @property
    def breaks(self) -> tuple[float, ...]:
        """Positions along the wall (m) at which the charge jumps."""
        return ()

    @property
    def along(self) -> str | None:
        """What positions on the wall are where its shape leaves it open: "axis" or "radius"."""
        return None

    def extreme_charges(self, solution: Solution, course: Course) -> tuple[float, float]:
        """Smallest and largest charge (C/m^2) of an isolated wall in a solution."""
        charge = self._isolated_charge(solution)
        return (charge, charge)

    def charge_along(self, places: Places, solution: Solution) -> Array:
        """Charge (C/m^2) of an isolated wall at places on it in a solution."""
        return np.full(np.shape(places.position), self._isolated_charge(solution))

    def _isolated_charge(self, solution: Solution) -> float:
        """Charge at which the law and the flat double layer (Grahame) agree, by bisection in the wall's potential: the double
        layer's charge grows with the potential, that of a stable wall does not."""

        def excess(potential: float) -> float:
            return surface_charge(potential, solution) - self.charge_at(potential, solution)

        high = LARGEST_POTENTIAL * solution.thermal_voltage
        low = -high
        for _ in range(80):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if excess(middle) > 0.0 else (middle, high)
        return surface_charge(0.5 * (low + high), solution)

    def charge_at(self, potential: float, solution: Solution) -> float:
        """Charge (C/m^2) by the law where the potential against a solution (V) is given."""
        state = self.in_solution(potential, solution)
        found = [self.charge(state, NUMBERS), self.held_charge(state, NUMBERS)]
        return sum(float(part) for part in found if part is not None)

    def in_solution(self, potential: float, solution: Solution) -> WallState:
        """The liquid at the start of a wall whose potential against a solution is given (V), with settled coverages."""
        local = solution.at(potential / solution.thermal_voltage)
        potentials, valences = with_protons(solution.potentials, solution.valences_by_name, solution.pH, 0.0)
        found = WallState(
            potential=potential,
            concentrations=dict(zip(solution.names, local, strict=True)),
            position=0.0,
            coefficients=self.coefficients(solution.relative_permittivity),
            virtual_potential=0.0,
            wall_potential=None,
            thermal_voltage=solution.thermal_voltage,
            interpolated=lambda function: float(function(Places(*np.zeros((3, 1))))[0]),
            potentials=potentials,
            valences=valences,
            stern_capacitance=self.stern_capacitance(solution.relative_permittivity),
            activities=solution.activities_at(potential / solution.thermal_voltage),
        )
        return replace(found, coverages=self.settled(found, NUMBERS))


def with_protons(
    potentials: Mapping[str, Any], valences: Mapping[str, int], pH: Any | None, virtual_potential: Any
) -> tuple[dict[str, Any], dict[str, int]]:
    """Electrochemical potentials and valences of the species, and of H+ and OH- of a buffered solution.

    pH: of such a solution; None where H+ is a species, or nothing is known. virtual_potential: thermal voltages, of the
    neutral solution in equilibrium with the liquid at hand, which has that pH.
    """
    if pH is None:
        return dict(potentials), dict(valences)
    mu = virtual_potential - pH * math.log(10.0)
    water = {PROTON: mu, HYDROXIDE: -PKW * math.log(10.0) - mu}
    return {**water, **potentials}, {PROTON: 1, HYDROXIDE: -1, **valences}
