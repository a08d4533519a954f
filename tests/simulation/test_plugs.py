"""Plugs through which no liquid passes: flow beside membranes without permeability."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization.flow import Flow
from solver.discretization.problem import Problem
from solver.observables.state import integral
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.simulation.simulation import Simulation
from tests.support.walled_slit import geometry
from validation import mapped
from validation.devices import rows

COMM = MPI.COMM_WORLD
HALF, ENDS = 10.0, (0.0, 60.0, 80.0, 140.0)
"""Half height, and axial positions (nm) of the ends of water, plug and water."""


def device(path: Path, **changes: Any) -> dict[str, Any]:
    """A charged slit of 20 nm with a plug in its middle, in 1 mM KCl."""
    return {
        "geometry": geometry(path, {"wall": "wall"}, channel={"start": 0.0, "stop": ENDS[-1] * 1e-9}),
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
        "terminals": {"left": {"potential": 0.1, "pressure": 1e4}, "right": {}},
        "walls": {"wall": {"surface_charge": -2e-3}},
        "regions": {"water": "fluid", "plug": {"type": "membrane", "fixed_charge": -20.0}},
        "outputs": {"errors": "none"},
        **changes,
    }


def axial(first: float = 1.0, growth: float = 1.6) -> np.ndarray:
    """Positions graded towards all faces."""
    parts = [a + mapped.both_ends(first, growth, b - a) for a, b in pairwise(ENDS)]
    return np.unique(np.concatenate(parts).round(9))


def mesh_file(folder: pytest.TempPathFactory, regions: dict[str, mapped.Box]) -> Path:
    """The mesh of the slit with some regions in it."""
    made = COMM.bcast(folder.mktemp("plug") / "plug.msh" if COMM.rank == 0 else None)
    lines = {
        "axis": (0.0, ENDS[-1], 0.0, 0.0),
        "wall": (0.0, ENDS[-1], HALF, HALF),
        "left": (0.0, 0.0, 0.0, HALF),
        "right": (ENDS[-1], ENDS[-1], 0.0, HALF),
    }
    heights = np.array([0.0, 2.5, 5.0, 7.0, 8.5, 9.4, 10.0])
    on_root(COMM, lambda: mapped.write(made, axial(), heights, {"water": (0.0, ENDS[-1], 0.0, HALF), **regions}, lines))
    return Path(made)


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The slit with a plug."""
    return mesh_file(tmp_path_factory, {"plug": (ENDS[1], ENDS[2], 0.0, HALF)})


def solved(data: dict[str, Any]) -> tuple[Problem, Flow, Any]:
    """The device and its state."""
    case = Case.model_validate(data)
    simulation = Simulation.of(plan(case)[0], plan(case), COMM, Clock())
    state = simulation.reach(plan(case)[0]).state
    flow = simulation.problem.flow
    assert flow is not None
    assert state.flow is not None
    return simulation.problem, flow, state


def velocities(flow: Flow, state: Any, start: float, stop: float) -> np.ndarray:
    """Velocities at the owned nodes between two axial positions (nm) of the mesh on this rank, ends included."""
    found = flow.fields.velocity(state.flow)
    space = found.function_space
    x = space.tabulate_dof_coordinates()[:, 0]
    values = found.x.array.reshape(len(x), -1)
    return np.asarray(values[(x > start - 1e-6) & (x < stop + 1e-6)])


def largest(values: np.ndarray) -> float:
    """Largest size on all ranks."""
    return float(COMM.allreduce(float(np.abs(values).max(initial=0.0)), op=MPI.MAX))


def assert_no_net_flow(problem: Problem, flow: Flow, state: Any, start: float, stop: float) -> None:
    """Liquid moves between two axial positions (nm), and none of it in sum: what passes one cross-section passes all."""
    problem.load(state)
    z = ufl.SpatialCoordinate(problem.mesh)[0]
    between = ufl.conditional(ufl.And(ufl.gt(z, start), ufl.lt(z, stop)), 1.0, 0.0)
    volume = problem.measures.volume
    net, gross = (integral(fem.form(v * between * volume), COMM) for v in (flow.u[0], abs(flow.u[0])))
    assert gross > 0.0
    assert abs(net) < 1e-12 * gross


def test_liquid_turns_round_in_front_of_a_plug_and_ions_pass(plugged: Path) -> None:
    """Electroosmosis along the walls comes back along the axis; no liquid enters, and none moves in the plug."""
    problem, flow, state = solved(device(plugged))
    assert largest(velocities(flow, state, ENDS[1], ENDS[2])) == 0.0
    for start, stop in (ENDS[:2], ENDS[2:]):
        assert_no_net_flow(problem, flow, state, start, stop)
    fastest = largest(velocities(flow, state, 0.0, ENDS[-1])) * HALF
    assert np.abs(state.flow_rates).max() < 1e-10 * fastest
    current = state.currents
    assert current[0] > 0.0
    assert sum(current) == pytest.approx(0.0, abs=1e-9 * current[0])


@pytest.mark.serial
def test_a_plug_without_permeability_is_the_limit_of_small_ones(plugged: Path) -> None:
    """At a permeability k the rest is of the order of k over the area of the slit: a thousandth has a thousandth of it."""
    none = solved(device(plugged))[2]
    differences = []
    for permeability in (1e-18, 1e-21):
        data = device(plugged)
        data["regions"]["plug"]["permeability"] = permeability
        state = solved(data)[2]
        differences.append([state.currents[0] - none.currents[0], state.flow_rates[0]])
    coarse, fine = np.abs(differences)
    assert (fine < 0.01 * coarse).all()
    assert fine[0] < 1e-4 * none.currents[0]


@pytest.mark.serial
def test_liquid_between_two_plugs_has_a_pressure(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A part without a terminal: volume is conserved in it, and the error bars can be computed there, too."""
    path = mesh_file(tmp_path_factory, {"plug": (0.0, ENDS[1], 0.0, HALF), "end": (ENDS[2], ENDS[3], 0.0, HALF)})
    data = device(path, outputs={"errors": "all"})
    data["regions"] |= {"end": data["regions"]["plug"]}
    (row,) = rows(Case.model_validate(data))
    assert row["conservation_error"] < 1e-8
    assert row["current_error [A]"] < 0.05 * abs(row["current [A]"])
    problem, flow, state = solved(data)
    assert largest(velocities(flow, state, 0.0, ENDS[1])) == 0.0
    assert_no_net_flow(problem, flow, state, ENDS[1], ENDS[2])


def test_both_routes_of_the_current_know_how_slow_ions_are_in_the_plug(plugged: Path) -> None:
    data = device(plugged, solver={"flow": "none"})
    data["regions"]["plug"] |= {"diffusivity_factor": {"K": 0.01, "Cl": 0.1}, "partition": {"Cl": 0.5}}
    (row,) = rows(Case.model_validate(data))
    assert row["current_route_difference"] < 1e-8
