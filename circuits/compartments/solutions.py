"""Well-mixed solutions that devices and membranes exchange ions with: their unknowns and balances.

A compartment of a finite volume v has as unknowns the logarithm y_i of the concentration (mol/m^3) of each species, and,
where it expands, that of its volume over the first one, with the equations of the circuit, d/dt q + f = 0, in mol/s:

    q_i = v exp(y_i),   f_i = what leaves into devices and membranes.

The solution stays neutral: what the ions take away in charge, the electrode at its node gives back in ions of its own kind e,
so that f_e becomes - sum_{i != e} z_i f_i / z_e.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from circuits.arrays import Array

VOLUME = "volume"
"""Name of the unknown that a compartment has beside those of its species."""


@dataclass(frozen=True)
class Compartment:
    """One solution.

    Attributes:
        concentrations: of each species at the beginning, mol/m^3.
        valences: of each.
        volume: m^3 at the beginning; infinite where nothing changes it.
        expands: whether its volume follows from what flows.
        electrode: the species by which the current of the circuit enters or leaves it; None where no ions are in it.
    """

    concentrations: Mapping[str, float]
    valences: Mapping[str, int]
    volume: float = np.inf
    expands: bool = False
    electrode: str | None = None

    @property
    def is_finite(self) -> bool:
        """Whether its concentrations follow."""
        return bool(np.isfinite(self.volume))

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Names of its unknowns: the species, and the volume."""
        if not self.is_finite:
            return ()
        return (*self.concentrations, *((VOLUME,) if self.expands else ()))

    def start(self) -> Array:
        """Its unknowns at the beginning."""
        found = [*np.log(list(self.concentrations.values())), *((0.0,) if self.expands else ())]
        return np.array(found, dtype=np.float64)

    def stored(self, unknowns: Array) -> tuple[Array, Array]:
        """Amounts (mol) and volume (m^3), and their derivatives by the unknowns."""
        count = len(self.concentrations)
        volume = self.volume * (float(np.exp(unknowns[count])) if self.expands else 1.0)
        amounts = volume * np.exp(unknowns[:count])
        slopes = np.zeros((len(unknowns), len(unknowns)))
        slopes[:count, :count] = np.diag(amounts)
        if not self.expands:
            return amounts, slopes
        slopes[:count, count] = amounts
        slopes[count, count] = volume
        return np.append(amounts, volume), slopes


@dataclass(frozen=True)
class Compartments:
    """Those of finite volume of one circuit, as a part of its unknowns.

    Attributes:
        all: every compartment by name.
        first: position of their first unknown in those of the circuit.
    """

    all: Mapping[str, Compartment]
    first: int

    @cached_property
    def places(self) -> dict[tuple[str, str], int]:
        """Position of each unknown, by its compartment and its name."""
        names = [(name, each) for name, compartment in self.all.items() for each in compartment.unknowns]
        return {key: self.first + k for k, key in enumerate(names)}

    @property
    def count(self) -> int:
        """Number of unknowns."""
        return len(self.places)

    @property
    def rows(self) -> slice:
        """Positions of all of them."""
        return slice(self.first, self.first + self.count)

    def of(self, name: str) -> slice:
        """Positions of the unknowns of a compartment."""
        unknowns = self.all[name].unknowns
        start = self.places[name, unknowns[0]] if unknowns else self.first
        return slice(start, start + len(unknowns))

    def start(self) -> Array:
        """The unknowns at the beginning."""
        return np.concatenate([np.zeros(0), *(each.start() for each in self.all.values() if each.is_finite)])

    def add_stored(self, unknowns: Array, found: Array, slopes: Array) -> None:
        """Add what they hold to that of the circuit."""
        for name, compartment in self.all.items():
            if compartment.is_finite:
                place = self.of(name)
                values, by_own = compartment.stored(unknowns[place])
                found[place] += values
                slopes[place, place] += by_own

    def neutral(self, rows: Array) -> Array:
        """Rows of the equations (vectors or matrices) with what the electrodes bring."""
        if not self.count:
            return rows
        found = rows.copy()
        for name, compartment in self.all.items():
            electrode = compartment.electrode
            if compartment.is_finite and electrode is not None:
                found[self.places[name, electrode]] = sum(
                    -z / compartment.valences[electrode] * rows[self.places[name, species]]
                    for species, z in compartment.valences.items()
                    if species != electrode
                )
        return found

    def brought(self, name: str, rows: Array) -> float:
        """Rate (mol/s) at which the electrode of a compartment brings its ion, by what leaves of each species."""
        compartment = self.all[name]
        if compartment.electrode is None:
            return 0.0
        z = compartment.valences[compartment.electrode]
        charge = sum(each * rows[self.places[name, species]] for species, each in compartment.valences.items())
        return float(charge / z)

    def lacking(self, unknowns: Array, stored: Array) -> dict[str, float]:
        """Amount (mol) of each species that has entered and is not in the concentrations. stored: by what has entered."""
        held = np.zeros(len(unknowns))
        total: dict[str, float] = {}
        self.add_stored(unknowns, held, np.zeros((len(unknowns), len(unknowns))))
        for (_, species), place in self.places.items():
            if species != VOLUME:
                total[species] = total.get(species, 0.0) + float(stored[place] - held[place])
        return total

    def contents(self) -> dict[str, float]:
        """Amount (mol) of each species at the beginning."""
        total: dict[str, float] = {}
        for compartment in self.all.values():
            if compartment.is_finite:
                for species, value in compartment.concentrations.items():
                    total[species] = total.get(species, 0.0) + compartment.volume * value
        return total

    def concentrations(self, unknowns: Array) -> dict[tuple[str, str], float]:
        """Concentration (mol/m^3) of each species in the finite ones."""
        return {key: float(np.exp(unknowns[place])) for key, place in self.places.items() if key[1] != VOLUME}

    def volumes(self, unknowns: Array) -> dict[str, float]:
        """Volume (m^3) of those that expand."""
        found = {key[0]: float(np.exp(unknowns[place])) for key, place in self.places.items() if key[1] == VOLUME}
        return {name: self.all[name].volume * value for name, value in found.items()}


NONE = Compartments({}, 0)
"""Of a circuit without any."""
