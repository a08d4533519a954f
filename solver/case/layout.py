"""Where the regions of a case lie in a channel that the program draws, and what cannot lie there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from meshes.cell import Cell
from meshes.geometry import BOTH_FACES, ChannelGeometry, Geometry
from meshes.layout import FLUID, GATE, Layout, Plug, snapped
from meshes.particle import WALL as PARTICLE
from meshes.quantity import did_you_mean, misfit
from meshes.stack import StackKeys
from solver.case.solids import A_SOLID, ends_along, has_gate, is_drawn, solid_of
from solver.laws.regions.base import RegionLaw


def wall_names(geometry: Geometry, regions: Mapping[str, RegionLaw], named: Mapping[str, Any]) -> tuple[str, ...]:
    """The walls of a device, of which the case names some: both faces of a membrane are one unless it names one of them,
    and a solid around a channel brings its outer side.

    Raises:
        PydanticCustomError: two names mean the same wall, or a gate has no solid.
    """
    gate = (GATE,) if has_gate(geometry, regions) else ()
    if is_drawn(geometry) and GATE in named and GATE not in (*geometry.walls, *gate):
        raise misfit((GATE,), f"the gate touches the electrolyte: write a solid between them, e.g. {A_SOLID}")
    own = [name for name in geometry.faces if name in named]
    if own and BOTH_FACES in named:
        raise misfit((own[0],), f"given together with '{BOTH_FACES}', which is both faces; write one or the other")
    if not own:
        return (*geometry.walls, *gate)
    return (*(new for old in geometry.walls for new in (geometry.faces if old == BOTH_FACES else (old,))), *gate)


def layout_of(geometry: Geometry, regions: Mapping[str, RegionLaw], gated: bool = False) -> Layout:
    """Where the regions lie in a channel, a stack or a junction; empty for other devices.

    gated: whether the outer side of the solid is a gate.

    Raises:
        PydanticCustomError: a region does not fit, or two do not fit together.
    """
    if not is_drawn(geometry) or not regions:
        return Layout()
    body = _body(geometry, regions)
    for name, law in regions.items():
        _check_kind(name, law)
    solid = solid_of(geometry, regions, gated)
    if isinstance(geometry, ChannelGeometry):
        return Layout(solid, _plugs(geometry, regions), body)
    if isinstance(geometry, StackKeys):
        return Layout(solid, _filled_segments(geometry, regions))
    for name, law in regions.items():
        if law.holds_ions:
            raise misfit(
                ("regions", name),
                "a junction is filled with free electrolyte, and only a solid can lie around it; leave it out, or use a"
                " geometry of type 'file'",
            )
    return Layout(solid)


def _body(geometry: object, regions: Mapping[str, RegionLaw]) -> str | None:
    """The region inside the particle of a channel; None for one without a field in it."""
    if not isinstance(geometry, ChannelGeometry) or geometry.particle is None:
        if PARTICLE in regions and isinstance(geometry, ChannelGeometry):
            raise misfit(
                ("regions", PARTICLE),
                "is the inside of a particle, and there is none; write geometry.particle, or another name for the region",
            )
        return None
    for name, law in regions.items():
        if law.holds_ions:
            text = "the liquid around a particle is free electrolyte; leave it out"
            if name == PARTICLE:
                text = "no ions are in a particle; write 'type: dielectric' with its relative_permittivity, or leave it out"
            raise misfit(("regions", name), text)
    if PARTICLE not in regions:
        return None
    place = regions[PARTICLE].place
    if place is not None and place.keys:
        raise misfit(("regions", PARTICLE, place.keys[0]), "geometry.particle says where the region lies: leave it out")
    return PARTICLE


def _check_kind(name: str, law: RegionLaw) -> None:
    if law.place is None:
        kind = getattr(law, "type", "")
        raise misfit(
            ("regions", name),
            f"a region of type '{kind}' has no place in a drawn channel, which is filled with free electrolyte where no other"
            " region lies; leave it out, or use a geometry of type 'file'",
        )
    if name == FLUID:
        raise misfit(("regions", name), f"'{FLUID}' is the free electrolyte of the channel; write another name")


# ------------------------------------------------------------------------------------------------ plugs
def _plugs(geometry: ChannelGeometry, regions: Mapping[str, RegionLaw]) -> tuple[Plug, ...]:
    """In the order of their positions."""
    names = [name for name, law in regions.items() if law.holds_ions]
    ends: list[float] = []
    for name in names:
        place = regions[name].place
        assert place is not None
        ends += ends_along(geometry, (place.start, place.stop), ("regions", name))
    ends = snapped(ends, geometry.length)
    plugs = [_plug(name, regions[name], *ends[2 * k : 2 * k + 2]) for k, name in enumerate(names)]
    plugs.sort(key=lambda plug: plug.start)
    for one, other in itertools.pairwise(plugs):
        if other.start < one.stop:
            raise misfit(
                ("regions", other.name, "from"),
                f"overlaps with '{one.name}', which ends at {one.stop:g} m; write '{one.stop:g} m' or more",
            )
    return tuple(plugs)


def _plug(name: str, law: RegionLaw, start: float, stop: float) -> Plug:
    """A region between two axial positions. Breaks outside it, or away from the axis, are found when the mesh is there."""
    jumps = () if law.radial_breaks else tuple(z for z in law.breaks if start < z < stop)
    return Plug(name, start, stop, jumps=jumps)


def _filled_segments(geometry: StackKeys, regions: Mapping[str, RegionLaw]) -> tuple[Plug, ...]:
    """The segments that have the names of regions."""
    for name, law in regions.items():
        if not law.holds_ions:
            continue
        if name not in geometry.walls:
            raise misfit(
                ("regions", name),
                f"no segment has this name; {did_you_mean(name, geometry.walls, 'the segments are')}",
            )
        if law.place is not None and law.place.keys:
            raise misfit(("regions", name, law.place.keys[0]), "the segment says where the region lies: leave it out")
    spans = zip(geometry.walls, itertools.pairwise(geometry.stations), strict=True)
    return tuple(_plug(name, regions[name], *span) for name, span in spans if name in regions)


def check_places(regions: Mapping[str, RegionLaw]) -> None:
    """Refuse the keys of place where a mesh file says where its regions lie."""
    for name, law in regions.items():
        if law.place is not None and law.place.keys:
            raise misfit(
                ("regions", name, law.place.keys[0]),
                "belongs to a channel that the program draws; a mesh file says itself where its regions lie: leave it out",
            )


# ------------------------------------------------------------------------------------------------ sizes of cells
NEUTRAL_END = 1e-3
"""First cell of an electroneutral membrane where it ends with the channel, over the shorter piece beside: with it potentials
of membranes between unlike solutions are right to 3e-5."""

NEUTRAL_FACE = 1e-6
"""The same at its other faces. A reverse bias V depletes a junction to exp(-V/V_T) there, and the electrochemical potentials
are the logarithm of that: with 1e-3 currents at 20 thermal voltages are wrong by 2e-3, with 1e-6 by 2e-7."""


NEUTRAL_PLATE = 1e-6
"""The same at the plates of an electroneutral cell, over half their distance: near the limiting current the salt falls to
nearly nothing there, and at 0.9999 of it the voltage is wrong by 2e-3 thermal voltages."""


def sized_layout(case: Any, points: Sequence[Any]) -> Layout:
    """The materials of a channel with the cells that they want at their ends and at the wall, at all points of a study.

    The ends of plugs want cells of the thinnest double layer in any material, or shorter ones where the mesh controls ask for
    them; without double layers, of small parts of the pieces beside them. Flow wants cells of the square root of the
    permeability at the wall, layers there those of their thickness.
    """
    layout: Layout = case.layout
    if not layout.plugs:
        return layout
    flow = case.solver.flow != "none"
    drags = [case.regions[plug.name].drag() if flow else 0.0 for plug in layout.plugs]
    walls = [1.0 / math.sqrt(drag) if 0.0 < drag < math.inf else math.inf for drag in drags]
    if case.is_electroneutral:
        shortest = _shortest_piece(case.geometry, layout)
        face, outer = NEUTRAL_FACE * shortest, NEUTRAL_END * shortest
    else:
        face, outer = _layer_size(case, points), math.inf
    walls = [min(wall, case.regions[plug.name].wall_length) for plug, wall in zip(layout.plugs, walls, strict=True)]
    sized = zip(layout.plugs, walls, strict=True)
    plugs = (replace(plug, wall_size=wall, end_size=face, outer_size=outer) for plug, wall in sized)
    return replace(layout, plugs=tuple(plugs))


def plate_size(case: Any) -> float:
    """Cell (m) at the plates of an electroneutral cell; infinite where double layers tell it, and in other devices."""
    is_cell = case.is_electroneutral and isinstance(case.geometry, Cell)
    return NEUTRAL_PLATE * case.geometry.smallest if is_cell else math.inf


def _layer_size(case: Any, points: Sequence[Any]) -> float:
    """Cell (m) at the faces of membranes that resolves the layers there."""
    thinnest = min(
        min(law.debye_length(solution), solution.debye_length)
        for point in points
        for law in point.regions.values()
        for solution in point.solutions()
        if law.holds_ions
    )
    return float(min(thinnest, case.mesh.wall_size.metres(thinnest)))


def _shortest_piece(geometry: ChannelGeometry | StackKeys, layout: Layout) -> float:
    """Length (m) of the shortest piece of one material along the channel; those at its ends go on into the reservoirs."""
    before, after = (0.0 if end is None else end.length for end in map(geometry.reservoir, geometry.terminals))
    ends = {z for plug in layout.plugs for z in plug.faces}
    stations = sorted({-before, geometry.length + after} | ends)
    return min(stop - start for start, stop in itertools.pairwise(stations))
