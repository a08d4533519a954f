"""The walls of a device in three dimensions, and what follows there from the fields: charge and zeta potential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyvista

from postprocess.pictures.derived import electrolyte_of
from postprocess.pictures.state import distinct
from postprocess.pictures.volume import ON, Volume, whole
from postprocess.pictures.wall_charge import wall_charge
from postprocess.tables.result import Result
from solver.laws.properties.constant import Constant
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.results.rows import ResultError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PASSES = 1e-5
"""Of the largest velocity: what is faster than that towards a side goes through it."""
CHARGE, ZETA = "surface_charge", "zeta_potential"


def wall_faces(result: Result, volume: Volume) -> Integers:
    """Faces (k, 6) of the channel's wall and of those of the membrane: all between the mouths but the openings there."""
    mouths: Sequence[float] | None = result.geometry.get("mouths")
    if not mouths:
        return _impermeable(volume)
    faces, z = volume.boundary, volume.points[volume.boundary, 0]
    near = ON * float(np.ptp(volume.points[:, 0]))
    inside = ((z >= mouths[0] - near) & (z <= mouths[1] + near)).all(axis=1)
    for end in (volume.extents[0][0], volume.extents[1][0]):  # of a channel without a reservoir
        inside &= ~(np.abs(z - end) <= near).all(axis=1)
    return np.asarray(faces[inside])


def _impermeable(volume: Volume) -> Integers:
    """The faces that no liquid passes, each flat side of the device as a whole.

    Raises:
        ResultError: there is no flow.
    """
    faces = volume.boundary
    velocity = volume.data.get("velocity")
    if velocity is None or not np.nanmax(np.abs(velocity), initial=0.0) > 0.0:
        raise ResultError("without a flow the walls of such a device cannot be told from its openings")
    a, b, c = (volume.points[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    through = np.abs(np.einsum("fni,fi->fn", np.nan_to_num(velocity[faces]), normals)).max(axis=1)
    sides = np.column_stack(
        [
            np.round(normals, 6) + 0.0,
            np.round(np.einsum("ni,ni->n", a, normals) / (1e-6 * float(np.ptp(volume.points, axis=0).max()))),
        ]
    )
    _, side = distinct(sides)
    most = np.zeros(side.max() + 1)
    np.maximum.at(most, side, through)
    flat = np.abs(normals).max(axis=1) > 1.0 - 1e-6
    passed = np.where(flat, most[side], 0.0) > PASSES * np.nanmax(np.linalg.norm(velocity, axis=1))
    return np.asarray(faces[~passed])


def walls(result: Result, point: int, volume: Volume, name: str) -> pyvista.PolyData:
    """The walls of the whole device with a field, or with CHARGE.

    Raises:
        ResultError: the charge does not follow from the field in the liquid, as beside a solid or where the permittivity
            varies; or there are no walls.
    """
    faces = wall_faces(result, volume)
    if not len(faces):
        raise ResultError(f"{result.place_of_all} has no walls to be drawn")
    if name != CHARGE:
        return whole(volume.surface(faces, [name]), volume.mirrors)
    electrolyte = electrolyte_of(result, point)
    if len(np.unique(volume.regions)) > 1 or not isinstance(electrolyte.properties, Constant):
        raise ResultError("the charge of walls is drawn beside one liquid of constant permittivity only")
    permittivity = electrolyte.relative_permittivity * VACUUM_PERMITTIVITY
    return whole(wall_charge(volume, faces, permittivity, CHARGE), volume.mirrors)
