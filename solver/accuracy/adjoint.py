"""Adjoint states: how a current or a flow rate answers to any residual of the equations.

With the residuals R (transport and flow) and a goal J, the adjoint state solves

    R'(U)^T Z0 = -J'(U).

A current is itself the residual tested with Psi, which is the valence of each species on the goal's terminal and 0 on the
others: with Z = Psi + Z0 the goal and the equations merge into one functional L(U) = R(U; Z). Its derivative by anything but
U is the derivative of the goal, and R(U_h; Z0) is what the goal gains when the residual of U_h is removed (dual-weighted
residual; Becker and Rannacher, Acta Numerica 10, 1 (2001), section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.problem import Problem
from solver.nonlinear.jacobian import JacobianSolver
from solver.physics.scales import Scales


@dataclass(frozen=True)
class Goal:
    """A number that the user asks for: the current or the flow rate into the device at a terminal."""

    kind: Literal["current", "flow_rate"]
    terminal: str

    def scale(self, scales: Scales) -> float:
        """Amperes, or m^3/s, of one dimensionless unit."""
        return scales.current if self.kind == "current" else scales.flow_rate


@dataclass(frozen=True)
class Dual:
    """An adjoint state Z as test functions of the transport and of the flow equations (None without flow)."""

    transport: fem.Function
    flow: fem.Function | None


class Adjoint:
    """Adjoint states of one problem for one goal. Collective.

    Args:
        problem: at whose current state the equations are linearised.
        jacobian: its Jacobian; the factors at hand are used as a preconditioner.
        goal: what is asked.
    """

    def __init__(self, problem: Problem, jacobian: JacobianSolver, goal: Goal) -> None:
        self._problem, self._jacobian, self.goal = problem, jacobian, goal
        self._lift = fem.Function(problem.space)
        self._dual = Dual(fem.Function(problem.space), problem.flow and fem.Function(problem.flow.space))
        index = [terminal.name for terminal in problem.terminals].index(goal.terminal)
        if goal.kind == "current":
            components = self._lift.x.array.reshape(-1, 1 + len(problem.species))
            components[problem.terminal_dofs[index], 1:] = [species.valence for species in problem.species]
            functional = ufl.action(problem.transport_form, self._lift)
        elif problem.flow is None:
            raise ValueError("a flow rate needs a flow")
        else:
            functional = problem.flow.outflow_forms[index]
        with problem.clock("compile"):
            self._gradient = _compiled(functional, problem.state)
            self._gradient_flow = None if problem.flow is None else _compiled(functional, problem.flow.state)
            self._value = fem.form(functional) if goal.kind == "flow_rate" else None
            self._terms = [fem.form(ufl.action(problem.transport_form, self._dual.transport))]
            if problem.flow is not None:
                self._terms.append(fem.form(ufl.action(problem.flow.flow_form, self._dual.flow)))

    def solve(self) -> Dual:
        """Z at the current state; the flow must be that of the state. The result is overwritten by the next call.

        Raises:
            SingularMatrixError: on all ranks.
        """
        problem, dual = self._problem, self._dual
        self._jacobian.assemble()
        right = _assembled(self._gradient, problem.space)
        right_flow = None if problem.flow is None else _assembled(self._gradient_flow, problem.flow.space)
        found, found_flow = self._jacobian.solve_adjoint(
            right.x.petsc_vec, None if right_flow is None else right_flow.x.petsc_vec
        )
        constrained = problem.constrained[problem.constrained < len(found)]
        found[constrained] = 0.0
        dual.transport.x.array[: len(found)] = self._lift.x.array[: len(found)] - found
        dual.transport.x.scatter_forward()
        if dual.flow is not None and problem.flow is not None:
            fixed = problem.flow.fixed
            found_flow[fixed[fixed < len(found_flow)]] = 0.0
            dual.flow.x.array[: len(found_flow)] = -found_flow
            dual.flow.x.scatter_forward()
        return dual

    def lagrangian(self) -> float:
        """R(U; Z) for the Z of the last `solve`, plus the goal itself where it is no residual: dimensionless. Its value at
        the state of that solve is the goal."""
        terms = [*self._terms, *([] if self._value is None else [self._value])]
        local = sum(fem.assemble_scalar(term) for term in terms)
        return float(self._problem.mesh.comm.allreduce(local, op=MPI.SUM))


def _compiled(functional: ufl.Form, unknown: fem.Function) -> fem.Form | None:
    """Gradient of a functional by an unknown, None where it does not depend on it."""
    form = ufl.algorithms.expand_derivatives(ufl.derivative(functional, unknown))
    return None if form.empty() else fem.form(form)


def _assembled(form: fem.Form | None, space: fem.FunctionSpace) -> fem.Function:
    found = fem.Function(space)
    if form is not None:
        fem_petsc.assemble_vector(found.x.petsc_vec, form)
        found.x.petsc_vec.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return found
