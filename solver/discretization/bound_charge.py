"""Charge of a device that no port brings: the fixed charge of regions, and that of walls by their laws without the ions that
these have taken from the liquid. Where a buffer gives and takes ions, which are no species, it changes with the state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.discretization.walls import WallIntegral


class BoundCharge:
    """The bound charge of the states of one problem. Collective.

    By Gauss' law it is what the charges of all ports and the ions lack to zero: where it changes in time, the currents of all
    ports, displacement included, add up to the negative of its rate of change.
    """

    @classmethod
    def of_buffer(cls, problem: Problem) -> BoundCharge | None:
        """That of a problem whose walls take ions of a buffer; None where none does."""
        return cls(problem) if any(wall.buffered for wall in problem.wall_charges) else None

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        metals = {port.name for port in problem.ports.electrodes}
        self._walls = [wall for wall in problem.wall_charges if wall.name not in metals]
        fixed = problem.materials.fixed_charge_in(problem.measures, problem.metric.weight, problem.scales.concentration)
        with problem.clock("compile"):
            self._fixed = fem.form(fixed) if fixed != 0 else None

    def of(self, found: Evaluation) -> float:
        """The bound charge of an evaluated state, in the units of `Evaluation.charges`."""
        self._problem.load(found)
        coupling = found.parameters.scales.charge_coupling
        local = self._of_walls(coupling, lambda each: float(fem.assemble_scalar(each.total)))
        if self._fixed is not None:
            local += coupling * fem.assemble_scalar(self._fixed)
        return float(self._problem.mesh.comm.allreduce(local, op=MPI.SUM))

    def response(self, parameters: Parameters, change: np.ndarray) -> float:
        """Its change by a change of the state (owned entries). The state and its parameters are loaded."""
        moved = self._problem.unknowns.with_ghosts(change)
        local = self._of_walls(parameters.scales.charge_coupling, lambda each: each.slope(moved))
        return float(self._problem.mesh.comm.allreduce(local, op=MPI.SUM))

    def _of_walls(self, coupling: float, number_of: Callable[[WallIntegral], float]) -> float:
        """This rank's part of a number of the walls: of their charges less that of the ions that they have taken."""
        found = sum(number_of(wall) for wall in self._walls)
        return found - coupling * sum(
            number_of(each) for wall in self._walls if (each := wall.bound_charge) is not None
        )
