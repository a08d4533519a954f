"""What the numbers of a state lack, by species and ports, and the bars that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


def relative_sizes(parts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sizes of parts of the currents of all species over those of the currents, by port. Shapes (ports, species)."""
    return np.asarray(np.abs(parts).sum(axis=1) / np.maximum(np.abs(values).sum(axis=1), 1e-300))


@dataclass(frozen=True)
class Steps:
    """What the steps of a run in time add to bars: currents of species and of ports (A), flow rates (m^3/s)."""

    species: np.ndarray
    currents: np.ndarray
    flow_rates: np.ndarray


@dataclass(frozen=True)
class Differences:
    """What the numbers of a state lack, signed. What cancels in it need not cancel in the error, so that a part of it is
    added to the bars.

    Attributes:
        values: computed currents of the species, A. Shape (ports, species).
        species, carried: what these lack, and what of it the neutral liquid carries, A. Shape (ports, species).
        flow_rates: m^3/s. Shape (ports,).
        cancelled: size of what may cancel in these, m^3/s. Shape (ports,).
        others: bars of what else is measured, and errors of the fields, by their headers.
        safety: factor on all of them.
        steps: in time, what the steps add to the bars.
    """

    values: np.ndarray
    species: np.ndarray
    carried: np.ndarray
    flow_rates: np.ndarray
    cancelled: np.ndarray
    others: Mapping[str, float]
    safety: float
    steps: Steps | None = None

    @property
    def currents(self) -> np.ndarray:
        """Of the currents (A). Shape (ports,)."""
        return np.asarray(self.species.sum(axis=1))

    @property
    def bars_of_currents(self) -> np.ndarray:
        """Discretization part of the bars of the currents: of each species a part may be left. Shape (ports,)."""
        moved = self.species - self.carried  # what the liquid carries is neutral and cancels for good
        signs = np.maximum(moved, 0.0).sum(axis=1), np.maximum(-moved, 0.0).sum(axis=1)
        bars = self.safety * np.abs(self.currents) + (self.safety - 1.0) * np.minimum(*signs)
        return np.asarray(bars if self.steps is None else bars + self.steps.currents)

    @property
    def bars_of_species(self) -> np.ndarray:
        """The same of the currents of the species: the other ions tell how well such a current is known. Shape
        (ports, species)."""
        alike = np.abs(self.values) * relative_sizes(self.species, self.values)[:, None]
        bars = self.safety * np.abs(self.species) + (self.safety - 1.0) * alike
        return np.asarray(bars if self.steps is None else bars + self.steps.species)

    @property
    def bars_of_flow_rates(self) -> np.ndarray:
        """The same of the flow rates. Shape (ports,)."""
        bars = self.safety * np.abs(self.flow_rates) + (self.safety - 1.0) * self.cancelled
        return np.asarray(bars if self.steps is None else bars + self.steps.flow_rates)
