"""Current of the device, by two independent routes, and how well all currents balance.

The first route sums the residual at terminals (see `solver.observables.state.DeviceState`). The second one is the same
residual tested with a function that steps from 1 to 0 across a cut of the channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization.ports import Port
from solver.discretization.problem import Problem
from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.physics.constants import FARADAY
from solver.results import headers
from solver.results.columns import IN_TIME, SPECTRUM, STEADY, Quantity

ROUNDING = 1e-9
"""Of positions, over the size of the mesh."""

ROUTE_DIFFERENCE = "current_route_difference"


class Current(Observable):
    """Current at the driven terminal or electrode, and through a cut of the channel where it has to be the same."""

    quantities = (
        Quantity(
            headers.CURRENT,
            "current",
            "Current that enters the device at the driven terminal or electrode; in time with the displacement current.",
            error="discretisation error (with a safety factor) and algebraic error, in time also that of the steps",
        ),
        Quantity(
            headers.CONDUCTION_CURRENT,
            "conduction current",
            "Part of the current that ions carry.",
            studies=(IN_TIME,),
        ),
        Quantity(
            headers.DISPLACEMENT_CURRENT,
            "displacement current",
            "Part of the current that changes the field.",
            studies=(IN_TIME,),
        ),
        Quantity(
            headers.BOUND_CHARGE_RATE,
            "rate of the bound charge",
            "Rate of change of the charge of walls and regions that no species of the liquid brings: where a protocol drives"
            " it, by light or a reaction of the material, and where sites take protons from a buffer. It comes and goes on"
            " the spot and through no terminal: the currents of all terminals and electrodes add up to its negative.",
            studies=(IN_TIME,),
        ),
        Quantity(
            headers.CURRENT_CUT,
            "current through the middle",
            "Conduction current through a cut at the middle of the channel, by a route of its own; of devices that ions enter"
            " and leave at two terminals or electrodes alone.",
        ),
        Quantity(
            ROUTE_DIFFERENCE,
            "difference of the routes",
            "Difference between the current and that through the cut, over the current.",
            studies=(STEADY,),
        ),
        Quantity(
            headers.CONSERVATION_ERROR,
            "conservation error of the current",
            "Sum of the currents of all terminals and electrodes, and of the rate of a driven bound charge, over the current;"
            " of a spectrum, sum of all admittances, that of buffered walls included, over the largest.",
            studies=(STEADY, IN_TIME, SPECTRUM),
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        mouths, ports = case.geometry.mouths, problem.ports
        passing = [port for port in (*ports.terminals, *ports.electrodes) if port.passes_ions]
        self._first = passing[0].name if passing else ""
        ends = {port.name for port in passing}
        through_walls = any(problem.rates.at(name) for name in ports.names if name not in ends)
        between_two = mouths is not None and len(passing) == 2 and not through_walls
        self._cut = _cut_forms(problem, passing[0], sum(mouths) / 2) if mouths is not None and between_two else None

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Currents (A), and errors over the current."""
        driven, totals = state.driven, state.totals
        row: dict[str, float] = {headers.CURRENT: totals[driven]}
        if state.displacement is not None:
            row[headers.CONDUCTION_CURRENT] = state.conduction[driven]
            row[headers.DISPLACEMENT_CURRENT] = state.displacement[driven]
        if self._cut is not None:
            through = self._through_the_cut(state)
            row[headers.CURRENT_CUT] = through
            if state.steady:
                row[ROUTE_DIFFERENCE] = abs(through - totals[driven]) / state.current_scale
        if state.charging is not None:
            row[headers.BOUND_CHARGE_RATE] = state.charging
        row[headers.CONSERVATION_ERROR] = abs(totals.sum() + (state.charging or 0.0)) / state.current_scale
        return row

    def _through_the_cut(self, state: DeviceState) -> float:
        """Conduction current through the middle of the channel, A; positive from the driven terminal."""
        rates = np.array([state.integral(form) for form in self._cut or ()]) * state.scales.molar_rate
        return FARADAY * float(state.valences @ rates) * (1.0 if state.case.driven_terminal == self._first else -1.0)


def _cut_forms(problem: Problem, first: Port, position: float) -> list[fem.Form]:
    """Rate of each species through the cut at an axial position (m), positive away from a port."""
    step = fem.Function(problem.unknowns.scalar)
    # ranks and partitions round a node on the cut to different sides: all such nodes belong to the first
    at = position / problem.tagged.unit + ROUNDING * problem.tagged.extent()
    step.interpolate(lambda x: (x[0] < at).astype(float))
    step.x.scatter_forward()
    sign = 1.0 if _mean_position(problem, first) < at else -1.0

    def through(i: int) -> Any:
        return problem.materials.over_ions(problem.measures, lambda law: sign * problem.species_transport(i, step, law))

    return [fem.form(through(i)) for i in range(len(problem.solutes))]


def _mean_position(problem: Problem, port: Port) -> float:
    """Mean axial position of the nodes of a port, in the unit of the mesh."""
    z = problem.unknowns.scalar.tabulate_dof_coordinates()[port.nodes, 0]
    total, count = problem.mesh.comm.allreduce(np.array([z.sum(), len(z)]), op=MPI.SUM)
    return float(total / count)
