"""Results in three dimensions made without a solver: curved tetrahedra of the blocks, and closed forms as fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvista
import vtk

from meshes.blocks.mesh import BlockMesh, Part
from meshes.blocks.round_pore import round_pore
from meshes.blocks.slit import Box, SideWallSlit, side_wall_slit
from meshes.geometry import Cone
from meshes.sizes import MeshSizes
from solver.results.directory import ResultDirectory
from tests.support.synthetic import BIAS, observables, write_collection, write_whole

Array = np.ndarray[Any, np.dtype[Any]]

NM = 1e-9
TO_VTK = [0, 1, 2, 3, 9, 6, 8, 7, 5, 4]
"""Nodes of a cell in VTK's order: mid nodes of 01, 12, 20, 03, 13, 23."""
COARSE = MeshSizes(wall=2 * NM, corner=2 * NM, growth=3.0, axial_cells=4, layers=1)


@dataclass(frozen=True)
class Space:
    """A device in three dimensions: its mesh, and how far the wall lies from the axis along x and y (m) at z."""

    mesh: BlockMesh
    kind: str
    length: float
    half: Callable[[Array], tuple[Array, Array]]
    debye: float = 3e-9

    @property
    def points(self) -> Array:
        """Nodes, m."""
        return np.asarray(self.mesh.nodes) * self.mesh.unit

    def fields(self, points: Array, bias: float, concentration: float = 10.0) -> dict[str, Array]:
        """Point data as the solver writes it, of the same symmetry."""
        z, x, y = points.T
        a, b = self.half(z)
        round_ = self.kind != "slit"
        xi = np.minimum(np.hypot(x / a, y / b), 1.0) if round_ else np.maximum(np.abs(x / a), np.abs(y / b)).clip(0, 1)
        gap = (1.0 - xi) * np.minimum(a, b)
        depth = np.maximum(-z, z - self.length).clip(0.0)
        layer = np.exp(-np.hypot(gap, depth) / self.debye)
        s = np.clip(z / self.length, 0.0, 1.0)
        bump = np.exp(-(((s - 0.7) / 0.3) ** 2))
        salt = concentration * (1.0 - 0.8 * np.tanh(bias) * bump) * (1.0 + 4.0 * layer)
        shape = (1.0 - (x / a) ** 2) * (1.0 - (y / b) ** 2) if not round_ else 1.0 - xi**2
        inner = self.half(np.zeros(1))
        largest = bias * 1e-3 * float(inner[0][0] * inner[1][0]) / (a * b)
        axial = np.clip(shape, 0.0, 1.0) * largest / (1.0 + (depth / np.minimum(a, b)) ** 2)
        step = 1e-3 * self.length
        ends = zip(self.half(z + step), self.half(z - step), (a, b), strict=True)
        slopes = [(after - before) / (2 * step) / here for after, before, here in ends]
        cation = salt + 10.0 * concentration * layer
        return {
            "potential": bias * (1.0 - s) - 0.06 * layer,
            "concentration_K": cation,
            "concentration_Cl": np.maximum(2.0 * salt - cation, 0.05 * concentration),
            "salt": salt,
            "charge_density": 9.6485e4 * 10.0 * concentration * layer,
            "velocity": np.column_stack([axial, axial * x * slopes[0], axial * y * slopes[1]]),
            "pressure": -1e4 * bias * s,
        }


def cone(part: Part = "quarter", sizes: MeshSizes = COARSE, length: float = 200.0, reservoirs: bool = True) -> Space:
    """A cone of radii 20 and 5 nm."""
    boxes = {"length": 100 * NM, "radius": 100 * NM} if reservoirs else None
    shape = Cone(length=length * NM, radius_base=20 * NM, radius_tip=5 * NM, reservoirs=boxes)

    def half(z: Array) -> tuple[Array, Array]:
        radius = np.asarray(shape.profile(np.clip(z / shape.length, 0.0, 1.0)))
        return radius, radius

    return Space(round_pore(shape, sizes, part), "cone", length * NM, half)


def slit(part: Part = "quarter", sizes: MeshSizes = COARSE, length: float = 200.0, width: float = 60.0) -> Space:
    """A slit 20 nm high."""
    box = Box(length=100 * NM, width=(width + 80) * NM, height=100 * NM)
    shape = SideWallSlit(length=length * NM, width=width * NM, height=20 * NM, reservoirs=(box, box))
    half = 0.5 * width * NM, 10 * NM
    return Space(side_wall_slit(shape, sizes, part), "slit", length * NM, lambda z: (half[0] + 0 * z, half[1] + 0 * z))


def write_fields(path: Path, device: Space, states: dict[int, float], pieces: int = 1) -> None:
    """Field files of states (number -> bias); several pieces repeat the points on their borders."""
    path.mkdir(parents=True, exist_ok=True)
    points, cells = device.points, np.asarray(device.mesh.cells)[:, TO_VTK]
    sets = []
    middle = points[cells[:, :4], 0].mean(axis=1)
    edges = np.quantile(middle, np.linspace(0.0, 1.0, pieces + 1)[1:-1])
    owner = np.searchsorted(edges, middle)
    for point, bias in states.items():
        names = []
        for piece in range(pieces):
            used, own = np.unique(cells[owner == piece], return_inverse=True)
            grid = pyvista.UnstructuredGrid({vtk.VTK_LAGRANGE_TETRAHEDRON: own.reshape(-1, 10)}, points[used])
            for name, values in device.fields(points[used], bias).items():
                grid.point_data[name] = values
            names.append(f"point{point:06d}_p{piece}_000000.vtu")
            grid.save(path / names[-1])
        file = f"point{point:06d}_000000.pvtu"
        write_whole(path / file, names, device.fields(points[:1], 0.0))
        sets.append(f'<DataSet timestep="{point}" part="0" file="{file}"/>')
    write_collection(path, sets)


def write_space(path: Path, device: Space, biases: Sequence[float] = (-1.0, 1.0), pieces: int = 1) -> Path:
    """A complete result of a sweep of the bias."""
    results = ResultDirectory(path)
    title = f"{device.kind.capitalize()} in three dimensions"
    ions = {"K": {"valence": 1, "diffusivity": 1.96e-9}, "Cl": {"valence": -1, "diffusivity": 2.03e-9}}
    case = {
        "title": title,
        "study": {"type": "sweep"},
        "geometry": {"type": device.kind, "dimension": 3},
        "electrolyte": {"species": ions, "concentration": 10.0},
    }
    results.start(
        case,
        title=title,
        case_name=device.kind,
        driven_terminal="base",
        geometry={"type": device.kind, "length": device.length, "symmetry": "none", "mouths": [0.0, device.length],
                  "terminals": ["base", "tip"]},
        versions={"dolfinx": "0.9.0"},
        ranks=pieces,
    )  # fmt: skip
    for point, bias in enumerate(biases):
        results.add_point(observables(point, {BIAS: bias}, bias, 10.0), [])
    write_fields(results.path / "fields", device, dict(enumerate(biases)), pieces)
    results.write_json("summary.json", {})
    results.complete(
        cost={"phases": {"mesh": 0.3}, "wall_time": 2.5, "peak_memory_MB": 210.0},
        mesh={"cells": len(device.mesh.cells)},
    )
    return results.path
