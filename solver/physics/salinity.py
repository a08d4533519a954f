"""Potentials without current between two solutions, in closed form, and what mixing them could deliver. SI units.

All potentials are those of the first solution against the second one, as a bias is. Solutions hold the same species in the
same order.

    ideal          only ions of one sign pass (Nernst); of several ions of that sign, by their equivalents
    Henderson      a free liquid junction in which concentrations are linear (P. Henderson, Z. Phys. Chem. 59, 118 (1907));
                   exact for one salt
    Goldman        a thin barrier with a constant field (D. E. Goldman, J. Gen. Physiol. 27, 37 (1943); A. L. Hodgkin and
                   B. Katz, J. Physiol. 108, 37 (1949)); ions of valence 1 and -1
    Teorell-Meyer-Sievers   a membrane with fixed charge: Donnan's equilibrium at both faces, diffusion in between
                   (T. Teorell, Proc. Soc. Exp. Biol. Med. 33, 282 (1935); K. H. Meyer and J.-F. Sievers, Helv. Chim. Acta
                   19, 649 (1936)); one salt
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from solver.physics.constants import BOLTZMANN
from solver.physics.cross_section import cross_section
from solver.physics.solution import Solution

LARGEST_DONNAN = 60.0
"""Thermal voltages in which a Donnan potential is sought."""

QUADRATURE_POINTS = 8
"""Of Gauss, over the logarithm of the concentration; enough for four digits over six decades."""


def chemical_differences(first: Solution, second: Solution) -> list[float]:
    """Chemical potential of each species in the first solution minus that in the second one, over RT."""
    logs = (each.mixture.log_activities(each.concentrations) for each in (first, second))
    return [one - other for one, other in zip(*logs, strict=True)]


def ideal_potential(first: Solution, second: Solution, sign: int) -> float:
    """V where only the ions with the sign of `sign` pass: Nernst's potential -(RT/zF) (mu_1 - mu_2)/RT, of several such ions
    the mean weighted with z^2 D c of both solutions."""
    drops, weights = [], []
    for k, drop in enumerate(chemical_differences(first, second)):
        z = first.valences[k]
        if z * sign > 0:
            drops.append(-drop / z)
            weights.append(z * z * first.diffusivities[k] * (first.concentrations[k] + second.concentrations[k]))
    return first.thermal_voltage * float(np.average(drops, weights=weights)) if drops else math.nan


def electrode_potential(first: Solution, second: Solution, ion: str) -> float:
    """V that a pair of electrodes reversible to an ion adds to what lies between the solutions: (RT/zF) ln(a_1/a_2), Nernst's
    equation at both."""
    k = first.names.index(ion)
    return first.thermal_voltage * chemical_differences(first, second)[k] / first.valences[k]


def henderson_potential(first: Solution, second: Solution) -> float:
    """V of a free liquid junction."""
    moved = resisted = 0.0
    ends = [0.0, 0.0]
    for z, d, one, other in _ions(first, second):
        moved += z * d * (one - other)
        resisted += z * z * d * (one - other)
        ends[0] += z * z * d * one
        ends[1] += z * z * d * other
    if math.isclose(*ends, rel_tol=1e-9):
        return -first.thermal_voltage * moved / ends[0]
    return -first.thermal_voltage * moved / resisted * math.log(ends[0] / ends[1])


def goldman_potential(first: Solution, second: Solution) -> float | None:
    """V across a thin barrier in a constant field, with permeabilities in the ratio of the diffusivities; None with ions of
    other valences than 1 and -1."""
    inward = outward = 0.0
    for z, d, one, other in _ions(first, second):
        if abs(z) != 1:
            return None
        inward += d * (other if z > 0 else one)
        outward += d * (one if z > 0 else other)
    return first.thermal_voltage * math.log(inward / outward)


def donnan_potential(solution: Solution, fixed: float) -> float:
    """V in a material with fixed charge (over F, mol/m^3) against a solution in equilibrium with it."""
    from scipy.optimize import brentq  # takes a while to import

    def charge(y: float) -> float:
        return fixed + float(sum(z * c for z, c in zip(solution.valences, solution.at(y), strict=True)))

    if fixed == 0.0:
        return 0.0
    found = brentq(charge, -LARGEST_DONNAN, LARGEST_DONNAN, xtol=1e-14)
    return solution.thermal_voltage * float(found)


def membrane_potential(first: Solution, second: Solution, fixed: float) -> float | None:
    """V across an electroneutral membrane with fixed charge (over F, mol/m^3) by Teorell, Meyer and Sievers, without flow;
    None for other liquids than ideal ones with one cation and one anion.

    Without current phi' = -z+ (D+ - D-) c+' / (z+^2 D+ c+ + z-^2 D- c-) inside, which is integrated in closed form.
    """
    if not first.mixture.is_ideal or sorted(map(_sign, first.valences)) != [-1, 1]:
        return None
    plus, minus = (0, 1) if first.valences[0] > 0 else (1, 0)
    z, other = first.valences[plus], first.valences[minus]
    d, d_other = first.diffusivities[plus], first.diffusivities[minus]
    drops = [donnan_potential(solution, fixed) for solution in (first, second)]
    inside = [s.at(drop / s.thermal_voltage)[plus] for s, drop in zip((first, second), drops, strict=True)]
    slope = z * (z * d - other * d_other)
    ends = [slope * float(c) - other * d_other * fixed for c in inside]
    diffusion = -first.thermal_voltage * z * (d - d_other) / slope * math.log(ends[0] / ends[1])
    return diffusion - drops[0] + drops[1]


def channel_potential(
    symmetry: Literal["axisymmetric", "planar"],
    half_size: float,
    charge_in: Callable[[Solution], float],
    between: Callable[[float], Solution],
    slip_length: float = 0.0,
) -> float:
    """V between the ends of a long uniform channel, from the exact coefficients of its cross-section at the solutions on the
    way: the integral of -(kT/e) L23/L33 over ln c, without gradients of the pressure.

    charge_in: C/m^2 of the wall in a solution. between: solution at a part of the way in ln c, 0 the second, 1 the first one.
    slip_length: of the wall, m.
    """
    nodes, weights = np.polynomial.legendre.leggauss(QUADRATURE_POINTS)
    ratio = math.log(between(1.0).equivalents / between(0.0).equivalents)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        solution = between(0.5 * (1.0 + float(node)))
        section = cross_section(symmetry, half_size, charge_in(solution), solution, slip_length)
        drag = float(section.matrix[2, 1] / section.matrix[2, 2])
        total -= 0.5 * float(weight) * ratio * BOLTZMANN * solution.temperature * drag
    return total


def transference_number(potential: float, first: Solution, second: Solution) -> float | None:
    """Transference number of the cation of one salt from the potential (V) without current: V = -V_T sum t_i dmu_i/z_i. None
    where there are more ions, NaN between like solutions."""
    if sorted(map(_sign, first.valences)) != [-1, 1]:
        return None
    terms = {_sign(z): mu / z for z, mu in zip(first.valences, chemical_differences(first, second), strict=True)}
    apart = terms[1] - terms[-1]
    if abs(apart) < 1e-12:
        return math.nan
    return (-potential / first.thermal_voltage - terms[-1]) / apart


def bulk_transference_number(solution: Solution) -> float:
    """Part of the current that cations carry in a free solution."""
    shares = [z * z * d * c for z, d, c in zip(*_of(solution), strict=True)]
    cations = sum(share for share, z in zip(shares, solution.valences, strict=True) if z > 0)
    return cations / sum(shares)


def mixing_power(
    rates: Sequence[float], flow_rate: float, first: Solution, second: Solution, pressure: float, osmotic: float
) -> float:
    """W: free energy that the solutions lose where species at molar rates (mol/s) and liquid (m^3/s) pass from the first to
    the second one: N_i times the difference of the chemical potentials, and Q times that of p - Pi.

    pressure, osmotic: those of the first one minus those of the second one, Pa.
    """
    drops = chemical_differences(first, second)
    species = sum(rate * drop for rate, drop in zip(rates, drops, strict=True) if rate != 0.0)
    return first.thermal_energy * species + flow_rate * (pressure - osmotic)


def _sign(valence: int) -> int:
    return (valence > 0) - (valence < 0)


def _of(solution: Solution) -> tuple[Sequence[int], Sequence[float], Sequence[float]]:
    return solution.valences, solution.diffusivities, solution.concentrations


def _ions(first: Solution, second: Solution) -> list[tuple[int, float, float, float]]:
    """Valence, diffusivity and both concentrations of each ion."""
    rows = zip(*_of(first), second.concentrations, strict=True)
    return [row for row in rows if row[0] != 0]
