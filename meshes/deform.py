"""Carrying the points of one channel to where they are in another of the same kind with other sizes.

A mesh moved like this keeps its topology, so that numbers computed on it can be differentiated by the sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from meshes.geometry import ChannelGeometry
from meshes.layout import EVERYWHERE_FLUID, Layout

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
    layouts: tuple[Layout, Layout] = (EVERYWHERE_FLUID, EVERYWHERE_FLUID),
) -> tuple[Array, Array]:
    """Positions in `other` of the points (z, r) of `one`, in metres. Shapes (n,).

    Axial positions stretch linearly within the channel (between its kinks) and within each reservoir; radii stretch with the
    wall in the channel and in front of a mouth, and linearly between mouth and outer wall beside it, and between the wall and
    the outer side of a solid.

    Args:
        kept: ascending axial positions inside both channels that stay where they are, such as jumps of the charge.
        kept_beside: ascending distances from the axis that stay beside the mouth of a terminal, likewise.
        layouts: materials of both; as many in one as in the other.

    Raises:
        ValueError: the two have reservoirs at different ends, or different numbers of kinks or materials.
    """
    materials = (sorted(layout.stations(channel)) for layout, channel in zip(layouts, (one, other), strict=True))
    inside = dict(zip(*materials, strict=True)) | {
        **dict(zip(one.kinks, other.kinks, strict=True)),
        **{z: z for z in kept},
    }
    stations = [0.0, *sorted(inside), one.length]
    targets = [0.0, *(inside[z] for z in sorted(inside)), other.length]
    outside = []
    solids = layouts[0].solid, layouts[1].solid
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
        ways = {radii[0]: radii[1], here.reach: there.reach} | {r: r for r in (kept_beside or {}).get(terminal, ())}
        if solids[0] is not None and solids[1] is not None and not solids[0].reaches_the_edge(one, terminal):
            ways[radii[0] + (solids[0].thickness or 0.0)] = radii[1] + (solids[1].thickness or 0.0)
        places = sorted(ways)
        outside.append((sign * (z - mouth) > -ROUNDING * one.length, places, [ways[place] for place in places]))
    moved = np.interp(z, stations, targets)
    wall = np.asarray(one.profile(np.clip(z / one.length, 0.0, 1.0)))
    radius = r / wall * np.asarray(other.profile(np.clip(moved / other.length, 0.0, 1.0)))
    if solids[0] is not None and solids[1] is not None:
        beside = r > wall * (1.0 + ROUNDING)
        at, to = (np.clip(positions[beside], *channel.mouths) for positions, channel in ((z, one), (moved, other)))
        outer = np.asarray(other.profile(to / other.length))
        radius[beside] = outer + (r - wall)[beside] * solids[1].depth(other, to) / solids[0].depth(one, at)
    for beyond, radii_here, radii_there in outside:
        beside = beyond & (r > radii_here[0])
        radius[beside] = np.interp(r[beside], radii_here, radii_there)
    return moved, radius
