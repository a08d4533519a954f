"""A device between unlike solutions, before anything is computed: potentials without current in closed form, and bounds of
what it delivers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from meshes.geometry import ChannelGeometry
from solver.case.case import Case
from solver.case.sections import section_charge
from solver.check.regions import uniform_charge
from solver.inputs.text import si, table
from solver.laws.algebra import NUMBERS
from solver.laws.regions.base import SOMEWHERE
from solver.physics.salinity import (
    channel_potential,
    goldman_potential,
    henderson_potential,
    ideal_potential,
    membrane_potential,
)
from solver.physics.solution import Solution


@dataclass(frozen=True)
class SalinityNumbers:
    """Potentials (V) of the driven terminal against another one with a different solution, without current.

    Attributes:
        driven, other: names of the terminals.
        cations_only, anions_only: where only these pass.
        junction: of a free liquid junction. barrier: of a thin barrier without selectivity; None with ions of more charges.
        membrane: of the material in the channel; None without one of uniform charge.
        channel: of a long uniform channel of the narrower mouth; None without a charged one.
        largest_current, largest_power: A and W, what a channel cannot exceed: an ideal selectivity, and the conductance of
            the channel in the stronger solution. None where that is not known.
    """

    driven: str
    other: str
    cations_only: float
    anions_only: float
    junction: float
    barrier: float | None
    membrane: float | None
    channel: float | None
    largest_current: float | None
    largest_power: float | None


def salinity_numbers(case: Case, conductances: Sequence[float]) -> SalinityNumbers | None:
    """Of the driven terminal and the first of the others; None where their solutions are alike, or one has no free ions.

    conductances: of the channel with its mouths, filled with each of the solutions, S.
    """
    driven = case.driven_terminal
    others = [name for name in case.terminals if name != driven]
    if driven not in case.terminals or not others:
        return None
    first, second = case.solution(driven), case.solution(others[0])
    unlike = first.diffusivities != second.diffusivities  # the closed forms have one diffusivity by ion
    if first.concentrations == second.concentrations or not first.mixture.is_ideal or unlike:
        return None
    only = [ideal_potential(first, second, sign) for sign in (1, -1)]
    channel = _channel(case, driven, first, second)
    conductance = max(conductances, default=math.nan)
    most = max((abs(value) for value in only if not math.isnan(value)), default=0.0)
    bounded = channel is not None and not math.isnan(conductance)
    return SalinityNumbers(
        driven,
        others[0],
        only[0],
        only[1],
        henderson_potential(first, second),
        goldman_potential(first, second),
        _membrane(case, first, second),
        channel,
        most * conductance if bounded else None,
        0.25 * most**2 * conductance if bounded else None,
    )


def _membrane(case: Case, first: Solution, second: Solution) -> float | None:
    """By Teorell, Meyer and Sievers, of the one material in the channel; of ions that it holds alike."""
    plugs = case.layout.plugs
    if len(plugs) != 1 or len(case.terminals) != 2:
        return None
    law = case.regions[plugs[0].name]
    charge = uniform_charge(law)
    factors = {(law.partition_coefficient(name), law.relative_diffusivity(name)) for name in case.electrolyte.species}
    profiles = (law.energy, law.diffusivity_profile)
    varies = any(profile(n, SOMEWHERE, NUMBERS) is not None for profile in profiles for n in case.electrolyte.species)
    if charge is None or varies or len(factors) > 1 or next(iter(factors))[0] != 1.0:
        return None
    return membrane_potential(first, second, charge)


def _channel(case: Case, driven: str, first: Solution, second: Solution) -> float | None:
    """From the exact coefficients of the narrower mouth, of one salt."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry) or "channel" not in case.walls or len(case.terminals) != 2:
        return None
    salt = [c / first.concentrations[0] for c in first.concentrations]
    same = all(
        math.isclose(c, part * second.concentrations[0], rel_tol=1e-9)
        for c, part in zip(second.concentrations, salt, strict=True)
    )
    if (
        case.layout.plugs
        or case.gates
        or not case.walls["channel"].is_charged
        or not same
        or case.solver.flow == "none"
    ):
        return None
    narrow = min(geometry.terminals, key=geometry.radius_at_terminal)
    half_size = geometry.radius_at_terminal(narrow)
    at = geometry.length * geometry.terminals.index(narrow)
    charges = {
        solution: section_charge(case, "channel", at, half_size, name)
        for name, solution in zip(case.terminals, case.solutions(), strict=True)
    }
    ends = charges[first], charges[second]
    ratio = math.log(first.equivalents / second.equivalents)

    def charge_in(solution: Solution) -> float:
        """Linear in the logarithm between both ends."""
        part = math.log(solution.equivalents / second.equivalents) / ratio
        return part * ends[0] + (1.0 - part) * ends[1]

    def between(part: float) -> Solution:
        concentrations = {
            name: one**part * other ** (1.0 - part)
            for name, one, other in zip(first.names, first.concentrations, second.concentrations, strict=True)
        }
        return case.electrolyte.solution(concentrations, case.pH_of(driven))

    slip = case.walls["channel"].slip_length
    return channel_potential(geometry.symmetry, half_size, charge_in, between, slip)


def text(found: SalinityNumbers | None) -> list[str]:
    """The block of `check` about unlike solutions."""
    if found is None:
        return []
    rows = [
        ("cations alone pass (Nernst)", found.cations_only, "V"),
        ("anions alone pass (Nernst)", found.anions_only, "V"),
        ("free liquid junction (Henderson)", found.junction, "V"),
        ("thin barrier (Goldman)", found.barrier, "V"),
        ("membrane alone (Teorell, Meyer, Sievers)", found.membrane, "V"),
        ("long channel like the narrower mouth", found.channel, "V"),
        ("short-circuit current, less than", found.largest_current, "A"),
        ("osmotic power, less than", found.largest_power, "W"),
    ]
    shown = [
        (label, lambda _, value=value, unit=unit: si(value, unit)) for label, value, unit in rows if value is not None
    ]
    return [table("potential without current", [found], shown, names=[f"{found.driven} against {found.other}"])]
