"""Where the materials of a drawn channel lie: a solid around it, and plugs that fill pieces of it. Pure numbers, metres."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from meshes.geometry import Array, ChannelGeometry
from meshes.junction import Junction
from meshes.stack import StackKeys

FLUID = "fluid"
"""Region of a drawn mesh with the free electrolyte, where there are other regions."""

GATE = "gate"
"""Boundary on the outer side of the solid around a channel."""

SAME = 1e-9
"""Part of the channel's length within which two axial positions are one."""


@dataclass(frozen=True)
class Solid:
    """A solid around a channel, from end to end; around a stack, with one outer side for all segments; around the arms of a
    junction.

    Attributes:
        name: of the region.
        thickness: from the wall outwards, across the axis, of a stack from its widest place; None: up to the edge of the
            reservoirs.
        gate: axial positions between which its outer side is the boundary `GATE`; None: all along.
    """

    name: str
    thickness: float | None
    gate: tuple[float, float] | None = None

    def depth(self, geometry: ChannelGeometry | StackKeys, z: Array) -> Array:
        """How far it reaches from the channel's wall at axial positions."""
        wall = np.asarray(geometry.profile(z / geometry.length), dtype=float)
        if isinstance(geometry, StackKeys):
            return np.asarray(self.outer_side(geometry) - wall)
        if self.thickness is not None:
            return np.full(np.shape(z), self.thickness)
        present = [geometry.reservoir(name) for name in geometry.terminals]
        edges = [0.0 if reservoir is None else reservoir.reach for reservoir in present]
        return np.asarray(np.interp(z, geometry.mouths, edges) - wall)

    def outer_side(self, geometry: StackKeys) -> float:
        """Distance from the axis of its outer side around a stack."""
        return geometry.largest + (self.thickness or 0.0)

    def reaches_the_edge(self, geometry: ChannelGeometry, terminal: str) -> bool:
        """Whether it covers the whole face of the membrane in front of a terminal with a reservoir."""
        reservoir = geometry.reservoir(terminal)
        if reservoir is None or self.thickness is None:
            return reservoir is not None
        face = reservoir.reach - geometry.radius_at_terminal(terminal)
        return math.isclose(self.thickness, face, rel_tol=1e-6)


@dataclass(frozen=True)
class Plug:
    """A material between two cross-sections of the channel.

    Attributes:
        name: of the region. start, stop: axial positions.
        end_size: cell on both sides of its ends. wall_size: largest cell at the wall in it.
        outer_size: cell in it where it ends with the channel.
        jumps: axial positions inside it at which its fixed charge jumps; these want cells as its ends do.
    """

    name: str
    start: float
    stop: float
    end_size: float = math.inf
    wall_size: float = math.inf
    outer_size: float = math.inf
    jumps: tuple[float, ...] = ()

    @property
    def faces(self) -> tuple[float, ...]:
        """Axial positions of its ends and jumps."""
        return (self.start, *self.jumps, self.stop)


@dataclass(frozen=True)
class Layout:
    """The materials of a channel; free electrolyte is what they leave.

    Attributes:
        solid: around the channel. plugs: in it. body: name of the region inside a particle.
    """

    solid: Solid | None = None
    plugs: tuple[Plug, ...] = ()
    body: str | None = None

    def __bool__(self) -> bool:
        return self.solid is not None or bool(self.plugs) or self.body is not None

    def region_at(self, z: float) -> str:
        """Name of the region inside the channel at an axial position between two stations."""
        return next((plug.name for plug in self.plugs if plug.start < z < plug.stop), FLUID)

    def ends_at(self, z: float) -> tuple[str, ...]:
        """Names of the regions inside the channel that begin or end at an axial position."""
        return tuple(plug.name for plug in self.plugs if z in (plug.start, plug.stop))

    def gate_ends_at(self, z: float) -> bool:
        """Whether the gate begins or ends at an axial position."""
        return self.solid is not None and self.solid.gate is not None and z in self.solid.gate

    def wall_size(self, z: float) -> float:
        """Largest cell at the wall that the plugs at an axial position want."""
        return min((plug.wall_size for plug in self.plugs if plug.start <= z <= plug.stop), default=math.inf)

    def end_size(self, z: float) -> float:
        """Largest cell that the ends and jumps of plugs at an axial position want."""
        return min((plug.end_size for plug in self.plugs if z in plug.faces), default=math.inf)

    def stations(self, geometry: ChannelGeometry) -> Mapping[float, float]:
        """Axial positions at which a material or the gate begins or ends or a fixed charge jumps, and the cell that each
        wants; of the ends of the channel those that want one."""
        found = {z: self.end_size(z) for plug in self.plugs for z in plug.faces}
        if self.solid is not None and self.solid.gate is not None:
            for z in self.solid.gate:
                found.setdefault(z, math.inf)
        inside = {z: size for z, size in found.items() if 0.0 < z < geometry.length}
        outer = [(z, plug.outer_size) for plug in self.plugs for z in (plug.start, plug.stop) if z in geometry.mouths]
        return inside | {z: size for z, size in outer if size < math.inf}

    def leaves_fluid(self, geometry: ChannelGeometry | StackKeys | Junction) -> bool:
        """Whether there is free electrolyte: none where a channel without reservoirs is filled from end to end."""
        if isinstance(geometry, Junction):
            return True
        filled = sum(plug.stop - plug.start for plug in self.plugs)
        return geometry.reservoirs is not None or filled < geometry.length * (1.0 - 1e-6)


EVERYWHERE_FLUID = Layout()
"""A channel of free electrolyte alone."""


def snapped(positions: list[float], length: float) -> list[float]:
    """Axial positions of a channel of a length, those that are nearly the same, or nearly an end, made equal."""
    known, found = [0.0, length], []
    for z in positions:
        near = next((other for other in known if abs(z - other) <= SAME * length), z)
        known.append(near)
        found.append(near)
    return found
