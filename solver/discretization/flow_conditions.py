"""Where velocities of a flow are given: walls without slip, straight ends, axes and planes of symmetry, and solids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem, la

from meshes.mirrors import MIRRORS
from meshes.tagged import TaggedMesh
from solver.discretization.boundary import TerminalCondition, WallCondition
from solver.discretization.flow_space import VELOCITY
from solver.discretization.liquid import LiquidPart


def no_slip(
    space: fem.FunctionSpace,
    tagged: TaggedMesh,
    walls: Sequence[WallCondition],
    terminals: Sequence[TerminalCondition],
    liquid: LiquidPart | None,
) -> list[fem.DirichletBC]:
    """No velocity on walls without slip and where solids begin, no normal velocity on the axis and planes of symmetry, no
    transverse one on straight ends. Collective.

    terminals: those whose straight ends are not held otherwise.
    """
    vector = space.sub(VELOCITY)
    dimension = tagged.mesh.topology.dim - 1
    collapsed, _ = vector.collapse()
    loose = {wall.name for wall in walls if wall.slip_length > 0 or wall.passes_water}
    names = [wall.name for wall in walls if wall.name not in loose]
    facets = tagged.facets_of(*names)
    if liquid is not None:
        slipping = tagged.facets_of(*sorted(loose))
        facets = np.union1d(facets, np.setdiff1d(liquid.interfaces, slipping)).astype(np.int32)
    dofs = fem.locate_dofs_topological((vector, collapsed), dimension, facets)
    conditions = [fem.dirichletbc(fem.Function(collapsed), dofs, vector)]
    for component in range(tagged.mesh.geometry.dim):
        names = [each.name for each in terminals if each.straight and each.normal != component]
        names += [name for name, normal in MIRRORS[tagged.mesh.topology.dim].items() if normal == component]
        if not names:
            continue
        transverse = vector.sub(component)
        collapsed, _ = transverse.collapse()
        dofs = fem.locate_dofs_topological((transverse, collapsed), dimension, tagged.facets_of(*names))
        conditions.append(fem.dirichletbc(fem.Function(collapsed), dofs, transverse))
    return conditions


def outside(space: fem.FunctionSpace, liquid: LiquidPart | None) -> np.ndarray:
    """Local entries of nodes outside the liquid, sorted. Collective."""
    wet = fem.Function(space).x
    wet.array[:] = liquid is None
    if liquid is not None:
        wet.array[space.dofmap.list[liquid.cells].ravel()] = 1.0
        wet.scatter_reverse(la.InsertMode.add)  # the cells around a node may lie on several ranks
        wet.scatter_forward()
    return np.flatnonzero(wet.array == 0.0).astype(np.int32)
