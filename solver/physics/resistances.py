"""Resistances of channels and their mouths in closed form: uncharged ones, and mouths in charged faces."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


# ------------------------------------------------------------------------------------------------ resistances
def access_resistance(conductivity: float, radius: float) -> float:
    """ohm of a circular mouth towards an infinite reservoir: 1/(4 kappa R); Hall, J. Gen. Physiol. 66, 531 (1975)."""
    return 1.0 / (4.0 * conductivity * radius)


def in_tube(part: float) -> float:
    """Access resistance of a round mouth in the middle of the end of a tube, as a share of that towards a half space, without
    the resistance of the tube itself. part: radius of the mouth over that of the tube; right to 0.2 % up to 0.6.

    Series of V. A. Fock (C. R. Acad. Sci. URSS 31, 875 (1941)); square and hexagonal cells are taken as round ones of the
    same area.
    """
    return 1.0 - 1.40925 * part + 0.33818 * part**3 + 0.06793 * part**5


def planar_access_resistance(conductivity: float, height: float, width: float, reach: float) -> float:
    """ohm of one slit mouth towards a half-disc electrode of radius `reach` >= height / 2.

    Confocal ellipses about the mouth: acosh(2 reach / height) / (pi kappa w). It grows without bound with the reach.
    """
    return math.acosh(max(1.0, 2.0 * reach / height)) / (math.pi * conductivity * width)


def rectangular_access_resistance(conductivity: float, height: float, width: float, reach: float) -> float:
    """ohm of the mouth of a slit with side walls towards a terminal `reach` (m) away in all directions.

    That of an ellipse of the same area and ratio of the sides, K(1 - b^2/a^2) / (2 pi kappa a) with its half axes a > b, less
    1 / (2 pi kappa reach) of the half space beyond. Too small by 2 % for a square mouth without end, and by 11 % for a very
    wide one.
    """
    from scipy.special import ellipk  # takes a while to import

    long, short = max(height, width) / math.sqrt(math.pi), min(height, width) / math.sqrt(math.pi)
    whole = float(ellipk(1.0 - (short / long) ** 2)) / long - 1.0 / reach
    return max(0.0, whole) / (2.0 * math.pi * conductivity)


class Sheet(NamedTuple):
    """A ring of the face around a mouth, along which ions of the wall conduct.

    Attributes:
        outer: its outer edge, m from the axis or mid-plane.
        dukhin_length: m: conductance of the sheet (S) over the conductivity of the liquid (S/m).
    """

    outer: float
    dukhin_length: float


def mouth_radius(radius: float, dukhin_length: float) -> float:
    """m: radius of the half sphere whose access resistance is that of a mouth in a conducting face.

    2 R / pi without conduction along the face (Hall's formula), exp(gamma) R / 2 where it is all there is (gamma: Euler's
    constant; then the potential of the face is a logarithm). Between them a power law fitted to the solution of the dual
    integral equations, which gives resistances to 0.5 %.
    """
    share = (dukhin_length / radius) ** 0.8
    start, end = 2.0 / math.pi, 0.5 * math.exp(float(np.euler_gamma))
    return float(radius * (start + (end - start) * share / (share + 0.762)))


def face_access_resistance(conductivity: float, radius: float, sheets: Sequence[Sheet], reach: float) -> float:
    """ohm of a circular mouth in a face that conducts towards a terminal `reach` (m) away (infinite without one).

    The current spreads over half spheres, from one to the next through the liquid, 2 pi kappa r^2, and along the face,
    2 pi kappa l r with the Dukhin length l; for one sheet that is ln(1 + l/a) / (2 pi kappa l), with a the `mouth_radius`.
    (Conduction along faces makes a pore look as wide as l: Lee, Joly, Siria, Biance, Fulcrand, Bocquet, Nano Lett. 12,
    4037 (2012).) The sheets follow each other outward; the last one goes on to the terminal.
    """
    # of a disc without sheets the terminal cuts off atan(R / reach) / (2 pi kappa R), confocal spheroids
    start = mouth_radius(radius, sheets[0].dukhin_length)
    end = max(start, radius / math.atan(radius / reach)) if math.isfinite(reach) else math.inf
    total = sum(_half_spheres(inner, outer, sheet.dukhin_length) for inner, outer, sheet in _rings(start, end, sheets))
    return total / (2.0 * math.pi * conductivity)


def planar_face_access_resistance(
    conductivity: float, height: float, width: float, sheets: Sequence[Sheet], reach: float
) -> float:
    """ohm of one slit mouth between two faces that conduct: half cylinders, pi kappa w r, beside 2 kappa w l."""
    start = reach * math.exp(-math.acosh(max(1.0, 2.0 * reach / height)))
    total = sum(
        math.log((math.pi * outer + 2.0 * sheet.dukhin_length) / (math.pi * inner + 2.0 * sheet.dukhin_length))
        for inner, outer, sheet in _rings(start, reach, sheets)
    )
    return total / (math.pi * conductivity * width)


def _rings(start: float, end: float, sheets: Sequence[Sheet]) -> list[tuple[float, float, Sheet]]:
    """Inner and outer distance of each sheet between two distances; the last one goes to the end."""
    edges = [start, *(min(max(sheet.outer, start), end) for sheet in sheets[:-1]), end]
    return [(*pair, sheet) for pair, sheet in zip(itertools.pairwise(edges), sheets, strict=True)]


def _half_spheres(inner: float, outer: float, length: float) -> float:
    """Integral of dr / (r (r + l)), 1/m."""
    if length < 1e-9 * inner:
        return 1.0 / inner - 1.0 / outer
    beyond = 0.0 if math.isinf(outer) else math.log1p(length / outer)
    return (math.log1p(length / inner) - beyond) / length


def pore_resistance(conductivity: float, length: float, radius: float) -> float:
    """ohm of an uncharged cylinder with its two mouths: (L + pi R / 2) / (pi R^2 kappa) (Maxwell, Hall)."""
    return (length + 0.5 * math.pi * radius) / (math.pi * radius**2 * conductivity)


def cone_resistance(conductivity: float, length: float, radius_base: float, radius_tip: float) -> float:
    """ohm of an uncharged cone between two spherical caps, exact: (1/r_tip - 1/r_base)/(2 pi kappa (1 - cos alpha)).

    The slender formula L/(pi kappa R_base R_tip) is its limit for a small opening angle alpha.
    """
    slope = (radius_base - radius_tip) / length
    # 1 - cos(alpha) without cancellation; sin and tan divide out against the distances from the apex
    sine = slope / math.hypot(1.0, slope)
    one_minus_cosine = sine**2 / (1.0 + 1.0 / math.hypot(1.0, slope))
    if slope == 0.0:
        return length / (math.pi * conductivity * radius_base * radius_tip)
    return sine * (1.0 / radius_tip - 1.0 / radius_base) / (2.0 * math.pi * conductivity * one_minus_cosine)


def gauss_integral(value: Callable[[float], float], start: float, stop: float, points: int = 16) -> float:
    """Integral of a smooth function by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
    return float(sum(half * w * value(middle + half * x) for x, w in zip(nodes, weights, strict=True)))
