"""Equilibrium across the end of a channel that is itself a terminal, with the solution outside: the Poisson-Boltzmann profile
of its charged wall and of a gate behind it, or the Donnan potential of what fills the channel there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from meshes.geometry import Slit
from meshes.side_walls import SIDE_WALL
from meshes.spatial import TaperedChannel
from solver.case.ends import End, end_of
from solver.case.sections import LAST_DIGITS, section_charge
from solver.case.solids import capacitance, is_drawn
from solver.laws.algebra import NUMBERS
from solver.laws.regions.base import RegionLaw
from solver.physics.cross_section import Array, cross_section
from solver.physics.double_layer import surface_charge
from solver.physics.rectangle import rectangle

if TYPE_CHECKING:
    from solver.case.case import Case


def equilibrium(case: Case, terminal: str) -> Callable[[Array], Array] | None:
    """psi in V where points lie across an end of the channel that is itself a terminal (m, see `boundary.across_end`); None
    in a reservoir, and where there is none."""
    end = end_of(case, terminal)
    if end is None:
        return None
    in_space = case.geometry.dimension == 3
    if in_space and isinstance(case.geometry, Slit | TaperedChannel):
        return _between_side_walls(case, case.geometry.mouth(terminal).half, terminal, end)
    radial = _across(case, terminal, end)
    if radial is None or not in_space:
        return radial
    return lambda points: radial(np.hypot(points[:, 0], points[:, 1]))


def _between_side_walls(
    case: Case, half: tuple[float, float], terminal: str, end: End
) -> Callable[[Array], Array] | None:
    """The profile at the end of a channel between side walls, all of given charge (see `check_ends`).

    half: of the width and height there, m.
    """
    plates, sides = (
        float(case.charge_at(name, np.array([end.position]), terminal)[0]) for name in (end.wall, SIDE_WALL)
    )
    if plates == 0.0 and sides == 0.0:
        return None
    found = rectangle(half[0], half[1], sides, plates, case.solution(terminal))
    return lambda points: found.potential(points[:, 0], points[:, 1])


def _across(case: Case, terminal: str, end: End) -> Callable[[Array], Array] | None:
    """psi in V against the distance from the axis or mid-plane in metres."""
    if end.filled:
        return _donnan(case, terminal, case.regions[end.filled[0]], end.position)
    if (of_zeta := _of_zeta(case, terminal, end.wall, end.half_size)) is not None:
        return end_profile(case, terminal, of_zeta) if of_zeta else None
    if end.gated:
        charge = _under_a_gate(case, terminal, end)
    else:
        charge = section_charge(case, end.wall, end.position, end.half_size, terminal)
    return None if charge == 0 else end_profile(case, terminal, charge)


def _donnan(case: Case, terminal: str, law: RegionLaw, end: float) -> Callable[[Array], Array]:
    """Potential (V) at which the ions of a material balance its fixed charge."""
    solution, valences = case.solution(terminal), [species.valence for species in case.electrolyte.species.values()]
    model, scale = case.electrolyte.model, max(solution.concentrations)
    mu = model.chemical_potentials([c / scale for c in solution.concentrations], scale, NUMBERS)
    named = list(zip(mu, case.electrolyte.species, strict=True))

    def profile(r: Array) -> Array:
        place = np.full(np.shape(r), end), r
        inner = [m + math.log(law.partition_coefficient(name)) - _energy(law, name, place) for m, name in named]
        fixed = np.broadcast_to(law.charge((np.full(np.shape(r), end), r), law.coefficients(), NUMBERS), np.shape(r))
        return np.asarray(solution.thermal_voltage * model.donnan_potential(inner, fixed / scale, valences, scale))

    return profile


def _energy(law: RegionLaw, species: str, place: tuple[Array, Array]) -> Array | float:
    """RT."""
    found = law.energy(species, place, NUMBERS)
    return 0.0 if found is None else np.asarray(found)


def _of_zeta(case: Case, terminal: str, wall: str, half_size: float) -> float | None:
    """Charge (C/m^2) with which a wall at an end of the channel has its given zeta potential there; None without one."""
    from scipy.optimize import brentq  # takes a while to import

    zeta = case.walls[wall].zeta_potential
    if not zeta:
        return None if zeta is None else 0.0
    geometry, solution = case.geometry, case.solution(terminal)

    def excess(charge: float) -> float:
        return cross_section(geometry.symmetry, half_size, charge, solution).wall_potential - zeta

    # the curved wall of a pore needs more than a flat one; where layers overlap it is less
    most = surface_charge(zeta, solution) * (1.0 + 2.0 * solution.debye_length / half_size)
    while excess(most) * zeta < 0.0:
        most *= 2.0
    return float(brentq(excess, min(most, 0.0), max(most, 0.0), rtol=LAST_DIGITS))


def _under_a_gate(case: Case, terminal: str, end: End) -> float:
    """Charge (C/m^2) that faces the liquid: that of the wall and what the gate behind it brings, a capacitor in series with
    the liquid's own potential."""
    geometry, solution = case.geometry, case.solution(terminal)
    assert is_drawn(geometry)
    (gate,) = case.gates
    per_area = capacitance(geometry, case.regions, solution.relative_permittivity, np.array([end.position]))
    drop = case.potential_of(gate) - case.potential_of(terminal)
    return section_charge(case, end.wall, end.position, end.half_size, terminal, lambda at: per_area * (drop - at))


def end_profile(case: Case, terminal: str, charge: float) -> Callable[[Array], Array]:
    """psi in V against the distance from the axis or mid-plane in metres at an end of a channel that is itself a terminal,
    whose wall has `charge` in C/m^2 there: the equilibrium with the reservoir outside."""
    geometry = case.geometry
    if not is_drawn(geometry):
        raise ValueError("only the ends of a channel have a known size")
    half_size = geometry.radius_at_terminal(terminal)
    return cross_section(geometry.symmetry, half_size, charge, case.solution(terminal)).potential
