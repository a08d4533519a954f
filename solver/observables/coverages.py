"""What walls hold of each species."""

from __future__ import annotations

from dolfinx import fem

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

COVERAGE = Quantity(
    "coverage_{wall}_{species}",
    "coverage of {wall} by {species}",
    "Part of the wall's sites for the species that hold it, in the mean over the wall.",
    error=BAR,
)
ADSORBED = Quantity(
    header("adsorbed_{wall}_{species}", "mol"),
    "{species} on {wall}",
    "Amount of the species that the wall holds.",
    error=BAR,
)


class Coverages(Observable):
    """Coverages of walls with adsorption and the amounts on them."""

    quantities = (COVERAGE, ADSORBED)

    def __init__(self, problem: Problem, case: Case) -> None:
        self._amounts = [each for each in problem.at_walls.amounts if each.held.name in case.holders]
        with problem.clock("compile"):
            self._areas = {each.held.name: fem.form(each.held.area_form + 0 * each.held.form) for each in self._amounts}

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Parts and amounts (mol); nothing where no wall holds anything."""
        areas = {wall: state.integral(form) for wall, form in self._areas.items()}
        row = {}
        for each in self._amounts:
            wall, species = each.held.name, state.species[each.species]
            total, scales = state.integral(each.held.total), state.scales
            capacity = sum(law.capacities().get(species, 0.0) for law in state.case.walls[wall].laws)
            mean = total / areas[wall] * scales.concentration * scales.length
            row[COVERAGE.of(wall=wall, species=species)] = mean / capacity
            row[ADSORBED.of(wall=wall, species=species)] = total * scales.amount
        return row
