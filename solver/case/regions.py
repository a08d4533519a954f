"""What the regions of a device are made of."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from meshes.geometry import Geometry
from meshes.imported import File
from meshes.layout import GATE
from meshes.quantity import misfit
from solver.case.layout import check_places, layout_of
from solver.case.solids import check_gate, has_gate, is_drawn
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
    geometry: Geometry,
    regions: Mapping[str, RegionLaw],
    walls: Mapping[str, Any],
    species: Collection[str],
    has_flow: bool,
) -> None:
    """Refuse regions that the geometry, the electrolyte or the flow cannot have."""
    filled = True  # by these regions alone
    gate = walls.get(GATE) if has_gate(geometry, regions) else None
    layout = layout_of(geometry, regions, gate is not None and gate.is_electrode)
    if is_drawn(geometry):
        filled = not layout.leaves_fluid(geometry)
        if gate is not None:
            check_gate(gate)
    elif isinstance(geometry, File):
        check_places(regions)
        if regions and not any(law.holds_ions for law in regions.values()):
            raise misfit("regions", f"none holds the electrolyte; write e.g. '{next(iter(regions))}: fluid'")
    elif regions:
        raise misfit(
            "regions",
            f"a {geometry.type} is filled with free electrolyte; leave the key out, or use a geometry of type 'file'",
        )
    holding = [law for law in regions.values() if law.holds_ions]
    if has_flow and filled and holding and all(math.isinf(law.drag()) for law in holding):
        raise misfit("regions", "liquid moves in none of them: none has a permeability; write 'solver: {flow: none}'")
    for name, law in regions.items():
        if objection := law.objection(species):
            raise misfit(("regions", name, *objection[0]), objection[1])
