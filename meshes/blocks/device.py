"""The blocks of a device from its description: one place that knows which drawing belongs to which."""

from __future__ import annotations

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import BlockMesh
from meshes.blocks.round_pore import round_pore_blocks
from meshes.blocks.slit import Box, SideWallSlit, side_wall_slit_blocks
from meshes.geometry import ChannelGeometry, Slit
from meshes.reservoirs import BoxReservoir
from meshes.sizes import MeshSizes


def blocks_of(geometry: ChannelGeometry, sizes: MeshSizes) -> Blocks:
    """Blocks of the part of a device in three dimensions that has a mesh.

    Raises:
        MeshError: the device has something that is drawn in two dimensions only.
    """
    if isinstance(geometry, Slit):
        return side_wall_slit_blocks(_with_side_walls(geometry), sizes, geometry.part)
    return round_pore_blocks(geometry, sizes, geometry.part)


def block_mesh(geometry: ChannelGeometry, sizes: MeshSizes) -> BlockMesh:
    """Mesh of that part.

    Raises:
        MeshError: as `blocks_of`, or the mesh does not pass its check.
    """
    return blocks_of(geometry, sizes).mesh(geometry.part)


def _with_side_walls(slit: Slit) -> SideWallSlit:
    first, second = (_box(slit.reservoir(name)) for name in slit.terminals)
    return SideWallSlit(slit.length, slit.width, slit.height, (first, second))


def _box(reservoir: object) -> Box | None:
    if not isinstance(reservoir, BoxReservoir):
        return None
    return Box(reservoir.length, reservoir.width, reservoir.height, reservoir.terminal)
