"""How fine the mesh of a drawing has to be."""

from __future__ import annotations

from meshes.drawing import DrawingSizes
from solver.case.case import Case

COARSE_CORNER = 0.1
"""Corner cells over wall cells of the mesh from which adaptation begins."""


def drawing_sizes(case: Case, thickness: float) -> DrawingSizes:
    """Cells of the mesh of a drawing by the controls of the case; where it is adapted to a tolerance, of the coarse mesh that
    this begins with, one cell in the double layer.

    thickness: of the thinnest double layer of the study, m.
    """
    controls, adapted = case.mesh, case.mesh.tolerance is not None
    wall = thickness if adapted else controls.wall_size.metres(thickness)
    corner = COARSE_CORNER * thickness if adapted else controls.corner_size.metres(thickness)
    charged = tuple(name for name, each in case.walls.items() if each.is_charged or each.is_electrode)
    return DrawingSizes(wall, corner, controls.growth, charged)
