"""Block meshes handed out to the ranks: volumes, areas and names stay."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.blocks.mesh import BlockMesh
from meshes.blocks.round_pore import round_pore
from meshes.distributed import distributed
from meshes.errors import MeshError
from meshes.geometry import Cone
from meshes.reservoirs import Reservoir
from meshes.sizes import MeshSizes

NM = 1e-9


def cone() -> BlockMesh:
    around = Reservoir(length=50 * NM, radius=50 * NM)
    geometry = Cone(length=40 * NM, radius_base=15 * NM, radius_tip=5 * NM, reservoirs=around)
    return round_pore(geometry, MeshSizes(wall=10 * NM, corner=8 * NM, growth=4.0, axial_cells=2, layers=1))


def test_a_block_mesh_is_whole_on_all_ranks() -> None:
    made, tagged = cone(), distributed(cone, MPI.COMM_WORLD)
    mesh = tagged.mesh
    assert tagged.symmetry == "none"
    assert tagged.unit == made.unit
    cells = mesh.topology.index_map(3)
    assert cells.size_global == len(made.cells)

    def integral(measure: ufl.Measure) -> float:
        form = fem.form(fem.Constant(mesh, 1.0) * measure)
        return float(mesh.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))

    assert integral(ufl.Measure("dx", mesh, metadata={"quadrature_degree": 4})) == pytest.approx(
        made.volume(), rel=1e-12
    )
    ds = ufl.Measure("ds", mesh, subdomain_data=tagged.facets, metadata={"quadrature_degree": 6})
    for name, tag in tagged.boundaries.items():
        assert integral(ds(tag)) == pytest.approx(made.area(name), rel=1e-5), name
    assert integral(ds) == pytest.approx(sum(made.area(name) for name in made.boundaries), rel=1e-5)
    for tag in tagged.regions.values():
        owned = np.count_nonzero(tagged.numbers[: cells.size_local] == tag)
        assert mesh.comm.allreduce(owned, op=MPI.SUM) == np.count_nonzero(made.numbers == tag)


@pytest.mark.parametrize("error", [MeshError("no such mesh"), MemoryError("no such mesh")])
def test_a_mesh_that_cannot_be_made_is_an_error_on_all_ranks(error: Exception) -> None:
    def fails() -> BlockMesh:
        raise error

    with pytest.raises(MeshError, match="no such mesh"):
        distributed(fails, MPI.COMM_WORLD)
