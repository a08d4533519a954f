"""Geometry descriptions: profiles, names, checks."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from meshes.cell import Cell
from meshes.geometry import ChannelGeometry, Geometry
from meshes.imported import File

ROUND = {"length": "1 um", "radius": "1 um"}
PLANAR = {"length": "1 um", "half_height": "1 um"}
SIZES: dict[str, dict[str, Any]] = {
    "cone": {"length": 1e-6, "radius_tip": 5e-9, "radius_base": 50e-9, "reservoirs": ROUND},
    "cylinder": {"length": 1e-6, "radius": 5e-9, "reservoirs": ROUND},
    "slit": {"length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": PLANAR},
    "hourglass": {"length": 1e-6, "radius_waist": 5e-9, "radius_ends": 50e-9, "reservoirs": ROUND},
    "bullet": {"length": 1e-6, "radius_tip": 5e-9, "radius_base": 50e-9, "exponent": 4, "reservoirs": ROUND},
    "profile": {"positions": [0, 3e-7, 1e-6], "radii": [20e-9, 5e-9, 30e-9], "reservoirs": ROUND},
    "slit_profile": {
        "positions": [0, 5e-7, 1e-6],
        "half_heights": [20e-9, 5e-9, 20e-9],
        "width": 1e-6,
        "reservoirs": PLANAR,
    },
}


def make(kind: str, **changes: Any) -> Any:
    return TypeAdapter(Geometry).validate_python({"type": kind, **SIZES[kind], **changes})


def refused(kind: str, message: str, **changes: Any) -> None:
    with pytest.raises(ValidationError, match=message):
        make(kind, **changes)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("cone", (50e-9, 5e-9)),
        ("cylinder", (5e-9, 5e-9)),
        ("slit", (10e-9, 10e-9)),
        ("hourglass", (50e-9, 50e-9)),
        ("bullet", (50e-9, 5e-9)),
        ("profile", (20e-9, 30e-9)),
        ("slit_profile", (20e-9, 20e-9)),
    ],
)
def test_channels(kind: str, ends: tuple[float, float]) -> None:
    channel = make(kind)
    assert isinstance(channel, ChannelGeometry)
    assert [channel.radius_at_terminal(name) for name in channel.terminals] == pytest.approx(ends)
    assert channel.terminals == (("base", "tip") if kind in ("cone", "bullet") else ("left", "right"))
    assert channel.walls == ("channel", "membrane_face")
    assert channel.mouths == (0.0, 1e-6)
    assert channel.smallest == pytest.approx(10e-9 if kind == "slit" else 5e-9)
    assert channel.symmetry == ("planar" if kind in ("slit", "slit_profile") else "axisymmetric")
    assert channel.measure_factor == pytest.approx(2e-6 if kind in ("slit", "slit_profile") else 2 * math.pi)
    assert channel.mirror_symmetric == (kind in ("cylinder", "slit", "hourglass", "slit_profile"))
    assert channel.mirrored
    assert channel.profile(np.linspace(0, 1, 7)).shape == (7,)
    arc = channel.arc_fraction(np.array([0.0, 1e-6]))
    assert arc == pytest.approx([0.0, 1.0])


def test_profiles() -> None:
    s = np.array([0.0, 0.25, 0.5, 1.0])
    assert make("cone").profile(s) == pytest.approx([50e-9, 38.75e-9, 27.5e-9, 5e-9])
    assert make("hourglass").profile(s) == pytest.approx([50e-9, 5e-9 + 45e-9 / 4, 5e-9, 50e-9])
    # the published rule, from the tip
    n, tip, base = 4.0, 5e-9, 50e-9
    published = (base - tip * math.exp(-n) - (base - tip) * np.exp(-n * (1 - s))) / (1 - math.exp(-n))
    assert make("bullet").profile(s) == pytest.approx(published, rel=1e-13)


def test_the_course_between_positions() -> None:
    s = np.array([0.0, 0.15, 0.3, 0.65, 1.0])
    straight = make("profile")
    assert straight.length == 1e-6
    assert straight.profile(s) == pytest.approx([20e-9, 12.5e-9, 5e-9, 17.5e-9, 30e-9])
    assert straight.kinks == ()  # 45 nm over 1 um is no corner
    steep = make("profile", positions=[0, 30e-9, 60e-9, 90e-9], radii=[20e-9, 5e-9, 5e-9, 5.1e-9])
    assert steep.kinks == (30e-9,)
    smooth = make("profile", interpolation="smooth")
    fine = smooth.profile(np.linspace(0.0, 1.0, 1001))
    assert smooth.profile(np.array([0.0, 0.3, 1.0])) == pytest.approx([20e-9, 5e-9, 30e-9])
    assert fine.min() == pytest.approx(5e-9), "no valley beside the positions"
    assert np.abs(np.diff(fine, 2)).max() < 0.05e-9, "no corner"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": [0, 1e-6]}, "has 3 entries; with 2 positions write 2"),
        ({"positions": [1e-9, 3e-7, 1e-6]}, "must be 0, the first mouth"),
        ({"positions": [0, 3e-7, 3e-7]}, "does not ascend"),
        ({"length": 2e-6}, "must be the last position, 1e-06 m; leave it out"),
        ({"radii": [20e-9, 0.0, 30e-9]}, "must be positive"),
    ],
)
def test_profiles_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    refused("profile", message, **changes)


def test_bullet_limits() -> None:
    s = np.linspace(0, 1, 11)
    cone = make("cone").profile(s)
    assert make("bullet", exponent=1e-9).profile(s) == pytest.approx(cone, rel=1e-8)
    assert make("bullet", exponent=2000).profile(s)[:-1] == pytest.approx(50e-9)


def test_reservoirs() -> None:
    both = make("cone", reservoirs={"base": ROUND, "tip": {"length": "2 um", "radius": "3 um", "terminal": "end"}})
    assert both.reservoir("tip").reach == pytest.approx(3e-6)
    assert both.reservoir("base").length == pytest.approx(1e-6)
    assert both.walls == ("channel", "membrane_face", "reservoir")
    none = make("cylinder", reservoirs=None)
    assert none.walls == ("channel",)
    assert none.reservoir("left") is None
    uneven = {"left": ROUND, "right": {"length": "2 um", "radius": "1 um"}}
    assert not make("cylinder", reservoirs=uneven).mirror_symmetric


def test_refusals() -> None:
    refused("cone", "is larger than radius_base", radius_tip="60 nm")
    refused("bullet", "is larger than radius_base", radius_tip="60 nm")
    refused("cone", "'-5 nm' must be positive", radius_tip="-5 nm")
    refused("cone", "must be larger than the channel's mouth at 'base'", reservoirs={"length": 1e-6, "radius": 1e-8})
    refused("cone", "no reservoir for terminal 'tip'", reservoirs={"base": ROUND})
    refused("cone", "unknown terminal; did you mean 'tip'", reservoirs={"base": ROUND, "tipp": ROUND})
    refused("slit", "unknown key", reservoirs=ROUND)
    refused("hourglass", "cusp", exponent=0.5)
    refused("cylinder", "is not a mapping", reservoirs="5 nm")
    with pytest.raises(ValidationError, match="unknown type 'conee'; did you mean 'cone'"):
        TypeAdapter(Geometry).validate_python({"type": "conee"})
    with pytest.raises(ValidationError, match="is missing; write one of cone, cylinder"):
        TypeAdapter(Geometry).validate_python({"length": 1})


def test_mesh_file() -> None:
    data = {
        "type": "file",
        "path": "device.msh",
        "symmetry": "planar",
        "width": "2 um",
        "terminals": {"in": "inlet", "out": "outlet"},
        "walls": {"channel": "glass"},
        "axis": "middle",
        "channel": {"start": "1 um", "stop": "3 um"},
    }
    geometry = TypeAdapter(Geometry).validate_python(data)
    assert isinstance(geometry, File)
    assert geometry.terminals == ("in", "out")
    assert geometry.walls == ("channel",)
    assert geometry.mouths == (1e-6, 3e-6)
    assert geometry.measure_factor == pytest.approx(4e-6)
    assert geometry.mirrored
    assert geometry.course("channel").extents == ((1e-6, 3e-6),)
    assert geometry.course("channel").samples() is None, "its shape is not known"
    whole = TypeAdapter(Geometry).validate_python({**data, "axis": None})
    assert whole.measure_factor == pytest.approx(2e-6)
    assert not whole.mirrored
    assert TypeAdapter(Geometry).validate_python({**data, "axis": None, "symmetry": "axisymmetric"}).mirrored
    assert TypeAdapter(Geometry).validate_python(geometry.model_dump(mode="json")) == geometry
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"width": None}, "is missing; a planar mesh needs"),
        ({"walls": {"in": "x"}}, "also the name of a terminal"),
        ({"channel": {"start": 1, "stop": 0}}, "must be larger than start"),
    ]
    for change, message in refusals:
        with pytest.raises(ValidationError, match=message):
            TypeAdapter(Geometry).validate_python({**data, **change})


def test_closed_cell() -> None:
    """Two plates, no openings; a plate is the strip's height times the width."""
    data = {"type": "cell", "length": "20 nm", "width": "1 um", "height": "5 nm"}
    cell = TypeAdapter(Geometry).validate_python(data)
    assert isinstance(cell, Cell)
    assert not isinstance(cell, ChannelGeometry)
    assert cell.terminals == ()
    assert cell.walls == ("left", "right", "side")
    assert cell.symmetry == "planar"
    assert cell.mouths == (0.0, 20e-9)
    assert cell.smallest == pytest.approx(10e-9)
    assert cell.mirror_symmetric
    assert not cell.mirrored
    height = cell.profile(np.array([0.0, 0.5, 1.0]))
    assert height == pytest.approx([5e-9] * 3)
    assert height * cell.measure_factor == pytest.approx([5e-15] * 3), "area of a plate"
    along = cell.course("side").places(np.array([-1e-9, 0.0, 5e-9, 20e-9]), np.zeros(4))
    assert along.s == pytest.approx([0.0, 0.0, 0.25, 1.0])
    assert cell.course("left").uniform
    assert TypeAdapter(Geometry).validate_python(cell.model_dump(mode="json")) == cell
    thin = Cell(length=20e-9, width=1e-6)
    assert thin.height is None
    assert thin.strip == pytest.approx(2e-9)
    assert TypeAdapter(Geometry).validate_python(thin.model_dump(mode="json")) == thin
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"height": 0}, "'0' must be positive; write e.g. '5 nm'"),
        ({"length": "-1 nm"}, "'-1 nm' must be positive"),
        ({"width": "1 V"}, "is not a quantity in m; write e.g. '5 nm'"),
        ({"hight": "5 nm", "height": None}, "unknown key; did you mean 'height'"),
        ({"reservoirs": None}, "unknown key"),
    ]
    for change, message in refusals:
        with pytest.raises(ValidationError, match=message):
            TypeAdapter(Geometry).validate_python({**data, **change})
    with pytest.raises(ValidationError, match=r"is missing; write e\.g\. 'width: 1 um'"):
        TypeAdapter(Geometry).validate_python({"type": "cell", "length": "20 nm"})
    with pytest.raises(ValidationError, match="unknown type 'cel'; did you mean 'cell'"):
        TypeAdapter(Geometry).validate_python({"type": "cel"})


@pytest.mark.parametrize("kind", SIZES)
def test_round_trip(kind: str) -> None:
    geometry = make(kind)
    assert TypeAdapter(Geometry).validate_python(geometry.model_dump(mode="json")) == geometry
    assert isinstance(geometry, ChannelGeometry)
