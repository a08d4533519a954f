"""Result directories made without a solver: the files of a run, with closed forms that look like a cone's solution."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvista
import vtk

from solver.analysis.rectification import rectification
from solver.results.directory import ResultDirectory

BIAS = "terminals.base.potential [V]"
DEBYE = 3e-9
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Cone:
    """A cone between two reservoirs; base at z = 0. Sizes in metres."""

    length: float = 1e-6
    radius_base: float = 50e-9
    radius_tip: float = 5e-9
    reservoir: float = 0.5e-6
    symmetry: str = "axisymmetric"

    def radius(self, z: Array) -> Array:
        s = np.clip(z / self.length, 0.0, 1.0)
        return self.radius_base + (self.radius_tip - self.radius_base) * s

    # ---------------------------------------------------------------------------------------------- closed forms
    def fields(self, points: Array, bias: float, concentration: float = 10.0) -> dict[str, Array]:
        """Point data as the solver writes it: names and SI units of fields/fields.pvd."""
        z, r = points[:, 0], points[:, 1]
        inside = (z >= 0.0) & (z <= self.length) & (r <= 1.001 * self.radius(z))
        radius = self.radius(z)
        base_side = z < 0.0
        mouth = np.where(base_side, self.radius_base, self.radius_tip)
        away = np.where(inside, 0.0, np.hypot(np.where(base_side, z, z - self.length), r))
        s = np.clip(z / self.length, 0.0, 1.0)
        drop = np.where(inside, 1.0 - s * self.radius_base / radius * self.radius_tip / self.radius_base, 0.0)
        drop = np.where(inside, 0.02 + 0.9 * drop, np.where(base_side, 1.0 - 0.08 * mouth / (mouth + away), 0.02))
        near_wall = np.where(inside, np.exp(-np.abs(radius - r) / DEBYE), 0.0)
        bump = np.exp(-(((s - 0.8) / 0.2) ** 2)) * np.where(inside, 1.0, mouth / (mouth + away))
        salt = concentration * (1.0 - 0.95 * np.tanh(bias) * bump) * (1.0 + 15.0 * near_wall)
        xi = np.where(inside, r / radius, 0.0)
        flow = bias * 1e-17
        u_in = 2.0 * flow / (np.pi * radius**2) * (1.0 - xi**2)
        slope = (self.radius_tip - self.radius_base) / self.length
        sink = flow / (2.0 * np.pi * (away**2 + mouth**2)) * np.where(base_side, -1.0, 1.0)
        away = np.where(away > 0.0, away, 1.0)
        u_z = np.where(inside, u_in, sink * np.where(base_side, z, z - self.length) / away)
        u_r = np.where(inside, u_in * xi * slope, sink * r / away)
        cation = salt + 15.0 * concentration * near_wall
        return {
            "potential": bias * drop - 0.08 * near_wall,
            "concentration_K": cation,
            "concentration_Cl": 2.0 * salt - cation + 30.0 * concentration * near_wall,
            "salt": salt,
            "charge_density": 9.6485e4 * 30.0 * concentration * near_wall,
            "velocity": np.column_stack([u_z, u_r, np.zeros_like(u_z)]),
            "pressure": -1e4 * bias * drop,
        }

    # ----------------------------------------------------------------------------------------------------- mesh
    def mesh(self, cells: int = 24) -> pyvista.UnstructuredGrid:
        """Half plane of 6-node triangles (VTK_LAGRANGE_TRIANGLE, as dolfinx writes P2 functions)."""
        graded = 1.0 - (1.0 - np.linspace(0.0, 1.0, cells)) ** 2.5  # 0..1, fine at 1
        both = np.concatenate([0.5 * (1.0 - graded[::-1]), 0.5 * (1.0 + graded[1:])])
        blocks = []
        z_channel = self.length * both
        blocks.append(np.array([[(z, r) for r in graded * self.radius(z)] for z in z_channel]))
        if self.reservoir:
            for at, mouth, side in ((0.0, self.radius_base, -1.0), (self.length, self.radius_tip, 1.0)):
                rows = np.concatenate([graded * mouth, mouth + (self.reservoir - mouth) * (1.0 - graded[::-1])[1:]])
                columns = at + side * self.reservoir * (1.0 - graded[::-1])
                blocks.append(np.array([[(z, r) for r in rows] for z in columns]))
        corners, triangles = [], []
        for block in blocks:
            n, m = block.shape[:2]
            first = sum(len(c) for c in corners)
            number = first + np.arange(n * m).reshape(n, m)
            a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
            triangles += [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
            corners.append(block.reshape(-1, 2))
        xy, shared = np.unique(np.round(np.concatenate(corners) / 1e-15), axis=0, return_inverse=True)
        triangle = shared.reshape(-1)[np.concatenate(triangles)]
        pairs = np.sort(triangle[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges, edge = np.unique(pairs, axis=0, return_inverse=True)
        xy = np.concatenate([xy, xy[edges].mean(axis=1)]) * 1e-15
        connectivity = np.hstack([triangle, len(xy) - len(edges) + edge.reshape(-1, 3)])
        points = np.column_stack([xy, np.zeros(len(xy))])
        return pyvista.UnstructuredGrid({vtk.VTK_LAGRANGE_TRIANGLE: connectivity}, points)


def write_fields(path: Path, cone: Cone, states: dict[int, tuple[float, float]], ranks: int = 1) -> None:
    """fields.pvd with one time value per point number; states: point -> (bias, concentration).

    With two ranks the pieces overlap by a layer of ghost cells with wrong values, which readers have to drop.
    """
    path.mkdir(parents=True, exist_ok=True)
    mesh = cone.mesh()
    sets = []
    for step, (point, (bias, concentration)) in enumerate(states.items()):
        pieces = []
        for rank in range(ranks):
            middle = mesh.cell_centers().points[:, 0] < 0.5 * cone.length
            own = np.ones(mesh.n_cells, bool) if ranks == 1 else (middle if rank == 0 else ~middle)
            layer = np.abs(mesh.cell_centers().points[:, 0] - 0.5 * cone.length) < 0.1 * cone.length
            piece = mesh.extract_cells(own | layer if ranks > 1 else own)
            ghost = ~own[piece.cell_data["vtkOriginalCellIds"]]
            piece.clear_data()
            for name, values in cone.fields(np.asarray(piece.points), bias, concentration).items():
                piece.point_data[name] = values
            piece.cell_data["vtkGhostType"] = ghost.astype(np.uint8)
            pieces.append(f"fields_p{rank}_{step:06d}.vtu")
            piece.save(path / pieces[-1])
        whole = f"fields{step:06d}.pvtu"
        write_whole(path / whole, pieces, cone.fields(np.zeros((1, 3)), 0.0), ghosts=True)
        sets.append(f'<DataSet timestep="{point}" part="0" file="{whole}"/>')
    write_collection(path, sets)


def write_whole(path: Path, pieces: Sequence[str], fields: Iterable[str], *, ghosts: bool = False) -> None:
    """The file that joins the pieces of one point. fields: their names. ghosts: whether pieces have cells of others."""
    arrays = "".join(
        f'<PDataArray type="Float64" Name="{name}" NumberOfComponents="{3 if name == "velocity" else 1}"/>'
        for name in fields
    )
    of_cells = '<PCellData><PDataArray type="UInt8" Name="vtkGhostType"/></PCellData>' if ghosts else ""
    path.write_text(
        f'<VTKFile type="PUnstructuredGrid" version="1.0"><PUnstructuredGrid GhostLevel="{int(ghosts)}">'
        f"<PPointData>{arrays}</PPointData>{of_cells}"
        '<PPoints><PDataArray type="Float64" NumberOfComponents="3"/></PPoints>'
        + "".join(f'<Piece Source="{name}"/>' for name in pieces)
        + "</PUnstructuredGrid></VTKFile>"
    )


def write_collection(path: Path, sets: Sequence[str]) -> None:
    """The list of all points in a folder of fields."""
    (path / "fields.pvd").write_text(
        f'<VTKFile type="Collection" version="1.0"><Collection>{"".join(sets)}</Collection></VTKFile>'
    )


def observables(
    point: int, parameters: dict[str, float], bias: float, concentration: float, error: float | None = None
) -> dict[str, Any]:
    """A row of observables.csv: a rectifying pore whose ratio falls with concentration.

    error: relative size of the error bars at -1 V; None for a row as older versions wrote it, without any.
    """
    conductance = 1e-10 * (concentration + 5.0) * (1.0 - 0.6 * np.tanh(2.0 * bias) / (1.0 + concentration / 20.0))
    current = conductance * bias
    flow = 1e-17 * bias * (1.0 - 0.2 * np.tanh(bias))
    errors: dict[str, float] = {}
    if error is not None:
        estimate = -0.5 * error * current * (1.0 - 0.4 * bias) / 1.4
        algebraic = 1e-6 * error * abs(current)
        bar = 2.0 * abs(estimate) + algebraic
        errors = {
            "current_error [A]": bar,
            "current_discretization_error [A]": estimate,
            "current_algebraic_error [A]": algebraic,
            "current_reservoir_error [A]": 3e-3 * current / (1.0 + bias**2),
            "conductance_error [S]": bar / abs(bias) if bias else np.nan,
            "flow_rate_error [m^3/s]": 2.0 * error * abs(flow),
        }
    return {
        "point": point,
        **parameters,
        "bias [V]": bias,
        "current [A]": current,
        "conservation_error": 3e-12,
        "conductance [S]": conductance if bias else np.nan,
        "flow_rate [m^3/s]": flow,
        "flow_conservation_error": 2e-13,
        "current_base [A]": current,
        "salt_mean_ratio": 1.0 - 0.5 * np.tanh(bias),
        "step_events": "",
        **errors,
    }


ADAPTATION = {
    "tolerance": 1e-3,
    "reached": True,
    "goal": "current",
    "steps": [
        {"unknowns": 5200, "error": 0.031},
        {"unknowns": 11400, "error": 0.0083},
        {"unknowns": 26100, "error": 0.0021},
        {"unknowns": 61300, "error": 0.00074},
    ],
}
"""Entry mesh.adaptation of run.json."""


def write_sensitivities(path: Path, points: dict[int, float]) -> None:
    """sensitivities.csv of points (number -> bias [V]) with elasticities that differ in sign, size and between points."""
    lines = ["point,parameter,unit,value,goal,derivative,elasticity"]
    for point, bias in points.items():
        for parameter, unit, value, elasticity in (
            ("electrolyte.concentration", "mol/m^3", 10.0, 0.42 + 0.2 * bias),
            ("walls.channel.surface_charge", "C/m^2", -0.02, 0.55 - 0.15 * bias),
            ("geometry.radius_tip", "m", 5e-9, 0.9 + 0.1 * bias),
            ("electrolyte.viscosity", "Pa s", 8.9e-4, -0.012),
            ("terminals.base.potential", "V", bias, 0.85 - 0.3 * bias),
        ):
            for goal, factor in (("current", 1.0), ("flow_rate", -0.7)):
                shown = "" if bias == 0.0 else f"{factor * elasticity:.6g}"
                lines.append(f"{point},{parameter},{unit},{value!r},{goal},1.0,{shown}")
    (path / "sensitivities.csv").write_text("\n".join(lines) + "\n")


def started(path: Path, cone: Cone, case: dict[str, Any], name: str, **more: Any) -> ResultDirectory:
    """A new result of a case of the cone, in the place of an earlier one."""
    shutil.rmtree(path, ignore_errors=True)
    results = ResultDirectory(path)
    mouths = {"mouths": [0.0, cone.length], "terminals": ["base", "tip"]}
    results.start(
        case,
        title=case["title"],
        case_name=name,
        driven_terminal="base",
        geometry={"length": cone.length, "symmetry": cone.symmetry, **mouths},
        versions={"dolfinx": "0.9.0"},
        **more,
    )
    return results


def write_result(
    path: Path,
    biases: Sequence[float] = (0.0, 0.5, 1.0, -0.5, -1.0),
    concentrations: Sequence[float] = (10.0,),
    *,
    inner: str = "bias",
    cone: Cone | None = None,
    fields: Sequence[float] | None = None,
    ranks: int = 1,
    error: float | None = None,
    adaptation: dict[str, Any] | None = None,
) -> Path:
    """A complete result of a cone: sweep of the bias, nested in concentrations when there are several.

    inner="concentration" sweeps the concentration inside, at every bias. fields: the biases that have fields,
    default first, last and zero; () for none. error: see `observables`. adaptation: entry of run.json, see ADAPTATION.
    """
    cone = cone or Cone()
    salt = "electrolyte.concentration [mol/m^3]"
    results = started(path, cone, {"title": "Conical nanopore", "study": {"type": "sweep"}}, "cone", ranks=ranks)
    pairs = [(v, c) for c in concentrations for v in biases]
    if inner == "concentration":
        pairs = [(v, c) for v in biases for c in concentrations]
    wanted = set((min(biases), max(biases), 0.0) if fields is None else fields)
    states = {}
    z = np.linspace(0.0, cone.length, 81)
    middle = np.column_stack([z, 0.5 * cone.radius(z), 0.0 * z])
    for point, (bias, concentration) in enumerate(pairs):
        outer = {salt: concentration} if len(concentrations) > 1 else {}
        swept = {BIAS: bias} if len(biases) > 1 or inner == "bias" else {}
        both = {**outer, **swept} if inner == "bias" else {**swept, **outer}
        data = cone.fields(middle, bias, concentration)
        profile = [
            {
                "point": point,
                "axial_position [m]": z[i],
                "salt [mol/m^3]": data["salt"][i],
                "potential [V]": data["potential"][i],
                "charge [C/m^3]": data["charge_density"][i],
                "velocity [m/s]": data["velocity"][i, 0],
                "area [m^2]": np.pi * cone.radius(z)[i] ** 2,
            }
            for i in range(len(z))
        ]
        results.add_point(observables(point, both, bias, concentration, error), profile)
        if bias in wanted:
            states[point] = (bias, concentration)
    if states:
        write_fields(results.path / "fields", cone, states, ranks)
    results.write_json("summary.json", {"rectification": rectification(results.points)})
    phases = {"mesh": 0.3, "compile": 1.1, "factorisation": 0.9, "output": 0.1}
    mesh = {"cells": 5000} | ({} if adaptation is None else {"adaptation": adaptation})
    results.complete(cost={"phases": phases, "wall_time": 2.5, "peak_memory_MB": 210.0}, mesh=mesh)
    return results.path
