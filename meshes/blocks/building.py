"""Which description is drawn how: the one list from descriptions of devices to their meshes in three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshes.blocks.assembly import Blocks, Size
from meshes.blocks.mesh import BlockMesh
from meshes.blocks.round_pore import round_pore, round_pore_blocks
from meshes.blocks.slit import Box, SideWallSlit, side_wall_slit, side_wall_slit_blocks
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry, Slit
from meshes.reservoirs import BoxReservoir
from meshes.sizes import MeshSizes

DRAWINGS: tuple[tuple[type, Callable[[Any, MeshSizes], BlockMesh]], ...] = (
    (SideWallSlit, side_wall_slit),
    (Slit, lambda slit, sizes: side_wall_slit(_with_side_walls(slit), sizes, slit.part)),
    (ChannelGeometry, lambda pore, sizes: round_pore(pore, sizes, pore.part)),
)
"""Kinds of descriptions and what draws them, the first that fits. The part that is drawn is that of the description, or the
smallest that the mirrors of the device leave."""

COUNTED: tuple[tuple[type, Callable[[Any, MeshSizes], Blocks]], ...] = (
    (Slit, lambda slit, sizes: side_wall_slit_blocks(_with_side_walls(slit), sizes, slit.part)),
    (ChannelGeometry, lambda pore, sizes: round_pore_blocks(pore, sizes, pore.part)),
)
"""Those whose cells are counted without a mesh."""


def block_mesh(geometry: Any, sizes: MeshSizes) -> BlockMesh:
    """Mesh of a device in three dimensions.

    Raises:
        MeshError: when there is none for such a device, or the mesh does not pass its check.
    """
    for kind, draw in DRAWINGS:
        if isinstance(geometry, kind):
            return draw(geometry, sizes)
    raise MeshError(
        f"a device of type '{getattr(geometry, 'type', type(geometry).__name__)}' has no mesh in three dimensions"
    )


def mesh_size(geometry: Any, sizes: MeshSizes) -> Size:
    """How large that mesh is.

    Raises:
        MeshError: as `block_mesh`.
    """
    for kind, blocks in COUNTED:
        if isinstance(geometry, kind):
            return blocks(geometry, sizes).size()
    mesh = block_mesh(geometry, sizes)
    return Size(len(mesh.cells), len(mesh.nodes), mesh.vertices)


def _with_side_walls(slit: Slit) -> SideWallSlit:
    first, second = (_box(slit.reservoir(name)) for name in slit.terminals)
    return SideWallSlit(slit.length, slit.width, slit.height, (first, second))


def _box(reservoir: object) -> Box | None:
    if not isinstance(reservoir, BoxReservoir):
        return None
    return Box(reservoir.length, reservoir.width, reservoir.height, reservoir.terminal)
