"""Points in the cells of a rank, and the values of functions there."""

from __future__ import annotations

from dataclasses import dataclass

import basix
import numpy as np
from dolfinx import fem
from dolfinx import mesh as dmesh

from meshes.compat import degree_of_cells, nodes_of_cells

BATCH = 50_000
"""Points at a time: bounds the memory of what is tabulated."""


@dataclass(frozen=True)
class CellPoints:
    """Points, each in a cell of this rank.

    Attributes:
        points: in coordinates of the mesh. Shape (points, 3). cells: of each point. Shape (points,).
        reference: the same points in the reference cell, where they are known: evaluation is many times quicker then.
            Shape (points, dimension).
    """

    points: np.ndarray
    cells: np.ndarray
    reference: np.ndarray | None = None

    def values(self, function: fem.Function) -> np.ndarray:
        """A Lagrange function at the points. Shape (points, components)."""
        if self.reference is None:
            return np.asarray(function.eval(self.points, self.cells))
        space = function.function_space
        width, element = space.dofmap.bs, space.element.basix_element
        nodes, dofs = function.x.array.reshape(-1, width), space.dofmap.list
        found = np.zeros((len(self.cells), width))
        for start in range(0, len(self.cells), BATCH):
            part = slice(start, start + BATCH)
            shapes = element.tabulate(0, self.reference[part])[0, :, :, 0]
            found[part] = np.einsum("pn,pnk->pk", shapes, nodes[dofs[self.cells[part]]])
        return found


def placed(mesh: dmesh.Mesh, cells: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of the reference cell in cells of a mesh, curved or not, and the Jacobians there.

    Shapes: cells (n,), reference (n, dimension), the results (n, 3) and (n, 3, dimension).
    """
    element = basix.create_element(basix.ElementFamily.P, mesh.basix_cell(), degree_of_cells(mesh))
    points, jacobians = np.zeros((len(cells), 3)), np.zeros((len(cells), 3, reference.shape[1]))
    for start in range(0, len(cells), BATCH):
        part = slice(start, start + BATCH)
        shapes = element.tabulate(1, reference[part])[:, :, :, 0]
        corners = mesh.geometry.x[nodes_of_cells(mesh)[cells[part]]]
        points[part] = np.einsum("pn,pni->pi", shapes[0], corners)
        jacobians[part] = np.einsum("dpn,pni->pid", shapes[1:], corners)
    return points, jacobians
