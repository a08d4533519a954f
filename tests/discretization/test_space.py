"""Steady states in three dimensions: straight channels against exact cross-sections, parts of a device against the whole and
the axisymmetric model, and one answer on any number of ranks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.blocks.mesh import BlockMesh, Part
from meshes.blocks.round_pore import round_pore
from meshes.blocks.slit import SideWallSlit, side_wall_slit
from meshes.geometry import Cone, Cylinder
from meshes.sizes import MeshSizes
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.cross_section import cross_section
from solver.physics.rectangle import rectangle
from solver.physics.solution import Solution
from tests.support.spaces import SALT, Space

NM = 1e-9
COMM = MPI.COMM_WORLD
CHARGE, SIDE_CHARGE, LENGTH = -0.01, -0.004, 40 * NM
COARSE = MeshSizes(wall=4 * NM, corner=4 * NM, growth=2.0, axial_cells=2, layers=2)
OPEN = {"terminals": ("left", "right"), "straight": True}


def solution() -> Solution:
    """1 mol/m^3 of the salt, with layers as thick as the channels."""
    slit = {"type": "slit", "length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": None}
    species = {solute.name: {"diffusivity": solute.diffusivity} for solute in SALT}
    case = {"geometry": slit, "electrolyte": {"species": species, "concentration": 1.0}}
    return Case.model_validate(case).solution("left")


@cache
def channel(shape: str, part: Part, alone: bool = False) -> tuple[Space, np.ndarray]:
    """A short charged channel between the profiles of an endless one, and the transport matrix of this."""
    comm = MPI.COMM_SELF if alone else COMM
    make: Callable[[], BlockMesh]
    charges: Mapping[str, float]
    if shape == "round":
        pore = Cylinder(length=LENGTH, radius=10 * NM, reservoirs=None)
        section = cross_section("axisymmetric", 10 * NM, CHARGE, solution())
        make, charges, matrix = lambda: round_pore(pore, COARSE, part), {"channel": CHARGE}, section.matrix
        profile = lambda at: section.potential(np.hypot(*at.T))  # noqa: E731
    else:
        slit = SideWallSlit(length=LENGTH, width=30 * NM, height=20 * NM, reservoirs=(None, None))
        between = rectangle(15 * NM, 10 * NM, SIDE_CHARGE, CHARGE, solution())
        make, matrix = lambda: side_wall_slit(slit, COARSE, part), between.matrix
        charges, profile = {"channel": CHARGE, "side_wall": SIDE_CHARGE}, lambda at: between.potential(*at.T)
    return Space(make, part, charges, 1.0, profile=profile, comm=comm, **OPEN), matrix  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", ["round", "rectangular"])
def test_an_endless_channel(shape: str) -> None:
    """Conductance, electroosmosis, streaming current and Poiseuille flow of the exact section, and Onsager's symmetry."""
    space, exact = channel(shape, "quarter")
    driven, pushed = space.solve(1e-3), space.solve(0.0, 1e4)
    found = LENGTH * np.array(
        [
            [space.flow_rate(pushed) / 1e4, space.flow_rate(driven) / 1e-3],
            [space.current(pushed) / 1e4, space.current(driven) / 1e-3],
        ]
    )
    assert found == pytest.approx(exact[np.ix_([0, 2], [0, 2])], rel=5e-3)
    assert found[0, 1] == pytest.approx(found[1, 0], rel=1e-5)
    for state in (driven, pushed):
        assert abs(state.currents.sum()) < 1e-9 * abs(state.currents).max()
        assert abs(state.flow_rates.sum()) < 1e-9 * abs(state.flow_rates).max()


@pytest.mark.serial
@pytest.mark.parametrize("shape", ["round", "rectangular"])
def test_parts_of_a_device_are_worth_the_whole(shape: str) -> None:
    spaces = [channel(shape, part)[0] for part in ("quarter", "half", "full")]
    found = np.array(
        [(space.current(state), space.flow_rate(state)) for space in spaces if (state := space.solve(0.1))]
    )
    assert found[1] == pytest.approx(found[0], rel=2e-3)
    assert found[2] == pytest.approx(found[0], rel=2e-3)


@pytest.mark.serial
def test_a_round_pore_between_reservoirs_is_the_axisymmetric_one() -> None:
    """With a charge and a taper that rectify; the meshes in both dimensions are coarse."""
    reservoir = {"length": 40 * NM, "radius": 40 * NM}
    keys = {"length": 40 * NM, "radius_base": 10 * NM, "radius_tip": 5 * NM, "reservoirs": reservoir}
    cone = Cone.model_validate({**keys, "reservoirs": {"base": reservoir, "tip": reservoir}})
    sizes = MeshSizes(wall=3 * NM, corner=1.5 * NM, growth=3.0, axial_cells=3, layers=1)
    space = Space(
        lambda: round_pore(cone, sizes, quadrant_cells=2), "quarter", {"channel": CHARGE}, 1.0, bare=("membrane_face",)
    )
    state = space.solve(0.1)
    found = space.current(state), space.flow_rate(state)
    species = {solute.name: {"diffusivity": solute.diffusivity} for solute in SALT}
    case = Case.model_validate(
        {
            "geometry": {"type": "cone", **keys},
            "electrolyte": {"species": species, "concentration": 1.0},
            "walls": {"channel": {"surface_charge": CHARGE}},
            "terminals": {"base": {"potential": 0.1}},
        }
    )
    problem = build.make_problem(case, meshing.make_mesh(case, [case], COMM), Clock())
    plane = Continuation(problem, Newton(problem, build.linear_solver(case, problem)), NewtonSettings())
    known = plane.reach(build.parameters_of(problem, case), 0.1, "voltage").state
    scales = known.parameters.scales
    assert found[0] == pytest.approx(known.currents[0] * scales.current, rel=1e-2)
    assert found[1] == pytest.approx(known.flow_rates[0] * scales.flow_rate, rel=2e-2)


def test_the_answer_does_not_depend_on_the_ranks() -> None:
    together, alone = channel("rectangular", "quarter")[0], channel("rectangular", "quarter", alone=True)[0]
    for voltage in (0.1, -0.1):
        ours, mine = together.solve(voltage), alone.solve(voltage)
        assert together.current(ours) == pytest.approx(alone.current(mine), rel=1e-8)
        assert together.flow_rate(ours) == pytest.approx(alone.flow_rate(mine), rel=1e-8)


def test_a_charge_by_a_formula_of_the_place() -> None:
    """The mean of x^2 around a cylinder is half of its squared radius, and the charge varies along it, too."""
    formula = {"type": "expression", "formula": "-0.01 * (x / 1e-8) ** 2 * z / 4e-8"}
    case = Case.model_validate(
        {
            "geometry": {
                "type": "cylinder", "dimension": 3, "length": LENGTH, "radius": 10 * NM,
                "reservoirs": {"length": 20 * NM, "radius": 20 * NM},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
            "walls": {"channel": {"surface_charge": formula}},
            "solver": {"flow": "none"},
            "mesh": {"wall_size": 4 * NM, "corner_size": 4 * NM, "growth": 4.0, "axial_cells": 2},
            "outputs": {"errors": "none"},
        }
    )  # fmt: skip
    problem = build.make_problem(case, meshing.make_mesh(case, [case], COMM), Clock())
    parameters = build.parameters_of(problem, case)
    problem.load(problem.evaluate(problem.at_rest(parameters)[0], parameters))
    (charge,) = problem.at_walls.whole_charge("channel")
    total = COMM.allreduce(fem.assemble_scalar(charge.total), op=MPI.SUM) * parameters.scales.electric_flux
    assert total == pytest.approx(-0.01 / 4 * 2 * np.pi * 10 * NM * LENGTH, rel=1e-3)


SMALL_CASE = {
    "electrolyte": {"species": {s.name: {"diffusivity": s.diffusivity} for s in SALT}, "concentration": 1.0},
    "terminals": {"left": {"potential": 1e-3}},
    "mesh": {"wall_size": 4 * NM, "corner_size": 4 * NM, "growth": 2.0, "axial_cells": 2},
    "outputs": {"errors": "none"},
}


def solved(geometry: dict[str, object], walls: dict[str, object]) -> tuple[float, float]:
    """Current (A) and flow rate (m^3/s) of a case between its terminals."""
    case = Case.model_validate(
        {**SMALL_CASE, "geometry": {"dimension": 3, "length": LENGTH, "reservoirs": None, **geometry}, "walls": walls}
    )
    problem = build.make_problem(case, meshing.make_mesh(case, [case], COMM), Clock())
    newton = Newton(problem, build.linear_solver(case, problem))
    found = (
        Continuation(problem, newton, NewtonSettings()).reach(build.parameters_of(problem, case), 1e-3, "voltage").state
    )
    scales = found.parameters.scales
    return float(found.currents[0] * scales.current), float(found.flow_rates[0] * scales.flow_rate)


@pytest.mark.serial
def test_a_slit_of_a_case_may_end_in_its_terminals() -> None:
    """They hold the profile between side walls, and the mesh of the case has the charges where they belong."""
    sizes = {"type": "slit", "height": 20 * NM, "width": 30 * NM}
    found = solved(sizes, {"channel": {"surface_charge": CHARGE}, "side_wall": {"surface_charge": SIDE_CHARGE}})
    space, _ = channel("rectangular", "quarter")
    same = space.solve(1e-3)
    assert found == pytest.approx((space.current(same), space.flow_rate(same)), rel=5e-3)


@pytest.mark.serial
def test_slip_on_a_curved_wall() -> None:
    found = solved(
        {"type": "cylinder", "radius": 10 * NM}, {"channel": {"surface_charge": CHARGE, "slip_length": 10 * NM}}
    )
    exact = cross_section("axisymmetric", 10 * NM, CHARGE, solution(), 10 * NM).matrix
    assert found == pytest.approx((exact[2, 2] * 1e-3 / LENGTH, exact[0, 2] * 1e-3 / LENGTH), rel=5e-3)
