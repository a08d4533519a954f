"""What the regions of a device are made of."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from meshes.geometry import ChannelGeometry, Geometry
from meshes.imported import File
from meshes.layout import GATE
from meshes.quantity import misfit
from solver.case.electrolyte import Electrolyte
from solver.case.layout import check_places, layout_of
from solver.case.solids import check_gate, has_gate, is_drawn
from solver.inputs.choices import one_of
from solver.laws.regions.base import Place, RegionLaw, Surroundings
from solver.laws.registry import REGION_LAWS

if TYPE_CHECKING:
    Region = RegionLaw
else:
    Region = one_of(REGION_LAWS)  # by its name, or with its keys


def solids_of(regions: Mapping[str, RegionLaw]) -> tuple[str, ...]:
    """Names of the regions without liquid."""
    return tuple(name for name, law in regions.items() if not law.holds_ions)


def within(regions: Mapping[str, RegionLaw], geometry: Geometry, electrolyte: Electrolyte) -> dict[str, RegionLaw]:
    """The materials as they are in a channel with a liquid."""
    common = Surroundings(
        electrolyte.temperature,
        electrolyte.relative_permittivity,
        electrolyte.viscosity,
        {name: species.diffusivity for name, species in electrolyte.species.items()}
        | {
            name: trace.diffusivity_in(electrolyte.temperature, electrolyte.viscosity)
            for name, trace in electrolyte.trace.items()
        },
        electrolyte.valences | {name: trace.valence for name, trace in electrolyte.trace.items()},
        radii={name: trace.radius for name, trace in electrolyte.trace.items() if trace.radius is not None},
        mixed=electrolyte.properties.solvent is not None,
    )
    found = {}
    for name, law in regions.items():
        around = common
        if isinstance(geometry, ChannelGeometry):
            around = replace(common, half_width=_half_width(geometry, law.place), ends=geometry.mouths)
        found[name] = law.within(around)
    return found


def _half_width(geometry: ChannelGeometry, place: Place | None) -> tuple[float, float] | None:
    """Half-width (m) of a channel and its slope, continued to z = 0, where its wall is straight along a region."""
    begin, end = geometry.mouths
    if place is not None:
        begin, end = begin if place.start is None else place.start, end if place.stop is None else place.stop
    at = np.linspace(begin, end, 9)
    widths = geometry.profile(np.clip(at / geometry.length, 0.0, 1.0))
    slope = float(widths[-1] - widths[0]) / (end - begin) if end > begin else 0.0
    start = float(widths[0]) - slope * begin
    return (start, slope) if np.allclose(start + slope * at, widths, rtol=1e-9, atol=0.0) else None


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
