"""Boundary conditions: charged and slipping walls, and terminals (the openings to reservoirs).

    wall:      eps d_n phi = sigma (n out of the fluid), J_i . n = 0, u = 0 or Navier slip:
               u . n = 0, (2 eta e(u) n)_t = -(eta / b) u_t
    electrode: a blocking wall of given potential, phi = V, or behind a Stern layer of capacitance C per area
               eps d_n phi = C (V - phi) (Bazant, Thornton and Ajdari, Phys. Rev. E 70, 021506 (2004), Eq. 10)
    terminal:  phi = V + psi, mu_i = ln c_i + z_i V, normal stress -(p + sum_i RT (c_i - c_i,bulk)),
               no tangential stress, or no tangential velocity where the terminal ends a channel

psi is zero where the terminal lies in a reservoir. Where the end of a charged channel is itself the terminal, psi is the
Poisson-Boltzmann profile of its cross-section, and the pressure is that of the reservoir in equilibrium with it: this is
why the normal stress contains the osmotic pressure of the ions beyond the bulk (virtual pressure; Fair and Osterle,
J. Chem. Phys. 54, 3307 (1971)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from solver.discretization.coordinates import Metric

Profile = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Patch:
    """A piece of a wall with a constant charge, or a charge that follows a profile.

    Attributes:
        charge: C/m^2; multiplies the profile if there is one.
        start, stop: axial extent of the patch in metres.
        profile: dimensionless factor at axial positions in metres.
    """

    charge: float
    start: float = -np.inf
    stop: float = np.inf
    profile: Profile | None = None


@dataclass(frozen=True)
class Electrode:
    """What a wall of given potential holds: V, and the capacitance of its Stern layer in F/m^2 (None: there is none)."""

    potential: float
    capacitance: float | None = None


@dataclass(frozen=True)
class WallCondition:
    """A wall of the device: charge patches (C/m^2) and the Navier slip length (m), or an electrode."""

    name: str
    patches: tuple[Patch, ...] = ()
    slip_length: float = 0.0
    electrode: Electrode | None = None


@dataclass(frozen=True)
class TerminalCondition:
    """What a terminal holds.

    Attributes:
        potential: V. pressure: Pa.
        concentrations: mol/m^3 of each species in the reservoir; None leaves that species without a condition there
            (no flux).
        equilibrium: potential (V) of the Poisson-Boltzmann profile against coordinate 1 (m), when the terminal is the
            end of a charged channel.
        straight: whether the flow crosses the terminal along the axis (the end of a channel or of a microchannel):
            then its transverse component is zero there. A free tangential stress would bend a developed flow.
    """

    name: str
    potential: float
    pressure: float
    concentrations: tuple[float | None, ...]
    equilibrium: Profile | None = None
    straight: bool = False


@dataclass(frozen=True)
class ChargeTerm:
    """One patch in the forms: a constant times a shape on the facets of a wall."""

    constant: fem.Constant
    shape: Any
    tag: int


def charge_terms(walls: Sequence[WallCondition], tags: dict[str, int], space: Any, unit: float) -> list[ChargeTerm]:
    """The constants and shapes of all patches, in the order of walls and patches. `space` is scalar Lagrange."""
    mesh = space.mesh
    z = ufl.SpatialCoordinate(mesh)[0]
    terms = []
    for wall in walls:
        for patch in wall.patches:
            if patch.profile is None:
                shape: Any = 1
            else:
                shape = fem.Function(space)
                profile = patch.profile
                shape.interpolate(lambda x, profile=profile: profile(x[0] * unit))
                shape.x.scatter_forward()
            if np.isfinite(patch.start):
                shape = ufl.conditional(ufl.ge(z, patch.start / unit), shape, 0)
            if np.isfinite(patch.stop):
                shape = ufl.conditional(ufl.lt(z, patch.stop / unit), shape, 0)
            terms.append(ChargeTerm(fem.Constant(mesh, 0.0), shape, tags[wall.name]))
    return terms


def wall_charge(terms: Sequence[ChargeTerm], v: Any, metric: Metric, ds: Any) -> Any:
    """Minus the integral of (sigma L / (eps V_T)) v over the charged walls; 0 when there is none."""
    return -sum(term.constant * term.shape * v * metric.weight * ds(term.tag) for term in terms)


def stern_charge(potential: Any, capacitance: Any, phi: Any, metric: Metric, ds: Any) -> Any:
    """Integral of (C L / eps) (V - phi) over an electrode: its charge, as a flux of the dimensionless field."""
    return capacitance * (potential - phi) * metric.weight * ds


def stern_layer(potential: Any, capacitance: Any, phi: Any, v: Any, metric: Metric, ds: Any) -> Any:
    """Minus the integral of (C L / eps) (V - phi) v over an electrode: the charge behind its Stern layer."""
    return -capacitance * (potential - phi) * v * metric.weight * ds


def slip(u: Any, p: Any, v: Any, q: Any, length: Any, metric: Metric, ds: Any, degree: int) -> Any:
    """Navier slip by Nitsche's method: friction u_t . v_t / b, and u . n = 0 weakly on walls of any slope."""
    mesh = ufl.domain.extract_unique_domain(u)
    n, h = ufl.FacetNormal(mesh), ufl.CellDiameter(mesh)
    penalty = 20.0 * degree**2 / h

    def normal_stress(w: Any, s: Any) -> Any:
        return 2 * ufl.dot(n, ufl.dot(ufl.sym(ufl.grad(w)), n)) - s

    un, vn = ufl.dot(u, n), ufl.dot(v, n)
    friction = (ufl.dot(u, v) - un * vn) / length
    nitsche = penalty * un * vn - normal_stress(u, p) * vn - normal_stress(v, q) * un
    return (friction + nitsche) * metric.weight * ds


def terminal_stress(virtual_pressure: Any, v: Any, mesh: Any, metric: Metric, ds: Any) -> Any:
    """Integral of p_v n . v over a terminal, on the residual's side, where p_v = p - R T sum (c_bulk - c_v) is the virtual
    pressure of its reservoir: the osmotic pressure of the ions beyond the bulk drops out."""
    return virtual_pressure * ufl.dot(ufl.FacetNormal(mesh), v) * metric.weight * ds
