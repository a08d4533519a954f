"""Three dimensions: long channels against exact sections, and the reference cone against its half plane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.blocks.mesh import COPIES
from meshes.blocks.slit import SideWallSlit, side_wall_slit
from meshes.distributed import distributed
from meshes.side_walls import SIDE_WALL
from meshes.sizes import MeshSizes
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.problem import Problem
from solver.laws.walls.zeta import GivenZeta
from solver.linear.presets import block_solver
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.physics.scales import Scales
from validation.checks import Check, Section, in_turn
from validation.devices import KCL_WATER, rows
from validation.long_channels import CYLINDERS, POISSON_BOLTZMANN, SLITS
from validation.setting import Setting

SECTION, VOLTAGE, NM = "three_dimensions", 1e-3, 1e-9

CELLS = {"wall_size": "0.2 debye_length", "corner_size": "0.2 debye_length", "growth": 2.0, "axial_cells": 2}
"""Of straight channels, in which nothing varies along them."""

SQUARES = {1: 0.11789256, 2: 0.32027720, 5: 0.65094532, 10: 0.81273240}
"""Mean electroosmotic velocity in a square channel over Smoluchowski's, for weak uniform zeta potentials, by half its side
over the Debye length: 1 - <psi> / zeta of the linear Poisson-Boltzmann equation, by its double series."""


def straight(length: float, concentration: float, walls: Mapping[str, float], geometry: Mapping[str, Any]) -> Any:
    """Row of a straight channel that ends in its terminals at a small voltage. Collective."""
    case = {
        "geometry": {"dimension": 3, "length": length, "reservoirs": None, **geometry},
        "electrolyte": {**KCL_WATER, "concentration": concentration},
        "walls": {name: {"surface_charge": charge} for name, charge in walls.items()},
        "terminals": {"left": {"potential": VOLTAGE}},
        "mesh": CELLS,
        "outputs": {"errors": "none", "fields": "none"},
    }
    (found,) = rows(case)
    return found


def channels(setting: Setting) -> Iterator[Check]:
    """Conductance and electroosmotic flow of cylinders, and of a slit whose side walls are far away and have no charge."""
    for name, (diameter, concentration, charge, exact) in CYLINDERS.items():
        if setting.quick and name != "C1":
            continue
        length = 2 * diameter
        found = straight(length, concentration, {"channel": charge}, {"type": "cylinder", "radius": diameter / 2})
        yield from _compared(f"cylinder {name}", found, length, exact[5], exact[2], ("S m", "m^4/(V s)"))
    if setting.quick:
        return
    height, concentration, charge, exact = SLITS["S1"]
    length, found = 2 * height, []
    for width in (20 * height, 40 * height):
        sizes = {"type": "slit", "height": height, "width": width}
        found.append(straight(length, concentration, {"channel": charge, "side_wall": 0.0}, sizes))
    # what the side walls hold back is the same for both
    wider = {key: found[1][key] - found[0][key] for key in ("current [A]", "flow_rate [m^3/s]")}
    scale = length / (20 * height)
    yield from _compared("slit S1, by its width", wider, scale, exact[5], exact[2], ("S", "m^3/(V s)"))


def _compared(
    name: str, row: Mapping[str, float], factor: float, conductance: float, flow: float, units: tuple[str, str]
) -> Iterator[Check]:
    for header, quantity, unit, exact in (
        ("current [A]", "conductance", units[0], conductance),
        ("flow_rate [m^3/s]", "electroosmotic flow", units[1], flow),
    ):
        value = abs(row[header]) / VOLTAGE * factor
        yield Check(SECTION, name, quantity, unit, exact, value, 5e-3, "exact", POISSON_BOLTZMANN)


def squares(setting: Setting) -> Iterator[Check]:
    """Electroosmosis in square channels."""
    for ratio, exact in SQUARES.items():
        if setting.quick and ratio not in (2, 5):
            continue
        source = "linear Poisson-Boltzmann equation, by its double series"
        name = f"square channel, half side of {ratio} Debye lengths"
        value = mean_velocity(ratio, setting.comm)
        yield Check(SECTION, name, "velocity over Smoluchowski's", "", exact, value, 5e-3, "exact", source)


def mean_velocity(ratio: float, comm: MPI.Comm) -> float:
    """Mean electroosmotic velocity in a square channel over Smoluchowski's. Collective.

    ratio: half side over the Debye length.
    """
    zeta, debye = -1e-4, 10 * NM
    half, permittivity = ratio * debye, 78.5 * VACUUM_PERMITTIVITY
    concentration = permittivity * thermal_voltage(298.15) / (2 * FARADAY * debye**2)
    scales = Scales.of(
        length=NM, concentration=concentration, temperature=298.15, relative_permittivity=78.5, viscosity=0.89e-3,
        measure_factor=COPIES["quarter"], axisymmetric=False, dimension=3,
    )  # fmt: skip
    sizes = MeshSizes(wall=0.2 * debye, corner=0.2 * debye, growth=2.0, axial_cells=2, layers=2)
    slit = SideWallSlit(length=2 * half, width=2 * half, height=2 * half, reservoirs=(None, None))
    tagged = distributed(lambda: side_wall_slit(slit, sizes), comm)
    solutes = [Solute("K", 1, 1.957e-9), Solute("Cl", -1, 2.032e-9)]
    walls = [WallCondition(name, (GivenZeta(zeta),)) for name in ("channel", SIDE_WALL)]

    def profile(at: np.ndarray) -> np.ndarray:
        return zeta * linear_profile(at / debye, ratio)

    def terminals(voltage: float) -> list[TerminalCondition]:
        held = (concentration, concentration)
        at = {"left": voltage, "right": 0.0}
        return [TerminalCondition(name, volts, 0.0, held, profile, True) for name, volts in at.items()]

    problem = Problem(tagged, scales, solutes, terminals(0.0), walls, flow=True, clock=Clock())
    way = Continuation(problem, Newton(problem, block_solver("direct", "square_", Clock())), NewtonSettings())
    parameters = problem.parameters(terminals(VOLTAGE), walls, solutes, scales)
    found = way.reach(parameters, VOLTAGE, "voltage").state
    velocity = found.flow_rates[0] * scales.flow_rate / (4 * half**2)
    return float(velocity / (-scales.permittivity * zeta / scales.viscosity * VOLTAGE / slit.length))


def linear_profile(at: np.ndarray, half: float, terms: int = 400) -> np.ndarray:
    """psi / zeta of the linear equation in a square of a half side at points, both in Debye lengths. Shape (points, 2)."""
    y, z = np.abs(at).T
    found = np.zeros(len(at))
    for n in range(terms):
        wave = (n + 0.5) * np.pi / half
        decay = np.sqrt(1 + wave**2)
        for p, q in ((y, z), (z, y)):
            ends = np.exp(decay * (p - half)) + np.exp(-decay * (p + half))
            found += 2 * (-1) ** n / (wave * half) * np.cos(wave * q) * ends / (1 + np.exp(-2 * decay * half))
    found[np.maximum(y, z) > half * (1 - 1e-9)] = 1.0
    return found


CONE = {0.1: (0.0500882e-9, 2.28886e-18), 0.5: (0.272448e-9, 1.08290e-17), -0.5: (-0.194001e-9, None)}
"""Current (A) and flow rate (m^3/s) of the reference cone at voltages (V), from its half plane, known to 0.05 %."""


def cone(setting: Setting) -> Iterator[Check]:
    """A cone that rectifies, a quarter of it, with the mesh that a case gets when it says nothing."""
    if setting.quick:
        return
    reservoir = {"length": 100 * NM, "radius": 100 * NM}
    sizes = {"length": 200 * NM, "radius_base": 20 * NM, "radius_tip": 5 * NM, "reservoirs": reservoir}
    case = {
        "geometry": {"type": "cone", "dimension": 3, **sizes},
        "electrolyte": {**KCL_WATER, "concentration": 10.0},
        "walls": {"channel": {"surface_charge": -20e-3}},
        "study": {"type": "sweep", "parameter": "terminals.base.potential", "values": list(CONE)},
        "outputs": {"errors": "none", "fields": "none"},
    }
    source = "the half plane, adapted to 0.05 %"
    for row in rows(case):
        volts = float(row["terminals.base.potential [V]"])
        exact = dict(zip(("current [A]", "flow_rate [m^3/s]"), CONE[round(volts, 6)], strict=True))
        for header, value in exact.items():
            if value is not None:
                quantity, unit = header.removesuffix("]").split(" [")
                name = f"cone at {volts:g} V"
                yield Check(SECTION, name, quantity, unit, value, row[header], 1e-2, "refined", source)


SPACE = Section(
    SECTION,
    "Three dimensions",
    "Straight channels that end in their terminals against exact cross-sections, electroosmosis in square channels, and a "
    "cone that rectifies against the axisymmetric model of it.",
    in_turn(channels, squares, cone),
)
