"""Orders of convergence with jumps: a manufactured solution on a membrane, liquid and a dielectric solid in layers.

The fields satisfy the laws at both faces: at the membrane's the displacement and the fluxes of ions are continuous while
permittivity, diffusivities, concentrations and fixed charge jump; at the solid's the displacement jumps by the surface charge
and no ion enters. The load is the residual of the fields within each layer, written down here with the numbers of the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.regions.dielectric import Dielectric
from solver.laws.regions.fluid import Fluid
from solver.laws.regions.membrane import Membrane
from solver.laws.walls.surface_charge import ConstantCharge, GivenCharge
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY, thermal_voltage
from solver.physics.scales import Scales
from validation.checks import Check, Plot
from validation.orders import QUADRATIC, curves, marked, norms, orders
from validation.setting import Setting

COUPLING, PECLET = 3.0, 1.5
NAMES, VALENCES, DIFFUSIVITIES = ("K", "Cl"), (1, -1), (1.3, 0.8)
TEMPERATURE, UNIT, DIFFUSIVITY = 298.15, 1e-9, 1e-9
SCALES = Scales(
    length=UNIT,
    concentration=1.0,
    diffusivity=DIFFUSIVITY,
    temperature=TEMPERATURE,
    permittivity=FARADAY * UNIT**2 / (COUPLING * thermal_voltage(TEMPERATURE)),
    viscosity=GAS_CONSTANT * TEMPERATURE * UNIT**2 / (DIFFUSIVITY * PECLET),
    section=1.0,
)

LOW, HIGH = 0.25, 0.75
"""Heights of the faces between membrane and liquid, and liquid and solid."""

OF_MEMBRANE, OF_SOLID = 0.4, 0.05
"""Permittivities over that of the liquid."""

CHARGE, FIXED, DRAG = 0.7, -2.5, 20.0
"""Charge of the face of the solid, fixed charge of the membrane, friction in it."""

FACTORS, PARTITION = (0.2, 0.5), (0.6, 1.8)
"""Of the diffusivities and concentrations of both ions in the membrane."""


def layered(n: int, symmetry: Symmetry) -> TaggedMesh:
    """The unit square with 2 n^2 triangles (n a multiple of 4) in three layers."""
    mesh = dmesh.create_unit_square(MPI.COMM_WORLD, n, n, diagonal=dmesh.DiagonalType.crossed)
    cells = mesh.topology.index_map(2)
    local = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    height = dmesh.compute_midpoints(mesh, 2, local)[:, 1]
    layers = dmesh.meshtags(mesh, 2, local, 1 + np.digitize(height, (LOW, HIGH)).astype(np.int32))
    tags = marked(mesh, ((0, 0.0), (1, HIGH), (1, 0.0)))
    boundaries = {"left": 1, "face": 2, "axis": 3}
    return TaggedMesh(mesh, tags, boundaries, layers, {"plug": 1, "water": 2, "glass": 3}, symmetry, UNIT)


def potential_at_rest(r: Any, exp: Any) -> tuple[Any, Any, Any]:
    """The part of the potential that does not vanish at the terminal, in the three layers: its displacement is continuous at
    the membrane and jumps by the charge at the solid."""

    def bump(x: Any, exp: Any = exp) -> Any:
        return 0.3 * exp(-(x**2))

    slope = -2 * HIGH * bump(HIGH, np.exp)
    at_low, at_high = bump(LOW, np.exp), bump(HIGH, np.exp)
    in_solid = (1 - CHARGE / slope) / OF_SOLID
    return at_low + (bump(r) - at_low) / OF_MEMBRANE, bump(r), at_high + in_solid * (bump(r) - at_high)


class Layers:
    """The exact fields, by layer. Potentials in thermal voltages.

    Attributes:
        phi: in the membrane, the liquid, the solid. mu: of each ion in the membrane and in the liquid. u, p: of the flow.
    """

    def __init__(self, x: Any, axisymmetric: bool) -> None:
        z, r = x[0], ufl.variable(x[1])
        wave, low, high = ufl.sin(z), np.cos(2 * LOW), np.cos(2 * HIGH)
        sides = low + (ufl.cos(2 * r) - low) / OF_MEMBRANE, ufl.cos(2 * r), high + (ufl.cos(2 * r) - high) / OF_SOLID
        rest = potential_at_rest(r, ufl.exp)
        self.phi = [wave * side + part for side, part in zip(sides, rest, strict=True)]
        at_face = (LOW**2 - HIGH**2) ** 2
        bend = (r**2 - HIGH**2) ** 2  # without slope at the solid, which no ion enters
        self.mu: tuple[list[Any], list[Any]] = ([], [])
        for k, (sign, factor, ratio) in enumerate(zip((1.0, -0.7), FACTORS, PARTITION, strict=True)):
            inside = at_face + (bend - at_face) / (factor * ratio)
            self.mu[0].append(wave * (0.4 + 0.2 * k + sign * inside))
            self.mu[1].append(wave * (0.4 + 0.2 * k + sign * bend))
        stream = (
            30.0 * (r**2 - LOW**2) * (r**2 - HIGH**2) ** 2
        )  # nothing passes the membrane's face, none slips at the solid
        along = ufl.diff(r**2 * stream, r) / r if axisymmetric else ufl.diff(r * stream, r)
        self.u, self.p = ufl.as_vector((ufl.cos(z) * along, ufl.sin(z) * r * stream)), ufl.sin(z) * ufl.cos(r)


def errors(n: int, symmetry: Symmetry) -> np.ndarray:
    """L2 errors of (phi, mu_1, mu_2, u) where they exist, on 2 n^2 triangles. Collective."""
    tagged = layered(n, symmetry)
    ions = [Solute(name, z, d * DIFFUSIVITY) for name, z, d in zip(NAMES, VALENCES, DIFFUSIVITIES, strict=True)]
    solvent = SCALES.permittivity / VACUUM_PERMITTIVITY
    membrane = Membrane(
        fixed_charge=FIXED, permeability=UNIT**2 / DRAG, relative_permittivity=OF_MEMBRANE * solvent,
        diffusivity_factor=dict(zip(NAMES, FACTORS, strict=True)), partition=dict(zip(NAMES, PARTITION, strict=True)),
    )  # fmt: skip
    glass = Dielectric(relative_permittivity=OF_SOLID * solvent)
    regions = [RegionCondition(membrane, "plug"), RegionCondition(Fluid(), "water"), RegionCondition(glass, "glass")]

    def at_terminal(r: np.ndarray) -> np.ndarray:
        layers = potential_at_rest(r / UNIT, np.exp)
        which = np.digitize(r / UNIT, (LOW, HIGH))
        return np.asarray(np.choose(which, layers) * SCALES.potential)

    terminals = (TerminalCondition("left", 0.0, 0.0, (1.0, 1.0), at_terminal),)
    walls = (WallCondition("face", (GivenCharge(ConstantCharge(CHARGE * SCALES.surface_charge)),)),)
    problem = Problem(
        tagged, SCALES, ions, terminals, walls, flow=True, clock=Clock(), regions=regions, quadrature_degree=8
    )  # fmt: skip
    assert problem.flow is not None
    x, metric, measures = ufl.SpatialCoordinate(tagged.mesh), problem.metric, problem.measures
    exact = Layers(x, metric.axisymmetric)
    test = ufl.TestFunction(problem.unknowns.space)
    velocity, continuous, constant = ufl.TestFunctions(problem.flow.space)
    layers = [measures.region(region.name) for region in regions]
    permittivities = (OF_MEMBRANE, 1.0, OF_SOLID)
    model, m = Ideal(), SYMBOLS
    transport: Any = -CHARGE * test[0] * metric.weight * measures.boundary("face")
    flow: Any = 0
    for k, (phi, dx) in enumerate(zip(exact.phi, layers, strict=True)):
        charge: Any = 0.0
        if k < 2:
            mu = exact.mu[k]
            shifted = [mi + np.log(ratio if k == 0 else 1.0) for mi, ratio in zip(mu, PARTITION, strict=True)]
            c = model.concentrations(shifted, phi, VALENCES, 1.0, m)
            virtual = model.concentrations(mu, model.neutral_potential(mu, VALENCES, 1.0, m), VALENCES, 1.0, m)
            charge = forms.charge_density(c, VALENCES) + (FIXED if k == 0 else 0.0)
            for i, d in enumerate(DIFFUSIVITIES):
                own = d * (FACTORS[i] if k == 0 else 1.0)
                transport += forms.nernst_planck(c[i], mu[i], exact.u, own, PECLET, test[1 + i], metric) * dx
            moving = forms.stokes(exact.u, exact.p, velocity, continuous + constant, metric)
            moving += forms.osmotic_force(c, virtual, mu, velocity, metric)
            moving += forms.brinkman(exact.u, velocity, DRAG if k == 0 else 0.0, metric)
            flow += moving * dx
        transport += forms.poisson(phi, charge, COUPLING, test[0], metric, permittivities[k]) * dx
    problem.subtract_load(transport, flow)
    parameters = problem.parameters(terminals, walls, ions, SCALES)
    start = problem.evaluate(problem.at_rest(parameters)[0], parameters)
    found = Newton(problem).solve(start, NewtonSettings(), NewtonReport())
    problem.load(found)
    squares: list[Any] = [0, 0, 0, 0]
    for k, (phi, dx) in enumerate(zip(exact.phi, layers, strict=True)):
        squares[0] += (problem.phi - phi) ** 2 * metric.weight * dx
        for i in range(2 if k < 2 else 0):
            squares[1 + i] += (problem.mu[i] - exact.mu[k][i]) ** 2 * metric.weight * dx
        if k < 2:
            off = problem.flow.u - exact.u
            squares[3] += ufl.inner(off, off) * metric.weight * dx
    return norms(squares, tagged.mesh.comm)


SYMMETRIES: tuple[Symmetry, ...] = ("planar", "axisymmetric")
FIELDS = ("potential", "electrochemical potential 1", "electrochemical potential 2", "velocity")


def third_order(
    setting: Setting, errors_of: Callable[[int, Symmetry], np.ndarray], name: str, slug: str, title: str
) -> Iterator[Check | Plot]:
    """Rates at which L2 errors of the fields of FIELDS fall on refined meshes, and their curves, for both symmetries.

    errors_of: from the number of cells along a side and the symmetry. name: of the solution in the table. slug, title: of the
        figures.
    """
    cells = (8, 16) if setting.quick else (8, 16, 32)
    for symmetry in SYMMETRIES:
        found = np.array([errors_of(n, symmetry) for n in cells])
        third = dict.fromkeys(FIELDS, 3.0)
        quantity = "order of convergence"
        yield from orders("rates", f"{name}, {symmetry}", quantity, FIELDS, found, third, 0.2, QUADRATIC)
        yield Plot(
            "rates", f"{slug}_{symmetry}", f"{title}, {symmetry}: errors in L2", "cells along a side",
            "error in L2", curves(FIELDS, cells, found), "Straight lines of slope -3.", x_log=True, y_log=True,
        )  # fmt: skip


def jumps(setting: Setting) -> Iterator[Check | Plot]:
    """Rates at which the L2 errors fall: third order for quadratic elements whose edges follow the faces."""
    yield from third_order(setting, errors, "manufactured solution with jumps", "jumps", "Membrane, liquid and solid")
