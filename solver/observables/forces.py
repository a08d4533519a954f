"""Force on a particle along the axis, by virtual work, and how well the forces on all boundaries balance.

With the total stress s = -p I + 2 eta e(u) + eps (E E - E^2 I / 2), whose divergence is zero, and a field v that is the
axial unit vector at the nodes of a boundary and zero at all others, the force on the boundary is -int s : grad v over the
liquid. This converges twice as fast as the integral of the stress over the boundary. The electric part is
-int (T : grad v + rho E . v) with Maxwell's stress T; what is left is the force of the liquid, pressure included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la

from meshes.particle import WALL
from solver.case.case import Case
from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.discretization.symbols import SYMBOLS
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import STEADY, Quantity
from solver.results.headers import header

FORCE = header("force_particle", "N")
ELECTRIC = header("force_particle_electric", "N")
VISCOUS = header("force_particle_viscous", "N")
BALANCE = "force_balance_error"


class Forces(Observable):
    """Axial force on the particle of a device that has one; an electroneutral device does not know the field in its layer."""

    quantities = (
        Quantity(
            FORCE,
            "force on the particle",
            "Force on the particle along the axis, of field and liquid; positive from the first terminal to the second.",
            error=BAR,
        ),
        Quantity(ELECTRIC, "electric force", "Part of it by Maxwell's stress at its surface.", error=BAR),
        Quantity(VISCOUS, "force of the liquid", "Part of it by friction and pressure of the liquid.", error=BAR),
        Quantity(
            BALANCE,
            "force balance error",
            "Sum of the axial forces on the particle, all walls and terminals, over the largest of them.",
            studies=(STEADY,),
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._stresses: list[tuple[fem.Form, fem.Form]] = []
        if getattr(case.geometry, "particle", None) is None or problem.electroneutral:
            return
        taken = np.zeros(0, dtype=np.int32)
        names = [WALL, *(wall.name for wall in problem.walls if wall.name != WALL)]
        names += [port.name for port in problem.ports.terminals]
        with problem.clock("compile"):
            for name in names:
                push, taken = _push(problem, [name], taken)
                self._stresses.append((fem.form(_viscous(problem, push)), fem.form(_maxwell(problem, push))))
                if name == WALL:
                    density = forms.charge_density(problem.c, problem.valences)
                    body = -density * problem.phi.dx(0) * push * problem.metric.weight
                    self._body = fem.form(body * problem.measures.liquid)

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Forces, N; without flow the electric one alone."""
        if not self._stresses:
            return {}
        scales = state.scales
        unit = scales.pressure * scales.length**2 * scales.section
        maxwell = [-state.integral(form) / scales.charge_coupling * unit for _, form in self._stresses]
        electric = maxwell[0] - state.integral(self._body) * unit
        if state.found.flow is None:
            return {ELECTRIC: electric}
        total = np.array(maxwell) - np.array([state.integral(form) for form, _ in self._stresses]) * unit
        largest = float(np.abs(total).max())
        row = {FORCE: float(total[0]), ELECTRIC: electric, VISCOUS: float(total[0]) - electric}
        if state.steady:
            row[BALANCE] = abs(float(total.sum())) / largest if largest else 0.0
        return row


def _push(problem: Problem, names: Sequence[str], taken: np.ndarray) -> tuple[fem.Function, np.ndarray]:
    """1 at the nodes of boundaries, 0 elsewhere and where `taken`; and the nodes taken then. Collective."""
    push = fem.Function(problem.unknowns.scalar)
    nodes = fem.locate_dofs_topological(
        problem.unknowns.scalar, problem.mesh.topology.dim - 1, problem.tagged.facets_of(*names)
    )
    push.x.array[nodes] = 1.0
    push.x.scatter_reverse(la.InsertMode.add)  # a rank may own a node and none of the facets around it
    push.x.scatter_forward()
    push.x.array[:] = np.minimum(push.x.array, 1.0)
    push.x.array[taken] = 0.0
    return push, np.union1d(taken, np.flatnonzero(push.x.array)).astype(np.int32)


def _viscous(problem: Problem, push: fem.Function) -> Any:
    """int (2 e(u) : grad v - p div v) with v = push * axial unit vector; p is the real pressure."""
    if problem.flow is None:
        return push * problem.metric.weight * problem.measures.liquid
    scale, m = problem.scales.concentration, SYMBOLS
    osmotic = [problem.model.osmotic_pressure(c, scale, m) for c in (problem.c, problem.virtual)]
    pressure = problem.flow.p + osmotic[0] - osmotic[1]
    slope = ufl.grad(push)
    strain = ufl.sym(ufl.grad(problem.flow.u))
    work = 2 * (strain[0, 0] * slope[0] + strain[0, 1] * slope[1]) - pressure * slope[0]
    return work * problem.metric.weight * problem.measures.liquid


def _maxwell(problem: Problem, push: fem.Function) -> Any:
    """int T : grad v, T in units of eps V_T^2 / L^2."""
    field, slope = ufl.grad(problem.phi), ufl.grad(push)
    work = field[0] * ufl.dot(field, slope) - 0.5 * ufl.dot(field, field) * slope[0]
    return work * problem.metric.weight * problem.measures.liquid
