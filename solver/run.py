"""The whole pipeline: case -> points -> mesh -> problem -> states -> rows on disk."""

from __future__ import annotations

from collections.abc import Iterator

from mpi4py import MPI

from solver.accuracy.adaptation import Adaptation
from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.points import Point, plan
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.ranks import on_root, release
from solver.results.directory import ResultDirectory
from solver.simulation.output import CHECKPOINT, Output
from solver.simulation.provenance import describe
from solver.simulation.simulation import Record, Session, iterations, open_session
from solver.studies.columns import columns_of
from solver.studies.impedance import runner as spectrum
from solver.studies.transient.initial_state import begin_march
from solver.studies.transient.runner import March


def run(case: Case, results: ResultDirectory, comm: MPI.Comm) -> None:
    """Compute every point of a case and write the results. Collective.

    Raises:
        ConvergenceError: a point was not reached; everything before it, and a checkpoint, are on disk.
        Interrupted: the process was asked to end; everything so far, and a checkpoint, are on disk.
        MeshError, ResultError: on all ranks.
    """
    clock = Clock()
    points = plan(case)
    earlier, adapted = on_root(comm, lambda: (results.checkpoint(), results.adaptation()))
    plain, about = case.model_dump(mode="json"), describe(case, comm)
    on_root(comm, lambda: results.start(plain, case.directory, columns_of(case), **about))
    done = on_root(comm, lambda: {row["point"] for row in results.points})
    output = Output(case, results, comm, clock, runs=on_root(comm, results.runs))
    session: Session | None = None
    march: March | None = None
    point = points[0]
    try:
        with output.open(points, done, earlier) as write, Interruption(comm) as interruption:
            for point in points:
                if is_done(point, done, earlier):
                    continue
                if session is None or not build.same_structure(session.case, point.case):
                    session = None  # its factors can go
                    release(comm)
                    last = None if earlier is None else points[earlier.get("run", earlier["point"])]
                    resumed = last is not None and build.same_structure(last.case, point.case)
                    session = open_session(point, points, comm, clock, Adaptation.of(adapted) if resumed else None)
                    on_root(comm, lambda mesh=session.statistics: results.update(mesh=mesh))  # type: ignore[misc]
                    if last is not None and resumed and session.can_be_kept:
                        session.resume(last, results.path / CHECKPOINT)
                if isinstance(case.study, Transient):
                    march = begin_march(session, point, earlier, results.path / CHECKPOINT, 1 + max(done, default=-1))
                earlier = None
                for record in records(session, point, done, march):
                    if record is not None:
                        done.add(record.number)
                    write(session, record, march)
                    interruption.obey()
                if march is not None:
                    output.end_run(march)
        output.conclude(session, march)
    except (ConvergenceError, Interruption.Interrupted) as error:
        message = str(error)
        output.keep(session, march)
        cost = clock.table(comm)
        history = iterations(point, error.solved) if isinstance(error, ConvergenceError) else []
        on_root(comm, lambda: results.add_convergence(history))
        on_root(comm, lambda: results.fail(message, cost=cost))
        raise
    except Exception as error:
        results.fail(f"{type(error).__name__}: {error}")
        raise


def records(session: Session, point: Point, done: set[int], march: March | None) -> Iterator[Record | None]:
    """What a point of the study gives, each when it is there. Collective."""
    if march is not None:
        yield from march.records()
    elif isinstance(point.case.study, Impedance):
        yield from spectrum.records(session, point, done)
    else:
        yield session.compute(point)


def is_done(point: Point, done: set[int], earlier: dict[str, object] | None) -> bool:
    """Whether an earlier run has all that a point of the study gives."""
    if isinstance(point.case.study, Transient):
        return earlier is not None and point.number < int(str(earlier["run"]))
    if isinstance(point.case.study, Impedance):
        count = len(point.case.study.frequency_values())
        return done.issuperset(range(point.number * count, (point.number + 1) * count))
    return point.number in done
