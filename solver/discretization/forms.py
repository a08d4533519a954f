"""The physics: volume weak forms of the Poisson-Nernst-Planck-Stokes system.

Strong form, species i with valence z_i and diffusivity D_i, concentration c_i, potential phi, velocity u, pressure p:

    -div(eps grad phi) = F sum_i z_i c_i + X                       (Poisson; X a fixed charge)
    d c_i/dt + div J_i = 0,  J_i = -D_i c_i grad(mu_i) + c_i u     (Nernst-Planck)
    mu_i = ln c_i + z_i F phi / (R T)
    -div(2 eta e(u)) + grad p = -F (sum_i z_i c_i) grad phi        (Stokes)
    div u = 0

The unknowns are phi, the electrochemical potentials mu_i, u and the virtual pressure p - R T sum_i (c_i - c_v,i), where c_v,i
is the virtual solution: the neutral one with the same mu_i. Its body force is -R T sum_i (c_i - c_v,i) grad mu_i, which is
confined to the double layers. Concentrations follow as c_i = exp(mu_i - z_i phi): they are positive by construction, and
equilibrium (mu_i constant, no flow) is exact on any mesh.

Everything here is dimensionless in the units of `solver.physics.scales.Scales`. The same forms serve a plane and a half plane
(r >= 0) turned about the axis: `Metric` supplies the weight of the volume element and the extra terms of the
divergence and of the strain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ufl

from solver.discretization.coordinates import Metric


@dataclass(frozen=True)
class Ion:
    """One species in the forms: its valence and its dimensionless diffusivity."""

    valence: int
    diffusivity: Any


def concentrations(phi: Any, mu: Sequence[Any], ions: Sequence[Ion]) -> list[Any]:
    """c_i = exp(mu_i - z_i phi)."""
    return [ufl.exp(m - ion.valence * phi) for m, ion in zip(mu, ions, strict=True)]


def charge_density(c: Sequence[Any], ions: Sequence[Ion]) -> Any:
    """sum_i z_i c_i."""
    return sum(ion.valence * ci for ci, ion in zip(c, ions, strict=True))


def poisson(phi: Any, charge: Any, coupling: Any, v: Any, metric: Metric, dx: Any) -> Any:
    """Integral of grad phi . grad v - coupling * charge * v; `coupling` is F c L^2 / (eps V_T)."""
    return (ufl.inner(ufl.grad(phi), ufl.grad(v)) - coupling * charge * v) * metric.weight * dx


def flux(c: Any, mu: Any, u: Any, ion: Ion, peclet: Any) -> Any:
    """J = -D c grad(mu) + Pe c u; without flow when `u` is None."""
    diffusive = -ion.diffusivity * c * ufl.grad(mu)
    return diffusive if u is None else diffusive + peclet * c * u


def nernst_planck(c: Any, mu: Any, u: Any, ion: Ion, peclet: Any, v: Any, metric: Metric, dx: Any) -> Any:
    """Minus the integral of J . grad v.

    By parts this is minus the integral of (J . n) v over the boundary, so that tested with a function that is 1 on a
    terminal it gives the molar rate entering there.
    """
    return -ufl.inner(flux(c, mu, u, ion, peclet), ufl.grad(v)) * metric.weight * dx


def storage(c: Any, v: Any, metric: Metric, dx: Any) -> Any:
    """Integral of c v: what there is of a species. Its rate of change is the term d c/dt of Nernst-Planck, in which the
    concentration itself is differenced and not the potentials, so that no ion is lost."""
    return c * v * metric.weight * dx


def stokes(u: Any, p: Any, v: Any, q: Any, metric: Metric, dx: Any) -> Any:
    """Integral of 2 e(u) : e(v) - p div v - q div u (the sign makes it symmetric)."""
    viscous = 2 * metric.strain_product(u, v)
    return (viscous - p * metric.divergence(v) - q * metric.divergence(u)) * metric.weight * dx


def virtual_potential(mu: Sequence[Any], ions: Sequence[Ion]) -> Any:
    """The potential phi_v at which the ions would be neutral: sum_i z_i exp(mu_i - z_i phi_v) = 0.

    Newton's method for ln(charge of the cations) = ln(charge of the anions), written out: the first step is exact when the
    cations have one valence and the anions one; otherwise the function is nearly linear, and a few steps do.
    """
    distinct = {ion.valence for ion in ions if ion.valence}
    phi: Any = 0
    for _ in range(1 if len(distinct) == 2 else VIRTUAL_STEPS):
        share = [ion.valence * ufl.exp(m - ion.valence * phi) for m, ion in zip(mu, ions, strict=True)]
        positive = sum(s for s, ion in zip(share, ions, strict=True) if ion.valence > 0)
        negative = -sum(s for s, ion in zip(share, ions, strict=True) if ion.valence < 0)
        slope = sum(
            s * ion.valence / (positive if ion.valence > 0 else negative) for s, ion in zip(share, ions, strict=True)
        )
        phi = phi + ufl.ln(positive / negative) / slope
    return phi


VIRTUAL_STEPS = 4
"""Newton steps for the virtual potential of more than two valences: the error is far below that of the elements."""


def virtual_osmotic_pressure(mu: Sequence[Any], ions: Sequence[Ion]) -> Any:
    """sum_i c_v,i: the osmotic pressure of the virtual solution in units of R T c."""
    phi = virtual_potential(mu, ions)
    return sum(ufl.exp(m - ion.valence * phi) for m, ion in zip(mu, ions, strict=True))


def osmotic_force(c: Sequence[Any], mu: Sequence[Any], ions: Sequence[Ion], v: Any, metric: Metric, dx: Any) -> Any:
    """Integral of (sum_i c_i grad mu_i - grad sum_i c_v,i) . v: the body force, on the residual's side, that belongs to the
    virtual pressure p - R T sum_i (c_i - c_v,i) (Fair and Osterle, J. Chem. Phys. 54, 3307 (1971), for long pores).

    It equals the electric force sum_i z_i c_i grad phi up to a gradient, which moves into the pressure. It vanishes at
    equilibrium and, by the Gibbs-Duhem equation, in neutral solution, however steep the gradients of salt and potential are
    there: no discrete pressure has to balance a force, and no spurious flow arises where it fails to.
    """
    osmotic = sum(ci * ufl.grad(m) for ci, m in zip(c, mu, strict=True)) - ufl.grad(virtual_osmotic_pressure(mu, ions))
    return ufl.inner(osmotic, v) * metric.weight * dx
