"""Equilibrium profile across the end of a charged channel that is itself a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshes.geometry import ChannelGeometry
from meshes.junction import Junction

if TYPE_CHECKING:
    from solver.case.case import Case

from solver.physics.cross_section import Array, cross_section


def end_profile(case: Case, terminal: str, charge: float) -> Callable[[Array], Array]:
    """psi in V against the distance from the axis or mid-plane in metres at an end of a channel that is itself a terminal,
    whose wall has `charge` in C/m^2 there: the equilibrium with the reservoir outside."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry | Junction):
        raise ValueError("only the ends of a channel have a known size")
    half_size = geometry.radius_at_terminal(terminal)
    return cross_section(geometry.symmetry, half_size, charge, case.solution(terminal)).potential
