"""Cross-sections of a channel at its mouths, and its conductance, from the exact solution of single sections."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from meshes.geometry import ChannelGeometry, Slit
from meshes.side_walls import SIDE_WALL
from solver.case.case import Case
from solver.case.sections import section_charge
from solver.check.mouths import access, access_error, limiting, strongest
from solver.check.numbers import DeviceNumbers, SectionNumbers
from solver.physics.cross_section import cross_section
from solver.physics.double_layer import dukhin_number, of_ions, surface_potential
from solver.physics.rectangle import rectangle
from solver.physics.resistances import gauss_integral
from solver.physics.solution import Solution
from solver.physics.transport import electroosmotic_peclet


@dataclass(frozen=True)
class Channel:
    """A drawn channel at one point of a study.

    Attributes:
        label: values of the point in words. case: the point.
        sections: the two mouths and the waist. devices: one for every different solution at the terminals.
    """

    label: str
    case: Case
    sections: tuple[SectionNumbers, ...]
    devices: tuple[DeviceNumbers, ...]

    @property
    def conductance(self) -> float:
        """S: the channel, filled with the strongest solution of its terminals, and each mouth with its reservoir's."""
        strong = strongest(self.case)
        filled = next(row.channel for row in self.devices if self.case.solution(row.filled_as) == strong)
        return 1.0 / (1.0 / filled + sum(section.access or 0.0 for section in self.sections))


def channels_of(points: Sequence[tuple[str, Case]], bias: float) -> list[Channel]:
    """One entry for every liquid, wall and size that the points (with their labels) have, in their order; nothing for
    devices that are no drawn channels, and for those with materials in them or gates. bias: V, the largest."""
    found: dict[object, Channel] = {}
    for label, point in points:
        geometry, key = point.geometry, (repr(point.geometry), repr(point.walls), *point.solutions())
        plain = not (point.layout.plugs or point.gates)
        if isinstance(geometry, ChannelGeometry) and plain and key not in found:
            sections = _sections(point, geometry)
            found[key] = Channel(label, point, sections, _devices(point, geometry, sections, bias))
    return list(found.values())


def _sections(case: Case, geometry: ChannelGeometry) -> tuple[SectionNumbers, ...]:
    first, second = geometry.terminals
    bulk = _uncharged(case, geometry, strongest(case))
    ends = [_section(case, geometry, first, first, 0.0, bulk), _section(case, geometry, second, second, 1.0, bulk)]
    if geometry.smallest < min(end.half_size for end in ends):
        ends.insert(1, _section(case, geometry, "waist", first, 0.5, bulk))
    return tuple(ends)


def _devices(
    case: Case, geometry: ChannelGeometry, sections: tuple[SectionNumbers, ...], bias: float
) -> tuple[DeviceNumbers, ...]:
    rows: dict[Solution, DeviceNumbers] = {}
    charge = max((section.charge for section in sections), key=abs)
    for terminal in geometry.terminals:
        solution = case.solution(terminal)
        if solution in rows:
            continue
        bulk, channel = _uncharged(case, geometry, solution), _charged(case, geometry, terminal)
        ways = [access(case, name, solution) for name in geometry.terminals if geometry.reservoir(name) is not None]
        peclet = electroosmotic_peclet(surface_potential(charge, solution), bias, solution)
        rows[solution] = DeviceNumbers(terminal, bulk, channel, 1.0 / (1.0 / channel + sum(ways)), peclet)
    return tuple(rows.values())


def _wall_charge(case: Case, geometry: ChannelGeometry, s: float, terminal: str | None = None) -> float:
    half_size = float(geometry.profile(np.array([s]))[0])
    return section_charge(case, "channel", s * geometry.length, half_size, terminal)


def _section(case: Case, geometry: ChannelGeometry, name: str, terminal: str, s: float, bulk: float) -> SectionNumbers:
    """bulk: conductance (S) of the uncharged channel in the strongest solution."""
    solution = case.solution(terminal)
    half_size = float(geometry.profile(np.array([s]))[0])
    charge = _wall_charge(case, geometry, s, terminal)
    exact = cross_section(geometry.symmetry, half_size, charge, solution, case.walls["channel"].slip_length)
    opens = name == terminal and geometry.reservoir(terminal) is not None
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
        wall_concentration=of_ions(exact.wall_concentrations, solution.valences),
        access=access(case, terminal, solution) if opens else None,
        access_error=access_error(case, terminal, solution) if opens else math.nan,
        limiting=limiting(case, terminal, charge, bulk) if opens else None,
    )


def _uncharged(case: Case, geometry: ChannelGeometry, solution: Solution) -> float:
    """S of the channel without charge and mouths: the resistances of its sections in series."""

    def resistance(s: float) -> float:
        half_size = float(geometry.profile(np.array([s]))[0])
        area = math.pi * half_size**2 if geometry.symmetry == "axisymmetric" else 2.0 * half_size
        return 1.0 / (solution.conductivity * area)

    return _in_series(case, geometry, resistance)


def _charged(case: Case, geometry: ChannelGeometry, terminal: str) -> float:
    """S of the channel without mouths, filled with the solution of a terminal."""
    slip, solution = case.walls["channel"].slip_length, case.solution(terminal)

    def resistance(s: float) -> float:
        half_size, charge = float(geometry.profile(np.array([s]))[0]), _wall_charge(case, geometry, s, terminal)
        if isinstance(geometry, Slit) and geometry.in_space and slip == 0.0:
            sides = section_charge(case, SIDE_WALL, s * geometry.length, half_size, terminal)
            return geometry.breadth / rectangle(0.5 * geometry.width, half_size, sides, charge, solution).conductance
        return 1.0 / cross_section(geometry.symmetry, half_size, charge, solution, slip).conductance

    return _in_series(case, geometry, resistance)


def _in_series(case: Case, geometry: ChannelGeometry, resistance: Callable[[float], float]) -> float:
    """S of sections whose resistance per length is given at fractions of the axis; smooth between breaks of the charge."""
    scale = geometry.breadth
    breaks = [z / geometry.length for z in case.walls["channel"].breaks]
    samples = np.linspace(0.0, 1.0, 33)
    charges = case.charge_at("channel", samples * geometry.length)
    uniform = not breaks and float(np.ptp(geometry.profile(samples))) == 0.0 and float(np.ptp(charges)) == 0.0
    count = 1 if uniform else 16
    pieces = itertools.pairwise([0.0, *breaks, 1.0])
    return scale / (geometry.length * sum(gauss_integral(resistance, start, stop, count) for start, stop in pieces))
