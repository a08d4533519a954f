"""An approximate inverse of the friction of a vector field, one component after the other: what couples them is left out, and
each has a scalar matrix of its own, which stays what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from solver.linear.multigrid import ApproximateInverse


@dataclass(frozen=True)
class Component:
    """One component of a vector field.

    Attributes:
        matrix: symmetric, rows and columns of given entries those of the identity.
        places: of the entries that are not given, among those of the part.
        rows: the same among the owned rows of the matrix.
    """

    matrix: PETSc.Mat
    places: np.ndarray
    rows: np.ndarray


class ComponentInverse:
    """The approximate inverse, by one cycle of multigrid for each component; symmetric. Collective.

    Args:
        components: of the field.
        given: places of entries with identity rows and columns.
    """

    def __init__(self, components: Sequence[Component], given: np.ndarray) -> None:
        self._given = given
        self._components = [(each.places, each.rows, ApproximateInverse(each.matrix)) for each in components]
        self._solution, self._right = components[0].matrix.createVecs()

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product with owned entries of the part."""
        found = np.zeros_like(right)
        for places, rows, inverse in self._components:
            self._right.set(0.0)
            self._right.array[rows] = right[places]
            inverse.solve(self._right, self._solution)
            found[places] = self._solution.array_r[rows]
        found[self._given] = right[self._given]
        return found
