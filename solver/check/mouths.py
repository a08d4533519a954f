"""Mouths of a channel: resistance of the way to the reservoir, and the current that diffusion can feed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from meshes.geometry import ChannelGeometry
from meshes.reservoirs import BoxReservoir, Reservoir
from meshes.spatial import PoreArray
from solver.case.case import Case
from solver.physics.constants import ELEMENTARY_CHARGE
from solver.physics.cross_section import cross_section
from solver.physics.resistances import (
    Sheet,
    face_access_resistance,
    in_tube,
    planar_access_resistance,
    planar_face_access_resistance,
    rectangular_access_resistance,
)
from solver.physics.solution import Solution
from solver.physics.transport import limiting_current, transported_share

Array = npt.NDArray[np.floating[Any]]

FORMULA_RINGS = 16
"""Rings of equal charge that stand for a formula along a face."""
FAR_WALL = 20.0
"""Half distance, in Debye lengths, of two walls that do not know of each other."""
SELECTIVE = 0.5
"""Selectivity of a mouth from which on a limiting current is spoken of."""
BARE = (Sheet(math.inf, 0.0),)
"""A face that does not conduct."""


def access(case: Case, terminal: str, solution: Solution, reach: float | None = None, *, bare: bool = False) -> float:
    """ohm of a mouth towards its reservoir of this solution: unbounded if round, of its size if planar or in an array. With
    `reach` (m) a round one's terminal is so far away; `bare` leaves the charge of the face out."""
    geometry = _channel(case)
    reservoir, half_size = geometry.reservoir(terminal), geometry.radius_at_terminal(terminal)
    assert reservoir is not None
    sheets = BARE if bare else face_sheets(case, terminal, solution)
    if isinstance(geometry, PoreArray) and isinstance(reservoir, Reservoir) and reach is None:
        part = half_size / reservoir.radius
        alone = face_access_resistance(solution.conductivity, half_size, sheets, math.inf)
        return _tube(reservoir, solution) + alone * in_tube(part)
    if geometry.symmetry == "axisymmetric":
        return face_access_resistance(solution.conductivity, half_size, sheets, math.inf if reach is None else reach)
    size = 2.0 * half_size, geometry.breadth
    if isinstance(reservoir, BoxReservoir):
        return rectangular_access_resistance(
            solution.conductivity, *size, min(reservoir.length, reservoir.reach, reservoir.width / 2)
        )
    end = min(reservoir.length, reservoir.reach)
    if end <= half_size:  # a layer in front of the whole mouth rather than a space around it
        return end / (solution.conductivity * size[0] * size[1])
    if not any(sheet.dukhin_length for sheet in sheets):
        return planar_access_resistance(solution.conductivity, *size, end)
    return planar_face_access_resistance(solution.conductivity, *size, sheets, end)


def mouth_matrix(case: Case, terminal: str, solution: Solution) -> Array:
    """2x2 matrix of a mouth and its reservoir, of salt and current: J_s in ions/s and I in A against the drops of kT ln c in
    J and phi in V, as of `CrossSection`. Ions share the liquid as in bulk, and counter-ions alone conduct along the face."""
    liquid = 1.0 / access(case, terminal, solution, bare=True)
    along_face = 1.0 / access(case, terminal, solution) - liquid
    charge = max((charge for _, charge in _face_rings(case, terminal, solution)), key=abs, default=0.0)
    valences = np.array(solution.valences, dtype=float)
    mobilities = np.array(solution.diffusivities) * np.array(solution.concentrations)
    counter_ions = np.where(valences * charge < 0.0, mobilities, 0.0)
    found = np.zeros((2, 2))
    for conductance, carriers in ((liquid, mobilities), (along_face, counter_ions)):
        if conductance > 0.0 and carriers.any():
            ions, mixed = carriers.sum(), (carriers * valences).sum() * ELEMENTARY_CHARGE
            current = (carriers * valences**2).sum() * ELEMENTARY_CHARGE**2
            found += conductance / current * np.array([[ions, mixed], [mixed, current]])
    return found


def access_error(case: Case, terminal: str, solution: Solution) -> float:
    """How much the finite reservoir changes the access resistance of a round mouth, as a fraction of it.

    Outer boundary as the terminal: it cuts off the way from its distance b, the smaller of length and radius, on; without
    charge on the face (2/pi) atan(R/b) of 1/(4 kappa R), so that 1 % needs reservoirs of 64 R. Conduction along a charged
    face reaches farther: ln(1 + l/b) of ln(1 + l/a).
    End face as the terminal: a tube of radius b and length L in series with the constriction of its end,
    L/(pi kappa b^2) + (1 - 1.4092 R/b)/(4 kappa R) (Fock's series to first order).
    A planar mouth has no unbounded limit to compare with (its resistance grows with the logarithm of the reach), and that of
    an array is in its cell: nan.
    """
    geometry = _channel(case)
    reservoir = geometry.reservoir(terminal)
    if not isinstance(reservoir, Reservoir) or isinstance(geometry, PoreArray):
        return math.nan
    unbounded = access(case, terminal, solution)
    if reservoir.terminal == "all":
        return access(case, terminal, solution, min(reservoir.length, reservoir.radius)) / unbounded - 1.0
    beyond = unbounded - access(case, terminal, solution, reservoir.radius)
    return (_tube(reservoir, solution) - 0.5 * math.pi * 1.4092 * beyond) / unbounded


def _tube(reservoir: Reservoir, solution: Solution) -> float:
    """ohm along a reservoir."""
    return reservoir.length / (math.pi * solution.conductivity * reservoir.radius**2)


def face_sheets(case: Case, terminal: str, solution: Solution) -> tuple[Sheet, ...]:
    """The face around a mouth as rings that conduct: the surface conductance of its double layer, electroosmosis included,
    over the bulk conductivity. An electrode and an uncharged face do not conduct."""
    slip = case.walls[case.faces[terminal]].slip_length
    rings = _face_rings(case, terminal, solution)
    return tuple(Sheet(outer, dukhin_length(charge, solution, slip)) for outer, charge in rings) or BARE


def _face_rings(case: Case, terminal: str, solution: Solution) -> list[tuple[float, float]]:
    """Outer edges (m) and charges (C/m^2) of the rings of a face; nothing where it does not conduct."""
    wall = case.walls[case.faces[terminal]]
    if wall.is_electrode or not wall.is_charged:
        return []
    (name,) = (face for face, at in case.geometry.faces.items() if at == terminal)
    places = case.geometry.course(name).samples()
    assert places is not None
    charges = wall.charge_along(places, solution)
    starts = [0, *(np.flatnonzero(np.diff(charges)) + 1)]
    if len(starts) > FORMULA_RINGS:
        edges = np.geomspace(places.r[0], places.r[-1], FORMULA_RINGS + 1)
        starts = [int(at) for at in np.unique(np.searchsorted(places.r, edges[:-1]))]
    stops = [*starts[1:], len(charges)]
    return [
        (float(places.r[stop - 1]), float(np.mean(charges[start:stop])))
        for start, stop in zip(starts, stops, strict=True)
    ]


def dukhin_length(charge: float, solution: Solution, slip_length: float = 0.0) -> float:
    """m: surface conductance of a flat wall (exact, electroosmosis included) over the bulk conductivity."""
    if charge == 0.0:
        return 0.0
    half = FAR_WALL * solution.debye_length
    section = cross_section("planar", half, charge, solution, slip_length)
    return max(0.5 * section.conductance / solution.conductivity - half, 0.0)


def selectivity(case: Case, terminal: str, charge: float) -> float:
    """How far the counter-ions of a mouth carry the current alone, between 0 (as in the bulk) and 1 (they alone), when the
    strongest solution of the device fills it: salt that diffuses from there ends the selectivity of a dilute side."""
    if charge == 0.0:
        return 0.0
    geometry, solution, sign = _channel(case), strongest(case), -1 if charge > 0.0 else 1
    section = cross_section(geometry.symmetry, geometry.radius_at_terminal(terminal), charge, solution)
    inside = transported_share(sign, solution, section.mean_concentrations)
    outside = transported_share(sign, solution, solution.concentrations)
    return (inside - outside) / (1.0 - outside)


def limiting(case: Case, terminal: str, charge: float, bulk: float) -> float | None:
    """A: current at which the salt in front of a mouth is used up; None for a mouth that is hardly selective, or open.

    What diffusion feeds from the own reservoir (Levich), and from the other one through the channel as far as co-ions get
    into it, over the selectivity of the mouth. bulk: conductance (S) of the uncharged channel in the strongest solution.
    """
    geometry = _channel(case)
    if charge == 0.0 or geometry.reservoir(terminal) is None:
        return None
    selective = selectivity(case, terminal, charge)
    if selective < SELECTIVE:
        return None
    sign, own = -1 if charge > 0.0 else 1, case.solution(terminal)
    (across,) = (name for name in geometry.terminals if name != terminal)
    far, strong = case.solution(across), strongest(case)
    fed = limiting_current(sign, own, 1.0 / (access(case, terminal, own) * own.conductivity))
    section = cross_section(geometry.symmetry, geometry.radius_at_terminal(terminal), charge, strong)
    co_ions = [i for i, z in enumerate(own.valences) if z * sign < 0]
    let_in = sum(section.mean_concentrations[i] for i in co_ions) / sum(strong.concentrations[i] for i in co_ions)
    way = strong.conductivity / bulk + far.conductivity * access(case, across, far, bare=True)
    return (fed + let_in * limiting_current(sign, far, 1.0 / way)) / selective


def strongest(case: Case) -> Solution:
    """The solution of the greatest conductivity at the terminals."""
    return max(case.solutions(), key=lambda solution: solution.conductivity)


def _channel(case: Case) -> ChannelGeometry:
    if not isinstance(case.geometry, ChannelGeometry):
        raise ValueError("only the channels drawn by the program have mouths")
    return case.geometry
