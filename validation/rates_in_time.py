"""Orders of convergence in time and space: a manufactured solution that moves, and a pore with an alternating drive.

Both go through the integrator of `solver.transient` with steps of one length. The manufactured fields solve the whole system
(ions of two valences, field and flow coupled) on a square with a terminal on one side and walls on the others: the residual
of the chosen fields, with the rate at which their contents change, is the load. Its boundary terms are part of it, so that
only what a terminal and a wall prescribe has to be met by the fields themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver import forms
from solver.boundary import TerminalCondition, WallCondition
from solver.drive import Drive, Ionic
from solver.physics import FARADAY, GAS_CONSTANT, thermal_voltage
from solver.problem import Problem
from solver.runtime import Clock
from solver.scaling import Scales

COUPLING, PECLET = 3.0, 1.5
IONS = (Ionic("one", 1, 1.3e-9), Ionic("two", -2, 0.8e-9))
TEMPERATURE, DIFFUSIVITY, ANY_ERROR = 298.15, 1e-9, 1e12

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
        chosen = {
            self.state: ufl.as_vector([phi, *mu]),
            self.flow.state: ufl.as_vector([u[0], u[1], p]),
            self.storage_rate: ufl.as_ufl(0.0),
        }
        load = ufl.replace(self.transport_form, chosen)
        test = ufl.TestFunction(self.space)
        for i, c in enumerate(forms.concentrations(phi, mu, self.ions)):
            load += forms.storage(ufl.diff(c, t), test[1 + i], self.metric, self.dx)
        self._form = fem.form(self.transport_form - load)
        self.flow._force = fem.form(self.flow._force_form - ufl.replace(self.flow.flow_form, chosen))

    @staticmethod
    def terminals_at(time: float) -> tuple[TerminalCondition, ...]:
        """What the terminal holds at a time in s: `exact` at x = 1."""
        c = float(np.exp(0.3 * np.cos(2 * time)))
        volt = 0.5 * float(np.cos(3 * time)) * SCALES.potential
        return (TerminalCondition("end", volt, 0.0, (c, 0.5 * c), straight=True),)

    def drive_at(self, time: float, _after: bool) -> Drive:
        """The drive, and the load, of a time in s."""
        self.time.value = time
        return self.drive(self.terminals_at(time), (WallCondition("wall"),), IONS, SCALES)
