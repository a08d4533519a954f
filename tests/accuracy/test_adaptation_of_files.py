"""Mesh files that meet a tolerance: bisection keeps what the file says, and the error is really below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from meshes.build import draw
from meshes.drawing import DrawingSizes
from meshes.file import read
from meshes.imported import File
from meshes.refine import refined
from meshes.session import gmsh_session
from meshes.sizes import MeshSizes
from meshes.tagged import MeshError
from solver.case.case import Case
from solver.parallel.ranks import on_root
from tests.support.adapted import CONE, adapt, opened
from validation.devices import row

REGIONS = ("channel", "reservoir_base", "reservoir_tip")


def write_mesh(path: Path) -> None:
    """A coarse mesh of the cone as a file of its own, in nanometres. Collective."""
    geometry = Case.model_validate(CONE).geometry
    sizes = MeshSizes(wall=1e-9, corner=0.3e-9, growth=4.0, axial_cells=4, layers=3, fan=3)

    def write() -> None:
        with gmsh_session() as gmsh:
            draw(gmsh, geometry, sizes)  # type: ignore[arg-type]
            gmsh.write(str(path))

    on_root(MPI.COMM_WORLD, write)


def of_file(path: Path, **mesh: Any) -> dict[str, Any]:
    """The case of the cone with a mesh file."""
    names = {name: name for name in ("base", "tip")}
    walls = {name: name for name in ("channel", "membrane_face")}
    geometry = {
        "type": "file",
        "path": str(path),
        "symmetry": "axisymmetric",
        "scale": 1e-9,
        "terminals": names,
        "walls": walls,
        "axis": "axis",
        "channel": {"start": 0.0, "stop": 60e-9},
    }
    regions = dict.fromkeys(REGIONS, "fluid")
    return CONE | {"geometry": geometry, "mesh": mesh, "regions": regions}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that all ranks share."""
    return Path(MPI.COMM_WORLD.bcast(str(tmp_path)))


def test_a_mesh_file_is_refined_by_bisection(folder: Path, truth: dict[str, Any]) -> None:
    path = folder / "cone.msh"
    write_mesh(path)
    tolerance = 4e-3
    simulation, (found,) = opened(of_file(path, tolerance=tolerance))
    record = simulation.adaptation
    assert record is not None
    assert record.reached
    assert record.grid_lines is None
    assert len(record.steps) > 1
    assert not simulation.can_be_resumed
    assert abs(found["current [A]"] / truth["current [A]"] - 1) < tolerance
    assert set(simulation.tagged.boundaries) == {"base", "tip", "channel", "membrane_face", "axis"}
    assert simulation.tagged.strips is None
    comm, topology = MPI.COMM_WORLD, simulation.problem.mesh.topology
    topology.create_connectivity(1, 2)
    for name in simulation.tagged.boundaries:
        assert comm.allreduce(len(simulation.tagged.facets_of(name))) > 0, name
    from dolfinx.mesh import exterior_facet_indices

    outside = exterior_facet_indices(topology)
    assert np.isin(outside, simulation.tagged.facets_of(*simulation.tagged.boundaries)).all(), (
        "every boundary keeps its name"
    )


def test_bisection_keeps_every_boundary_and_region(folder: Path) -> None:
    """Halving all edges twice: lengths of boundaries and areas of regions stay."""
    import ufl
    from dolfinx import fem

    path = folder / "cone.msh"
    write_mesh(path)
    names = {name: name for name in ("base", "tip", "channel", "membrane_face", "axis")}
    geometry = Case.model_validate(of_file(path)).geometry
    assert isinstance(geometry, File)
    tagged, _ = read(path, geometry, REGIONS, DrawingSizes(1e-9, 1e-9, 2.0, ()), MPI.COMM_WORLD)
    sizes = []
    for _ in range(3):
        ds = ufl.Measure("ds", tagged.mesh, subdomain_data=tagged.facets)
        dx = ufl.Measure("dx", tagged.mesh, subdomain_data=tagged.cells)
        one = fem.Constant(tagged.mesh, 1.0)
        forms = [one * ds(tagged.boundaries[name]) for name in sorted(names)]
        forms += [one * dx(tagged.regions[name]) for name in sorted(tagged.regions)]
        local = np.array([fem.assemble_scalar(fem.form(form)) for form in forms])
        sizes.append(MPI.COMM_WORLD.allreduce(local, op=MPI.SUM))
        tagged.mesh.topology.create_entities(1)
        edges = tagged.mesh.topology.index_map(1)
        tagged = refined(tagged, np.arange(edges.size_local + edges.num_ghosts))
    assert len(sizes[0]) == 8
    assert (sizes[0] > 0).all()
    assert sizes[1] == pytest.approx(sizes[0], rel=1e-12)
    assert sizes[2] == pytest.approx(sizes[0], rel=1e-12)


def test_quadrilaterals_are_refused(folder: Path) -> None:
    import meshio

    path = folder / "slit.msh"
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, 20, 6), np.linspace(0, 4, 4)))
    points = np.column_stack([x, y, 0 * x])
    cells = [[6 * j + i, 6 * j + i + 1, 6 * j + i + 7, 6 * j + i + 6] for j in range(3) for i in range(5)]
    lines = {
        "left": [[6 * j, 6 * j + 6] for j in range(3)],
        "right": [[6 * j + 5, 6 * j + 11] for j in range(3)],
        "axis": [[i, i + 1] for i in range(5)],
        "channel": [[18 + i, 19 + i] for i in range(5)],
    }
    blocks = [("quad", cells), *(("line", pairs) for pairs in lines.values())]
    tags = [np.full(len(block[1]), k) for k, block in enumerate(blocks, start=1)]
    names = {"fluid": np.array([1, 2])} | {name: np.array([k, 1]) for k, name in enumerate(lines, start=2)}
    mesh = meshio.Mesh(points, blocks, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags}, field_data=names)
    on_root(MPI.COMM_WORLD, lambda: meshio.write(path, mesh, file_format="gmsh22", binary=False))
    geometry = {
        "type": "file",
        "path": str(path),
        "symmetry": "planar",
        "width": 1e-6,
        "scale": 1e-9,
        "terminals": {"left": "left", "right": "right"},
        "walls": {"channel": "channel"},
        "axis": "axis",
    }
    data = CONE | {"geometry": geometry, "terminals": {"left": {"potential": 0.1}}}
    # such a mesh can be computed on, with error bars
    measured = row(data)
    assert 0 < measured["current_error [A]"] < 0.1 * measured["current [A]"]
    with pytest.raises(MeshError, match=r"only mesh files of triangles can be refined; leave out mesh\.tolerance"):
        adapt(data | {"mesh": {"tolerance": 1e-9}})
