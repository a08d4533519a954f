"""Adjoint states: how a current, a flow rate or another goal answers to any residual of the equations.

With the residuals R (transport and flow) and a goal J, the adjoint state solves

    R'(U)^T Z0 = -J'(U).

A current is itself the residual tested with Psi, which is the valence of each species on the goal's terminal and 0 on the
others: with Z = Psi + Z0 the goal and the equations merge into one functional L(U) = R(U; Z). Its derivative by anything but
U is the derivative of the goal, and R(U_h; Z0) is what the goal gains when the residual of U_h is removed (dual-weighted
residual; Becker and Rannacher, Acta Numerica 10, 1 (2001), section 2).

The potential of a floating conductor is a further unknown and q(U) - Q = 0 the equation of its charge, with a multiplier s:
L gains -s (q - Q). Where q is a sum of residual rows, these are there already when Z is -s on the conductor. The same holds
for ports that hold a current, and for the pressure of a terminal and its given flow rate. Means over walls that laws of other
walls ask for follow from the state: the goal is derived by them, too, where it is what such a law passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.accuracy.goals import Goal
from solver.discretization.assembly import assemble_into
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.discretization.unknowns import POTENTIAL
from solver.linear.blocks import ADJOINT_TOLERANCE
from solver.nonlinear.jacobian import Jacobian


@dataclass(frozen=True)
class Dual:
    """An adjoint state Z as test functions of the transport and of the flow equations (None without flow)."""

    transport: fem.Function
    flow: fem.Function | None


class Adjoint:
    """Adjoint states of one problem for one goal. Collective.

    Args:
        problem: whose equations are linearised.
        jacobian: of the problem; what is at hand there is used as a preconditioner.
        goal: what is asked.
    """

    def __init__(self, problem: Problem, jacobian: Jacobian, goal: Goal) -> None:
        self.problem, self._jacobian, self.goal = problem, jacobian, goal
        self._multipliers, self._of_flows = np.zeros(len(problem.ports.floating)), np.zeros(0)
        self._lift = fem.Function(problem.unknowns.space)
        self._test = Dual(
            fem.Function(problem.unknowns.space), None if problem.flow is None else fem.Function(problem.flow.space)
        )
        functional = goal.functional(problem, self._lift)
        with problem.clock("compile"):
            self._gradient = _compiled(functional, problem.state)
            self._gradient_flow = None if problem.flow is None else _compiled(functional, problem.flow.state)
            self._value = None if goal.is_residual(problem) else fem.form(functional)
            self._by_means = problem.means.slope(functional)
            self._terms = [fem.form(ufl.action(problem.form, self._test.transport))]
            if problem.flow is not None:
                self._terms.append(fem.form(ufl.action(problem.flow.form, self._test.flow)))

    def solve(self, found: Evaluation, tolerance: float = ADJOINT_TOLERANCE) -> Dual:
        """Z at an evaluated state. The result is overwritten by the next call.

        tolerance: relative residual that may be left.

        Raises:
            SingularMatrixError: on all ranks.
        """
        problem, dual = self.problem, self._test
        problem.load(found)
        right = _assembled(self._gradient, problem.unknowns.space)
        right_flow = None if problem.flow is None else _assembled(self._gradient_flow, problem.flow.space)
        found_adjoint = self._jacobian.solve_adjoint(
            found,
            _owned(right),
            None if right_flow is None else _owned(right_flow),
            tolerance,
            np.concatenate([self._by_potentials(found), problem.means.slopes(self._by_means)]),
        )
        solution, solution_flow = found_adjoint.transport.copy(), found_adjoint.flow
        solution[problem.boundary_values.owned_entries] = 0.0
        self._multipliers, self._of_flows = found_adjoint.multipliers, found_adjoint.flow_rates
        for k, multiplier in zip(problem.ports.floating, self._multipliers, strict=True):
            port = problem.ports.all[k]
            if problem.floating.is_residual(port) and port.given == "charge":
                nodes = problem.ports.owned(port.field_nodes)
                solution[problem.unknowns.entries(nodes, POTENTIAL)] = multiplier
            elif problem.floating.is_residual(port):
                nodes = problem.ports.owned(port.nodes)
                counted = np.array(problem.equilibria.without(problem.valences))  # as in the equation of the current
                problem.unknowns.electrochemical(solution)[nodes] = multiplier * counted
        dual.transport.x.array[: len(solution)] = self._lift.x.array[: len(solution)] - solution
        dual.transport.x.scatter_forward()
        if dual.flow is not None and problem.flow is not None:
            solution_flow = solution_flow.copy()
            fixed = problem.flow.constrained
            solution_flow[fixed[fixed < len(solution_flow)]] = 0.0
            dual.flow.x.array[: len(solution_flow)] = -solution_flow
            dual.flow.x.scatter_forward()
        return dual

    def lagrangian(self, found: Evaluation) -> float:
        """R(U; Z) at a state U, its parameters and the shape of the mesh, for the Z of the last `solve`, plus the goal itself
        where it is no residual: dimensionless. Its value at the state of that solve is the goal."""
        self.problem.load(found)
        terms = [*self._terms, *([] if self._value is None else [self._value])]
        local = sum(fem.assemble_scalar(term) for term in terms)
        history = found.storage.history
        if history is not None:  # a closed device keeps what it was filled with
            local += float(history @ self._test.transport.x.array[: len(history)])
        beside = self.goal.beside(found.parameters, self.problem) + self._of_given(found) + self._of_flow_rates(found)
        return float(self.problem.mesh.comm.allreduce(local, op=MPI.SUM)) + beside

    def _of_flow_rates(self, found: Evaluation) -> float:
        """What the equations of given flow rates add to the Lagrangian."""
        if not len(self._of_flows) or self.problem.flow is None:
            return 0.0
        return -float(self._of_flows @ self.problem.flow.excess())

    def _of_given(self, found: Evaluation) -> float:
        """What the equations of ports whose potential follows add to the Lagrangian beside what Z contains."""
        problem = self.problem
        if not problem.ports.floating:
            return 0.0
        given, by_laws = found.parameters.floating_given, problem.floating.by_laws(found.parameters)
        parts = [by_laws.get(k, 0.0) - value for k, value in zip(problem.ports.floating, given, strict=True)]
        return -float(self._multipliers @ np.array(parts))

    def _by_potentials(self, found: Evaluation) -> np.ndarray:
        """Derivatives of the goal by the potentials that follow, in thermal voltages, at the same state: the goal depends on
        those of metals by whose laws it is."""
        problem = self.problem
        if not problem.ports.floating:
            return np.zeros(0)
        names, unit = [problem.ports.all[k].name for k in problem.ports.floating], found.parameters.scales.potential
        local = np.array([self.goal.by_potential(problem, name, unit) for name in names])
        return np.asarray(problem.mesh.comm.allreduce(local, op=MPI.SUM))


def _owned(function: fem.Function) -> np.ndarray:
    """Owned entries of a function."""
    dofmap = function.function_space.dofmap
    return np.array(function.x.array[: dofmap.index_map.size_local * dofmap.index_map_bs])


def _compiled(functional: ufl.Form, unknown: fem.Function) -> fem.Form | None:
    """Gradient of a functional by an unknown, None where it does not depend on it."""
    form = ufl.algorithms.expand_derivatives(ufl.derivative(functional, unknown))
    return None if form.empty() else fem.form(form)


def _assembled(form: fem.Form | None, space: fem.FunctionSpace) -> fem.Function:
    found = fem.Function(space)
    if form is not None:
        assemble_into(found.x.petsc_vec, form)
    return found
