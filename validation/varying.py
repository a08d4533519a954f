"""Orders of convergence where viscosity, diffusivities, permittivity and energies vary, with a manufactured solution.

Viscosity and diffusivities follow the place and the composition, the flux is that of Ito's convention, one ion has an energy
that varies. The load is the residual of the fields, with the coefficients written down here once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import ufl
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import Symmetry, TaggedMesh
from solver.discretization import forms
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition, WallCondition
from solver.discretization.problem import Problem
from solver.discretization.symbols import SYMBOLS
from solver.laws.algebra import Algebra
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.properties.base import LiquidProperties, Local
from solver.laws.regions.confinement import Confinement
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from validation.checks import Check, Plot
from validation.jumps import COUPLING, DIFFUSIVITIES, DIFFUSIVITY, NAMES, PECLET, SCALES, UNIT, VALENCES, third_order
from validation.orders import marked, norms
from validation.setting import Setting

VISCOUS, SLOW, ENERGY = 0.8, 0.5, 0.7
"""Of the viscosity (1 + a z r^2), of the first diffusivity (1 - a z), of the energy of the second ion (a z r^2)."""
THICKENS, SLOWS, WEAKENS = 0.3, 0.2, 0.1
"""What the concentration of the first ion in the virtual solution does to viscosity, diffusivities and permittivity."""


class ByFirst(LiquidProperties):
    """Linear in the concentration of the first ion."""

    def _factor(self, local: Local, slope: float) -> Any:
        return 1.0 + slope * local.concentrations[NAMES[0]] / SCALES.concentration

    def diffusivity_factor(self, species: str, local: Local, m: Algebra) -> Any:
        """Falls."""
        return self._factor(local, -SLOWS)

    def viscosity_factor(self, local: Local, m: Algebra) -> Any:
        """Grows."""
        return self._factor(local, THICKENS)

    def permittivity_factor(self, local: Local, m: Algebra) -> Any:
        """Falls."""
        return self._factor(local, -WEAKENS)


def square(n: int, symmetry: Symmetry) -> TaggedMesh:
    """The unit square with 2 n^2 triangles: a terminal on the left, a wall above, the axis below."""
    mesh = dmesh.create_unit_square(MPI.COMM_WORLD, n, n, diagonal=dmesh.DiagonalType.crossed)
    tags = marked(mesh, ((0, 0.0), (1, 1.0), (1, 0.0)))
    return TaggedMesh(mesh, tags, {"left": 1, "wall": 2, "axis": 3}, None, {}, symmetry, UNIT)


def exact(x: Any, axisymmetric: bool) -> tuple[Any, list[Any], Any, Any]:
    """Potential (thermal voltages), electrochemical potentials, velocity, pressure; they meet what holds at the terminal and
    at the wall."""
    z, r = x[0], ufl.variable(x[1])
    phi = 0.3 * ufl.exp(-(r**2)) + ufl.sin(z) * ufl.cos(2 * r)
    mu = [ufl.sin(z) * (0.4 + 0.5 * r**2), ufl.sin(z) * (0.6 - 0.4 * r**2)]
    stream = 2.0 * (r**2 - 1) ** 2
    along = ufl.diff(r**2 * stream, r) / r if axisymmetric else ufl.diff(r * stream, r)
    return phi, mu, ufl.as_vector((ufl.cos(z) * along, ufl.sin(z) * r * stream)), ufl.sin(z) * ufl.cos(r)


def errors(n: int, symmetry: Symmetry) -> np.ndarray:
    """L2 errors of (phi, mu_1, mu_2, u) on 2 n^2 triangles. Collective."""
    tagged = square(n, symmetry)
    ions = [Solute(name, z, d * DIFFUSIVITY) for name, z, d in zip(NAMES, VALENCES, DIFFUSIVITIES, strict=True)]
    scaled = f"(z / {UNIT!r})", f"(r / {UNIT!r})"

    def formula(text: str) -> dict[str, str]:
        return {"type": "expression", "formula": text.replace("Z", scaled[0]).replace("R", scaled[1])}

    law = Confinement.model_validate(
        {
            "type": "confinement",
            "viscosity_factor": formula(f"1 + {VISCOUS} * Z * R**2"),
            "diffusivity_factor": {NAMES[0]: formula(f"1 - {SLOW} * Z")},
            "barrier": {NAMES[1]: formula(f"{ENERGY} * Z * R**2")},
        }
    )

    def at_terminal(r: np.ndarray) -> np.ndarray:
        return np.asarray(0.3 * np.exp(-((r / UNIT) ** 2)) * SCALES.potential)

    terminals = (TerminalCondition("left", 0.0, 0.0, (1.0, 1.0), at_terminal),)
    walls = (WallCondition("wall"),)
    problem = Problem(
        tagged, SCALES, ions, terminals, walls, flow=True, clock=Clock(), regions=[RegionCondition(law)],
        quadrature_degree=8, properties=ByFirst(), convention="ito",
    )  # fmt: skip
    assert problem.flow is not None
    x, metric, dx = ufl.SpatialCoordinate(tagged.mesh), problem.metric, problem.measures.volume
    phi, mu, u, p = exact(x, metric.axisymmetric)
    test = ufl.TestFunction(problem.unknowns.space)
    velocity, continuous, constant = ufl.TestFunctions(problem.flow.space)
    model, m = Ideal(), SYMBOLS
    virtual = model.concentrations(mu, model.neutral_potential(mu, VALENCES, 1.0, m), VALENCES, 1.0, m)
    c = model.concentrations([mu[0], mu[1] - ENERGY * x[0] * x[1] ** 2], phi, VALENCES, 1.0, m)
    permittivity, slowed = 1 - WEAKENS * virtual[0], 1 - SLOWS * virtual[0]
    transport: Any = forms.poisson(phi, forms.charge_density(c, VALENCES), COUPLING, test[0], metric, permittivity)
    for i, varying in enumerate((slowed * (1 - SLOW * x[0]), slowed)):
        flux = -DIFFUSIVITIES[i] * varying * c[i] * (ufl.grad(mu[i]) + ufl.grad(varying) / varying) + PECLET * c[i] * u
        transport += -ufl.inner(flux, ufl.grad(test[1 + i])) * metric.weight
    viscosity = (1 + THICKENS * virtual[0]) * (1 + VISCOUS * x[0] * x[1] ** 2)
    flow = forms.stokes(u, p, velocity, continuous + constant, metric, viscosity)
    flow += forms.osmotic_force(c, virtual, mu, velocity, metric)
    field = ufl.grad(phi)
    flow += 0.5 / COUPLING * ufl.inner(field, field) * ufl.inner(ufl.grad(permittivity), velocity) * metric.weight
    problem.subtract_load(transport * dx, flow * dx)
    parameters = problem.parameters(terminals, walls, ions, SCALES)
    start = problem.evaluate(problem.at_rest(parameters)[0], parameters)
    found = Newton(problem).solve(start, NewtonSettings(), NewtonReport())
    problem.load(found)
    pairs = [(problem.phi, phi), *zip(problem.mu, mu, strict=True), (problem.flow.u, u)]
    return norms([ufl.inner(a - b, a - b) * metric.weight * dx for a, b in pairs], tagged.mesh.comm)


def varying(setting: Setting) -> Iterator[Check | Plot]:
    """Rates at which the L2 errors fall: third order for quadratic elements."""
    name = "manufactured solution with varying viscosity and diffusivities"
    yield from third_order(setting, errors, name, "varying", "Varying viscosity")
