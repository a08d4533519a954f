"""The whole pipeline: case -> points -> mesh -> problem -> states -> rows in a sink."""

from __future__ import annotations

from collections.abc import Sequence

from dolfinx.mesh import Mesh
from mpi4py import MPI

from meshes.tagged import MeshError
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.check.conductivity import conductivity_warnings
from solver.check.electrodes import electrode_warnings
from solver.check.plausible import implausible
from solver.check.report import extreme_points
from solver.check.size import memory_here, too_large
from solver.discretization.build import same_structure
from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.cache import compile_quietly, shared_cache
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.logs import logger
from solver.parallel.machines import sum_of_machines
from solver.parallel.progress import Progress
from solver.parallel.ranks import clear_frames, release
from solver.results.directory import INTERRUPTED
from solver.results.rows import ResultError
from solver.simulation.output import Output, ProgressOf
from solver.simulation.provenance import describe
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Sink
from solver.studies.base import runner_of
from solver.studies.columns import check_goal, check_headers, columns_of
from solver.studies.steady import iterations


def run(
    case: Case,
    sink: Sink,
    comm: MPI.Comm,
    *,
    progress: ProgressOf = Progress,
    clock: Clock | None = None,
    overrides: Sequence[str] = (),
) -> None:
    """Compute every point of a case; the numbers go to a sink. Collective.

    overrides: of the command line, which are part of the case; kept with the result.
    progress: makes what is told of every row, e.g. `Silent`.
    clock: counts the time of all phases; default a new one.

    Raises:
        ConvergenceError: a point was not reached; the sink has everything before it, and a checkpoint.
        Interrupted: the process was asked to end; the sink has everything so far, and a checkpoint.
        MeshError, ResultError: on all ranks.
    """
    compile_quietly()
    meshes: list[Mesh] = []
    try:
        with shared_cache(comm):
            _compute(case, sink, comm, progress, clock or Clock(), meshes, overrides)
    except (CaseError, ConvergenceError, Interruption.Interrupted, MeshError, ResultError) as error:  # on all ranks
        clear_frames(error)
        release(comm, *meshes)
        raise
    release(comm, *meshes)


def _compute(
    case: Case,
    sink: Sink,
    comm: MPI.Comm,
    progress: ProgressOf,
    clock: Clock,
    meshes: list[Mesh],
    overrides: Sequence[str],
) -> None:
    """Compute every point of a case. meshes: those on which there still are matrices and factors."""
    extremes = extreme_points(case)
    unusual = list(implausible(extremes).values())
    thinnest, there = min(layer_thickness(point) for _, point in extremes), sum_of_machines(memory_here(), comm)
    if text := too_large(case, thinnest, there):
        raise CaseError("; ".join([text, *unusual[:1]]), key=("mesh",), file=case.file)
    check_headers(case)
    check_goal(case)
    runner = runner_of(case)
    runner.resume(sink.start(case, {**describe(case, comm), "overrides": list(overrides)}, columns_of(case)))
    warnings = dict(
        [*conductivity_warnings(extremes), *(each for _, at in extremes for each in electrode_warnings(at))]
    )
    for text in (*unusual, *warnings.values()):
        logger.warning("warning: %s", text)
    output = Output(case, sink, runner, comm, clock)
    simulation: Simulation | None = None
    point = runner.points[0]
    try:
        with (
            output.open(progress),
            Interruption(comm) as interruption,
            clock.stopped_by(interruption.raise_if_requested),
        ):
            try:
                for point in runner.points_left():
                    if simulation is None or not same_structure(simulation.case, point.case):
                        earlier = runner.earlier if simulation is None else None
                        simulation = None  # its factors can go
                        release(comm, *meshes)
                        simulation = Simulation.of(point, runner.points, comm, clock, earlier)
                        meshes[:] = [simulation.tagged.mesh]
                        sink.update(mesh=simulation.statistics)
                    for record in runner.records(simulation, point):
                        output.write(simulation, record)
                        interruption.raise_if_requested()
                    output.end_point(simulation)
            except ConvergenceError as error:  # the last good state is kept while further signals are still held off
                output.fail(simulation, error, iterations(point, error.solved))
                raise
            except Interruption.Interrupted as error:
                output.interrupt(simulation, error)
                raise
        output.complete(simulation)
    except (ConvergenceError, Interruption.Interrupted):
        raise
    except ResultError as error:
        sink.fail(str(error))
        raise
    except KeyboardInterrupt:  # before anything could be kept, or again while something was
        sink.fail("interrupted at once; --resume goes on from the last checkpoint", INTERRUPTED)
        raise
    except BaseException as error:
        sink.fail(f"{type(error).__name__}: {error}")
        raise
