"""The same device on a coarser mesh: what a number changes by says how well it is known.

A mesh of the same family has the same graded edges with fewer lines along each of them, so that its cells are longer by a
ratio r or more; of a mesh file another one is given, or that before its last refinement is taken. A number whose error falls
like h^p then lacks 1 / (r^p - 1) of what it differs by from that of the coarser mesh, or less (Richardson's extrapolation).
At corners, where the fields are singular, h is the length of the first cells, which grow by another ratio: with half as many
lines along an edge on which each cell is q times as long as the last, they become 1 + q times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from solver.accuracy.resolution import unresolved_walls
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build, meshing
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

ORDER, ORDER_OF_MEANS = 3.0, 2.0
"""Powers of the length of the cells with which errors of currents and flow rates, and those of other numbers, are taken to
fall where cells grow from layers and mouths into smooth fields. Measured with half of the lines: 3.0 to 3.9 for currents and
flow rates of cones, cylinders and slits on meshes of up to 1e5 unknowns; 1.6 to 4 for salt and zeta potentials."""

CORNER_ORDER = 4.0 / 3.0
"""The same for the length of the first cells at corners: twice the exponent 2/3 of a potential at an edge of three
quarters of a turn."""

SAFETY = 2.0
"""Factor on what a number is taken to lack."""

COARSEST = 1.5
"""Largest cell at walls of the coarser mesh, in thicknesses of the double layer, with which errors fall like that. Those
of up to 1.5 did, and those of 2.2 of a junction did not."""

TOLERANCE = 1e-7
"""Of the potentials on the coarser mesh, in thermal voltages."""


@dataclass(frozen=True)
class Shares:
    """Parts of numbers minus those of a coarser mesh that they lack: of currents and flow rates, and of others."""

    of_rates: float
    of_means: float

    @classmethod
    def of(cls, ratio: float, first: float, *, resolved: bool) -> Shares:
        """By how many times as long the cells of the coarser mesh are, and those at corners (in meshes that are not of one
        family the latter is anything; it counts as between the ratio and its square). resolved: whether that mesh resolves
        the double layers; errors fall more slowly as long as it does not.

        What smooth fields or what corners leave counts, whichever is more. `SAFETY` is for smooth fields, which may be less
        smooth, and not for corners.
        """
        of_corners = float(np.clip(first, ratio, ratio**2)) ** CORNER_ORDER - 1.0
        orders = ORDER if resolved else ORDER_OF_MEANS, ORDER_OF_MEANS
        return cls(*(max(1.0 / (ratio**order - 1.0), 1.0 / (SAFETY * of_corners)) for order in orders))


class Coarser:
    """A problem on a coarser mesh beside the one that is solved. Collective.

    Attributes:
        problem, newton: the one on the coarser mesh, and the solver of its equations.
        shares: parts of numbers minus those of the coarser mesh that they lack.

    Args:
        problem: the one on the coarser mesh.
        shares: see above.
        case: for the solvers.
    """

    def __init__(self, problem: Problem, shares: Shares, case: Case) -> None:
        self.problem, self.shares = problem, shares
        self.newton = newton = Newton(problem, build.linear_solver(case, problem))
        settings = NewtonSettings(tolerance=TOLERANCE, max_iterations=case.solver.max_iterations)
        self._continuation = Continuation(problem, newton, settings)
        self._branch: int | None = None
        self._last: tuple[Parameters, Evaluation] | None = None

    @classmethod
    def of(cls, working: Problem, case: Case, points: Sequence[Case], clock: Clock) -> Coarser:
        """Beside a working problem of a case; `points` are the states that the mesh has to resolve.

        Raises:
            MeshError: on all ranks; the device has no coarser mesh.
        """
        tagged, ratio = meshing.coarser_mesh(case, points, working.tagged)
        first = shortest_edge(tagged.mesh) / shortest_edge(working.mesh)
        problem = build.make_problem(case, tagged, clock)
        resolved = not any(unresolved_walls(tagged, points, COARSEST))
        return cls(problem, Shares.of(ratio, first, resolved=resolved), case)

    def reach(self, point: Point[Case]) -> Evaluation:
        """The steady state of a point; that of the last point is remembered.

        Raises:
            ConvergenceError, SingularMatrixError: on all ranks.
        """
        parameters = build.parameters_of(self.problem, point.case)
        if self._last is not None and np.array_equal(self._last[0].values, parameters.values):
            return self._last[1]
        if point.branch != self._branch:
            self._continuation.begin_branch(point.continues and self._branch is not None)
            self._branch = point.branch
        found = self._continuation.reach(parameters, point.coordinate, point.name).state
        self._last = parameters, found
        return found


def shortest_edge(mesh: dmesh.Mesh) -> float:
    """Length of the shortest edge of a mesh. Collective."""
    mesh.topology.create_entities(1)
    mesh.topology.create_connectivity(1, mesh.topology.dim)
    edges = np.arange(mesh.topology.index_map(1).size_local, dtype=np.int32)
    return float(mesh.comm.allreduce(mesh.h(1, edges).min(initial=np.inf), op=MPI.MIN))
