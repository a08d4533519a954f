"""Force on a particle along the axis, by virtual work, and how well the forces on all boundaries balance.

With the total stress s = -p I + 2 eta e(u) + eps (E E - E^2 I / 2), whose divergence is zero, and a field v that is the
axial unit vector on a boundary and zero on all others, the force on the boundary is -int s : grad v over the liquid. v is
smooth (see `solver.observables.weights`), so that the error is that of a smooth functional of the state; and since the v of
all boundaries add up to a constant, the forces balance. The electric part is -int (T : grad v + f . v) with Maxwell's
stress T and the force of the field on the liquid, f = rho E - E^2 grad(eps) / 2; what is left is the force of the liquid,
pressure included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from meshes.particle import WALL
from solver.case.case import Case
from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.discretization.symbols import SYMBOLS, product
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.observables.weights import boundary_parts, harmonic_weights, weight_space
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
            "Sum of the axial forces on the particle, all walls and terminals, over the largest of them. Rounding: what the"
            " elements leave in the forces themselves is in their error bars.",
            studies=(STEADY,),
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._weights: list[np.ndarray] = []
        if getattr(case.geometry, "particle", None) is None or problem.electroneutral:
            return
        parts = boundary_parts(problem, WALL)
        self._weight = fem.Function(weight_space(problem))
        self._weights = harmonic_weights(problem, self._weight.function_space, parts, parts)
        with problem.clock("compile"):
            self._electric = fem.form(electric_force(problem, self._weight))
            self._total = None if problem.flow is None else fem.form(force(problem, self._weight))

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Forces, N; without flow the electric one alone."""
        if not self._weights:
            return {}
        scales = state.scales
        unit = scales.pressure * scales.length**2 * scales.section
        self._weight.x.array[:] = self._weights[0]
        electric = state.integral(self._electric) * unit
        if self._total is None or state.found.flow is None:
            return {ELECTRIC: electric}
        total = []
        for weight in self._weights:
            self._weight.x.array[:] = weight
            total.append(state.integral(self._total) * unit)
        row = {FORCE: total[0], ELECTRIC: electric, VISCOUS: total[0] - electric}
        if state.steady:
            largest = float(np.abs(total).max())
            row[BALANCE] = abs(float(np.sum(total))) / largest if largest else 0.0
        return row


def particle_weight(problem: Problem) -> fem.Function:
    """1 on the particle, 0 on all other boundaries of the liquid, and smooth between them. Collective."""
    found = fem.Function(weight_space(problem))
    (found.x.array[:],) = harmonic_weights(problem, found.function_space, boundary_parts(problem, WALL), [WALL])
    return found


def force(problem: Problem, weight: fem.Function) -> ufl.Form:
    """-int (2 e(u) : grad v - p div v + T : grad v), dimensionless, with v = weight * axial unit vector; p is the real
    pressure. The force on the part of the boundary whose weight is given, in units of pressure and area.

    Raises:
        ValueError: there is no flow.
    """
    if problem.flow is None:
        raise ValueError("the whole force needs a flow")
    scale, m = problem.scales.concentration, SYMBOLS
    inner, of = problem.materials.inner(problem.mu), (problem.valences, scale, m)
    osmotic = problem.model.osmotic_pressure_at(inner, problem.phi, *of)
    pressure = problem.flow.p + osmotic - problem.model.osmotic_pressure(problem.virtual, scale, m)
    slope = ufl.grad(weight)
    strain = ufl.sym(ufl.grad(problem.flow.u))
    shear = 2 * sum(strain[0, k] * slope[k] for k in range(problem.mesh.geometry.dim))
    work = product(problem.properties.viscosity, shear) - pressure * slope[0]
    return -(work + _maxwell(problem, slope)) * problem.metric.weight * problem.measures.liquid


def electric_force(problem: Problem, weight: fem.Function) -> ufl.Form:
    """-int (T : grad v + f . v) with the force f = rho E - E^2 grad(eps) / 2 on the liquid: the electric part of `force`."""
    body = forms.charge_density(problem.c, problem.valences) * problem.phi.dx(0) * weight
    permittivity, field = problem.properties.solvent_permittivity, ufl.grad(problem.phi)
    if not isinstance(permittivity, float):
        body += ufl.dot(field, field) * ufl.grad(permittivity)[0] * weight / (2 * problem.coupling)
    return (body - _maxwell(problem, ufl.grad(weight))) * problem.metric.weight * problem.measures.liquid


def _maxwell(problem: Problem, slope: Any) -> Any:
    """T : grad v."""
    field = ufl.grad(problem.phi)
    work = field[0] * ufl.dot(field, slope) - 0.5 * ufl.dot(field, field) * slope[0]
    return product(problem.properties.solvent_permittivity, work) / problem.coupling
