"""Whether a mesh resolves the layers at the walls of porous materials, across which the flow comes to rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from meshes.tagged import TaggedMesh
from solver.accuracy.resolution import COARSE_PART, coarse_part
from solver.case.case import Case
from solver.check.regions import COARSEST_FRICTION_CELL, friction_length


def unresolved_flow(tagged: TaggedMesh, points: Sequence[Case]) -> Iterator[str]:
    """A sentence for every porous material at a wall whose cells are thicker than its layer of flow at one of the points.
    Collective."""
    if points[0].solver.flow == "none":
        return
    for name in points[0].regions:
        length = min(friction_length(case.regions[name]) for case in points)
        if not math.isfinite(length):
            continue
        others = [other for other in points[0].regions if other != name]
        for wall in points[0].walls:
            part, mean = coarse_part(tagged, wall, COARSEST_FRICTION_CELL * length, others)
            if part > COARSE_PART:
                yield (
                    f"the cells of '{name}' at wall '{wall}' are {1e9 * mean:.2g} nm thick, but its flow comes to rest within"
                    f" {1e9 * length:.2g} nm of it, the square root of its permeability: flow rates, and most of all what the"
                    " charge of the wall drives, will be wrong; refine the mesh there"
                )
