"""Meshes that meet a tolerance: the error is really below it, for less than a mesh graded by hand costs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.build import MeshSizes, draw
from meshes.drawing import DrawingSizes
from meshes.file import read
from meshes.imported import File
from meshes.refine import refined
from meshes.session import gmsh_session
from meshes.tagged import MeshError
from solver.accuracy.adaptation import Adaptation, adapted_mesh, hardest, no_gain
from solver.accuracy.enriched import Enriched
from solver.analysis.rectification import rectification
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.newton import NewtonFailure
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from validation.devices import KCL_WATER, row, rows

SIZES = {
    "length": 60e-9,
    "radius_tip": 3e-9,
    "radius_base": 8e-9,
    "reservoirs": {"length": 40e-9, "radius": 40e-9},
}
CONE: dict[str, Any] = {
    "geometry": {"type": "cone"} | SIZES,
    "electrolyte": KCL_WATER | {"concentration": 100.0},
    "terminals": {"base": {"potential": -0.4}},
    "walls": {"channel": {"surface_charge": -20e-3}},
    "outputs": {"profile_points": 2},
}
BARE = {"errors": "none", "profile_points": 2}
BOTH = {"type": "sweep", "parameter": "terminals.base.potential", "values": [-0.4, 0.0, 0.4]}


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """Row at -0.4 V on a fine mesh, whose bar is 1.1e-4; with its estimate nearly all of that is gone."""
    return row(CONE | {"mesh": {"refinement": 1, "growth": 2.2}})


def opened(data: dict[str, Any]) -> tuple[Simulation, list[dict[str, Any]]]:
    """The simulation of a case of one structure, and the rows of all its points."""
    points = plan(Case.model_validate(data))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    return simulation, [compute(simulation, point).row for point in points]


def adapt(data: dict[str, Any]) -> Adaptation:
    points = plan(Case.model_validate(data))
    return adapted_mesh(points[0].case, points, MPI.COMM_WORLD, Clock())[1]


def test_current_to_a_tolerance(truth: dict[str, Any]) -> None:
    """Met, by the true error too, and with fewer unknowns than the default mesh, which is worse."""
    exact = truth["current [A]"] + truth["current_discretization_error [A]"]
    assert truth["current_error [A]"] < 1.5e-4 * abs(exact)
    tolerance = 2.5e-4
    simulation, (found,) = opened(CONE | {"mesh": {"tolerance": tolerance}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert (record.goal, record.tolerance) == ("current", tolerance)
    assert record.points == ("the steady point",)
    assert found["current_error [A]"] < tolerance * abs(exact) * 1.02
    assert abs(found["current [A]"] / exact - 1) < tolerance
    sizes = [step["unknowns"] for step in record.steps]
    errors = [step["error"] for step in record.steps]
    assert min(errors[:-1]) > tolerance >= errors[-1], "it goes on until then and no further"
    assert sizes == sorted(sizes)
    assert record.steps[-1]["error"] < 0.2 * record.steps[0]["error"]
    assert simulation.problem.size == sizes[-1]
    default, (other,) = opened(CONE | {"outputs": BARE})
    assert sizes[-1] < 0.8 * default.problem.size
    assert abs(found["current [A]"] / exact - 1) < abs(other["current [A]"] / exact - 1)
    statistics = simulation.statistics["adaptation"]
    assert Adaptation.of(statistics) == record  # type: ignore[arg-type]


def test_flow_rate_to_a_tolerance(truth: dict[str, Any]) -> None:
    simulation, (found,) = opened(CONE | {"mesh": {"tolerance": 5e-4, "goal": "flow_rate"}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert len(record.steps) > 1
    deviation = abs(found["flow_rate [m^3/s]"] / truth["flow_rate [m^3/s]"] - 1)
    assert deviation < 5e-4
    assert deviation < abs(found["flow_rate_error [m^3/s]"] / found["flow_rate [m^3/s]"]) + 1e-4


def test_rectification_ratio_to_a_tolerance() -> None:
    """Judged at both ends of the sweep and not in the middle; the error in summary.json agrees with what was reached."""
    tolerance = 2e-3
    simulation, found = opened(CONE | {"study": BOTH, "mesh": {"tolerance": tolerance, "goal": "rectification_ratio"}})
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert set(record.points) >= {"terminals.base.potential = 0.4", "terminals.base.potential = -0.4"}
    assert "terminals.base.potential = 0" not in record.points
    (ratio,) = rectification(found)
    assert ratio["ratio_error"] / ratio["ratio"] == pytest.approx(record.steps[-1]["error"], rel=0.05)
    (better,) = rectification(rows(CONE | {"study": BOTH | {"values": [-0.4, 0.4]}, "outputs": BARE}))
    assert abs(ratio["ratio"] / better["ratio"] - 1) < tolerance


def test_ratio_at_every_value_of_an_outer_sweep() -> None:
    """Each concentration has a ratio of its own, and the worst of them counts."""

    def first(*salt: float) -> float:
        study = BOTH | {"values": [-0.4, 0.4], "outer": {"parameter": "electrolyte.concentration", "values": salt}}
        mesh = {"tolerance": 0.5, "goal": "rectification_ratio"}
        return float(adapt(CONE | {"study": study, "mesh": mesh}).steps[0]["error"])

    assert first(30.0, 100.0) == pytest.approx(first(100.0, 30.0), rel=1e-3)


def test_a_ratio_that_no_pair_has_is_an_error_of_one_line() -> None:
    """The swept potential is symmetric, the bias is not."""
    terminals = {"base": {}, "tip": {"potential": 0.1}}
    with pytest.raises(MeshError, match="needs two points whose biases differ in sign alone"):
        adapt(CONE | {"terminals": terminals, "study": BOTH, "mesh": {"tolerance": 0.1, "goal": "rectification_ratio"}})


def test_what_cannot_be_reached_is_said(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("nanochannel")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.WARNING, logger="nanochannel"):
            record = adapt(CONE | {"mesh": {"tolerance": 1e-6, "most_unknowns": 5000}})
    finally:
        logger.propagate = before
    assert not record.reached
    assert record.steps[-1]["unknowns"] < 5000 * 1.5
    (message,) = {r.getMessage() for r in caplog.records}
    assert "not the 1e-06 of mesh.tolerance; raise mesh.most_unknowns to go on" in message
    assert f"{record.steps[-1]['unknowns']} unknowns" in message


@pytest.mark.parametrize("goal", ["current", "flow_rate"])
def test_a_goal_that_is_zero_is_refused(goal: str) -> None:
    """Without charge and drive nothing flows: no relative error of it can be asked for."""
    data = CONE | {"terminals": {}, "walls": {}, "mesh": {"tolerance": 0.01, "goal": goal}}
    with pytest.raises(MeshError, match=f"the {goal} is zero"):
        adapt(data)


def test_points_at_which_the_mesh_is_assessed() -> None:
    """The corners of the swept ranges and the least driven point, without those where nothing drives a current."""

    def names(**study: Any) -> set[str]:
        case = Case.model_validate(CONE | {"terminals": {}, "study": {"type": "sweep"} | study})
        found = [point.name for point in hardest(plan(case))]
        assert len(set(found)) == len(found)
        return set(found)

    at = "terminals.base.potential = {}".format
    potential = {"parameter": "terminals.base.potential"}
    assert names(**potential, values=[-1.0, -0.4, 0.0, 0.2, 0.5, 1.0]) == {at(-1), at(1), at(0.2)}
    assert names(**potential, values=[0.0, 0.5, 1.0]) == {at(1), at(0.5)}
    salt = {"parameter": "electrolyte.concentration", "values": [1.0, 10.0, 100.0]}
    assert names(**potential, values=[0.0, 1.0], outer=salt) == {
        f"electrolyte.concentration = {c}, {at(1)}" for c in (1, 100)
    }
    assert len(names(parameter="electrolyte.concentration", values=[1.0, 10.0])) == 2, "nothing is driven: all of them"


@pytest.mark.skipif(MPI.COMM_WORLD.size == 1, reason="compares several ranks with one")
def test_the_adapted_mesh_does_not_depend_on_ranks() -> None:
    case = Case.model_validate(CONE | {"mesh": {"tolerance": 1e-3}})
    found = [adapted_mesh(case, plan(case), comm, Clock())[1] for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)]
    assert found[0].grid_lines == found[1].grid_lines
    assert [step["unknowns"] for step in found[0].steps] == [step["unknowns"] for step in found[1].steps]


def test_an_estimate_that_fails_does_not_end_the_adaptation(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a coarse mesh the richer problem may not converge: then the mesh is refined everywhere, and assessed again."""
    correct, calls = Enriched.correct, []

    def fails_at_first(self: Enriched, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise NewtonFailure("no convergence")
        return correct(self, *arguments)

    monkeypatch.setattr(Enriched, "correct", fails_at_first)
    record = adapt(CONE | {"mesh": {"tolerance": 0.05}})
    assert record.reached
    assert len(record.steps) == 2
    assert record.steps[0]["error"] is None
    first, second = (step["unknowns"] for step in record.steps)
    assert first is not None
    assert second is not None
    assert 2 < second / first < 4.5


def messages_of(caplog: pytest.LogCaptureFixture, data: dict[str, Any]) -> tuple[Adaptation, list[str]]:
    """How a case was adapted, and what was told meanwhile."""
    logger = logging.getLogger("nanochannel")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.INFO, logger="nanochannel"):
            record = adapt(data)
    finally:
        logger.propagate = before
    return record, [r.getMessage() for r in caplog.records]


@pytest.mark.parametrize("failure", [NewtonFailure("no convergence"), SingularMatrixError("singular")])
def test_adaptation_ends_at_the_last_mesh_with_an_estimate(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    """The mesh before, its larger bar and the reason are what is left; no number is infinite."""
    correct, calls = Enriched.correct, []

    def fails_at_the_third(self: Enriched, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise failure
        return correct(self, *arguments)

    monkeypatch.setattr(Enriched, "correct", fails_at_the_third)
    record, messages = messages_of(caplog, CONE | {"mesh": {"tolerance": 1e-6}})
    assert not record.reached
    assert [step["error"] is None for step in record.steps] == [False, False, True]
    *_, told = messages
    assert f"with {record.steps[1]['unknowns']} unknowns, not the 1e-06 of mesh.tolerance" in told
    assert f"the next mesh, of {record.steps[2]['unknowns']} unknowns, has no estimate ({failure})" in told
    assert "inf" not in " ".join(messages).replace("info", "")
    assert record.grid_lines is not None
    monkeypatch.setattr(Enriched, "correct", correct)
    second = record.steps[1]["unknowns"]
    assert second is not None
    again = adapt(CONE | {"mesh": {"tolerance": 1e-6, "most_unknowns": round(1.2 * second)}})
    for step, expected in zip(again.steps, record.steps[:2], strict=True):
        assert step == pytest.approx(expected, rel=1e-6)  # sums over ranks differ in their last digits
    assert again.grid_lines == record.grid_lines, "the lines are those of the mesh that is used"


def test_no_estimate_on_any_mesh_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise NewtonFailure("no convergence")

    monkeypatch.setattr(Enriched, "correct", fails)
    with pytest.raises(
        MeshError, match=r"none of 3 meshes of up to \d+ unknowns has an estimate of the current \(no conv"
    ):
        adapt(CONE | {"mesh": {"tolerance": 0.05}})


def test_errors_without_gain_end_the_refinement() -> None:
    """Six meshes that creep or scatter are enough; one accident among errors that fall is not."""
    assert not no_gain([1.0, 1.0, 1.0, 1.0, 1.0])
    assert no_gain([1.0, 0.99, 0.98, 0.97, 0.96, 0.95])
    assert no_gain([1.4, 5.3, 2.2, 0.5, 1.7, 3.3, 3.2])
    assert not no_gain([1.0, 0.7, 0.5, 0.35, 0.25, 0.18])
    assert not no_gain([1.0, 0.7, 1e-6, 0.35, 0.25, 0.18])


def test_a_channel_that_rounding_limits_keeps_its_best_bars(caplog: pytest.LogCaptureFixture) -> None:
    """A slit of 100 pm by 200 um with unequal ends: its currents have four digits on any mesh."""
    data = {
        "geometry": {"type": "slit", "length": 200e-6, "height": 1e-10, "width": 1e-6, "reservoirs": None},
        "electrolyte": KCL_WATER,
        "terminals": {"left": {"concentration": 1.0, "potential": 0.05}, "right": {"concentration": 100.0}},
        "walls": {"channel": {"surface_charge": -0.048e-2}},
        "mesh": {"tolerance": 1e-7},
        "solver": {"flow": "none"},
    }
    record, messages = messages_of(caplog, data)
    assert not record.reached, "a small difference of two numbers with few digits is an accident"
    assert len(record.steps) < 15
    assert messages[-1].startswith("warning: the current has an estimated error of")
    assert not any("inf" in message for message in messages)


# --------------------------------------------------------------------------------------------- mesh files
REGIONS = ("channel", "reservoir_base", "reservoir_tip")


def write_mesh(path: Path) -> None:
    """A coarse mesh of the cone as a file of its own, in nanometres. Collective."""
    geometry = Case.model_validate(CONE).geometry
    sizes = MeshSizes(wall=1e-9, corner=0.3e-9, growth=4.0, axial_cells=4, layers=3, fan=3)

    def write() -> None:
        with gmsh_session() as gmsh:
            draw(gmsh, geometry, sizes)  # type: ignore[arg-type]
            gmsh.write(str(path))

    on_root(MPI.COMM_WORLD, write)


def of_file(path: Path, **mesh: Any) -> dict[str, Any]:
    """The case of the cone with a mesh file."""
    names = {name: name for name in ("base", "tip")}
    walls = {name: name for name in ("channel", "membrane_face")}
    geometry = {
        "type": "file",
        "path": str(path),
        "symmetry": "axisymmetric",
        "scale": 1e-9,
        "terminals": names,
        "walls": walls,
        "axis": "axis",
        "channel": {"start": 0.0, "stop": 60e-9},
    }
    regions = dict.fromkeys(REGIONS, "fluid")
    return CONE | {"geometry": geometry, "mesh": mesh, "regions": regions}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that all ranks share."""
    return Path(MPI.COMM_WORLD.bcast(str(tmp_path)))


def test_a_mesh_file_is_refined_by_bisection(folder: Path, truth: dict[str, Any]) -> None:
    path = folder / "cone.msh"
    write_mesh(path)
    tolerance = 4e-3
    simulation, (found,) = opened(of_file(path, tolerance=tolerance))
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert record.grid_lines is None
    assert len(record.steps) > 1
    assert not simulation.can_be_resumed
    assert abs(found["current [A]"] / truth["current [A]"] - 1) < tolerance
    assert set(simulation.tagged.boundaries) == {"base", "tip", "channel", "membrane_face", "axis"}
    assert simulation.tagged.strips is None
    comm, topology = MPI.COMM_WORLD, simulation.problem.mesh.topology
    topology.create_connectivity(1, 2)
    for name in simulation.tagged.boundaries:
        assert comm.allreduce(len(simulation.tagged.facets_of(name))) > 0, name
    from dolfinx.mesh import exterior_facet_indices

    outside = exterior_facet_indices(topology)
    assert np.isin(outside, simulation.tagged.facets_of(*simulation.tagged.boundaries)).all(), (
        "every boundary keeps its name"
    )


def test_bisection_keeps_every_boundary_and_region(folder: Path) -> None:
    """Halving all edges twice: lengths of boundaries and areas of regions stay."""
    import ufl
    from dolfinx import fem

    path = folder / "cone.msh"
    write_mesh(path)
    names = {name: name for name in ("base", "tip", "channel", "membrane_face", "axis")}
    geometry = Case.model_validate(of_file(path)).geometry
    assert isinstance(geometry, File)
    tagged, _ = read(path, geometry, REGIONS, DrawingSizes(1e-9, 1e-9, 2.0, ()), MPI.COMM_WORLD)
    sizes = []
    for _ in range(3):
        ds = ufl.Measure("ds", tagged.mesh, subdomain_data=tagged.facets)
        dx = ufl.Measure("dx", tagged.mesh, subdomain_data=tagged.cells)
        one = fem.Constant(tagged.mesh, 1.0)
        forms = [one * ds(tagged.boundaries[name]) for name in sorted(names)]
        forms += [one * dx(tagged.regions[name]) for name in sorted(tagged.regions)]
        local = np.array([fem.assemble_scalar(fem.form(form)) for form in forms])
        sizes.append(MPI.COMM_WORLD.allreduce(local, op=MPI.SUM))
        tagged.mesh.topology.create_entities(1)
        edges = tagged.mesh.topology.index_map(1)
        tagged = refined(tagged, np.arange(edges.size_local + edges.num_ghosts))
    assert len(sizes[0]) == 8
    assert (sizes[0] > 0).all()
    assert sizes[1] == pytest.approx(sizes[0], rel=1e-12)
    assert sizes[2] == pytest.approx(sizes[0], rel=1e-12)


def test_quadrilaterals_are_refused(folder: Path) -> None:
    import meshio

    path = folder / "slit.msh"
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, 20, 6), np.linspace(0, 4, 4)))
    points = np.column_stack([x, y, 0 * x])
    cells = [[6 * j + i, 6 * j + i + 1, 6 * j + i + 7, 6 * j + i + 6] for j in range(3) for i in range(5)]
    lines = {
        "left": [[6 * j, 6 * j + 6] for j in range(3)],
        "right": [[6 * j + 5, 6 * j + 11] for j in range(3)],
        "axis": [[i, i + 1] for i in range(5)],
        "channel": [[18 + i, 19 + i] for i in range(5)],
    }
    blocks = [("quad", cells), *(("line", pairs) for pairs in lines.values())]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {"fluid": np.array([1, 2])} | {name: np.array([k, 1]) for k, name in enumerate(lines, start=2)}
    mesh = meshio.Mesh(points, blocks, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags}, field_data=names)
    on_root(MPI.COMM_WORLD, lambda: meshio.write(path, mesh, file_format="gmsh22", binary=False))
    geometry = {
        "type": "file",
        "path": str(path),
        "symmetry": "planar",
        "width": 1e-6,
        "scale": 1e-9,
        "terminals": {"left": "left", "right": "right"},
        "walls": {"channel": "channel"},
        "axis": "axis",
    }
    data = CONE | {"geometry": geometry, "terminals": {"left": {"potential": 0.1}}}
    # such a mesh can be computed on, with error bars
    measured = row(data)
    assert 0 < measured["current_error [A]"] < 0.1 * measured["current [A]"]
    with pytest.raises(MeshError, match=r"only mesh files of triangles can be refined; leave out mesh\.tolerance"):
        adapt(data | {"mesh": {"tolerance": 1e-9}})
