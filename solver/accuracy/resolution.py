"""Whether a mesh resolves the double layers: cells at the walls before a run, error bars after it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.compat import nodes_of_cells
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.case.layers import charge_of_wall
from solver.case.regions import solids_of
from solver.check.mesh_file import COARSEST_WALL_CELL
from solver.results.headers import error_header, split_header

COARSE_PART = 0.1
"""Part of a wall with cells that are too thick from which it counts as unresolved."""

UNRELIABLE = 0.1
"""Relative error bar above which the richer elements do not resolve the layer either."""

NEGLIGIBLE = 1e-3
"""Part of the largest value of a column below which a relative error says nothing."""

ROUNDING = 1e-6
"""Part of the largest current of an ion below which the bar of the current says nothing: where pressure drives uncharged
liquid, both ions are carried along, and their sum is rounding."""


def unresolved_walls(tagged: TaggedMesh, points: Sequence[Case], coarsest: float = COARSEST_WALL_CELL) -> Iterator[str]:
    """A sentence for every charged wall whose cells are thicker than its double layer at one of the points, or than
    `coarsest` such layers. Collective."""
    for name in points[0].walls:
        thickness = min(layer_thickness(case, name) for case in points)
        part, mean = coarse_part(tagged, name, coarsest * thickness, solids_of(points[0].regions))
        if part > COARSE_PART:
            yield (
                f"the cells at wall '{name}' are {1e9 * mean:.2g} nm thick, but its double layer gets as thin as"
                f" {1e9 * thickness:.2g} nm and stays unresolved there: its charge, and what depends on it, will be too"
                " small; refine the mesh at this wall"
            )


def layer_thickness(case: Case, name: str) -> float:
    """m: the thinnest double layer at a wall; infinite at one without charge, and in electroneutral devices."""
    wall = case.walls[name]
    if case.is_electroneutral or not (wall.is_charged or wall.is_electrode):
        return math.inf
    return min(solution.edl_thickness(abs(charge_of_wall(case, name, solution))) for solution in case.solutions())


def coarse_part(tagged: TaggedMesh, name: str, limit: float, solids: Collection[str] = ()) -> tuple[float, float]:
    """Part of a wall's length at which its cells are thicker than a limit (m), and the mean thickness of these (m).
    solids: regions without liquid. Collective."""
    lengths, heights = _wall_cells(tagged, name, solids)
    coarse = heights > limit
    local = np.array([lengths.sum(), lengths[coarse].sum(), (lengths * heights)[coarse].sum()])
    whole, above, moment = tagged.mesh.comm.allreduce(local, op=MPI.SUM)
    return (float(above / whole), float(moment / above)) if above else (0.0, 0.0)


def _wall_cells(tagged: TaggedMesh, name: str, solids: Collection[str]) -> tuple[np.ndarray, np.ndarray]:
    """Length of each facet of a wall whose liquid cell this rank owns, and how far that reaches from it (m)."""
    topology = tagged.mesh.topology
    dimension = topology.dim - 1
    topology.create_connectivity(dimension, topology.dim)
    topology.create_connectivity(topology.dim, dimension)
    facets = tagged.facets_of(name)
    wet = np.ones(topology.index_map(topology.dim).size_local, dtype=bool)  # a facet counts where its liquid is
    for solid in solids:
        assert tagged.cells is not None
        of_solid = tagged.cells.find(tagged.regions[solid])
        wet[of_solid[of_solid < len(wet)]] = False
    cells_of = topology.connectivity(dimension, topology.dim)
    pairs = [(facet, cell) for facet in facets for cell in cells_of.links(facet) if cell < len(wet) and wet[cell]]
    if not pairs:
        return np.zeros(0), np.zeros(0)
    facets, cells = np.array(pairs, dtype=np.int32).T.copy()
    return lengths_and_heights(tagged, facets, cells)


def lengths_and_heights(tagged: TaggedMesh, facets: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length (m), or area (m^2) in three dimensions, of local facets, and how far a cell beside each reaches from it (m)."""
    mesh = tagged.mesh
    dimension = mesh.topology.dim - 1
    x = mesh.geometry.x[:, : dimension + 1] * tagged.unit
    mesh.topology.create_connectivity(dimension, dimension + 1)
    corners = x[dmesh.entities_to_geometry(mesh, dimension, facets)[:, : dimension + 1]]
    along = corners[:, 1:] - corners[:, :1]
    if dimension == 1:
        normal = np.column_stack([-along[:, 0, 1], along[:, 0, 0]])
    else:
        normal = 0.5 * np.cross(along[:, 0], along[:, 1])
    sizes = np.linalg.norm(normal, axis=1)
    apart = x[nodes_of_cells(mesh)[cells]] - corners[:, :1]
    return sizes, np.abs(np.einsum("fkd,fd->fk", apart, normal / sizes[:, None])).max(axis=1)


def unreliable(
    rows: Sequence[Mapping[str, Any]], has_layers: bool = True, given: Collection[str] = ()
) -> Iterator[str]:
    """A sentence for the current and every charge that have large error bars, or none, at some points.

    has_layers: whether there are double layers, which a coarse mesh misses. given: columns of what is held, which need none.
    """
    for header in dict.fromkeys(header for row in rows for header in row):
        name = split_header(header)[0]
        if header in given or (name != "current" and not name.startswith("charge_")):
            continue
        pairs = [
            (_number(row.get(header)), row.get(error_header(header))) for row in rows if error_header(header) in row
        ]
        known = [(abs(value), _number(bar)) for value, bar in pairs if value is not None]
        largest = max((value for value, _ in known), default=0.0)
        enough = ROUNDING * _largest_of_ions(rows) if name == "current" else 0.0
        # a current passes through zero in time, a charge that is small is one of another point
        errors = [
            None if bar is None else bar / (largest if name == "current" else value)
            for value, bar in known
            if value > NEGLIGIBLE * largest and (bar is None or bar > enough)
        ]
        large = [error for error in errors if error is not None and error > UNRELIABLE]
        parts = [f"{errors.count(None)} without an error bar"] if None in errors else []
        parts += [f"{len(large)} with one of up to {max(large):.2g} of the value"] if large else []
        if parts:
            fault = "does not resolve the layers there" if has_layers else "is too coarse"
            yield (
                f"{name.replace('_', ' ')}: of {len(rows)} points there are {' and '.join(parts)}; the mesh {fault}, and such"
                " a bar is no bound: refine it"
            )


def _largest_of_ions(rows: Sequence[Mapping[str, Any]]) -> float:
    """Size of the largest current of one terminal or ion (A)."""
    headers = {header for row in rows for header in row if header.startswith("current_")}
    values = [
        _number(row.get(header)) for row in rows for header in headers if not split_header(header)[0].endswith("_error")
    ]
    return max((abs(value) for value in values if value is not None), default=0.0)


def _number(value: Any) -> float | None:
    """A number, None for an empty cell."""
    return None if value is None or value == "" or math.isnan(float(value)) else float(value)
