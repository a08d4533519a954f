"""The physics: integrands of the weak forms of the Poisson-Nernst-Planck-Stokes system.

Strong form, species i with valence z_i and diffusivity D_i, concentration c_i, potential phi, velocity u, pressure p:

    -div(eps grad phi) = F sum_i z_i c_i + X                       (Poisson; X a fixed charge)
    d c_i/dt + div J_i = R_i,  J_i = -D_i c_i grad(mu_i) + c_i u   (Nernst-Planck; R_i by reactions)
    mu_i = ln c_i + z_i F phi / (R T) + (excess)
    -div(2 eta e(u)) + grad p = -F (sum_i z_i c_i) grad phi        (Stokes)
    div u = 0

The unknowns are phi, the electrochemical potentials mu_i, u and the virtual pressure p - (Pi(c) - Pi(c_v)), where Pi is the
osmotic pressure and c_v the virtual solution: the neutral one with the same mu_i. Its body force is
-R T sum_i (c_i - c_v,i) grad mu_i, which is confined to the double layers. Concentrations follow from phi and mu_i by the
electrolyte's model (`solver.laws.electrolytes`); they are positive by construction, and equilibrium (mu_i constant, no
flow) is exact on any mesh.

Everything here is dimensionless in the units of `solver.physics.scales.Scales`. Functions give integrands with the weight of
the volume element; they are added up before a measure is applied (see `solver.discretization.measures`). The same forms
serve a plane and a half plane (r >= 0) turned about the axis (`solver.discretization.coordinates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ufl

from solver.discretization.coordinates import Metric
from solver.discretization.symbols import product


def charge_density(c: Sequence[Any], valences: Sequence[int]) -> Any:
    """sum_i z_i c_i."""
    return sum(z * ci for ci, z in zip(c, valences, strict=True))


def poisson(phi: Any, charge: Any, coupling: Any, v: Any, metric: Metric, permittivity: Any = 1.0) -> Any:
    """permittivity * grad phi . grad v - coupling * charge * v; `coupling` is F c L^2 / (eps V_T) with the solvent's eps,
    the permittivity is relative to that."""
    field = product(permittivity, ufl.grad(phi))
    return (ufl.inner(field, ufl.grad(v)) - coupling * charge * v) * metric.weight


def surface_charge(charge: Any, v: Any, metric: Metric) -> Any:
    """-sigma v on a wall; sigma in units of eps V_T / L."""
    return -charge * v * metric.weight


def flux(c: Any, mu: Any, u: Any, diffusivity: Any, peclet: Any, drift: Any = None) -> Any:
    """J = -D c grad(mu + drift) + Pe c u; without flow when `u` is None."""
    diffusive = -diffusivity * c * ufl.grad(mu if drift is None else mu + drift)
    return diffusive if u is None else diffusive + peclet * c * u


def inflow(flux: Any, v: Any, metric: Metric) -> Any:
    """-N v on a wall; N is the molar flux from the wall into the liquid, in units of D c / L."""
    return -flux * v * metric.weight


def nernst_planck(
    c: Any, mu: Any, u: Any, diffusivity: Any, peclet: Any, v: Any, metric: Metric, drift: Any = None
) -> Any:
    """-J . grad v.

    By parts its integral is minus that of (J . n) v over the boundary, so that tested with a function that is 1 on a
    terminal it gives the molar rate entering there.
    """
    return -ufl.inner(flux(c, mu, u, diffusivity, peclet, drift), ufl.grad(v)) * metric.weight


def source(rate: Any, v: Any, metric: Metric) -> Any:
    """-R v: a species that reactions make at the rate R; d c/dt + div J = R."""
    return -rate * v * metric.weight


def storage(c: Any, v: Any, metric: Metric) -> Any:
    """c v: the content of a species. Its rate of change is the term d c/dt of Nernst-Planck, in which the concentration
    itself is differenced and not the potentials, so that no ion is lost."""
    return c * v * metric.weight


def stokes(u: Any, p: Any, v: Any, q: Any, metric: Metric, viscosity: Any = 1.0) -> Any:
    """2 eta e(u) : e(v) - p div v - q div u (the sign makes it symmetric); the viscosity is relative to its unit."""
    viscous = product(viscosity, 2 * metric.strain_product(u, v))
    return (viscous - p * metric.divergence(v) - q * metric.divergence(u)) * metric.weight


def brinkman(u: Any, v: Any, drag: Any, metric: Metric) -> Any:
    """drag * u . v: the friction of the liquid with a permeable material; the drag is L^2 over the permeability, times the
    relative viscosity."""
    return drag * ufl.inner(u, v) * metric.weight


def osmotic_force(c: Sequence[Any], virtual: Sequence[Any], mu: Sequence[Any], v: Any, metric: Metric) -> Any:
    """(sum_i (c_i - c_v,i) grad mu_i) . v: the body force, on the residual's side, that belongs to the virtual pressure
    (Fair and Osterle, J. Chem. Phys. 54, 3307 (1971), for long pores).

    It equals the electric force sum_i z_i c_i grad phi up to a gradient, which moves into the pressure. It vanishes at
    equilibrium and in neutral solution, however steep the gradients of salt and potential are there: no discrete pressure
    has to balance a force, and no spurious flow arises where it fails to.
    """
    force = sum((ci - cv) * ufl.grad(m) for ci, cv, m in zip(c, virtual, mu, strict=True))
    return ufl.inner(force, v) * metric.weight


def dielectric_force(phi: Any, permittivity: Any, coupling: Any, v: Any, metric: Metric) -> Any:
    """(|grad phi|^2 / 2) (grad permittivity) . v / coupling: the body force, on the residual's side, of the field on a
    liquid whose permittivity (relative to the electrolyte's) is not the same everywhere. A permittivity that follows
    the virtual solution is uniform at equilibrium, and the force vanishes there."""
    work = ufl.inner(ufl.grad(phi), ufl.grad(phi)) / (2 * coupling)
    return work * ufl.inner(ufl.grad(permittivity), v) * metric.weight


def terminal_stress(virtual_pressure: Any, v: Any, normal: Any, metric: Metric) -> Any:
    """p_v n . v at a terminal, on the residual's side, where p_v = p - (Pi(c_bulk) - Pi(c_v)) is the virtual pressure of its
    reservoir: the osmotic pressure of the ions beyond the bulk drops out."""
    return virtual_pressure * ufl.dot(normal, v) * metric.weight


def height(mesh: Any) -> Any:
    """Volume of a cell over the area of its facet at a wall: a part of its height; of curved cells that of the straight one
    which touches it."""
    if mesh.is_piecewise_linear_simplex_domain():
        return ufl.CellVolume(mesh) / ufl.FacetArea(mesh)
    whole = abs(ufl.geometry.JacobianDeterminant(mesh)) / abs(ufl.geometry.FacetJacobianDeterminant(mesh))
    return whole / ufl.SpatialCoordinate(mesh).ufl_shape[0]


def slip(u: Any, p: Any, v: Any, q: Any, length: Any, metric: Metric, degree: int, viscosity: Any = 1.0) -> Any:
    """Navier slip by Nitsche's method: friction eta u_t . v_t / b, and u . n = 0 weakly on walls of any slope. The penalty
    refers to the height of the cells above the wall, since that bounds the normal stress in long ones."""
    mesh = ufl.domain.extract_unique_domain(u)
    n, h = ufl.FacetNormal(mesh), height(mesh)
    penalty = product(viscosity, 20.0 * degree**2 / h)

    def normal_stress(w: Any, s: Any) -> Any:
        return product(viscosity, 2 * ufl.dot(n, ufl.dot(ufl.sym(ufl.grad(w)), n))) - s

    un, vn = ufl.dot(u, n), ufl.dot(v, n)
    friction = product(viscosity, (ufl.dot(u, v) - un * vn) / length)
    nitsche = penalty * un * vn - normal_stress(u, p) * vn - normal_stress(v, q) * un
    return (friction + nitsche) * metric.weight


def permeable(u: Any, v: Any, resistance: Any, metric: Metric, degree: int, viscosity: Any = 1.0) -> Any:
    """Resistance of a wall to the water that passes it, u_n v_n / L_p, and no tangential velocity by Nitsche's method."""
    mesh = ufl.domain.extract_unique_domain(u)
    n, h = ufl.FacetNormal(mesh), height(mesh)

    def tangential(w: Any) -> Any:
        return w - ufl.dot(w, n) * n

    def stress(w: Any) -> Any:
        return tangential(2 * ufl.dot(ufl.sym(ufl.grad(w)), n))

    ut, vt = tangential(u), tangential(v)
    nitsche = 20.0 * degree**2 / h * ufl.dot(ut, vt) - ufl.dot(stress(u), vt) - ufl.dot(stress(v), ut)
    nitsche = product(viscosity, nitsche)
    return (resistance * ufl.dot(u, n) * ufl.dot(v, n) + nitsche) * metric.weight


def developed(u: Any, v: Any, metric: Metric, viscosity: Any = 1.0) -> Any:
    """No change of the tangential velocity along the normal: the tangential stress is the slope of the normal velocity."""
    n = ufl.FacetNormal(ufl.domain.extract_unique_domain(u))
    slope, along = ufl.dot(ufl.transpose(ufl.grad(u)), n), v - ufl.dot(v, n) * n
    return product(viscosity, -ufl.dot(slope, along)) * metric.weight


def outflow(u: Any, normal: Any, metric: Metric) -> Any:
    """-u . n: flow into the device at a terminal."""
    return -ufl.dot(u, normal) * metric.weight
