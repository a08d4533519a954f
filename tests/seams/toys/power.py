"""Power that the drive puts into the device: a toy quantity of one file."""

from __future__ import annotations

from dolfinx import fem

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

POWER = Quantity(header("power_{terminal}", "W"), "power at {terminal}", "Electric power that enters at the terminal.")
AMOUNT = Quantity(header("amount_{species}", "mol"), "amount of {species}", "Amount of the species in the device.")


class Power(Observable):
    """Electric power at each terminal, and (with compiled integrals) the amount of each species."""

    quantities = (POWER, AMOUNT)

    def __init__(self, problem: Problem, case: Case) -> None:
        self._amounts = [fem.form(c * problem.metric.weight * problem.measures.volume) for c in problem.c]

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Power (W) and amounts (mol)."""
        row = {}
        for k, name in enumerate(state.terminals):
            row[POWER.of(terminal=name)] = state.totals[k] * state.case.potential_of(name)
        for name, form in zip(state.species, self._amounts, strict=True):
            row[AMOUNT.of(species=name)] = state.integral(form) * state.scales.amount
        return row
