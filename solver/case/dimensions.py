"""What the dimension of a device decides in a case: what it may hold in three, the cells of its mesh where it says nothing,
and how places on walls are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from meshes.course import Course
from meshes.geometry import Bullet, Cone, Cylinder, Geometry, Hourglass, Profile, Slit
from meshes.imported import File
from meshes.quantity import misfit
from meshes.quoting import quoted
from meshes.spatial import Spatial, TaperedChannel
from meshes.walls_in_space import wall_in_space
from solver.case.mesh import MeshControl

if TYPE_CHECKING:
    from solver.case.case import Case

WALL_LAWS = ("surface_charge", "zeta_potential", "groups", "slip_length", "stern", "potential", "charge")
"""Keys of the laws of walls in three dimensions."""

REGIONS = ("fluid", "dielectric", "membrane")
"""Types of regions of mesh files in three dimensions."""

STUDIES = ("steady", "sweep", "transient", "impedance")
"""Types of studies in three dimensions."""

CELLS: Mapping[str, Any] = {
    "wall_size": "1 debye_length",
    "corner_size": "0.3 debye_length",
    "growth": 2.5,
    "axial_cells": 8,
}
"""Controls of a mesh in three dimensions: at 0.5 V the current and the flow rate of a cone of 57,000 unknowns are right to
0.7 %."""

OPEN = (Cone, Cylinder, Hourglass, Bullet, Profile, Slit, TaperedChannel)
"""Devices whose ends may be the terminals themselves: the equilibrium across a round or rectangular end is known."""

IN_THE_PLANE = "write 'geometry: {..., dimension: 2}'"


def with_cells(given: Any, geometry: Geometry | None) -> Any:
    """The keys of `mesh` as they are given; in three dimensions those that are left out included."""
    if geometry is None or geometry.dimension < 3:
        return given
    if isinstance(given, MeshControl):
        given = {key: getattr(given, key) for key in given.model_fields_set}
    return {**CELLS, **given} if isinstance(given, dict) else CELLS if given is None else given


def course_of(geometry: Geometry, wall: str, along: str | None) -> Course:
    """How places on a wall are told apart, in the plane or in three dimensions.

    along: "radius" where the case says so; of a wall of a mesh file only it can say which way the wall runs.
    """
    found = geometry.course(wall)
    if found.trace is None and along == "radius":
        return replace(found, radial=True, extents=())
    return found if geometry.dimension < 3 else replace(found, in_space=wall_in_space(geometry, wall, found))


def check_dimension(case: Case) -> None:
    """Refuse what is not computed in three dimensions.

    Raises:
        PydanticCustomError: with the key, and what to write instead.
    """
    if case.geometry.dimension == 3:
        for key, text in _refused(case):
            raise misfit(key, f"in three dimensions {text}")


def _refused(case: Case) -> Iterator[tuple[tuple[str | int, ...], str]]:
    geometry, electrolyte = case.geometry, case.electrolyte
    if getattr(geometry, "particle", None) is not None:
        yield ("geometry", "particle"), f"there is no particle; leave it out, or {IN_THE_PLANE}"
    if getattr(geometry, "reservoirs", "other") is None and not isinstance(geometry, OPEN):
        yield (
            ("geometry", "reservoirs"),
            f"a channel does not end in its terminals; describe reservoirs, or {IN_THE_PLANE}",
        )
    for name, region in case.regions.items():
        kind = getattr(region, "type", "")
        if not isinstance(geometry, File):
            yield (
                ("regions", name),
                "a device that the program draws is free electrolyte; leave the regions out, draw it yourself for a geometry"
                f" of type 'file', or {IN_THE_PLANE}",
            )
        elif kind not in REGIONS:
            yield (
                ("regions", name, "type"),
                f"a region is of type {' or '.join(REGIONS)}, and not {quoted(kind)}; write one of these, or {IN_THE_PLANE}",
            )
    for name in case.pores:
        yield ("pores", name), f"pores have to be resolved; leave them out, or {IN_THE_PLANE}"
    for name, wall in case.walls.items():
        for law in wall.laws:
            if law.key not in WALL_LAWS or law.coverages:
                known = ", ".join(WALL_LAWS)
                yield ("walls", name, law.key), f"walls have {known}; leave it out, or {IN_THE_PLANE}"
    for key in ("trace", "reactions"):
        if getattr(electrolyte, key, None):
            yield ("electrolyte", key), f"there are none; leave them out, or {IN_THE_PLANE}"
    if electrolyte.protons == "free":
        yield ("electrolyte", "protons"), f"they are 'buffered'; write this, or {IN_THE_PLANE}"
    for name, terminal in case.terminals.items():
        if terminal.exchange:
            yield (
                ("terminals", name, "exchange"),
                f"terminals hold all that a reservoir has; leave the rates of species out, or {IN_THE_PLANE}",
            )
    if case.is_electroneutral:
        yield ("solver", "charge"), f"it is 'poisson'; write this, or {IN_THE_PLANE}"
    if case.mesh.tolerance is not None:
        yield ("mesh", "tolerance"), "the mesh is not adapted; leave it out and write 'refinement: 1' for a finer one"
    if geometry.symmetry != "axisymmetric" or isinstance(geometry, Spatial | File):
        for i, key in enumerate(case.outputs.sensitivities):
            if key.startswith("geometry."):
                yield (
                    ("outputs", "sensitivities", i),
                    "sizes of bodies of revolution alone have derivatives; leave the key out, and take the differences of a"
                    " sweep",
                )
    if (kind := case.study.kind()) not in STUDIES:
        known = " or ".join(quoted(each) for each in STUDIES)
        yield (
            ("study", "type"),
            f"a study is of type {known}, and not {quoted(kind)}; write one of these, or {IN_THE_PLANE}",
        )
