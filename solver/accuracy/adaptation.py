"""Meshes that meet a tolerance: solve at the hardest points, estimate, split where the error comes from, again.

A mapped mesh is refined by strips (`meshes.strips`): each strip's share of the error, over the number of cells that splitting
it costs, says where in which direction cells are missing. A mesh file of triangles is refined by bisection of marked edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.refine import refined
from meshes.strips import grid_lines, split
from meshes.tagged import MeshError, TaggedMesh
from solver.accuracy.assessment import MeshAssessment
from solver.case.case import Case
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.studies.points import Point
from solver.discretization import meshing
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.clock import Clock
from solver.parallel.logs import logger
from solver.parallel.ranks import clear_frames, release

MOST_STEPS = 30
"""Meshes that are tried."""

MOST_WITHOUT_ESTIMATE = 3
"""Meshes without an estimate that are tried, each finer everywhere, before the first that has one."""

PATIENCE = 3
"""Meshes that have to be better than as many before them."""

GAIN = 0.8
"""Part to which the error has to fall in as many meshes."""

GridLines = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Adaptation:
    """What was asked, what was reached, and the way there, as run.json holds it.

    Attributes:
        tolerance: largest relative error bar that was asked for. goal: of which number.
        reached: whether the last mesh with an estimate meets it.
        points: names of the points at which the goal was assessed.
        steps: unknowns and relative error of each mesh; None for one without an estimate.
        grid_lines: of that mesh (see `MeshSizes.nodes`); None for a mesh file.
    """

    tolerance: float
    goal: str
    reached: bool = False
    points: tuple[str, ...] = ()
    steps: tuple[Mapping[str, float | None], ...] = ()
    grid_lines: GridLines | None = field(default=None)

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> Adaptation | None:
        """From what run.json holds; None from nothing."""
        if record is None:
            return None
        lines = record["grid_lines"] and {family: tuple(values) for family, values in record["grid_lines"].items()}
        return cls(
            **{**record, "points": tuple(record["points"]), "steps": tuple(record["steps"]), "grid_lines": lines}
        )


def adapted_mesh(
    case: Case,
    alike: Sequence[Point[Case]],
    comm: MPI.Comm,
    clock: Clock,
    assessment: Callable[[Case, TaggedMesh, Clock], MeshAssessment] | None = None,
) -> tuple[TaggedMesh, Adaptation]:
    """A mesh on which the case's goal meets `mesh.tolerance` at the hardest of the points, or the last one with an estimate.
    Collective.

    Refinement ends at `mesh.most_unknowns`, behind a mesh that has no estimate, and where it brings nothing any more.

    assessment: makes what estimates the errors on a mesh.

    Raises:
        MeshError, ConvergenceError: on all ranks.
    """
    tolerance = case.mesh.tolerance
    assert tolerance is not None
    of_the_driven = case.mesh.goal in GOALS_OF_THE_DRIVEN
    points = hardest(alike, only_driven=of_the_driven)
    if of_the_driven and not any(_is_driven(point.case) for point in points):
        other = f", or write e.g. 'mesh: {{goal: charge_{case.electrodes[0]}}}'" if case.electrodes else ""
        raise MeshError(
            f"the {case.mesh.goal} is zero at every point, and mesh.tolerance is relative; leave it out{other}"
        )
    steps: list[Mapping[str, float | None]] = []
    lines: GridLines | None = {}
    tagged: TaggedMesh | None = None
    assessed: MeshAssessment | None = None
    kept: _Kept | None = None
    while True:
        with clock("mesh"):
            if tagged is None or lines:
                tagged = meshing.make_mesh(case, [point.case for point in alike], comm, lines)
        earlier = [] if assessed is None else [assessed.problem.mesh]
        assessed = None  # the last one's factors can go
        release(comm, *earlier)
        assessed = (assessment or MeshAssessment)(case, tagged, clock)
        failure: Exception | None = None
        error: float | None = None
        try:
            error = assessed.error(points)
        except (ConvergenceError, NewtonFailure, SingularMatrixError) as caught:
            clear_frames(caught)
            failure = caught
        unknowns = assessed.problem.size
        steps.append({"unknowns": unknowns, "error": error})
        _tell(case, steps[-1], failure)
        if error is not None:
            kept = _Kept(tagged, unknowns, error)
        if end := _end(case, steps, kept, failure):
            break
        if tagged.strips is None:
            tagged = refined(tagged, assessed.marked_edges())
        else:
            lines = split(grid_lines(tagged.strips.strips), [tagged.strips.strips[i] for i in assessed.marked_strips()])
    assessed = None
    release(comm, tagged.mesh)
    if kept is None:
        if isinstance(failure, ConvergenceError):
            raise failure
        raise MeshError(f"{end}; leave out mesh.tolerance, or begin with a finer mesh of your own")
    if kept.error > tolerance:
        logger.warning(
            "warning: the %s has an estimated error of %.2g with %d unknowns, not the %.2g of mesh.tolerance; %s",
            case.mesh.goal, kept.error, kept.unknowns, tolerance, end,
        )  # fmt: skip
    found = None if kept.tagged.strips is None else grid_lines(kept.tagged.strips.strips)
    names = tuple(p.name for p in points)
    return kept.tagged, Adaptation(tolerance, case.mesh.goal, kept.error <= tolerance, names, tuple(steps), found)


@dataclass(frozen=True)
class _Kept:
    """The last mesh with an estimate."""

    tagged: TaggedMesh
    unknowns: int
    error: float


def _tell(case: Case, step: Mapping[str, float | None], failure: Exception | None) -> None:
    """Log line of a mesh."""
    if failure is None:
        logger.info("mesh with %d unknowns: %s to %.2g", step["unknowns"], case.mesh.goal, step["error"])
    else:
        logger.info("mesh with %d unknowns: no estimate of the %s (%s)", step["unknowns"], case.mesh.goal, failure)


def _end(case: Case, steps: Sequence[Mapping[str, Any]], kept: _Kept | None, failure: Exception | None) -> str:
    """Why the last mesh is the last one that is tried; "" when it is not."""
    unknowns, errors = steps[-1]["unknowns"], [step["error"] for step in steps if step["error"] is not None]
    if failure is not None and kept is not None:
        return f"the next mesh, of {unknowns} unknowns, has no estimate ({failure})"
    if failure is not None and len(steps) == MOST_WITHOUT_ESTIMATE:
        return f"none of {len(steps)} meshes of up to {unknowns} unknowns has an estimate of the {case.mesh.goal} ({failure})"
    if kept is not None and kept.error <= (case.mesh.tolerance or 0.0):
        return f"mesh.tolerance is met with {unknowns} unknowns"
    if 1.25 * unknowns > case.mesh.most_unknowns:
        return "raise mesh.most_unknowns to go on"
    if no_gain(errors):
        return (
            f"the last {PATIENCE} meshes brought it down no more: what is left are rounding errors or a singular point"
        )
    return f"after {MOST_STEPS} meshes" if len(steps) == MOST_STEPS else ""


def no_gain(errors: Sequence[float]) -> bool:
    """Whether the last meshes are hardly better than those before them; single accidents of the errors do not count."""
    if len(errors) < 2 * PATIENCE:
        return False
    return bool(np.median(errors[-PATIENCE:]) > GAIN * np.median(errors[-2 * PATIENCE : -PATIENCE]))


def hardest(points: Sequence[Point[Case]], *, only_driven: bool = True) -> list[Point[Case]]:
    """The points at the ends of all swept values and the least driven one: a strong drive steepens gradients, and a weak one
    leaves the currents to what it cannot overcome.

    only_driven: without those at which nothing is driven.
    """
    driven = [point for point in points if not only_driven or _is_driven(point.case)] or list(points)
    if not points[0].case.study.axes():
        return driven
    values = list(zip(*([value for _, value in point.values] for point in points), strict=True))
    ends = set(itertools.product(*({min(axis), max(axis)} for axis in values)))
    chosen = [point for point in driven if tuple(value for _, value in point.values) in ends]
    least = min(driven, key=lambda point: sum(abs(value) for _, value in point.values))
    return chosen if least in chosen else [*chosen, least]


def _is_driven(case: Case) -> bool:
    held = [
        (t.potential, t.pressure, t.flow_rate or 0.0, *case.bulk(name).values()) for name, t in case.terminals.items()
    ]
    return any(one != held[0] for one in held)
