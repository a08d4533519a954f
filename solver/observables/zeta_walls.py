"""Charge of every wall of given zeta potential."""

from __future__ import annotations

from dolfinx import fem

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header

CHARGE = Quantity(
    header("charge_{zeta_wall}", "C"),
    "charge of {zeta_wall}",
    "Charge of the wall, which follows from its zeta potential.",
    error=BAR,
)
DENSITY = Quantity(
    header("surface_charge_mean_{zeta_wall}", "C/m^2"),
    "surface charge of {zeta_wall}",
    "The same over the area of the wall.",
    error=BAR,
)


class ZetaWalls(Observable):
    """Charges that follow from given zeta potentials: sums of the rows of Poisson's equation at the walls."""

    quantities = (CHARGE, DENSITY)

    def __init__(self, problem: Problem, case: Case) -> None:
        ports = problem.ports
        self._walls = {ports.index(port.name): port.name for port in ports.open_walls if port.holds_zeta}
        weight, measures = problem.metric.weight, problem.measures
        self._areas = {
            # with the potential, so that the weight need not be a constant
            name: fem.form(weight * measures.boundary(name) + 0 * problem.phi * measures.boundary(name))
            for name in self._walls.values()
        }

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Charges (C) and their means (C/m^2)."""
        row = {}
        for k, name in self._walls.items():
            area = state.integral(self._areas[name]) * state.scales.electric_flux / state.scales.surface_charge
            row[CHARGE.of(zeta_wall=name)] = state.charges[k]
            row[DENSITY.of(zeta_wall=name)] = state.charges[k] / area
        return row
