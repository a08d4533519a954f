"""The space of a flow: velocity of degree k, and a pressure that is the sum of a continuous part of degree k - 1 (Taylor and
Hood) and of constants, so that volume is conserved locally (see `solver.discretization.cell_pressure`)."""

from __future__ import annotations

from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh

from meshes.tagged import TaggedMesh
from solver.discretization.cell_pressure import CONSTANTS as CONSTANTS
from solver.discretization.cell_pressure import CONTINUOUS as CONTINUOUS
from solver.discretization.cell_pressure import VELOCITY as VELOCITY
from solver.discretization.cell_pressure import ContinuousPressure
from solver.discretization.cell_pressure import constants_of as constants_of
from solver.discretization.liquid import LiquidPart
from solver.discretization.numbering import constant_in_groups, one_after_the_other
from solver.parallel import compat


def flow_space(tagged: TaggedMesh, degree: int, apart: bool = False) -> fem.FunctionSpace:
    """The space of a mesh, with velocities of a degree. There is a constant of the pressure in each triangle, and in each
    hexahedron that was split into tetrahedra; none in other tetrahedra. Collective.

    apart: whether the owned unknowns are those of the velocity, of the continuous pressure and of its constants one after the
        other, the velocity as in `velocity_space`.
    """
    mesh, together = tagged.mesh, tagged.cells_per_hexahedron
    cell, plane = mesh.basix_cell(), mesh.topology.dim == 2
    parts = [basix.ufl.element("Lagrange", cell, degree, shape=(mesh.geometry.dim,))]
    parts.append(basix.ufl.element("Lagrange", cell, degree - 1))
    if plane or together > 1:
        parts.append(basix.ufl.element("DG", cell, 0))
    space = fem.functionspace(mesh, basix.ufl.mixed_element(parts))
    if apart:
        own = [velocity_space(mesh, degree), fem.functionspace(mesh, parts[CONTINUOUS])]
        if plane:
            own.append(fem.functionspace(mesh, parts[CONSTANTS]))
        return one_after_the_other(space, tuple(own), together if len(parts) > len(own) else 0)
    return space if plane or together == 1 else constant_in_groups(space, CONSTANTS, together)


def velocity_space(mesh: dmesh.Mesh, degree: int) -> fem.FunctionSpace:
    """The space of the velocity alone. Collective."""
    return fem.functionspace(mesh, basix.ufl.element("Lagrange", mesh.basix_cell(), degree, shape=(mesh.geometry.dim,)))


def split(flow: Any) -> tuple[Any, Any]:
    """Velocity and whole pressure of a function of the space."""
    velocity, continuous, *constant = ufl.split(flow)
    return velocity, continuous + constant[0] if constant else continuous


class FlowFields:
    """Velocity and pressure of a flow as functions of their own.

    Args:
        state: function of the space, into which a flow is put to be read.
        degree: of the velocity.
        liquid: where there is flow; None where that is everywhere.
    """

    def __init__(self, state: fem.Function, degree: int, liquid: LiquidPart | None) -> None:
        self._state, self._degree, self._liquid = state, degree, liquid
        self._velocity: tuple[fem.Function, fem.Expression] | None = None
        self._pressure: ContinuousPressure | None = None

    def velocity(self, flow: np.ndarray) -> fem.Function:
        """Velocity of an array of flow unknowns on a space of its own; overwritten by the next call. Collective."""
        if self._velocity is None:
            # DOLFINx 0.9 collapses sub-spaces of degree 3 wrongly; expressions are right
            space = velocity_space(self._state.function_space.mesh, self._degree)
            self._velocity = fem.Function(space), compat.expression(split(self._state)[0], space)
        found, expression = self._velocity
        self._state.x.array[:] = flow
        found.interpolate(expression)
        found.x.scatter_forward()
        return found

    def pressure_parts(self, flow: np.ndarray) -> tuple[fem.Function, np.ndarray]:
        """Continuous part of the virtual pressure of an array of flow unknowns, and what is added to it in each local cell.
        Collective."""
        self._state.x.array[:] = flow
        space = self._state.function_space
        continuous = self._state.sub(CONTINUOUS).collapse()
        if constants_of(space) is None:
            return continuous, np.zeros(len(space.dofmap.list))
        return continuous, flow[space.sub(CONSTANTS).dofmap.list[:, 0]]

    def pressure(self, flow: np.ndarray, scalar: fem.FunctionSpace) -> np.ndarray:
        """Virtual pressure of an array of flow unknowns at the nodes of a Lagrange space. Collective."""
        if self._pressure is None:
            space, continuous = self._state.function_space, ufl.split(self._state)[CONTINUOUS]
            self._pressure = ContinuousPressure(space, constants_of(space), scalar, continuous, self._liquid)
        self._state.x.array[:] = flow
        return self._pressure.of(flow)
