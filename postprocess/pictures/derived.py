"""Fields that follow from those in the files: electric field and current density, from gradients within the cells."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyvista
from pydantic import TypeAdapter

from postprocess.pictures.fields import SIX_NODES
from postprocess.pictures.tetrahedra import EDGES
from postprocess.pictures.volume import TEN_NODES
from postprocess.tables.result import Result
from postprocess.tables.units import split_header
from solver.case.electrolyte import Electrolyte
from solver.case.regions import Region
from solver.inputs.keys import replace
from solver.laws.algebra import NUMBERS
from solver.laws.properties.constant import Constant
from solver.laws.regions.confinement import Confinement
from solver.physics.constants import FARADAY, thermal_voltage
from solver.results.field_names import REGION, concentration_fields
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
TRIANGLE = np.array([[0, 1], [1, 2], [2, 0]])
"""Corners of the edges, in the order of the nodes in their middles."""
Deriving = Callable[[Result, int, pyvista.UnstructuredGrid], Array]


def electric_field(result: Result, point: int, mesh: pyvista.UnstructuredGrid) -> Array:
    """-grad phi, shape (n, 3), V/m."""
    return -_gradient(mesh, np.asarray(mesh.point_data["potential"], dtype=float))


def current_density(result: Result, point: int, mesh: pyvista.UnstructuredGrid) -> Array:
    """F sum z_i (-D_i c_i grad mu_i + c_i u), shape (n, 3), A/m^2, without the displacement current.

    The gradients are those of electrochemical potentials: diffusion and migration do not cancel in double layers.

    Raises:
        ResultError: a species has no field, or the file does not say the regions of a device of several; diffusivities or
            energies vary.
    """
    electrolyte = electrolyte_of(result, point)
    if not isinstance(electrolyte.properties, Constant):
        raise ResultError("the current density is not drawn of liquids whose diffusivities follow their composition")
    concentrations, y = _ions(electrolyte, point, mesh, "the current density")
    velocity = np.asarray(mesh.point_data["velocity"], dtype=float) if "velocity" in mesh.point_data else 0.0
    found = np.zeros((mesh.n_points, 3))
    chemical = electrolyte.model.chemical_potentials(concentrations, 1.0, NUMBERS)
    for (name, ion), c, mu in zip(electrolyte.species.items(), concentrations, chemical, strict=True):
        diffusivity = ion.diffusivity * _diffusivity_factor(result, point, mesh, name)
        flux = -(diffusivity * c)[:, None] * _gradient(mesh, mu + ion.valence * y) + c[:, None] * velocity
        found += FARADAY * ion.valence * flux
    return found


def zeta_potential(result: Result, point: int, mesh: pyvista.UnstructuredGrid) -> Array:
    """Potential (n,) against that of the uncharged solution in equilibrium with it, V: at a wall the zeta potential.

    Raises:
        ResultError: a species has no field.
    """
    electrolyte = electrolyte_of(result, point)
    concentrations, y = _ions(electrolyte, point, mesh, "the zeta potential")
    valences = [ion.valence for ion in electrolyte.species.values()]
    chemical = electrolyte.model.chemical_potentials(concentrations, 1.0, NUMBERS)
    mu = [each + z * y for each, z in zip(chemical, valences, strict=True)]
    neutral = electrolyte.model.neutral_potential(mu, valences, 1.0, NUMBERS)
    return np.asarray((y - neutral) * thermal_voltage(electrolyte.temperature))


DERIVED: dict[str, Deriving] = {"electric_field": electric_field, "current_density": current_density}
"""Fields that are made when they are asked for, by name."""
AT_WALLS: dict[str, Deriving] = {"zeta_potential": zeta_potential}
"""The same of those that mean something at walls only."""


def _diffusivity_factor(result: Result, point: int, mesh: pyvista.UnstructuredGrid, species: str) -> Array:
    """Diffusivity of a species over its value in the free solution, at each node. Shape (n,)."""
    found = np.ones(mesh.n_points)
    regions = (result.run.get("case") or {}).get("regions") or {}
    try:
        laws = {name: TypeAdapter(Region).validate_python(law) for name, law in regions.items()}
    except ValueError:
        raise ResultError(
            "the current density needs regions that this version knows, and the result has others"
        ) from None
    if any(isinstance(law, Confinement) for law in laws.values()):
        raise ResultError("the current density is not drawn of devices with regions of type 'confinement'")
    if all(law.relative_diffusivity(species) == 1.0 for law in laws.values()):
        return found
    numbers = (result.run.get("mesh") or {}).get("regions") or {}
    if REGION not in mesh.cell_data or not set(laws) <= set(numbers):
        raise ResultError(f"the fields of point {point} do not say their regions, which the current density needs")
    of_cells = np.round(np.asarray(mesh.cell_data[REGION])).astype(int)
    offsets = pyvista.convert_array(mesh.GetCells().GetOffsetsArray())
    of_points = np.repeat(of_cells, np.diff(offsets))
    for name, law in laws.items():
        found[mesh.cell_connectivity[of_points == numbers[name]]] = law.relative_diffusivity(species)
    return found


def _ions(electrolyte: Electrolyte, point: int, mesh: pyvista.UnstructuredGrid, what: str) -> tuple[list[Array], Array]:
    """Concentrations of the species (mol/m^3), and the potential over the thermal voltage, at the nodes."""
    names = concentration_fields(electrolyte.species)
    if missing := [name for name in names.values() if name not in mesh.point_data]:
        raise ResultError(f"point {point} has no field '{missing[0]}', which {what} needs")
    potential = np.asarray(mesh.point_data["potential"], dtype=float)
    concentrations = [np.asarray(mesh.point_data[name], dtype=float) for name in names.values()]
    return concentrations, potential / thermal_voltage(electrolyte.temperature)


def electrolyte_of(result: Result, point: int) -> Electrolyte:
    """The electrolyte of the case with what was swept at a point."""
    data = copy.deepcopy({"electrolyte": (result.run.get("case") or {}).get("electrolyte")})
    if data["electrolyte"] is None:
        raise ResultError(f"{result.place('run.json')} does not say the electrolyte, which this field needs")
    row = result.observables.loc[result.observables["point"] == point].iloc[0]
    for header in result.parameters:
        key = split_header(header)[0]
        if key.startswith("electrolyte."):
            replace(data, key, float(row[header]))
    return Electrolyte.model_validate(data["electrolyte"])


def _gradient(mesh: pyvista.UnstructuredGrid, values: Array) -> Array:
    """Gradient (n, 3) of values at the nodes of quadratic cells, the mean of those in the cells around a node.

    That of the quadratic interpolation, which VTK's filter misses by percents in flat cells.
    """
    sums, count, known = np.zeros((mesh.n_points, 3)), np.zeros(mesh.n_points), 0
    for edges, kinds in ((TRIANGLE, SIX_NODES), (EDGES, TEN_NODES)):
        for cells in (mesh.cells_dict[kind] for kind in kinds if kind in mesh.cells_dict):
            known += len(cells)
            dimension = edges.max()
            points, at_nodes = np.asarray(mesh.points, dtype=float)[cells][:, :, :dimension], values[cells]
            count += np.bincount(cells.ravel(), minlength=mesh.n_points)
            for node, slopes in enumerate(slopes_at_nodes(edges)):
                jacobians = np.einsum("cna,nb->cba", points, slopes)
                found = np.linalg.solve(jacobians, np.einsum("cn,nb->cb", at_nodes, slopes)[:, :, None])[:, :, 0]
                for axis in range(dimension):
                    sums[:, axis] += np.bincount(cells[:, node], found[:, axis], minlength=mesh.n_points)
    if known < mesh.n_cells:
        raise ResultError("gradients are known on triangles with six nodes and tetrahedra with ten only")
    means: Array = sums / np.maximum(count, 1)[:, None]
    return means


def slopes_at_nodes(edges: Integers) -> Array:
    """Derivatives of the quadratic shape functions of a reference simplex at its own nodes, in VTK's order of nodes.

    Shape (nodes, nodes, dimension): at which node, of which function, in which direction.
    """
    corners = edges.max() + 1
    parts = np.concatenate(
        [np.eye(corners), np.eye(corners)[edges].mean(axis=1)]
    )  # barycentric coordinates of the nodes
    steps = np.vstack([-np.ones(corners - 1), np.eye(corners - 1)])
    one, other = edges.T
    of_corners = (4.0 * parts - 1.0)[:, :, None] * steps
    of_middles = 4.0 * (parts[:, one, None] * steps[other] + parts[:, other, None] * steps[one])
    return np.concatenate([of_corners, of_middles], axis=1)
