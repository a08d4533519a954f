"""Two solutions with a membrane or a battery between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from circuits.arrays import Array
from circuits.compartments.solutions import Compartment


@dataclass(frozen=True)
class Sides:
    """The solutions at the first and the second node of an element.

    Attributes:
        names: of both compartments.
        solutions: every compartment by name.
        ions: those that pass.
    """

    names: tuple[str, str]
    solutions: Mapping[str, Compartment]
    ions: tuple[str, ...]

    @cached_property
    def _followed(self) -> tuple[tuple[int, int], ...]:
        """Side and number of the ion of each unknown."""
        finite = [side for side, name in enumerate(self.names) if self.solutions[name].is_finite]
        return tuple((side, number) for side in finite for number in range(len(self.ions)))

    @property
    def follows(self) -> tuple[tuple[str, str], ...]:
        """Compartment and ion of each unknown."""
        return tuple((self.names[side], self.ions[number]) for side, number in self._followed)

    @property
    def valences(self) -> Array:
        """Of the ions."""
        known = self.solutions[self.names[0]].valences
        return np.array([known[ion] for ion in self.ions], dtype=np.float64)

    @property
    def initial(self) -> Array:
        """The unknowns at the beginning."""
        found = [self.solutions[name].concentrations[ion] for name, ion in self.follows]
        return np.log(np.array(found, dtype=np.float64))

    def logarithms(self, unknowns: Array) -> Array:
        """Those of the concentrations (mol/m^3) on both sides. unknowns: those that follow. Shape (2, ions)."""
        both = [[self.solutions[name].concentrations[ion] for ion in self.ions] for name in self.names]
        found = np.log(np.array(both, dtype=np.float64))
        for (side, number), value in zip(self._followed, unknowns, strict=True):
            found[side, number] = value
        return found

    def ratios(self, unknowns: Array) -> Array:
        """Logarithm of the concentration on the second side over that on the first. Shape (ions,)."""
        first, second = self.logarithms(unknowns)
        return np.asarray(second - first)

    def by_unknowns(self) -> Array:
        """Derivatives of the ratios by the unknowns. Shape (ions, unknowns)."""
        found = np.zeros((len(self.ions), len(self._followed)))
        for column, (side, number) in enumerate(self._followed):
            found[number, column] = 1.0 if side else -1.0
        return found

    def leaving(self, rates: Array) -> Array:
        """What leaves the compartment of each unknown, or its derivatives, for what passes from the first side to the second
        of each ion."""
        signs: Sequence[float] = [-1.0 if side else 1.0 for side, _ in self._followed]
        return np.array([sign * rates[number] for sign, (_, number) in zip(signs, self._followed, strict=True)])
