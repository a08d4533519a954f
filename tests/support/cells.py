"""Meshes of one and two triangles and of an interval, and problems on them that have solutions in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import Symmetry, TaggedMesh
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.problem import Problem
from solver.parallel.clock import Clock
from solver.physics.scales import Scales

UNIT = 1e-9
"""Metres per coordinate of the meshes."""

Where = Callable[[np.ndarray], np.ndarray]


def tagged(mesh: dmesh.Mesh, boundaries: Mapping[str, Where], symmetry: Symmetry) -> TaggedMesh:
    """A mesh with the named boundaries at which functions of the coordinates are true."""
    dimension = mesh.topology.dim - 1
    facets = [dmesh.locate_entities_boundary(mesh, dimension, where) for where in boundaries.values()]
    values = np.repeat(np.arange(1, len(facets) + 1), [len(found) for found in facets]).astype(np.int32)
    every = np.concatenate(facets).astype(np.int32)
    order = np.argsort(every)
    tags = dmesh.meshtags(mesh, dimension, every[order], values[order])
    return TaggedMesh(mesh, tags, {name: i + 1 for i, name in enumerate(boundaries)}, None, {}, symmetry, UNIT)


def triangle(width: float, height: float, symmetry: Symmetry) -> TaggedMesh:
    """The triangle with the corners (0, 0), (width, 0) and (0, height); its edge at z = 0 is "left", that at r = 0 "low"."""
    domain = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
    points = np.array([[0.0, 0.0], [width, 0.0], [0.0, height]])
    mesh = dmesh.create_mesh(MPI.COMM_SELF, np.array([[0, 1, 2]], dtype=np.int64), x=points, e=domain)
    return tagged(mesh, {"left": lambda x: np.isclose(x[0], 0), "low": lambda x: np.isclose(x[1], 0)}, symmetry)


def channel(length: float, half: float, symmetry: Symmetry) -> TaggedMesh:
    """A rectangle of two triangles: terminals "left" and "right", the wall "channel" at r = half, the axis at r = 0."""
    mesh = dmesh.create_rectangle(MPI.COMM_SELF, [[0.0, 0.0], [length, half]], [1, 1])
    boundaries: dict[str, Where] = {
        "left": lambda x: np.isclose(x[0], 0),
        "right": lambda x: np.isclose(x[0], length),
        "channel": lambda x: np.isclose(x[1], half),
        "axis": lambda x: np.isclose(x[1], 0),
    }
    return tagged(mesh, boundaries, symmetry)


def interval(points: np.ndarray) -> TaggedMesh:
    """Cells between ascending points; the first is the wall "wall", the last the terminal "bulk"."""
    mesh = dmesh.create_interval(MPI.COMM_SELF, len(points) - 1, [0.0, 1.0])
    mesh.geometry.x[:, 0] = np.interp(mesh.geometry.x[:, 0], np.linspace(0.0, 1.0, len(points)), points)
    ends: dict[str, Where] = {
        "wall": lambda x: np.isclose(x[0], points[0]),
        "bulk": lambda x: np.isclose(x[0], points[-1]),
    }
    return tagged(mesh, ends, "planar")


def scales(symmetry: Symmetry, concentration: float) -> Scales:
    """Units of water at 298.15 K; a planar device is two halves of 1 um width."""
    return Scales.of(
        length=UNIT,
        concentration=concentration,
        temperature=298.15,
        relative_permittivity=78.5,
        viscosity=0.89e-3,
        measure_factor=2 * np.pi if symmetry == "axisymmetric" else 2e-6,
        axisymmetric=symmetry == "axisymmetric",
    )


def problem(
    mesh: TaggedMesh,
    solutes: Sequence[Solute],
    terminals: Sequence[TerminalCondition],
    walls: Sequence[WallCondition] = (),
    *,
    concentration: float,
    flow: bool = False,
) -> Problem:
    """The equations on a mesh, with storage."""
    units = scales(mesh.symmetry, concentration)
    return Problem(mesh, units, solutes, terminals, walls, flow=flow, clock=Clock(), stores=True)


def integral(form: ufl.Form) -> float:
    """Value of a form without arguments on one rank."""
    return float(fem.assemble_scalar(fem.form(form)))
