"""The Ohmic state between electrodes at which reactions pass current: what Newton's method starts from there.

From a liquid without potential the whole voltage would lie across the reactions, whose rates are exponential in it. In the
Ohmic state each of them rests: the liquid at the metal has the potential at which no current passes there, the terminals have
their own, and in between it solves Laplace's equation with the conductivities of the liquid at rest. Concentrations are those
of the liquid at rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from meshes.course import Places
from solver.discretization.assembly import zero_rows
from solver.discretization.boundary import Solute, WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.materials import Materials
from solver.discretization.measures import Measures
from solver.discretization.parameter_names import diffusivity_of
from solver.discretization.parameters import Parameters
from solver.discretization.ports import Ports
from solver.discretization.unknowns import Unknowns
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.walls.base import WallState
from solver.linear.direct import pattern_of
from solver.linear.scalar import scalar_solver
from solver.parallel.clock import Clock

INSULATOR = 1e-9
"""Conductivity where there are no ions, over that of the liquid: the potential there is overwritten by the first step."""


class OhmicStart:
    """Ohmic states of one problem. Collective.

    Args:
        unknowns, ports, materials, measures, metric, clock: of the problem.
        solutes, model: the species and their electrolyte.
        walls: conditions of the walls.
        split: whether nothing is to be factorised.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        ports: Ports,
        materials: Materials,
        measures: Measures,
        metric: Metric,
        clock: Clock,
        solutes: Sequence[Solute],
        model: ElectrolyteModel,
        walls: Sequence[WallCondition],
        split: bool = False,
    ) -> None:
        self._split = split
        self._unknowns, self._ports, self._solutes, self._model = unknowns, ports, tuple(solutes), model
        self._walls = [wall for wall in walls if wall.passes_ions]
        self._matrix: PETSc.Mat | None = None
        if not self._walls:
            return
        u, v = ufl.TrialFunction(unknowns.scalar), ufl.TestFunction(unknowns.scalar)
        self._parts = [fem.Constant(unknowns.scalar.mesh, 0.0) for _ in solutes]
        conduction = ufl.inner(ufl.grad(u), ufl.grad(v)) * metric.weight

        def conducting(law: Any) -> Any:
            rows = zip(solutes, self._parts, strict=True)
            return conduction * sum(law.relative_diffusivity(solute.name) * part for solute, part in rows)

        with clock("compile"):
            form = INSULATOR * conduction * measures.volume + materials.over_ions(measures, conducting)
            self._form = fem.form(form)
        self._clock = clock

    def __bool__(self) -> bool:
        """Whether the problem has electrodes at which reactions pass current."""
        return bool(self._walls)

    def add(self, state: np.ndarray, parameters: Parameters) -> None:
        """Add the Ohmic potential to a state (ghosts included) at rest, without changing its concentrations."""
        if not self._walls:
            return
        unknowns, scale = self._unknowns, parameters.reference.concentration
        valences = [solute.valence for solute in self._solutes]
        table = unknowns.electrochemical(state)
        chemical = [float(np.nanmax(column, initial=-np.inf)) for column in table.T]
        chemical = [unknowns.comm.allreduce(value, op=MPI.MAX) for value in chemical]  # the same at all nodes with ions
        found = self._model.concentrations(chemical, 0.0, valences, scale, NUMBERS)
        concentrations = {s.name: scale * float(c) for s, c in zip(self._solutes, found, strict=True)}
        raised = self._model.activities(chemical, 0.0, valences, NUMBERS)
        activities = {s.name: scale * float(a) for s, a in zip(self._solutes, raised, strict=True)}
        potential = self.potential(concentrations, activities, parameters)
        if potential is None:
            return
        unknowns.potential(state)[:] += potential
        table += np.outer(potential, valences)
        state[unknowns.idle] = 0.0

    def rests(self, activities: Mapping[str, float], parameters: Parameters) -> dict[str, float]:
        """Potential (V) of the metals against a liquid of some activities (mol/m^3) at which no current passes, by the
        names of the electrodes; those are left out at which it always passes."""
        found = {}
        for wall in self._walls:
            parts = [law.rest_difference(_at_rest(wall, law.key, activities, parameters)) for law in wall.laws]
            known = [part for part in parts if part is not None]
            if known:
                found[wall.name] = known[0]
        return found

    def potential(
        self, concentrations: Mapping[str, float], activities: Mapping[str, float], parameters: Parameters
    ) -> np.ndarray | None:
        """Ohmic potential at all local nodes, in thermal voltages; None where nothing holds it. Both in mol/m^3."""
        unit, unknowns = parameters.scales.potential, self._unknowns
        rests = self.rests(activities, parameters)
        held, values = np.zeros(0, dtype=np.int32), np.zeros(unknowns.nodes)
        for port in self._ports.all:
            if port.holds_species or (port.name in rests and not port.floats):
                values[port.nodes] = (parameters[port.key] - rests.get(port.name, 0.0)) / unit
                held = np.union1d(held, port.nodes)
        if not unknowns.comm.allreduce(len(held)):
            return None
        strengths = [s.valence**2 * parameters[diffusivity_of(s.name)] * concentrations[s.name] for s in self._solutes]
        for part, strength in zip(self._parts, strengths, strict=True):
            part.value = strength / sum(strengths)
        if self._matrix is None:
            self._matrix = pattern_of(self._form)
        self._matrix.zeroEntries()
        fem_petsc.assemble_matrix(self._matrix, self._form)
        self._matrix.assemble()
        zero_rows(self._matrix, held, 1.0)
        solver = scalar_solver(self._matrix, "ohmic_", self._clock, split=self._split)
        solver.factorise()
        solution = fem.Function(unknowns.scalar)
        right = solution.x.petsc_vec.duplicate()
        right.set(0.0)
        own = held[held < unknowns.owned_nodes]
        right.array[own] = values[own]
        solver.solve(right, solution.x.petsc_vec)
        right.destroy()
        solution.x.scatter_forward()
        return np.array(solution.x.array)


def _at_rest(wall: WallCondition, key: str, activities: Mapping[str, float], parameters: Parameters) -> WallState:
    """A liquid of activities (mol/m^3) in front of a wall as numbers, with the coefficients of a law of it."""
    return WallState(
        potential=0.0,
        concentrations=activities,
        position=0.0,
        coefficients=parameters.of_law(wall.name, key),
        virtual_potential=0.0,
        wall_potential=0.0,
        thermal_voltage=parameters.scales.potential,
        interpolated=lambda function: float(function(Places(*np.zeros((3, 1))))[0]),
    )
