"""Access resistance of mouths in charged faces against an independent solution of the mixed boundary-value problem."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import gamma, jv

from solver.physics.resistances import (
    Sheet,
    access_resistance,
    face_access_resistance,
    planar_access_resistance,
    planar_face_access_resistance,
)


def conductance(length: float, terms: int = 12) -> float:
    """Over kappa R: a disc of given potential in a face of the Dukhin length `length` R, towards infinity.

    With sources q on the disc (extended with the sheet, along which there is no current at one potential) and on its rim,
    phi(r, 0) = int Q(k) J0(k r) / (1 + l k) dk with Q the Hankel transform of q; Galerkin's method with the sources
    (1 - r^2)^(j - 1/2) and a ring.
    """
    edges = np.concatenate([[0.0], np.geomspace(1e-6, np.pi, 60), np.pi * np.arange(2, 2000)])
    x, w = np.polynomial.legendre.leggauss(6)
    middle, half = 0.5 * (edges[1:] + edges[:-1])[:, None], 0.5 * np.diff(edges)[:, None]
    k, weights = (middle + half * x).ravel(), (half * w).ravel()
    powers = np.arange(terms) - 0.5
    transforms = np.array([jv(0, k), *(2**p * gamma(p + 1) * k ** -(p + 1) * jv(p + 1, k) for p in powers)])
    amounts = np.array([1.0, *(0.5 / (p + 1) for p in powers)])
    matrix = (transforms * (weights / (1 + length * k))) @ transforms.T
    sources = np.linalg.lstsq(matrix, amounts, rcond=1e-12)[0]
    return float(2 * np.pi * sources @ amounts)


@pytest.mark.parametrize("length", [0.03, 0.3, 1.0, 3.0, 30.0, 300.0])
def test_conduction_along_the_face_widens_the_mouth(length: float) -> None:
    found = face_access_resistance(2.0, 5e-9, [Sheet(math.inf, length * 5e-9)], math.inf)
    assert 1.0 / (found * 2.0 * 5e-9) == pytest.approx(conductance(length), rel=5e-3)


def test_without_charge_it_is_halls() -> None:
    assert conductance(0.0) == pytest.approx(4.0, rel=1e-3)
    bare = [Sheet(math.inf, 0.0)]
    assert face_access_resistance(2.0, 5e-9, bare, math.inf) == pytest.approx(access_resistance(2.0, 5e-9), rel=1e-12)
    # a terminal at a distance cuts off the confocal spheroids beyond it
    near = face_access_resistance(2.0, 5e-9, bare, 50e-9) / access_resistance(2.0, 5e-9)
    assert near == pytest.approx(1.0 - 2.0 / math.pi * math.atan(0.1), rel=1e-12)
    assert face_access_resistance(2.0, 5e-9, [Sheet(math.inf, 1e-6)], 1e-9) == 0.0, "a terminal inside the mouth"
    flat = planar_face_access_resistance(2.0, 1e-8, 1e-6, bare, 50e-9)
    assert flat == pytest.approx(planar_access_resistance(2.0, 1e-8, 1e-6, 50e-9), rel=1e-12)


def test_rings_lie_between_bare_and_fully_charged_faces() -> None:
    """A ring as wide as the face is the face, and so are rings of one charge next to each other."""
    rings = [
        face_access_resistance(1.0, 1.0, [Sheet(edge, 10.0), Sheet(1e6, 0.0)], 1e3) for edge in (1.0, 3.0, 30.0, 1e3)
    ]
    assert all(after < before for before, after in itertools.pairwise(rings))
    assert rings[-1] == pytest.approx(face_access_resistance(1.0, 1.0, [Sheet(1e3, 10.0)], 1e3), rel=1e-12)
    split = [Sheet(2.0, 10.0), Sheet(7.0, 10.0), Sheet(1e3, 10.0)]
    assert face_access_resistance(1.0, 1.0, split, 1e3) == pytest.approx(rings[-1], rel=1e-12)
    strips = [
        planar_face_access_resistance(1.0, 1.0, 1.0, [Sheet(edge, 10.0), Sheet(1e6, 0.0)], 1e3) for edge in (1, 30, 1e3)
    ]
    assert strips[0] > strips[1] > strips[2]
