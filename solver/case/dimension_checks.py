"""What a case may hold in three dimensions."""

from __future__ import annotations

from collections.abc import Iterator

from meshes.geometry import Bullet, Cone, Cylinder, Hourglass, Profile, Slit
from meshes.imported import File
from meshes.quantity import misfit
from meshes.quoting import quoted
from meshes.spatial import Spatial, TaperedChannel
from solver.case.values import CaseValues

WALL_LAWS = ("surface_charge", "zeta_potential", "groups", "slip_length", "stern", "potential", "charge")
"""Keys of the laws of walls in three dimensions."""

REGIONS = ("fluid", "dielectric", "membrane")
"""Types of regions of mesh files in three dimensions."""

STUDIES = ("steady", "sweep", "transient", "impedance")
"""Types of studies in three dimensions."""

OPEN = (Cone, Cylinder, Hourglass, Bullet, Profile, Slit, TaperedChannel)
"""Devices whose ends may be the terminals themselves: the equilibrium across a round or rectangular end is known."""

IN_THE_PLANE = "write 'geometry: {..., dimension: 2}'"


def check_dimension(case: CaseValues) -> None:
    """Refuse what is not computed in three dimensions.

    Raises:
        PydanticCustomError: with the key, and what to write instead.
    """
    if case.geometry.dimension == 3:
        for key, text in _refused(case):
            raise misfit(key, f"in three dimensions {text}")


def _refused(case: CaseValues) -> Iterator[tuple[tuple[str | int, ...], str]]:
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
