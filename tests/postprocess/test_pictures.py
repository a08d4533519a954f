"""Pictures of synthetic fields: reading pieces, views and stretch, colour scales, streamlines, files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvista
from matplotlib.colors import LogNorm, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.image import imread

from postprocess.pictures import render as pictures
from postprocess.pictures.fields import FieldFiles, fields_to_draw, full_name
from postprocess.pictures.painting import draw_walls, paint
from postprocess.pictures.state import State
from postprocess.pictures.streamlines import streamlines
from postprocess.pictures.tone import Tone
from postprocess.pictures.view import View, choose_view
from postprocess.tables.result import Result, load
from postprocess.tables.units import engineering
from solver.results.rows import ResultError
from tests.support.synthetic import Cone, write_fields, write_result
from tests.support.synthetic_time import STEPS, write_cycles

CONE = Cone()
COLLECTION = '<VTKFile type="Collection" version="1.0"><Collection>{}</Collection></VTKFile>'


@pytest.fixture(scope="module")
def cone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("cone") / "r", (0.0, 1.0, -1.0))


def state_of(path: Path, point: int = 1) -> tuple[Result, State]:
    return load(path), FieldFiles(path).read(point)


# ------------------------------------------------------------------------------------------------------------- reading


def test_read(cone: Path) -> None:
    files = FieldFiles(cone)
    assert files.points == [0, 1, 2]
    for point, bias in enumerate((0.0, 1.0, -1.0)):
        state = files.read(point)
        exact = CONE.fields(np.column_stack([state.points, 0.0 * state.points[:, 0]]), bias)
        for name in ("potential", "salt", "velocity"):
            np.testing.assert_allclose(state.data[name], exact[name], rtol=1e-6, atol=1e-12)
    length, tip, base, wide = 1e-6, 5e-9, 50e-9, 0.5e-6
    assert state.areas.sum() == pytest.approx(length * (tip + base) / 2 + 2 * wide * wide, rel=1e-6)


def test_pieces_of_two_ranks_are_joined(cone: Path, tmp_path: Path) -> None:
    """Ghost cells are dropped and shared points merged: the same mesh as from one rank, with a closed boundary."""
    write_fields(tmp_path / "fields", CONE, {0: (0.0, 10.0), 1: (1.0, 10.0)}, ranks=2)
    one, two = FieldFiles(cone).read(1), FieldFiles(tmp_path).read(1)
    assert two.points.shape == one.points.shape
    assert two.triangles.shape == one.triangles.shape
    assert two.boundary.shape == one.boundary.shape
    assert two.data["salt"].sum() == pytest.approx(one.data["salt"].sum())


def test_the_axis_is_no_wall(cone: Path) -> None:
    result, state = state_of(cone, 0)
    view, axes, metre = choose_view(result, state, "device"), Figure().subplots(), engineering([1.0], "m")
    draw_walls(axes, state, view, metre, metre)
    lines = np.array(axes.collections[0].get_segments())
    z, r = lines[: len(lines) // 2].transpose(2, 0, 1)
    assert np.all(r.max(axis=1) > 0.0)
    length = np.hypot(np.diff(z), np.diff(r)).sum()
    wall = np.hypot(1e-6, 45e-9) + (0.5e-6 - 50e-9) + (0.5e-6 - 5e-9)
    assert length == pytest.approx(wall + 2 * (0.5e-6 + 0.5e-6), rel=1e-6)


def test_other_cells_are_split_by_vtk(cone: Path, tmp_path: Path) -> None:
    """Fields on cells that the solver does not write, here linear quadrilaterals."""
    x, y = np.meshgrid(np.linspace(0, 1e-6, 11), np.linspace(0, 1e-7, 6), indexing="ij")
    grid = pyvista.StructuredGrid(x, y, 0 * x).cast_to_unstructured_grid()
    grid["salt"] = grid.points[:, 0] * 1e6
    (tmp_path / "fields").mkdir()
    grid.save(tmp_path / "fields" / "a.vtu")
    (tmp_path / "fields" / "fields.pvd").write_text(COLLECTION.format('<DataSet timestep="0" file="a.vtu"/>'))
    state = FieldFiles(tmp_path).read(0)
    assert state.areas.sum() == pytest.approx(1e-13)
    assert state.data["salt"].max() == pytest.approx(1.0)


def test_reading_errors(tmp_path: Path) -> None:
    result = write_result(tmp_path / "r", fields=())
    with pytest.raises(ResultError, match=r"has no field files; run the case with 'outputs\.fields"):
        fields_to_draw(load(result))
    (tmp_path / "fields").mkdir()
    file = tmp_path / "fields" / "fields.pvd"
    file.write_text("nonsense")
    with pytest.raises(ResultError, match="cannot read"):
        FieldFiles(tmp_path)
    file.write_text(COLLECTION.format(""))
    assert len(FieldFiles(tmp_path)) == 0
    file.write_text(COLLECTION.format('<DataSet timestep="3" file="gone.pvtu"/>'))
    with pytest.raises(ResultError, match=r"gone\.pvtu is missing, although fields\.pvd names it"):
        FieldFiles(tmp_path).read(3)


def test_names() -> None:
    known = ["potential", "charge_density", "concentration_K"]
    assert [full_name(name, known) for name in ("charge", "K", "potential")] == [known[1], known[2], known[0]]
    with pytest.raises(ResultError, match="there is no field 'heat'; there are potential, charge, K"):
        full_name("heat", known)


# --------------------------------------------------------------------------------------------------------------- views


def test_channel_view(cone: Path) -> None:
    view = choose_view(*state_of(cone), "channel")
    assert view.box == pytest.approx((-0.12e-6, 1.12e-6, -75e-9, 75e-9), rel=1e-3)
    assert view.stretch == 3.0
    assert 2.0 < view.aspect < 3.2
    assert (view.transverse, view.mirrored) == ("r", True)
    along, over = view.scales()
    assert (along.unit, over.unit) == ("µm", "nm")


def test_the_window_shows_depletion_in_front_of_the_channel(cone: Path) -> None:
    """As far as any of the states has changed, and no farther; charged faces of the membrane change nothing."""
    result, state = state_of(cone)
    z, r = state.points.T
    depleted = np.where((z > -0.3e-6) & (z < 0.0), 0.5, 1.0)
    other = State(state.points, state.triangles, {"salt": 10.0 * depleted})
    view = choose_view(result, state, "channel", [state, other])
    assert view.box[0] == pytest.approx(-0.33e-6, rel=0.15)
    assert view.box[1] == pytest.approx(1.12e-6, rel=1e-3)
    faces = State(state.points, state.triangles, {"salt": np.where((z < 0.0) & (r > 60e-9), 90.0, 10.0)})
    assert choose_view(result, state, "channel", [faces]).box == choose_view(result, state, "channel").box
    everywhere = State(state.points, state.triangles, {"salt": np.where(z < -0.49e-6, 10.0, 1.0)})
    assert choose_view(result, state, "channel", [everywhere]).box[0] == pytest.approx(-0.5e-6), "the device ends there"


def test_other_views(cone: Path) -> None:
    result, state = state_of(cone)
    device = choose_view(result, state, "device")
    assert device.box == pytest.approx((-0.5e-6, 1.5e-6, -0.5e-6, 0.5e-6))
    assert device.stretch == 1.0
    tip = choose_view(result, state, "tip")
    assert tip.stretch == 1.0
    assert tip.box[0] < 1e-6 < tip.box[1]
    assert 15e-9 < tip.box[3] < 20e-9
    with pytest.raises(ResultError, match="no window 'middle'; there are channel, device, base, tip"):
        choose_view(result, state, "middle")


@pytest.mark.parametrize(
    ("geometry", "stretch"),
    [
        (Cone(length=100e-6, radius_base=10e-9, radius_tip=10e-9, reservoir=0.0), 2000.0),
        (Cone(length=13e-9, radius_base=2e-9, radius_tip=2e-9, reservoir=50e-9), 1.0),
        (Cone(length=2e-9, radius_base=10e-9, radius_tip=10e-9, reservoir=50e-9), 1.0),
    ],
)
def test_frames_of_long_and_short_channels(tmp_path: Path, geometry: Cone, stretch: float) -> None:
    write_result(tmp_path, (1.0,), cone=geometry)
    view = choose_view(*state_of(tmp_path, 0), "channel")
    assert view.stretch == stretch
    assert 1.0 < view.aspect < 3.3
    assert view.box[0] >= -geometry.reservoir, "nothing beyond the reservoirs"


# ------------------------------------------------------------------------------------------------------ colours, lines


def test_colour_scales(cone: Path) -> None:
    result = load(cone)
    states = [FieldFiles(cone).read(point) for point in (1, 2)]
    view = choose_view(result, states[0], "channel")
    salt = Tone.of("salt", states, view)
    assert isinstance(salt.norm, LogNorm)
    assert salt.scale.unit == "mM"
    potential = Tone.of("potential", states, view)
    assert potential.norm.vmin == -potential.norm.vmax == pytest.approx(-1.0, abs=0.1)
    assert potential.scale.label(potential.label) == "potential [V]"
    speed = Tone.of("velocity", states, view)
    assert isinstance(speed.norm, LogNorm)
    assert speed.extend == "min", "zero at the walls lies below any logarithmic scale"
    shades = speed.shade(states[0].data["velocity"])
    assert (shades.min(), shades.max()) == (0.0, pytest.approx(1.0))


def test_concentrations_that_differ_by_decades_have_scales_of_their_own(cone: Path) -> None:
    result, state = state_of(cone)
    view = choose_view(result, state, "channel")
    states = [State(state.points, state.triangles, {"salt": f * state.data["salt"]}) for f in (0.01, 1.0, 1.5)]
    assert len(set(Tone.of_each("salt", states[1:], view))) == 1
    tones = Tone.of_each("salt", states, view)
    assert [tone.scale.unit for tone in tones] == ["mM", "mM", "mM"]
    assert tones[0].norm.vmax == pytest.approx(0.01 * tones[1].norm.vmax)
    figure = pictures.compose(result, view, {"salt": tones}, [0, 1, 2], states)
    assert [axes.get_ylabel() for axes in figure.axes[3:]] == ["salt [mM]"] * 3


def test_scale_of_charge_in_thin_layers() -> None:
    y = np.linspace(0.0, 1e-6, 400)
    points = np.column_stack([np.repeat([0.0, 1e-6], 400), np.tile(y, 2)])
    k = np.arange(399)
    triangles = np.concatenate([np.column_stack([k, k + 1, k + 400]), np.column_stack([k + 1, k + 401, k + 400])])
    view = View((0.0, 1e-6, -1e-6, 1e-6), 1.0, "r", True)
    state = State(points, triangles, {"charge_density": 1e7 * np.exp(-(1e-6 - points[:, 1]) / 10e-9)})
    assert isinstance(Tone.of("charge_density", [state], view).norm, SymLogNorm)
    flat = State(points, triangles, {"salt": np.full(len(points), 10.0)})
    assert not isinstance(Tone.of("salt", [flat], view).norm, LogNorm)
    assert np.all(np.isfinite(Tone.of("salt", [flat], view).shade(flat.data["salt"])))


def test_paint_mirrors_and_fills_the_frame(cone: Path) -> None:
    result, state = state_of(cone)
    view = choose_view(result, state, "channel")
    image = paint(state, np.linspace(0.0, 1.0, len(state.points)) * 0.0 + 0.5, "Reds", view)
    assert image.shape[1] / image.shape[0] == pytest.approx(view.aspect, rel=1e-2)
    solid = np.all(image == [0xD4, 0xD4, 0xD4], axis=2)
    assert np.mean(solid != solid[::-1]) < 1e-3, "the same above and below, to the rounding of pixels"
    middle = solid[:, image.shape[1] // 2]
    # Half-way along the channel the pore takes its share of the frame.
    assert 1.0 - middle.mean() == pytest.approx(27.5 / 75.0, abs=0.02)
    assert not solid[:, :20].any(), "the reservoir reaches to the edge"


def test_streamlines_of_a_vortex() -> None:
    """Closed circles: lines keep their radius, end after one turn and keep apart."""
    plane = pyvista.Plane(i_size=2.0, j_size=2.0, i_resolution=60, j_resolution=60).triangulate()
    x, y = plane.points[:, 0], plane.points[:, 1]
    plane["velocity"] = np.column_stack([-y, x, 0.0 * x])
    lines = streamlines(plane, np.array([[0.5, 0.0]]), np.array([-1.0, 1.0, -1.0, 1.0]), 0.1)
    assert len(lines) > 5
    radius = np.hypot(*lines[0].T)
    np.testing.assert_allclose(radius, 0.5, rtol=0.02)
    length = np.linalg.norm(np.diff(lines[0], axis=0), axis=1).sum()
    assert 0.8 * np.pi < length < 1.05 * np.pi
    turn = np.cross(
        np.column_stack([lines[0][:-1], 0 * radius[1:]]), np.column_stack([np.diff(lines[0], axis=0), 0 * radius[1:]])
    )
    assert np.all(turn[:, 2] > 0.0), "points follow the flow, so that arrows do"
    middles = [line[len(line) // 2] for line in lines]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(middles) for b in middles[:i]]
    assert min(gaps) > 0.05


# --------------------------------------------------------------------------------------------------------------- files


def is_drawn(path: Path) -> bool:
    """Whether the picture has colours, and nothing touches its edges, where labels would be cut off."""
    image = imread(path)[:, :, :3]
    edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    colourful = np.ptp(image, axis=2) > 0.3
    return bool(colourful.mean() > 0.05 and np.all(edges == edges[0]))


def test_default_picture(cone: Path) -> None:
    assert pictures.render(cone) == [cone / "pictures" / "fields.png"]
    assert is_drawn(cone / "pictures" / "fields.png")


def test_grid_titles_and_stretch(cone: Path) -> None:
    result = load(cone)
    states = [FieldFiles(cone).read(point) for point in (2, 1)]
    view = choose_view(result, states[0], "channel")
    tones = {name: Tone.of_each(name, states, view) for name in ("salt", "velocity")}
    figure = pictures.compose(result, view, tones, [2, 1], states)
    assert figure.get_suptitle() == "Conical nanopore (transverse × 3)"
    panels = figure.axes[:4]
    assert [axes.get_title() for axes in panels] == ["bias = −1 V", "bias = 1 V", "", ""]
    assert [axes.get_ylabel() for axes in panels] == ["r [nm]", "", "r [nm]", ""]
    assert [axes.get_ylabel() for axes in figure.axes[4:]] == ["salt [mM]", "speed [mm/s]"]
    for axes in panels:
        assert axes.get_xlim() == pytest.approx((-0.12, 1.12)), "streamlines do not widen the frame"


def test_choice_of_points_and_fields(cone: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.png"
    assert pictures.render(cone, "charge", ["1 V"], out, "tip") == [out]
    assert is_drawn(out)
    written = pictures.render(cone, "K", ["-1 V", "0 V", "1 V"], tmp_path)
    assert [path.name for path in written] == ["K--1V-0V-1V.png"]
    with pytest.raises(ResultError, match=r"nothing at '0\.5 V'; there is bias = 0 V; bias = 1 V; bias = −1 V"):
        pictures.render(cone, "salt", ["0.5 V"])
    with pytest.raises(ResultError, match="there is no field 'heat'; there are"):
        pictures.render(cone, "heat")
    with pytest.raises(ResultError, match="no window 'nose'"):
        pictures.render(cone, "salt", window="nose")


def test_many_points_go_on_pages(cone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PAGE", 2)
    written = pictures.render(cone, at=["-1 V", "0 V", "1 V"], out=tmp_path / "all.png")
    assert [path.name for path in written] == ["all-1.png", "all-2.png"]


def test_choice_of_instants(tmp_path: Path) -> None:
    times = [k / (STEPS * 30.0) for k in range(0, 41)]
    path = write_cycles(tmp_path / "r", fields=times)
    result = load(path)
    assert result.select(["8.333 ms", "0 s"], among=range(41)) == [20, 0], "the nearest to what can be typed"
    assert result.select(["terminals.base.potential = 1 V"]) == [20, 100]
    assert result.extremes(range(41)) == [0, 13, 27, 40]
    (picture,) = pictures.render(path, "salt", ["8.33 ms"])
    assert picture.name == "salt-8.33ms.png"
    with pytest.raises(ResultError) as caught:
        pictures.render(path, at=["30 ms"])
    text = str(caught.value)
    assert "nothing at '30 ms'; there is time = 0 s; " in text
    assert text.count("time =") == 12
    assert "... 29 more ...; " in text
    assert text.endswith("time = 16.67 ms")
    several = load(write_cycles(tmp_path / "several", (3.0, 30.0)))
    assert several.select(["8.333 ms"]) == [2, 181], "that instant for every outer value that has it"
    assert several.describe(181) == "time = 8.333 ms, frequency = 30 Hz"


def test_filters_hold_together(tmp_path: Path) -> None:
    """Values of one parameter are alternatives; conditions on different ones restrict each other."""
    result = load(write_result(tmp_path / "r", (-1.0, 0.0, 1.0), (1.0, 10.0, 100.0), fields=()))
    assert result.select(["1 V", "-1 V"]) == [2, 5, 8, 0, 3, 6]
    assert result.select(["1 V", "concentration=10 mM"]) == [5]
    assert result.select(["concentration=10 mM", "1 V", "-1 V"]) == [3, 5]
    assert result.select(["1 V, concentration=1 mM", "-1 V, concentration=10 mM"]) == [2, 3]
    assert result.select(["1 V", "concentration=10 mM", "point=0"]) == [5, 0], "a number names a point"
    table = result.observables.drop(index=5)
    with pytest.raises(
        ResultError, match=r"nothing at '1 V' together with 'concentration=10 mM'; there is bias = −1 V"
    ):
        replace(result, observables=table).select(["1 V", "concentration=10 mM"])


def test_strip_between_plates_is_not_mirrored(cone: Path) -> None:
    result, state = state_of(cone)
    assert choose_view(result, state, "device").mirrored
    result.run["geometry"]["type"] = "cell"
    assert not choose_view(result, state, "device").mirrored


def test_result_without_fields(tmp_path: Path) -> None:
    path = write_result(tmp_path / "r", fields=())
    with pytest.raises(ResultError, match="has no field files"):
        pictures.render(path)
