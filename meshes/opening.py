"""Files with meshes and drawings, opened with Gmsh or meshio on one process: what they hold as arrays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from meshes import plane
from meshes.device import Device, device_of
from meshes.drawing import DrawingSizes, mesh_drawing
from meshes.errors import MeshError
from meshes.formats import groups_of, labels_of, nodes_of, one_line, read_with_meshio
from meshes.imported import File
from meshes.plane import Group, Integers, PlaneMesh
from meshes.session import gmsh_session
from meshes.space_device import SpaceDevice, device_in_space
from meshes.space_formats import space_mesh_of_gmsh, space_mesh_of_meshio
from meshes.space_survey import survey_in_space
from meshes.survey import MeshSurvey, survey_of

Mesh = TypeVar("Mesh")

MESHES, SCRIPTS, DRAWINGS = (".msh",), (".geo", ".geo_unrolled"), (".step", ".stp", ".brep", ".iges", ".igs")
"""Endings of the files that Gmsh opens."""

KINDS = {"triangle": 3, "quad": 4, "triangle6": 3, "quad8": 4, "quad9": 4, "triangle7": 3}
"""Cells in the plane by meshio's names, with their number of corners."""
LINES = {"line", "line3", "line4"}
IN_SPACE = "write 'dimension: 3' below geometry"
IN_THE_PLANE = 1e-9
"""Third coordinate, in extents of the mesh, that is taken as none."""


def survey(
    path: Path, geometry: File, regions: Sequence[str], sizes: DrawingSizes, solids: Collection[str] = ()
) -> MeshSurvey:
    """What a mesh file or drawing holds for a case; not collective.

    Raises:
        MeshError: see `open_device`.
    """
    with gmsh_session() as gmsh:
        if geometry.in_space:
            return survey_in_space(open_in_space(gmsh, path, geometry, regions, solids), geometry, path)
        return survey_of(open_device(gmsh, path, geometry, regions, sizes, solids), geometry, path)


def open_device(
    gmsh: Any, path: Path, geometry: File, regions: Sequence[str], sizes: DrawingSizes, solids: Collection[str] = ()
) -> Device:
    """The device in a file.

    Args:
        gmsh: with an empty model, which is used.
        path: the file.
        geometry: its description.
        regions: names of the regions of the device (see `device_of`).
        sizes: of the cells of a drawing.
        solids: names of the regions without liquid.

    Raises:
        MeshError: the file cannot be read, or is not what the description says.
    """
    with _named(path):
        if path.suffix.lower() in DRAWINGS:
            return mesh_drawing(gmsh, path, geometry, regions, sizes, _from_gmsh, solids)
        return device_of(_read(gmsh, path, 2, _from_gmsh, _from_meshio), geometry, regions, solids)


def open_in_space(
    gmsh: Any, path: Path, geometry: File, regions: Sequence[str], solids: Collection[str] = ()
) -> SpaceDevice:
    """The device in a file of tetrahedra; arguments and errors as those of `open_device`."""
    with _named(path):
        if path.suffix.lower() in DRAWINGS:
            raise MeshError(
                "a drawing is meshed in two dimensions alone; mesh it in Gmsh, with physical groups of surfaces and volumes,"
                " and save the mesh as .msh"
            )
        source = _read(gmsh, path, 3, space_mesh_of_gmsh, space_mesh_of_meshio)
        return device_in_space(source, geometry, regions, solids)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors with the name of the file, which has to exist."""
    if not path.is_file():
        raise MeshError(f"{path} does not exist")
    try:
        yield
    except MeshError as error:
        raise MeshError(f"{path}: {error}") from None


def _read(
    gmsh: Any, path: Path, dimension: int, of_gmsh: Callable[[Any], Mesh], of_meshio: Callable[[Path], Mesh]
) -> Mesh:
    """The mesh of a file that is no drawing, from Gmsh's current model or by meshio."""
    suffix = path.suffix.lower()
    if suffix == ".stl":
        raise MeshError(
            "an .stl file has no names and no regions; save the drawing as .step, or a mesh with names as .msh"
        )
    if suffix not in (*MESHES, *SCRIPTS):
        return of_meshio(path)
    if suffix in MESHES and not path.read_bytes()[:64].lstrip().startswith(b"$"):
        raise MeshError("it is no Gmsh file: it does not begin with $MeshFormat")
    gmsh.logger.start()
    try:
        gmsh.merge(str(path))
        if suffix in SCRIPTS and not len(gmsh.model.mesh.getElements(dimension)[0]):
            gmsh.model.mesh.generate(dimension)
        problems = [line for line in gmsh.logger.get() if line.startswith("Error")]
    except Exception as error:  # Gmsh raises bare Exception
        problems = [str(error)]
    finally:
        gmsh.logger.stop()
    if problems:
        raise MeshError(f"Gmsh cannot read it: {one_line(problems[0])}")
    return of_gmsh(gmsh)


# ------------------------------------------------------------------------------------------------ Gmsh
def _from_gmsh(gmsh: Any) -> PlaneMesh:
    """The mesh in Gmsh's current model."""
    model = gmsh.model
    if len(model.mesh.getElements(3)[0]) or model.getEntities(3):
        raise MeshError(f"it is three-dimensional; {IN_SPACE}, or draw the plane or half plane")
    sorted_tags, points = nodes_of(gmsh)

    def elements(dimension: int, entities: list[int]) -> list[tuple[int, bool, Integers]]:
        found = []
        for entity in entities:
            for kind, nodes in zip(*model.mesh.getElements(dimension, entity)[::2], strict=True):
                _, _, degree, count, _, corners = model.mesh.getElementProperties(kind)
                rows = np.asarray(nodes).reshape(-1, count)[:, :corners]
                found.append((corners, degree > 1, np.searchsorted(sorted_tags, rows).astype(np.int64)))
        return found

    regions, ungrouped = groups_of(gmsh, 2)
    cells = [(number, name, elements(2, entities)) for number, name, entities in regions]
    lines = [(number, name, elements(1, entities)) for number, name, entities in groups_of(gmsh, 1)[0]]
    curved = any(bent for _, _, blocks in cells for _, bent, _ in blocks)
    return _assembled(
        points,
        [(number, name, [block for _, _, block in blocks]) for number, name, blocks in cells],
        [(number, name, [block for _, _, block in blocks]) for number, name, blocks in lines],
        ungrouped=ungrouped,
        curved=curved,
    )


def _assembled(
    points: plane.Floats,
    cells: list[tuple[int, str, list[Integers]]],
    lines: list[tuple[int, str, list[Integers]]],
    *,
    ungrouped: bool,
    curved: bool,
) -> PlaneMesh:
    """A mesh from blocks of cells and edges: in the plane, of one kind of cells, without empty groups."""
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(b.ravel() for _, _, blocks in cells for b in blocks)]))
    if not len(used):
        raise MeshError("it has no triangles or quadrilaterals")
    extent = np.ptp(points[used], axis=0)
    if len(extent) > 2 and extent[2] > IN_THE_PLANE * extent.max():
        flat = [name for name, size in zip("xyz", extent, strict=True) if size <= IN_THE_PLANE * extent.max()]
        advice = f"it lies in a plane of {flat[0]}; turn it into that of x and y" if flat else "it is no plane mesh"
        raise MeshError(f"its z runs over {extent[2]:.4g} units; {advice}")
    kinds = {block.shape[1] for _, _, blocks in cells for block in blocks if len(block)}
    flat_points = points[:, :2].copy()

    def joined(blocks: list[Integers], edges: int = 0) -> Integers:
        if edges or len(kinds) == 1:
            width = edges or kinds.copy().pop()
            return np.concatenate([np.zeros((0, width), np.int64), *(b for b in blocks if b.shape[1] == width)])
        return np.concatenate([b if b.shape[1] == 3 else plane.split(b, flat_points) for b in blocks])

    regions = [Group(number, name, joined(blocks)) for number, name, blocks in cells if sum(map(len, blocks))]
    groups = [Group(number, name, joined(blocks, 2)) for number, name, blocks in lines if sum(map(len, blocks))]
    return PlaneMesh(flat_points, tuple(regions), tuple(groups), ungrouped, curved)


# ------------------------------------------------------------------------------------------------ meshio
def _from_meshio(path: Path) -> PlaneMesh:
    """The mesh of a file in a format of meshio."""
    mesh = read_with_meshio(path)
    solid = sorted({block.type for block in mesh.cells if block.dim == 3})
    if solid:
        raise MeshError(f"it is three-dimensional ({', '.join(solid)}); {IN_SPACE}")
    kept = [(index, block) for index, block in enumerate(mesh.cells) if block.type in KINDS or block.type in LINES]
    labels = labels_of(mesh, kept)
    found: dict[int, dict[tuple[int, str], list[Integers]]] = {1: {}, 2: {}}
    for (_, block), numbers in zip(kept, labels, strict=True):
        corners = KINDS.get(block.type, 2)
        dimension = 1 if corners == 2 else 2
        rows = np.asarray(block.data, dtype=np.int64)[:, :corners]
        for (number, name), mask in numbers.items():
            found[dimension].setdefault((number, name), []).append(rows[mask])
    ungrouped = not found[2]
    if ungrouped:
        whole = [np.asarray(b.data, dtype=np.int64)[:, : KINDS[b.type]] for _, b in kept if b.type in KINDS]
        found[2] = {(1, ""): whole} if whole else {}
    return _assembled(
        plane.as_points(mesh.points),
        [(number, name, blocks) for (number, name), blocks in found[2].items()],
        [(number, name, blocks) for (number, name), blocks in found[1].items()],
        ungrouped=ungrouped,
        curved=any(block.type not in ("triangle", "quad", "line") for _, block in kept),
    )
