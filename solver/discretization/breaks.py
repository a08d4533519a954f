"""Whether breaks of charges fit the mesh: those of a wall lie on it, where the case does not know its shape, and lines of the
mesh follow those of a region; whether formulas of regions have values everywhere."""

from __future__ import annotations

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.laws.algebra import NUMBERS
from solver.laws.profiles import off_axis
from solver.laws.regions.confinement import LARGEST_ENERGY

KINDS = ("axial position", "radius")
PLURAL = ("axial positions", "radii")
ALONG = ("axis", "radius")


def check_breaks(case: Case, tagged: TaggedMesh) -> None:
    """Refuse a break through which its wall does not go, so that nothing would jump there. Collective.

    Raises:
        CaseError: on all ranks.
    """
    for name, wall in case.walls.items():
        if case.course(name).trace is not None:
            continue  # checked with the case
        own = int(case.course(name).radial)
        for law in wall.laws:
            ways = _ways(tagged, name) if law.breaks else []
            for i, at in enumerate(law.breaks):
                if _passes(tagged, ways[own], at):
                    continue
                text = f"wall '{name}' of the mesh has no {KINDS[own]} {at:g} m where its charge could jump"
                if _passes(tagged, ways[1 - own], at):
                    text += f"; where the breaks are {PLURAL[1 - own]}, write 'along: {ALONG[1 - own]}'"
                raise CaseError(text, key=("walls", name, law.key, "breaks", i), file=case.file)


def _ways(tagged: TaggedMesh, name: str) -> list[np.ndarray]:
    """From where to where this rank's facets of a wall go, axially and away from the axis, in metres. Shapes (n, 2)."""
    mesh, dimension = tagged.mesh, tagged.mesh.topology.dim
    mesh.topology.create_connectivity(dimension - 1, dimension)
    facets, points = tagged.facets_of(name), np.zeros((0, dimension, 3))
    if len(facets):  # the library does not take none
        points = mesh.geometry.x[dmesh.entities_to_geometry(mesh, dimension - 1, facets)] * tagged.unit
    found = points[:, :, 0], points[:, :, 1] if dimension < 3 else np.hypot(points[:, :, 1], points[:, :, 2])
    return [np.sort(each, axis=1)[:, [0, -1]] for each in found]


def _passes(tagged: TaggedMesh, ways: np.ndarray, at: float) -> bool:
    """Whether the wall has facets on both sides of a position, one of which may cross it."""
    length = ways[:, 1] - ways[:, 0]
    small = 1e-9 * abs(at)
    touching = (ways[:, 0] <= at + small) & (ways[:, 1] >= at - small) & (length > 2 * small)
    sides = np.array([(touching & (ways[:, 0] < at - small)).any(), (touching & (ways[:, 1] > at + small)).any()])
    return bool(tagged.mesh.comm.allreduce(sides, op=MPI.LOR).all())


def check_fixed_charges(case: Case, tagged: TaggedMesh) -> None:
    """Refuse a break of a region's fixed charge outside the region, or across its cells, in which the jump would be smeared,
    and a formula without a value somewhere in the region. Collective.

    Raises:
        CaseError: on all ranks.
    """
    mesh, comm = tagged.mesh, tagged.mesh.comm
    for name, law in case.regions.items():
        if not law.holds_ions or tagged.cells is None:
            continue
        cells = tagged.cells.find(tagged.regions[name])
        corners = mesh.geometry.x[nodes_of_cells(mesh)[cells]] * tagged.unit
        middles = corners.mean(axis=1)
        places = np.concatenate([corners.reshape(-1, corners.shape[-1]), middles])  # with the ends of the region
        _check_formulas(case, name, places, comm)
        if not law.coefficients():
            continue
        key = ("regions", name, "fixed_charge")
        at_places = tuple(places[:, : mesh.geometry.dim].T)
        values = np.broadcast_to(law.charge(at_places, law.coefficients(), NUMBERS), len(places))
        wrong = np.flatnonzero(~np.isfinite(values))
        beyond = np.column_stack([places[:, 0], off_axis(at_places, NUMBERS)])[wrong[:1]]
        if everywhere := [place for part in comm.allgather(beyond.tolist()) for place in part]:
            z, r = min(everywhere)
            raise CaseError(f"has no finite value at z = {z:g} m, r = {r:g} m of the region", key=key, file=case.file)
        for i, at in enumerate(law.breaks):
            along = int(law.radial_breaks)
            of_corners = tuple(np.moveaxis(corners, -1, 0)[: mesh.geometry.dim])
            reach = off_axis(of_corners, NUMBERS) if along else of_corners[0]
            low, high = reach.min(axis=1), reach.max(axis=1)
            start = comm.allreduce(float(low.min(initial=np.inf)), op=MPI.MIN)
            stop = comm.allreduce(float(high.max(initial=-np.inf)), op=MPI.MAX)
            small = 1e-9 * (stop - start)
            crossed = comm.allreduce(bool(((low < at - small) & (high > at + small)).any()), op=MPI.LOR)
            text = ""
            if not start + small < at < stop - small:
                text = f"{at:g} m lies outside the region, which reaches from {start:g} to {stop:g} m"
            elif crossed:
                text = (
                    f"cells of the region lie across {KINDS[along]} {at:g} m; draw a line of the mesh there (in a mesh file),"
                    " e.g. as the boundary between two regions"
                )
            if text:
                raise CaseError(text, key=(*key, "breaks", i), file=case.file)


def _check_formulas(case: Case, name: str, places: np.ndarray, comm: MPI.Comm) -> None:
    """Refuse a formula of a material that has no proper value at one of some places (m) of its region. Collective.

    Raises:
        CaseError: on all ranks.
    """
    at_places = tuple(places[:, : case.geometry.dimension].T)
    found = case.regions[name].without_value(case.electrolyte.species, at_places)
    first = 0 if found is None else int(np.flatnonzero(found[1])[0])
    radii = off_axis(at_places, NUMBERS)
    mine = [] if found is None else [(float(places[first, 0]), float(radii[first]), found[0])]
    if everywhere := [each for part in comm.allgather(mine) for each in part]:
        z, r, key = min(everywhere)
        text = (
            f"has no proper value at z = {z:g} m, r = {r:g} m of the region: factors are positive, energies at most"
            f" {LARGEST_ENERGY:g} kT"
        )
        raise CaseError(text, key=("regions", name, *key, "formula"), file=case.file)
