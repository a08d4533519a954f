"""Fields of a state, on disk or in memory, for pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, io, plot
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.parallel import compat
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
from solver.results.field_names import concentration_fields
from solver.results.rows import ResultError


class FieldFile:
    """A VTK time series on disk. Collective; a context manager.

    Every failure to write, of whatever rank, is a ResultError on all ranks.
    """

    def __init__(self, comm: MPI.Comm, path: Path, *, append: bool) -> None:
        self._comm, self._path = comm, path
        self._file = io.VTKFile(comm, str(path), "a" if append else "w")

    def __enter__(self) -> FieldFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        try:
            self._checked(self._file.close)
        except ResultError:
            if kind is None:  # otherwise the first error is the one to tell
                raise

    def write(self, functions: list[fem.Function], time: float) -> None:
        """Append a time step."""
        self._checked(lambda: self._file.write_function(functions, time))

    def _checked(self, action: Callable[[], None]) -> None:
        failed = 0
        try:
            action()
        except RuntimeError:
            failed = 1
        if self._comm.allreduce(failed, op=MPI.SUM):
            raise ResultError(f"cannot write {self._path}: no space left, or no permission; free some and use --resume")


@dataclass(frozen=True)
class FieldValues:
    """Fields of one state on the cells of one rank, as VTK has unstructured grids.

    Attributes:
        points: nodes, m. Shape (nodes, 3).
        cells: for each cell the number of its nodes, followed by these. Shape (cells * 7,) for quadratic triangles.
        cell_types: VTK's numbers of the types of the cells.
        values: fields by name, SI. Shape (nodes,), or (nodes, 3) of the velocity.
    """

    points: np.ndarray
    cells: np.ndarray
    cell_types: np.ndarray
    values: Mapping[str, np.ndarray]


class FieldWriter:
    """States of a problem as fields in SI units and metres. Collective."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        scalar = problem.unknowns.scalar
        self._of_species = list(concentration_fields(s.name for s in problem.solutes).values())
        scalars = ["potential", *self._of_species, "salt", "charge_density"]
        if problem.flow is not None:
            scalars.append("pressure")
        self._fields = {name: fem.Function(scalar, name=name) for name in scalars}
        if problem.flow is not None:
            cell = problem.mesh.basix_cell()
            space = fem.functionspace(problem.mesh, basix.ufl.element("Lagrange", cell, 2, shape=(3,)))
            self._fields["velocity"] = fem.Function(space, name="velocity")
            u = problem.flow.u
            self._velocity = compat.expression(ufl.as_vector((u[0], u[1], 0 * u[0])), space)

    def write(self, file: FieldFile, number: int, found: Evaluation) -> None:
        """Write a state as time step `number`. Collective."""
        self._evaluate(found)
        coordinates, unit = self._problem.mesh.geometry.x, self._problem.tagged.unit
        coordinates *= unit
        try:
            file.write(list(self._fields.values()), float(number))
        finally:
            coordinates /= unit

    def values(self, found: Evaluation) -> FieldValues:
        """A state at the nodes of this rank's cells. Collective."""
        self._evaluate(found)
        scalar = self._problem.unknowns.scalar
        cells, types, points = plot.vtk_mesh(scalar)
        values = {name: field.x.array.copy() for name, field in self._fields.items()}
        if (velocity := self._fields.get("velocity")) is not None:
            # its nodes are the same, numbered otherwise
            ours, theirs = scalar.dofmap.list, velocity.function_space.dofmap.list
            by_node = np.zeros((len(points), 3))
            by_node[ours] = values["velocity"].reshape(-1, 3)[theirs]
            values["velocity"] = by_node
        return FieldValues(points * self._problem.tagged.unit, cells, types, values)

    def _evaluate(self, found: Evaluation) -> None:
        """Fill the fields with a state."""
        problem, scales = self._problem, found.parameters.scales
        model, valences, scale = problem.model, problem.valences, scales.concentration
        phi = problem.unknowns.potential(found.state)
        mu = list(problem.unknowns.electrochemical(found.state).T)
        dimensionless = model.concentrations(mu, phi, valences, scale, NUMBERS)
        c = [scale * ci for ci in dimensionless]
        data = {"potential": phi * scales.potential, "salt": equivalent_concentration(valences, c)}
        data["charge_density"] = FARADAY * sum(z * ci for z, ci in zip(valences, c, strict=True))
        data.update(zip(self._of_species, c, strict=True))
        if problem.flow is not None and found.flow is not None:
            problem.load(found)
            velocity = self._fields["velocity"]
            velocity.interpolate(self._velocity)
            velocity.x.array[:] *= scales.velocity
            pressure = self._fields["pressure"]
            pressure.interpolate(problem.flow.parts(found.flow)[1])
            virtual_potential = model.neutral_potential(mu, valences, NUMBERS)
            virtual = model.concentrations(mu, virtual_potential, valences, scale, NUMBERS)
            osmotic = (model.osmotic_pressure(each, scale, NUMBERS) for each in (dimensionless, virtual))
            excess, of_virtual = osmotic
            data["pressure"] = (pressure.x.array + excess - of_virtual) * scales.pressure
        for name, array in data.items():
            self._fields[name].x.array[:] = array
