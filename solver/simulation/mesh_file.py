"""The mesh of a case as a file, to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

from meshes.blocks.building import block_mesh
from meshes.blocks.file import put_blocks_into
from meshes.blocks.mesh import BlockMesh
from meshes.blocks.refining import refined
from meshes.build import draw
from meshes.drawing import DrawingSizes
from meshes.file import put_into
from meshes.imported import File
from meshes.opening import open_device, open_in_space
from meshes.session import gmsh_session
from meshes.survey import survey_of
from meshes.tagged import MeshError
from solver.case.case import Case
from solver.case.drawing import drawing_sizes
from solver.case.layers import layer_thickness
from solver.case.regions import solids_of
from solver.case.studies.points import extremes, plan
from solver.discretization import meshing
from solver.parallel.ranks import on_root


def write_mesh(case: Case, path: Path, comm: MPI.Comm) -> str:
    """Write the mesh of a case as a Gmsh file on the first rank; its sizes in words. Collective.

    Raises:
        MeshError: on all ranks.
    """
    geometry = case.geometry
    cases = [end.case for point in plan(case) for end in extremes(point)]
    if isinstance(geometry, File) and geometry.in_space:
        return _written(path, comm, lambda: _write_in_space(case, geometry, path))
    if isinstance(geometry, File):
        sizes_of_a_drawing = drawing_sizes(case, min(layer_thickness(each) for each in cases))
        return _written(path, comm, lambda: _write_file(case, geometry, sizes_of_a_drawing, path))
    if geometry.dimension == 3:
        in_space = meshing.mesh_sizes(case, cases)
        return _written(path, comm, lambda: _write_blocks(block_mesh(geometry, in_space), path))
    begins = case.mesh.tolerance is not None  # adaptation then goes on from a coarse mesh
    sizes = meshing.coarse_sizes(case, cases, {}) if begins else meshing.mesh_sizes(case, cases)

    def write() -> str:
        with gmsh_session() as gmsh:
            draw(gmsh, geometry, sizes)
            gmsh.write(str(path))
            nodes = len(gmsh.model.mesh.getNodes()[0])
            cells = sum(len(tags) for tags in gmsh.model.mesh.getElements(2)[1])
        return (
            f"{path}: {cells} triangles, {nodes} vertices, in nanometres; wall cells {sizes.wall * 1e9:.3g} nm, "
            f"corner cells {sizes.corner * 1e9:.3g} nm{'; `run` adapts it' if begins else ''}"
        )

    return _written(path, comm, write)


def _write_file(case: Case, geometry: File, sizes: DrawingSizes, path: Path) -> str:
    """Write the mesh that a case makes of its file, with the names of the case and in nanometres."""
    source = _source(case, geometry, path)
    with gmsh_session() as gmsh:
        device = open_device(gmsh, source, geometry, tuple(case.regions), sizes, solids_of(case.regions))
        put_into(gmsh, device)
        gmsh.write(str(path))
    found = survey_of(device, geometry, source)
    return f"{path}: {found.cells} {found.kind}, {found.vertices} vertices, in nanometres, from {source}"


def _source(case: Case, geometry: File, path: Path) -> Path:
    """The file that a case reads, which is not the one to be written."""
    source = case.directory / geometry.path
    if source.exists() and path.resolve() == source.resolve():
        raise MeshError(f"{path} is the file that the case reads; write to another one with --out")
    return source


def _write_in_space(case: Case, geometry: File, path: Path) -> str:
    """The same of tetrahedra, refined as the case says."""
    source = _source(case, geometry, path)
    with gmsh_session() as gmsh:
        device = open_in_space(gmsh, source, geometry, tuple(case.regions), solids_of(case.regions))
        mesh = device.mesh
        for _ in range(case.mesh.refinement):
            mesh = refined(mesh)
        gmsh.clear()
        put_blocks_into(gmsh, mesh)
        gmsh.write(str(path))
    return f"{path}: {len(mesh.cells)} tetrahedra, {len(mesh.nodes)} nodes, in nanometres, from {source}"


def _write_blocks(mesh: BlockMesh, path: Path) -> str:
    """Write a mesh in three dimensions with its names."""
    with gmsh_session() as gmsh:
        put_blocks_into(gmsh, mesh)
        gmsh.write(str(path))
    return (
        f"{path}: {len(mesh.cells)} tetrahedra of second order, {len(mesh.nodes)} nodes, in nanometres; part of the device:"
        f" {mesh.part}"
    )


def _written(path: Path, comm: MPI.Comm, write: Callable[[], str]) -> str:
    """What the first rank says of the file that it wrote. Collective."""

    def action() -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return write()
        except (MeshError, OSError):
            raise
        except Exception as error:  # Gmsh raises bare Exception
            text = " ".join(str(error).split())
            raise MeshError(f"Gmsh cannot write {path}: {text}; write e.g. --out {path.with_suffix('.msh')}") from None

    try:
        return on_root(comm, action)
    except OSError as error:
        raise MeshError(f"cannot write {path}: {error.strerror}") from error
