"""Streamlines in three dimensions, spread over the sections of a device, and as tubes with arrow heads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyvista
from scipy.spatial import cKDTree

from postprocess.pictures.frame import Frame
from postprocess.pictures.planes import Plane
from postprocess.pictures.stage import SHADE
from postprocess.pictures.tone import Tone, magnitude
from postprocess.pictures.volume import Volume

Array = npt.NDArray[np.float64]

STARTS = (0.5, 0.2, 0.8, 0.02, 0.98)
"""Sections in which lines start, in widths of the frame: the later ones where no line has come by."""
PER_SECTION = 24  # lines through a section of the whole device
CANDIDATES = 400
SLOWEST = 0.03  # of the fastest in a section: no lines start in slower places
SHORTEST = 0.05  # frame widths
STEP = 0.01
RADIUS = 0.0018
HEAD = 4.5  # width of an arrow head over that of its line


def tracks(volume: Volume, name: str, frame: Frame) -> list[tuple[Array, Array]]:
    """Lines along a vector field in the whole device: places (n, 3) in frame widths, and the lengths of the vectors there."""
    vectors = volume.data[name]
    points = frame.place(volume.points)
    seen = (volume.points >= frame.low).all(axis=1) & (volume.points <= frame.high).all(axis=1)
    cells = volume.tetrahedra[np.asarray(seen)[volume.tetrahedra].any(axis=1)]
    cells = cells[np.isfinite(vectors[cells]).all(axis=(1, 2))]
    used, nodes = np.unique(cells, return_inverse=True)
    grid = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: nodes.reshape(-1, 4)}, points[used])
    drawn = vectors[used] * frame.factors
    lengths = np.linalg.norm(drawn, axis=1)
    still = lengths <= 1e-9 * np.max(lengths, initial=0.0)
    grid["direction"] = np.where(still[:, None], 0.0, drawn / np.where(still, 1.0, lengths)[:, None])
    grid["size"] = magnitude(vectors[used])
    starts, apart = _starts(volume, name, frame)
    if not len(starts):
        return []
    traced = grid.streamlines_from_source(
        pyvista.PolyData(starts), vectors="direction", integration_direction="both", integrator_type=4, step_unit="l",
        initial_step_length=STEP, max_step_length=2.0 * STEP, min_step_length=0.02 * STEP, max_length=1.5,
        max_steps=2000, terminal_speed=1e-3, compute_vorticity=False,
    )  # fmt: skip
    kept: list[tuple[Array, Array]] = []
    for line, start, gap in _joined(traced, starts, apart):
        places = np.asarray(traced.points, dtype=float)[line]
        if len(places) < 3 or np.linalg.norm(np.ptp(places, axis=0)) < SHORTEST:
            continue
        if kept and cKDTree(np.concatenate([each for each, _ in kept])).query(start)[0] < 0.6 * gap:
            continue
        kept.append((places, np.asarray(traced["size"], dtype=float)[line]))
    for k in volume.mirrors:
        flip = np.ones(3)
        flip[k] = -1.0
        kept += [(places * flip, sizes) for places, sizes in kept]
    return kept


def _starts(volume: Volume, name: str, frame: Frame) -> tuple[Array, Array]:
    """Where lines may start, spread over sections of the part in the mesh, and how far from each other. Frame widths."""
    chance = np.random.default_rng(0)
    starts, apart = [], []
    for share in STARTS:
        z = frame.low[0] + share * (frame.high[0] - frame.low[0])
        surface = volume.cut(Plane(0, float(z)), [name])
        places, triangles = frame.place(np.asarray(surface.points, dtype=float)), surface.regular_faces
        a, b, c = (places[triangles[:, k]] for k in range(3))
        areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        middles = (a + b + c) / 3
        low, high = frame.place(np.array([frame.low, frame.high]))
        areas = np.where((middles >= low).all(axis=1) & (middles <= high).all(axis=1), areas, 0.0)
        if areas.sum() <= 0.0:
            continue
        speeds = magnitude(np.asarray(surface[name], dtype=float))[triangles].mean(axis=1)
        areas = np.where(speeds >= SLOWEST * np.max(speeds, initial=0.0, where=areas > 0.0), areas, 0.0)
        if areas.sum() <= 0.0:
            continue
        chosen = chance.choice(len(areas), CANDIDATES, p=areas / areas.sum())
        u, v = chance.random((2, CANDIDATES, 1))
        u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
        candidates = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
        copies = 2 ** len(volume.mirrors)
        gap = 0.8 * float(np.sqrt(areas.sum() * copies / PER_SECTION))
        taken: list[Array] = []
        for place in candidates:
            if all(np.linalg.norm(place - other) >= gap for other in taken):
                taken.append(place)
        starts += taken
        apart += [gap] * len(taken)
    return np.array(starts), np.array(apart)


def _joined(traced: pyvista.PolyData, starts: Array, apart: Array) -> list[tuple[npt.NDArray[np.int64], Array, float]]:
    """Numbers of the points of each line along the flow, with its start and the distance to others."""
    if not traced.n_cells:
        return []
    time, cells, at = np.asarray(traced["IntegrationTime"]), traced.lines, 0
    parts: dict[int, list[npt.NDArray[np.int64]]] = {}
    for seed in np.asarray(traced.cell_data["SeedIds"], dtype=int):
        ids = np.asarray(cells[at + 1 : at + 1 + cells[at]], dtype=np.int64)
        at += 1 + cells[at]
        pair = parts.setdefault(int(seed), [ids[:0], ids[:0]])
        pair[int(time[ids[-1]] > 0.0)] = ids
    return [
        (
            np.concatenate([backward[:0:-1], forward]) if len(forward) else backward[::-1],
            starts[seed],
            float(apart[seed]),
        )
        for seed, (backward, forward) in sorted(parts.items())
    ]


def tubes(lines: Sequence[tuple[Array, Array]], tone: Tone, frame: Frame) -> list[pyvista.PolyData]:
    """Tubes and heads of lines, in the colours of a scale."""
    found: list[pyvista.PolyData] = []
    low, high = frame.place(np.array([frame.low, frame.high]))
    for places, sizes in lines:
        inside = ((places >= low - STEP) & (places <= high + STEP)).all(axis=1)
        if inside.sum() < 3:
            continue
        line = pyvista.lines_from_points(places[inside])
        line[SHADE] = tone.shade(sizes[inside])
        found.append(line.tube(radius=RADIUS, n_sides=8, capping=True))
        at = int(inside.sum()) // 2
        step = places[inside][at] - places[inside][at - 1]
        head = (
            pyvista.Cone(
                center=places[inside][at],
                direction=step,
                height=2.0 * HEAD * RADIUS,
                radius=HEAD * RADIUS / 1.5,
                resolution=12,
            )
            .extract_surface(algorithm="dataset_surface")
            .triangulate()
        )
        head[SHADE] = np.full(head.n_points, float(tone.shade(sizes[inside])[at]))
        found.append(head)
    return found
