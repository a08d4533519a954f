"""Potential of the channel wall."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem

from solver.case.case import Case
from solver.discretization.boundary import wall_charge
from solver.discretization.problem import Problem
from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

ZETA_POTENTIAL = header("zeta_potential_mean", "V")
SURFACE_POTENTIAL = header("surface_potential_mean", "V")


class WallPotential(Observable):
    """Mean potential over the channel wall, or over the first charged wall of a device without one."""

    quantities = (
        Quantity(
            ZETA_POTENTIAL,
            "zeta potential",
            "Mean potential of the channel wall's surface against that of the uncharged solution in equilibrium with it.",
        ),
        Quantity(
            SURFACE_POTENTIAL,
            "surface potential",
            "The same behind the Stern layer of the wall, where its charge is; of walls that have one.",
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._wall = _measured_wall(problem)
        self._has_stern = self._wall is not None and case.stern_capacitance(self._wall) is not None
        if self._wall is None:
            return
        ds = problem.ds(problem.tagged.boundaries[self._wall])
        squares = sum(ion.valence**2 for ion in problem.ions)
        # phi minus the virtual potential, see solver.observables.profiles
        self._bulk_logs = [fem.Constant(problem.mesh, 0.0) for _ in problem.ions]
        excess = [m - b for m, b in zip(problem.mu, self._bulk_logs, strict=True)]
        bulk = [ufl.exp(b) for b in self._bulk_logs]
        mean = sum(b * e for b, e in zip(bulk, excess, strict=True)) / sum(bulk)
        virtual = sum(ion.valence * (e - mean) for ion, e in zip(problem.ions, excess, strict=True)) / squares
        weight = problem.metric.weight
        self._potential = fem.form((problem.phi - virtual) * weight * ds)
        self._area = fem.form(weight * ds + 0 * problem.phi * ds)
        if self._has_stern:
            terms = [term for term in problem.charges if term.tag == problem.tagged.boundaries[self._wall]]
            charge = -wall_charge(terms, 1, problem.metric, problem.ds)
            self._charge = fem.form(charge + 0 * problem.phi * ds)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Potentials (V); NaN for a device without such a wall."""
        if self._wall is None:
            return {ZETA_POTENTIAL: np.nan}
        for constant, value in zip(self._bulk_logs, state.reference_logs, strict=True):
            constant.value = value
        area = state.integral(self._area)
        zeta = state.integral(self._potential) / area * state.scales.potential
        capacitance = state.case.stern_capacitance(self._wall)
        if not self._has_stern or capacitance is None:
            return {ZETA_POTENTIAL: zeta}
        charge = state.integral(self._charge) / area * state.scales.surface_charge
        return {ZETA_POTENTIAL: zeta, SURFACE_POTENTIAL: zeta + charge / capacitance}


def _measured_wall(problem: Problem) -> str | None:
    """The channel's wall, or the first that is charged."""
    charged = (wall.name for wall in problem.walls if wall.patches)
    return "channel" if any(wall.name == "channel" for wall in problem.walls) else next(charged, None)
