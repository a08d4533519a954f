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

from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.parallel import compat
from solver.physics.constants import FARADAY
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
        names = [f"concentration_{s.name}" for s in problem.species]
        scalars = ["potential", *names, "salt", "charge_density"]
        if problem.flow is not None:
            scalars.append("pressure")
        self._fields = {name: fem.Function(problem.scalar, name=name) for name in scalars}
        if problem.flow is not None:
            cell = problem.mesh.basix_cell()
            space = fem.functionspace(problem.mesh, basix.ufl.element("Lagrange", cell, 2, shape=(3,)))
            self._fields["velocity"] = fem.Function(space, name="velocity")
            u = problem.flow.u
            self._velocity = compat.expression(ufl.as_vector((u[0], u[1], 0 * u[0])), space)
            virtual = forms.virtual_osmotic_pressure(problem.mu, problem.ions)
            self._virtual = compat.expression(virtual, problem.scalar)

    def _osmotic(self) -> np.ndarray:
        """Osmotic pressure of the virtual solution at the nodes, dimensionless."""
        found = fem.Function(self._problem.scalar)
        found.interpolate(self._virtual)
        return np.asarray(found.x.array)

    def write(self, file: FieldFile, number: int) -> None:
        """Write the current state as time step `number`. Collective."""
        self._evaluate()
        coordinates, unit = self._problem.mesh.geometry.x, self._problem.tagged.unit
        coordinates *= unit
        try:
            file.write(list(self._fields.values()), float(number))
        finally:
            coordinates /= unit

    def values(self) -> FieldValues:
        """The current state at the nodes of this rank's cells. Collective."""
        self._evaluate()
        cells, types, points = plot.vtk_mesh(self._problem.scalar)
        values = {name: field.x.array.copy() for name, field in self._fields.items()}
        if (velocity := self._fields.get("velocity")) is not None:
            # its nodes are the same, numbered otherwise
            ours, theirs = self._problem.scalar.dofmap.list, velocity.function_space.dofmap.list
            by_node = np.zeros((len(points), 3))
            by_node[ours] = values["velocity"].reshape(-1, 3)[theirs]
            values["velocity"] = by_node
        return FieldValues(points * self._problem.tagged.unit, cells, types, values)

    def _evaluate(self) -> None:
        """Fill the fields from the problem's state."""
        problem, scales = self._problem, self._problem.scales
        values = problem.state.x.array.reshape(-1, 1 + len(problem.species))
        phi = values[:, 0]
        valences = [s.valence for s in problem.species]
        c = [np.exp(values[:, 1 + i] - z * phi) * scales.concentration for i, z in enumerate(valences)]
        data = {"potential": phi * scales.potential, "salt": sum(c) / 2}
        data["charge_density"] = FARADAY * sum(z * ci for z, ci in zip(valences, c, strict=True))
        data.update({f"concentration_{s.name}": ci for s, ci in zip(problem.species, c, strict=True)})
        for name, array in data.items():
            self._fields[name].x.array[:] = array
        if problem.flow is not None:
            velocity, pressure = self._fields["velocity"], self._fields["pressure"]
            velocity.interpolate(self._velocity)
            velocity.x.array[:] *= scales.velocity
            pressure.interpolate(problem.flow.virtual_pressure())
            excess = sum(c) / scales.concentration - self._osmotic()
            pressure.x.array[:] = (pressure.x.array + excess) * scales.pressure
