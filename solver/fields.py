"""States on disk: field files for pictures, and the checkpoint from which a run continues on any number of ranks."""

from __future__ import annotations

import shutil
from pathlib import Path

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, io

from solver import compat
from solver.physics import FARADAY
from solver.problem import Problem
from solver.runtime import on_root


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

    def write(self, file: io.VTKFile, number: int) -> None:
        """Write the current state as time step `number`."""
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
            pressure.interpolate(problem.flow.excess_pressure())
            pressure.x.array[:] = pressure.x.array * scales.pressure + sum(c) * scales.pressure / scales.concentration
        coordinates, unit = problem.mesh.geometry.x, problem.tagged.unit
        coordinates *= unit
        try:
            file.write_function(list(self._fields.values()), float(number))
        finally:
            coordinates /= unit


def write_checkpoint(problem: Problem, path: Path) -> None:
    """Write the transport unknowns so that `read_checkpoint` finds them on any number of ranks; the checkpoint that was
    there stays until the new one is whole. Collective."""
    comm, part = problem.mesh.comm, path.with_suffix(".part")
    on_root(comm, lambda: shutil.rmtree(part, ignore_errors=True))
    compat.write_state(part, problem.state, "state")

    def replace() -> None:
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)

    on_root(comm, replace)


def read_checkpoint(problem: Problem, path: Path) -> None:
    """Read what `write_checkpoint` wrote for the same case into the problem's state. Collective."""
    compat.read_state(path, problem.state, "state")
