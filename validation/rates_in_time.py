"""Orders of convergence in time and space: a manufactured solution that moves, and a pore with an alternating drive.

Both go through the integrator of `solver.transient` with steps of one length. The manufactured fields solve the whole system
(ions of two valences, field and flow coupled) on a square with a terminal on one side and walls on the others: the residual
of the chosen fields, with the rate at which their contents change, is the load. Its boundary terms are part of it, so that
only what a terminal and a wall prescribe has to be met by the fields themselves.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import forms
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.discretization.symbols import SYMBOLS
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel import compat
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, GAS_CONSTANT, thermal_voltage
from solver.physics.scales import Scales
from solver.simulation.simulation import Simulation
from solver.studies.transient.stepper import TimeStepper
from validation.checks import Check, Plot, Section, in_turn
from validation.devices import KCL_WATER
from validation.in_time import Array
from validation.orders import QUADRATIC, curves, norms, orders
from validation.setting import Setting

COUPLING, PECLET = 3.0, 1.5
IONS = (Solute("one", 1, 1.3e-9), Solute("two", -2, 0.8e-9))
TEMPERATURE, DIFFUSIVITY = 298.15, 1e-9

# One unit of time is one second, so that the steps can be the powers of two that the integrator takes.
SCALES = Scales(
    length=DIFFUSIVITY**0.5,
    concentration=1.0,
    diffusivity=DIFFUSIVITY,
    temperature=TEMPERATURE,
    permittivity=FARADAY * DIFFUSIVITY / (COUPLING * thermal_voltage(TEMPERATURE)),
    viscosity=GAS_CONSTANT * TEMPERATURE / PECLET,
    section=1.0,
)


def exact(x: Any, t: Any) -> tuple[Any, list[Any], Any, Any]:
    """Potential, electrochemical potentials, velocity, pressure: at x = 1 potential and concentrations are uniform and the
    velocity is along x, on the other sides it vanishes. Nothing moves at t = 0."""
    z, y = x[0], x[1]
    voltage, bend = 0.5 * ufl.cos(3 * t), ufl.cos(ufl.pi * z / 2)
    phi = voltage + bend * (0.6 * ufl.cos(4 * t) + 0.4 * y**2)
    mu = [
        0.3 * ufl.cos(2 * t) + voltage + 0.5 * bend * ufl.cos(3 * t) * ufl.cos(ufl.pi * y),
        0.3 * ufl.cos(2 * t) - ufl.ln(2) - 2 * voltage + 0.4 * bend * (y**2 + ufl.cos(5 * t)),
    ]
    a, b = ufl.sin(ufl.pi * z / 2), ufl.sin(ufl.pi * y)  # stream function a^2 b^2
    swirl = ufl.cos(2 * t)
    u = ufl.as_vector(
        (swirl * a**2 * ufl.pi * ufl.sin(2 * ufl.pi * y), -swirl * ufl.pi / 2 * ufl.sin(ufl.pi * z) * b**2)
    )
    return phi, mu, u, ufl.sin(z) * ufl.cos(y) * ufl.cos(t)


class Forced(Problem):
    """The problem on the unit square whose solution is `exact`: 2 n^2 triangles."""

    def __init__(self, n: int) -> None:
        mesh = dmesh.create_unit_square(MPI.COMM_WORLD, n, n, diagonal=dmesh.DiagonalType.crossed)
        terminal = dmesh.locate_entities_boundary(mesh, 1, lambda x: np.isclose(x[0], 1))
        mesh.topology.create_connectivity(1, 2)
        everything = dmesh.exterior_facet_indices(mesh.topology)
        tags = np.where(np.isin(everything, terminal), 1, 2).astype(np.int32)
        facets = dmesh.meshtags(mesh, 1, everything, tags)
        tagged = TaggedMesh(mesh, facets, {"end": 1, "wall": 2}, None, {}, "planar", SCALES.length)
        super().__init__(
            tagged, SCALES, IONS, self.terminals_at(0.0), (WallCondition("wall"),), flow=True, clock=Clock(), stores=True,
            quadrature_degree=8,
        )  # fmt: skip
        assert self.flow is not None
        self.time = fem.Constant(mesh, 0.0)
        t, x = ufl.variable(self.time), ufl.SpatialCoordinate(mesh)
        phi, mu, u, p = self.exact = exact(x, t)
        chosen = {self.state: ufl.as_vector([phi, *mu]), self.flow.state: ufl.as_vector([u[0], u[1], p, 0])}
        self.chosen = self.model.concentrations(mu, phi, self.valences, 1.0, SYMBOLS)
        test = ufl.TestFunction(self.unknowns.space)
        growth = sum(forms.storage(ufl.diff(c, t), test[1 + i], self.metric) for i, c in enumerate(self.chosen))
        load = ufl.replace(self.steady_form, chosen) + growth * self.measures.volume
        self.subtract_load(load, ufl.replace(self.flow.form, chosen))

    @staticmethod
    def terminals_at(time: float) -> tuple[TerminalCondition, ...]:
        """What the terminal holds at a time in s: `exact` at x = 1."""
        c = float(np.exp(0.3 * np.cos(2 * time)))
        volt = 0.5 * float(np.cos(3 * time)) * SCALES.potential
        return (TerminalCondition("end", volt, 0.0, (c, 0.5 * c), straight=True),)

    def parameters_at(self, time: float, _after: bool = False) -> Parameters:
        """The parameters, and the load, of a time in s."""
        self.time.value = time
        return self.parameters(self.terminals_at(time), (WallCondition("wall"),), IONS, SCALES)

    def start(self) -> tuple[Evaluation, Newton]:
        """The state at rest at t = 0."""
        parameters = self.parameters_at(0.0)
        phi, mu, _, _ = self.exact
        guess = fem.Function(self.unknowns.space)
        guess.interpolate(compat.expression(ufl.as_vector([phi, *mu]), self.unknowns.space))
        newton = Newton(self)
        found = newton.solve(self.evaluate(guess.x.array, parameters), NewtonSettings(), NewtonReport())
        return found, newton

    def errors(self, state: Array) -> Array:
        """L2 errors of the fields of FIELDS of a state at the time that is set. Collective."""
        assert self.flow is not None
        self.load(self.evaluate(state, self.parameters_at(float(self.time.value))))
        phi, _, u, _ = self.exact
        pairs = [(self.phi, phi), *zip(self.c, self.chosen, strict=True), (self.flow.u, u)]
        return norms([ufl.inner(a - b, a - b) * self.measures.volume for a, b in pairs], self.mesh.comm)


FIELDS = ("potential", "concentration 1", "concentration 2", "velocity")
NUMBERS = ("potentials", "conduction current", "displacement current", "total current")


def ends(start: Evaluation, newton: Newton, parameters_at: Any, steps: Sequence[int], stop: float) -> list[list[Array]]:
    """NUMBERS at time `stop` (a power of two, s) after these numbers of equal steps (powers of two) from a steady state;
    currents in units of the displacement. Collective."""
    valences, found = np.array(start.problem.valences), []
    for count in steps:
        initial = start.problem.evaluate(start.state, parameters_at(0.0, False))
        newton.forget()
        step = stop / count
        stepper = TimeStepper.from_state(
            initial, newton, parameters_at, tolerance=1e12, debye_time=stop, largest=step, first=step
        )
        while stepper.now.time < stop:
            stepper.advance(stop)
        if stepper.effort.accepted != count:
            raise RuntimeError(f"{stepper.effort.accepted} steps instead of {count}")
        now = stepper.now
        conduction = now.found.parameters.scales.charge_coupling * (now.rates @ valences)
        found.append([now.state, conduction, now.displacement, conduction + now.displacement])
    return found


def differences(found: list[list[Array]], comm: MPI.Comm) -> Array:
    """Largest differences of what `ends` gives for one number of steps and the next. Shape (steps - 1, numbers)."""
    pairs = itertools.pairwise(found)
    local = [[float(np.abs(a - b).max(initial=0.0)) for a, b in zip(*pair, strict=True)] for pair in pairs]
    return np.asarray(comm.allreduce(np.array(local), op=MPI.MAX))


def orders_in_time(
    name: str, steps: Sequence[int], off: Array, expected: Mapping[str, float], allowed: float
) -> Iterator[Check | Plot]:
    """Orders from the last two differences of runs with ever shorter steps, and how much less is allowed."""
    case, source = f"{name}, {steps[-3]} to {steps[-1]} steps", "order of the method, and of its stages"
    yield from orders("time_orders", case, "order in time", NUMBERS, off, expected, allowed, source)
    yield Plot(
        "time_orders", f"time_{name.split()[0]}", f"Differences to half as many steps, {name}", "steps",
        "difference, dimensionless", curves(NUMBERS, steps[1:], off),
        "A line of slope -3 is the order of the method, -2 that of its stages.",
        x_log=True, y_log=True,
    )  # fmt: skip


def manufactured(setting: Setting) -> Iterator[Check | Plot]:
    """Orders in time and space of a solution chosen beforehand."""
    section = "time_orders"
    steps = (32, 64, 128) if setting.quick else (16, 32, 64, 128, 256)
    problem = Forced(3)
    off = differences(ends(*problem.start(), problem.parameters_at, steps, 1.0), setting.comm)
    # the rate of change of what has no equation of its own is found with the order of the stages
    expected = {"potentials": 3.0, "conduction current": 3.0, "displacement current": 2.0}
    yield from orders_in_time("manufactured solution", steps, off, expected, 0.3)
    cells = (3, 6, 12) if setting.quick else (4, 8, 16)
    stop, count = 2.0**-4, 16 if setting.quick else 32
    found = []
    for n in cells:
        problem = Forced(n)
        ((state, *_),) = ends(*problem.start(), problem.parameters_at, [count], stop)
        problem.time.value = stop
        found.append(problem.errors(state))
    errors = np.array(found)
    case, third = f"manufactured solution, {cells[-2]} and {cells[-1]} cells a side", dict.fromkeys(FIELDS, 3.0)
    yield from orders(section, case, "order in space", FIELDS, errors, third, 0.2, QUADRATIC)
    yield Plot(
        section, "time_space", "Manufactured solution in time: errors in L2 after short steps", "cells along a side",
        "error in L2", curves(FIELDS, cells, errors), "Straight lines of slope -3.", x_log=True, y_log=True,
    )  # fmt: skip


PORE: dict[str, Any] = {
    "geometry": {
        "type": "cylinder",
        "length": 100e-9,
        "radius": 10e-9,
        "reservoirs": {"length": 20e-9, "radius": 30e-9},
    },
    "electrolyte": KCL_WATER | {"concentration": 10.0},
    "walls": {"channel": {"surface_charge": -0.01}},
    "mesh": {"wall_size": "1 debye_length", "corner_size": "0.3 debye_length", "growth": 3.0, "axial_cells": 4},
    "study": {
        "type": "transient",
        "protocol": [{"type": "ramp", "duration": 1e-6, "to": {"terminals.left.potential": 0.2}}],
    },
}
"""A short charged pore with flow on a coarse mesh."""


def pore(setting: Setting) -> Iterator[Check | Plot]:
    """Orders in time of the currents of a device: a raised cosine of the voltage, which begins without a corner."""
    (point,) = plan(Case.model_validate(PORE))
    simulation = Simulation.of(point, [point], setting.comm, Clock())
    start = simulation.reach(point).state
    key = "terminals.left.potential"
    stop = 2.0**-18
    period = 1.6 * stop  # so that it does not end where the voltage is stationary

    def parameters_at(time: float, _after: bool) -> Parameters:
        raised = start.parameters[key] + 0.1 * (1 - np.cos(2 * np.pi * time / period))
        return start.parameters.with_values({key: raised})

    steps = (16, 32, 64) if setting.quick else (16, 32, 64, 128, 256)
    newton = simulation.continuation.newton
    off = differences(ends(start, newton, parameters_at, steps, stop), setting.comm)
    # double layers are stiff, and boundary values move: such problems get between the orders of the stages and the method
    expected = {"potentials": 2.0, "total current": 2.0}
    yield from orders_in_time("pore with an alternating voltage", steps, off, expected, 0.1)


TIME_ORDERS = Section(
    "time_orders",
    "Orders of convergence in time",
    "Steps of one length, ever shorter: how fast the numbers settle. The method is of third order, its stages of second.",
    in_turn(manufactured, pore),
)
