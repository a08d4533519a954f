"""Estimates of the double layers of a case, before anything is solved: the charges of its walls and the thinnest layer."""

from __future__ import annotations

import math

from meshes.geometry import ChannelGeometry
from solver.case.solids import capacitance, is_drawn
from solver.case.values import CaseValues
from solver.case.walls import electrode_charge
from solver.physics.solution import Solution

OVERPOTENTIAL = 0.05
"""V beyond the potential at rest for which the mesh is made at electrodes that hold a current."""


def layer_thickness(case: CaseValues) -> float:
    """m: the thinnest double layer of all walls and terminals, the "debye_length" of the mesh controls: the Debye length, or
    the Gouy-Chapman length where a high charge makes that shorter. Without double layers it is the smallest radius or
    half-height, where the geometry tells it."""
    if case.is_electroneutral and case.geometry.smallest is not None:
        return case.geometry.smallest
    wet = [name for name in case.walls if name not in case.gates]
    charges = [abs(charge_of_wall(case, name, solution)) for name in wet for solution in case.solutions()]
    layers = [solution.edl_thickness(max(charges, default=0.0)) for solution in case.solutions()]
    filled = [law for law in case.regions.values() if law.holds_ions]
    return min([*layers, *(law.debye_length(solution) for law in filled for solution in case.solutions())])


def charge_of_wall(case: CaseValues, name: str, solution: Solution) -> float:
    """Charge in C/m^2 of a wall in a solution where it is largest, with what gates behind it bring; of a metal see
    `charge_of_metal`."""
    wall = case.walls[name]
    if wall.is_electrode:
        return charge_of_metal(case, name, solution)
    own = max(wall.extreme_charges(solution, case.course(name)), key=abs)
    brought = [charge_of_metal(case, gate, solution) for gate in case.gates] if _is_covered(case, name) else []
    return own + math.copysign(sum(brought), own) if brought else own


def _is_covered(case: CaseValues, name: str) -> bool:
    """Whether the solid around the device lies behind a wall."""
    geometry = case.geometry
    return name == "channel" if isinstance(geometry, ChannelGeometry) else name in geometry.walls


def charge_of_metal(case: CaseValues, name: str, solution: Solution) -> float:
    """Largest charge in C/m^2 that a metal gets in a solution: its flat double layer, with the Stern layer in series, under
    the largest drop of potential. Of a gate, what it brings to the wall on the other side of its solid. None in
    an electroneutral device."""
    if case.is_electroneutral:
        return 0.0
    drop = _largest_drop(case, name)
    if is_drawn(case.geometry) and name in case.gates:
        return capacitance(case.geometry, case.regions, solution.relative_permittivity) * drop
    return electrode_charge(drop, case.stern_capacitance(name), solution)


def _largest_drop(case: CaseValues, name: str) -> float:
    """V: largest difference between the potential of a metal and that of the liquid. Of an electrode, to the farthest
    terminal (in a closed cell half that to the other electrodes, whose layer takes the other half); of a floating conductor
    half the difference that is held in the device, as at the ends of one without charge; where a current is held, some more
    than at rest."""
    if name in case.conductors:
        held = [case.potential_of(other) for other in (*case.terminals, *case.electrodes)]
        return 0.5 * (max(held) - min(held))
    if name in case.galvanostatic:
        rests = [law.rest_in(solution) for law in case.walls[name].laws for solution in case.solutions()]
        return OVERPOTENTIAL + max((abs(rest) for rest in rests if rest is not None), default=0.0)
    others = [t.potential for t in case.terminals.values()]
    share = 1.0 if others else 0.5
    others = others or [case.potential_of(other) for other in case.electrodes]
    return share * max(abs(case.potential_of(name) - other) for other in others)
