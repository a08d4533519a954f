"""Movies of synthetic results: frames, one colour scale, captions, the dot, files and errors."""

from __future__ import annotations

from pathlib import Path

import imageio.v2 as imageio
import numpy as np
import pytest

from postprocess.pictures import movie as module
from postprocess.pictures.fields import FieldFiles
from postprocess.pictures.movie import captions, compose, frames, movie
from postprocess.pictures.tone import Tone
from postprocess.pictures.view import choose_view
from postprocess.tables.result import load
from solver.results.rows import ResultError
from tests.support.synthetic import write_result
from tests.support.synthetic_time import STEPS, write_cycles

TIMES = [k / (8 * 30.0) for k in range(9)]  # eighths of the first period


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cycles(tmp_path_factory.mktemp("cycle") / "r", fields=TIMES)


def images(path: Path) -> list[np.ndarray]:
    with imageio.get_reader(path) as reader:
        return [np.asarray(image)[:, :, :3].astype(int) for image in reader]


def test_movie(cycle: Path) -> None:
    file = movie(cycle)
    assert file == cycle / "pictures" / "salt.mp4"
    shown = images(file)
    assert len(shown) == len(TIMES)
    assert shown[0].shape[0] % 16 == shown[0].shape[1] % 16 == 0
    assert np.abs(shown[2] - shown[6]).mean() > 0.5, "the salt has changed"
    axis = shown[0][:, :40]
    assert np.abs(axis - shown[5][:, :40]).max() < 60, "what does not move stays, to the losses of the codec"
    assert list(file.parent.iterdir()) == [file], "nothing is left beside it"


def test_gif(cycle: Path, tmp_path: Path) -> None:
    file = movie(cycle, tmp_path / "new" / "loop.gif", "potential", ["0 s", "25 ms"], fps=4.0)
    assert len(images(file)) == 2
    with imageio.get_reader(file) as reader:
        assert reader.get_meta_data()["duration"] == 250.0
    assert movie(cycle, tmp_path, "K", ["0 s", "25 ms"]) == tmp_path / "K.mp4"


def test_captions(cycle: Path) -> None:
    result = load(cycle)
    points = [point * STEPS // 8 for point in range(3)]
    assert captions(result, points) == [
        "time = 0.00 ms,   potential at base = 0.00 V",
        "time = 4.17 ms,   potential at base = 0.71 V",
        "time = 8.33 ms,   potential at base = 1.00 V",
    ]
    sweep = load(write_result(cycle.parent / "s", (0.0, 0.5, -0.5), (1.0, 100.0), fields=()))
    assert captions(sweep, [2, 3]) == [
        "bias = −0.5 V,   concentration = 1 mM",
        "bias = 0.0 V,   concentration = 100 mM",
    ]


def test_dot_and_colours(cycle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dot stands on the loop, and all frames have the colours of the extremes of all."""
    result, files = load(cycle), FieldFiles(cycle)
    points = [0, STEPS // 4, 3 * STEPS // 4]
    states = [files.read(point) for point in points]
    view = choose_view(result, states[0], "channel")
    tone = Tone.of("salt", states, view)
    assert tone.norm.vmax == pytest.approx(max(view_max(state, view) for state in states) * tone.scale.factor)
    kept = []
    monkeypatch.setattr(module, "compose", lambda *given: kept.append(compose(*given)) or kept[-1])
    dots = []
    for _ in frames(result, view, tone, points, [reduced(state) for state in states]):
        dots.append((kept[0][2].get_xdata()[0], kept[0][2].get_ydata()[0]))
    assert [dot[0] for dot in dots] == pytest.approx([0.0, 1.0, -1.0])
    current = 1e9 * result.observables.set_index("point")["current [A]"].loc[points]
    assert [dot[1] for dot in dots] == pytest.approx(list(current))


def test_walls_follow_what_moves(cycle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the instants have meshes of their own, as around a particle."""
    result, files = load(cycle), FieldFiles(cycle)
    state = reduced(files.read(0))
    other = type(state)(state.points * [1.0, 0.9], state.triangles, state.data)
    view = choose_view(result, files.read(0), "channel")
    kept = []
    monkeypatch.setattr(module, "compose", lambda *given: kept.append(compose(*given)) or kept[-1])
    highest = []
    for _ in frames(result, view, Tone.of("salt", [state], view), [0, STEPS // 4], [state, other]):
        (walls,) = kept[0][1].axes.collections
        highest.append(max(segment[:, 1].max() for segment in walls.get_segments()))
    assert highest[1] == pytest.approx(0.9 * highest[0])


def reduced(state):  # type: ignore[no-untyped-def]
    return type(state)(state.points, state.triangles, {"salt": state.data["salt"]})


def view_max(state, view) -> float:  # type: ignore[no-untyped-def]
    return float(np.max(state.data["salt"][view.shows(state)]))


def test_current_against_time_without_loops(tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "r", fields=TIMES[:2], complete=False)
    result, state = load(path), FieldFiles(path).read(0)
    view = choose_view(result, state, "channel")
    figure, _, _ = compose(result, view, Tone.of("salt", [state], view), reduced(state))
    side = figure.axes[1]
    assert (side.get_xlabel(), side.get_ylabel()) == ("time [ms]", "current [nA]")


def test_movie_of_a_sweep(tmp_path: Path) -> None:
    """Frames run along the curve, not in the order of computing."""
    path = write_result(tmp_path / "r", (0.0, 1.0, -1.0))
    shown: list[list[int]] = []
    original = module.frames
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "frames", lambda *given: shown.append(given[3]) or original(*given))
        file = movie(path, field="velocity", window="tip")
    assert file.name == "velocity-tip.mp4"
    assert shown == [[2, 0, 1]]
    assert len(images(file)) == 3


def test_errors(cycle: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"loop\.avi: a movie ends in \.mp4 or \.gif"):
        movie(cycle, tmp_path / "loop.avi")
    with pytest.raises(ResultError, match="has one frame for a movie"):
        movie(cycle, at=["25 ms"])
    with pytest.raises(ResultError, match="0 frames per second make no movie"):
        movie(cycle, fps=0.0)
    with pytest.raises(ResultError, match="there is no field 'heat'"):
        movie(cycle, field="heat")
    with pytest.raises(ResultError, match=r"has no field files; .* transient one with 'study\.fields_at'"):
        movie(write_cycles(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot write"):
        movie(cycle, tmp_path / "file" / "a.gif", at=["0 s", "25 ms"])
