"""Carrying points from one device to another: boundaries onto boundaries, and back again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshes.deform import carried
from meshes.geometry import Bullet, Cone, Cylinder, Hourglass, Profile, Slit

ROUND = {"length": 100e-9, "radius": 90e-9}
WIDER = {"length": 130e-9, "radius": 110e-9}
FLAT = {"length": 100e-9, "half_height": 90e-9}
TWO = {"base": {"length": 80e-9, "radius": 95e-9}, "tip": {"length": 120e-9, "radius": 70e-9, "terminal": "end"}}
PAIRS: dict[str, tuple[Any, Any]] = {
    "cone": (
        Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=ROUND),
        Cone(length=230e-9, radius_tip=6e-9, radius_base=17e-9, reservoirs=WIDER),
    ),
    "cone, two reservoirs": (
        Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=TWO),
        Cone(length=210e-9, radius_tip=7e-9, radius_base=21e-9, reservoirs={**TWO, "base": WIDER}),
    ),
    "open cone": (
        Cone(length=200e-9, radius_tip=5e-9, radius_base=20e-9, reservoirs=None),
        Cone(length=170e-9, radius_tip=5.5e-9, radius_base=30e-9, reservoirs=None),
    ),
    "cylinder": (
        Cylinder(length=200e-9, radius=5e-9, reservoirs=ROUND),
        Cylinder(length=200e-9, radius=8e-9, reservoirs=WIDER),
    ),
    "slit": (
        Slit(length=200e-9, height=10e-9, width=1e-6, reservoirs=FLAT),
        Slit(length=150e-9, height=14e-9, width=2e-6, reservoirs={"length": 80e-9, "half_height": 60e-9}),
    ),
    "hourglass": (
        Hourglass(length=200e-9, radius_waist=5e-9, radius_ends=15e-9, reservoirs=ROUND),
        Hourglass(length=190e-9, radius_waist=6e-9, radius_ends=14e-9, exponent=3.0, reservoirs=ROUND),
    ),
    "profile": (
        Profile(positions=(0, 40e-9, 100e-9), radii=(15e-9, 4e-9, 20e-9), reservoirs=ROUND),
        Profile(positions=(0, 44e-9, 110e-9), radii=(14e-9, 5e-9, 22e-9), reservoirs=ROUND),
    ),
    "bullet": (
        Bullet(length=200e-9, radius_tip=5e-9, radius_base=15e-9, exponent=5.0, reservoirs=ROUND),
        Bullet(length=260e-9, radius_tip=4e-9, radius_base=18e-9, exponent=4.0, reservoirs=WIDER),
    ),
}
pairs = pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=list(PAIRS))
N = 41


def boundaries(device: Any) -> dict[str, np.ndarray]:
    """Points of every boundary at equal fractions of it, in metres. Shapes (N, 2)."""
    s = np.linspace(0.0, 1.0, N)
    line = np.zeros(N)
    found = {
        "axis": np.column_stack([s * device.length, line]),
        "channel": np.column_stack([s * device.length, device.profile(s)]),
    }
    for name, mouth, sign in zip(device.terminals, (0.0, device.length), (-1.0, 1.0), strict=True):
        radius, reservoir = device.radius_at_terminal(name), device.reservoir(name)
        found[f"mouth of {name}"] = np.column_stack([line + mouth, s * radius])
        if reservoir is not None:
            far = mouth + sign * reservoir.length
            found |= {
                f"face of {name}": np.column_stack([line + mouth, radius + s * (reservoir.reach - radius)]),
                f"end of {name} before the mouth": np.column_stack([line + far, s * radius]),
                f"end of {name} beside the mouth": np.column_stack(
                    [line + far, radius + s * (reservoir.reach - radius)]
                ),
                f"side of {name}": np.column_stack([mouth + s * (far - mouth), line + reservoir.reach]),
                f"axis of {name}": np.column_stack([mouth + s * (far - mouth), line]),
            }
    return found


def inside(device: Any, n: int = 400) -> np.ndarray:
    """Points inside the device: of the channel and of every reservoir. Shape (m, 2)."""
    random = np.random.default_rng(1)
    s, share = random.random((2, n))
    found = [np.column_stack([s * device.length, share * device.profile(s)])]
    for name, mouth, sign in zip(device.terminals, (0.0, device.length), (-1.0, 1.0), strict=True):
        reservoir = device.reservoir(name)
        if reservoir is not None:
            found.append(np.column_stack([mouth + sign * s * reservoir.length, share * reservoir.reach]))
    return np.concatenate(found)


@pairs
def test_every_boundary_goes_onto_itself(one: Any, other: Any) -> None:
    """With equal fractions, also within an ulp of where the boundary lies: the ends of a mesh are rounded numbers."""
    there = boundaries(other)
    for name, points in boundaries(one).items():
        for rounding in (-1e-15, 0.0, 1e-15):
            moved = np.column_stack(carried(one, other, points[:, 0] * (1.0 + rounding), points[:, 1]))
            assert np.allclose(moved, there[name], rtol=0, atol=1e-19), name


@pairs
def test_a_device_goes_onto_itself_and_back(one: Any, other: Any) -> None:
    z, r = inside(one).T
    assert np.allclose(carried(one, one, z, r), (z, r), rtol=1e-14, atol=1e-22)
    back = carried(other, one, *carried(one, other, z, r))
    assert np.allclose(back, (z, r), rtol=1e-12, atol=1e-21)


@pairs
def test_no_cell_folds(one: Any, other: Any) -> None:
    """The orientation of small triangles is kept everywhere, across the lines where the rule changes too."""
    z, r = inside(one).T
    step = 1e-13
    corners = [np.array(carried(one, other, z + a, r + b)) for a, b in ((0.0, 0.0), (step, 0.0), (0.0, step))]
    (a, b), (c, d) = corners[1] - corners[0], corners[2] - corners[0]
    assert np.all(a * d - b * c > 0.1 * step**2)


@given(st.floats(0.5, 2.0), st.floats(0.5, 2.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_small_steps_add_up(length: float, tip: float, s: float, share: float) -> None:
    """Going to a device in two steps is going there at once."""
    first = PAIRS["cone"][0]
    between = first.model_copy(update={"length": 200e-9 * length})
    last = between.model_copy(update={"radius_tip": 5e-9 * tip})
    z = np.array([s * first.length])
    r = share * first.profile(np.array([s]))
    assert np.allclose(carried(first, last, z, r), carried(between, last, *carried(first, between, z, r)), rtol=1e-12)


def test_rings_on_a_face_keep_their_radius() -> None:
    """Beside the mouth of the base alone; the edges of both faces go onto each other."""
    one, other = PAIRS["cone"]
    r = np.array([20e-9, 30e-9, 50e-9, 90e-9])
    _, beside_base = carried(one, other, np.zeros(4), r, kept_beside={"base": (30e-9, 50e-9)})
    assert beside_base == pytest.approx([17e-9, 30e-9, 50e-9, 110e-9], rel=1e-14, abs=0)
    _, beside_tip = carried(one, other, np.full(4, one.length), r, kept_beside={"base": (30e-9, 50e-9)})
    assert beside_tip == pytest.approx(6e-9 + (r - 5e-9) * 104 / 85, rel=1e-14, abs=0)


def test_kept_positions_stay_and_the_walls_fit() -> None:
    one, other = PAIRS["bullet"]
    kept = (50e-9, 120e-9)
    z = np.array([0.0, 20e-9, *kept, 150e-9, one.length])
    moved, radius = carried(one, other, z, one.profile(z / one.length), kept)
    assert moved[[2, 3]] == pytest.approx(kept, rel=1e-15, abs=0)
    assert moved[1] == pytest.approx(20e-9, rel=1e-15, abs=0)
    assert moved[[0, 5]] == pytest.approx([0.0, other.length], rel=1e-15, abs=0)
    assert radius == pytest.approx(other.profile(moved / other.length), rel=1e-14, abs=0)
    assert np.allclose(carried(other, one, moved, radius, kept), (z, one.profile(z / one.length)), rtol=1e-13)


def test_reservoirs_at_other_ends_are_refused() -> None:
    reservoir, none = PAIRS["cone"][0], PAIRS["open cone"][0]
    with pytest.raises(ValueError, match="only one of the two devices has a reservoir at 'base'"):
        carried(reservoir, none, np.zeros(1), np.zeros(1))
