"""Cross-sections of a channel at its mouths, and its conductance, from the exact solution of single sections."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from meshes.geometry import ChannelGeometry, Slit
from meshes.side_walls import SIDE_WALL
from solver.case.case import Case
from solver.case.sections import section_charge
from solver.check.mouths import access, access_error, limiting, mouth_matrix, strongest
from solver.check.numbers import DeviceNumbers, SectionNumbers
from solver.physics.cross_section import cross_section
from solver.physics.double_layer import dukhin_number, of_ions, surface_potential
from solver.physics.rectangle import rectangle
from solver.physics.solution import Solution
from solver.physics.transport import electroosmotic_peclet

Array = npt.NDArray[np.floating[Any]]


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
        bulk, matrices = _uncharged(case, geometry, solution), _charged(case, geometry, terminal)
        channel = 1.0 / sum(part / matrix[1, 1] for part, matrix in matrices)
        mouths = [name for name in geometry.terminals if geometry.reservoir(name) is not None]
        uniform = 1.0 / (1.0 / channel + sum(access(case, name, solution) for name in mouths))
        peclet = electroosmotic_peclet(surface_potential(charge, solution), bias, solution)
        device = channel if not mouths else _steady(case, matrices, mouths, solution)
        rows[solution] = DeviceNumbers(terminal, bulk, channel, device, uniform, peclet)
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
    resistance = 0.0
    for s, part in _slices(case, geometry):
        half_size = float(geometry.profile(np.array([s]))[0])
        area = math.pi * half_size**2 if geometry.symmetry == "axisymmetric" else 2.0 * half_size
        resistance += part / (solution.conductivity * area)
    return 1.0 / resistance


def _charged(case: Case, geometry: ChannelGeometry, terminal: str) -> list[tuple[float, Array]]:
    """Slices of the channel, filled with the solution of a terminal: length over the width that a matrix is meant for, and
    the 2x2 matrix of salt and current of the cross-section without a pressure gradient (see `CrossSection`)."""
    slip, solution = case.walls["channel"].slip_length, case.solution(terminal)
    found = []
    for s, part in _slices(case, geometry):
        half_size, charge = float(geometry.profile(np.array([s]))[0]), _wall_charge(case, geometry, s, terminal)
        if isinstance(geometry, Slit) and geometry.in_space and slip == 0.0:
            sides = section_charge(case, SIDE_WALL, s * geometry.length, half_size, terminal)
            matrix = rectangle(0.5 * geometry.width, half_size, sides, charge, solution).matrix / geometry.breadth
        else:
            matrix = cross_section(geometry.symmetry, half_size, charge, solution, slip).matrix
        found.append((part, matrix[1:, 1:]))
    return found


def _steady(case: Case, matrices: Sequence[tuple[float, Array]], mouths: Sequence[str], solution: Solution) -> float:
    """S of the channel and its mouths in series when salt and current are the same in all of them: selective parts deplete
    and enrich the salt in between, in proportion to a small bias."""
    parts: list[Array] = [part * np.linalg.inv(matrix) for part, matrix in matrices]
    parts += [np.linalg.inv(mouth_matrix(case, name, solution)) for name in mouths]
    return float(np.linalg.inv(np.sum(parts, axis=0))[1, 1])


def _slices(case: Case, geometry: ChannelGeometry) -> list[tuple[float, float]]:
    """Fractions of the axis, and the length over the breadth that each stands for; smooth between breaks of the charge."""
    breaks = [z / geometry.length for z in case.walls["channel"].breaks]
    samples = np.linspace(0.0, 1.0, 33)
    charges = case.charge_at("channel", samples * geometry.length)
    uniform = not breaks and float(np.ptp(geometry.profile(samples))) == 0.0 and float(np.ptp(charges)) == 0.0
    nodes, weights = np.polynomial.legendre.leggauss(1 if uniform else 16)
    scale = 0.5 * geometry.length / geometry.breadth
    return [
        (float(0.5 * (start + stop + (stop - start) * x)), float(scale * (stop - start) * w))
        for start, stop in itertools.pairwise([0.0, *breaks, 1.0])
        for x, w in zip(nodes, weights, strict=True)
    ]
