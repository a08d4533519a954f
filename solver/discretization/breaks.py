"""Whether breaks of a wall's charge lie on the wall: asked of the mesh, for walls whose shape the case does not know."""

from __future__ import annotations

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.inputs.errors import CaseError

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
    mesh = tagged.mesh
    mesh.topology.create_connectivity(1, mesh.topology.dim)
    nodes = dmesh.entities_to_geometry(mesh, 1, tagged.facets_of(name))
    points = mesh.geometry.x[nodes] * tagged.unit
    return [np.sort(points[:, :, axis], axis=1)[:, [0, -1]] for axis in (0, 1)]


def _passes(tagged: TaggedMesh, ways: np.ndarray, at: float) -> bool:
    """Whether the wall has facets on both sides of a position, one of which may cross it."""
    length = ways[:, 1] - ways[:, 0]
    small = 1e-9 * abs(at)
    touching = (ways[:, 0] <= at + small) & (ways[:, 1] >= at - small) & (length > 2 * small)
    sides = np.array([(touching & (ways[:, 0] < at - small)).any(), (touching & (ways[:, 1] > at + small)).any()])
    return bool(tagged.mesh.comm.allreduce(sides, op=MPI.LOR).all())
