"""Everything that the points of one structure share: mesh, problem, solvers and observers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mpi4py import MPI

from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.tagged import TaggedMesh
from solver.accuracy.adaptation import Adaptation, adapted_mesh
from solver.accuracy.adjoint import Adjoint
from solver.accuracy.bars import Bars
from solver.accuracy.coarser import Coarser
from solver.accuracy.coarser_bars import CoarserBars
from solver.accuracy.contacts import touching_potentials
from solver.accuracy.enriched import Enriched
from solver.accuracy.error_bars import ErrorBars
from solver.accuracy.friction import unresolved_flow
from solver.accuracy.goals import Goal
from solver.accuracy.interfaces import unresolved_membranes
from solver.accuracy.resolution import unresolved_walls
from solver.accuracy.tables import beyond_tables
from solver.case.case import Case
from solver.case.studies.points import Point, extremes
from solver.discretization import build, coverages, meshing
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import DEGREE, Problem
from solver.nonlinear.continuation import Continuation, Solved
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonSettings
from solver.observables.observer import Observer
from solver.parallel.clock import Clock
from solver.parallel.logs import logger
from solver.results.rows import ResultError
from solver.simulation.checkpoint import read_checkpoint
from solver.simulation.earlier import Earlier
from solver.simulation.fields import FieldWriter
from solver.simulation.fingerprint import fingerprint
from solver.simulation.precision import Precision


@dataclass
class Simulation:
    """One device, ready to be solved at all points of one structure. Collective.

    Attributes:
        case: the case for which it was made.
        point: number of the point of that case, or of the earlier run's for which the same mesh was made.
        tagged, problem: mesh and discrete problem.
        continuation: solver of steady states.
        observer, writer: of numbers and fields.
        clock: of everything that is done with it.
        enriched: the richer problem of the error estimates; None without these.
        coarser: the same on a coarser mesh, in three dimensions; None without error estimates.
        bars: error bars of steady states and instants; None without these.
        adjoints: of current and flow rate, for sensitivities; none unless asked for.
        adaptation: how the mesh was adapted; None when it was not.
        branch: number of the branch of points on which the continuation is.
        state: the last good state; None before the first.
        last: the point to which it belongs.
        precision: how well the states of a sweep have to be converged.
    """

    case: Case
    point: int
    tagged: TaggedMesh
    problem: Problem
    continuation: Continuation
    observer: Observer
    writer: FieldWriter
    clock: Clock
    enriched: Enriched | None
    coarser: Coarser | None
    bars: Bars | None
    adjoints: Sequence[Adjoint]
    adaptation: Adaptation | None
    branch: int | None = None
    state: Evaluation | None = None
    last: Point[Case] | None = None
    precision: Precision = field(init=False)

    def __post_init__(self) -> None:
        self.precision = Precision(self.case)

    @classmethod
    def of(
        cls,
        point: Point[Case],
        points: Sequence[Point[Case]],
        comm: MPI.Comm,
        clock: Clock,
        earlier: Earlier | None = None,
    ) -> Simulation:
        """Mesh, problem and observers for a point and all that share its structure. Collective.

        points: of the whole study; the mesh is made for those of the point's structure.
        earlier: an earlier run of the study, whose adapted mesh and last state are taken over if they have this structure.

        Raises:
            ResultError: on all ranks; the mesh is another one than that of the earlier run.
        """
        case, earlier = point.case, earlier or Earlier()

        def alike(other: Point[Case] | None) -> bool:
            return other is not None and build.same_structure(other.case, case)

        last, meshed = earlier.last_point(points), earlier.meshed_point(points)
        adaptation = Adaptation.of(earlier.adaptation) if alike(meshed) else None
        tagged, adaptation = mesh_for(case, points, comm, clock, adaptation)
        ends = [end.case for other in points if alike(other) for end in extremes(other)]
        with clock("setup"):
            found = _on_mesh(point, ends, tagged, clock, adaptation)
        logger.info("mesh: %(cells)d cells, %(unknowns)d unknowns", found.statistics)
        if comm.size > 1:
            logger.info("ranks: %d, with %d to %d unknowns each", comm.size, *found.problem.unknowns_of_ranks())
        if meshed is not None and alike(meshed):
            found.point = meshed.number
        if alike(meshed) and found.can_be_resumed and earlier.mesh_fingerprint not in (None, found.fingerprint):
            raise ResultError(
                "the mesh is not the one of the earlier run (another mesh file, or another version of Gmsh): --resume cannot "
                "go on with it; --force computes everything anew"
            )
        of_walls = () if isinstance(case.geometry, ChannelGeometry) else unresolved_walls(tagged, ends)
        touching = touching_potentials(found.problem, (build.parameters_of(found.problem, end) for end in ends))
        for text in (*of_walls, *unresolved_membranes(tagged, ends), *unresolved_flow(tagged, ends), *touching):
            logger.warning("warning: %s", text)
        if last is not None and alike(last) and found.can_be_resumed and earlier.checkpoint_file is not None:
            found.resume(last, earlier.checkpoint_file)
        return found

    def resume(self, point: Point[Case], checkpoint: Path) -> None:
        """Start from the state of a point that an earlier run computed. Collective."""
        parameters = build.parameters_of(self.problem, point.case)
        self.state = self.continuation.adopt(read_checkpoint(self.problem, checkpoint), parameters)
        self.last = point

    def reach(self, point: Point[Case], tolerance: float | None = None, *, held: bool = False) -> Solved:
        """The steady state of a point. Collective.

        tolerance: of the potentials, in thermal voltages; fine by default.
        held: whether coverages that are given at the start are held there.

        Raises:
            ConvergenceError: the last good state stays.
        """
        if point.branch != self.branch:
            self.continuation.begin_branch(point.continues and self.branch is not None)
            self.branch = point.branch
        parameters = build.parameters_of(self.problem, point.case)
        parameters = coverages.held(parameters) if held else parameters
        solved = self.continuation.reach(parameters, point.coordinate, point.name, tolerance)
        self.state, self.last = solved.state, point
        if text := beyond_tables(self.problem, solved.state, point.case.electrolyte.properties):
            logger.warning("warning: %s: %s", point.name, text)
        return solved

    def refine(self, solved: Solved, tolerance: float) -> None:
        """Converge the state of the last point better, where that can be. Collective."""
        with suppress(NewtonFailure):
            self.continuation.refine(solved, tolerance)
            self.state = solved.state

    @property
    def beside(self) -> Problem | None:
        """The other problem of the error estimates; None without these."""
        other = self.enriched or self.coarser
        return None if other is None else other.problem

    @property
    def can_be_resumed(self) -> bool:
        """Whether a checkpoint can be read back: the refinement of a mesh file is not repeated."""
        return self.adaptation is None or self.adaptation.grid_lines is not None

    @cached_property
    def fingerprint(self) -> str:
        """Of the mesh and where its regions are. Collective at the first use."""
        return fingerprint_of(self.problem, self.tagged)

    @property
    def statistics(self) -> dict[str, object]:
        """Sizes of the mesh and the problem, and which mesh it is. Collective at the first use."""
        return {**self._sizes, "identity": {"point": self.point, "fingerprint": self.fingerprint}}

    @cached_property
    def _sizes(self) -> dict[str, object]:
        return sizes_of(self.problem, self.tagged, self.adaptation, self.point)


def sizes_of(problem: Problem, tagged: TaggedMesh, adaptation: Adaptation | None, point: int) -> dict[str, object]:
    """Sizes of the mesh and the problem, and which mesh it is: entry `mesh` of run.json. Collective.

    point: number of the point for which it was made.
    """
    topology = problem.mesh.topology
    sizes: dict[str, object] = {
        "cells": int(topology.index_map(topology.dim).size_global),
        "vertices": int(topology.index_map(0).size_global),
        "unknowns": problem.size,
        "identity": {"point": point, "fingerprint": fingerprint_of(problem, tagged)},
    }
    (first, *others) = problem.regions
    if others or first.name is not None:  # fields of one region have the number 0
        sizes["regions"] = dict(tagged.regions) if others else {first.name: 0}
    if "regions" in sizes or topology.dim == 3:
        sizes["boundaries"] = tagged.places()
    return sizes if adaptation is None else {**sizes, "adaptation": vars(adaptation)}


def fingerprint_of(problem: Problem, tagged: TaggedMesh) -> str:
    """Fingerprint of the mesh and where its regions are. Collective."""
    return fingerprint(problem.mesh, tagged.numbers if len(problem.regions) > 1 else None)


def mesh_for(
    case: Case, points: Sequence[Point[Case]], comm: MPI.Comm, clock: Clock, adaptation: Adaptation | None = None
) -> tuple[TaggedMesh, Adaptation | None]:
    """Mesh for the points of a case's structure, and how it was adapted.

    adaptation: of an earlier run, whose mesh is made again.
    """
    alike = [end for other in points if build.same_structure(other.case, case) for end in extremes(other)]
    if case.mesh.tolerance is not None and (adaptation is None or adaptation.grid_lines is None):
        return adapted_mesh(case, alike, comm, clock)
    with clock("mesh"):
        lines = None if adaptation is None else adaptation.grid_lines
        return meshing.make_mesh(case, [other.case for other in alike], comm, lines), adaptation


def _on_mesh(
    point: Point[Case], ends: Sequence[Case], tagged: TaggedMesh, clock: Clock, adaptation: Adaptation | None
) -> Simulation:
    """Problem, solvers and observers of a point's case on its mesh, which was made for the states `ends`."""
    case = point.case
    problem = build.make_problem(case, tagged, clock)
    settings = NewtonSettings(tolerance=Precision(case).finest, max_iterations=case.solver.max_iterations)
    newton = Newton(problem, build.linear_solver(case, problem))
    enriched: Enriched | None = None
    coarser: Coarser | None = None
    bars: Bars | None = None
    with_bars = case.study.has_error_bars
    if case.outputs.errors == "all" and problem.mesh.topology.dim == 3:
        coarser = _on_a_coarser_mesh(problem, case, ends, clock)
        bars = CoarserBars(problem, coarser, case) if coarser is not None and with_bars else None
    elif case.outputs.errors == "all":
        enriched = Enriched(problem, build.make_problem(case, tagged, clock, DEGREE + 1))
        bars = ErrorBars(enriched, newton.jacobian, case) if with_bars else None
    driven = case.driven_terminal
    goals = [
        Goal("potential" if driven in case.galvanostatic else "current", driven),
        Goal("flow_rate", driven if driven in case.terminals else next(iter(case.terminals), driven)),
    ]
    wanted = goals[: 2 if problem.flow else 1] if case.outputs.sensitivities else []
    adjoints = [Adjoint(problem, newton.jacobian, goal) for goal in wanted]
    observer, writer = Observer(problem, case), FieldWriter(problem)
    continuation = Continuation(problem, newton, settings)
    of_errors = enriched, coarser, bars
    return Simulation(
        case, point.number, tagged, problem, continuation, observer, writer, clock, *of_errors, adjoints, adaptation
    )


def _on_a_coarser_mesh(problem: Problem, case: Case, ends: Sequence[Case], clock: Clock) -> Coarser | None:
    """What tells the errors of a device in three dimensions; None, with a warning, where there is no coarser mesh."""
    try:
        coarser = Coarser.of(problem, case, ends, clock)
        logger.info("error bars: by a coarser mesh with %d unknowns", coarser.problem.size)
        return coarser
    except MeshError as failure:
        logger.warning("warning: no error bars: they need a coarser mesh beside that of the device (%s)", failure)
        return None
