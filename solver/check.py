"""The numbers a designer wants before running a case, and warnings of what will go wrong. No mesh, no finite elements.

`check(case)` gives a frozen `Check`; its `text()` is what `nanochannel check` prints. The numbers are those of the case as
written; the warnings also look at the ends of its sweeps. Estimates are of the kind that needs no field solution: closed
forms, and the exact Poisson-Boltzmann solution of single cross-sections (solver.cross_section).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from meshes.geometry import ChannelGeometry, PlanarReservoir, Reservoir
from solver.case import Case, PiecewiseCharge, Sweep
from solver.check_text import render
from solver.cross_section import cross_section
from solver.estimate import MeshEstimate, estimate_unknowns
from solver.physics import (
    HYDRATED_DIAMETER,
    ION_TABLE,
    WATER_ELECTROLYSIS,
    Solution,
    access_resistance,
    close_packing,
    dukhin_number,
    electroosmotic_peclet,
    limiting_current,
    planar_access_resistance,
    slender_integral,
    surface_potential,
)

__all__ = ["Check", "DeviceNumbers", "MeshEstimate", "MouthNumbers", "TerminalNumbers", "check", "estimate_unknowns"]

ACCESS_SHARE = 0.01  # of the device's resistance that a finite reservoir may change before a warning
DEBYE_LENGTHS_IN_RESERVOIR = 5.0  # exp(-5) = 0.7 % of a mouth's potential are left at that distance
SMALLEST_CONTINUUM = 1e-9  # m


@dataclass(frozen=True)
class TerminalNumbers:
    """One terminal's reservoir. Concentrations in mol/m^3, Debye length in m, conductivity in S/m."""

    name: str
    potential: float
    concentrations: dict[str, float]
    debye_length: float
    conductivity: float


@dataclass(frozen=True)
class MouthNumbers:
    """One end of the channel, filled with its terminal's solution.

    Attributes:
        half_size: radius or half-height, m. charge: of the wall there, C/m^2.
        debye_over_size: Debye length over `half_size`.
        dukhin: |sigma|/(F c R) or |sigma|/(2 F c H).
        zeta: V, of an isolated flat wall (Grahame). wall_potential: V, exact for the cross-section.
        bikerman: surface conductance over bulk conductance of the cross-section, electroosmosis included.
        wall_concentration: mol/m^3 of all ions at the wall.
        access: ohm, of the mouth towards its reservoir (infinite if round, of the stated size if planar); None without.
        access_error: relative change of `access` by the finite size of the reservoir (nan if planar, see check).
        limiting: A, diffusion-limited current if the mouth were ideally selective; None without charge or reservoir.
    """

    name: str
    half_size: float
    charge: float
    debye_over_size: float
    dukhin: float
    zeta: float
    wall_potential: float
    bikerman: float
    wall_concentration: float
    access: float | None
    access_error: float
    limiting: float | None


@dataclass(frozen=True)
class DeviceNumbers:
    """The whole channel filled with one terminal's solution, at small bias. Conductances in S.

    Attributes:
        bulk: of the uncharged channel without mouths.
        channel: with the double layers and electroosmosis, without mouths (long-channel limit).
        device: with the access resistances of both mouths.
        peclet: electroosmotic velocity times length over the salt's diffusivity, at the largest bias.
    """

    filled_as: str
    bulk: float
    channel: float
    device: float
    peclet: float


@dataclass(frozen=True)
class Check:
    """All numbers and warnings of a case. Parts that a user's own mesh does not tell are empty."""

    case_name: str
    title: str
    symmetry: str
    largest_bias: float
    terminals: tuple[TerminalNumbers, ...]
    mouths: tuple[MouthNumbers, ...]
    devices: tuple[DeviceNumbers, ...]
    mesh: MeshEstimate | None
    warnings: tuple[str, ...]

    def text(self) -> str:
        """What `nanochannel check` prints: a table with units, then the warnings."""
        return render(self)


def check(case: Case) -> Check:
    """Numbers and warnings of a case. Takes some 50 ms: the Poisson-Boltzmann problem of about 40 cross-sections."""
    points = extreme_points(case)
    bias = max(_bias(point) for _, point in points)
    geometry = case.geometry
    mouths: tuple[MouthNumbers, ...] = ()
    devices: tuple[DeviceNumbers, ...] = ()
    if isinstance(geometry, ChannelGeometry):
        mouths = tuple(_mouth(case, geometry, name) for name in geometry.terminals)
        devices = _devices(case, geometry, mouths, bias)
    return Check(
        case_name=case.name,
        title=case.title,
        symmetry=geometry.symmetry,
        largest_bias=bias,
        terminals=tuple(_terminal(case, name) for name in case.terminals),
        mouths=mouths,
        devices=devices,
        mesh=estimate_unknowns(case, min(point.layer_thickness() for _, point in points)),
        warnings=tuple(_warnings(case, points, mouths, devices)),
    )


def extreme_points(case: Case) -> list[tuple[str, Case]]:
    """The case as written (label "") and at the least and greatest values of its sweeps, with labels such as
    "terminals.base.potential = 1 V"."""
    points = [("", case)]
    if isinstance(case.study, Sweep):
        axes = [[(key, value) for value in sorted({min(values), max(values)})] for key, values in case.study.axes()]
        for settings in itertools.product(*axes):
            point = case
            for key, value in settings:
                point = point.with_value(key, value)
            points.append((", ".join(f"{key} = {value:g} {case.unit(key)}".strip() for key, value in settings), point))
    return points


# ------------------------------------------------------------------------------------------------ numbers
def _bias(case: Case) -> float:
    potentials = [terminal.potential for terminal in case.terminals.values()]
    return max(potentials) - min(potentials)


def _terminal(case: Case, name: str) -> TerminalNumbers:
    solution = case.solution(name)
    return TerminalNumbers(
        name, case.terminals[name].potential, case.bulk(name), solution.debye_length, solution.conductivity
    )


def _wall_charge(case: Case, geometry: ChannelGeometry, s: float) -> float:
    return float(case.charge_at("channel", np.array([s * geometry.length]))[0])


def _mouth(case: Case, geometry: ChannelGeometry, name: str) -> MouthNumbers:
    solution = case.solution(name)
    half_size = geometry.radius_at_terminal(name)
    charge = _wall_charge(case, geometry, float(geometry.terminals.index(name)))
    section = cross_section(geometry.symmetry, half_size, charge, solution, case.walls["channel"].slip_length)
    reservoir = geometry.reservoir(name)
    shape = None if reservoir is None else 1.0 / (_access(geometry, half_size, reservoir, solution) * solution.conductivity)
    counter = max(range(len(solution.valences)), key=lambda i: -math.copysign(solution.valences[i], charge))
    return MouthNumbers(
        name=name,
        half_size=half_size,
        charge=charge,
        debye_over_size=solution.debye_length / half_size,
        dukhin=dukhin_number(charge, half_size, solution, geometry.symmetry),
        zeta=surface_potential(charge, solution),
        wall_potential=section.wall_potential,
        bikerman=section.conductance / (solution.conductivity * section.area) - 1.0,
        wall_concentration=sum(section.wall_concentrations),
        access=None if shape is None else 1.0 / (solution.conductivity * shape),
        access_error=math.nan if reservoir is None else _access_error(half_size, reservoir),
        limiting=None if shape is None or charge == 0.0 else limiting_current(counter, solution, shape),
    )


def _access(
    geometry: ChannelGeometry, half_size: float, reservoir: Reservoir | PlanarReservoir, solution: Solution
) -> float:
    if geometry.symmetry == "axisymmetric":
        return access_resistance(solution.conductivity, half_size)
    width = 0.5 * geometry.measure_factor
    reach = min(reservoir.length, reservoir.reach)
    return planar_access_resistance(solution.conductivity, 2.0 * half_size, width, reach)


def _access_error(radius: float, reservoir: Reservoir | PlanarReservoir) -> float:
    """How much a finite reservoir changes the access resistance 1/(4 kappa R) of a round mouth, as a fraction of it.

    Outer boundary as the terminal: the equipotentials of a disc are confocal spheroids; beyond the one of semi-axis b the
    unbounded resistance has atan(R/b)/(2 pi kappa R) left, which a terminal there cuts off. With b the smaller of
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
    case: Case, geometry: ChannelGeometry, mouths: tuple[MouthNumbers, ...], bias: float
) -> tuple[DeviceNumbers, ...]:
    """One entry for every different solution at the terminals."""
    rows: list[DeviceNumbers] = []
    done: list[Solution] = []
    for mouth in mouths:
        solution = case.solution(mouth.name)
        if solution in done:
            continue
        done.append(solution)
        narrow = max(mouths, key=lambda m: abs(m.zeta))
        bulk, channel = _conductances(case, geometry, solution)
        access = sum(
            _access(geometry, m.half_size, reservoir, solution)
            for m in mouths
            if (reservoir := geometry.reservoir(m.name)) is not None
        )
        zeta = surface_potential(narrow.charge, solution)
        rows.append(
            DeviceNumbers(
                mouth.name, bulk, channel, 1.0 / (1.0 / channel + access), electroosmotic_peclet(zeta, bias, solution)
            )
        )
    return tuple(rows)


def _conductances(case: Case, geometry: ChannelGeometry, solution: Solution) -> tuple[float, float]:
    """Of the uncharged and of the charged channel without mouths, in S: the resistances of its sections in series."""
    scale = 1.0 if geometry.symmetry == "axisymmetric" else 0.5 * geometry.measure_factor
    slip = case.walls["channel"].slip_length
    charge = case.walls["channel"].surface_charge
    breaks = [z / geometry.length for z in charge.breaks] if isinstance(charge, PiecewiseCharge) else []
    uniform = isinstance(charge, float) and float(np.ptp(geometry.profile(np.linspace(0.0, 1.0, 5)))) == 0.0

    def charged(s: float) -> float:
        half_size = float(geometry.profile(np.array([s]))[0])
        section = cross_section(geometry.symmetry, half_size, _wall_charge(case, geometry, s), solution, slip)
        return 1.0 / section.conductance

    def uncharged(s: float) -> float:
        half_size = float(geometry.profile(np.array([s]))[0])
        area = math.pi * half_size**2 if geometry.symmetry == "axisymmetric" else 2.0 * half_size
        return 1.0 / (solution.conductivity * area)

    resistances = {}
    for name, value in (("bulk", uncharged), ("channel", charged)):
        total = 0.0
        for start, stop in itertools.pairwise([0.0, *breaks, 1.0]):
            # the profiles vary smoothly between breaks, and an exact answer is not the purpose
            total += (stop - start) * slender_integral(
                lambda t, start=start, stop=stop, value=value: value(start + t * (stop - start)), 1 if uniform else 16
            )
        resistances[name] = total * geometry.length / scale
    return 1.0 / resistances["bulk"], 1.0 / resistances["channel"]


# ------------------------------------------------------------------------------------------------ warnings
