"""Species in equilibrium with each other: which of them follow from the others, and what a solution of given totals holds.

Equilibria sum_i nu_i ln a_i = ln K are solved for one species each, the dependent ones:

    ln a_d = sum_j N_dj ln a_j + ln K_d.

All others are components. Reactions leave the totals of the components as they are: a component with what of it the dependent
species hold, T_j = c_j + sum_d N_dj c_d.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LARGEST_STEP, MOST_STEPS = 4.0, 200
"""Of a logarithm in a Newton step; steps."""

SOLVED = 1e-14
"""Of the totals, relative to the amounts in them, is rounding."""


@dataclass(frozen=True)
class Balance:
    """One equilibrium.

    Attributes:
        counts: nu of each species.
        logarithm: ln K, of activities in mol/m^3.
        candidates: the species that it can be solved for, the first that no other one is solved for.
    """

    counts: Mapping[str, float]
    logarithm: float
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Dependences:
    """Which species follow from the others.

    Attributes:
        species: names of all.
        dependents: those that follow.
        matrix: N; zero in the columns of dependent species. Shape (dependents, species).
        logarithms: ln K_d, of activities in mol/m^3. Shape (dependents,).
    """

    species: tuple[str, ...]
    dependents: tuple[str, ...]
    matrix: Array
    logarithms: Array

    @classmethod
    def of(cls, balances: Sequence[Balance], species: Sequence[str]) -> Dependences:
        """From the equilibria among species; earlier ones choose first.

        Raises:
            ValueError: there are more equilibria than species, or one says nothing new.
        """
        names: list[str] = []
        for balance in balances:
            left = [name for name in balance.candidates if name not in names]
            if not left:
                raise ValueError(f"other equilibria are solved for {' and '.join(map(repr, balance.candidates))}")
            names.append(left[0])
        counts = np.array([[balance.counts.get(name, 0) for name in species] for balance in balances], dtype=float)
        counts = counts.reshape(len(balances), len(species))
        at = [list(species).index(name) for name in names]
        own = counts[:, at]
        if balances and np.linalg.matrix_rank(own) < len(balances):
            raise ValueError(f"the equilibria do not say what each of {', '.join(names)} is")
        solved = np.linalg.solve(own, counts) if balances else counts
        matrix = -np.round(solved * 5040) / 5040  # counts are small whole numbers
        matrix[:, at] = 0.0
        logs = np.array([balance.logarithm for balance in balances])
        return cls(tuple(species), tuple(names), matrix + 0.0, np.linalg.solve(own, logs) if balances else logs)

    def __bool__(self) -> bool:
        """Whether any species follows."""
        return bool(self.dependents)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Positions of the dependent species."""
        return tuple(self.species.index(name) for name in self.dependents)

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The species that do not follow."""
        return tuple(name for name in self.species if name not in self.dependents)

    @cached_property
    def totals_matrix(self) -> Array:
        """Totals of the components from amounts of all species; zero rows of dependent species. Shape (species, species)."""
        found = np.eye(len(self.species))
        for number, row in zip(self.numbers, self.matrix, strict=True):
            found[:, number] = row
        return found

    def combined(self, counts: Mapping[str, float]) -> dict[str, float]:
        """What a change of species changes in the totals of components."""
        change = self.totals_matrix @ np.array([counts.get(name, 0) for name in self.species], dtype=float)
        return {name: float(value) for name, value in zip(self.species, change, strict=True) if value}

    def dependent_logarithms(self, logarithms: Array) -> Array:
        """All ln a from those of the components. Shape (species,)."""
        found = np.array(logarithms, dtype=float)
        known = np.where(np.isin(np.arange(len(found)), self.numbers), 0.0, found)
        found[list(self.numbers)] = self.matrix @ known + self.logarithms
        return found

    def speciated(
        self, totals: Mapping[str, float], held: Mapping[str, float], concentrations: Callable[[Array], Sequence[Any]]
    ) -> dict[str, float]:
        """Concentration (mol/m^3) of every species in a solution.

        totals: of components, mol/m^3. held: concentrations of components that are known instead. concentrations: of all
            species from the logarithms of their activities (mol/m^3); the exact ones of ideal solutions give the slopes.

        Raises:
            ValueError: no solution has these totals.
        """
        free = [self.species.index(name) for name in self.components if name not in held]
        wanted = np.array([totals[self.species[i]] for i in free])
        if missing := [self.species[i] for i, value in zip(free, wanted, strict=True) if value == 0.0]:
            raise ValueError(f"the concentration of '{missing[0]}' is zero")
        logs = np.zeros(len(self.species))
        for name, value in held.items():
            logs[self.species.index(name)] = np.log(value)
        logs[free] = np.log(np.abs(wanted))
        weights = self.totals_matrix[free]
        sharing = np.eye(len(self.species))[:, free]
        sharing[list(self.numbers)] = self.matrix[:, free]
        for _ in range(MOST_STEPS):
            full = self.dependent_logarithms(logs)
            with np.errstate(over="ignore"):
                found = np.array([float(c) for c in concentrations(full)])
            left = weights @ found - wanted
            sizes = np.abs(weights) @ found + np.abs(wanted)
            if np.all(np.abs(left) <= SOLVED * sizes):
                break
            step = np.linalg.solve((weights * found) @ sharing, left)
            largest = float(np.abs(step).max())
            if not np.isfinite(largest):
                raise ValueError("no solution has these concentrations")
            logs[free] -= step * min(1.0, LARGEST_STEP / max(largest, 1e-300))
            if largest < 1e-15:
                break
        else:
            raise ValueError("no solution has these concentrations")
        return dict(zip(self.species, (float(c) for c in found), strict=True))
