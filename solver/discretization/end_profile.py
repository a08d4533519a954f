"""Equilibrium across the end of a channel that is itself a terminal, with the solution outside: the Poisson-Boltzmann profile
of its charged wall and of a gate behind it, or the Donnan potential of what fills the channel there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from meshes.geometry import ChannelGeometry
from meshes.junction import Junction
from meshes.stack import StackKeys
from solver.case.layout import capacitance, end_wall
from solver.case.sections import section_charge
from solver.laws.algebra import NUMBERS
from solver.laws.regions.base import RegionLaw
from solver.physics.cross_section import Array, cross_section

if TYPE_CHECKING:
    from solver.case.case import Case


def equilibrium(case: Case, terminal: str) -> Callable[[Array], Array] | None:
    """psi in V against coordinate 1 in metres across an end of the channel that is itself a terminal; None in a reservoir,
    and where there is none."""
    geometry = case.geometry
    if isinstance(geometry, Junction):
        charge = section_charge(
            case, geometry.arms[terminal].wall, 0.0, geometry.radius_at_terminal(terminal), terminal
        )
        return end_profile(case, terminal, charge) if charge else None
    if not isinstance(geometry, ChannelGeometry | StackKeys) or geometry.reservoir(terminal) is not None:
        return None
    end, layout = geometry.mouths[geometry.terminals.index(terminal)], case.layout
    if filled := layout.ends_at(end):
        return _donnan(case, terminal, case.regions[filled[0]], end)
    if layout.gate_ends_at(end):
        charge = _under_a_gate(case, terminal, end)
    else:
        charge = section_charge(
            case, end_wall(geometry, terminal), end, geometry.radius_at_terminal(terminal), terminal
        )
    return None if charge == 0 else end_profile(case, terminal, charge)


def _donnan(case: Case, terminal: str, law: RegionLaw, end: float) -> Callable[[Array], Array]:
    """Potential (V) at which the ions of a material balance its fixed charge."""
    solution, valences = case.solution(terminal), [species.valence for species in case.electrolyte.species.values()]
    model, scale = case.electrolyte.model, max(solution.concentrations)
    mu = model.chemical_potentials([c / scale for c in solution.concentrations], scale, NUMBERS)
    inner = [
        m + math.log(law.partition_coefficient(name)) for m, name in zip(mu, case.electrolyte.species, strict=True)
    ]

    def profile(r: Array) -> Array:
        fixed = np.broadcast_to(law.charge((np.full(np.shape(r), end), r), law.coefficients(), NUMBERS), np.shape(r))
        return np.asarray(solution.thermal_voltage * model.donnan_potential(inner, fixed / scale, valences, scale))

    return profile


def _under_a_gate(case: Case, terminal: str, end: float) -> float:
    """Charge (C/m^2) that faces the liquid: that of the wall and what the gate behind it brings, a capacitor in series with
    the liquid's own potential."""
    geometry, solution = case.geometry, case.solution(terminal)
    assert isinstance(geometry, ChannelGeometry)
    half_size, (gate,) = geometry.radius_at_terminal(terminal), case.gates
    per_area = capacitance(geometry, case.regions, solution.relative_permittivity, np.array([end]))
    drop = case.potential_of(gate) - case.potential_of(terminal)
    return section_charge(
        case, end_wall(geometry, terminal), end, half_size, terminal, lambda at: per_area * (drop - at)
    )


def end_profile(case: Case, terminal: str, charge: float) -> Callable[[Array], Array]:
    """psi in V against the distance from the axis or mid-plane in metres at an end of a channel that is itself a terminal,
    whose wall has `charge` in C/m^2 there: the equilibrium with the reservoir outside."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry | Junction | StackKeys):
        raise ValueError("only the ends of a channel have a known size")
    half_size = geometry.radius_at_terminal(terminal)
    return cross_section(geometry.symmetry, half_size, charge, case.solution(terminal)).potential
