"""The whole pipeline: case -> points -> mesh -> problem -> states -> rows on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI

from meshes.geometry import File
from meshes.tagged import MeshError, TaggedMesh
from solver import device, versions
from solver.adapt import Adaptation, adapted_mesh
from solver.adjoint import Adjoint, Goal
from solver.case import Case, Steady
from solver.enriched import Enriched
from solver.error_bars import ErrorBars
from solver.errors import CaseError
from solver.fields import FieldFile, FieldWriter, read_checkpoint, write_checkpoint
from solver.linear import SingularMatrixError
from solver.newton import Newton, NewtonSettings
from solver.observables import Observer
from solver.problem import DEGREE, Problem
from solver.results import ResultDirectory, rectification
from solver.runtime import Clock, Progress, log_file, logger, on_root, release
from solver.sensitivity import sensitivity
from solver.study import Continuation, ConvergenceError, Point, Solved, plan

CHECKPOINT = "checkpoint.bp"
CHECKPOINT_INTERVAL = 300.0
"""Seconds between checkpoints of a running study."""


def run(case: Case, results: ResultDirectory, comm: MPI.Comm) -> None:
    """Compute every point of a case and write the results. Collective.

    Raises:
        ConvergenceError: a point was not reached; everything before it, and a checkpoint, are on disk.
        MeshError, ResultError: on all ranks.
    """
    clock = Clock()
    points = plan(case)
    earlier, adapted = on_root(comm, lambda: (results.checkpoint_point(), results.adaptation()))
    on_root(comm, lambda: results.start(case.model_dump(mode="json"), case.directory, **versions.describe(case, comm)))
    done = on_root(comm, lambda: {row["point"] for row in results.points})
    output = Output(case, results, comm, clock)
    session: Session | None = None
    try:
        with output.open(len(points), done) as write:
            for point in points:
                if point.number in done:
                    continue
                if session is None or not device.same_structure(session.case, point.case):
                    session = None  # its factors can go
                    release(comm)
                    last = None if earlier is None else points[earlier]
                    resumed = last is not None and device.same_structure(last.case, point.case)
                    session = open_session(point, points, comm, clock, Adaptation.of(adapted) if resumed else None)
                    on_root(comm, lambda mesh=session.statistics: results.update(mesh=mesh))  # type: ignore[misc]
                    if last is not None and resumed and session.can_be_kept:
                        session.resume(last, results.path / CHECKPOINT)
                    earlier = None
                write(session, point, session.compute(point))
        output.conclude(session)
    except ConvergenceError as error:
        message = str(error)
        output.keep(session)
        cost, history = clock.table(comm), iterations(point, error.solved)
        on_root(comm, lambda: results.add_convergence(history))
        on_root(comm, lambda: results.fail(message, cost=cost))
        raise
    except Exception as error:
        results.fail(f"{type(error).__name__}: {error}")
        raise


NEARLY_NOTHING = 1e-3
"""Part of the largest value of a sweep below which a relative error says nothing."""

POINT_PHASES = ("assembly", "factorisation", "solve", "observables", "error estimate", "reservoir error")
"""Phases whose time is reported with every point."""

Rows = list[dict[str, object]]
Row = tuple[dict[str, object], Rows, Rows, Rows]
"""What a point leaves: observables, axial profile, Newton iterations, sensitivities."""


@dataclass
class Output:
    """What a run leaves on disk. Collective."""

    case: Case
    results: ResultDirectory
    comm: MPI.Comm
    clock: Clock
    saved: float = 0.0

    @contextmanager
    def open(self, total: int, done: set[int]) -> Iterator[Callable[[Session, Point, Row], None]]:
        """Open log, field file and progress; gives the function that writes a point."""
        folder = self.results.path / "fields"
        on_root(self.comm, lambda: folder.mkdir(exist_ok=True))
        with (
            log_file(self.results.path / "log.txt", self.comm),
            FieldFile(self.comm, folder / "fields.pvd", append=bool(done)) as file,
            Progress(total, self.comm, len(done)) as progress,
        ):

            def write(session: Session, point: Point, row: Row) -> None:
                with self.clock("output"):
                    if wants_fields(self.case, point):
                        session.writer.write(file, point.number)
                    on_root(self.comm, lambda: self.results.add_point(*row))
                    if self._due():
                        self.keep(session)
                progress.accepted(f"{point.name}: I = {row[0]['current [A]']:.6g} A")

            yield write

    def _due(self) -> bool:
        """Whether a checkpoint is due; the first rank decides."""
        return bool(self.comm.bcast(self.clock.elapsed - self.saved > CHECKPOINT_INTERVAL, root=0))

    def keep(self, session: Session | None) -> None:
        """Write the checkpoint of the last good state."""
        if session is None or session.last is None or not (self.case.outputs.checkpoint and session.can_be_kept):
            return
        write_checkpoint(session.problem, self.results.path / CHECKPOINT)
        number = session.last.number
        on_root(self.comm, lambda: self.results.update(checkpoint=number))
        self.saved = self.clock.elapsed

    def conclude(self, session: Session | None) -> None:
        """Checkpoint, summary, cost and status."""
        with self.clock("output"):
            self.keep(session)
            summary = {"rectification": rectification(self.results.points)}
            if session is not None and session.adaptation is not None and session.adaptation.reached:
                on_root(self.comm, self._say_what_misses_the_tolerance)
            on_root(self.comm, lambda: self.results.write_json("summary.json", summary))
        cost = self.clock.table(self.comm)
        on_root(self.comm, lambda: self.results.complete(cost=cost))

    def _say_what_misses_the_tolerance(self) -> None:
        """Warn of points between those for which the mesh was adapted."""
        tolerance, goal = self.case.mesh.tolerance, self.case.mesh.goal
        header = {"current": "current{} [A]", "flow_rate": "flow_rate{} [m^3/s]"}.get(goal, "")
        rows = [row for row in self.results.points if header.format("_error") in row]
        largest = max((abs(row[header.format("")]) for row in rows), default=0.0)
        rows = [row for row in rows if abs(row[header.format("")]) > NEARLY_NOTHING * largest]
        errors = [abs(row[header.format("_error")] / row[header.format("")]) for row in rows]
        above = [error for error in errors if tolerance is not None and error > tolerance]
        if above:
            logger.warning(
                "warning: the error of the %s exceeds mesh.tolerance at %d of %d points, it is %.2g at most; only the ends "
                "of the sweep were judged", goal.replace("_", " "), len(above), len(self.results.points), max(above),
            )  # fmt: skip


def wants_fields(case: Case, point: Point) -> bool:
    """Whether the fields of a point are written."""
    if case.outputs.fields != "extremes" or isinstance(case.study, Steady):
        return case.outputs.fields != "none"
    values = case.study.points()
    return point.values[-1][1] in (min(values), max(values), 0.0)


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
            self.continuation.adopt(device.drive_of(self.problem, point.case))
            self.last = point

    def compute(self, point: Point) -> Row:
        """Reach a point and measure it."""
        begin, before = self.clock.elapsed, dict(self.clock.seconds)
        if point.branch != self.branch:
            self.continuation.begin_branch(point.continues and self.branch is not None)
            self.branch = point.branch
        solved = self.continuation.reach(device.drive_of(self.problem, point.case), point.coordinate, point.name)
        self.last = point
        with self.clock("observables"):
            observed = self.observer.observe(point.case)
        errors = self.bars.columns(point, observed.row) if self.bars else {}
        head: dict[str, object] = {"point": point.number}
        head.update({parameter_header(point.case, name): value for name, value in point.values})
        spent = {f"{phase}_time [s]": self.clock.seconds[phase] - before.get(phase, 0.0) for phase in POINT_PHASES}
        tail = {**effort(solved), **spent, "wall_time [s]": self.clock.elapsed - begin}
        profile: list[dict[str, object]] = [{"point": point.number, **line} for line in observed.profile]
        return {**head, **observed.row, **errors, **tail}, profile, iterations(point, solved), self._derivatives(point)

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
                rows += [{"point": point.number, **vars(one)} for one in found]
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
    alike = [other for other in points if device.same_structure(other.case, case)]
    if case.mesh.tolerance is not None and (adaptation is None or adaptation.grid_lines is None):
        tagged, adaptation = adapted_mesh(case, alike, comm, clock)
    else:
        with clock("mesh"):
            lines = None if adaptation is None else adaptation.grid_lines
            tagged = device.make_mesh(case, [other.case for other in alike], comm, lines)
    with clock("setup"):
        problem = device.make_problem(case, tagged, clock)
        settings = NewtonSettings(tolerance=case.solver.tolerance, max_iterations=case.solver.max_iterations)
        newton = Newton(problem)
        bars = None
        if case.outputs.errors == "all":
            bars = ErrorBars(
                Enriched(problem, device.make_problem(case, tagged, clock, DEGREE + 1)), newton.jacobian, case
            )
        goals = [Goal("current", case.driven_terminal), Goal("flow_rate", case.driven_terminal)]
        wanted = goals[: 2 if problem.flow else 1] if case.outputs.sensitivities else []
        adjoints = [Adjoint(problem, newton.jacobian, goal) for goal in wanted]
        observer, writer = Observer(problem, case), FieldWriter(problem)
        continuation = Continuation(problem, newton, settings)
        session = Session(case, tagged, problem, continuation, observer, writer, clock, bars, adjoints, adaptation)
    logger.info("mesh: %(cells)d cells, %(unknowns)d unknowns", session.statistics)
    return session


def parameter_header(case: Case, parameter: str) -> str:
    """Column header of a swept parameter."""
    unit = case.unit(parameter)
    return f"{parameter} [{unit}]" if unit else parameter


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


def write_mesh(case: Case, path: Path, comm: MPI.Comm) -> str:
    """Write the mesh of a case as a Gmsh file on the first rank; its sizes in words. Collective.

    Raises:
        CaseError: the case brings its own mesh file.
        MeshError: on all ranks.
    """
    from meshes.build import draw
    from meshes.session import gmsh_session

    geometry = case.geometry
    if isinstance(geometry, File):
        raise CaseError(f"the case reads its mesh from {geometry.path}; there is nothing to make", key=("geometry",))
    cases = [point.case for point in plan(case)]
    begins = case.mesh.tolerance is not None  # adaptation then goes on from a coarse mesh
    sizes = device.coarse_sizes(case, cases, {}) if begins else device.mesh_sizes(case, cases)

    def write() -> str:
        with gmsh_session() as gmsh:
            draw(gmsh, geometry, sizes)
            path.parent.mkdir(parents=True, exist_ok=True)
            gmsh.write(str(path))
            nodes = len(gmsh.model.mesh.getNodes()[0])
            cells = sum(len(tags) for tags in gmsh.model.mesh.getElements(2)[1])
        return (
            f"{path}: {cells} triangles, {nodes} vertices, in nanometres; wall cells {sizes.wall * 1e9:.3g} nm, "
            f"corner cells {sizes.corner * 1e9:.3g} nm{'; `run` adapts it' if begins else ''}"
        )

    try:
        return on_root(comm, write)
    except OSError as error:
        raise MeshError(f"cannot write {path}: {error.strerror}") from error
