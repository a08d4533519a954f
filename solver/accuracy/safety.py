"""The factor between the difference of two degrees of elements and the error bar."""

from __future__ import annotations

import math

from solver.case.case import Case

SAFETY = 1.5
"""In a device of liquid alone: the enriched numbers have errors of their own, up to a third of the working ones where corners
dominate."""

AT_FRONTS, FRONT = 15.0, 1e4
"""The same where species are in equilibrium and one of them has concentrations in two reservoirs that differ by more than a
factor: such as an acid and a base, which meet in a front within one cell, whatever the degree, so that richer elements see
part of the error. Measured in a junction of pH 2 and 12: up to 8 times their difference, 2e-5 of the current."""

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
    least = AT_FRONTS if _has_front(case) else SAFETY
    factors = [law.permittivity_factor(solvent) for law in solids]
    if not factors:
        return least
    exponent = 2.0 / math.pi * math.atan(1.0 / math.sqrt(max(1.0, *factors)))
    return max(least, RESERVE / (1.0 - DEGREES ** (4.0 * exponent)))


def _has_front(case: Case) -> bool:
    """Whether reservoirs of unlike species in equilibrium meet."""
    if not case.electrolyte.dependences:
        return False
    bulks = [case.bulk(name) for name in case.terminals]
    values = [[bulk[name] for bulk in bulks] for name in case.electrolyte.species] if bulks else []
    return any(max(each) > FRONT * min(each) for each in values)
