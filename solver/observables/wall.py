"""Potential of the channel wall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem

from solver.case.case import Case
from solver.discretization.coverages import charge_of_sites
from solver.discretization.problem import Problem
from solver.laws.walls.base import WallLaw
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

ZETA_POTENTIAL = header("zeta_potential_mean", "V")
SURFACE_POTENTIAL = header("surface_potential_mean", "V")
SURFACE_CHARGE = header("surface_charge_mean", "C/m^2")


class WallPotential(Observable):
    """Mean potential over the channel wall, or over the first charged wall of a device without one."""

    quantities = (
        Quantity(
            ZETA_POTENTIAL,
            "zeta potential",
            "Mean potential of the channel wall's surface against that of the uncharged solution in equilibrium with it.",
            error=BAR,
        ),
        Quantity(
            SURFACE_POTENTIAL,
            "surface potential",
            "The same behind the Stern layer of the wall, where its charge is; of walls that have one.",
            error=BAR,
        ),
        Quantity(
            SURFACE_CHARGE,
            "surface charge",
            "Mean charge of the same wall, where it follows from the liquid.",
            error=BAR,
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._wall, self._electroneutral = measured_wall(problem), problem.electroneutral
        if self._wall is None:
            return
        measure, weight = problem.measures.boundary(self._wall), problem.metric.weight
        self._potential = fem.form((problem.phi - problem.virtual_potential) * weight * measure)
        self._area = fem.form(weight * measure + 0 * problem.phi * measure)
        self._laws = _laws(problem, self._wall)
        self._responds = any(law.is_charged and law.responds for law in self._laws)
        self._charge = [part.total for part in problem.at_walls.whole_charge(self._wall)]
        self._held = [part.total for part in problem.at_walls.held_charges if part.name == self._wall]

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Potentials (V); NaN for a device without such a wall, nothing in an electroneutral one."""
        if self._electroneutral:
            return {}
        if self._wall is None:
            return {ZETA_POTENTIAL: np.nan}
        area = state.integral(self._area)
        zeta = state.integral(self._potential) / area * state.scales.potential
        row, capacitance = {ZETA_POTENTIAL: zeta}, state.case.stern_capacitance(self._wall)
        if not self._charge:
            return row
        charge = sum(map(state.integral, self._charge)) / area * state.scales.surface_charge
        if capacitance is not None:
            in_front = sum(map(state.integral, self._held)) / area * state.scales.surface_charge  # what adsorbs
            in_front += sum(charge_of_sites(law, self._wall, state.found.parameters) for law in self._laws)
            row[SURFACE_POTENTIAL] = zeta + (charge - in_front) / capacitance
        if self._responds:
            row[SURFACE_CHARGE] = charge
        return row


def measured_wall(problem: Problem) -> str | None:
    """The channel's wall, or the first that is charged; none in an electroneutral device, whose walls have no layer."""
    if problem.electroneutral:
        return None
    charged = (wall.name for wall in problem.walls if any(law.is_charged for law in wall.laws))
    return "channel" if any(wall.name == "channel" for wall in problem.walls) else next(charged, None)


def _laws(problem: Problem, name: str) -> Sequence[WallLaw]:
    """The laws of a wall."""
    return next((wall.laws for wall in problem.walls if wall.name == name), ())
