"""Steady points: one, or those of a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solver.accuracy.sensitivity import sensitivity
from solver.analysis.rectification import rectification
from solver.case.studies.points import Point
from solver.linear.direct import SingularMatrixError
from solver.nonlinear.continuation import Solved
from solver.parallel.logs import logger
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Rows
from solver.studies.base import Runner

POINT_PHASES = ("assembly", "factorisation", "solve", "observables", "error estimate", "reservoir error")
"""Phases whose time is reported with every point."""

NEGLIGIBLE = 1e-3
"""Part of the largest value of a sweep below which a relative error says nothing."""


class SteadyRunner(Runner):
    """Computes steady points by continuation, one row each."""

    def records(self, simulation: Simulation, point: Point) -> Iterator[Record]:
        yield compute(simulation, point)

    def summary(self, rows: Rows) -> dict[str, Any]:
        return {"rectification": rectification(rows)}

    def warnings(self, rows: Rows, simulation: Simulation | None) -> Iterator[str]:
        """Points between those for which the mesh was adapted."""
        if simulation is None or simulation.adaptation is None or not simulation.adaptation.reached:
            return
        tolerance, goal = self.case.mesh.tolerance, self.case.mesh.goal
        header = {"current": "current{} [A]", "flow_rate": "flow_rate{} [m^3/s]"}.get(goal, "")
        judged = [row for row in rows if header.format("_error") in row]
        largest = max((abs(row[header.format("")]) for row in judged), default=0.0)
        judged = [row for row in judged if abs(row[header.format("")]) > NEGLIGIBLE * largest]
        errors = [abs(row[header.format("_error")] / row[header.format("")]) for row in judged]
        above = [error for error in errors if tolerance is not None and error > tolerance]
        if above:
            yield (
                f"the error of the {goal.replace('_', ' ')} exceeds mesh.tolerance at {len(above)} of {len(rows)} points, it"
                f" is {max(above):.2g} at most; only the ends of the sweep were judged"
            )


def compute(simulation: Simulation, point: Point) -> Record:
    """Reach a steady point and measure it. Collective.

    Raises:
        ConvergenceError: with the last good state restored.
    """
    clock = simulation.clock
    start, before = clock.elapsed, dict(clock.seconds)
    solved = simulation.reach(point)
    with clock("observables"):
        observed = simulation.observer.observe(point.case)
    errors = simulation.bars.columns(point, observed.row) if simulation.bars else {}
    spent = {f"{phase}_time [s]": clock.seconds[phase] - before.get(phase, 0.0) for phase in POINT_PHASES}
    tail = {**effort(solved), **spent, "wall_time [s]": clock.elapsed - start}
    return Record(
        {"point": point.number, **point.columns, **observed.row, **errors, **tail},
        f"{point.name}: I = {observed.row['current [A]']:.6g} A",
        fields=point.case.study.wants_fields(point),
        profile=[{"point": point.number, **line} for line in observed.profile],
        iterations=iterations(point, solved),
        sensitivities=derivatives(simulation, point),
    )


def derivatives(simulation: Simulation, point: Point) -> list[dict[str, object]]:
    """Rows of sensitivities.csv for the state that the simulation holds. Collective."""
    rows: list[dict[str, object]] = []
    with simulation.clock("sensitivities", everything=True):
        for adjoint in simulation.adjoints:
            try:
                adjoint.solve()
            except SingularMatrixError:
                logger.warning("%s: no sensitivities of the %s", point.name, adjoint.goal.kind.replace("_", " "))
                continue
            keys = point.case.outputs.sensitivities
            found = [sensitivity(simulation.problem, adjoint, point.case, key) for key in keys]
            rows += [{"point": point.number, **vars(one)} for one in found]
    return rows


def effort(solved: Solved) -> dict[str, object]:
    """Columns that say how a point was reached."""
    return {
        "newton_iterations": len(solved.report.iterations),
        "factorisations": solved.report.factorisations,
        "step_events": "; ".join(solved.events),
    }


def iterations(point: Point, solved: Solved) -> list[dict[str, object]]:
    """Rows of convergence.csv."""
    return [
        {
            "point": point.number,
            "iteration": i.number,
            "update": i.update,
            "residual": i.residual,
            "contraction": i.contraction,
            "factorised": int(i.factorised),
            "step_length": i.step_length,
        }
        for i in solved.report.iterations
    ]
