"""Everything that the points of one structure share: mesh, problem, solvers and observers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.accuracy.adaptation import Adaptation, adapted_mesh
from solver.accuracy.adjoint import Adjoint, Goal
from solver.accuracy.enriched import Enriched
from solver.accuracy.error_bars import ErrorBars
from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point, extremes
from solver.case.studies.steady import Sweep
from solver.case.studies.transient import Transient
from solver.discretization import build, meshing
from solver.discretization.problem import DEGREE, Problem
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import Continuation, Solved
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.observables.observer import Observer
from solver.parallel.clock import Clock
from solver.parallel.logs import logger
from solver.results import headers
from solver.results.effort import FACTORISATIONS, ITERATIONS, PHASE_TIME, STEP_EVENTS, WALL_TIME
from solver.results.headers import parameter_header
from solver.simulation.checkpoint import read_checkpoint
from solver.simulation.fields import FieldWriter

POINT_PHASES = ("assembly", "factorisation", "solve", "observables", "error estimate", "reservoir error")
"""Phases whose time is reported with every point."""

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Record:
    """What a point of a study, or an instant of one, leaves on disk.

    Attributes:
        row: of observables.csv; `point` is its number.
        text: what is said about it while the study runs.
        weight: its part of the study, in points or in seconds of simulated time.
        fields: whether the fields are written.
        profile, iterations, sensitivities: rows of the files of these names.
    """

    row: dict[str, object]
    text: str
    weight: float = 1.0
    fields: bool = False
    profile: Sequence[Mapping[str, object]] = ()
    iterations: Sequence[Mapping[str, object]] = ()
    sensitivities: Sequence[Mapping[str, object]] = ()

    @property
    def number(self) -> int:
        """Of the row."""
        return int(str(self.row[headers.POINT]))


@dataclass
class Session:
    """Everything that points of one structure share."""

    case: Case
    tagged: TaggedMesh
    problem: Problem
    continuation: Continuation
    observer: Observer
    writer: FieldWriter
    clock: Clock
    enriched: Enriched | None
    bars: ErrorBars | None
    adjoints: Sequence[Adjoint]
    adaptation: Adaptation | None
    branch: int | None = None
    last: Point | None = None
    """The point whose state the problem holds."""

    def resume(self, point: Point, checkpoint: Path) -> None:
        """Start from the state of a point that an earlier run computed. Collective."""
        if checkpoint.exists():
            read_checkpoint(self.problem, checkpoint)
            self.continuation.adopt(build.drive_of(self.problem, point.case))
            self.last = point

    def reach(self, point: Point) -> Solved:
        """Bring the problem to the steady state of a point. Collective.

        Raises:
            ConvergenceError: with the last good state restored.
        """
        if point.branch != self.branch:
            self.continuation.begin_branch(point.continues and self.branch is not None)
            self.branch = point.branch
        solved = self.continuation.reach(build.drive_of(self.problem, point.case), point.coordinate, point.name)
        self.last = point
        return solved

    def compute(self, point: Point) -> Record:
        """Reach a steady point and measure it. Collective."""
        begin, before = self.clock.elapsed, dict(self.clock.seconds)
        solved = self.reach(point)
        with self.clock("observables"):
            observed = self.observer.observe(point.case)
        errors = self.bars.columns(point, observed.row) if self.bars else {}
        head: dict[str, object] = {headers.POINT: point.number}
        head.update({parameter_header(point.case, name): value for name, value in point.values})
        spent = {PHASE_TIME.of(phase=name): self.clock.seconds[name] - before.get(name, 0.0) for name in POINT_PHASES}
        tail = {**effort(solved), **spent, WALL_TIME: self.clock.elapsed - begin}
        return Record(
            {**head, **observed.row, **errors, **tail},
            f"{point.name}: I = {observed.row[headers.CURRENT]:.6g} A",
            fields=wants_fields(point),
            profile=[{headers.POINT: point.number, **line} for line in observed.profile],
            iterations=iterations(point, solved),
            sensitivities=self._derivatives(point),
        )

    def _derivatives(self, point: Point) -> Rows:
        """Rows of sensitivities.csv."""
        rows: Rows = []
        with self.clock("sensitivities", everything=True):
            for adjoint in self.adjoints:
                try:
                    adjoint.solve()
                except SingularMatrixError:
                    logger.warning("%s: no sensitivities of the %s", point.name, adjoint.goal.kind.replace("_", " "))
                    continue
                found = [
                    sensitivity(self.problem, adjoint, point.case, key) for key in point.case.outputs.sensitivities
                ]
                rows += [{headers.POINT: point.number, **vars(one)} for one in found]
        return rows

    @property
    def can_be_kept(self) -> bool:
        """Whether a checkpoint of this mesh finds its cells again: not after the refinement of a mesh file."""
        return self.adaptation is None or self.adaptation.grid_lines is not None

    @property
    def statistics(self) -> dict[str, object]:
        """Sizes of the mesh and the problem."""
        topology = self.problem.mesh.topology
        sizes: dict[str, object] = {
            "cells": int(topology.index_map(topology.dim).size_global),
            "vertices": int(topology.index_map(0).size_global),
            "unknowns": self.problem.unknowns,
        }
        return sizes if self.adaptation is None else {**sizes, "adaptation": vars(self.adaptation)}


def open_session(
    point: Point, points: Sequence[Point], comm: MPI.Comm, clock: Clock, adaptation: Adaptation | None = None
) -> Session:
    """Mesh, problem and observers for a point and all that share its structure. Collective.

    adaptation: of the mesh when an earlier run has adapted it for the same points.
    """
    case = point.case
    alike = [end for other in points if build.same_structure(other.case, case) for end in extremes(other)]
    if case.mesh.tolerance is not None and (adaptation is None or adaptation.grid_lines is None):
        tagged, adaptation = adapted_mesh(case, alike, comm, clock)
    else:
        with clock("mesh"):
            lines = None if adaptation is None else adaptation.grid_lines
            tagged = meshing.make_mesh(case, [other.case for other in alike], comm, lines)
    in_time = isinstance(case.study, Impedance | Transient)
    with clock("setup"):
        problem = build.make_problem(case, tagged, clock)
        settings = NewtonSettings(tolerance=case.solver.tolerance, max_iterations=case.solver.max_iterations)
        newton = Newton(problem)
        enriched = bars = None
        spectrum = isinstance(case.study, Impedance)
        if case.outputs.errors == "all" and (spectrum or case.driven_terminal in case.terminals):
            enriched = Enriched(problem, build.make_problem(case, tagged, clock, DEGREE + 1))
            if not spectrum:
                bars = ErrorBars(enriched, newton.jacobian, case)
        goals = [Goal("current", case.driven_terminal), Goal("flow_rate", case.driven_terminal)]
        wanted = goals[: 2 if problem.flow else 1] if case.outputs.sensitivities and not in_time else []
        adjoints = [Adjoint(problem, newton.jacobian, goal) for goal in wanted]
        observer, writer = Observer(problem, case), FieldWriter(problem)
        continuation = Continuation(problem, newton, settings)
        session = Session(
            case, tagged, problem, continuation, observer, writer, clock, enriched, bars, adjoints, adaptation
        )
    logger.info("mesh: %(cells)d cells, %(unknowns)d unknowns", session.statistics)
    return session


def wants_fields(point: Point) -> bool:
    """Whether the fields of a steady point are written."""
    study, wanted = point.case.study, point.case.outputs.fields
    if wanted != "extremes" or not isinstance(study, Sweep):
        return wanted != "none"
    values = study.points()
    return point.values[-1][1] in (min(values), max(values), 0.0)


def effort(solved: Solved) -> dict[str, object]:
    """Columns that say how a point was reached."""
    return {
        ITERATIONS: len(solved.report.iterations),
        FACTORISATIONS: solved.report.factorisations,
        STEP_EVENTS: "; ".join(solved.events),
    }


def iterations(point: Point, solved: Solved) -> list[dict[str, object]]:
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
        }
        for i in solved.report.iterations
    ]
