"""Fields of devices with solids and plugs: what exists where, and steps at the interfaces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from postprocess.pictures.fields import FieldFiles
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.fields import FieldValues
from solver.simulation.simulation import Simulation
from tests.support.filled_slit import HALF, OUTSIDE, PLUG, values, write

COMM = MPI.COMM_WORLD
NM = 1e-9


@pytest.fixture(scope="module")
def meshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh with a plug and a solid, on all ranks."""
    made = COMM.bcast(tmp_path_factory.mktemp("slit") / "slit.msh" if COMM.rank == 0 else None)
    on_root(COMM, lambda: write(made, solid=True))
    return Path(made)


FOUND = tuple[Simulation, FieldValues]


@pytest.fixture(scope="module")
def found(meshed: Path) -> FOUND:
    """The fields of the device at one point."""
    case = Case.model_validate(values(meshed, solid=True))
    device = Simulation.of(plan(case)[0], plan(case), COMM, Clock())
    return device, device.writer.values(device.reach(plan(case)[0]).state)


def not_ghosts(device: Simulation, name: str) -> np.ndarray:
    """Mask of the cells of a region that this rank owns."""
    tagged = device.tagged
    assert tagged.cells is not None
    cells = tagged.cells.find(tagged.regions[name])
    return np.asarray(cells < tagged.mesh.topology.index_map(2).size_local)


def of_region(found: FOUND, name: str) -> np.ndarray:
    """Nodes of the cells of a region. Shape (cells, nodes of each)."""
    device, fields = found
    nodes = fields.cells.reshape(len(fields.cell_types), -1)[:, 1:]
    assert fields.regions is not None
    return nodes[fields.regions == device.statistics["regions"][name]]  # type: ignore[index]


def test_ions_and_flow_do_not_exist_in_solids_and_the_potential_does(found: FOUND) -> None:
    _, fields = found
    glass, water, plug = (of_region(found, name).ravel() for name in ("glass", "water", "plug"))
    for name, field in fields.values.items():
        assert np.isfinite(field[np.concatenate([water, plug])]).all(), name
        assert np.isfinite(field[glass]).all() == (name == "potential"), name
        if name != "potential":
            assert np.isnan(field[glass]).all(), name
    top = glass[np.isclose(fields.points[glass, 1] / NM, OUTSIDE)]
    np.testing.assert_allclose(fields.values["potential"][top], 1.0, rtol=1e-12)


def test_concentrations_at_a_wall_are_those_of_the_liquid_beside_it(found: FOUND) -> None:
    """The gate of 1 V expels cations from the wall: nothing of the solid is mixed into them."""
    _, fields = found
    water = np.unique(of_region(found, "water"))
    z, y = fields.points[water, :2].T / NM
    inside = water[(z > 20) & (z < 40)]
    cations, (along, across) = fields.values["concentration_K"], fields.points[inside, :2].T / NM
    for place in np.unique(np.round(along, 6)):
        column = inside[np.isclose(along, place)]
        height = across[np.isclose(along, place)]
        at_wall, on_axis = (cations[column[np.isclose(height, y0)]] for y0 in (HALF, 0.0))
        if len(at_wall) and len(on_axis):
            assert 0.5 * on_axis[0] < at_wall[0] < on_axis[0]
    assert y.max(initial=0.0) <= HALF * (1 + 1e-12)


def test_concentrations_step_by_the_partition_coefficients_at_a_plug(found: FOUND) -> None:
    _, fields = found
    steps = {}
    for region in ("water", "plug"):
        nodes = np.unique(of_region(found, region))
        at = nodes[np.isclose(fields.points[nodes, 0] / NM, PLUG[0]) & np.isclose(fields.points[nodes, 1] / NM, 0.0)]
        own = {name: fields.values[f"concentration_{name}"][at[:1]].sum() for name in ("K", "Cl")}
        steps[region] = {name: COMM.allreduce(own[name], op=MPI.MAX) for name in own}
    assert steps["plug"]["Cl"] == pytest.approx(0.5 * steps["water"]["Cl"], rel=1e-10)
    assert steps["plug"]["K"] == pytest.approx(steps["water"]["K"], rel=1e-10)


def test_the_charges_of_the_fields_of_plug_ports_and_walls_add_up_to_zero(found: FOUND) -> None:
    """By Simpson's rule on the rectangles of the mesh, from what is written."""
    device, fields = found
    weights = np.array([1.0] * 4 + [4.0] * 4 + [16.0]) / 36.0
    total = volume = 0.0
    for name in ("water", "plug"):
        nodes = of_region(found, name)
        corners = fields.points[nodes[:, :4], :2]
        areas = np.ptp(corners, axis=1).prod(axis=1)
        mine = not_ghosts(device, name)
        total += float((areas[:, None] * fields.values["charge_density"][nodes] * weights)[mine].sum())
        volume += areas[mine].sum() if name == "plug" else 0.0
    both = COMM.allreduce(np.array([total, volume])) * 2 * 1e-6  # two halves of 1 um
    assert both[1] == pytest.approx(80e-9 * 20e-9 * 1e-6, rel=1e-9)
    state = device.state
    assert state is not None
    ports = float(sum(state.charges)) * state.parameters.scales.electric_flux
    fixed = -100.0 * FARADAY * both[1]
    assert both[0] + fixed + ports == pytest.approx(0.0, abs=1e-3 * abs(fixed))
    assert abs(ports) > 5e-3 * abs(fixed)


def test_files_hold_the_same_fields_and_pictures_keep_the_steps(
    meshed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = COMM.bcast(tmp_path_factory.mktemp("out") / "result" if COMM.rank == 0 else None)
    run(Case.model_validate(values(meshed, solid=True)), DirectorySink.at(out, COMM), COMM)
    state = FieldFiles(out).read(0)
    assert sorted(np.unique(state.regions)) == [1, 2, 3]
    x = state.points / NM
    assert len(state.boundary)
    assert np.isnan(state.data["salt"]).any()
    at = np.isclose(x[:, 0], PLUG[0]) & np.isclose(x[:, 1], 0.0)
    anions = np.sort(state.data["concentration_Cl"][at])
    assert anions[0] == pytest.approx(0.5 * anions[1], rel=1e-10)
    known = state.known(state.data["salt"])
    assert x[state.triangles[known]][:, :, 1].max() == pytest.approx(HALF)
    between = x[state.interfaces]
    on_wall = np.isclose(between[:, :, 1], HALF).all(axis=1)
    at_plug = (np.isclose(between[:, :, 0], PLUG[0]) | np.isclose(between[:, :, 0], PLUG[1])).all(axis=1)
    assert np.all(on_wall | at_plug)
    assert on_wall.any()
    assert at_plug.any()


def test_a_device_that_is_one_membrane_says_where_it_and_its_terminals_are() -> None:
    """So that pictures hatch it and name them."""
    geometry = {"type": "slit", "length": 1e-7, "height": 1e-8, "width": 1e-6, "reservoirs": None}
    case = Case.model_validate(
        {
            "geometry": geometry,
            "electrolyte": {"concentration": 1.0, "species": {"K": {}, "Cl": {}}},
            "regions": {"plug": {"type": "membrane", "fixed_charge": -100.0}},
            "solver": {"charge": "electroneutral", "flow": "none"},
        }
    )
    sizes = Simulation.of(plan(case)[0], plan(case), COMM, Clock()).statistics
    assert sizes["regions"] == {"plug": 0}, "the number that its cells have in fields without regions"
    assert set(sizes["boundaries"]) >= {"left", "right"}  # type: ignore[call-overload]
