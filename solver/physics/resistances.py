"""Resistances of uncharged channels and their mouths in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


# ------------------------------------------------------------------------------------------------ resistances
def access_resistance(conductivity: float, radius: float) -> float:
    """ohm of a circular mouth towards an infinite reservoir: 1/(4 kappa R); Hall, J. Gen. Physiol. 66, 531 (1975)."""
    return 1.0 / (4.0 * conductivity * radius)


def planar_access_resistance(conductivity: float, height: float, width: float, reach: float) -> float:
    """ohm of one slit mouth towards a half-disc electrode of radius `reach` >= height / 2.

    Confocal ellipses about the mouth: acosh(2 reach / height) / (pi kappa w). It grows without bound with the reach.
    """
    return math.acosh(max(1.0, 2.0 * reach / height)) / (math.pi * conductivity * width)


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
