"""What `check` says of a user's own mesh: its cells against the double layers, Dukhin numbers, size of the system."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meshes.blocks.assembly import Size
from meshes.survey import BoundarySurvey, MeshSurvey
from solver.case.case import Case
from solver.case.layers import charge_of_wall
from solver.check.size import MeshEstimate, in_space, sized
from solver.inputs.text import si, table
from solver.physics.double_layer import dukhin_number

COARSEST_WALL_CELL = 1.0  # quadratic cells, in thicknesses of the double layer
PROPER_WALL_CELL = 0.3  # that of the meshes which the program makes


@dataclass(frozen=True)
class WallNumbers:
    """A wall of a mesh file with a double layer.

    Attributes:
        name: of the wall.
        charge: C/m^2, the largest by its laws (of an electrode under the whole voltage).
        layer: m, thickness of the double layer.
        least_cell, largest_cell: m, cells at the wall, normal to it.
        half_size: m, radius or half-height there; infinite when there is none.
        dukhin: |sigma|/(F c R) or |sigma|/(2 F c H); NaN without such a size.
    """

    name: str
    charge: float
    layer: float
    least_cell: float
    largest_cell: float
    half_size: float
    dukhin: float

    @property
    def cells_in_layer(self) -> float:
        """Cells in one thickness of the double layer, where they are largest."""
        return self.layer / self.largest_cell


def wall_numbers(case: Case, found: MeshSurvey) -> tuple[WallNumbers, ...]:
    """The walls of a mesh that have a double layer, in the solution that makes it thinnest; none without double layers."""
    if case.is_electroneutral:
        return ()
    finer = 2.0**case.mesh.refinement
    rows = []
    for name, wall in case.walls.items():
        if not (wall.is_charged or wall.is_electrode):
            continue
        solution = min(case.solutions(), key=lambda each: each.debye_length)
        charge = charge_of_wall(case, name, solution)
        there = found.boundary(name)
        if not there.touches_liquid:
            continue  # the outer side of a solid, which may be a gate
        half_size = case.geometry.smallest or there.half_size
        dukhin = math.nan
        if math.isfinite(half_size):
            dukhin = dukhin_number(charge, half_size, solution, case.geometry.symmetry)
        rows.append(
            WallNumbers(
                name,
                charge,
                solution.edl_thickness(abs(charge)),
                there.least_cell / finer,
                there.largest_cell / finer,
                half_size,
                dukhin,
            )
        )
    return tuple(rows)


def mesh_warnings(case: Case, found: MeshSurvey) -> Iterator[tuple[str, str]]:
    """Walls whose double layer the mesh does not resolve, by kind."""
    if case.mesh.tolerance is not None:
        return  # the mesh is refined where it has to be
    for wall in wall_numbers(case, found):
        if wall.largest_cell > COARSEST_WALL_CELL * wall.layer * (1.0 + 1e-9):
            yield (
                f"mesh {wall.name}",
                f"the cells at wall '{wall.name}' are up to {_nm(wall.largest_cell)} high, but the double layer is"
                f" {_nm(wall.layer)} thick and stays unresolved; make them at most {PROPER_WALL_CELL:g} of that, or write"
                f" {FINER[found.in_space]}",
            )
    errors, coarser = case.outputs.errors != "none", getattr(case.geometry, "coarser", None)
    if found.in_space and errors and coarser is None and not case.mesh.refinement:
        yield (
            "no error bars",
            "there will be no error bars, which need a coarser mesh of the device: write the file of one as"
            " geometry.coarser, 'mesh: {refinement: 1}', or 'outputs: {errors: none}'",
        )


FINER = {False: "'mesh: {tolerance: 1 %}'", True: "'mesh: {refinement: 1}'"}
"""How a mesh gets finer, in the plane and in three dimensions."""


def expected_size(case: Case, found: MeshSurvey) -> MeshEstimate:
    """Size of the system on a mesh, from its numbers of cells, edges and vertices."""
    cells, edges, vertices = found.cells, found.edges, found.vertices
    if found.in_space:
        return _expected_in_space(case, found)
    triangles = found.kind == "triangles"
    for _ in range(case.mesh.refinement):
        vertices, edges, cells = vertices + edges, 2 * edges + 3 * cells, 4 * cells
    nodes = vertices + edges + (0 if triangles else cells)
    return sized(cells, nodes, vertices, case)


def _expected_in_space(case: Case, found: MeshSurvey) -> MeshEstimate:
    """The same of tetrahedra, with the problem on the mesh before the last refinement beside it, whose size is known."""
    size, outer = Size(found.cells, found.vertices + found.edges, found.vertices), found.outer
    sizes = [size]
    for _ in range(case.mesh.refinement):
        edges, faces = size.nodes - size.vertices, 2 * size.cells + outer // 2
        size = Size(8 * size.cells, size.nodes + 2 * edges + 3 * faces + size.cells, size.nodes)
        sizes, outer = [*sizes, size], 4 * outer
    own = in_space(case, size)
    if case.outputs.errors == "none":
        return own
    if len(sizes) > 1 and getattr(case.geometry, "coarser", None) is None:
        return own.beside(in_space(case, sizes[-2]))
    return own.beside(in_space(case, Size(*(round(number / COARSER_FILE**3) for number in size))))


COARSER_FILE = 1.5
"""Length of the cells in a coarser file over those in the file of the case, where it was not opened."""


def text(walls: tuple[WallNumbers, ...], found: MeshSurvey, symmetry: str) -> list[str]:
    """The blocks of `check` about a mesh."""
    (left, right), (bottom, top) = found.first, found.second
    across = "x" if found.in_space else "r" if symmetry == "axisymmetric" else "y"
    third = "" if found.third is None else f", z from {found.third[0]:.6g} to {found.third[1]:.6g}"
    beside = "" if found.beside is None else f", y from {si(found.beside[0], 'm')} to {si(found.beside[1], 'm')}"
    regions = ", ".join(f"{name} ({count:,} cells)" for name, count in found.regions.items())
    size = "radius" if symmetry == "axisymmetric" else "half-height"
    dukhin = "|sigma|/(F c R)" if symmetry == "axisymmetric" else "|sigma|/(2 F c H)"
    blocks = [
        f"mesh {found.path}: {found.cells:,} {found.kind}, {found.vertices:,} vertices; regions {regions}\n"
        f"coordinates in the file: x from {left:.6g} to {right:.6g}, y from {bottom:.6g} to {top:.6g}{third}\n"
        f"device: z from {si(found.axial[0], 'm')} to {si(found.axial[1], 'm')}, {across} from"
        f" {si(found.transverse[0], 'm')} to {si(found.transverse[1], 'm')}{beside}"
        + "".join(f"\n{note}" for note in found.notes),
        _boundaries(found.boundaries, found.in_space),
    ]
    if walls:
        blocks.append(
            table(
                "wall with a double layer",
                walls,
                [
                    ("largest charge", lambda w: f"{w.charge * 1e3:.3g} mC/m^2"),
                    ("thickness of the double layer", lambda w: si(w.layer, "m")),
                    ("cells in it, where they are largest", lambda w: f"{w.cells_in_layer:.3g}"),
                    (f"smallest {size} at it", lambda w: si(w.half_size, "m") if math.isfinite(w.half_size) else "-"),
                    (f"Dukhin number {dukhin} there", lambda w: "-" if math.isnan(w.dukhin) else f"{w.dukhin:.3g}"),
                ],
            )
        )
    return blocks


def _boundaries(boundaries: Sequence[BoundarySurvey], in_space: bool) -> str:
    """One line a boundary."""
    columns: list[tuple[str, Callable[[BoundarySurvey], str]]] = [
        ("faces" if in_space else "edges", lambda b: f"{b.edges:,}"),
        ("area", lambda b: f"{b.length * 1e18:.4g} nm^2") if in_space else ("length", lambda b: si(b.length, "m")),
        ("cells at it, normal to it", _range),
    ]
    rows = [(b.name, lambda column, b=b: column[1](b)) for b in boundaries]
    return table("boundary", columns, rows, names=[name for name, _ in columns])


def _range(boundary: BoundarySurvey) -> str:
    low, high = si(boundary.least_cell, "m"), si(boundary.largest_cell, "m")
    return low if low == high else f"{low} to {high}"


def _nm(length: float) -> str:
    return f"{length * 1e9:.3g} nm"
