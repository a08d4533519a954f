"""What a law of a wall has to tell. SI units throughout: formulas read V, mol/m^3 and m, and give C/m^2.

A law reads its key of a wall, names the numbers that may change without a new mesh or new forms (its coefficients), and gives
the charge that it puts on the wall as a formula of the state of the liquid there. Weak form, Jacobian, sensitivities,
sweeps, protocols and checks follow from these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from meshes.course import Course, Places
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.laws.algebra import NUMBERS, Algebra
from solver.physics.double_layer import surface_charge
from solver.physics.solution import Solution

Array = NDArray[np.floating[Any]]

Misplaced = tuple[tuple[str | int, ...], str]
"""Keys below that of a law, and what is wrong with their value."""

LARGEST_POTENTIAL = 40.0
"""Potential of an isolated wall beyond which no balance of charges is looked for, in thermal voltages."""


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
        thermal_voltage: RT/F, V. valences: by species.
    """

    potential: Any
    concentrations: Mapping[str, Any]
    position: Any
    coefficients: Mapping[str, Any]
    virtual_potential: Any
    wall_potential: Any
    interpolated: Callable[[Callable[[Places], Array]], Any]
    thermal_voltage: Any = np.nan
    valences: Mapping[str, int] = field(default_factory=dict)


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
    is_port: ClassVar[bool] = False
    """Whether the wall is a metal: of a potential that an outer circuit holds, or one on its own."""
    floats: ClassVar[bool] = False
    """Whether the charge of the metal is given and its potential follows."""
    passes_water: ClassVar[bool] = False
    """Whether water enters or leaves at the wall."""
    holds_zeta: ClassVar[bool] = False
    """Whether the potential of the liquid at the wall is given against that of its virtual solution."""
    slip_length: float = 0.0
    """Navier slip length, m."""

    @property
    def is_charged(self) -> bool:
        """Whether the law puts a charge on the wall."""
        return True

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

    def misplaced(self, course: Course) -> Misplaced | None:
        """What of the law does not fit the wall that has it, such as a break beyond its end; None when all does."""
        return None

    def charge(self, s: WallState, m: Algebra) -> Any | None:
        """Charge of the wall in C/m^2; None for a law without one."""
        return None

    @property
    def passes_ions(self) -> bool:
        """Whether species enter or leave the liquid at the wall."""
        return False

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """Molar flux of species from the wall into the liquid, mol/(m^2 s); of others it is zero."""
        return {}

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
            found = self.charge(self.in_solution(potential, solution), NUMBERS)
            return surface_charge(potential, solution) - (0.0 if found is None else float(found))

        high = LARGEST_POTENTIAL * solution.thermal_voltage
        low = -high
        for _ in range(80):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if excess(middle) > 0.0 else (middle, high)
        return surface_charge(0.5 * (low + high), solution)

    def in_solution(self, potential: float, solution: Solution) -> WallState:
        """The liquid at the start of a flat wall whose potential against the bulk is given (V)."""
        local = solution.at(potential / solution.thermal_voltage)
        return WallState(
            potential=potential,
            concentrations=dict(zip(solution.names, local, strict=True)),
            position=0.0,
            coefficients=self.coefficients(solution.relative_permittivity),
            virtual_potential=0.0,
            wall_potential=None,
            thermal_voltage=solution.thermal_voltage,
            valences=dict(zip(solution.names, solution.valences, strict=True)),
            interpolated=lambda function: float(function(Places(*np.zeros((3, 1))))[0]),
        )
