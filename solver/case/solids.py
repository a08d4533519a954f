"""The solid around what the program draws, and the gate on its outer side: where they lie, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np

from meshes.geometry import Array, ChannelGeometry, Geometry
from meshes.junction import Junction
from meshes.layout import GATE, Solid, snapped
from meshes.particle import WALL as PARTICLE
from meshes.quantity import misfit
from meshes.stack import StackKeys
from solver.laws.regions.base import RegionLaw
from solver.physics.constants import VACUUM_PERMITTIVITY

Drawn = ChannelGeometry | StackKeys | Junction
"""What a solid can lie around."""

SAMPLES = 1001
"""Cross-sections at which the depth of a solid is looked at."""

A_SOLID = "'regions: {solid: {type: dielectric, relative_permittivity: 3.9, thickness: 20 nm}}'"


def is_drawn(geometry: Geometry) -> TypeGuard[Drawn]:
    """Whether the program draws the device and can draw a solid around it."""
    return isinstance(geometry, Drawn)


def solids_around(geometry: Geometry | Drawn, regions: Mapping[str, RegionLaw]) -> list[str]:
    """Names of the regions without ions that lie around what is drawn: all but the inside of a particle."""
    has_body = isinstance(geometry, ChannelGeometry) and geometry.particle is not None
    return [name for name, law in regions.items() if not law.holds_ions and not (has_body and name == PARTICLE)]


def has_gate(geometry: Geometry, regions: Mapping[str, RegionLaw]) -> bool:
    """Whether there is a solid whose outer side is the wall `gate`."""
    return is_drawn(geometry) and bool(solids_around(geometry, regions))


def solid_of(geometry: Drawn, regions: Mapping[str, RegionLaw], gated: bool) -> Solid | None:
    """The region without ions; None where there is none.

    gated: whether its outer side is a gate.

    Raises:
        PydanticCustomError: it does not fit, or there are two.
    """
    names = solids_around(geometry, regions)
    if not names:
        return None
    if len(names) > 1:
        raise misfit(("regions", names[1]), f"'{names[0]}' lies around the channel already; keep one of them")
    (name,) = names
    path, place = ("regions", name), regions[name].place
    assert place is not None
    if GATE in geometry.walls:
        raise misfit(path, f"its outer side is the wall '{GATE}', as another wall is called already; rename that one")
    if isinstance(geometry, ChannelGeometry):
        solid = _around_a_channel(geometry, Solid(name, place.thickness))
    else:
        if isinstance(geometry, StackKeys) and name in geometry.walls:
            kind = getattr(regions[name], "type", "solid")
            raise misfit(path, f"is a segment, which a {kind} does not fill, but lies around; give it another name")
        if place.thickness is None:
            raise misfit((*path, "thickness"), "is missing: nothing else ends the solid; write e.g. '20 nm'")
        solid = Solid(name, place.thickness)
    if isinstance(geometry, Junction):
        return _around_arms(geometry, solid, place.gate is not None)
    return Solid(name, place.thickness, _gate(geometry, solid, place.gate, path) if gated else None)


def _around_a_channel(geometry: ChannelGeometry, solid: Solid) -> Solid:
    path, thickness = ("regions", solid.name), solid.thickness
    present = {terminal: geometry.reservoir(terminal) for terminal in geometry.terminals}
    if thickness is None and None in present.values():
        raise misfit((*path, "thickness"), "is missing: without reservoirs nothing ends the solid; write e.g. '20 nm'")
    for terminal, reservoir in present.items():
        if reservoir is None or thickness is None:
            continue
        room = reservoir.reach - geometry.radius_at_terminal(terminal)
        if thickness > room * (1.0 + 1e-6):
            raise misfit(
                (*path, "thickness"),
                f"{thickness:g} m reaches beyond the edge of the reservoir at '{terminal}', {room:g} m from the"
                " channel's wall; write a smaller one, a larger reservoir, or leave it out",
            )
    z = np.linspace(0.0, geometry.length, SAMPLES)
    thinnest = int(np.argmin(depth := solid.depth(geometry, z)))
    if depth[thinnest] <= 0.0:
        raise misfit(
            path, f"the channel is wider than the edge of the reservoirs at {z[thinnest]:g} m; write larger reservoirs"
        )
    return solid


def _around_arms(geometry: Junction, solid: Solid, gate_ends: bool) -> Solid:
    if gate_ends:
        raise misfit(
            ("regions", solid.name, "gate"),
            "a junction has no axis along which a gate could end: its gate is the whole outer side of the solid; leave it"
            " out",
        )
    shortest = min(arm.length for arm in geometry.arms.values())
    if solid.thickness is not None and solid.thickness >= shortest * (1.0 - 1e-6):
        raise misfit(
            ("regions", solid.name, "thickness"),
            f"{solid.thickness:g} m reaches to the end of the shortest arm, {shortest:g} m long; write a smaller one",
        )
    return solid


def _gate(
    geometry: ChannelGeometry | StackKeys,
    solid: Solid,
    given: tuple[float | None, float | None] | None,
    path: tuple[str, str],
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
    start, stop = ends_along(geometry, given, (*path, "gate"))
    if isinstance(geometry, StackKeys):
        start, stop = snapped([*geometry.stations, start, stop], length)[-2:]
    for key, touches, inset in (("from", start <= 0.0, insets[0]), ("to", stop >= length, insets[1])):
        if touches and inset:
            raise misfit(
                (*path, "gate", key),
                f"the gate touches the electrolyte of the reservoir there; let it end before, e.g. at"
                f" {(min(inset, 0.3 * length) if key == 'from' else length - min(inset, 0.3 * length)):.3g} m",
            )
    return start, stop


def ends_along(
    geometry: ChannelGeometry | StackKeys, given: tuple[float | None, float | None], path: tuple[str, ...]
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


def capacitance(geometry: Drawn, regions: Mapping[str, RegionLaw], solvent: float, z: Array | None = None) -> float:
    """F/m^2: of the solid around a channel over the area of the channel's wall, where it is largest.

    solvent: relative permittivity of the solvent. z: axial positions (m) that are looked at, all by default.
    """
    (law,) = (regions[name] for name in solids_around(geometry, regions))
    thickness = None if law.place is None else law.place.thickness
    if isinstance(geometry, Junction):
        away = np.array([thickness])
    else:
        at = np.linspace(0.0, geometry.length, SAMPLES) if z is None else z
        radius = np.asarray(geometry.profile(at / geometry.length))
        depth = Solid("", thickness).depth(geometry, at)
        away = radius * np.log1p(depth / radius) if geometry.symmetry == "axisymmetric" else depth
    return float(VACUUM_PERMITTIVITY * solvent * law.permittivity_factor(solvent) / away.min())


def check_gate(gate: Any) -> None:
    """Refuse what the outer side of a solid, a wall of the case, cannot have: it borders on no liquid."""
    for law in gate.laws:
        if not law.is_port and getattr(gate, law.key) != law.default:
            raise misfit(
                ("walls", GATE, law.key),
                "the outer side of a solid touches no liquid; it takes the potential of a gate, e.g. 'potential: 1 V'",
            )
