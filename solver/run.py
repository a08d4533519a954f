"""The whole pipeline: case -> points -> mesh -> problem -> states -> rows on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dolfinx import io
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver import device, versions
from solver.case import Case, Steady
from solver.fields import FieldWriter, read_checkpoint, write_checkpoint
from solver.newton import Newton, NewtonSettings
from solver.observables import Observer
from solver.problem import Problem
from solver.results import ResultDirectory, rectification
from solver.runtime import Clock, Progress, log_file, logger, on_root
from solver.study import Continuation, ConvergenceError, Point, Solved, plan

CHECKPOINT = "checkpoint.bp"


def run(case: Case, results: ResultDirectory, comm: MPI.Comm) -> None:
    """Compute every point of a case and write the results. Collective.

    Raises:
        ConvergenceError: a point was not reached; everything before it, and a checkpoint, are on disk.
        MeshError, ResultError: on all ranks.
    """
    clock = Clock()
    points = plan(case)
    on_root(comm, lambda: results.start(case.model_dump(mode="json"), case.directory, **versions.describe(case, comm)))
    done = {row["point"] for row in comm.bcast(results.points, root=0)}
    pending = [point for point in points if point.number not in done]
    session: Session | None = None
    folder = results.path / "fields"
    on_root(comm, lambda: folder.mkdir(exist_ok=True))
    with (
        log_file(results.path / "log.txt", comm),
        io.VTKFile(comm, str(folder / "fields.pvd"), "a" if done else "w") as file,
        Progress(len(points), comm, len(done)) as progress,
    ):
        try:
            for point in pending:
                if session is None or not device.same_structure(session.case, point.case):
                    session = open_session(point, points, comm, clock)
                    on_root(comm, lambda mesh=session.statistics: results.update(mesh=mesh))  # type: ignore[misc]
                    if done and point is pending[0] and (results.path / CHECKPOINT).exists():
                        read_checkpoint(session.problem, results.path / CHECKPOINT)
                row = session.compute(point)
                if wants_fields(case, point):
                    with clock("output"):
                        session.writer.write(file, point.number)
                with clock("output"):
                    on_root(comm, lambda row=row: results.add_point(*row))  # type: ignore[misc]
                progress.accepted(f"{point.name}: I = {row[0]['current [A]']:.6g} A")
            finish(case, results, session, clock, comm)
        except ConvergenceError as error:
            message = str(error)
            if session is not None and case.outputs.checkpoint:
                write_checkpoint(session.problem, results.path / CHECKPOINT)
            cost = clock.table(comm)
            on_root(comm, lambda: results.fail(message, cost=cost))
            raise


def finish(case: Case, results: ResultDirectory, session: Session | None, clock: Clock, comm: MPI.Comm) -> None:
    """Checkpoint, summary, cost and status."""
    with clock("output"):
        if session is not None and case.outputs.checkpoint:
            write_checkpoint(session.problem, results.path / CHECKPOINT)
        on_root(comm, lambda: results.write_json("summary.json", {"rectification": rectification(results.points)}))
    cost = clock.table(comm)
    on_root(comm, lambda: results.complete(cost=cost))


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
    branch: int | None = None

    def compute(self, point: Point) -> tuple[dict[str, object], list[dict[str, object]], list[dict[str, object]]]:
        """Reach a point and measure it: a row of observables, its axial profile, its Newton iterations."""
        begin = self.clock.elapsed
        if point.branch != self.branch:
            self.continuation.begin_branch(point.continues and self.branch is not None)
            self.branch = point.branch
        coordinate = point.values[-1][1] if point.values else 0.0
        solved = self.continuation.reach(device.drive_of(self.problem, point.case), coordinate, point.name)
        with self.clock("observables"):
            observed = self.observer.observe(point.case)
        head: dict[str, object] = {"point": point.number}
        head.update({parameter_header(point.case, name): value for name, value in point.values})
        tail = {**effort(solved), "wall_time [s]": self.clock.elapsed - begin}
        profile = [{"point": point.number, **line} for line in observed.profile]
        return {**head, **observed.row, **tail}, profile, iterations(point, solved)

    @property
    def statistics(self) -> dict[str, int]:
        """Sizes of the mesh and the problem."""
        topology = self.problem.mesh.topology
        return {
            "cells": int(topology.index_map(topology.dim).size_global),
            "vertices": int(topology.index_map(0).size_global),
            "unknowns": self.problem.unknowns,
        }


def open_session(point: Point, points: Sequence[Point], comm: MPI.Comm, clock: Clock) -> Session:
    """Mesh, problem and observers for a point and all that share its structure. Collective."""
    case = point.case
    alike = [other.case for other in points if device.same_structure(other.case, case)]
    with clock("mesh"):
        tagged = device.make_mesh(case, alike, comm)
    with clock("setup"):
        problem = device.make_problem(case, tagged, clock)
        settings = NewtonSettings(tolerance=case.solver.tolerance, max_iterations=case.solver.max_iterations)
        continuation = Continuation(problem, Newton(problem), settings)
        session = Session(case, tagged, problem, continuation, Observer(problem, case), FieldWriter(problem), clock)
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


def mesh_file(case: Case, path: Path, comm: MPI.Comm) -> None:
    """Write the mesh of a case with a described geometry as a Gmsh file. First rank only draws."""
    from meshes.build import draw, gmsh_session

    def write() -> None:
        with gmsh_session() as gmsh:
            draw(gmsh, case.geometry, device.mesh_sizes(case, [point.case for point in plan(case)]))
            gmsh.write(str(path))

    on_root(comm, write)
