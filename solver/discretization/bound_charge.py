"""Charge of a device that no port brings: the fixed charge of regions, and that of walls by their laws without the ions that
these have taken from the liquid."""

from __future__ import annotations

from dolfinx import fem
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem


class BoundCharge:
    """The bound charge of the states of one problem. Collective.

    By Gauss' law it is what the charges of all ports and the ions lack to zero: where it changes in time, the currents of all
    ports, displacement included, add up to the negative of its rate of change.
    """

    def __init__(self, problem: Problem) -> None:
        metals = {port.name for port in problem.ports.electrodes}
        self._walls = [wall for wall in problem.wall_charges if wall.name not in metals]
        fixed = problem.materials.fixed_charge_in(problem.measures, problem.metric.weight, problem.scales.concentration)
        with problem.clock("compile"):
            self._fixed = fem.form(fixed) if fixed != 0 else None

    def of(self, found: Evaluation) -> float:
        """The bound charge of an evaluated state, in the units of `Evaluation.charges`."""
        problem = found.problem
        problem.load(found)
        local, coupling = (
            sum(fem.assemble_scalar(wall.total) for wall in self._walls),
            found.parameters.scales.charge_coupling,
        )
        local -= sum(
            coupling * fem.assemble_scalar(form) for wall in self._walls if (form := wall.bound_charge) is not None
        )
        if self._fixed is not None:
            local += coupling * fem.assemble_scalar(self._fixed)
        return float(problem.mesh.comm.allreduce(local, op=MPI.SUM))
