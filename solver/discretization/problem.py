"""The discrete problem: spaces, unknowns, residual, Jacobian and boundary conditions; complete when constructed.

P2 for the potential and the electrochemical potentials, Taylor-Hood P2-P1 for the flow (or another degree: one higher
measures the error, see `solver.accuracy.enriched`). The Stokes equations are linear
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
from solver.discretization import forms
from solver.discretization.boundary import (
    TerminalCondition,
    WallCondition,
    charge_terms,
    stern_charge,
    stern_layer,
    wall_charge,
)
from solver.discretization.coordinates import Metric
from solver.discretization.flow import Flow, Surroundings
from solver.discretization.parameters import Drive, Ionic
from solver.linear.direct import pattern_of
from solver.parallel.clock import Clock
from solver.physics.scales import Scales

DEGREE = 2
"""Degree of the potentials and of the velocity, unless a problem says otherwise."""


SLOWEST = 1e-6
"""Rate, in inverse diffusion times, of the storage term that fixes the content of a device without terminals."""


class Problem:
    """Residual and Jacobian of a device on a mesh.

    Args:
        tagged: the mesh with its boundary names.
        scales: the units of all unknowns.
        species: the ions.
        terminals, walls: their names and, for walls, the shape of their charge and slip; the values are set by a
            `Drive` (see `drive`).
        flow: whether the Stokes equations are solved.
        stores: whether the ions' storage d c/dt is part of the residual (see `hold_content` and `solver.studies.transient.stepper`).
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
        stores: bool = False,
        fixed_charge: object | None = None,
        quadrature_degree: int = 5,
        degree: int = DEGREE,
    ) -> None:
        self.tagged, self.scales, self.species, self.clock = tagged, scales, tuple(species), clock
        self.terminals, self.walls = tuple(terminals), tuple(walls)
        self.electrodes = [(wall.name, wall.electrode) for wall in walls if wall.electrode is not None]
        self.mesh = mesh = tagged.mesh
        self.degree = degree
        self._facet_dim = mesh.topology.dim - 1
        self.metric = Metric.of(mesh, tagged.symmetry)
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
        self.flow: Flow | None = None
        if flow:
            self.flow = Flow(
                Surroundings(
                    tagged, self.walls, self.terminals, degree, self.metric, self.dx, self.ds, self.c, self.mu, self.ions,
                    clock,
                )
            )  # fmt: skip
        self.u = self.flow.u if self.flow else None

        # ---- transport equations
        scalar = fem.functionspace(mesh, basix.ufl.element("Lagrange", cell, degree))
        self.scalar = scalar
        self.charges = charge_terms(self.walls, dict(tagged.boundaries), scalar, tagged.unit)
        charge = self.rho if fixed_charge is None else self.rho + fixed_charge
        form = forms.poisson(self.phi, charge, self.coupling, t[0], self.metric, self.dx)
        form += wall_charge(self.charges, t[0], self.metric, self.ds) if self.charges else 0
        for i, ion in enumerate(self.ions):
            form += forms.nernst_planck(self.c[i], self.mu[i], self.u, ion, self.peclet, t[1 + i], self.metric, self.dx)
        form += self._stern_layers(t[0])
        contents = sum(forms.storage(c, t[1 + i], self.metric, self.dx) for i, c in enumerate(self.c))
        self.storage_rate = fem.Constant(mesh, 0.0)
        """What the content is multiplied with in the residual: 1 / (step times coefficient) of a time step."""
        self.history: np.ndarray | None = None
        """What is added to the residual: the storage that comes from earlier states. Owned entries."""
        self.stores = stores
        if stores:
            form += self.storage_rate * contents
        self.transport_form = form
        with clock("compile"):
            self._form = fem.form(form)
            self._tangent = fem.form(ufl.derivative(form, w))
            self._contents = fem.form(contents) if stores else None
        self._values: list[fem.Function] = []  # boundary values of each unknown
        self._held = [  # terminals that hold each unknown
            [j for j, t in enumerate(self.terminals) if k == 0 or t.concentrations[k - 1] is not None]
            for k in range(1 + len(self.species))
        ]
        self.terminal_dofs = [  # nodes of each terminal, in the numbering of `scalar`
            fem.locate_dofs_topological(scalar, self._facet_dim, tagged.facets_of(terminal.name))
            for terminal in self.terminals
        ]
        self.electrode_dofs = [  # likewise of each electrode
            fem.locate_dofs_topological(scalar, self._facet_dim, tagged.facets_of(name)) for name, _ in self.electrodes
        ]
        self._bare_electrodes = [  # those without a Stern layer
            dofs
            for (_, electrode), dofs in zip(self.electrodes, self.electrode_dofs, strict=True)
            if electrode.capacitance is None
        ]
        self.bcs = [bc for k in range(1 + len(self.species)) for bc in self._dirichlet(k)]
        self.constrained = self._constrained_dofs()
        self.jacobian = pattern_of(self._tangent)
        if self.flow:
            self.flow.couple(form, w, self.constrained)

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
        for name, electrode in self.electrodes if component == 0 else ():
            if electrode.capacitance is None:
                facets = self.tagged.facets_of(name)
                dofs = fem.locate_dofs_topological((subspace, collapsed), self._facet_dim, facets)
                conditions.append(fem.dirichletbc(self._values[0], dofs, subspace))
        return conditions

    def _stern_layers(self, v: object) -> ufl.Form | int:
        """Their terms in the Poisson equation, and the forms of the electrodes' charges."""
        self._electrode_values: list[tuple[fem.Constant, fem.Constant]] = []
        self._stern_charges: list[fem.Form | None] = []
        terms: ufl.Form | int = 0
        for name, electrode in self.electrodes:
            potential, capacitance = fem.Constant(self.mesh, 0.0), fem.Constant(self.mesh, 0.0)
            self._electrode_values.append((potential, capacitance))
            if electrode.capacitance is None:
                self._stern_charges.append(None)
                continue
            ds = self.ds(self.tagged.boundaries[name])
            terms += stern_layer(potential, capacitance, self.phi, v, self.metric, ds)
            charge = stern_charge(potential, capacitance, self.phi, self.metric, ds)
            with self.clock("compile"):
                self._stern_charges.append(fem.form(charge))
        return terms

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
        bulk: Sequence[float] = (),
    ) -> Drive:
        """The dimensionless drive of a set of conditions (names and shapes as at construction).

        `bulk` (mol/m^3 of each species) is what a device without terminals is filled with. `scales` may differ from the
        problem's in permittivity, temperature and viscosity only.
        """
        radius = self.scalar.tabulate_dof_coordinates()[:, 1] * self.tagged.unit
        offset = tuple(
            np.zeros(len(dofs)) if t.equilibrium is None else t.equilibrium(radius[dofs]) / scales.potential
            for t, dofs in zip(terminals, self.terminal_dofs, strict=True)
        )
        logs = [[np.nan if c is None else scales.chemical_potential(c) for c in t.concentrations] for t in terminals]
        log_concentration = np.array(logs).reshape(len(terminals), len(species))
        rest = np.nanmean(log_concentration, axis=0) if logs else np.array([scales.chemical_potential(c) for c in bulk])
        electrodes = [wall.electrode for wall in walls if wall.electrode is not None]
        stern = [np.nan if e.capacitance is None else e.capacitance / scales.capacitance for e in electrodes]
        return Drive(
            potential=np.array([t.potential for t in terminals]) / scales.potential,
            pressure=np.array([t.pressure for t in terminals]) / scales.pressure,
            log_concentration=log_concentration,
            rest=rest,
            electrode=np.array([e.potential for e in electrodes]) / scales.potential,
            stern=np.array(stern),
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
        for term, value in zip(self.charges, drive.charge, strict=True):
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
        for (potential, capacitance), dofs, value, stern in zip(
            self._electrode_values, self.electrode_dofs, drive.electrode, drive.stern, strict=True
        ):
            potential.value = value
            if np.isnan(stern):
                self._values[0].x.array[dofs] = value
            else:
                capacitance.value = stern
        if self.flow:
            self.flow.set_terminals(drive)

    def start_at_rest(self, drive: Drive) -> None:
        """Set the state to no potential and the mean electrochemical potential of the terminals."""
        self.storage_rate.value, self.history = 0.0, None
        components = self.state.x.array.reshape(-1, 1 + len(self.species))
        components[:, 0] = 0
        components[:, 1:] = drive.rest
        if not self.terminals:
            self.hold_content()

    def shift_scale(self, concentration: float) -> None:
        """Take a state whose scale of concentration was another (mol/m^3) to that of this problem."""
        components = self.state.x.array.reshape(-1, 1 + len(self.species))
        components[:, 1:] += self.scales.chemical_potential(concentration)

    def hold_content(self) -> None:
        """Let the ions that are there now be all that a device without terminals ever has: steady states are those at
        the end of one implicit step of a million diffusion times."""
        extent = self.mesh.comm.allreduce(float(np.ptp(self.mesh.geometry.x[:, 0])), op=MPI.MAX)
        self.storage_rate.value = SLOWEST / extent**2
        self.history = -float(self.storage_rate.value) * self.content()

    def content(self) -> np.ndarray:
        """What each test function holds of its species (zero in the rows of the potential). Owned entries. Collective."""
        with self.clock("assembly"):
            vector = fem_petsc.assemble_vector(self._contents)
            vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            found = vector.array.copy()
            vector.destroy()
        return found

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
            for held in [self.terminal_dofs[j] for j in terminals] + (self._bare_electrodes if component == 0 else []):
                components[held, component] = self._values[component].x.array[held]

    def unconstrained_residual(self) -> PETSc.Vec:
        """F(w, u) without boundary conditions: its entries at a terminal sum to what enters there."""
        vector = self.residual.x.petsc_vec
        with vector.localForm() as local:
            local.set(0.0)
        fem_petsc.assemble_vector(vector, self._form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        if self.history is not None:
            vector.array += self.history
        return vector

    def amounts(self) -> np.ndarray:
        """Dimensionless amount of each species in the device. Shape (species,). Collective."""
        local = self.content().reshape(-1, 1 + len(self.species))[:, 1:].sum(axis=0)
        return np.asarray(self.mesh.comm.allreduce(local, op=MPI.SUM))

    def field_fluxes(self) -> np.ndarray:
        """Dimensionless flux of the field through each terminal and into each electrode (n out of the fluid), from the
        residual that was assembled last: the charge there; its rate of change is the displacement current that enters the
        device. Shape (terminals + electrodes,). Collective."""
        components = self.residual.x.array.reshape(-1, 1 + len(self.species))[:, 0]
        owned = self.scalar.dofmap.index_map.size_local
        local = [components[dofs[dofs < owned]].sum() for dofs in self.terminal_dofs]
        for dofs, charge in zip(self.electrode_dofs, self._stern_charges, strict=True):
            local.append(components[dofs[dofs < owned]].sum() if charge is None else fem.assemble_scalar(charge))
        return np.asarray(self.mesh.comm.allreduce(np.array(local), op=MPI.SUM))

    def terminal_rates(self) -> np.ndarray:
        """Dimensionless rate at which each species enters at each terminal, for the flow at hand. Shape (terminals,
        species). Collective."""
        with self.clock("assembly"):
            self.unconstrained_residual()
        return self.terminal_sums(self.residual.x.array)

    def leak(self) -> float:
        """Largest rate at which the residual assembled last loses or makes a species, or charge that displacement currents
        would have to carry. Collective."""
        rows = self.unbalanced().reshape(-1, 1 + len(self.species))
        total = np.abs(self.mesh.comm.allreduce(rows.sum(axis=0), op=MPI.SUM))
        return float(max(total[0] * self.storage_rate.value / self.coupling.value, *total[1:]))

    def unbalanced(self) -> np.ndarray:
        """The residual assembled last without the rows of constrained unknowns. Owned entries."""
        owned = self._owned()
        rows: np.ndarray = self.residual.x.array[:owned].copy()
        rows[self.constrained[self.constrained < owned]] = 0.0
        return rows

    def terminal_sums(self, rows: np.ndarray) -> np.ndarray:
        """Sums of residual-like rows (owned, or with ghosts) over each terminal's nodes. Shape (terminals, species).
        Collective."""
        components = rows.reshape(-1, 1 + len(self.species))[:, 1:]
        owned = self.scalar.dofmap.index_map.size_local
        sums = [components[dofs[dofs < owned]].sum(axis=0) for dofs in self.terminal_dofs]
        local = np.array(sums).reshape(len(sums), len(self.species))
        return np.asarray(self.mesh.comm.allreduce(local, op=MPI.SUM))

    def terminal_rows(self) -> np.ndarray:
        """Owned entries of the state that belong to species at terminals, conditions or not."""
        owned, width = self.scalar.dofmap.index_map.size_local, 1 + len(self.species)
        nodes = np.unique(np.concatenate([np.zeros(0, np.int32), *self.terminal_dofs]))
        return np.asarray((nodes[nodes < owned, None] * width + np.arange(1, width)).ravel())

    def flow_rates(self) -> np.ndarray:
        """Dimensionless flow rate into the device at each terminal for the flow at hand; zeros without flow. Collective."""
        if self.flow is None:
            return np.zeros(len(self.terminals))
        local = np.array([fem.assemble_scalar(form) for form in self.flow.outflow])
        return np.asarray(self.mesh.comm.allreduce(local, op=MPI.SUM))

    def imbalance(self) -> float:
        """Net charge that would pile up in the device per unit of time, over the largest current of a terminal; the flow
        is solved for first."""
        if not self.terminals:
            return 0.0
        if self.flow:
            self.flow.solve()
        totals = self.terminal_rates() @ np.array([s.valence for s in self.species])
        return float(abs(totals.sum()) / max(np.abs(totals).max(), 1e-300))

    def linear_fluxes(self, rows: np.ndarray, change: np.ndarray, port: int | None) -> np.ndarray:
        """Change of `field_fluxes` by a change of the state (owned entries) which changes the unconstrained residual by
        `rows`, and by one thermal voltage at a port (None: at none). Shape (terminals + electrodes,). Collective."""
        state, potentials = self.state.x.array.copy(), [float(v.value) for v, _ in self._electrode_values]
        self.residual.x.array[: len(rows)] = rows
        self.state.x.array[: len(change)] = change
        self.state.x.scatter_forward()
        for k, (potential, _) in enumerate(self._electrode_values):
            potential.value = float(port == len(self.terminals) + k)
        found = self.field_fluxes()
        self.state.x.array[:] = state
        for (potential, _), value in zip(self._electrode_values, potentials, strict=True):
            potential.value = value
        return found

    def assemble_jacobian(self, *, constrained: bool = True) -> PETSc.Mat:
        """A = dF/dw at fixed flow; constrained rows are the identity, their columns stay (or they are left as they are)."""
        with self.clock("assembly"):
            self.jacobian.zeroEntries()
            fem_petsc.assemble_matrix(self.jacobian, self._tangent)
            self.jacobian.assemble()
            if not constrained:
                return self.jacobian
            owned = self.constrained[self.constrained < self._owned()]
            first = self.jacobian.getOwnershipRange()[0]
            self.jacobian.zeroRows((owned + first).astype(np.int32), 1.0)
        return self.jacobian

    def _owned(self) -> int:
        return int(self.space.dofmap.index_map.size_local * self.space.dofmap.index_map_bs)

    @property
    def ports(self) -> list[str]:
        """Names of the terminals and, after them, of the electrodes: where charge enters."""
        return [terminal.name for terminal in self.terminals] + [name for name, _ in self.electrodes]

    @property
    def unknowns(self) -> int:
        """Global number of unknowns, flow included."""
        own = self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs
        return int(own + (self.flow.unknowns if self.flow else 0))
