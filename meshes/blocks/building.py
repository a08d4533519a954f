"""Which description is drawn how: the one list from descriptions of devices to their meshes in three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshes.blocks.assembly import Blocks, Size
from meshes.blocks.junction import junction_blocks
from meshes.blocks.mesh import BlockMesh
from meshes.blocks.pores import elliptic_pore_blocks, pore_array_blocks
from meshes.blocks.round_pore import round_pore_blocks
from meshes.blocks.slit import SideWallSlit, box_of, side_wall_slit_blocks, tapered_channel_blocks
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry, Slit
from meshes.junction import Junction
from meshes.sizes import MeshSizes
from meshes.spatial import EllipticPore, PoreArray, TaperedChannel

DRAWINGS: tuple[tuple[type, Callable[[Any, MeshSizes], Blocks]], ...] = (
    (Slit, lambda slit, sizes: side_wall_slit_blocks(_with_side_walls(slit), sizes, slit.part)),
    (Junction, junction_blocks),
    (TaperedChannel, tapered_channel_blocks),
    (EllipticPore, elliptic_pore_blocks),
    (PoreArray, pore_array_blocks),
    (ChannelGeometry, lambda pore, sizes: round_pore_blocks(pore, sizes, pore.part)),
)
"""Kinds of descriptions and what draws the part of them that has a mesh, the first that fits."""


def block_mesh(geometry: Any, sizes: MeshSizes) -> BlockMesh:
    """Mesh of a device in three dimensions.

    Raises:
        MeshError: when there is none for such a device, or the mesh does not pass its check.
    """
    return _blocks(geometry, sizes).mesh(geometry.part)


def mesh_size(geometry: Any, sizes: MeshSizes) -> Size:
    """How large that mesh is, without making it; raises a mesh error as `block_mesh` does."""
    return _blocks(geometry, sizes).size()


def _blocks(geometry: Any, sizes: MeshSizes) -> Blocks:
    for kind, draw in DRAWINGS:
        if isinstance(geometry, kind):
            return draw(geometry, sizes)
    kind_of = getattr(geometry, "type", type(geometry).__name__)
    raise MeshError(f"a device of type '{kind_of}' has no mesh in three dimensions")


def _with_side_walls(slit: Slit) -> SideWallSlit:
    first, second = (box_of(slit.reservoir(name)) for name in slit.terminals)
    return SideWallSlit(slit.length, slit.width, slit.height, (first, second))
