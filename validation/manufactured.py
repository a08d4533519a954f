"""Convergence rates of the discretization with manufactured solutions in two and three dimensions, all fields coupled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization import forms
from solver.discretization.coordinates import Metric
from solver.discretization.equal_expressions import compare_parts_once
from solver.discretization.symbols import SYMBOLS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.electrolytes.lattice_gas import LatticeGas
from solver.linear.direct import DirectSolver
from solver.parallel import compat
from solver.parallel.clock import Clock
from validation.checks import Check, Plot, Section, in_turn
from validation.jumps import jumps
from validation.orders import curves, norms, orders
from validation.setting import Setting
from validation.varying import varying

COUPLING, PECLET = 3.0, 1.5
VALENCES, DIFFUSIVITIES = (1, -2), (1.3, 0.8)
CROWDED = LatticeGas(sizes={"A": 7e-9, "B": 6e-9}, solvent_size=5e-9)
"""Ions that fill up to half of the volume at concentrations of about 1 mol/m^3."""


def exact(x: ufl.SpatialCoordinate, symmetry: str) -> tuple[object, list[object], object, object]:
    """Potential, electrochemical potentials, a divergence-free velocity, pressure."""
    if symmetry == "none":
        return exact_in_space(*x)
    z, r = x
    phi = ufl.sin(ufl.pi * z) * ufl.cos(ufl.pi * r / 2) + 0.3 * z
    mu = [0.4 * ufl.cos(z) * (1 + r**2), 0.5 * ufl.sin(2 * z) * ufl.exp(-(r**2))]
    if symmetry == "axisymmetric":  # stream function r^2 g: u_z = d(r^2 g)/dr / r, u_r = -r dg/dz
        u = ufl.as_vector((ufl.cos(z) * (2 - 4 * r**2), r * (1 - r**2) * ufl.sin(z)))
    else:
        u = ufl.as_vector((ufl.cos(z) * ufl.cos(r), ufl.sin(z) * ufl.sin(r)))
    return phi, mu, u, ufl.sin(z) * ufl.cos(r)


def exact_in_space(z: Any, x: Any, y: Any) -> tuple[object, list[object], object, object]:
    """The same in three dimensions."""
    phi = ufl.sin(ufl.pi * z) * ufl.cos(ufl.pi * x / 2) * ufl.cos(y) + 0.3 * z
    mu = [0.4 * ufl.cos(z) * (1 + x**2 + y**3), 0.5 * ufl.sin(2 * z) * ufl.exp(-(x**2)) * ufl.cos(y)]
    u = ufl.as_vector((ufl.cos(z) * ufl.cos(x) + ufl.sin(2 * y), ufl.sin(z) * ufl.sin(x) + ufl.cos(y), ufl.sin(z * x)))
    return phi, mu, u, ufl.sin(z) * ufl.cos(x) + ufl.sin(x * y)


def errors(n: int, symmetry: str, model: ElectrolyteModel) -> np.ndarray:
    """L2 errors of (phi, mu_1, mu_2, u, p) on the unit square of 4 n^2 triangles, or the cube of 6 n^3 tetrahedra."""
    compare_parts_once()
    comm = MPI.COMM_WORLD
    if symmetry == "none":
        mesh = dmesh.create_unit_cube(comm, n, n, n)
    else:
        mesh = dmesh.create_unit_square(comm, n, n, diagonal=dmesh.DiagonalType.crossed)
    dimension = mesh.topology.dim
    cell = mesh.basix_cell()
    p2, p1 = basix.ufl.element("Lagrange", cell, 2), basix.ufl.element("Lagrange", cell, 1)
    vector = basix.ufl.element("Lagrange", cell, 2, shape=(dimension,))
    space = fem.functionspace(mesh, basix.ufl.mixed_element([p2, p2, p2, vector, p1]))
    state = fem.Function(space)
    phi, mu_1, mu_2, u, p = ufl.split(state)
    v, m_1, m_2, w, q = ufl.TestFunctions(space)
    metric = Metric.of(mesh, symmetry)
    dx = ufl.Measure("dx", mesh, metadata={"quadrature_degree": 8})
    x = ufl.SpatialCoordinate(mesh)
    exact_phi, exact_mu, exact_u, exact_p = exact(x, symmetry)

    # The residual of the exact fields, tested by parts, is the load: its boundary terms vanish for test functions
    # that are zero where values are prescribed.
    def residual(phi: Any, mu: Any, u: Any, p: Any) -> Any:
        m = SYMBOLS
        c = model.concentrations(mu, phi, VALENCES, 1.0, m)
        virtual = model.concentrations(mu, model.neutral_potential(mu, VALENCES, 1.0, m), VALENCES, 1.0, m)
        total = forms.poisson(phi, forms.charge_density(c, VALENCES), COUPLING, v, metric)
        for ci, mi, diffusivity, test in zip(c, mu, DIFFUSIVITIES, (m_1, m_2), strict=True):
            total += forms.nernst_planck(ci, mi, u, diffusivity, PECLET, test, metric)
        total += forms.stokes(u, p, w, q, metric) + forms.osmotic_force(c, virtual, mu, w, metric)
        return total * dx

    form = residual(phi, [mu_1, mu_2], u, p) - residual(exact_phi, exact_mu, exact_u, exact_p)
    mesh.topology.create_connectivity(dimension - 1, dimension)
    facets = dmesh.exterior_facet_indices(mesh.topology)
    bcs = []
    for k, value in enumerate((exact_phi, *exact_mu, exact_u)):
        sub = space.sub(k)
        collapsed, _ = sub.collapse()
        function = fem.Function(collapsed)
        function.interpolate(compat.expression(value, collapsed))
        bcs.append(fem.dirichletbc(function, fem.locate_dofs_topological((sub, collapsed), dimension - 1, facets), sub))
    # the pressure is fixed by one value, in a corner that every mesh has
    sub = space.sub(4)
    collapsed, _ = sub.collapse()
    corner = fem.locate_dofs_geometrical((sub, collapsed), lambda x: np.isclose(np.abs(x).sum(axis=0), 0))
    bcs.append(fem.dirichletbc(fem.Function(collapsed), corner, sub))  # exact_p is 0 there

    compiled, tangent = fem.form(form), fem.form(ufl.derivative(form, state))
    matrix = fem_petsc.create_matrix(tangent)
    solver = DirectSolver(matrix, "manufactured_", Clock())
    right, step = fem.Function(space), fem.Function(space)
    for _ in range(15):
        b = right.x.petsc_vec
        with b.localForm() as local:
            local.set(0.0)
        fem_petsc.assemble_vector(b, compiled)
        fem_petsc.apply_lifting(b, [tangent], [bcs], [state.x.petsc_vec], -1.0)
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        fem_petsc.set_bc(b, bcs, state.x.petsc_vec, -1.0)
        matrix.zeroEntries()
        fem_petsc.assemble_matrix(matrix, tangent, bcs=bcs)
        matrix.assemble()
        solver.factorise()
        solver.solve(b, step.x.petsc_vec)
        state.x.petsc_vec.axpy(-1.0, step.x.petsc_vec)
        state.x.scatter_forward()
        if step.x.petsc_vec.norm(PETSc.NormType.NORM_INFINITY) < 1e-8:
            break
    else:
        raise RuntimeError("Newton did not converge")
    pairs = zip((phi, mu_1, mu_2, u, p), (exact_phi, *exact_mu, exact_u, exact_p), strict=True)
    return norms([ufl.inner(a - b, a - b) * metric.weight * dx for a, b in pairs], comm)


NAMES = {"planar": "planar", "axisymmetric": "axisymmetric", "none": "in three dimensions"}
"""Of the symmetries."""

QUADRATIC_FIELDS = "potential", "electrochemical potential 1", "electrochemical potential 2", "velocity"
FIELDS = {**dict.fromkeys(QUADRATIC_FIELDS, 3.0), "pressure": 2.0}
"""And their orders."""


def manufactured(setting: Setting) -> Iterator[Check | Plot]:
    """Rates at which the L2 errors fall: third order for quadratic elements, second for the pressure."""
    smooth, crowded = ((8, 16, 32), (8, 16)) if setting.quick else ((8, 16, 32, 64), (8, 16, 32))
    spatial = (2, 4) if setting.quick else (2, 4, 8)
    for symmetry, model in itertools.product(("planar", "axisymmetric", "none"), (Ideal(), CROWDED)):
        if model is CROWDED and (symmetry == "none" or (setting.quick and symmetry == "planar")):
            continue
        cells = spatial if symmetry == "none" else crowded if model is CROWDED else smooth
        found = np.array([errors(n, symmetry, model) for n in cells])
        name = "manufactured solution" if model.is_ideal else "manufactured solution with ions of two sizes"
        source = "interpolation by quadratic (pressure: linear) elements"
        slug = f"{'rates' if model.is_ideal else 'sized'}_{'space' if symmetry == 'none' else symmetry}"
        of_name, quantity = f"{name}, {NAMES[symmetry]}", "order of convergence"
        yield from orders("rates", of_name, quantity, list(FIELDS), found, FIELDS, 0.2, source)
        yield Plot(
            "rates", slug, f"{name.capitalize()}, {NAMES[symmetry]}: errors in L2",
            "cells along a side",
            "error in L2", curves(list(FIELDS), cells, found),
            "Straight lines of slope -3 (pressure: -2).", x_log=True, y_log=True,
        )  # fmt: skip


RATES = Section(
    "rates",
    "Orders of convergence",
    "All equations with a solution chosen beforehand, on uniformly refined squares and cubes: how fast the errors fall, with "
    "one material, with layers of membrane, liquid and solid, and with viscosity, diffusivities and permittivity that vary.",
    in_turn(manufactured, jumps, varying),
)
