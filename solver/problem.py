"""The discrete problem: spaces, unknowns, residual, Jacobian and boundary conditions; complete when constructed.

P2 for the potential and the electrochemical potentials, Taylor-Hood P2-P1 for the flow (or another degree: one higher
measures the error, see `solver.enriched`). The Stokes equations are linear
with a constant matrix S, so the flow is eliminated: the residual of the transport unknowns w = (phi, mu_1, ..) is
R(w) = F(w, u(w)) with S u = -G(w), and its Jacobian A - C S^-1 B (A = dF/dw, C = dF/du, B = dG/dw).
"""

from __future__ import annotations

from collections.abc import Sequence

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver import forms
from solver.boundary import TerminalCondition, WallCondition, charge_terms, slip, terminal_stress, wall_charge
from solver.drive import Drive, Ionic
from solver.linear import DirectSolver
from solver.runtime import Clock
from solver.scaling import Scales

DEGREE = 2
"""Degree of the potentials and of the velocity, unless a problem says otherwise."""


class Problem:
    """Residual and Jacobian of a device on a mesh.

    Args:
        tagged: the mesh with its boundary names.
        scales: the units of all unknowns.
        species: the ions.
        terminals, walls: their names and, for walls, the shape of their charge and slip; the values are set by a
            `Drive` (see `drive`).
        flow: whether the Stokes equations are solved.
        fixed_charge: a fixed volume charge (UFL expression or None), in units of F times the scale of concentration.
        quadrature_degree: of all integrals.
        degree: of the potentials and (at least 2) of the velocity; the pressure has one less.
    """

    def __init__(
        self,
        tagged: TaggedMesh,
        scales: Scales,
        species: Sequence[Ionic],
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        *,
        flow: bool,
        clock: Clock,
        fixed_charge: object | None = None,
        quadrature_degree: int = 5,
        degree: int = DEGREE,
    ) -> None:
        self.tagged, self.scales, self.species, self.clock = tagged, scales, tuple(species), clock
        self.terminals, self.walls = tuple(terminals), tuple(walls)
        self.mesh = mesh = tagged.mesh
        self.degree = degree
        self._facet_dim = mesh.topology.dim - 1
        self.metric = forms.Metric.of(mesh, tagged.symmetry)
        metadata = {"quadrature_degree": quadrature_degree}
        self.dx = ufl.Measure("dx", mesh, metadata=metadata)
        self.ds = ufl.Measure("ds", mesh, subdomain_data=tagged.facets, metadata=metadata)
        cell = mesh.basix_cell()

        # ---- transport unknowns, interleaved
        self.space = fem.functionspace(
            mesh, basix.ufl.element("Lagrange", cell, degree, shape=(1 + len(self.species),))
        )
        self.state = fem.Function(self.space)
        self.residual = fem.Function(self.space)
        w, t = self.state, ufl.TestFunction(self.space)
        self.phi, self.mu = w[0], [w[1 + i] for i in range(len(self.species))]
        self.ions = [forms.Ion(s.valence, fem.Constant(mesh, 0.0)) for s in self.species]
        self.c = forms.concentrations(self.phi, self.mu, self.ions)
        self.rho = forms.charge_density(self.c, self.ions)
        self.coupling, self.peclet = fem.Constant(mesh, 0.0), fem.Constant(mesh, 0.0)

        # ---- flow unknowns
        self.flow: Flow | None = Flow(self) if flow else None
        self.u = self.flow.u if self.flow else None

        # ---- transport equations
        scalar = fem.functionspace(mesh, basix.ufl.element("Lagrange", cell, degree))
        self.scalar = scalar
        self._charges = charge_terms(self.walls, dict(tagged.boundaries), scalar, tagged.unit)
        charge = self.rho if fixed_charge is None else self.rho + fixed_charge
        form = forms.poisson(self.phi, charge, self.coupling, t[0], self.metric, self.dx)
        form += wall_charge(self._charges, t[0], self.metric, self.ds) if self._charges else 0
        for i, ion in enumerate(self.ions):
            form += forms.nernst_planck(self.c[i], self.mu[i], self.u, ion, self.peclet, t[1 + i], self.metric, self.dx)
        self.transport_form = form
        with clock("compile"):
            self._form = fem.form(form)
            self._tangent = fem.form(ufl.derivative(form, w))
        self._values: list[fem.Function] = []  # boundary values of each unknown
        self._held = [  # terminals that hold each unknown
            [j for j, t in enumerate(self.terminals) if k == 0 or t.concentrations[k - 1] is not None]
            for k in range(1 + len(self.species))
        ]
        self.terminal_dofs = [  # nodes of each terminal, in the numbering of `scalar`
            fem.locate_dofs_topological(scalar, self._facet_dim, tagged.facets_of(terminal.name))
            for terminal in self.terminals
        ]
        self.bcs = [bc for k in range(1 + len(self.species)) for bc in self._dirichlet(k)]
        self.constrained = self._constrained_dofs()
        self.jacobian = _matrix(self._tangent)
        if self.flow:
            self.flow.couple(form, w)

    # ------------------------------------------------------------------ boundary values
    def _dirichlet(self, component: int) -> list[fem.DirichletBC]:
        """Conditions of one unknown on all terminals that hold it."""
        conditions = []
        subspace = self.space.sub(component)
        collapsed, _ = subspace.collapse()
        self._values.append(fem.Function(collapsed))
        # Values and fields of single unknowns are indexed as in the scalar space.
        if not np.array_equal(collapsed.dofmap.list, self.scalar.dofmap.list):
            raise RuntimeError("DOLFINx numbers the components of the blocked space differently")
        for j in self._held[component]:
            facets = self.tagged.facets_of(self.terminals[j].name)
            dofs = fem.locate_dofs_topological((subspace, collapsed), self._facet_dim, facets)
            conditions.append(fem.dirichletbc(self._values[component], dofs, subspace))
        return conditions

    def _constrained_dofs(self) -> np.ndarray:
        """Local indices of the constrained entries of the state."""
        dofs = [bc.dof_indices()[0] for bc in self.bcs]
        return np.unique(np.concatenate(dofs)) if dofs else np.array([], dtype=np.int32)

    def drive(
        self,
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        species: Sequence[Ionic],
        scales: Scales,
    ) -> Drive:
        """The dimensionless drive of a set of conditions (names and shapes as at construction).

        `scales` may differ from the problem's in permittivity, temperature and viscosity only.
        """
        radius = self.scalar.tabulate_dof_coordinates()[:, 1] * self.tagged.unit
        offset = tuple(
            np.zeros(len(dofs)) if t.equilibrium is None else t.equilibrium(radius[dofs]) / scales.potential
            for t, dofs in zip(terminals, self.terminal_dofs, strict=True)
        )
        logs = [[np.nan if c is None else scales.chemical_potential(c) for c in t.concentrations] for t in terminals]
        return Drive(
            potential=np.array([t.potential for t in terminals]) / scales.potential,
            pressure=np.array([t.pressure for t in terminals]) / scales.pressure,
            log_concentration=np.array(logs),
            offset=offset,
            charge=np.array([p.charge for wall in walls for p in wall.patches]) / scales.surface_charge,
            diffusivity=np.array([s.diffusivity for s in species]) / scales.diffusivity,
            coefficients=np.array([scales.charge_coupling, scales.peclet]),
            scales=scales,
        )

    def set_drive(self, drive: Drive) -> None:
        """Put the values of a drive into the forms and the boundary conditions; the state stays as it is."""
        self.scales = drive.scales
        self.coupling.value, self.peclet.value = drive.coefficients
        for term, value in zip(self._charges, drive.charge, strict=True):
            term.constant.value = value
        for ion, value in zip(self.ions, drive.diffusivity, strict=True):
            ion.diffusivity.value = value
        for k, function in enumerate(self._values):
            for j, dofs in enumerate(self.terminal_dofs):
                voltage = drive.potential[j]
                if k == 0:
                    function.x.array[dofs] = voltage + drive.offset[j]
                else:
                    value = drive.log_concentration[j, k - 1]
                    function.x.array[dofs] = 0 if np.isnan(value) else value + self.species[k - 1].valence * voltage
        if self.flow:
            self.flow.set_terminals(drive)

    def start_at_rest(self, drive: Drive) -> None:
        """Set the state to no potential and the mean electrochemical potential of the terminals."""
        components = self.state.x.array.reshape(-1, 1 + len(self.species))
        components[:, 0] = 0
        components[:, 1:] = np.nanmean(drive.log_concentration, axis=0)

    # ------------------------------------------------------------------ assembly
    def assemble_residual(self) -> PETSc.Vec:
        """R(w) at the current state, the flow solved for; constrained entries hold state minus boundary value."""
        if self.flow:
            self.flow.solve()
        with self.clock("assembly"):
            vector = self.unconstrained_residual()
            fem_petsc.set_bc(vector, self.bcs, self.state.x.petsc_vec, -1.0)
        return vector

    def hold_terminals(self) -> None:
        """Put the boundary values of the drive into the state, and leave all other entries."""
        components = self.state.x.array.reshape(-1, 1 + len(self.species))
        for component, terminals in enumerate(self._held):
            dofs = np.concatenate([self.terminal_dofs[j] for j in terminals])
            components[dofs, component] = self._values[component].x.array[dofs]

    def unconstrained_residual(self) -> PETSc.Vec:
        """F(w, u) without boundary conditions: its entries at a terminal sum to what enters there."""
        vector = self.residual.x.petsc_vec
        with vector.localForm() as local:
            local.set(0.0)
        fem_petsc.assemble_vector(vector, self._form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return vector

    def terminal_rates(self) -> np.ndarray:
        """Dimensionless rate at which each species enters at each terminal, for the flow at hand. Shape (terminals,
        species). Collective."""
        with self.clock("assembly"):
            self.unconstrained_residual()
        components = self.residual.x.array.reshape(-1, 1 + len(self.species))[:, 1:]
        owned = self.scalar.dofmap.index_map.size_local
        local = np.array([components[dofs[dofs < owned]].sum(axis=0) for dofs in self.terminal_dofs])
        return np.asarray(self.mesh.comm.allreduce(local, op=MPI.SUM))

    def flow_rates(self) -> np.ndarray:
        """Dimensionless flow rate into the device at each terminal for the flow at hand; zeros without flow. Collective."""
        if self.flow is None:
            return np.zeros(len(self.terminals))
        local = np.array([fem.assemble_scalar(form) for form in self.flow.outflow])
        return np.asarray(self.mesh.comm.allreduce(local, op=MPI.SUM))

    def imbalance(self) -> float:
        """Net charge that would pile up in the device per unit of time, over the largest current of a terminal; the flow
        is solved for first."""
        if self.flow:
            self.flow.solve()
        totals = self.terminal_rates() @ np.array([s.valence for s in self.species])
        return float(abs(totals.sum()) / max(np.abs(totals).max(), 1e-300))

    def assemble_jacobian(self) -> PETSc.Mat:
        """A = dF/dw at fixed flow; constrained rows are the identity, their columns stay."""
        with self.clock("assembly"):
            self.jacobian.zeroEntries()
            fem_petsc.assemble_matrix(self.jacobian, self._tangent)
            self.jacobian.assemble()
            owned = self.constrained[self.constrained < self._owned()]
            first = self.jacobian.getOwnershipRange()[0]
            self.jacobian.zeroRows((owned + first).astype(np.int32), 1.0)
        return self.jacobian

    def _owned(self) -> int:
        return int(self.space.dofmap.index_map.size_local * self.space.dofmap.index_map_bs)

    @property
    def unknowns(self) -> int:
        """Global number of unknowns, flow included."""
        own = self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs
        return int(own + (self.flow.unknowns if self.flow else 0))


def _matrix(form: fem.Form) -> PETSc.Mat:
    """A matrix whose pattern survives when rows of constrained unknowns are set to zero."""
    matrix = fem_petsc.create_matrix(form)
    matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
    return matrix


class Flow:
    """The eliminated Stokes flow of a problem: its matrix is factorised once."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        mesh, tagged, cell = problem.mesh, problem.tagged, problem.mesh.basix_cell()
        degree = max(problem.degree, 2)  # Taylor-Hood begins at P2-P1
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
        metric, dx, ds = problem.metric, problem.dx, problem.ds
        left = forms.stokes(u, p, v, q, metric, dx)
        for wall in problem.walls:
            if wall.slip_length > 0:
                b = wall.slip_length / tagged.unit
                left += slip(u, p, v, q, b, metric, ds(tagged.boundaries[wall.name]), degree)
        self.pressure = [fem.Constant(mesh, 0.0) for _ in problem.terminals]
        self.bulk = [fem.Constant(mesh, 0.0) for _ in problem.terminals]
        force = forms.osmotic_force(problem.c, problem.mu, problem.ions, v, metric, dx)
        virtual = forms.virtual_osmotic_pressure(problem.mu, problem.ions)
        for j, terminal in enumerate(problem.terminals):
            tag = tagged.boundaries[terminal.name]
            force += terminal_stress(self.pressure[j] - self.bulk[j] + virtual, v, mesh, metric, ds(tag))
        self._force_form = force
        self.flow_form = ufl.action(left, self.state) + force
        self._residual: fem.Form | None = None
        self.outflow_forms = [self._into_the_device(terminal.name) for terminal in problem.terminals]
        with problem.clock("compile"):
            self._force = fem.form(force)
            left_form = fem.form(left)
            self.outflow = [fem.form(form) for form in self.outflow_forms]
        self.bcs = self._no_slip()
        self.fixed = np.unique(np.concatenate([bc.dof_indices()[0] for bc in self.bcs]))
        """Local indices of the constrained entries of the flow."""
        with problem.clock("assembly"):
            self.matrix = fem_petsc.assemble_matrix(left_form, bcs=self.bcs)
            self.matrix.assemble()
        self.solver = DirectSolver(self.matrix, "flow_", problem.clock)
        self.solver.factorise()

    def _into_the_device(self, terminal: str) -> ufl.Form:
        problem = self._problem
        n, tag = ufl.FacetNormal(problem.mesh), problem.tagged.boundaries[terminal]
        return -ufl.dot(self.u, n) * problem.metric.weight * problem.ds(tag)

    def _no_slip(self) -> list[fem.DirichletBC]:
        tagged, vector = self._problem.tagged, self.space.sub(0)
        collapsed, _ = vector.collapse()
        zero = fem.Function(collapsed)
        names = [wall.name for wall in self._problem.walls if wall.slip_length == 0]
        dofs = fem.locate_dofs_topological((vector, collapsed), 1, tagged.facets_of(*names))
        conditions = [fem.dirichletbc(zero, dofs, vector)]
        straight = [terminal.name for terminal in self._problem.terminals if terminal.straight]
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
        clock = self._problem.clock
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
            with self._problem.clock("compile"):
                self._residual = fem.form(self.flow_form)
        found = fem.Function(self.space)
        fem_petsc.assemble_vector(found.x.petsc_vec, self._residual)
        found.x.petsc_vec.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        found.x.array[self.fixed] = 0.0
        return found

    def couple(self, transport: ufl.Form, w: fem.Function) -> None:
        """Compile the two coupling blocks C = dF/du and B = dG/dw; assembled only when they are needed."""
        with self._problem.clock("compile"):
            self._to_transport = fem.form(ufl.derivative(transport, self.state))
            self._to_flow = fem.form(ufl.derivative(self._force_form, w))
        self._blocks: tuple[PETSc.Mat, PETSc.Mat] | None = None

    def coupling_blocks(self) -> tuple[PETSc.Mat, PETSc.Mat]:
        """C (rows of constrained transport unknowns zero) and B (rows of constrained flow unknowns zero)."""
        problem = self._problem
        with problem.clock("assembly"):
            if self._blocks is None:
                self._blocks = _matrix(self._to_transport), _matrix(self._to_flow)
            for block, form, rows in zip(
                self._blocks, (self._to_transport, self._to_flow), (problem.constrained, self.fixed), strict=True
            ):
                block.zeroEntries()
                fem_petsc.assemble_matrix(block, form)
                block.assemble()
                first, last = block.getOwnershipRange()
                owned = rows[rows < last - first]
                block.zeroRows((owned + first).astype(np.int32), 0.0)
        return self._blocks

    @property
    def unknowns(self) -> int:
        """Global number of flow unknowns."""
        return int(self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs)
