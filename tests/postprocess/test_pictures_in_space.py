"""Pictures of devices in three dimensions: sections, mirror images, walls, lines, level surfaces, turntables, and errors."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from postprocess.pictures.chosen import Chosen
from postprocess.pictures.cuts import cut_figure
from postprocess.pictures.fields import FieldFiles
from postprocess.pictures.frame import Frame
from postprocess.pictures.marks import terminal_places, terminals_in_section
from postprocess.pictures.planes import Plane
from postprocess.pictures.render import draw_pictures, render
from postprocess.pictures.scenes import SCENES
from postprocess.pictures.spatial import scenery, spatial_figure
from postprocess.pictures.stage import SHADE, paint, poses
from postprocess.pictures.state import State
from postprocess.pictures.tone import Tone
from postprocess.pictures.tracks import tracks
from postprocess.pictures.turntable import turning
from postprocess.pictures.view import View, choose_view
from postprocess.pictures.volume import Volume, whole
from postprocess.pictures.walls import CHARGE, wall_faces, walls
from postprocess.report.sections.fields import content
from postprocess.tables.result import load
from python_interface import picturing
from solver.case.loading import load_case
from solver.results.headers import SECTION_FLOW_ERROR
from solver.results.rows import ResultError
from tests.support.synthetic import write_result
from tests.support.synthetic_space import NM, cone, slit, write_fields, write_space

pytestmark = pytest.mark.serial

CONE, SLIT = cone(), slit()


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_space(tmp_path_factory.mktemp("cone") / "r", CONE)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_space(tmp_path_factory.mktemp("slit") / "r", SLIT, (1.0,))


def volume_of(path: Path, point: int = 0) -> Volume:
    found = FieldFiles(path).whole(point)
    assert isinstance(found, Volume)
    return found


def places(state: State) -> np.ndarray[Any, Any]:
    """Points (n, 3) of a section, along z, x and y."""
    assert state.axes is not None
    found = np.zeros((len(state.points), 3))
    for values, name in zip(state.points.T, state.axes, strict=True):
        found[:, "zxy".index(name)] = values
    return found


def test_sections_have_the_areas_of_the_device_and_the_values_at_the_nodes(flat: Path) -> None:
    volume = volume_of(flat)
    assert volume.mirrors == (1, 2)
    half = volume.section(Plane(2))  # in the plane of the mesh: its own faces, curved sides and all
    assert (half.axes, half.mirrored, half.place) == (("z", "x"), True, "y = 0")
    assert half.areas.sum() / NM**2 == pytest.approx(200 * 30 + 2 * 100 * 70, rel=1e-9)
    exact = SLIT.fields(places(half), 1.0)
    np.testing.assert_allclose(half.data["salt"], exact["salt"], rtol=1e-12)
    np.testing.assert_allclose(half.data["velocity"][:, 0], exact["velocity"][:, 0], rtol=1e-9, atol=1e-12)
    for z in (73 * NM, 100 * NM):  # through cells, and between them, and completed
        across = volume.section(Plane(0, z))
        assert (across.axes, across.mirrored) == (("x", "y"), False)
        assert across.areas.sum() / NM**2 == pytest.approx(60 * 20, rel=1e-9)
        border = across.points[across.boundary]
        assert np.linalg.norm(border[:, 1] - border[:, 0], axis=1).sum() / NM == pytest.approx(160.0, rel=1e-9)
    np.testing.assert_allclose(across.points.min(axis=0), -across.points.max(axis=0), rtol=1e-9)
    inner = volume.section(Plane(1, -11 * NM))  # the mirror image of x = 11 nm
    assert inner.areas.sum() / NM**2 == pytest.approx(200 * 10 + 2 * 100 * 50, rel=1e-9)


def test_a_section_of_a_quarter_is_that_of_the_whole(flat: Path, tmp_path: Path) -> None:
    """Also of the vectors: their parts across a mirror change the sign with the side."""
    full = volume_of(write_space(tmp_path / "r", slit("full"), (1.0,)))
    assert full.mirrors == ()
    for plane in (Plane(2), Plane(1), Plane(0, 100 * NM)):
        one, other = volume_of(flat).section(plane), full.section(plane)
        assert (2.0 if one.mirrored else 1.0) * one.areas.sum() == pytest.approx(other.areas.sum(), rel=1e-6)
    view = choose_view(load(tmp_path / "r"), full.section(Plane(2)), "channel")
    assert (view.box[2], view.mirrored) == (-view.box[3], False), "about the axis, without a mirror"


def test_the_widest_section_of_a_sweep_of_the_size_is_whole(flat: Path, tmp_path: Path) -> None:
    wide = volume_of(write_space(tmp_path / "r", slit(width=120.0), (1.0,)))
    for plane, width in ((Plane(2), 1.5 * 60), (Plane(0, 100 * NM), 1.0 * 60)):
        states = [volume.section(plane) for volume in (volume_of(flat), wide)]
        box = choose_view(load(flat), states[0], "channel", states).box
        assert max(box[1] if plane.normal == 0 else box[3], 0.0) / NM == pytest.approx(width, rel=0.05)


def test_mirrors_are_those_of_the_part_that_the_result_names(flat: Path) -> None:
    """A device that has a mesh as a whole may begin at x = 0 and y = 0."""
    for part, mirrors in (("quarter", (1, 2)), ("half", (2,)), ("full", ())):
        found = FieldFiles(flat, part).whole(0)
        assert isinstance(found, Volume)
        assert found.mirrors == mirrors


def test_vectors_change_the_sign_of_their_part_across_a_mirror(round_: Path) -> None:
    volume = volume_of(round_, 1)
    section = volume.section(Plane(0, 150 * NM))
    assert section.areas.sum() == pytest.approx(math.pi * (8.75 * NM) ** 2, rel=2e-3), (
        "round, not a polygon of the cells"
    )
    x, y = section.points.T
    # towards the axis, in all four quarters; the axial part comes last in a section across the axis
    inwards = section.data["velocity"][:, 0] * x + section.data["velocity"][:, 1] * y
    assert (inwards[np.hypot(x, y) < 0.9 * 8.75 * NM] <= 1e-9 * np.abs(inwards).max()).all()
    assert section.data["velocity"][:, 2].min() > -1e-12 * section.data["velocity"][:, 2].max()
    surface = whole(volume.surface(volume.boundary, ["velocity"]), volume.mirrors)
    assert surface.n_points == 4 * volume.surface(volume.boundary).n_points
    copies = np.asarray(surface["velocity"]).reshape(4, -1, 3)
    np.testing.assert_array_equal(copies[1], copies[0] * [1, -1, 1])
    np.testing.assert_array_equal(copies[2], copies[0] * [1, 1, -1])
    np.testing.assert_array_equal(copies[3], copies[0] * [1, -1, -1])


def test_pieces_of_several_ranks_are_joined(round_: Path, tmp_path: Path) -> None:
    write_fields(tmp_path / "fields", CONE, {0: -1.0}, pieces=3)
    one, three = volume_of(round_), volume_of(tmp_path)
    assert len(three.points) == len(one.points)
    assert len(three.outer) == len(one.outer), "no faces between the pieces"


def test_walls_and_their_charge(round_: Path) -> None:
    """The charge that the gradient at the wall stands for, of a potential that falls linearly off it."""
    result, files = load(round_), FieldFiles(round_)
    mesh = files.dataset(1)
    z, x, y = np.asarray(mesh.points).T
    slope = 15.0 / 200.0
    radius = 20 * NM - slope * z
    mesh.point_data["potential"] = 1e6 * (radius - np.hypot(x, y)) / math.hypot(1.0, slope)
    volume = Volume.of(mesh)
    faces = wall_faces(result, volume)
    at = volume.points[faces]
    assert (at[:, :, 0].min(), at[:, :, 0].max()) == pytest.approx((0.0, 200 * NM), abs=1e-15)
    assert (np.abs(at[:, :, 1:]).max(axis=1) > 0.0).all(), "no planes of symmetry"
    surface = walls(result, 1, volume, CHARGE)
    away = np.hypot(*np.asarray(surface.points).T[1:])
    inner = np.abs(away - (20 * NM - slope * surface.points[:, 0])) < 1e-3 * NM
    charge = np.asarray(surface[CHARGE])[inner]
    exact = -78.5 * 8.8541878e-12 * 1e6
    assert np.median(charge) == pytest.approx(exact, rel=0.01)
    assert (np.abs(charge / exact - 1.0) < 0.1).mean() > 0.85
    mouth = np.asarray(surface[CHARGE])[inner & (surface.points[:, 0] == 0.0)]
    assert max(mouth / exact) == pytest.approx(1.0, rel=0.05)
    assert min(mouth / exact) == pytest.approx(slope, rel=0.05), "the face of the membrane has its own"
    surface = walls(result, 1, volume, "salt")
    area = surface.area / NM**2
    exact = math.pi * 25 * math.hypot(200, 15) + 2 * math.pi * 100**2 - math.pi * (20**2 + 5**2)
    assert area == pytest.approx(exact, rel=0.02)


def test_lines_follow_the_flow_into_the_tip(round_: Path) -> None:
    result, volume = load(round_), volume_of(round_, 1)
    frame = Frame.of(result, [volume], "channel")
    found = tracks(volume, "velocity", frame)
    assert len(found) > 20
    assert len(found) % 4 == 0
    through = [line for line, _ in found if line[0, 0] < 0.3 and line[-1, 0] > 0.7]
    assert len(through) >= 8
    for line in through:
        away = np.hypot(line[:, 1], line[:, 2])
        assert away[-1] < 0.6 * away[0] + 1e-6
    starts = np.array([line[0] for line, _ in found])
    np.testing.assert_allclose(starts[:, 1:].mean(axis=0), 0.0, atol=1e-12)


def test_surfaces_lie_where_the_field_has_their_value(flat: Path) -> None:
    shown = scenery(load(flat), "iso", "salt", (), "channel", ["8 mM", "30 mM"])
    assert shown.title.endswith("salt = 8 mM, 30 mM")
    (shot,) = shown.shots[0]
    surface = shot.volume.level(shot.volume.data["salt"], 8.0)
    assert surface.n_points > 50
    exact = SLIT.fields(np.asarray(surface.points), 1.0)["salt"]
    np.testing.assert_allclose(np.asarray(surface["salt"]), 8.0, rtol=1e-9)
    np.testing.assert_allclose(np.median(exact), 8.0, rtol=0.05)
    drawn = SCENES["iso"](shot)
    assert len(drawn) == 3, "two surfaces, and the walls around them"
    opened = np.asarray(drawn[0].surface.points)
    assert not ((opened[:, 1] < -1e-6) & (opened[:, 2] > 1e-6)).any(), "a quarter is left out"


@pytest.mark.parametrize(
    ("part", "window"), [("quarter", "channel"), ("quarter", "device"), ("half", "channel"), ("full", "channel")]
)
def test_the_body_is_the_same_of_every_part_of_the_mesh(part: Any, window: str, tmp_path: Path) -> None:
    """Its surface without a quarter, closed by what is seen inside and where the frame ends."""
    path = write_space(tmp_path / "r", slit(part), (1.0,))
    (shot,) = scenery(load(path), "body", "salt", (), window).shots[0]
    layers = SCENES["body"](shot)
    area = sum(layer.surface.area for layer in layers if layer.surface.n_cells)
    assert shot.frame.stretch == 1.0
    a, b = 60.0, 20.0  # nm: width and height of the slit
    w, h = (shot.frame.high - shot.frame.low)[1:] / NM
    t = -shot.frame.low[0] / NM  # of the reservoirs, along the axis
    ends, faces = 0.75 * w * h, 0.75 * (w * h - a * b)
    sides = 0.75 * (200 * 2 * (a + b) + 2 * t * 2 * (w + h))
    cuts = 200 * (a + b) / 2 + 2 * t * (w + h) / 2
    scale = (200 + 2 * t) ** 2
    assert area * scale == pytest.approx(2 * ends + 2 * faces + sides + cuts, rel=1e-3)
    for layer in layers:
        if layer.surface.n_points:
            assert np.asarray(layer.surface[SHADE]).max() > 0.0


def test_slender_devices_are_stretched(tmp_path: Path) -> None:
    path = write_space(tmp_path / "r", cone(length=2000.0), (1.0,))
    frame = Frame.of(load(path), [volume_of(path)], "channel")
    assert frame.stretch >= 15.0
    ends = frame.place(np.array([frame.low, frame.high]))
    assert np.ptp(ends[:, 0]) == pytest.approx(1.0)
    assert 0.2 < np.ptp(ends[:, 1]) < 0.6
    assert "(transverse ×" in scenery(load(path), "walls", "salt", (), "channel").title


def test_cuts_along_lines(flat: Path) -> None:
    result = load(flat)
    chosen = Chosen.of(result, "salt", ())
    for cut, label, ends in (
        ("axis", "z [nm]", (-100, 300)),
        ("z = 100 nm", "x [nm]", (0, 30)),
        ("z = 100 nm, x = 0", "y [nm]", (0, 10)),
        ("x = -12 nm, y = 5 nm", "z [nm]", (-100, 300)),
    ):
        (axes,) = cut_figure(result, chosen, cut).axes
        assert axes.get_xlabel() == label
        x, salt = axes.lines[0].get_data()
        assert (min(x), max(x)) == pytest.approx(ends, abs=0.5)
        points = {"z": np.full(len(x), 100.0), "x": np.zeros(len(x)), "y": np.zeros(len(x)), label[0]: np.asarray(x)}
        if cut.startswith("x"):
            points |= {"x": np.full(len(x), 12.0), "y": np.full(len(x), 5.0)}
        exact = SLIT.fields(NM * np.column_stack([points[name] for name in "zxy"]), 1.0)["salt"]
        assert np.median(np.abs(salt / exact - 1.0)) < 0.1
    with pytest.raises(
        ResultError, match=r"does not meet the device, which has z from −100 nm to 300 nm, x from −70 nm"
    ):
        cut_figure(result, chosen, "x = 1 um")
    with pytest.raises(ResultError, match="is a point; a cut is a line"):
        cut_figure(result, chosen, "x = 1 nm, y = 1 nm, z = 0")


def test_pictures_are_drawn_and_nothing_is_cut_off(round_: Path, flat: Path, tmp_path: Path) -> None:
    files = [
        *render(flat, out=tmp_path / "default"),
        *render(flat, "velocity", out=tmp_path / "plane", planes=["z = 0.1 um"]),
        *render(round_, at=["1 V"], out=tmp_path, walls=True),
    ]
    assert [path.name for path in files] == [
        "fields.png", "velocity-z=0.1um.png", "walls-1V.png"
    ]  # fmt: skip
    for path in files:
        image = imread(path)[:, :, :3]
        edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        assert np.all(edges == edges[0]), path
        assert (np.ptp(image, axis=2) > 0.2).mean() > 0.05, path
    mesh = draw_pictures(load(flat), "mesh")["mesh"]
    assert len(mesh.axes[0].collections) >= 2


def test_terminals_are_named_where_they_are(flat: Path) -> None:
    result, volume = load(flat), volume_of(flat)
    assert terminal_places(result, volume) == {}, "not said by the result"
    ends = {"base": [[-100.0, -100.0], [0, 70], [0, 50]], "tip": [[300.0, 300.0], [0, 70], [0, 50]]}
    boxes = {name: [*(np.array(box) * NM).tolist(), [0.0, 0.0, 0.0]] for name, box in ends.items()}
    result.run["mesh"]["boundaries"] = boxes
    found = terminal_places(result, volume)
    for name, z, way in (("base", -100.0, -1.0), ("tip", 300.0, 1.0)):
        place, normal = found[name]
        np.testing.assert_allclose(place / NM, [z, 0.0, 0.0], atol=1e-9)
        np.testing.assert_array_equal(normal, [way, 0.0, 0.0])
    texts = [text.get_text() for text in spatial_figure(scenery(result, "body", None, (), "channel")).axes[0].texts]
    assert {"base", "tip", "x 20 nm"} <= set(texts)
    for planes, named in ((["y = 0"], {"base", "tip"}), (["x = -20 nm"], {"base", "tip"}), (["z = 0.1 um"], set())):
        [figure] = draw_pictures(result, "salt", planes=planes).values()
        assert {text.get_text() for text in figure.axes[0].texts} == named


def test_a_terminal_of_a_section_is_named_at_the_end_that_it_reaches(flat: Path) -> None:
    """One above the device is wider than high."""
    result = load(flat)
    ends = {"left": [[-100.0, -60.0], [-70, 20], [0, 50]], "top": [[60.0, 140.0], [10, 70], [0, 50]]}
    boxes = {name: [*(np.array(box) * NM).tolist(), [0.0, 0.0, 0.0]] for name, box in ends.items()}
    result.run["mesh"]["boundaries"] = boxes
    result.run["geometry"]["terminals"] = list(ends)
    state = volume_of(flat).section(Plane())
    view = View((-100 * NM, 300 * NM, -70 * NM, 70 * NM), 1.0, "x", mirrored=False)
    places = {place.name: place.at for place in terminals_in_section(result, replace(state, mirrored=False), view)}
    np.testing.assert_allclose(places["left"], [-100 * NM, 0.0], atol=1e-12)
    np.testing.assert_allclose(places["top"], [100 * NM, 70 * NM])


def test_spikes_do_not_set_the_scale_of_colours() -> None:
    values, areas = np.linspace(0.5, 1.0, 10_000), np.full(10_000, 1e-4)
    values[:10] = 50.0
    plain, cut = (Tone.of_values("electric_field", values, areas, in_space) for in_space in (False, True))
    assert plain.norm.vmax == pytest.approx(50.0 * plain.scale.factor)
    assert cut.norm.vmax == pytest.approx(1.0 * cut.scale.factor, rel=1e-2)
    assert cut.extend == "max"
    charges = np.where(areas.cumsum() < 0.5, 1e-5, -0.01)
    assert Tone.of_values("surface_charge", charges, areas).norm.vmax < 1.0, "of one sign but for rounding"


def test_titles_say_where_the_velocity_is_off(flat: Path) -> None:
    result = load(flat)
    assert "sections" not in scenery(result, "lines", None, (), "channel").title
    result.observables[SECTION_FLOW_ERROR] = 0.07
    assert scenery(result, "lines", None, (), "channel").title.endswith("flow through sections ± 7 %")
    assert "sections" not in scenery(result, "body", "salt", (), "channel").title


def test_a_turn_shows_the_device_from_all_sides(flat: Path) -> None:
    shown = scenery(load(flat), "body", "salt", (), "channel")
    layers = SCENES["body"](shown.shots[0][0])
    turns, ratio = poses(layers, [0.0, 90.0])
    ahead, aside = paint(layers, "viridis", turns, ratio)
    assert ahead.shape == aside.shape
    filled = [(image < 250).any(axis=2).any(axis=0).mean() for image in (ahead, aside)]
    assert filled[0] > 0.9
    assert filled[1] < 0.75, "along the axis it is narrower"
    frames = list(turning(shown, 2))
    assert frames[0].shape == frames[1].shape
    assert (frames[0] != frames[1]).any(axis=2).mean() > 0.1


def test_the_report_shows_the_plane(flat: Path) -> None:
    found = content(load(flat))
    assert found is not None
    assert found["data"]["mirrored"]
    assert found["data"]["y"]["label"] == "x [nm]"


def test_what_there_is_in_one_dimension_only_is_refused(flat: Path, tmp_path: Path) -> None:
    plane = write_result(tmp_path / "r", (1.0,))
    for keys, message in (
        ({"planes": ["x = 0"]}, "a plane is chosen in devices in three dimensions, and this one has two"),
        ({"walls": True}, "walls are drawn in devices in three dimensions"),
        ({"lines": True}, "lines are drawn in devices in three dimensions"),
        ({"iso": ["5 mM"]}, "surfaces are drawn in devices in three dimensions"),
    ):
        with pytest.raises(ResultError, match=message):
            draw_pictures(load(plane), **keys)
    result = load(flat)
    for keys, message in (
        ({"planes": ["q = 2"]}, "is no plane; write"),
        ({"planes": ["z = 2 um"]}, "the plane z = 2 µm does not meet the device, which has z from"),
        ({"planes": ["z = 1 nm"], "window": "base"}, "a section across the axis is shown as a whole"),
        ({"lines": True, "field": "salt"}, "there are no lines along 'salt'; there are those of velocity"),
        ({"iso": ["5 V"]}, "no level of salt: '5 V' is not a quantity in mol/m"),
        ({"iso": ["5 M"]}, "no surface of '5 M': salt is from"),
        ({"iso": [], "walls": True}, "walls and iso are pictures of their own"),
        ({"walls": True, "field": "mesh"}, "of the mesh there is neither"),
        ({"walls": True, "window": "nose"}, "no window 'nose'"),
    ):
        with pytest.raises(ResultError, match=message):
            draw_pictures(result, **keys)


def test_the_device_is_whole_before_it_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[State] = []
    monkeypatch.setattr(picturing, "draw_device", lambda state, *_: drawn.append(state))
    picturing.picture(load_case(Path(__file__).parents[2] / "cases/cone_3d"), tmp_path / "device.png")
    assert drawn[0].mirrored
