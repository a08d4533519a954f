"""Error bars, adapted meshes and derivatives of a device of liquid, membrane and solid."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.refine import refined
from meshes.tagged import TaggedMesh
from solver.accuracy.interfaces import unresolved_membranes
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build, meshing
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.results.headers import error_header
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from tests.support.adapted import opened
from tests.support.few_on_ranks import few_on_ranks
from tests.support.plug import HALF, LENGTH, plug_case, write_plug
from validation.devices import row

COMM = MPI.COMM_WORLD
QUIET: dict[str, Any] = {"outputs": {"errors": "none", "profile_points": 2}}


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The mesh with all cells halved not at all, once and twice; on all ranks."""
    folder = COMM.bcast(tmp_path_factory.mktemp("plug") if COMM.rank == 0 else None)
    return [on_root(COMM, lambda k=k: write_plug(folder / f"plug{k}.msh", k)) for k in range(3)]


def compared(found: dict[str, Any], exact: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Error bar and true error of every number that has a bar, beyond rounding."""
    pairs = {}
    for name, value in found.items():
        bar = found.get(error_header(name))
        if isinstance(value, float) and isinstance(bar, float) and not math.isnan(value):
            pairs[name] = bar, max(0.0, abs(value - exact[name]) - 1e-9 * abs(value))
    return pairs


@pytest.mark.parametrize("flow", few_on_ranks(["none", "stokes"], 1))
def test_error_bars_cover_what_finer_meshes_change_and_are_no_more_than_twenty_times_that(
    meshes: list[Path], flow: str
) -> None:
    data = {"solver": {"flow": flow}}
    found = row(plug_case(meshes[0], **data))
    pairs = compared(found, row(plug_case(meshes[2], **data, **QUIET)))
    assert {"current [A]", "charge_gate [C]", "current_left_Cl [A]", "zeta_potential_mean [V]"} <= set(pairs)
    for name, (bar, error) in pairs.items():
        assert error <= bar, name
        assert bar <= 20 * error or bar == 0.0, name
    assert found["current_route_difference"] < 1e-8
    assert found["conservation_error"] < 1e-8


def sizes(case: Case, tagged: TaggedMesh) -> np.ndarray:
    """Areas of all regions, of the liquid, and lengths of all boundaries that an integral can be over."""
    problem = build.make_problem(case, tagged, Clock())
    measures, one = problem.measures, fem.Constant(problem.mesh, 1.0)
    names = ("left", "right", "wall", "gate", "axis")
    parts = [measures.region(name) for name in sorted(tagged.regions)] + [measures.liquid]
    parts += [measures.boundary(name) for name in names]
    local = [fem.assemble_scalar(fem.form(one * part)) for part in parts]
    return np.asarray(COMM.allreduce(np.array(local), op=MPI.SUM))


def test_refinement_keeps_regions_and_the_wall_between_liquid_and_solid(meshes: list[Path]) -> None:
    case = Case.model_validate(plug_case(meshes[0], solver={"flow": "none"}))
    tagged = meshing.make_mesh(case, [case], COMM)
    found = [sizes(case, tagged)]
    rng = np.random.default_rng(3)
    for marks in ("some", "all"):
        tagged.mesh.topology.create_entities(1)
        edges = tagged.mesh.topology.index_map(1)
        some = np.flatnonzero(rng.random(edges.size_local + edges.num_ghosts) < 0.2)
        tagged = refined(tagged, some if marks == "some" else None)
        found.append(sizes(case, tagged))
    third = LENGTH / 3
    liquid, glass = LENGTH * HALF, LENGTH * HALF
    exact = [glass, third * HALF, 2 * third * HALF, liquid, HALF, HALF, LENGTH, LENGTH, LENGTH]
    for each in found:
        np.testing.assert_allclose(each, exact, rtol=1e-12)


@pytest.mark.parametrize(
    ("goal", "column", "tolerance"),
    few_on_ranks([("current", "current [A]", 5e-5), ("charge_gate", "charge_gate [C]", 1e-5)], 1),
)
def test_an_adapted_mesh_meets_its_tolerance(meshes: list[Path], goal: str, column: str, tolerance: float) -> None:
    data = {"solver": {"flow": "none"}}
    coarse = meshes[0].with_name("coarse.msh")
    on_root(COMM, lambda: write_plug(coarse, coarse=6.0))
    simulation, (found,) = opened(plug_case(coarse, mesh={"tolerance": tolerance, "goal": goal}, **data, **QUIET))
    assert simulation.adaptation is not None
    assert simulation.adaptation.reached
    assert len(simulation.adaptation.steps) > 1
    exact = row(plug_case(meshes[2], **data, **QUIET))
    assert found[column] == pytest.approx(exact[column], rel=tolerance)
    assert set(simulation.tagged.regions) == {"water", "plug", "glass"}


KEYS = (
    "regions.plug.fixed_charge",
    "regions.plug.relative_permittivity",
    "regions.glass.relative_permittivity",
    "walls.gate.potential",
)


def test_derivatives_by_materials_and_gates_are_those_of_full_solutions(meshes: list[Path]) -> None:
    quiet = QUIET["outputs"]
    data = plug_case(meshes[0], solver={"flow": "none", "tolerance": 1e-11}, outputs=quiet | {"sensitivities": KEYS})
    case = Case.model_validate(data)
    points = plan(case)
    simulation = Simulation.of(points[0], points, COMM, Clock())
    found = {line["parameter"]: line["derivative"] for line in compute(simulation, points[0]).sensitivities}
    plain = case.with_values({"outputs.sensitivities": []})
    for key in KEYS:
        value = build.value_of(case, key)

        def slope(part: float, key: str = key, value: float = value) -> float:
            others = [plain.with_value(key, value * (1.0 + t)) for t in (part, -part)]
            assert all(build.same_structure(case, other) for other in others)
            ends = [row(other)["current [A]"] for other in others]
            return float((ends[0] - ends[1]) / (2 * part * value))

        expected = (4 * slope(1e-2) - slope(2e-2)) / 3
        assert found[key] == pytest.approx(expected, rel=1e-5, abs=0.0)


@pytest.mark.serial
def test_there_is_no_derivative_by_what_makes_other_equations(meshes: list[Path]) -> None:
    for key in ("regions.plug.diffusivity_factor", "regions.plug.permeability", "regions.plug.partition.Cl"):
        with pytest.raises(CaseError, match="no derivative by"):
            Case.model_validate(plug_case(meshes[0], outputs={"sensitivities": [key]}))


def test_cells_that_miss_the_layers_of_a_membrane_are_warned_of(meshes: list[Path]) -> None:
    """2 M of fixed charge make a layer of 0.2 nm; cells of 0.6 nm at its faces are fine, cells of 1.9 nm are not."""
    coarse = meshes[0].with_name("thick.msh")
    on_root(COMM, lambda: write_plug(coarse, glass=False, coarse=3.0))
    for path, charge, told in ((coarse, -2000.0, True), (coarse, -5.0, False), (meshes[1], -2000.0, False)):
        data = plug_case(path, glass=path != coarse, solver={"flow": "none"}, **QUIET)
        data["regions"]["plug"] |= {"fixed_charge": charge, "partition": {}}
        case = Case.model_validate(data)
        tagged = meshing.make_mesh(case, [case], COMM)
        texts = list(unresolved_membranes(tagged, [case]))
        assert len(texts) == int(told)
        neutral = {"walls": {}, "solver": {"charge": "electroneutral", "flow": "none"}}
        if told:
            assert not list(unresolved_membranes(tagged, [Case.model_validate(data | neutral)])), "it has no layers"
            assert texts[0].startswith(
                "the cells at the faces of membrane 'plug' are 1.9 nm thick, but the layers there get"
            )
