"""Block meshes as models of Gmsh, to be written to files."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshes.blocks.mesh import EDGES, BlockMesh

TRIANGLE, TETRAHEDRON = 9, 11
"""Numbers of Gmsh's elements of second order."""

_OF_TRIANGLE = [0, 1, 2, 5, 3, 4]
_OF_TETRAHEDRON = [0, 1, 2, 3, *(4 + EDGES.index(pair) for pair in ((0, 1), (1, 2), (0, 2), (0, 3), (2, 3), (1, 3)))]
"""Our nodes in the order of Gmsh."""


def put_blocks_into(gmsh: Any, mesh: BlockMesh) -> None:
    """Put a mesh with the names of its boundaries and regions into the current model."""
    model = gmsh.model
    whole = max(mesh.regions.values())
    for name, tag in mesh.regions.items():
        model.addDiscreteEntity(3, tag)
        model.addPhysicalGroup(3, [tag], tag, name)
    for name, tag in mesh.boundaries.items():
        model.addDiscreteEntity(2, tag)
        model.addPhysicalGroup(2, [tag], tag, name)
    model.mesh.addNodes(3, whole, np.arange(1, len(mesh.nodes) + 1), mesh.nodes.ravel())
    of_elements = (
        (3, TETRAHEDRON, mesh.regions, mesh.cells[:, _OF_TETRAHEDRON], mesh.numbers),
        (2, TRIANGLE, mesh.boundaries, mesh.facets[:, _OF_TRIANGLE], mesh.markers),
    )
    for _, kind, names, elements, tags in of_elements:
        for tag in names.values():
            model.mesh.addElementsByType(tag, kind, [], (elements[tags == tag] + 1).ravel())
    model.mesh.reclassifyNodes()
