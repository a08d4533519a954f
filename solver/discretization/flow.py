"""Stokes flow of a problem: no slip or Navier slip, given stresses at the terminals, or given flow rates.

The equations are linear in the flow y = (u, p): G(w, y) = S y + g(w) = 0. The matrix S depends on the transport unknowns w
only where the viscosity follows the composition. Where a terminal holds a flow rate, its pressure is one unknown more, and is
found with the flow (see `solver.linear.held`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver.discretization import forms
from solver.discretization.assembly import assemble_into, zero_rows
from solver.discretization.boundary import RegionCondition, TerminalCondition, WallCondition
from solver.discretization.cell_pressure import given_pressures
from solver.discretization.coordinates import Metric
from solver.discretization.flow_conditions import no_slip, outside
from solver.discretization.flow_matrix import UNIFORM, FlowMatrix, Viscosity
from solver.discretization.flow_space import (
    CONTINUOUS,
    VELOCITY,
    FlowFields,
    constants_of,
    flow_space,
    split,
    velocity_space,
)
from solver.discretization.liquid import LiquidPart
from solver.discretization.measures import Measures
from solver.discretization.parameter_names import wall_coefficient
from solver.discretization.parameters import Parameters
from solver.discretization.permeable_walls import PermeableWalls
from solver.discretization.symbols import product
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.walls.slip import Slip
from solver.linear.direct import pattern_of
from solver.parallel import compat
from solver.parallel.clock import Clock


@dataclass(frozen=True)
class DrivingIons:
    """The ions that drive the flow, as expressions of the transport unknowns.

    Attributes:
        concentrations, virtual: of each species, and those of the virtual (neutral) solution.
        potentials: electrochemical potential of each species.
        osmotic_pressure: of the virtual solution, in RT times the scale of concentration.
        dielectric: integrand, given a test function, of the force on a liquid of uneven permittivity; None without.
    """

    concentrations: Sequence[Any]
    virtual: Sequence[Any]
    potentials: Sequence[Any]
    osmotic_pressure: Any
    dielectric: Callable[[Any], Any] | None = None


class Flow:
    """Equations of the flow of a problem.

    Args:
        tagged: the mesh with its boundary names.
        walls, terminals, regions: conditions of the device.
        degree: of the velocity (at least 2).
        metric, measures: of all integrals.
        ions: what drives the flow.
        model: of the electrolyte, for the osmotic pressure of the reservoirs.
        clock: timers.
        liquid: the part of the mesh in which liquid moves (see `flowing_part`); None where that is all of it.
        viscosity: of the liquid.
        apart: whether velocity and pressure are numbered one after the other, as fields of their own.

    Attributes:
        space, state: unknowns of the flow (see `solver.discretization.flow_space`), and those that the forms see.
        fields: velocity and pressure as functions of their own.
        liquid: the part of the mesh in which liquid moves; None where that is all of it.
        solved: matrix of the flow, and factors with which it is solved for.
    """

    def __init__(
        self,
        tagged: TaggedMesh,
        walls: Sequence[WallCondition],
        terminals: Sequence[TerminalCondition],
        regions: Sequence[RegionCondition],
        degree: int,
        metric: Metric,
        measures: Measures,
        ions: DrivingIons,
        model: ElectrolyteModel,
        clock: Clock,
        liquid: LiquidPart | None = None,
        viscosity: Viscosity = UNIFORM,
        apart: bool = False,
    ) -> None:
        self.liquid = liquid
        self._tagged, self._metric, self._measures, self._model, self._clock = tagged, metric, measures, model, clock
        mesh = tagged.mesh
        self.degree = degree = max(degree, 2)  # Taylor-Hood elements need at least 2
        self.space = flow_space(tagged, degree, apart)
        self.velocity = velocity_space(mesh, degree) if apart else None
        """Space of the velocity alone, whose owned entries are the first ones; None where it does not stand apart."""
        self.state = fem.Function(self.space)
        """Coefficient of the forms; `Problem.load` puts a state into it."""
        self._right_side = fem.Function(self.space)
        self.fields = FlowFields(self.state, degree, liquid)
        self.u, self.p = split(self.state)
        self._from: dict[int, list[fem.Expression]] = {}
        (u, p), (v, q) = split(ufl.TrialFunction(self.space)), split(ufl.TestFunction(self.space))
        # a coefficient instead of a measure of the liquid, so that the rows of solids have their diagonals
        inside: Any = 1 if liquid is None else liquid.indicator()
        moving = measures.volume if liquid is None else measures.volume(liquid.tags)
        left = inside * forms.stokes(u, p, v, q, metric, viscosity.value) * measures.volume
        self.is_plain = viscosity.state is None
        """Whether the matrix of the velocity is that of a viscosity which follows no state, without anything beside it."""
        for region in regions:
            drag = region.law.drag() * tagged.unit**2
            if 0.0 < drag < np.inf:
                self.is_plain = False
                left += forms.brinkman(u, v, product(viscosity.value, drag), metric) * measures.region(region.name)
        self._slips = {
            wall.name: fem.Constant(mesh, wall.slip_length / tagged.unit) for wall in walls if wall.slip_length > 0
        }
        for name, length in self._slips.items():
            left += forms.slip(u, p, v, q, length, metric, degree, viscosity.value) * measures.boundary(name)
        self._permeable = PermeableWalls(mesh, walls, metric, measures, degree)
        self.is_plain = self.is_plain and not self._slips and not self._permeable.names
        straight = [each.name for each in terminals if each.straight]
        left += self._permeable.left(u, v, straight, viscosity.value)
        self._pressures = [fem.Constant(mesh, 0.0) for _ in terminals]
        self._osmotic = [fem.Constant(mesh, 0.0) for _ in terminals]
        self._terminals = tuple(terminal.name for terminal in terminals)
        normal = ufl.FacetNormal(mesh)
        driving = forms.osmotic_force(ions.concentrations, ions.virtual, ions.potentials, v, metric)
        if ions.dielectric is not None:
            driving += ions.dielectric(v)
        force = driving * moving
        for pressure, bulk, name in zip(self._pressures, self._osmotic, self._terminals, strict=True):
            virtual_pressure = pressure - bulk + ions.osmotic_pressure
            force += forms.terminal_stress(virtual_pressure, v, normal, metric) * measures.boundary(name)
        force += self._permeable.force(ions.osmotic_pressure, v, normal)
        self.force_form = force
        self.form = ufl.action(left, self.state) + force
        openings = (*self._terminals, *self._permeable.names)
        self.outflow_forms = {
            name: forms.outflow(self.u, normal, metric) * measures.boundary(name) for name in openings
        }
        """Flow rates into the device at each terminal and each wall that water passes, by their names."""
        with clock("compile"):
            self._force = fem.form(force)
            self._outflow = {name: fem.form(form) for name, form in self.outflow_forms.items()}
        self._residual: fem.Form | None = None
        ends = tagged.facets_of(*openings)
        given = given_pressures(self.space, liquid, ends, shared=tagged.cells_per_hexahedron > 1)
        held_apart = [] if self._permeable.names else terminals  # else they do that (`PermeableWalls.left`)
        self._bcs = [*no_slip(self.space, tagged, walls, held_apart, liquid), *given]
        dry = outside(self.space, liquid)
        if liquid is not None:
            self._bcs.append(fem.dirichletbc(fem.Function(self.space), dry))
        self.idle = None if liquid is None else dry[dry < self.owned]
        """Owned entries where no liquid moves, identity rows of the matrix; None where it moves everywhere."""
        self.constrained = np.unique(np.concatenate([bc.dof_indices()[0] for bc in self._bcs]))
        """Local indices of the constrained entries of the flow."""
        self._wanted = np.zeros(0)
        self._holds = tuple(k for k, terminal in enumerate(terminals) if terminal.flow_rate is not None)
        self.viscosity = viscosity
        of_matrix = left, self._bcs, self.idle, self._in_matrix, viscosity, self._held_columns, clock
        self.solved = FlowMatrix(*of_matrix, (self.owned_velocity, mesh.geometry.dim) if apart else None)

    def _in_matrix(self) -> tuple[float, ...]:
        """The values on which the matrix depends, as they are loaded."""
        return (*(float(length.value) for length in self._slips.values()), *self._permeable.resistances)

    def _held_columns(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What unit pressures at the terminals of given flow rate add to the equations, and the flow rates there as rows;
        None without such terminals. Collective."""
        if not self._holds:
            return None
        test = ufl.TestFunction(self.space)
        normal, one = ufl.FacetNormal(self.space.mesh), fem.Constant(self.space.mesh, 1.0)
        columns, rows = [], []
        for k in self._holds:
            stress = forms.terminal_stress(one, split(test)[0], normal, self._metric)
            columns.append(self._vector(stress * self._measures.boundary(self._terminals[k])))
            rows.append(self._vector(ufl.derivative(self.outflow_forms[self._terminals[k]], self.state)))
        return np.array(columns), np.array(rows)

    def _vector(self, form: ufl.Form) -> np.ndarray:
        """A form of the test functions, zero at constrained entries; owned entries."""
        found = fem.Function(self.space)
        with self._clock("compile"):
            compiled = fem.form(form)
        assemble_into(found.x.petsc_vec, compiled)
        found.x.array[self.constrained] = 0.0
        return found.x.array[: self.owned].copy()

    @property
    def unknowns(self) -> int:
        """Global number of flow unknowns."""
        return int(self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs)

    @property
    def owned(self) -> int:
        """Number of owned entries of this rank."""
        return int(self.space.dofmap.index_map.size_local * self.space.dofmap.index_map_bs)

    @property
    def owned_velocity(self) -> int:
        """Number of owned entries of the velocity where it stands apart; they are the first ones."""
        assert self.velocity is not None
        return int(self.velocity.dofmap.index_map.size_local * self.velocity.dofmap.index_map_bs)

    @property
    def constrained_velocity(self) -> np.ndarray:
        """Those of them that are constrained."""
        return self.constrained[self.constrained < self.owned_velocity]

    def set_parameters(self, parameters: Parameters) -> None:
        """Put pressures and osmotic pressures of the reservoirs into the forms."""
        scale = parameters.reference.concentration
        pressures, reservoirs = parameters.pressures, parameters.concentrations
        for j in range(len(self._terminals)):
            self._pressures[j].value = pressures[j]
            held = [c for c in reservoirs[j] if np.isfinite(c)]
            self._osmotic[j].value = self._model.osmotic_pressure(held, scale, NUMBERS)
        self._wanted = parameters.flow_rates
        for name, length in self._slips.items():
            length.value = parameters[wall_coefficient(name, Slip.key, "")] / self._tagged.unit
        self._permeable.set_parameters(parameters)

    # ------------------------------------------------------------------ solutions
    def solve(self) -> np.ndarray:
        """Flow in the field of the transport state that is loaded, which is loaded then; entries with ghosts. Collective."""
        with self._clock("assembly"):
            vector = assemble_into(self._right_side.x.petsc_vec, self._force)
            vector.scale(-1.0)
            fem_petsc.set_bc(vector, self._bcs)
        self.solved.factors.solve(vector, self.state.x.petsc_vec)
        self.state.x.scatter_forward()
        if (held := self.solved.held) is not None:
            pressures, change = held.settled(self.excess())
            for k, pressure in zip(self._holds, pressures, strict=True):
                self._pressures[k].value += pressure
            self.state.x.array[: self.owned] += change
            self.state.x.scatter_forward()
        return self.state.x.array.copy()

    def excess(self) -> np.ndarray:
        """Flow rates of the flow that is loaded beyond what is given. Shape (terminals with one,). Collective."""
        found = self.outflows()
        local = np.array([found[self._terminals[k]] for k in self._holds])
        return np.asarray(self.space.mesh.comm.allreduce(local, op=MPI.SUM) - self._wanted)

    def with_pressures(self, parameters: Parameters) -> Parameters:
        """Parameters with the pressures of the last solution, which follow where flow rates are held."""
        if not self._holds:
            return parameters
        names = [self._terminals[k] for k in self._holds]
        values = [float(self._pressures[k].value) * parameters.scales.pressure for k in self._holds]
        return parameters.with_values({f"terminals.{n}.pressure": p for n, p in zip(names, values, strict=True)})

    def subtract_load(self, load: ufl.Form) -> None:
        """Take a load (a form of the flow's test functions) from the residual."""
        self._force, self._residual = fem.form(self.force_form - load), fem.form(self.form - load)

    def minus(self, flow: np.ndarray, change: np.ndarray) -> np.ndarray:
        """An array of flow unknowns (ghosts included) less a change of its owned entries. Collective."""
        found = fem.Function(self.space)
        found.x.array[:] = flow
        found.x.array[: len(change)] -= change
        found.x.scatter_forward()
        return found.x.array.copy()

    def residual(self) -> np.ndarray:
        """G(w, y) at the states that are loaded, zero at constrained entries; owned entries. Collective."""
        return self.residual_function().x.array[: self.owned].copy()

    def residual_function(self) -> fem.Function:
        """The same as a function."""
        if self._residual is None:
            with self._clock("compile"):
                self._residual = fem.form(self.form)
        found = fem.Function(self.space)
        assemble_into(found.x.petsc_vec, self._residual)
        found.x.array[self.constrained] = 0.0
        return found

    def outflows(self) -> dict[str, float]:
        """This rank's part of the flow rate into the device, at each terminal and wall that water passes, of the flow that is
        loaded."""
        return {name: float(fem.assemble_scalar(form)) for name, form in self._outflow.items()}

    # ------------------------------------------------------------------ parts and other degrees
    def interpolated(self, other: Flow, flow: np.ndarray) -> np.ndarray:
        """The unknowns of another degree on the same mesh, interpolated; entries with ghosts. Collective."""
        key = other.degree
        if key not in self._from:
            parts = ufl.split(other.state)
            self._from[key] = [compat.expression(parts[k], self.space.sub(k)) for k in range(2)]
        other.state.x.array[:] = flow
        found, topology = fem.Function(self.space), self.space.mesh.topology
        cells = topology.index_map(topology.dim)
        every = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
        for k, expression in enumerate(self._from[key]):
            found.sub(k).interpolate(expression, every, every)
        if (constants := constants_of(self.space)) is not None:
            mine, theirs = (each.space.sub(constants).dofmap.list[:, 0] for each in (self, other))
            found.x.array[mine] = flow[theirs]
        found.x.scatter_forward()
        return found.x.array.copy()

    def scalar_parts(self) -> list[fem.FunctionSpace]:
        """The components of the velocity and the parts of the pressure, numbered as the whole."""
        velocity = self.space.sub(VELOCITY)
        components = [velocity.sub(k) for k in range(self.space.mesh.geometry.dim)]
        return [*components, *(self.space.sub(k) for k in range(CONTINUOUS, self.space.num_sub_spaces))]

    # ------------------------------------------------------------------ coupling
    def couple(self, transport: ufl.Form, w: fem.Function) -> None:
        """Compile the two coupling blocks C = dF/dy and B = dG/dw; assembled only when they are needed. Where the velocity
        stands apart they are its own: the pressure is in neither."""
        flow, trial = self.force_form if self.viscosity.state is None else self.form, None
        self._kind: str | None = None
        if self.velocity is not None:
            # dense blocks of both fields at every pair of nodes, which have to be square
            square = w.function_space.dofmap.index_map_bs == self.velocity.dofmap.index_map_bs
            self._kind = "baij" if square else None
            none = [0] * (self.state.ufl_shape[0] - self.space.mesh.geometry.dim)
            trial = ufl.as_vector([*ufl.TrialFunction(self.velocity), *none])
            test = ufl.as_vector([*ufl.TestFunction(self.velocity), *none])
            flow = ufl.replace(flow, {ufl.TestFunction(self.space): test})
        with self._clock("compile"):
            self._to_transport = fem.form(ufl.derivative(transport, self.state, trial))
            self._to_flow = fem.form(ufl.derivative(flow, w))
        self._blocks: tuple[PETSc.Mat, ...] = ()

    def coupling_blocks(self, constrained: np.ndarray | None) -> tuple[PETSc.Mat, PETSc.Mat]:
        """C and B at the states that are loaded, rows of constrained flow unknowns zero; those of C at `constrained` (local
        entries of the transport unknowns), too, unless it is None. Collective."""
        of_flow = self.constrained if self.velocity is None else self.constrained_velocity
        with self._clock("assembly"):
            if not self._blocks:
                self._blocks = tuple(pattern_of(each, self._kind) for each in (self._to_transport, self._to_flow))
            for block, form, rows in zip(
                self._blocks, (self._to_transport, self._to_flow), (constrained, of_flow), strict=True
            ):
                block.zeroEntries()
                fem_petsc.assemble_matrix(block, form)
                block.assemble()
                if rows is not None:
                    zero_rows(block, rows, 0.0)
        to_transport, to_flow = self._blocks
        return to_transport, to_flow
