"""The values that a problem can be moved along without a new mesh: what continuation and sweeps change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.physics.scales import Scales


@dataclass(frozen=True)
class Ionic:
    """A species as the problem sees it: name, valence, diffusivity (m^2/s)."""

    name: str
    valence: int
    diffusivity: float


@dataclass(frozen=True)
class Drive:
    """Everything that can be changed without a new mesh, dimensionless; continuation moves along straight lines in it.

    Attributes:
        potential, pressure: of each terminal. Shape (terminals,).
        log_concentration: of each terminal and species, nan where there is no condition. Shape (terminals, species).
        rest: log concentration of each species at rest. Shape (species,).
        electrode: potential of each electrode. Shape (electrodes,).
        stern: dimensionless capacitance of its Stern layer, nan where there is none. Shape (electrodes,).
        offset: equilibrium profile of each terminal at its local degrees of freedom.
        charge: of each patch. Shape (patches,).
        diffusivity: of each species. Shape (species,).
        coefficients: charge coupling, Peclet number. Shape (2,).
        scales: units of the dimensionless numbers; those of the target on the way from one drive to another.
    """

    potential: np.ndarray
    pressure: np.ndarray
    log_concentration: np.ndarray
    rest: np.ndarray
    electrode: np.ndarray
    stern: np.ndarray
    offset: tuple[np.ndarray, ...]
    charge: np.ndarray
    diffusivity: np.ndarray
    coefficients: np.ndarray
    scales: Scales

    def towards(self, other: Drive, fraction: float) -> Drive:
        """The drive at a fraction of the straight line from this one to another."""

        def mix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return a + fraction * (b - a)

        return Drive(
            mix(self.potential, other.potential),
            mix(self.pressure, other.pressure),
            mix(self.log_concentration, other.log_concentration),
            mix(self.rest, other.rest),
            mix(self.electrode, other.electrode),
            mix(self.stern, other.stern),
            tuple(mix(a, b) for a, b in zip(self.offset, other.offset, strict=True)),
            mix(self.charge, other.charge),
            mix(self.diffusivity, other.diffusivity),
            mix(self.coefficients, other.coefficients),
            other.scales,
        )

    def distance(self, other: Drive) -> float:
        """Largest change of a potential or a log concentration from this drive to another, dimensionless."""
        pairs = (
            (getattr(self, name), getattr(other, name)) for name in ("potential", "electrode", "log_concentration")
        )
        return max(float(np.nanmax(np.abs(b - a), initial=0.0)) for a, b in pairs)

    def span(self) -> float:
        """Largest difference between terminals of potential, pressure or log concentration, dimensionless; 1 at rest."""
        values = (np.append(self.potential, self.electrode), self.pressure, *self.log_concentration.T)
        found = max(float(np.nanmax(v) - np.nanmin(v)) if np.isfinite(v).any() else 0.0 for v in values)
        return found or 1.0

    def with_potentials(self, terminals: np.ndarray, electrodes: np.ndarray) -> Drive:
        """The same device with other potentials."""
        return replace(self, potential=terminals, electrode=electrodes)

    def at_rest(self) -> Drive:
        """The same device without any voltage or pressure."""
        return replace(self, potential=0 * self.potential, pressure=0 * self.pressure, electrode=0 * self.electrode)

    def uncharged(self) -> Drive:
        """The same device without charge on its walls."""
        return replace(self, charge=0 * self.charge, offset=tuple(0 * values for values in self.offset))
