"""What the mesh of a device that the program draws must resolve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from meshes.geometry import BOTH_FACES
from meshes.grading import FAN_CELLS, LEAST_LAYERS, UNCHANGED, Coarsening
from meshes.layout import EVERYWHERE_FLUID, Layout

UNIT = 1e-9
"""Metres per mesh unit: nanometres keep Gmsh's and DOLFINx's absolute tolerances harmless."""

COARSENINGS = (Coarsening(2.0), Coarsening(2.0, 2), Coarsening(math.sqrt(2.0), 2))
"""From a mesh in three dimensions to the coarser one by which its errors are estimated; the first that can be made counts:
two cells around a quarter of a round section are sometimes too few."""


@dataclass(frozen=True)
class Face:
    """The face of the membrane beside a mouth.

    Attributes:
        wall: name of the boundary. charged: whether it carries charge and needs layers.
        jumps: distances from the axis (m) where its charge jumps, ascending.
    """

    wall: str = BOTH_FACES
    charged: bool = False
    jumps: tuple[float, ...] = ()


@dataclass(frozen=True)
class MeshSizes:
    """What the mesh must resolve, in metres and plain numbers.

    Attributes:
        wall: length of the cell at a charged wall, normal to it.
        corner: length of the cell at mouth corners and charge jumps. The plates of a closed cell take the shorter of the two.
        growth: largest ratio of neighbouring cells.
        axial_cells: least number of cells along each stretch of channel, or of a closed cell.
        refinement: times that every cell is split in two.
        coarsening: of every edge, once it is refined.
        stations: axial positions inside the channel where the surface charge jumps.
        sharp_ends: whether what an end of the channel holds does not fit its wall, so that there is a layer along the end.
        faces: what the face of the membrane in front of each terminal is, where it is not an uncharged "membrane_face".
        layers: least number of cells between axis and wall.
        fan: cells around a mouth corner.
        layout: materials in and around the channel.
        layered: names of the walls with a double layer, of stacks and where a particle makes the mesh one of triangles.
        nodes: grid lines of a family of strips (see `Grading.positions`) where they are not the integers.
    """

    wall: float
    corner: float
    growth: float = 1.5
    axial_cells: int = 16
    refinement: int = 0
    coarsening: Coarsening = UNCHANGED
    stations: tuple[float, ...] = ()
    sharp_ends: bool = False
    faces: Mapping[str, Face] = field(default_factory=dict)
    layers: int = LEAST_LAYERS
    fan: int = FAN_CELLS
    layout: Layout = EVERYWHERE_FLUID
    layered: tuple[str, ...] = ()
    nodes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
