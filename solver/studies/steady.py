"""Steady points: one, or those of a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solver.accuracy.sensitivity import sensitivity
from solver.analysis.rectification import rectification
from solver.analysis.reversal import reversals
from solver.analysis.transfer import transfers
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization.evaluation import Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import Solved
from solver.observables.observer import Observed
from solver.parallel.logs import logger
from solver.results import headers
from solver.results.effort import FACTORISATIONS, ITERATIONS, PHASE_TIME, STEP_EVENTS, WALL_TIME
from solver.results.headers import error_header
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows
from solver.studies.base import Runner
from solver.studies.texts import steady_text

POINT_PHASES = (
    "assembly",
    "factorisation",
    "solve",
    "multigrid",
    "krylov",
    "observables",
    "error estimate",
    "reservoir error",
)
"""Phases whose time is reported with every point."""

NEGLIGIBLE = 1e-3
"""Part of the largest value of a sweep below which a relative error says nothing."""


class SteadyRunner(Runner):
    """Computes steady points by continuation, one row each."""

    def records(self, simulation: Simulation, point: Point[Case]) -> Iterator[Record]:
        yield compute(simulation, point)

    def summary(self, rows: Rows) -> dict[str, Any]:
        return {
            "rectification": rectification(rows, len(self.case.terminals) + len(self.case.electrodes)),
            "reversal": reversals(rows, self.case),
            "transfer": transfers(rows),
        }

    def warnings(self, rows: Rows, simulation: Simulation | None) -> Iterator[str]:
        """Points between those for which the mesh was adapted, beside what all studies look at."""
        yield from super().warnings(rows, simulation)
        if simulation is None or simulation.adaptation is None or not simulation.adaptation.reached:
            return
        tolerance, goal = self.case.mesh.tolerance, self.case.mesh.goal
        header = {"current": headers.CURRENT, "flow_rate": headers.FLOW_RATE}.get(goal, "")
        bar = error_header(header) if header else ""
        known = [row for row in rows if bar in row]
        largest = max((abs(row[header]) for row in known), default=0.0)
        errors = [abs(row[bar] / row[header]) for row in known if abs(row[header]) > NEGLIGIBLE * largest]
        above = [error for error in errors if tolerance is not None and error > tolerance]
        if above:
            yield (
                f"the error of the {goal.replace('_', ' ')} exceeds mesh.tolerance at {len(above)} of {len(rows)} points, it"
                f" is {max(above):.2g} at most; only the ends of the sweep were assessed"
            )


def compute(simulation: Simulation, point: Point[Case]) -> Record:
    """Reach a steady point and measure it. Collective.

    Raises:
        ConvergenceError: with the last good state restored.
    """
    clock = simulation.clock
    start, before = clock.elapsed, dict(clock.seconds)
    precision = simulation.precision
    solved = simulation.reach(point, precision.tolerance)
    observed = _observed(simulation, point, solved)
    finer = precision.for_routes(observed.row)
    if finer is not None:
        simulation.refine(solved, finer)
        observed = _observed(simulation, point, solved)
    errors = _errors(simulation, point, solved, observed)
    if not precision.suffices(observed.row, errors):
        simulation.refine(solved, precision.tolerance)
        observed = _observed(simulation, point, solved)
        errors = _errors(simulation, point, solved, observed)
    spent = {PHASE_TIME.of(phase=phase): clock.seconds[phase] - before.get(phase, 0.0) for phase in POINT_PHASES}
    tail = {**effort(solved), **spent, WALL_TIME: clock.elapsed - start}
    return Record(
        {headers.POINT: point.number, **point.columns, **observed.row, **errors, **tail},
        f"{point.name}: {steady_text(point.case, observed.row)}",
        fields=point.case.study.wants_fields(point),
        profile=[{headers.POINT: point.number, **line} for line in observed.profile],
        iterations=iterations(point, solved),
        sensitivities=derivatives(simulation, point, solved.state),
    )


def _observed(simulation: Simulation, point: Point[Case], solved: Solved) -> Observed:
    """What is observed of a state. Collective."""
    with simulation.clock("observables"):
        return simulation.observer.observe(solved.state, point.case)


def _errors(simulation: Simulation, point: Point[Case], solved: Solved, observed: Observed) -> dict[str, float]:
    """Error columns of what is observed of a state. Collective."""
    return simulation.bars.columns(point, solved.state, observed) if simulation.bars else {}


def derivatives(simulation: Simulation, point: Point[Case], found: Evaluation) -> list[dict[str, object]]:
    """Rows of sensitivities.csv for an evaluated state. Collective."""
    rows: list[dict[str, object]] = []
    with simulation.clock("sensitivities", everything=True):
        for adjoint in simulation.adjoints:
            try:
                adjoint.solve(found)
            except SingularMatrixError:
                logger.warning("%s: no sensitivities of the %s", point.name, adjoint.goal.kind.replace("_", " "))
                continue
            keys = point.case.outputs.sensitivities
            rows += [
                {headers.POINT: point.number, **vars(sensitivity(adjoint, found, point.case, key))} for key in keys
            ]
    return rows


def effort(solved: Solved) -> dict[str, object]:
    """Columns that say how a point was reached."""
    return {
        ITERATIONS: len(solved.report.iterations),
        FACTORISATIONS: solved.report.factorisations,
        STEP_EVENTS: "; ".join(solved.events),
    }


def iterations(point: Point[Case], solved: Solved) -> list[dict[str, object]]:
    """Rows of convergence.csv."""
    return [
        {
            headers.POINT: point.number,
            "iteration": i.number,
            "update": i.update,
            "residual": i.residual,
            "contraction": i.contraction,
            "factorised": int(i.factorised),
            "step_length": i.step_length,
            "linear_iteration": i.linear,
        }
        for i in solved.report.iterations
    ]
