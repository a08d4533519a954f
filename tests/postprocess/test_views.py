"""More views of fields: electric field and current density, mesh, cuts, bodies of revolution."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import pyvista
from matplotlib.image import imread

from postprocess.figures.style import new_figure
from postprocess.pictures.chosen import Chosen
from postprocess.pictures.cuts import cut_figure
from postprocess.pictures.derived import current_density, electric_field
from postprocess.pictures.fields import FieldFiles
from postprocess.pictures.materials import GATE, TERMINAL, WALL, Plan, _outline, name_places
from postprocess.pictures.render import draw_pictures, render
from postprocess.pictures.state import State
from postprocess.pictures.view import View
from postprocess.tables.result import Result, load
from python_interface.picturing import picture
from solver.case.case import Case
from solver.results.rows import ResultError
from tests.support import filled_slit
from tests.support.synthetic import Cone, write_result
from validation.devices import KCL_WATER

FARADAY, THERMAL_VOLTAGE = 96485.33212, 8.314462618 * 298.15 / 96485.33212
DIFFUSIVITIES = {"K": 1.957e-9, "Cl": 2.032e-9}


@pytest.fixture(scope="module")
def cone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("cone") / "r", (0.0, 1.0, -1.0))


def with_electrolyte(path: Path) -> Result:
    """A result whose case says what the liquid is."""
    result = load(path)
    result.run["case"]["electrolyte"] = KCL_WATER | {"concentration": 10.0, "temperature": 298.15}
    return result


def test_electric_field_of_a_quadratic_potential() -> None:
    """Exact on cells with six nodes, at inner and outer nodes, in metres."""
    mesh = Cone().mesh(8)
    z, r = np.asarray(mesh.points)[:, :2].T
    mesh.point_data["potential"] = 3e5 * z + 2e12 * z * r - 1e12 * r**2
    found = electric_field(None, 0, mesh)
    wanted = -np.column_stack([3e5 + 2e12 * r, 2e12 * z - 2e12 * r, 0.0 * r])
    np.testing.assert_allclose(found, wanted, atol=1e-9 * np.abs(wanted).max())


def test_current_density_where_layers_cancel(cone: Path) -> None:
    """Diffusion and migration across a double layer cancel; what drives is the slope of electrochemical potentials."""
    result = with_electrolyte(cone)
    mesh = Cone().mesh(8)
    z, r = np.asarray(mesh.points)[:, :2].T
    y = -4.0 * np.exp((r - 50e-9) / 3e-9).clip(max=1.0) + 2e6 * z
    slopes = {"K": 2e6, "Cl": -1e6}
    mesh.point_data["potential"] = THERMAL_VOLTAGE * y
    mesh.point_data["velocity"] = np.column_stack([1e-3 + 0.0 * z, 0.0 * z, 0.0 * z])
    wanted = 0.0 * z
    for name, valence in (("K", 1), ("Cl", -1)):
        c = 10.0 * np.exp(slopes[name] * z - valence * y)
        mesh.point_data[f"concentration_{name}"] = c
        wanted += FARADAY * valence * c * (1e-3 - DIFFUSIVITIES[name] * slopes[name])
    found = current_density(result, 0, mesh)
    np.testing.assert_allclose(found[:, 0], wanted, rtol=1e-5)
    assert np.max(np.abs(found[:, 1])) < 1e-5 * np.max(np.abs(wanted)), "nothing flows across the layer"


def test_current_density_knows_the_diffusivities_of_membranes_and_leaves_solids_out(cone: Path) -> None:
    """The same slopes in two halves of free liquid and membrane; beyond them nothing is known."""
    result = with_electrolyte(cone)
    plug = {"type": "membrane", "diffusivity_factor": {"K": 0.1, "Cl": 0.5}}
    glass = {"type": "dielectric", "relative_permittivity": 4.0}
    result.run["case"]["regions"] = {"water": "fluid", "plug": plug, "glass": glass}
    result.run["mesh"] = {"regions": {"water": 1, "plug": 2, "glass": 3}}
    corners = 1e-9 * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    nodes = np.concatenate([corners, (corners + np.roll(corners, -1, axis=0)) / 2])
    points = np.concatenate([nodes + np.array([k * 1e-9, 0.0, 0.0]) for k in range(3)])
    cells = np.insert(np.arange(18).reshape(3, 6), 0, 6, axis=1).ravel()
    mesh = pyvista.UnstructuredGrid(cells, [pyvista.CellType.QUADRATIC_TRIANGLE] * 3, points)
    mesh.cell_data["region"] = [1.0, 2.0, 3.0]
    z = points[:, 0]
    mesh.point_data["potential"] = 0.0 * z
    for name, slope in (("K", 1e6), ("Cl", 0.0)):
        mesh.point_data[f"concentration_{name}"] = np.where(np.arange(18) < 12, 10.0 * np.exp(slope * z), np.nan)
    water, membrane, solid = current_density(result, 0, mesh)[:, 0].reshape(3, 6)
    wanted = -FARADAY * DIFFUSIVITIES["K"] * mesh.point_data["concentration_K"] * 1e6
    np.testing.assert_allclose(water, wanted[:6], rtol=1e-5)
    np.testing.assert_allclose(membrane, 0.1 * wanted[6:12], rtol=1e-5)
    assert np.isnan(solid).all()


def test_current_density_needs_regions_and_electrolyte_of_the_result(cone: Path) -> None:
    result = with_electrolyte(cone)
    result.run["case"]["regions"] = {"plug": {"type": "gel"}}
    with pytest.raises(ResultError, match="needs regions that this version knows"):
        draw_pictures(result, "current_density")
    result.run["case"]["regions"] = {"plug": {"type": "membrane", "diffusivity_factor": 0.1}}
    with pytest.raises(ResultError, match="do not say their regions"):
        draw_pictures(result, "current_density")
    with pytest.raises(ResultError, match=r"run\.json does not say the electrolyte"):
        draw_pictures(load(cone), "current_density")


def test_pictures_of_derived_fields_and_of_the_mesh(cone: Path) -> None:
    (picture,) = draw_pictures(with_electrolyte(cone), "current_density", ["1 V"]).values()
    assert picture.axes[1].get_ylabel().startswith("current density [")
    (picture,) = draw_pictures(load(cone), "mesh").values()
    (axes,) = picture.axes
    cells = FieldFiles(cone).dataset(0).n_cells
    _, lines = axes.collections
    state = FieldFiles(cone).read(0)
    assert len(lines.get_segments()) == 2 * len(state.sides), "both halves"
    assert len(state.sides) == (3 * cells + len(state.boundary) // 2) // 2, "every side once"


def test_cuts(cone: Path) -> None:
    result = load(cone)
    chosen = Chosen.of(result, "potential", ["-1 V", "1 V"])
    figure = cut_figure(result, chosen, "axis")
    assert figure.get_suptitle() == "Conical nanopore: cut along the axis"
    x, y = figure.axes[0].lines[1].get_data()
    places = np.column_stack([1e-6 * x, 0.0 * x, 0.0 * x])
    np.testing.assert_allclose(y, Cone().fields(places, 1.0)["potential"], atol=5e-3)
    figure = cut_figure(result, chosen, "z = 0.5 um")
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("r [nm]", "potential [V]")
    x = figure.axes[0].lines[0].get_xdata()
    assert (x[0], x[-1]) == pytest.approx((0.0, 27.5), abs=0.1), "up to the wall"
    assert [axes.get_ylabel() for axes in draw_pictures(result, cut="r = 2 nm")["cut-r=2nm"].axes[:2]] == [
        "salt [mM]", "potential [V]"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        ("x = 1 nm", r"'x = 1 nm' is no cut; write axis, 'z = 0\.5 um' or 'r = 2 nm'"),
        ("z = 3 mV", "'z = 3 mV': "),
        (
            "z = 3 um",
            r"the cut 'z = 3 um' does not meet the device, which has z from −500 nm to 1\.5 µm, r from 0 m to",
        ),
    ],
)
def test_cuts_that_are_none(cone: Path, cut: str, message: str) -> None:
    with pytest.raises(ResultError, match=message):
        render(cone, cut=cut)


def test_cut_through_a_slender_device(tmp_path: Path) -> None:
    """Ten thousand times as long as wide: still all the way to the wall."""
    slender = Cone(length=100e-6, radius_base=10e-9, radius_tip=10e-9, reservoir=0.0)
    result = load(write_result(tmp_path / "r", (1.0,), cone=slender))
    x = cut_figure(result, Chosen.of(result, "salt", ()), "z = 50 um").axes[0].lines[0].get_xdata()
    assert len(x) == 800
    assert x[-1] == pytest.approx(10.0, rel=1e-3)


def test_body_of_revolution(cone: Path, tmp_path: Path) -> None:
    (file,) = render(cone, "salt", ["1 V"], tmp_path / "body.png", body=True)
    image = imread(file)[:, :, :3]
    assert np.mean(np.ptp(image, axis=2) > 0.2) > 0.02, "colours"
    (figure,) = draw_pictures(load(cone), "salt", body=True).values()
    assert figure.get_suptitle() == "Conical nanopore (radius × 3)"
    planar = load(cone)
    planar.run["geometry"]["symmetry"] = "planar"
    with pytest.raises(ResultError, match="a planar device has no body of revolution"):
        draw_pictures(planar, "salt", body=True)


def test_the_outline_of_a_region_closes_around_holes() -> None:
    """A square ring of eight squares, of which the middle one is another region."""
    x, y = np.meshgrid(np.arange(4.0), np.arange(4.0), indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel()])
    squares = np.array([[4 * i + j, 4 * i + 4 + j, 4 * i + 5 + j, 4 * i + j + 1] for i in range(3) for j in range(3)])
    triangles = squares[:, [[0, 1, 2], [0, 3, 2]]].reshape(-1, 3)  # of both orientations
    regions = np.repeat(np.where(np.arange(9) == 4, 2, 1), 2)
    state = State(points, triangles, {}, regions=regions)
    ring, middle = _outline(state, 1), _outline(state, 2)
    assert ring is not None
    assert middle is not None
    assert _outline(state, 3) is None
    assert len(ring.to_polygons()) == 2
    areas = sorted(0.5 * float(np.sum(p[:-1, 0] * p[1:, 1] - p[1:, 0] * p[:-1, 1])) for p in ring.to_polygons())
    assert areas == pytest.approx([-1.0, 9.0])
    assert len(state.interfaces) == 4
    assert len(state.boundary) == 12


def test_the_device_is_drawn_before_it_is_computed(tmp_path: Path) -> None:
    mesh = filled_slit.write(tmp_path / "slit.msh", solid=True)
    case = Case.model_validate(filled_slit.values(mesh, solid=True))
    assert picture(case, tmp_path / "device.png").is_file()
    with pytest.raises(ResultError, match=r"a picture ends in \.png"):
        picture(case, tmp_path / "device.txt")


def test_floating_conductors_are_named_as_gates_are() -> None:
    box = ((0.0, 1.0), (0.0, 0.0), (0.5, 0.0))
    walls = {"ring": {"charge": 0.0}, "gate": {"potential": 0.0}, "channel": {"surface_charge": -0.01}, "rest": {}}
    plan = Plan.of({}, {}, dict.fromkeys(["left", *walls], box), ["left"], walls)
    assert {place.name: place.kind for place in plan.places} == {
        "left": TERMINAL,
        "ring": GATE,
        "gate": GATE,
        "channel": WALL,
    }


def test_names_of_places_do_not_cover_each_other() -> None:
    """Three walls of a device so thin that they are nearly one line."""
    boxes = {name: ((0.0, 1e-6), (r, r), (5e-7, r)) for name, r in (("gate", 3e-9), ("channel", 2e-9), ("ring", 1e-9))}
    plan = Plan.of({}, {}, boxes, [], {name: {"potential": 1.0} for name in boxes})
    state = State(np.array([[0.0, 0.0], [1e-6, 0.0], [1e-6, 1e-6], [0.0, 1e-6]]), np.array([[0, 1, 2], [0, 2, 3]]), {})
    axes = new_figure(5.0, 3.0).subplots()
    view = View((0.0, 1e-6, 0.0, 1e-6), 1.0, "r", mirrored=False)
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    name_places(axes, plan, state, view, *view.scales())
    boxes_of = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == list(boxes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes_of, 2))
