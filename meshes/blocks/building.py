"""Which description is drawn how: the one list from descriptions of devices to their meshes in three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshes.blocks.mesh import BlockMesh
from meshes.blocks.round_pore import round_pore
from meshes.blocks.slit import SideWallSlit, side_wall_slit
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.sizes import MeshSizes

DRAWINGS: tuple[tuple[type, Callable[[Any, MeshSizes], BlockMesh]], ...] = (
    (SideWallSlit, side_wall_slit),
    (ChannelGeometry, round_pore),
)
"""Kinds of descriptions and what draws them, the first that fits. The part that is drawn is the smallest that the mirrors
of the device leave."""


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
