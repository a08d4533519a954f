"""Pores that are no bodies of revolution: elliptic ones, ones beside the axis of their reservoirs, and those of lattices."""

from __future__ import annotations

import numpy as np

from meshes.blocks.assembly import Blocks
from meshes.blocks.mesh import Floats
from meshes.blocks.outline import EDGE, Outline, Space, round_outline, spaces_of
from meshes.blocks.round_pore import Beside, pore_blocks
from meshes.mirrors import SYMMETRY_PLANES
from meshes.sizes import UNIT, MeshSizes
from meshes.spatial import EllipticPore, PoreArray


def elliptic_pore_blocks(geometry: EllipticPore, sizes: MeshSizes) -> Blocks:
    """Blocks of an elliptic pore, with the boundaries of a round one; raises a mesh error as `round_pore` does."""

    def semi_axes(x: Floats) -> Floats:
        return np.asarray(geometry.semi_axes_along(x * UNIT / geometry.length) / UNIT, dtype=float)

    x, y = geometry.offset
    outline = Outline(geometry.length / UNIT, semi_axes, spaces_of(geometry), (x / UNIT, y / UNIT))
    return pore_blocks(geometry, outline, sizes, geometry.part)


def pore_array_blocks(geometry: PoreArray, sizes: MeshSizes) -> Blocks:
    """Blocks of the unit cell of an array of pores. All planes of symmetry normal to y are `symmetry_y`, those normal to z
    `symmetry_z`. That of a hexagonal lattice is the quarter of a rectangle with two pores, at opposite corners.

    Raises:
        MeshError: as `round_pore` does.
    """
    width, height = (side / UNIT for side in geometry.cell)
    spaces = [
        Space(geometry.reservoir(name).length / UNIT, (width / 2, height / 2), SYMMETRY_PLANES, True)
        for name in geometry.terminals
    ]
    outline = Outline(geometry.length / UNIT, round_outline(geometry).semi_axes, (spaces[0], spaces[1]))
    beside = None
    if geometry.lattice == "hexagonal":

        def turned(points: Floats, y: float, z: float) -> Floats:
            return np.column_stack([points[:, 0], y - points[:, 1], z - points[:, 2]])

        beside = Beside(lambda points: turned(points, EDGE, 2 * EDGE), lambda points: turned(points, width / 2, height))
    return pore_blocks(geometry, outline, sizes, geometry.part, beside=beside)
