"""Sums of the terms of all elements; those of linear elements are added up once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from circuits.arrays import Array, Places
from circuits.elements.base import Terms


@dataclass(frozen=True)
class Part:
    """What one element adds.

    Attributes:
        name: of the element.
        places: of its terminals and own unknowns among all; -1 is the ground.
        count: number of its terminals.
        terms: from potentials, own unknowns and the value of the source; None where there are none.
        linear: whether they are linear in the potentials and own unknowns, with derivatives that the value leaves alone.
        driven: whether they depend on the value.
    """

    name: str
    places: Places
    count: int
    terms: Callable[[Array, Array, float], Terms | None]
    linear: bool
    driven: bool

    def at(self, extended: Array, value: float) -> Terms:
        """The terms. extended: all unknowns, with the ground."""
        local = extended[self.places]
        found = self.terms(local[: self.count], local[self.count :], value)
        return Terms.none(len(local)) if found is None else found


class Group:
    """Some elements, whose terms are added up at their places.

    Args:
        size: number of unknowns, the ground included, which is the last.
        parts: of the elements.
    """

    def __init__(self, size: int, parts: Sequence[Part]) -> None:
        self.parts, self._size = parts, size
        places = [part.places % size for part in parts]
        nowhere = np.zeros(0, dtype=np.int64)
        self._places = np.concatenate([nowhere, *places])
        self._squares = np.concatenate([nowhere, *((each[:, None] * size + each).ravel() for each in places)])

    def at(self, extended: Array, values: Sequence[float]) -> tuple[Array, Array]:
        """Sum of the values and of the derivatives, shapes (size,) and (size, size). values: of the sources."""
        terms = [part.at(extended, value) for part, value in zip(self.parts, values, strict=True)]
        size = self._size
        found = self._added(self._places, [each.values for each in terms], size)
        slopes = self._added(self._squares, [each.slopes.ravel() for each in terms], size * size)
        return found, slopes.reshape(size, size)

    @staticmethod
    def _added(places: Places, found: Sequence[Array], size: int) -> Array:
        return (
            np.asarray(np.bincount(places, np.concatenate(found), size), dtype=np.float64) if found else np.zeros(size)
        )


class Sum:
    """Of the terms of elements.

    Args:
        size: number of unknowns, the ground included, which is the last.
        parts: of all elements.
    """

    def __init__(self, size: int, parts: Sequence[Part]) -> None:
        linear = [part for part in parts if part.linear]
        self._nothing = np.zeros(size)
        self._fixed = Group(size, [part for part in linear if not part.driven])
        self._driven = Group(size, [part for part in linear if part.driven])
        self._others = Group(size, [part for part in parts if not part.linear])
        self._offset, fixed = self._fixed.at(self._nothing, [0.0] * len(self._fixed.parts))
        self._driving = self._drive([0.0] * len(self._driven.parts))
        self._slopes = fixed + self._driving[2]

    def at(self, extended: Array, values: Mapping[str, float]) -> Terms:
        """The sum without the row and the column of the ground. extended: all unknowns, with the ground."""
        found, slopes = self._slopes @ extended + self._offset, self._slopes
        if self._driven.parts:
            driving = [values.get(part.name, 0.0) for part in self._driven.parts]
            if driving != self._driving[0]:
                self._driving = self._drive(driving)
            found += self._driving[1]
        if self._others.parts:
            more, of_others = self._others.at(extended, [values.get(part.name, 0.0) for part in self._others.parts])
            found, slopes = found + more, slopes + of_others
        return Terms(found[:-1], slopes[:-1, :-1])

    def _drive(self, values: list[float]) -> tuple[list[float], Array, Array]:
        """What linear elements with sources add without potentials, and the derivatives."""
        return values, *self._driven.at(self._nothing, values)
