"""The numbers a designer wants before running a case, and warnings of what will go wrong. No mesh, no finite elements.

`check(case)` gives a frozen `Check`, `report(case)` the text that `nanochannel check` prints. The numbers are those of
the case as written; the warnings also look at the ends of its sweeps and at the extremes of its protocol. Estimates are
of the kind that needs no field solution: closed forms, and the exact Poisson-Boltzmann solution of single cross-sections
(solver.physics.cross_section).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from meshes.geometry import ChannelGeometry, PlanarReservoir, Reservoir
from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.check.mesh_file import expected_size, wall_numbers
from solver.check.numbers import CheckNumbers, DeviceNumbers, ElectrodeNumbers, SectionNumbers, TerminalNumbers
from solver.check.size import estimate_unknowns
from solver.check.text import render
from solver.check.times import device_times
from solver.check.warnings import find_warnings
from solver.physics.cross_section import cross_section
from solver.physics.double_layer import dukhin_number, surface_potential
from solver.physics.resistances import access_resistance, gauss_integral, planar_access_resistance
from solver.physics.solution import Solution
from solver.physics.transport import electroosmotic_peclet, limiting_current

__all__ = ["Check", "DeviceNumbers", "SectionNumbers", "TerminalNumbers", "check", "report"]


@dataclass(frozen=True, repr=False)
class Check(CheckNumbers):
    """All numbers and warnings of a case; printed as text."""

    def __repr__(self) -> str:
        return render(self)


def report(case: Case, found: MeshSurvey | None = None) -> str:
    """The numbers and warnings of a case as text."""
    return render(check(case, found))


def check(case: Case, found: MeshSurvey | None = None) -> Check:
    """Numbers and warnings of a case. Takes some 50 ms: the Poisson-Boltzmann problem of about 40 cross-sections.

    found: what its mesh file holds, where that was opened.
    """
    points = extreme_points(case)
    bias = max(point.largest_bias() for _, point in points)
    geometry, times = case.geometry, device_times(case)
    sections: tuple[SectionNumbers, ...] = ()
    devices: tuple[DeviceNumbers, ...] = ()
    if isinstance(geometry, ChannelGeometry):
        sections = _sections(case, geometry)
        devices = _devices(case, geometry, sections, bias)
    return Check(
        case_name=case.name,
        title=case.title,
        symmetry=geometry.symmetry,
        largest_bias=bias,
        terminals=tuple(_terminal(case, name) for name in case.terminals) or (_filling(case),),
        electrodes=tuple(_electrode(case, name) for name in case.electrodes),
        times=times if case.study.needs_storage else None,
        study=case.study.numbers(case, times),
        sections=sections,
        devices=devices,
        mesh=estimate_unknowns(case, min(point.layer_thickness() for _, point in points))
        if found is None
        else expected_size(case, found),
        warnings=tuple(find_warnings(case, points, sections, devices, times, found)),
        found=found,
        walls=() if found is None else wall_numbers(case, found),
    )


def extreme_points(case: Case) -> list[tuple[str, Case]]:
    """The case as written (label "") and at the least and greatest values of its sweeps, of what a protocol drives or of
    the biases of a spectrum, with labels such as "terminals.base.potential = 1 V". The points are steady."""
    points = {"": case}
    for start, values in case.study.extreme_settings(case):
        points.setdefault(case.label(values), start.with_values(values))
    return list(points.items())


# ------------------------------------------------------------------------------------------------ numbers
def _terminal(case: Case, name: str) -> TerminalNumbers:
    solution = case.solution(name)
    return TerminalNumbers(
        name, case.terminals[name].potential, case.bulk(name), solution.debye_length, solution.conductivity
    )


def _filling(case: Case) -> TerminalNumbers:
    solution = case.solution()
    return TerminalNumbers("", math.nan, case.bulk(), solution.debye_length, solution.conductivity)


def _electrode(case: Case, name: str) -> ElectrodeNumbers:
    solution = max(case.solutions(), key=lambda each: each.strength)
    charge = max(case.electrode_charge(name, each) for each in case.solutions())
    diffuse = solution.permittivity / solution.debye_length
    return ElectrodeNumbers(name, case.potential_of(name), diffuse, case.stern_capacitance(name), charge)


def _wall_charge(case: Case, geometry: ChannelGeometry, s: float, terminal: str | None = None) -> float:
    return float(case.charge_at("channel", np.array([s * geometry.length]), terminal)[0])


def _sections(case: Case, geometry: ChannelGeometry) -> tuple[SectionNumbers, ...]:
    first, second = geometry.terminals
    ends = [_section(case, geometry, first, first, 0.0), _section(case, geometry, second, second, 1.0)]
    if geometry.smallest < min(end.half_size for end in ends):
        ends.insert(1, _section(case, geometry, "waist", first, 0.5))
    return tuple(ends)


def _section(case: Case, geometry: ChannelGeometry, name: str, terminal: str, s: float) -> SectionNumbers:
    solution = case.solution(terminal)
    half_size = float(geometry.profile(np.array([s]))[0])
    charge = _wall_charge(case, geometry, s, terminal)
    exact = cross_section(geometry.symmetry, half_size, charge, solution, case.walls["channel"].slip_length)
    reservoir = geometry.reservoir(terminal) if name == terminal else None
    access = limiting = None
    if reservoir is not None:
        access = _access(geometry, half_size, reservoir, solution)
        if charge != 0.0:
            counter_ions = [i for i, z in enumerate(solution.valences) if z * charge < 0.0]
            counter = max(counter_ions, key=lambda i: solution.concentrations[i])
            limiting = limiting_current(counter, solution, 1.0 / (access * solution.conductivity))
    return SectionNumbers(
        name=name,
        terminal=terminal,
        half_size=half_size,
        charge=charge,
        debye_over_size=solution.debye_length / half_size,
        dukhin=dukhin_number(charge, half_size, solution, geometry.symmetry),
        zeta=surface_potential(charge, solution),
        wall_potential=exact.wall_potential,
        bikerman=exact.conductance / (solution.conductivity * exact.area) - 1.0,
        wall_concentration=sum(exact.wall_concentrations),
        access=access,
        access_error=math.nan if reservoir is None else access_error(half_size, reservoir),
        limiting=limiting,
    )


def _access(
    geometry: ChannelGeometry, half_size: float, reservoir: Reservoir | PlanarReservoir, solution: Solution
) -> float:
    if geometry.symmetry == "axisymmetric":
        return access_resistance(solution.conductivity, half_size)
    width = 0.5 * geometry.measure_factor
    reach = min(reservoir.length, reservoir.reach)
    if reach <= half_size:  # a layer in front of the whole mouth rather than a space around it
        return reach / (solution.conductivity * 2.0 * half_size * width)
    return planar_access_resistance(solution.conductivity, 2.0 * half_size, width, reach)


def access_error(radius: float, reservoir: Reservoir | PlanarReservoir) -> float:
    """How much a finite reservoir changes the access resistance 1/(4 kappa R) of a round mouth, as a fraction of it.

    Outer boundary as the terminal: the equipotentials of a disc are confocal spheroids; beyond the one of semi-axis b
    the unbounded resistance has atan(R/b)/(2 pi kappa R) left, which a terminal there cuts off. With b the smaller of
    length and radius this is a fraction (2/pi) atan(R/b): 1 % needs reservoirs of 64 R.
    End face as the terminal: a tube of radius b and length L in series with the constriction of its end,
    L/(pi kappa b^2) + (1 - 1.4092 R/b)/(4 kappa R) (Fock's series to first order).
    A planar mouth has no unbounded limit to compare with (its resistance grows with the logarithm of the reach): nan.
    """
    if isinstance(reservoir, PlanarReservoir):
        return math.nan
    if reservoir.terminal == "all":
        return -2.0 / math.pi * math.atan(radius / min(reservoir.length, reservoir.radius))
    return 4.0 * radius * reservoir.length / (math.pi * reservoir.radius**2) - 1.4092 * radius / reservoir.radius


def _devices(
    case: Case, geometry: ChannelGeometry, sections: tuple[SectionNumbers, ...], bias: float
) -> tuple[DeviceNumbers, ...]:
    """One entry for every different solution at the terminals."""
    rows: dict[Solution, DeviceNumbers] = {}
    charge = max((section.charge for section in sections), key=abs)
    for terminal in geometry.terminals:
        solution = case.solution(terminal)
        if solution in rows:
            continue
        bulk, channel = _conductances(case, geometry, solution)
        access = sum(
            _access(geometry, geometry.radius_at_terminal(name), reservoir, solution)
            for name in geometry.terminals
            if (reservoir := geometry.reservoir(name)) is not None
        )
        peclet = electroosmotic_peclet(surface_potential(charge, solution), bias, solution)
        rows[solution] = DeviceNumbers(terminal, bulk, channel, 1.0 / (1.0 / channel + access), peclet)
    return tuple(rows.values())


def _conductances(case: Case, geometry: ChannelGeometry, solution: Solution) -> tuple[float, float]:
    """Of the uncharged and of the charged channel without mouths, in S: the resistances of its sections in series."""
    scale = 1.0 if geometry.symmetry == "axisymmetric" else 0.5 * geometry.measure_factor
    slip = case.walls["channel"].slip_length
    breaks = [z / geometry.length for z in case.walls["channel"].breaks]
    samples = np.linspace(0.0, 1.0, 33)
    charges = case.charge_at("channel", samples * geometry.length)
    uniform = not breaks and float(np.ptp(geometry.profile(samples))) == 0.0 and float(np.ptp(charges)) == 0.0

    def charged(s: float) -> float:
        half_size = float(geometry.profile(np.array([s]))[0])
        section = cross_section(geometry.symmetry, half_size, _wall_charge(case, geometry, s), solution, slip)
        return 1.0 / section.conductance

    def uncharged(s: float) -> float:
        half_size = float(geometry.profile(np.array([s]))[0])
        area = math.pi * half_size**2 if geometry.symmetry == "axisymmetric" else 2.0 * half_size
        return 1.0 / (solution.conductivity * area)

    # quantities vary smoothly between breaks of the charge
    pieces = list(itertools.pairwise([0.0, *breaks, 1.0]))
    count = 1 if uniform else 16
    resistances = [
        sum(gauss_integral(value, start, stop, count) for start, stop in pieces) for value in (uncharged, charged)
    ]
    bulk, channel = (scale / (geometry.length * resistance) for resistance in resistances)
    return bulk, channel
