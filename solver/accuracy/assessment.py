"""How good a mesh is for the goal of a case, and which of its cells have to be split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from meshes.tagged import MeshError, TaggedMesh
from solver.accuracy.enriched import Contributions, Enriched
from solver.accuracy.goal_error import GoalError, goal_errors
from solver.analysis.rectification import ratio_bar
from solver.case.bias import bias_of
from solver.case.case import Case
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.problem import DEGREE
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

MARKED_FRACTION = 0.6
"""Part of the error whose strips are split at once, unless less is enough."""

MARKED_FRACTION_OF_A_FILE = 0.5
"""The same for marked edges of a mesh file."""

EXPONENT = 1.15
"""Of the part of the error that is not split, in what the whole falls to: 1.1 to 2 on the meshes of shipped cases."""

AIM = 0.9
"""Part of the tolerance at which the last mesh aims, when the way there is short."""

CONVERGED = 1e-4
"""Tolerance of the states, in thermal voltages, over that of the mesh."""

NEGLIGIBLE = 1e-3
"""Part of the largest value of a goal that is not driven below which its relative error at a point says nothing."""


class MeshAssessment:
    """A mesh with the error estimates of some points on it. Collective."""

    def __init__(self, case: Case, tagged: TaggedMesh, clock: Clock) -> None:
        self._case, self._tagged, self._clock = case, tagged, clock
        with clock("setup"):
            self.problem = build.make_problem(case, tagged, clock)
            self.enriched = Enriched(self.problem, build.make_problem(case, tagged, clock, DEGREE + 1))
            tolerance = min(case.solver.tolerance, CONVERGED * (case.mesh.tolerance or 1.0))
            settings = NewtonSettings(tolerance=tolerance, max_iterations=case.solver.max_iterations)
            newton = Newton(self.problem, build.linear_solver(case, self.problem))
            self._continuation = Continuation(self.problem, newton, settings)
        self._goal = goal_errors(case, self.enriched, newton.jacobian)
        self._edges: np.ndarray = np.zeros(0)
        self._cells: np.ndarray = np.zeros(0)
        self._known, self._share = False, 1.0

    def error(self, points: Sequence[Point[Case]]) -> float:
        """Relative error bar of the goal at the worst point; its contributions are kept for the marks.

        Raises:
            MeshError, ConvergenceError: on all ranks.
            NewtonFailure, SingularMatrixError: on all ranks; there is no estimate on this mesh.
        """
        goal = self._case.mesh.goal
        pairs = mirrored(points) if goal == "rectification_ratio" else []
        found = []
        for number, point in enumerate(points):
            self._continuation.begin_branch(continues=False)  # the points lie too far apart to extrapolate
            parameters = build.parameters_of(self.problem, point.case)
            state = self._continuation.reach(parameters, point.coordinate, point.name).state
            with self._clock("error estimate", everything=True):
                found.append(self._goal.at(point, state, number))
            if found[-1].value == 0.0 and goal in GOALS_OF_THE_DRIVEN:
                raise MeshError(f"{point.name}: the {goal} is zero, and mesh.tolerance is relative")
        largest = max(abs(each.value) for each in found)
        if largest == 0.0:
            raise MeshError(f"the {goal} is zero at every point, and mesh.tolerance is relative; leave it out")
        if goal not in GOALS_OF_THE_DRIVEN:
            found = [each for each in found if abs(each.value) > NEGLIGIBLE * largest]
        for each in found:
            self._add(each.contributions, each.value)
        self._known = True
        if pairs:
            error = max(_of_ratio(found[a], found[b]) for a, b in pairs)
        else:
            error = max(each.bar / abs(each.value) for each in found)
        self._share = share_to_split(error, self._case.mesh.tolerance or 0.0)
        return error

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
        enough = int(np.searchsorted(np.cumsum(share[order]), min(MARKED_FRACTION, self._share) * share.sum())) + 1
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
            low, high = (middle, high) if held > min(MARKED_FRACTION_OF_A_FILE, self._share) * total else (low, middle)
        return np.unique(edges_of_cell[np.flatnonzero(share > low)])


def share_to_split(error: float, tolerance: float) -> float:
    """Part of the error whose strips or cells have to be split so that it falls below a tolerance, and not far below."""
    return 1.0 - (AIM * tolerance / error) ** (1.0 / EXPONENT) if error > tolerance else 0.0


def _of_ratio(one: GoalError, other: GoalError) -> float:
    """Relative error bar of a ratio."""
    bar = ratio_bar(one.value, other.value, (one.estimate, one.rest), (other.estimate, other.rest))
    relative = bar / abs(one.value / other.value)
    # a current that its bar does not tell from zero has no ratio
    return relative if np.isfinite(relative) else 1.0 + one.bar / abs(one.value) + other.bar / abs(other.value)


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
        if bias_of(one.case) == -bias_of(other.case) < 0.0 and others(one) == others(other)
    ]
    if not pairs:
        raise MeshError("the rectification_ratio of mesh.goal needs two points whose biases differ in sign alone")
    return pairs
