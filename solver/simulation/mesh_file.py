"""The mesh of a case as a file, to look at."""

from __future__ import annotations

from pathlib import Path

from mpi4py import MPI

from meshes.imported import File
from meshes.tagged import MeshError
from solver.case.case import Case
from solver.case.studies.points import extremes, plan
from solver.discretization import meshing
from solver.inputs.errors import CaseError
from solver.parallel.ranks import on_root


def write_mesh(case: Case, path: Path, comm: MPI.Comm) -> str:
    """Write the mesh of a case as a Gmsh file on the first rank; its sizes in words. Collective.

    Raises:
        CaseError: the case brings its own mesh file.
        MeshError: on all ranks.
    """
    from meshes.build import draw
    from meshes.session import gmsh_session

    geometry = case.geometry
    if isinstance(geometry, File):
        raise CaseError(f"the case reads its mesh from {geometry.path}; there is nothing to make", key=("geometry",))
    cases = [end.case for point in plan(case) for end in extremes(point)]
    begins = case.mesh.tolerance is not None  # adaptation then goes on from a coarse mesh
    sizes = meshing.coarse_sizes(case, cases, {}) if begins else meshing.mesh_sizes(case, cases)

    def write() -> str:
        with gmsh_session() as gmsh:
            draw(gmsh, geometry, sizes)
            path.parent.mkdir(parents=True, exist_ok=True)
            gmsh.write(str(path))
            nodes = len(gmsh.model.mesh.getNodes()[0])
            cells = sum(len(tags) for tags in gmsh.model.mesh.getElements(2)[1])
        return (
            f"{path}: {cells} triangles, {nodes} vertices, in nanometres; wall cells {sizes.wall * 1e9:.3g} nm, "
            f"corner cells {sizes.corner * 1e9:.3g} nm{'; `run` adapts it' if begins else ''}"
        )

    try:
        return on_root(comm, write)
    except OSError as error:
        raise MeshError(f"cannot write {path}: {error.strerror}") from error
