"""Reactions at an electrode: what they pass between the metal and the liquid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from solver.inputs.choices import one_of
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.electrodes.base import ElectrodeKinetics, Interface
from solver.laws.equation import Dissolved
from solver.laws.walls.base import Misplaced, WallLaw, WallState
from solver.physics.constants import FARADAY
from solver.physics.solution import Solution

LARGEST_DIFFERENCE = 400.0
"""Between metal and liquid, in thermal voltages from the potentials at which the reactions rest, where a mixed potential is
looked for."""


DIGITS = 12
"""Of a potential at rest, in thermal voltages: what remains is rounding."""


class ElectrodeReactions(WallLaw):
    """Reactions side by side at an electrode; their currents add up. What takes part in them enters and leaves the liquid."""

    key: ClassVar[str] = "reactions"
    of_metals: ClassVar[bool] = True
    annotation: ClassVar[Any] = tuple[ElectrodeKinetics, ...]
    default: ClassVar[Any] = ()
    meaning: ClassVar[str] = "Reactions by which an electrode passes current."
    passes_ions: ClassVar[bool] = True
    bears_charge: ClassVar[bool] = False

    def __init__(self, reactions: Sequence[ElectrodeKinetics]) -> None:
        self.reactions = tuple(reactions)

    @classmethod
    def among(cls, kinds: Sequence[type[ElectrodeKinetics]]) -> type[ElectrodeReactions]:
        """The law for reactions of some kinds."""
        return type(cls.__name__, (cls,), {"annotation": _tuple_of(one_of(kinds)), "__doc__": cls.__doc__})

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> ElectrodeReactions | None:
        """None for a wall without reactions."""
        return cls(wall[cls.key]) if wall.get(cls.key) else None

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        """Those of all reactions, by their numbers."""
        return {
            f"{k}.{name}": value
            for k, reaction in enumerate(self.reactions)
            for name, value in reaction.coefficients().items()
        }

    @property
    def drivable(self) -> tuple[str, ...]:
        """Those of all reactions."""
        return tuple(f"{k}.{name}" for k, reaction in enumerate(self.reactions) for name in reaction.drivable)

    @property
    def structure(self) -> object:
        """Equations and kinds."""
        return (self.key, tuple(reaction.structure for reaction in self.reactions))

    def refused(self, solution: Solution) -> Misplaced | None:
        """An equation that does not hold among the species."""
        valences = dict(zip(solution.names, solution.valences, strict=True))
        for k, reaction in enumerate(self.reactions):
            if found := reaction.objection(valences):
                return (k, *found[0].split(".", 1)), found[1]
        return None

    def currents(self, s: WallState, m: Algebra) -> list[tuple[Dissolved, Any]]:
        """Each reaction with its current from the metal into the liquid, A/m^2."""
        found = []
        for reaction, dissolved, interface in self._interfaces(s):
            found.append((dissolved, reaction.current_density(interface, m)))
        return found

    def _interfaces(self, s: WallState) -> list[tuple[ElectrodeKinetics, Dissolved, Interface]]:
        found = []
        for k, reaction in enumerate(self.reactions):
            start = f"{k}."
            own = {name[len(start) :]: value for name, value in s.coefficients.items() if name.startswith(start)}
            difference = s.wall_potential - s.potential
            activities = s.activities or s.concentrations
            found.append((reaction, *reaction.interface(activities, difference, s.thermal_voltage, own)))
        return found

    def fluxes(self, s: WallState, m: Algebra) -> Mapping[str, Any]:
        """By stoichiometry, i / (n F) events of each reaction."""
        found: dict[str, Any] = {}
        for dissolved, current in self.currents(s, m):
            events = current / (dissolved.electrons * FARADAY)
            for name, count in dissolved.made.items():
                found[name] = found[name] + count * events if name in found else count * events
        return found

    def events(self, species: Collection[str]) -> Sequence[Mapping[str, int]]:
        """By the equations."""
        return [reaction.parsed.dissolved(species).made for reaction in self.reactions]

    def rest_difference(self, s: WallState) -> float | None:
        """Where no current passes in total: of one reaction by Nernst's equation. None where that is nowhere.

        The sum of the currents is bisected between the potentials at which the single reactions rest, or beyond them where a
        current is given.
        """
        thermal = float(s.thermal_voltage)

        def total(difference: float) -> float:
            return sum(float(current) for _, current in self.currents(s.with_metal(difference), NUMBERS))

        rests = []
        for _, _, interface in self._interfaces(s.with_metal(0.0)):
            missing = NUMBERS.ln(interface.oxidised / interface.reduced) - interface.drive
            rests.append(float(missing) * thermal / interface.electrons)
        low, high, margin = min(rests), max(rests), thermal
        while total(low) > 0.0 or total(high) < 0.0:
            if margin > LARGEST_DIFFERENCE * thermal:
                return None
            low, high, margin = low - margin, high + margin, 2.0 * margin
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if total(middle) < 0.0 else (low, middle)
        return round(0.5 * (low + high) / thermal, DIGITS) * thermal + 0.0


def _tuple_of(item: Any) -> Any:
    """Type of any number of items in order."""
    return tuple[item, ...]
