"""Stability of an operating point: eigenvalues of the linearised equations.

A small change x exp(lambda t) of a steady state solves (lambda Q + F) x = 0, with Q and F the derivatives of q and f.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuits.arrays import Array
from circuits.description.driving import values_of
from circuits.solving.newton import Instantaneous
from circuits.studies.session import Session

INFINITE = 1e-10
"""Reciprocal eigenvalues below this part of the largest belong to equations without a derivative in time."""


@dataclass(frozen=True)
class Stability:
    """Eigenvalues of a steady state.

    Attributes:
        eigenvalues: 1/s, the fastest growing first.
    """

    eigenvalues: Array

    @property
    def growth(self) -> float:
        """Largest real part, 1/s; minus infinity where nothing is stored."""
        return float(self.eigenvalues.real[0]) if len(self.eigenvalues) else -np.inf

    @property
    def is_stable(self) -> bool:
        """Whether every small change decays."""
        return self.growth < 0.0

    @property
    def frequency(self) -> float:
        """Frequency of the fastest growing change, Hz; 0 of one that does not oscillate."""
        return float(abs(self.eigenvalues.imag[0]) / (2.0 * np.pi)) if len(self.eigenvalues) else 0.0


def stability(session: Session, unknowns: Array) -> Stability | None:
    """Stability of the operating point of a circuit of lumped elements and compact models; None with fields, whose own times
    are not among the unknowns."""
    if session.fields is not None:
        return None
    at = Instantaneous(values_of(session.circuit.elements), 0.0, np.zeros_like(unknowns))
    here = session.newton.at(unknowns, at)
    return Stability(eigenvalues(here.flows.slopes, here.stored.slopes))


def eigenvalues(flows: Array, stored: Array) -> Array:
    """Finite eigenvalues lambda of (lambda Q + F) x = 0, the largest real part first. flows, stored: F and Q."""
    from scipy.linalg import eigvals

    # with 1 / lambda = mu: (Q + mu F) x = 0, whose zero mu are equations without a derivative
    sizes = np.maximum(np.abs(flows).max(axis=1), 1e-300)
    columns = np.maximum(np.abs(flows / sizes[:, None]).max(axis=0), 1e-300)
    reciprocal = eigvals(-stored / sizes[:, None] / columns, flows / sizes[:, None] / columns)
    sizes_of = np.abs(reciprocal)
    kept = np.isfinite(reciprocal) & (sizes_of > INFINITE * sizes_of[np.isfinite(sizes_of)].max(initial=0.0))
    found = 1.0 / reciprocal[kept]
    return np.asarray(found[np.argsort(-found.real)])
