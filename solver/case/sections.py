"""Charge of a wall in a cross-section: that of walls which answer to the liquid depends on the size, where layers overlap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.case.values import CaseValues
from solver.physics.cross_section import cross_section

LAST_DIGITS = 1e-11
"""Relative error of the charge."""


def section_charge(
    case: CaseValues,
    wall: str,
    z: float,
    half_size: float,
    terminal: str | None = None,
    brought: Callable[[float], float] | None = None,
) -> float:
    """Charge in C/m^2 of a wall at an axial position z (m) in a cross-section of a radius or half-height (m), in equilibrium
    with the solution of a terminal (the first one by default): sigma = law(psi(sigma)), with the exact profile psi.

    brought: charge from behind the wall, such as that of a gate, by the potential of the wall (V).
    """
    isolated = float(case.charge_at(wall, np.array([z]), terminal)[0])
    laws = case.walls[wall].responding
    if brought is None and not laws:
        return isolated
    from scipy.optimize import brentq  # takes a while to import

    solution = case.solutions()[0] if terminal is None else case.solution(terminal)
    places = case.course(wall).places(np.array([z]), np.zeros(1))
    given = isolated - sum(float(law.charge_along(places, solution)[0]) for law in laws)

    def of_wall(potential: float) -> float:
        behind = 0.0 if brought is None else brought(potential)
        return given + behind + sum(law.charge_at(potential, solution) for law in laws)

    def excess(charge: float) -> float:
        return charge - of_wall(cross_section(case.geometry.symmetry, half_size, charge, solution).wall_potential)

    # a wall brings less charge at the potential which that has than at none; overlap of layers raises the potential
    alone = brought is None and len(laws) == 1 and given == 0.0
    most = isolated if alone else of_wall(0.0)
    if most == 0.0:
        return 0.0
    margin = 1e-6 * abs(most)
    return float(brentq(excess, min(0.0, most) - margin, max(0.0, most) + margin, rtol=LAST_DIGITS, xtol=1e-16))
