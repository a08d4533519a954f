"""The materials of a device's regions: the coefficients that their laws give to the equations.

Potential and electrochemical potentials are continuous everywhere. With the partition coefficient K_i of a region,

    c_i = c_i(mu_i + ln K_i - w_i, phi),

so that concentrations step where K_i or the fixed charge does; w_i is an energy of the region (RT) that may vary in it.
The virtual solution is that of the free electrolyte, with
neither partition nor fixed charge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx import mesh as dmesh

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, Solute, TraceSolute
from solver.discretization.measures import Measures
from solver.discretization.parameter_names import CHARGING, PERMITTIVITY, region_coefficient
from solver.discretization.parameters import Parameters
from solver.discretization.symbols import SYMBOLS
from solver.discretization.unknowns import Unknowns
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.regions.base import RELATIVE_PERMITTIVITY, SOMEWHERE, RegionLaw


class Materials:
    """Coefficients of the regions of a problem.

    Args:
        tagged: the mesh with its regions.
        regions: their materials.
        solutes: the species.
        constants: of the forms, by the names of parameters.
    """

    def __init__(
        self,
        tagged: TaggedMesh,
        regions: Sequence[RegionCondition],
        solutes: Sequence[Solute | TraceSolute],
        constants: Mapping[str, fem.Constant],
    ) -> None:
        self._tagged, self._regions, self._constants = tagged, tuple(regions), constants
        logs = [[np.log(region.law.partition_coefficient(s.name)) for s in solutes] for region in regions]
        self._logs = np.array(logs).reshape(len(regions), len(solutes))
        self._space = fem.functionspace(tagged.mesh, ("DG", 0))
        self._partition = [self._by_region(column) if column.any() else None for column in self._logs.T]
        x, unit = ufl.SpatialCoordinate(tagged.mesh), tagged.unit
        self.position = tuple(unit * x[k] for k in range(tagged.mesh.geometry.dim))
        """Of the forms, m: axial, and away from the axis or mid-plane along one or two coordinates."""
        self._names = [solute.name for solute in solutes]
        self._energies = [self._energy(name) for name in self._names]

    @cached_property
    def _with_ions(self) -> fem.Function:
        """1 in regions with ions, 0 elsewhere. Collective at the first use."""
        return self._by_region(np.array([float(region.law.holds_ions) for region in self._regions]))

    @property
    def partitions(self) -> bool:
        """Whether a region has a partition coefficient or energies."""
        return bool(self._logs.any()) or any(energy is not None for energy in self._energies)

    def _in_regions(self, value: Callable[[RegionLaw], Any]) -> Any | None:
        """A coefficient that varies in regions, an expression for any cell; 0 in those without, None without any."""
        found = None
        for region in self._regions:
            part = value(region.law) if region.law.holds_ions else None
            if part is None:
                continue
            if len(self._regions) > 1:
                # no product: where it is of no concern, a formula may have no value
                inside = ufl.gt(self._by_region(np.array([float(each is region) for each in self._regions])), 0.5)
                part = ufl.conditional(inside, part, 0.0)
            found = part if found is None else found + part
        return found

    def _energy(self, species: str) -> Any | None:
        """Energy of a species (RT), an expression; None where no region has one."""
        return self._in_regions(lambda law: law.energy(species, self.position, SYMBOLS))

    def viscosity(self) -> Any | None:
        """Viscosity over that of the electrolyte, an expression for any cell and boundary; None where it is the same."""
        beyond = self._in_regions(lambda law: _beyond(law.viscosity_profile(self.position, SYMBOLS)))
        return None if beyond is None else 1.0 + beyond

    def _energies_at(self, region: RegionCondition, points: np.ndarray) -> np.ndarray:
        """Energies of a region (RT) at points of it (coordinates of the mesh). Shape (points, species)."""
        position = self._tagged.unit * points
        place = tuple(position[:, : len(self.position)].T)
        found = [region.law.energy(name, place, NUMBERS) for name in self._names]
        return np.column_stack([np.broadcast_to(0.0 if each is None else each, len(points)) for each in found])

    def _inner_logs(self, cells: np.ndarray, points: np.ndarray) -> np.ndarray:
        """ln K_i - w_i at points of local cells (coordinates of the mesh). Shape (points, species)."""
        found = np.zeros((len(cells), len(self._names)))
        for region, logs in zip(self._regions, self._logs, strict=True):
            inside = np.isin(cells, self._cells(region))
            found[inside] = logs - self._energies_at(region, points[inside])
        return found

    def _cells(self, region: RegionCondition) -> np.ndarray:
        """Local cells of a region, those of other ranks included."""
        if region.name is None or self._tagged.cells is None:
            cells = self._tagged.mesh.topology.index_map(self._tagged.mesh.topology.dim)
            return np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
        return np.asarray(self._tagged.cells.find(self._tagged.regions[region.name]))

    def _by_region(self, values: np.ndarray) -> fem.Function:
        """A coefficient that is constant in each region."""
        found = fem.Function(self._space)
        entries = self._space.dofmap.list[:, 0]
        for region, value in zip(self._regions, values, strict=True):
            found.x.array[entries[self._cells(region)]] = value
        found.x.scatter_forward()
        return found

    # ------------------------------------------------------------------ coefficients of the forms
    def inner(self, mu: Sequence[Any]) -> list[Any]:
        """mu_i + ln K_i - w_i: what the concentrations of the regions follow from."""
        found = [m if log is None else m + log for m, log in zip(mu, self._partition, strict=True)]
        return [m if w is None else m - w for m, w in zip(found, self._energies, strict=True)]

    def charge(self, region: RegionCondition) -> Any:
        """Fixed charge of a region, over F (mol/m^3); the continuation that charges walls charges it, too."""
        found = region.law.charge(self.position, self._coefficients(region), SYMBOLS)
        return found if isinstance(found, float) else self._constants[CHARGING] * found

    def _charged(self) -> Iterator[tuple[RegionCondition, Any]]:
        """The regions with a fixed charge, and it."""
        for region in self._regions:
            charge = self.charge(region)
            if not (isinstance(charge, float) and charge == 0.0):
                yield region, charge

    def fixed_charge_in(self, measures: Measures, weight: Any, scale: float) -> Any:
        """Integral of the fixed charges with a weight, in units of a concentration (mol/m^3); 0 where there are none."""
        return sum(charge / scale * weight * measures.region(region.name) for region, charge in self._charged())

    def follows_solvent(self) -> fem.Function | None:
        """1 where the permittivity is that of the liquid, 0 in regions with one of their own; None without such."""
        own = np.array([RELATIVE_PERMITTIVITY in region.law.coefficients() for region in self._regions])
        return self._by_region(1.0 - own) if own.any() else None

    def permittivity(self, region: RegionCondition) -> Any:
        """Permittivity of a region over that of the solvent."""
        return region.law.permittivity_factor(self._constants[PERMITTIVITY], self._coefficients(region))

    def over_ions(self, measures: Measures, integrand: Callable[[RegionLaw], Any]) -> Any:
        """Integral, over the regions with ions, of what depends on their materials."""
        return sum(integrand(r.law) * measures.region(r.name) for r in self._regions if r.law.holds_ions)

    def _coefficients(self, region: RegionCondition) -> dict[str, Any]:
        return {key: self._constants[region_coefficient(region.name, key)] for key in region.law.coefficients()}

    def fixed_charge(self, scale: float) -> Any | None:
        """Fixed charge of the whole device in units of a concentration (mol/m^3), an expression for any of its cells and
        boundaries; None where no region has one."""
        found = None
        for region, charge in self._charged():
            part = charge / scale
            if region.name is not None:
                part = self._by_region(np.array([each is region for each in self._regions])) * part
            found = part if found is None else found + part
        return found

    # ------------------------------------------------------------------ numbers
    def _charge_at(self, region: RegionCondition, points: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Fixed charge of a region, in units of the scale of concentration, at points (coordinates of the mesh) of it. Shape
        (points,)."""
        values = {key: parameters[region_coefficient(region.name, key)] for key in region.law.coefficients()}
        position = self._tagged.unit * points
        place = tuple(position[:, : len(self.position)].T)
        charge = np.broadcast_to(region.law.charge(place, values, NUMBERS), len(points))
        return (parameters[CHARGING] if values else 1.0) * charge / parameters.reference.concentration

    def charges_in_cells(self, cells: np.ndarray, points: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Fixed charge, in units of the scale of concentration, at points of local cells.

        points: coordinates of the mesh. Shape (points, at least 2).
        """
        found = np.zeros(len(cells))
        for region in self._regions:
            inside = np.isin(cells, self._cells(region))
            found[inside] = self._charge_at(region, points[inside], parameters)
        return found

    def charges_at_nodes(self, parameters: Parameters, unknowns: Unknowns) -> np.ndarray:
        """The same at all local nodes; between two regions the mean of both. Collective."""
        cells, points = self._nodes_of_cells(unknowns)
        return self._means(self.charges_in_cells(cells.ravel(), points, parameters).reshape(cells.shape), unknowns)

    def _nodes_of_cells(self, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray]:
        """Number of the cell for each node of the owned cells, and their coordinates. Shapes (cells, nodes of a cell) and
        (all of these, 3)."""
        mesh = self._tagged.mesh
        nodes = unknowns.scalar.dofmap.list[: mesh.topology.index_map(mesh.topology.dim).size_local]
        cells = np.repeat(np.arange(len(nodes)), nodes.shape[1]).reshape(nodes.shape)
        return cells, unknowns.scalar.tabulate_dof_coordinates()[nodes.ravel()]

    def inner_at_nodes(self, mu: np.ndarray, unknowns: Unknowns) -> np.ndarray:
        """mu_i + ln K_i - w_i at all local nodes; between two regions with ions the mean of both. Shape (nodes, species).
        Collective."""
        if not self.partitions:
            return mu
        cells, points = self._nodes_of_cells(unknowns)
        logs = self._inner_logs(cells.ravel(), points).reshape(*cells.shape, -1)
        return mu + np.column_stack([self._means(logs[:, :, k], unknowns) for k in range(mu.shape[1])])

    def inner_in_cells(self, mu: np.ndarray, cells: np.ndarray, points: np.ndarray) -> np.ndarray:
        """mu_i + ln K_i - w_i at points (coordinates of the mesh) of local cells. Shape (points, species)."""
        return mu + self._inner_logs(cells, points) if self.partitions else mu

    def donnan_potentials(
        self,
        which: np.ndarray,
        mu: np.ndarray,
        points: np.ndarray,
        parameters: Parameters,
        model: ElectrolyteModel,
        valences: Sequence[int],
    ) -> np.ndarray:
        """Potential (thermal voltages) of the neutral materials of regions against that of the free neutral solution with the
        same electrochemical potentials, at points.

        which: number of the region of each point, -1 for the free solution. Shape (points,).
        mu: shape (points, species). points: coordinates of the mesh. Shape (points, at least 2).
        """
        found, scale = np.zeros(len(which)), parameters.reference.concentration
        for k in np.unique(which[which >= 0]):
            at = np.flatnonzero(which == k)
            charge = self._charge_at(self._regions[k], points[at], parameters)
            # from the free solution on, which may be at any potential
            free = model.neutral_potential(list(mu[at].T), valences, scale, NUMBERS)
            logs = self._logs[k] - self._energies_at(self._regions[k], points[at])
            inner = [m - z * free + log for m, z, log in zip(mu[at].T, valences, logs.T, strict=True)]
            found[at] = model.donnan_potential(inner, charge, valences, scale)
        return found

    def charge_to_neutral(
        self,
        state: np.ndarray,
        parameters: Parameters,
        unknowns: Unknowns,
        model: ElectrolyteModel,
        valences: Sequence[int],
    ) -> None:
        """Put the potential at which the ions balance the fixed charge (Donnan's) into a state whose electrochemical
        potentials are the same everywhere, in the regions that have a charge or partition coefficients. Collective."""
        scale, mesh = parameters.reference.concentration, self._tagged.mesh
        found = fem.Function(self._space)
        charged = False
        for region, logs in zip(self._regions, self._logs, strict=True):
            law, cells = region.law, self._cells(region)
            varies = any(law.energy(name, SOMEWHERE, NUMBERS) is not None for name in self._names)
            if not law.holds_ions or not (logs.any() or law.coefficients() or varies):
                continue
            charged = True
            if not len(cells):
                continue
            middles = dmesh.compute_midpoints(mesh, mesh.topology.dim, cells)
            charges, energies = self._charge_at(region, middles, parameters), self._energies_at(region, middles)
            distinct, which = np.unique(np.column_stack([charges, energies]), axis=0, return_inverse=True)
            mu = unknowns.electrochemical(state)[unknowns.scalar.dofmap.list[cells[0], 0]] + logs - distinct[:, 1:]
            potential = model.donnan_potential(list(mu.T), distinct[:, 0], valences, scale)
            found.x.array[self._space.dofmap.list[cells, 0]] = potential[which.ravel()]
        if charged:
            found.x.scatter_forward()
            unknowns.potential(state)[:] = self._at_nodes(found, unknowns)

    def _at_nodes(self, values: fem.Function, unknowns: Unknowns) -> np.ndarray:
        """Means of what is constant in each cell over the cells with ions around each node; 0 where there are none.
        Collective."""
        mesh = self._tagged.mesh
        cells = mesh.topology.index_map(mesh.topology.dim).size_local
        return self._means(values.x.array[self._space.dofmap.list[:cells]], unknowns)

    def _means(self, values: np.ndarray, unknowns: Unknowns) -> np.ndarray:
        """Means at each node of what the owned cells with ions around it say; 0 where there are none. Shape of `values`:
        (cells, nodes of a cell or 1). Collective."""
        nodes, entries = unknowns.scalar.dofmap.list[: len(values)], self._space.dofmap.list[: len(values)]
        ions = self._with_ions.x.array[entries]
        sums = []
        for each in (ions * values, ions):
            around = fem.Function(unknowns.scalar)
            np.add.at(around.x.array, nodes, each)
            around.x.scatter_reverse(la.InsertMode.add)
            around.x.scatter_forward()
            sums.append(around.x.array.copy())
        return np.asarray(sums[0] / np.maximum(sums[1], 1.0))


def _beyond(factor: Any | None) -> Any | None:
    """What a factor has beyond 1; None where there is none."""
    return None if factor is None else factor - 1.0
