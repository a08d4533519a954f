"""Ends of channels that are terminals themselves: what lies there, and what a terminal cannot hold across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from meshes.geometry import ChannelGeometry, Geometry, Slit
from meshes.junction import Junction
from meshes.quantity import misfit
from meshes.side_walls import SIDE_WALL
from meshes.spatial import TaperedChannel
from meshes.stack import StackKeys


@dataclass(frozen=True)
class End:
    """The end of a channel, of a stack or of an arm that is itself a terminal.

    Attributes:
        position: axial, m; along an arm, 0.
        wall: name of the wall beside it. half_size: radius or half-height there, m.
        filled: the regions inside, none with free electrolyte.
        gated: whether a gate lies behind the wall there.
    """

    position: float
    wall: str
    half_size: float
    filled: tuple[str, ...] = ()
    gated: bool = False


def end_of(case: Any, terminal: str) -> End | None:
    """What ends at a terminal; None for a reservoir, the opening of a mesh file, and a closed cell.

    case: the case, with its geometry, layout and gates.
    """
    geometry, layout = case.geometry, case.layout
    if isinstance(geometry, Junction):
        if geometry.reservoir(terminal) is not None:
            return None
        half_size = geometry.radius_at_terminal(terminal)
        return End(0.0, geometry.arms[terminal].wall, half_size, gated=bool(case.gates))
    if not isinstance(geometry, ChannelGeometry | StackKeys) or geometry.reservoir(terminal) is not None:
        return None
    at = geometry.mouths[geometry.terminals.index(terminal)]
    wall = geometry.wall_at(terminal) if isinstance(geometry, StackKeys) else "channel"
    return End(at, wall, geometry.radius_at_terminal(terminal), layout.ends_at(at), layout.gate_ends_at(at))


def before_the_end(geometry: Geometry) -> str:
    """How to put free electrolyte between the end of a channel and a terminal."""
    if isinstance(geometry, Junction):
        return "leave the arms uncharged there: draw the device yourself, for a geometry of type 'file'"
    return "put another segment in front" if isinstance(geometry, StackKeys) else "write geometry.reservoirs"


def check_ends(case: Any) -> None:
    """Refuse a terminal that is the end of a channel and would have to hold a profile across it that is not known: of a
    filled channel whose wall is charged there or has a gate behind it, and beside a gate of unknown potential.

    case: the case, with its walls and regions.

    Raises:
        PydanticCustomError: with the key, and what to write instead.
    """
    for terminal in case.geometry.terminals:
        end = end_of(case, terminal)
        if end is None:
            continue
        if case.geometry.dimension == 3:
            between = isinstance(case.geometry, Slit | TaperedChannel)
            at_end = (end.wall, SIDE_WALL) if between else (end.wall,)
            _check_charges_around(case, at_end, float(end.position > 0.0))
            if between:
                _check_side_walls(case, at_end)
        if end.filled and (
            end.gated
            or end.wall in case.electrodes
            or case.charge_at(end.wall, np.array([end.position]), terminal)[0] != 0.0
        ):
            raise misfit(
                ("regions", end.filled[0]),
                f"fills the channel to its end '{terminal}', where the wall is charged: what a terminal holds there is not"
                f" known; end the charge, the gate or the region before, or {before_the_end(case.geometry)}",
            )
        floating = [name for name in case.gates if name in case.conductors]
        if end.gated and floating:
            raise misfit(
                ("walls", floating[0], "charge"),
                f"a floating gate that reaches to the end '{terminal}' of the channel: its potential, and so what the"
                f" terminal holds there, is not known; give it a potential, end the gate before, or"
                f" {before_the_end(case.geometry)}",
            )


def _check_side_walls(case: Any, names: tuple[str, ...]) -> None:
    """Refuse charges between side walls that follow from the liquid: a terminal at the end would have to hold what is known
    for given charges alone."""
    for name in names:
        wall = case.walls[name]
        keys = [law.key for law in wall.responding] or (["zeta_potential"] if wall.zeta_potential is not None else [])
        if keys:
            raise misfit(
                ("walls", name, keys[0]),
                "what a terminal at the end of a channel with side walls holds is known for walls of given charge alone;"
                f" write surface_charge, or {before_the_end(case.geometry)}",
            )


def _check_charges_around(case: Any, names: tuple[str, ...], along: float) -> None:
    """Refuse a charge that varies around an end of the channel, at a part of its walls from one end to the other."""
    around = np.linspace(0.0, 1.0, 64, endpoint=False)
    for name in names:
        course, wall = case.course(name), case.walls[name]
        if course.in_space is None:
            continue
        point = course.in_space.spread(np.full(len(around), along), around)
        charges = wall.charge_along(course.places(point[0], np.hypot(point[1], point[2]), point), case.solutions()[0])
        if np.ptp(charges) > 1e-9 * np.abs(charges).max(initial=0.0):
            raise misfit(
                ("walls", name, "surface_charge"),
                "varies around the end of the channel, where what a terminal holds is known for uniform charges alone; write"
                f" a formula of z there, or {before_the_end(case.geometry)}",
            )
