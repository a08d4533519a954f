"""Fields of a state, on disk or in memory, for pictures.

In a device of several regions every cell has values of its own, so that concentrations step where one material ends, and
the cells say to which region they belong. What does not exist in a region, such as ions and flow in a solid, is NaN there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, io, plot
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.discretization.symbols import SYMBOLS
from solver.laws.algebra import NUMBERS
from solver.laws.regions.base import RegionLaw
from solver.parallel import compat
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
from solver.results.field_list import listed
from solver.results.field_names import REGION, concentration_fields
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
        points: nodes, m; each cell has its own where the device has several regions. Shape (nodes, 3).
        cells: for each cell the number of its nodes, followed by these. Shape (cells * 7,) for quadratic triangles,
            (cells * 11,) for quadratic tetrahedra.
        cell_types: VTK's numbers of the types of the cells.
        values: fields by name, SI. Shape (nodes,), or (nodes, 3) of the velocity.
        regions: number of the region of each cell, as `mesh.regions` of the result names them; None for one region.
    """

    points: np.ndarray
    cells: np.ndarray
    cell_types: np.ndarray
    values: Mapping[str, np.ndarray]
    regions: np.ndarray | None = None


class FieldWriter:
    """States of a problem as fields in SI units and metres. Collective."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        mesh, count = problem.mesh, len(problem.solutes)
        self._steps = len(problem.regions) > 1

        def space(*shape: int) -> fem.FunctionSpace:
            cell = mesh.basix_cell()
            element = basix.ufl.element("Lagrange", cell, 2, discontinuous=self._steps, shape=shape or None)
            return fem.functionspace(mesh, element)

        self._scalar = scalar = space()
        dissolved = [*(s.name for s in problem.solutes), *(s.name for s in problem.traces)]
        names = list(concentration_fields(dissolved).values())
        self._of_species, self._of_traces = names[:count], names[count:]
        scalars = ["potential", *names, "salt", "charge_density"]
        if problem.flow is not None:
            scalars.append("pressure")
        self._fields = {name: fem.Function(scalar, name=name) for name in scalars}
        self._packed = int(problem.flow is not None and not problem.model.is_ideal)
        self._unknown = fem.Function(space(1 + 2 * count + self._packed))
        if problem.flow is not None:
            self._fields["velocity"] = fem.Function(space(3), name="velocity")
            u = problem.flow.u
            last = u[2] if mesh.geometry.dim == 3 else 0 * u[0]
            self._velocity = compat.expression(ufl.as_vector((u[0], u[1], last)), space(3))
        self._regions = self._numbered() if self._steps else None
        self._without_ions = self._nodes(lambda law: law.holds_ions)
        self._at_rest = self._nodes(lambda law: law.holds_ions and math.isfinite(law.drag()))

    @cached_property
    def _of_state(self) -> fem.Expression:
        """Potential, concentrations and electrochemical potentials, and the osmotic pressure of ions of finite size; compiled
        where fields are wanted at all. Collective at the first use."""
        problem = self._problem
        with problem.clock("compile"):
            of_state = [problem.phi, *problem.c, *problem.mu]
            if self._packed:  # from concentrations it would be rounding where ions leave hardly any room
                liquid = problem.phi, problem.valences, problem.scales.concentration, SYMBOLS
                of_state.append(problem.model.osmotic_pressure_at(problem.materials.inner(problem.mu), *liquid))
            return compat.expression(ufl.as_vector(of_state), self._unknown.function_space)

    @cached_property
    def _traces(self) -> list[fem.Expression]:
        """Concentrations of the trace species over their units. Collective at the first use."""
        transport = self._problem.trace
        if transport is None:
            return []
        with self._problem.clock("compile"):
            count = len(self._problem.traces)
            return [compat.expression(transport.concentration(k), self._scalar) for k in range(count)]

    def _numbered(self) -> fem.Function:
        """Number of the region of each cell."""
        tagged = self._problem.tagged
        found = fem.Function(fem.functionspace(tagged.mesh, ("DG", 0)), name=REGION)
        found.x.array[found.function_space.dofmap.list[:, 0]] = tagged.numbers
        found.x.scatter_forward()
        return found

    def _nodes(self, has: Callable[[RegionLaw], bool]) -> np.ndarray:
        """Nodes in the regions that lack something."""
        tagged = self._problem.tagged
        tags = [tagged.regions[each.name] for each in self._problem.regions if each.name and not has(each.law)]
        if tagged.cells is None or not tags:
            return np.zeros(0, dtype=np.int32)
        cells = np.concatenate([tagged.cells.find(tag) for tag in tags])
        return np.unique(self._scalar.dofmap.list[cells])

    def write(self, folder: FieldFolder, number: int, found: Evaluation) -> str:
        """Write a state as the fields of row `number`; gives the name of the file. Collective."""
        self._evaluate(found)
        coordinates, unit = self._problem.mesh.geometry.x, self._problem.tagged.unit
        coordinates *= unit
        try:
            return folder.write([*self._fields.values(), *([self._regions] if self._regions else [])], number)
        finally:
            coordinates /= unit

    def values(self, found: Evaluation) -> FieldValues:
        """A state at the nodes of this rank's cells. Collective."""
        self._evaluate(found)
        cells, types, points = plot.vtk_mesh(self._scalar)
        values = {name: field.x.array.copy() for name, field in self._fields.items()}
        if (velocity := self._fields.get("velocity")) is not None:
            # its nodes are the same, maybe numbered otherwise
            ours, theirs = self._scalar.dofmap.list, velocity.function_space.dofmap.list
            by_node = np.zeros((len(points), 3))
            by_node[ours] = values["velocity"].reshape(-1, 3)[theirs]
            values["velocity"] = by_node
        regions = None
        if self._regions is not None:
            regions = self._regions.x.array[self._regions.function_space.dofmap.list[: len(types), 0]].astype(int)
        return FieldValues(points * self._problem.tagged.unit, cells, types, values, regions)

    def _evaluate(self, found: Evaluation) -> None:
        """Fill the fields with a state."""
        problem, scales = self._problem, found.parameters.scales
        model, valences, scale, count = problem.model, problem.valences, scales.concentration, len(problem.solutes)
        problem.load(found)
        self._unknown.interpolate(self._of_state)
        # nodes of the blocked space are those of the scalar one
        phi, *rest = self._unknown.x.array.reshape(-1, 1 + 2 * count + self._packed).T
        dimensionless, mu, of_packed = rest[:count], rest[count : 2 * count], rest[2 * count :]
        for each in dimensionless:
            each[self._without_ions] = np.nan
        c = [scale * each for each in dimensionless]
        data = {"potential": phi * scales.potential, "salt": equivalent_concentration(valences, c)}
        data["charge_density"] = FARADAY * sum(z * ci for z, ci in zip(valences, c, strict=True))
        data.update(zip(self._of_species, c, strict=True))
        if problem.flow is not None and found.flow is not None:
            velocity = self._fields["velocity"]
            velocity.interpolate(self._velocity)
            velocity.x.array[:] *= scales.velocity
            velocity.x.array.reshape(-1, 3)[self._without_ions] = np.nan
            pressure = problem.flow.fields.pressure(found.flow, self._scalar)
            virtual_potential = model.neutral_potential(mu, valences, scale, NUMBERS)
            virtual = model.concentrations(mu, virtual_potential, valences, scale, NUMBERS)
            excess = of_packed[0] if of_packed else model.osmotic_pressure(dimensionless, scale, NUMBERS)
            of_virtual = model.osmotic_pressure(virtual, scale, NUMBERS)
            data["pressure"] = (pressure + excess - of_virtual) * scales.pressure
            data["pressure"][self._at_rest] = np.nan
        for name, array in data.items():
            self._fields[name].x.array[:] = array
        self._evaluate_traces(found)

    def _evaluate_traces(self, found: Evaluation) -> None:
        """Fill those of the trace species; NaN of one that was not found."""
        transport = self._problem.trace
        for k, state in enumerate(transport.solved(found) if transport is not None else ()):
            field = self._fields[self._of_traces[k]]
            if state is None or transport is None:
                field.x.array[:] = np.nan
                continue
            transport.load(found, k, state)
            field.interpolate(self._traces[k])
            field.x.array[:] *= state.concentration
            field.x.array[self._without_ions] = np.nan
