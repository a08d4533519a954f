"""The eliminated Stokes flow of a problem: Taylor-Hood, no slip or Navier slip, given stresses at the terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver.discretization import forms
from solver.discretization.boundary import TerminalCondition, WallCondition, slip, terminal_stress
from solver.discretization.coordinates import Metric
from solver.discretization.parameters import Drive
from solver.linear.direct import DirectSolver, pattern_of
from solver.parallel.clock import Clock


@dataclass(frozen=True)
class Surroundings:
    """What the flow takes from the problem that it belongs to: mesh, boundaries, and the ions that drive it."""

    tagged: TaggedMesh
    walls: Sequence[WallCondition]
    terminals: Sequence[TerminalCondition]
    degree: int
    metric: Metric
    dx: Any
    ds: Any
    concentrations: Sequence[Any]
    potentials: Sequence[Any]
    ions: Sequence[forms.Ion]
    clock: Clock


class Flow:
    """The eliminated Stokes flow of a problem: its matrix is factorised once."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        tagged, mesh, cell = around.tagged, around.tagged.mesh, around.tagged.mesh.basix_cell()
        degree = max(around.degree, 2)  # Taylor-Hood begins at P2-P1
        element = basix.ufl.mixed_element(
            [
                basix.ufl.element("Lagrange", cell, degree, shape=(mesh.geometry.dim,)),
                basix.ufl.element("Lagrange", cell, degree - 1),
            ]
        )
        self.space = fem.functionspace(mesh, element)
        self.state, self.right_side = fem.Function(self.space), fem.Function(self.space)
        self.u, self.p = ufl.split(self.state)
        space, self._velocity_map = self.space.sub(0).collapse()
        self._velocity = fem.Function(space)
        space, self._pressure_map = self.space.sub(1).collapse()
        self._excess = fem.Function(space)
        (u, p), (v, q) = ufl.TrialFunctions(self.space), ufl.TestFunctions(self.space)
        metric, dx, ds = around.metric, around.dx, around.ds
        left = forms.stokes(u, p, v, q, metric, dx)
        for wall in around.walls:
            if wall.slip_length > 0:
                b = wall.slip_length / tagged.unit
                left += slip(u, p, v, q, b, metric, ds(tagged.boundaries[wall.name]), degree)
        self.pressure = [fem.Constant(mesh, 0.0) for _ in around.terminals]
        self.bulk = [fem.Constant(mesh, 0.0) for _ in around.terminals]
        force = forms.osmotic_force(around.concentrations, around.potentials, around.ions, v, metric, dx)
        virtual = forms.virtual_osmotic_pressure(around.potentials, around.ions)
        for j, terminal in enumerate(around.terminals):
            tag = tagged.boundaries[terminal.name]
            force += terminal_stress(self.pressure[j] - self.bulk[j] + virtual, v, mesh, metric, ds(tag))
        self._force_form = force
        self.flow_form = ufl.action(left, self.state) + force
        self._residual: fem.Form | None = None
        self.outflow_forms = [self._into_the_device(terminal.name) for terminal in around.terminals]
        with around.clock("compile"):
            self._force = fem.form(force)
            left_form = fem.form(left)
            self.outflow = [fem.form(form) for form in self.outflow_forms]
        self.bcs = self._no_slip()
        self.fixed = np.unique(np.concatenate([bc.dof_indices()[0] for bc in self.bcs]))
        """Local indices of the constrained entries of the flow."""
        with around.clock("assembly"):
            self.matrix = fem_petsc.assemble_matrix(left_form, bcs=self.bcs)
            self.matrix.assemble()
        self.solver = DirectSolver(self.matrix, "flow_", around.clock)
        self.solver.factorise()

    def _into_the_device(self, terminal: str) -> ufl.Form:
        around = self._around
        n, tag = ufl.FacetNormal(around.tagged.mesh), around.tagged.boundaries[terminal]
        return -ufl.dot(self.u, n) * around.metric.weight * around.ds(tag)

    def _no_slip(self) -> list[fem.DirichletBC]:
        tagged, vector = self._around.tagged, self.space.sub(0)
        collapsed, _ = vector.collapse()
        zero = fem.Function(collapsed)
        names = [wall.name for wall in self._around.walls if wall.slip_length == 0]
        dofs = fem.locate_dofs_topological((vector, collapsed), 1, tagged.facets_of(*names))
        conditions = [fem.dirichletbc(zero, dofs, vector)]
        straight = [terminal.name for terminal in self._around.terminals if terminal.straight]
        transverse = vector.sub(1)
        collapsed, _ = transverse.collapse()
        dofs = fem.locate_dofs_topological((transverse, collapsed), 1, tagged.facets_of("axis", *straight))
        conditions.append(fem.dirichletbc(fem.Function(collapsed), dofs, transverse))
        return conditions

    def set_terminals(self, drive: Drive) -> None:
        """Pressures and bulk osmotic pressures of the terminals."""
        for j in range(len(self.pressure)):
            self.pressure[j].value = drive.pressure[j]
            self.bulk[j].value = np.nansum(np.exp(drive.log_concentration[j]))

    def solve(self) -> None:
        """Flow and pressure in the electric field of the current transport state."""
        clock = self._around.clock
        with clock("assembly"):
            vector = self.right_side.x.petsc_vec
            with vector.localForm() as local:
                local.set(0.0)
            fem_petsc.assemble_vector(vector, self._force)
            vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            vector.scale(-1.0)
            fem_petsc.set_bc(vector, self.bcs)
        self.solver.solve(vector, self.state.x.petsc_vec)
        self.state.x.scatter_forward()

    def velocity(self) -> fem.Function:
        """The current velocity on its own space."""
        return self.parts(self.state)[0]

    def virtual_pressure(self) -> fem.Function:
        """The current virtual pressure p - R T sum (c - c_v) on its own space."""
        return self.parts(self.state)[1]

    def parts(self, function: fem.Function) -> tuple[fem.Function, fem.Function]:
        """Velocity and pressure of a function of the flow's space, each on its own space; overwritten by the next call."""
        self._velocity.x.array[:] = function.x.array[self._velocity_map]
        self._excess.x.array[:] = function.x.array[self._pressure_map]
        return self._velocity, self._excess

    def joined(self, velocity: fem.Function, pressure: fem.Function) -> fem.Function:
        """A function of the flow's space, interpolated from a velocity and a pressure of any degree."""
        self._velocity.interpolate(velocity)
        self._excess.interpolate(pressure)
        function = fem.Function(self.space)
        function.x.array[self._velocity_map] = self._velocity.x.array
        function.x.array[self._pressure_map] = self._excess.x.array
        return function

    def residual(self) -> fem.Function:
        """Residual of the flow equations at the current state of flow and transport; zero at constrained entries."""
        if self._residual is None:
            with self._around.clock("compile"):
                self._residual = fem.form(self.flow_form)
        found = fem.Function(self.space)
        fem_petsc.assemble_vector(found.x.petsc_vec, self._residual)
        found.x.petsc_vec.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        found.x.array[self.fixed] = 0.0
        return found

    def couple(self, transport: ufl.Form, w: fem.Function, constrained: np.ndarray) -> None:
        """Compile the two coupling blocks C = dF/du and B = dG/dw; assembled only when they are needed."""
        with self._around.clock("compile"):
            self._to_transport = fem.form(ufl.derivative(transport, self.state))
            self._to_flow = fem.form(ufl.derivative(self._force_form, w))
        self._constrained = constrained
        self._blocks: tuple[PETSc.Mat, PETSc.Mat] | None = None

    def coupling_blocks(self, *, constrained: bool = True) -> tuple[PETSc.Mat, PETSc.Mat]:
        """C (rows of constrained transport unknowns zero, unless wanted as they are) and B (rows of constrained flow unknowns
        zero)."""
        around = self._around
        with around.clock("assembly"):
            if self._blocks is None:
                self._blocks = pattern_of(self._to_transport), pattern_of(self._to_flow)
            for block, form, rows in zip(
                self._blocks, (self._to_transport, self._to_flow), (self._constrained, self.fixed), strict=True
            ):
                block.zeroEntries()
                fem_petsc.assemble_matrix(block, form)
                block.assemble()
                if not constrained and form is self._to_transport:
                    continue
                first, last = block.getOwnershipRange()
                owned = rows[rows < last - first]
                block.zeroRows((owned + first).astype(np.int32), 0.0)
        return self._blocks

    @property
    def unknowns(self) -> int:
        """Global number of flow unknowns."""
        return int(self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs)
