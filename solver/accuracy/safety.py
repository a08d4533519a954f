"""The factor between the difference of two degrees of elements and the error bar."""

from __future__ import annotations

import math

from solver.case.case import Case

SAFETY = 1.5
"""In a device of liquid alone: the enriched numbers have errors of their own, up to a third of the working ones where corners
dominate."""

WITH_EQUILIBRIA = 15.0
"""Where species are in equilibrium: an acid and a base meet in a front within one cell, whatever the degree, and the richer
elements see part of the error. Measured in a junction of pH 2 and 12: up to 8 times their difference, 2e-5 of the current."""

RESERVE = 1.1
"""On what an exponent predicts."""

DEGREES = 2.0 / 3.0
"""Working degree of the elements over the richer one."""


def safety_of(case: Case) -> float:
    """The factor of a case.

    Where a terminal ends at a solid, or a gate on it, a held and an insulated part of a straight boundary meet, and the
    potential goes like the distance to a power a: 1/2 within one material, and with tan(pi a / 2)^2 the ratio of the
    permittivities where an interface ends between the parts. Elements of degree p leave errors like p^-4a (Babuska and Suri,
    SIAM Rev. 36, 578 (1994)). Nothing of that kind is at the surface of a particle.
    """
    solvent, body = case.electrolyte.relative_permittivity, case.layout.body
    solids = [law for name, law in case.regions.items() if not law.holds_ions and name != body]
    least = WITH_EQUILIBRIA if case.electrolyte.dependences else SAFETY
    factors = [law.permittivity_factor(solvent) for law in solids]
    if not factors:
        return least
    exponent = 2.0 / math.pi * math.atan(1.0 / math.sqrt(max(1.0, *factors)))
    return max(least, RESERVE / (1.0 - DEGREES ** (4.0 * exponent)))
