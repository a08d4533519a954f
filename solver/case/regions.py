"""What the regions of a mesh file are made of."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from meshes.geometry import Geometry
from meshes.imported import File
from meshes.quantity import misfit
from solver.inputs.choices import one_of
from solver.laws.regions.base import RegionLaw
from solver.laws.registry import REGION_LAWS

if TYPE_CHECKING:
    Region = RegionLaw
else:
    Region = one_of(REGION_LAWS)  # by its name, or with its keys


def solids_of(regions: Mapping[str, RegionLaw]) -> tuple[str, ...]:
    """Names of the regions without liquid."""
    return tuple(name for name, law in regions.items() if not law.holds_ions)


def check_regions(
    geometry: Geometry, regions: Mapping[str, RegionLaw], species: Collection[str], has_flow: bool
) -> None:
    """Refuse regions that the geometry, the electrolyte or the flow cannot have."""
    if regions and not isinstance(geometry, File):
        raise misfit(
            "regions",
            f"a {geometry.type} is filled with free electrolyte; leave the key out, or use a geometry of type 'file'",
        )
    if regions and not any(law.holds_ions for law in regions.values()):
        raise misfit("regions", f"none holds the electrolyte; write e.g. '{next(iter(regions))}: fluid'")
    if has_flow and regions and all(math.isinf(law.drag()) for law in regions.values() if law.holds_ions):
        raise misfit("regions", "liquid moves in none of them: none has a permeability; write 'solver: {flow: none}'")
    for name, law in regions.items():
        if objection := law.objection(species):
            raise misfit(("regions", name, *objection[0]), objection[1])
