"""Ion-selective film and ionic diode in one dimension, from the library's parts.

References: finite volumes (Scharfetter-Gummel) with Richardson extrapolation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.boundary import TerminalCondition
from solver.drive import Ionic
from solver.newton import Newton, NewtonSettings
from solver.physics import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.problem import Problem
from solver.runtime import Clock
from solver.scaling import Scales
from solver.study import Continuation

C0, TEMPERATURE, PERMITTIVITY, D = 1.0, 298.15, 78.5, 1e-9
DEBYE_LENGTH = np.sqrt(PERMITTIVITY * VACUUM_PERMITTIVITY * thermal_voltage(TEMPERATURE) / (2 * FARADAY * C0))
SPECIES = (Ionic("plus", 1, D), Ionic("minus", -1, D))


def line(map_points: Callable[[np.ndarray], np.ndarray], cells: int, debye: float) -> TaggedMesh:
    """The unit interval with moved points; `debye` is the Debye length over the length. Its ends: "first", "second"."""
    mesh = dmesh.create_interval(MPI.COMM_WORLD, cells, [0.0, 1.0])
    mesh.geometry.x[:, 0] = map_points(mesh.geometry.x[:, 0])
    ends = [dmesh.locate_entities_boundary(mesh, 0, lambda x, at=at: np.isclose(x[0], at)) for at in (0.0, 1.0)]
    facets = np.concatenate(ends).astype(np.int32)
    values = np.repeat([1, 2], [len(end) for end in ends]).astype(np.int32)
    order = np.argsort(facets)
    tags = dmesh.meshtags(mesh, 0, facets[order], values[order])
    return TaggedMesh(mesh, tags, {"first": 1, "second": 2}, None, {}, "planar", DEBYE_LENGTH / debye)


def fluxes(
    tagged: TaggedMesh,
    ends: Callable[[float], tuple[TerminalCondition, TerminalCondition]],
    voltages: list[float],
    fixed_charge: Any = None,
) -> list[np.ndarray]:
    """Rates of both ions entering at the first end, in D c0 / L, for voltages in thermal voltages."""
    scales = Scales.of(
        length=tagged.unit, concentration=C0, temperature=TEMPERATURE, relative_permittivity=PERMITTIVITY,
        viscosity=1e-3, measure_factor=tagged.unit, axisymmetric=False,
    )  # fmt: skip
    problem = Problem(tagged, scales, SPECIES, ends(0.0), (), flow=False, clock=Clock(), fixed_charge=fixed_charge)
    continuation = Continuation(problem, Newton(problem), NewtonSettings())
    found = []
    for voltage in voltages:
        continuation.reach(problem.drive(ends(voltage), (), SPECIES, scales), voltage, f"{voltage} V_T")
        found.append(problem.terminal_rates()[0])
    return found


FILM = {
    1e-3: [0.28468, 1.77569, 2.01417, 2.10718, 2.16843, 2.22176, 2.31737, 2.40523, 2.48883, 2.56983],
    1e-2: [0.28661, 1.84546, 2.24663, 2.67904, 3.07017, 3.46519, 4.30733, 5.24743, 6.30432, 7.49098],
}
FILM_VOLTAGES = [1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 120.0]


@pytest.mark.parametrize("debye", sorted(FILM))
def test_limiting_and_overlimiting_current_of_a_selective_film(debye: float) -> None:
    """c+ = 2 c0 and no anion flux at the membrane (x = 0), c+ = c- = c0 at the other end."""
    grading = 8.0
    tagged = line(lambda x: np.expm1(grading * x) / np.expm1(grading), 400, debye)
    volt = thermal_voltage(TEMPERATURE)

    def ends(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        membrane = TerminalCondition("first", -voltage * volt, 0.0, (2 * C0, None))
        return membrane, TerminalCondition("second", 0.0, 0.0, (C0, C0))

    found = fluxes(tagged, ends, FILM_VOLTAGES)
    assert [-plus for plus, _ in found] == pytest.approx(FILM[debye], rel=2e-5)
    assert max(abs(minus) for _, minus in found) < 1e-9


DIODE = {-10: -87.957995, -4: -13.975422, -1: -1.3908028, 1: 0.66380941, 4: 1.1539149, 10: 1.2987464}


def test_bipolar_diode() -> None:
    """Fixed charge 4 c0 on the first half and -4 c0 on the second; ends in Donnan equilibrium; Debye length 0.05 L."""
    x_fixed = 4.0
    tagged = line(lambda x: 0.5 + 0.5 * np.sign(x - 0.5) * np.abs(2 * x - 1) ** 1.5, 200, 0.05)
    donnan = np.arcsinh(x_fixed / 2)
    z = ufl.SpatialCoordinate(tagged.mesh)[0]
    charge = ufl.conditional(ufl.lt(z, 0.5), x_fixed, -x_fixed)
    volt = thermal_voltage(TEMPERATURE)

    def ends(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        return (
            TerminalCondition("first", voltage * volt, 0.0, (C0, C0), lambda r: np.full(len(r), donnan * volt)),
            TerminalCondition("second", 0.0, 0.0, (C0, C0), lambda r: np.full(len(r), -donnan * volt)),
        )

    for direction in (1, -1):
        voltages = [v for v in sorted(DIODE, key=abs) if v * direction > 0]
        found = fluxes(tagged, ends, [float(v) for v in voltages], charge)
        assert [plus - minus for plus, minus in found] == pytest.approx([DIODE[v] for v in voltages], rel=1e-5)
