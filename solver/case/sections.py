"""Charge of a wall in a cross-section: that of walls which answer to the liquid depends on the size, where layers overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.physics.cross_section import cross_section

if TYPE_CHECKING:
    from solver.case.case import Case

LAST_DIGITS = 1e-11
"""Relative error of the charge."""


def section_charge(case: Case, wall: str, z: float, half_size: float, terminal: str | None = None) -> float:
    """Charge in C/m^2 of a wall at an axial position z (m) in a cross-section of a radius or half-height (m), in equilibrium
    with the solution of a terminal (the first one by default): sigma = law(psi(sigma)), with the exact profile psi."""
    isolated = float(case.charge_at(wall, np.array([z]), terminal)[0])
    laws = case.walls[wall].responding
    if not laws or isolated == 0.0:
        return isolated
    from scipy.optimize import brentq  # takes a while to import

    solution = case.solutions()[0] if terminal is None else case.solution(terminal)
    places = case.course(wall).places(np.array([z]), np.zeros(1))
    given = isolated - sum(float(law.charge_along(places, solution)[0]) for law in laws)

    def excess(charge: float) -> float:
        potential = cross_section(case.geometry.symmetry, half_size, charge, solution).wall_potential
        return charge - given - sum(law.charge_at(potential, solution) for law in laws)

    # overlap raises the potential that a charge has, against which the law brings less of it
    low, high = sorted((0.0, isolated))
    margin = 1e-6 * (high - low)
    return float(brentq(excess, low - margin, high + margin, rtol=LAST_DIGITS, xtol=1e-16))
