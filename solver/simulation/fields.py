"""Fields of a state on disk, for pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, io
from mpi4py import MPI

from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.parallel import compat
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
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


class FieldWriter:
    """Writes states of a problem as time steps of a VTK file, in SI units and metres. Collective."""

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
        """Write the current state as time step `number`."""
        problem, scales = self._problem, self._problem.scales
        values = problem.state.x.array.reshape(-1, 1 + len(problem.species))
        phi = values[:, 0]
        valences = [s.valence for s in problem.species]
        c = [np.exp(values[:, 1 + i] - z * phi) * scales.concentration for i, z in enumerate(valences)]
        data = {"potential": phi * scales.potential, "salt": equivalent_concentration(valences, c)}
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
        coordinates, unit = problem.mesh.geometry.x, problem.tagged.unit
        coordinates *= unit
        try:
            file.write(list(self._fields.values()), float(number))
        finally:
            coordinates /= unit
