"""Where the regions of a case lie in a channel that the program draws, and what cannot lie there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from meshes.geometry import BOTH_FACES, Array, ChannelGeometry, Geometry
from meshes.layout import FLUID, GATE, Layout, Plug, Solid, snapped
from meshes.particle import WALL as PARTICLE
from meshes.quantity import did_you_mean, misfit
from meshes.stack import StackKeys
from solver.laws.regions.base import RegionLaw
from solver.physics.constants import VACUUM_PERMITTIVITY

SAMPLES = 1001
"""Cross-sections at which the depth of a solid is looked at."""

A_SOLID = "'regions: {solid: {type: dielectric, relative_permittivity: 3.9, thickness: 20 nm}}'"


def solids_around(geometry: ChannelGeometry, regions: Mapping[str, RegionLaw]) -> list[str]:
    """Names of the regions without ions that lie around a channel: all but the inside of a particle."""
    return [name for name, law in regions.items() if not law.holds_ions and not _is_inside(geometry, name)]


def _is_inside(geometry: ChannelGeometry, name: str) -> bool:
    """Whether a region is the inside of a particle."""
    return name == PARTICLE and geometry.particle is not None


def wall_names(geometry: Geometry, regions: Mapping[str, RegionLaw], named: Mapping[str, Any]) -> tuple[str, ...]:
    """The walls of a device, of which the case names some: both faces of a membrane are one unless it names one of them,
    and a solid around a channel brings its outer side.

    Raises:
        PydanticCustomError: two names mean the same wall, or a gate has no solid.
    """
    drawn = isinstance(geometry, ChannelGeometry)
    gate = (GATE,) if isinstance(geometry, ChannelGeometry) and solids_around(geometry, regions) else ()
    if drawn and GATE in named and not gate:
        raise misfit((GATE,), f"the gate touches the electrolyte: write a solid between them, e.g. {A_SOLID}")
    own = [name for name in geometry.faces if name in named]
    if own and BOTH_FACES in named:
        raise misfit((own[0],), f"given together with '{BOTH_FACES}', which is both faces; write one or the other")
    if not own:
        return (*geometry.walls, *gate)
    return (*(new for old in geometry.walls for new in (geometry.faces if old == BOTH_FACES else (old,))), *gate)


def layout_of(geometry: Geometry, regions: Mapping[str, RegionLaw], gated: bool = False) -> Layout:
    """Where the regions lie in a channel or a stack; empty for other devices.

    gated: whether the outer side of the solid is a gate.

    Raises:
        PydanticCustomError: a region does not fit, or two do not fit together.
    """
    if isinstance(geometry, StackKeys):
        return _filled_segments(geometry, regions)
    if not isinstance(geometry, ChannelGeometry) or not regions:
        return Layout()
    body = _body(geometry, regions)
    solids = solids_around(geometry, regions)
    for name, law in regions.items():
        _check_kind(name, law)
    if len(solids) > 1:
        raise misfit(("regions", solids[1]), f"'{solids[0]}' lies around the channel already; keep one of them")
    solid = _solid(geometry, solids[0], regions[solids[0]], gated) if solids else None
    return Layout(solid, _plugs(geometry, regions), body)


def _body(geometry: ChannelGeometry, regions: Mapping[str, RegionLaw]) -> str | None:
    """The region inside the particle of a channel; None for one without a field in it."""
    if geometry.particle is None:
        if PARTICLE in regions:
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


# ------------------------------------------------------------------------------------------------ solids
def _solid(geometry: ChannelGeometry, name: str, law: RegionLaw, gated: bool) -> Solid:
    place, path = law.place, ("regions", name)
    assert place is not None
    present = {terminal: geometry.reservoir(terminal) for terminal in geometry.terminals}
    if place.thickness is None and None in present.values():
        raise misfit((*path, "thickness"), "is missing: without reservoirs nothing ends the solid; write e.g. '20 nm'")
    for terminal, reservoir in present.items():
        if reservoir is None or place.thickness is None:
            continue
        room = reservoir.reach - geometry.radius_at_terminal(terminal)
        if place.thickness > room * (1.0 + 1e-6):
            raise misfit(
                (*path, "thickness"),
                f"{place.thickness:g} m reaches beyond the edge of the reservoir at '{terminal}', {room:g} m from the"
                " channel's wall; write a smaller one, a larger reservoir, or leave it out",
            )
    solid = Solid(name, place.thickness)
    z = np.linspace(0.0, geometry.length, SAMPLES)
    thinnest = int(np.argmin(depth := solid.depth(geometry, z)))
    if depth[thinnest] <= 0.0:
        raise misfit(
            path, f"the channel is wider than the edge of the reservoirs at {z[thinnest]:g} m; write larger reservoirs"
        )
    return Solid(name, place.thickness, _gate(geometry, solid, place.gate, path) if gated else None)


def _gate(
    geometry: ChannelGeometry, solid: Solid, given: tuple[float | None, float | None] | None, path: tuple[str, str]
) -> tuple[float, float]:
    """Axial positions between which the gate lies: away from the reservoirs, whose liquid it would touch."""
    insets = [
        0.0 if geometry.reservoir(name) is None else float(solid.depth(geometry, np.array([z]))[0])
        for name, z in zip(geometry.terminals, geometry.mouths, strict=True)
    ]
    length = geometry.length
    if given is None:
        start, stop = insets[0], length - insets[1]
        if start >= stop:
            raise misfit(
                path,
                f"the channel is too short for a gate that ends a thickness before the reservoirs; write e.g."
                f" 'gate: {{from: {0.3 * length:.3g} m, to: {0.7 * length:.3g} m}}'",
            )
        return start, stop
    start, stop = _ends(geometry, given, (*path, "gate"))
    for key, touches, inset in (("from", start <= 0.0, insets[0]), ("to", stop >= length, insets[1])):
        if touches and inset:
            raise misfit(
                (*path, "gate", key),
                f"the gate touches the electrolyte of the reservoir there; let it end before, e.g. at"
                f" {(min(inset, 0.3 * length) if key == 'from' else length - min(inset, 0.3 * length)):.3g} m",
            )
    return start, stop


# ------------------------------------------------------------------------------------------------ plugs
def _plugs(geometry: ChannelGeometry, regions: Mapping[str, RegionLaw]) -> tuple[Plug, ...]:
    """In the order of their positions."""
    names = [name for name, law in regions.items() if law.holds_ions]
    ends: list[float] = []
    for name in names:
        place = regions[name].place
        assert place is not None
        ends += _ends(geometry, (place.start, place.stop), ("regions", name))
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


def _filled_segments(geometry: StackKeys, regions: Mapping[str, RegionLaw]) -> Layout:
    """The segments that have the names of regions."""
    for name, law in regions.items():
        _check_kind(name, law)
        if name not in geometry.walls:
            raise misfit(
                ("regions", name),
                f"no segment has this name; {did_you_mean(name, geometry.walls, 'the segments are')}",
            )
        if not law.holds_ions:
            raise misfit(
                ("regions", name),
                f"a segment is filled with what holds ions, and a {getattr(law, 'type', '')} does not; leave it out",
            )
        if law.place is not None and law.place.keys:
            raise misfit(("regions", name, law.place.keys[0]), "the segment says where the region lies: leave it out")
    spans = zip(geometry.walls, itertools.pairwise(geometry.stations), strict=True)
    return Layout(None, tuple(_plug(name, regions[name], *span) for name, span in spans if name in regions))


def before_the_end(geometry: Geometry) -> str:
    """How to put free electrolyte between the end of a channel and a terminal."""
    return "put another segment in front" if isinstance(geometry, StackKeys) else "write geometry.reservoirs"


def end_wall(geometry: Geometry | ChannelGeometry | StackKeys, terminal: str) -> str:
    """The wall of the channel at one of its ends."""
    return geometry.wall_at(terminal) if isinstance(geometry, StackKeys) else "channel"


def _ends(
    geometry: ChannelGeometry, given: tuple[float | None, float | None], path: tuple[str, ...]
) -> tuple[float, float]:
    """Where something begins and ends along the channel, by what the case gives of it."""
    length = geometry.length
    start, stop = (default if z is None else z for z, default in zip(given, (0.0, length), strict=True))
    for key, z in (("from", start), ("to", stop)):
        if not -1e-9 * length <= z <= length * (1.0 + 1e-9):
            raise misfit((*path, key), f"{z:g} m lies outside the channel, which reaches from 0 to {length:g} m")
    if stop - start <= 1e-6 * length:
        raise misfit(
            (*path, "from" if given[1] is None else "to"), f"{start:g} m to {stop:g} m: has to end after it begins"
        )
    return start, stop


# ------------------------------------------------------------------------------------------------ gates
def capacitance(
    geometry: ChannelGeometry, regions: Mapping[str, RegionLaw], solvent: float, z: Array | None = None
) -> float:
    """F/m^2: of the solid around a channel over the area of the channel's wall, where it is largest.

    solvent: relative permittivity of the solvent. z: axial positions (m) that are looked at, all by default.
    """
    (law,) = (regions[name] for name in solids_around(geometry, regions))
    at = np.linspace(0.0, geometry.length, SAMPLES) if z is None else z
    radius = np.asarray(geometry.profile(at / geometry.length))
    depth = Solid("", None if law.place is None else law.place.thickness).depth(geometry, at)
    away = radius * np.log1p(depth / radius) if geometry.symmetry == "axisymmetric" else depth
    return float(VACUUM_PERMITTIVITY * solvent * law.permittivity_factor(solvent) / away.min())


def check_gate(walls: Mapping[str, Any]) -> None:
    """Refuse what the outer side of a solid cannot have: it borders on no liquid."""
    for law in walls[GATE].laws if GATE in walls else ():
        if not law.is_port and getattr(walls[GATE], law.key) != law.default:
            raise misfit(
                ("walls", GATE, law.key),
                "the outer side of a solid touches no liquid; it takes the potential of a gate, e.g. 'potential: 1 V'",
            )


def check_ends(case: Any) -> None:
    """Refuse a terminal that is the end of a filled channel whose wall is charged there, or has a gate behind it: its profile
    across the end is not known.

    case: the case, with its walls and regions.
    """
    geometry, layout = case.geometry, case.layout
    if not layout.plugs:
        return
    for terminal, end in zip(geometry.terminals, geometry.mouths, strict=True):
        filled = layout.ends_at(end)
        if geometry.reservoir(terminal) is not None or not filled:
            continue
        wall = end_wall(geometry, terminal)
        if (
            layout.gate_ends_at(end)
            or wall in case.electrodes
            or case.charge_at(wall, np.array([end]), terminal)[0] != 0.0
        ):
            raise misfit(
                ("regions", filled[0]),
                f"fills the channel to its end '{terminal}', where the wall is charged: what a terminal holds there is not"
                f" known; end the charge, the gate or the region before, or {before_the_end(geometry)}",
            )


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


def sized_layout(case: Any, points: Sequence[Any]) -> Layout:
    """The materials of a channel with the cells that they want at their ends and at the wall, at all points of a study.

    The ends of plugs want cells of the thinnest double layer in any material, or shorter ones where the mesh controls ask for
    them; without double layers, of small parts of the pieces beside them. Flow wants cells of the square root of the
    permeability at the wall.
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
    sized = zip(layout.plugs, walls, strict=True)
    plugs = (replace(plug, wall_size=wall, end_size=face, outer_size=outer) for plug, wall in sized)
    return replace(layout, plugs=tuple(plugs))


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
