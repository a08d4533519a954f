"""Slits with side walls and channels of rectangular cross-section that taper, between reservoirs that are boxes.

The reference space is the device itself: all cells are straight.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh, Part
from meshes.blocks.rectangular import Box, Duct, Pair, Walls, cells_across, refuse_jumps
from meshes.blocks.round_pore import refuse_unknown
from meshes.channel import ChannelGeometry
from meshes.errors import MeshError
from meshes.geometry import Slit
from meshes.grading import channel_stretches
from meshes.reservoirs import BoxReservoir, PlanarReservoir
from meshes.side_walls import SIDE_WALL
from meshes.sizes import UNIT, Face, MeshSizes
from meshes.spatial import TaperedChannel

WALLS = Walls(SIDE_WALL, "channel")
"""The walls at both sides, and the plates above and below."""


@dataclass(frozen=True)
class SideWallSlit:
    """A slit with side walls: whole width (along y) and height (along z), in metres. Without reservoirs the ends are the
    terminals."""

    terminals: ClassVar[tuple[str, str]] = ("left", "right")

    length: float
    width: float
    height: float
    reservoirs: tuple[Box | None, Box | None]

    def __post_init__(self) -> None:
        """Raise a mesh error when a reservoir is not larger than the mouth."""
        for name, box in zip(self.terminals, self.reservoirs, strict=True):
            if box is not None and (box.width <= self.width or box.height <= self.height):
                raise MeshError(f"the reservoir at '{name}' must be wider and higher than the mouth of the slit")
        if (self.reservoirs[0] is None) != (self.reservoirs[1] is None):
            raise MeshError("a slit has reservoirs at both ends, or at none")

    @property
    def plane(self) -> Slit:
        """The slit between plates without side walls."""
        reservoirs = {
            name: PlanarReservoir(length=box.length, half_height=box.height / 2, terminal=box.terminal)
            for name, box in zip(self.terminals, self.reservoirs, strict=True)
            if box is not None
        }
        return Slit(length=self.length, width=self.width, height=self.height, reservoirs=reservoirs or None)


def side_wall_slit(geometry: SideWallSlit, sizes: MeshSizes, part: Part = "quarter") -> BlockMesh:
    """Mesh of a slit with side walls, with the boundaries of the mesh of its half plane, and `side_wall`; the planes
    y = 0 and z = 0 where the part ends are `symmetry_y` and `symmetry_z`.

    Raises:
        MeshError: when the sizes ask for what is drawn in two dimensions only, or the mesh does not pass its check.
    """
    return side_wall_slit_blocks(geometry, sizes, part).mesh(part)


def side_wall_slit_blocks(geometry: SideWallSlit, sizes: MeshSizes, part: Part = "quarter") -> Blocks:
    """Blocks of a slit with side walls, which have no cells yet; raises a mesh error as `side_wall_slit` does."""
    half = geometry.width / UNIT / 2, geometry.height / UNIT / 2
    return _duct_blocks(geometry.plane, lambda x: half, geometry.reservoirs, sizes, part)


def tapered_channel_blocks(geometry: TaperedChannel, sizes: MeshSizes) -> Blocks:
    """Blocks of a channel that tapers, with the boundaries of a slit; raises a mesh error as `side_wall_slit` does."""

    def half(x: float) -> Pair:
        s = x * UNIT / geometry.length
        width, height = (first + s * (last - first) for first, last in (geometry.widths, geometry.heights))
        return width / UNIT / 2, height / UNIT / 2

    first, second = (box_of(geometry.reservoir(name)) for name in geometry.terminals)
    return _duct_blocks(geometry, half, (first, second), sizes, geometry.part)


def box_of(reservoir: object) -> Box | None:
    """A reservoir that is a box."""
    if not isinstance(reservoir, BoxReservoir):
        return None
    return Box(reservoir.length, reservoir.width, reservoir.height, reservoir.terminal)


def _duct_blocks(
    geometry: ChannelGeometry,
    half: Callable[[float], Pair],
    boxes: tuple[Box | None, Box | None],
    sizes: MeshSizes,
    part: Part,
) -> Blocks:
    """Blocks of a straight duct. `half` gives halves of its width and height at axial positions, in mesh units; `geometry`
    is its plane."""
    refuse_unknown(sizes)
    refuse_jumps(sizes)
    blocks = Blocks(lambda points: points, sizes.refinement, sizes.coarsening)
    stretches = channel_stretches(
        geometry, sizes.stations, sizes.corner, sizes.growth, sizes.axial_cells, sizes.sharp_ends
    )
    sharp = {0.0, geometry.length} if sizes.sharp_ends or any(boxes) else set()
    at = [stretches[0].start, *(stretch.stop for stretch in stretches)]
    firsts = [(sizes.corner if x in sharp else sizes.wall) / UNIT for x in at]
    halves = [half(x / UNIT) for x in at]
    cells = [
        max(cells_across(each[axis], first, sizes.growth) for each, first in zip(halves, firsts, strict=True))
        for axis in (0, 1)
    ]
    duct = Duct(blocks, sizes, (part == "quarter", part != "full"), (cells[0], cells[1]))
    sections = [duct.section(x / UNIT, each, first) for x, each, first in zip(at, halves, firsts, strict=True)]
    for stretch, (one, other) in zip(stretches, itertools.pairwise(sections), strict=True):
        duct.stretch(one, other, stretch.grading, WALLS)
    for end, (terminal, box) in enumerate(zip(geometry.terminals, boxes, strict=True)):
        mouth = sections[-end]
        if box is None:
            duct.close(mouth, terminal)
        else:
            face = sizes.faces.get(terminal, Face()).wall
            duct.reservoir(terminal, box, at[-end] / UNIT, (-1.0, 1.0)[end], mouth, halves[-end], face)
    return blocks
