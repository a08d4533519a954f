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
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
from solver.results.field_list import listed
from solver.results.field_names import concentration_fields
from solver.results.rows import ResultError


class FieldFolder:
    """The field files of a result, one set for every row. Collective.

    A set is written anew when its row is computed again; nothing else is touched. Every failure to write, of whatever rank,
    is a ResultError on all ranks.

    Args:
        comm: the ranks that write.
        path: the folder; made when it is not there.
    """

    def __init__(self, comm: MPI.Comm, path: Path) -> None:
        self._comm, self._path = comm, path
        self._checked(lambda: path.mkdir(exist_ok=True) if comm.rank == 0 else None)

    def write(self, functions: list[fem.Function], number: int) -> str:
        """Write the fields of a row; gives the name of the file that names its pieces."""
        stem = self._path / f"point{number:06d}_"
        self._checked(lambda: _remove(stem) if self._comm.rank == 0 else None)
        try:
            self._checked(lambda: self._write(stem, functions, number))
        except ResultError:
            self._checked(lambda: _remove(stem) if self._comm.rank == 0 else None)  # room for the status
            raise

        def name() -> str:
            """Of the file in the list that VTKFile leaves, which is in the way of the list of all rows."""
            alone = stem.with_suffix(".pvd")
            found = listed(alone)[number].name
            alone.unlink()
            return found

        return on_root(self._comm, name)

    def _write(self, stem: Path, functions: list[fem.Function], number: int) -> None:
        """Write this rank's piece, and see that it is whole: VTKFile does not say whether it is."""
        with io.VTKFile(self._comm, str(stem.with_suffix(".pvd")), "w") as file:
            file.write_function(functions, float(number))
        pieces = list(self._path.glob(f"{stem.name}*p{self._comm.rank}_*.vtu"))
        if len(pieces) != 1 or not _ends(pieces[0], b"</VTKFile>"):
            raise OSError(f"{stem} is not whole")

    def _checked(self, action: Callable[[], object]) -> None:
        failed = 0
        try:
            action()
        except (OSError, RuntimeError):
            failed = 1
        if self._comm.allreduce(failed, op=MPI.SUM):
            raise ResultError(f"cannot write {self._path}: no space left, or no permission; free some and use --resume")


def _remove(stem: Path) -> None:
    """Remove the files of a row."""
    for file in stem.parent.glob(f"{stem.name}*"):
        file.unlink()


def _ends(path: Path, text: bytes) -> bool:
    """Whether a file ends with a text."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(text) - 2))
        return file.read().rstrip().endswith(text)


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

    def write(self, folder: FieldFolder, number: int, found: Evaluation) -> str:
        """Write a state as the fields of row `number`; gives the name of the file. Collective."""
        self._evaluate(found)
        coordinates, unit = self._problem.mesh.geometry.x, self._problem.tagged.unit
        coordinates *= unit
        try:
            return folder.write(list(self._fields.values()), number)
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
        phi = problem.potential.at_nodes(found.state, found.parameters)
        mu = list(problem.unknowns.electrochemical(found.state).T)
        inner = problem.materials.inner_at_nodes(problem.unknowns.electrochemical(found.state), problem.unknowns)
        dimensionless = model.concentrations(list(inner.T), phi, valences, scale, NUMBERS)
        in_solid = np.zeros(len(phi), dtype=bool)
        in_solid[problem.unknowns.incomplete] = True  # no ions, no liquid
        c = [np.where(in_solid, 0.0, scale * ci) for ci in dimensionless]
        data = {"potential": phi * scales.potential, "salt": equivalent_concentration(valences, c)}
        data["charge_density"] = FARADAY * sum(z * ci for z, ci in zip(valences, c, strict=True))
        data.update(zip(self._of_species, c, strict=True))
        if problem.flow is not None and found.flow is not None:
            problem.load(found)
            velocity = self._fields["velocity"]
            velocity.interpolate(self._velocity)
            velocity.x.array[:] *= scales.velocity
            pressure = problem.flow.pressure(found.flow, problem.unknowns.scalar)
            virtual_potential = model.neutral_potential(mu, valences, NUMBERS)
            virtual = model.concentrations(mu, virtual_potential, valences, scale, NUMBERS)
            osmotic = (model.osmotic_pressure(each, scale, NUMBERS) for each in (dimensionless, virtual))
            excess, of_virtual = osmotic
            data["pressure"] = np.where(in_solid, 0.0, pressure + excess - of_virtual) * scales.pressure
        for name, array in data.items():
            self._fields[name].x.array[:] = array
