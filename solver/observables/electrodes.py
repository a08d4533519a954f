"""Charge of every electrode and floating conductor, the current that charges it, and potentials that follow."""

from __future__ import annotations

import ufl
from dolfinx import fem

from solver.case.case import Case
from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import Quantity
from solver.results.headers import extended, header

CHARGE = Quantity(
    header("charge_{electrode}", "C"),
    "charge of {electrode}",
    "Charge of the electrode.",
    error=BAR,
)
GIVEN_CHARGE = Quantity(
    header("charge_{conductor}", "C"),
    "charge of {conductor}",
    "Charge of the floating conductor: what the case gives, as the solution has it.",
)
POTENTIAL = Quantity(
    header("potential_{floating}", "V"),
    "potential of {floating}",
    "Potential of a floating conductor, or of the terminal or electrode where a current is held.",
    error=BAR,
)
LEFT_HALF = header("charge_left_half", "C")


class Electrodes(Observable):
    """Charge of each electrode and floating conductor, the latter's potential; in a closed cell also the charge of the ions
    in its left half. No charges in an electroneutral device."""

    quantities = (
        Quantity(
            extended(headers.CURRENT, "{electrode}"),
            "current at {electrode}",
            "Current that enters at the electrode: what charges it (a displacement current), and what reactions pass.",
        ),
        CHARGE,
        Quantity(
            extended(headers.CURRENT, "{conductor}"),
            "current at {conductor}",
            "Rate of change of the charge of the floating conductor, which stays in time.",
        ),
        GIVEN_CHARGE,
        POTENTIAL,
        Quantity(
            LEFT_HALF, "charge of the left half", "Charge of the ions in the left half of a closed cell.", error=BAR
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        mouths = case.geometry.mouths
        closed = not problem.ports.terminals
        self._charged = not problem.electroneutral
        halved = mouths if closed and self._charged else None
        self._half = None if halved is None else _charge_before(problem, sum(halved) / 2)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A) and charges (C); nothing of a device without electrodes."""
        row = {}
        for k, name in enumerate(state.electrodes, start=len(state.terminals)):
            row[extended(headers.CURRENT, name)] = state.totals[k]
            if self._charged:
                row[CHARGE.of(electrode=name)] = state.charges[k]
        row |= {POTENTIAL.of(floating=name): value for name, value in state.floating_potentials.items()}
        if state.electrodes and self._half is not None:
            row[LEFT_HALF] = FARADAY * state.integral(self._half) * state.scales.amount
        return row


def _charge_before(problem: Problem, position: float) -> fem.Form:
    """Charge of the ions before a cut at an axial position (m)."""
    z = ufl.SpatialCoordinate(problem.mesh)[0]
    before = ufl.conditional(ufl.lt(z, position / problem.tagged.unit), 1.0, 0.0)
    charge = forms.charge_density(problem.c, problem.valences)
    return fem.form(charge * before * problem.metric.weight * problem.measures.liquid)
