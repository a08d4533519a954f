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
from solver.accuracy.adjoint import Goal
from solver.accuracy.enriched import Contributions, Enriched
from solver.accuracy.error_bars import SAFETY
from solver.analysis.rectification import ratio_bar
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build, meshing
from solver.discretization.evaluation import NO_STORAGE, Evaluation
from solver.discretization.problem import DEGREE
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import Continuation, ConvergenceError
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonSettings
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

MARKED_FRACTION = 0.6
"""Part of the error whose strips are split at once."""

MARKED_FRACTION_OF_A_FILE = 0.5
"""The same for marked edges of a mesh file."""

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
    points = hardest(alike)
    if not any(_is_driven(point.case) for point in points):
        raise MeshError(f"the {case.mesh.goal} is zero at every point, and mesh.tolerance is relative; leave it out")
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


def hardest(points: Sequence[Point[Case]]) -> list[Point[Case]]:
    """The points at the ends of all swept values and the least driven one, without those at which nothing is driven: a
    strong drive steepens gradients, and a weak one leaves the currents to what it cannot overcome."""
    driven = [point for point in points if _is_driven(point.case)] or list(points)
    if not points[0].case.study.axes():
        return driven
    values = list(zip(*([value for _, value in point.values] for point in points), strict=True))
    ends = set(itertools.product(*({min(axis), max(axis)} for axis in values)))
    chosen = [point for point in driven if tuple(value for _, value in point.values) in ends]
    least = min(driven, key=lambda point: sum(abs(value) for _, value in point.values))
    return chosen if least in chosen else [*chosen, least]


def _is_driven(case: Case) -> bool:
    held = [(t.potential, t.pressure, tuple(case.bulk(name).values())) for name, t in case.terminals.items()]
    return any(one != held[0] for one in held)


class MeshAssessment:
    """A mesh with the error estimates of some points on it. Collective."""

    def __init__(self, case: Case, tagged: TaggedMesh, clock: Clock) -> None:
        self._case, self._tagged, self._clock = case, tagged, clock
        with clock("setup"):
            self.problem = build.make_problem(case, tagged, clock)
            self.enriched = Enriched(self.problem, build.make_problem(case, tagged, clock, DEGREE + 1))
            settings = NewtonSettings(tolerance=case.solver.tolerance, max_iterations=case.solver.max_iterations)
            newton = Newton(self.problem, build.linear_solver(case, clock))
            self._continuation = Continuation(self.problem, newton, settings)
        self._goal = Goal("flow_rate" if case.mesh.goal == "flow_rate" else "current", case.driven_terminal)
        self._driven = self.problem.ports.index(case.driven_terminal)
        self._edges: np.ndarray = np.zeros(0)
        self._cells: np.ndarray = np.zeros(0)
        self._known = False

    def error(self, points: Sequence[Point[Case]]) -> float:
        """Relative error bar of the goal at the worst point; its contributions are kept for the marks.

        Raises:
            MeshError, ConvergenceError: on all ranks.
            NewtonFailure, SingularMatrixError: on all ranks; there is no estimate on this mesh.
        """
        pairs = mirrored(points) if self._case.mesh.goal == "rectification_ratio" else []
        values, errors = [], []
        for number, point in enumerate(points):
            self._continuation.begin_branch(continues=False)  # the points lie too far apart to extrapolate
            parameters = build.parameters_of(self.problem, point.case)
            found = self._continuation.reach(parameters, point.coordinate, point.name).state
            value = self.value(found)
            if value == 0.0:
                raise MeshError(f"{point.name}: the {self._case.mesh.goal} is zero, and mesh.tolerance is relative")
            with self._clock("error estimate", everything=True):
                rich = build.parameters_of(self.enriched.problem, point.case)
                corrected = self.enriched.correct(found, rich, NO_STORAGE, point.coordinate, number)
                errors.append((SAFETY * (self.value(corrected) - value), _unbalanced(corrected, self._goal)))
                self._add(self.enriched.contributions(found, rich, self._goal), value)
                values.append(value)
        self._known = True
        relative = [(abs(e) + rest) / abs(v) for (e, rest), v in zip(errors, values, strict=True)]
        if not pairs:
            return max(relative)
        of_ratios = (
            (a, b, ratio_bar(values[a], values[b], errors[a], errors[b]) / abs(values[a] / values[b])) for a, b in pairs
        )
        # a current that its bar does not tell from zero has no ratio
        return max(bar if np.isfinite(bar) else 1.0 + relative[a] + relative[b] for a, b, bar in of_ratios)

    def value(self, found: Evaluation) -> float:
        """The goal at a state, dimensionless."""
        numbers = found.flow_rates if self._goal.kind == "flow_rate" else found.currents
        return float(numbers[self._driven])

    def _add(self, found: Contributions, value: float) -> None:
        """Add the size of the relative contributions at one point."""
        edges, cells = np.abs(found.edges / value), np.abs(found.cells / value)
        self._edges = edges if not len(self._edges) else self._edges + edges
        self._cells = cells if not len(self._cells) else self._cells + cells

    def marked_strips(self) -> list[int]:
        """Strips to split: those that hold `MARKED_FRACTION` of the error for the least number of cells; all of them without
        an estimate."""
        comm, table = self.problem.mesh.comm, self._tagged.strips
        assert table is not None
        if not self._known:
            return list(range(len(table.strips)))
        of_edge = self._tagged.strips_of_facets()
        diagonal = of_edge[:, 1] >= 0
        count = len(table.strips)
        share, cost = np.zeros(count), np.zeros(count)
        for k in (0, 1):
            known = of_edge[:, k] >= 0
            np.add.at(share, of_edge[known, k], (self._edges * np.where(diagonal, 0.5, 1.0))[known])
        topology = self.problem.mesh.topology
        edges_of_cell = topology.connectivity(2, 1).array.reshape(len(self._cells), -1)
        beside = of_edge[edges_of_cell, 0]  # the two strips of a triangle are those of its sides
        for strips in (beside.min(axis=1), beside.max(axis=1)):
            np.add.at(share, strips, 0.5 * self._cells)
        owned = topology.index_map(1).size_local
        mine = of_edge[:owned][~diagonal[:owned], 0]
        np.add.at(cost, mine, 1.0)
        share, cost = comm.allreduce(share), comm.allreduce(cost)
        order = np.argsort(-np.round(np.log2(share / cost + 1e-300), 6), kind="stable")  # alike on any number of ranks
        enough = int(np.searchsorted(np.cumsum(share[order]), MARKED_FRACTION * share.sum())) + 1
        return [int(i) for i in order[:enough]]

    def marked_edges(self) -> np.ndarray | None:
        """Local edges of the cells that hold most of the error of a mesh file; None for all edges."""
        if not self._known:
            return None
        topology = self.problem.mesh.topology
        edges_of_cell = topology.connectivity(2, 1).array.reshape(len(self._cells), -1)
        share = self._cells + 0.5 * self._edges[edges_of_cell].sum(axis=1)
        owned = topology.index_map(2).size_local
        comm = self.problem.mesh.comm
        total = comm.allreduce(float(share[:owned].sum()))
        low, high = 0.0, comm.allreduce(float(share.max(initial=0.0)), op=MPI.MAX)
        for _ in range(50):  # the threshold above which the marked cells hold their share
            middle = (low + high) / 2
            held = comm.allreduce(float(share[:owned][share[:owned] > middle].sum()))
            low, high = (middle, high) if held > MARKED_FRACTION_OF_A_FILE * total else (low, middle)
        return np.unique(edges_of_cell[np.flatnonzero(share > low)])


def _unbalanced(found: Evaluation, goal: Goal) -> float:
    """What is left in the sum of a goal over all ports: rounding of a state, which must not pass for a small error."""
    return float(abs((found.flow_rates if goal.kind == "flow_rate" else found.currents).sum()))


def mirrored(points: Sequence[Point[Case]]) -> list[tuple[int, int]]:
    """Numbers of the points at -V and at V of every pair whose biases differ in sign alone.

    Raises:
        MeshError: there is none.
    """

    def others(point: Point[Case]) -> list[tuple[str, float]]:
        potentials = [name for name, _ in point.values if name.endswith(".potential")]
        return [(name, value) for name, value in point.values if name not in potentials[-1:]]

    pairs = [
        (k, j)
        for (k, one), (j, other) in itertools.permutations(enumerate(points), 2)
        if _bias(one.case) == -_bias(other.case) < 0.0 and others(one) == others(other)
    ]
    if not pairs:
        raise MeshError("the rectification_ratio of mesh.goal needs two points whose biases differ in sign alone")
    return pairs


def _bias(case: Case) -> float:
    potentials = {name: terminal.potential for name, terminal in case.terminals.items()}
    driven = potentials.pop(case.driven_terminal)
    return driven - next(iter(potentials.values()), 0.0)
