"""The same device on a coarser mesh: what a number changes by says how well it is known.

A mesh of the same family has the same graded edges with fewer lines along each of them, so that its cells are longer by a
ratio r or more; of a mesh file another one is given, or that before its last refinement is taken. A number whose error falls
like h^p then lacks 1 / (r^p - 1) of what it differs by from that of the coarser mesh, or less (Richardson's extrapolation).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build, meshing
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock

ORDER = 2.0
"""Power p of the length of the cells with which errors are taken to fall. Measured: 1.6 to 4 for currents, flow rates, salt
and zeta potentials of cones, cylinders and slits, whose corners and layers are graded."""

TOLERANCE = 1e-7
"""Of the potentials on the coarser mesh, in thermal voltages."""


class Coarser:
    """A problem on a coarser mesh beside the one that is solved. Collective.

    Attributes:
        problem, newton: the one on the coarser mesh, and the solver of its equations.
        share: part of a number minus that of the coarser mesh that it lacks.

    Args:
        problem: the one on the coarser mesh.
        ratio: how many times as long its cells are.
        case: for the solvers.
    """

    def __init__(self, problem: Problem, ratio: float, case: Case) -> None:
        self.problem = problem
        self.share = 1.0 / (ratio**ORDER - 1.0)
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
        return cls(build.make_problem(case, tagged, clock), ratio, case)

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
