"""Carrying the points of one channel to where they are in another of the same kind with other sizes.

A mesh moved like this keeps its topology, so that numbers computed on it can be differentiated by the sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from meshes.geometry import ChannelGeometry

Array = NDArray[np.float64]


ROUNDING = 1e-9
"""Part of the channel's length within which a point lies on the face of the membrane: meshes have rounded numbers."""


def carried(
    one: ChannelGeometry,
    other: ChannelGeometry,
    z: Array,
    r: Array,
    kept: Sequence[float] = (),
    kept_beside: Mapping[str, Sequence[float]] | None = None,
) -> tuple[Array, Array]:
    """Positions in `other` of the points (z, r) of `one`, in metres. Shapes (n,).

    Axial positions stretch linearly within the channel (between its kinks) and within each reservoir; radii stretch with the
    wall in the channel and in front of a mouth, and linearly between mouth and outer wall beside it.

    Args:
        kept: ascending axial positions inside both channels that stay where they are, such as jumps of the charge.
        kept_beside: ascending distances from the axis that stay beside the mouth of a terminal, likewise.

    Raises:
        ValueError: the two have reservoirs at different ends, or different numbers of kinks.
    """
    inside = {**dict(zip(one.kinks, other.kinks, strict=True)), **{z: z for z in kept}}
    stations = [0.0, *sorted(inside), one.length]
    targets = [0.0, *(inside[z] for z in sorted(inside)), other.length]
    outside = []
    for terminal, place, sign in zip(one.terminals, (0, -1), (-1.0, 1.0), strict=True):
        here, there = one.reservoir(terminal), other.reservoir(terminal)
        if (here is None) != (there is None):
            raise ValueError(f"only one of the two devices has a reservoir at '{terminal}'")
        if here is None or there is None:
            continue
        mouth, mouth_there = stations[place], targets[place]
        stations.insert(0 if sign < 0 else len(stations), mouth + sign * here.length)
        targets.insert(0 if sign < 0 else len(targets), mouth_there + sign * there.length)
        radii = one.radius_at_terminal(terminal), other.radius_at_terminal(terminal)
        fixed = (kept_beside or {}).get(terminal, ())
        ways = (radii[0], *fixed, here.reach), (radii[1], *fixed, there.reach)
        outside.append((sign * (z - mouth) > -ROUNDING * one.length, *ways))
    moved = np.interp(z, stations, targets)
    wall = np.asarray(one.profile(np.clip(z / one.length, 0.0, 1.0)))
    radius = r / wall * np.asarray(other.profile(np.clip(moved / other.length, 0.0, 1.0)))
    for beyond, radii_here, radii_there in outside:
        beside = beyond & (r > radii_here[0])
        radius[beside] = np.interp(r[beside], radii_here, radii_there)
    return moved, radius
