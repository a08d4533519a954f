"""Ion-selective film, ionic diode and membrane potentials in one dimension, from the library's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI
from scipy.optimize import brentq

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition
from solver.discretization.problem import Problem
from solver.laws.algebra import Algebra
from solver.laws.regions.base import RegionLaw
from solver.laws.regions.fluid import Fluid
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.physics.scales import Scales
from validation.checks import Check, Line, Plot, Section
from validation.setting import Setting

C0, TEMPERATURE, PERMITTIVITY, D = 1.0, 298.15, 78.5, 1e-9
VOLT = thermal_voltage(TEMPERATURE)
DEBYE_LENGTH = np.sqrt(PERMITTIVITY * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * C0))
SPECIES = (Solute("plus", 1, D), Solute("minus", -1, D))
TWO_MESHES = "error bar: twice the change on a mesh of twice the cells"


class FixedCharges(RegionLaw):
    """A membrane of two halves with fixed charges (mol/m^3 of elementary charges) that meet at a junction (m)."""

    type: Literal["fixed charges"] = "fixed charges"
    first: float
    second: float
    junction: float = 0.0

    def charge(self, position: Any, coefficients: Mapping[str, Any], m: Algebra) -> Any:
        """That of the half in which the position lies."""
        return m.where(m.less(position[0], self.junction), self.first, self.second)


Ends = Callable[[float], tuple[TerminalCondition, TerminalCondition]]
Points = Callable[[np.ndarray], np.ndarray]


def line(map_points: Points, cells: int, debye: float) -> TaggedMesh:
    """The unit interval with moved points; `debye` is the Debye length over the length. Its ends: "first", "second"."""
    mesh = dmesh.create_interval(MPI.COMM_WORLD, cells, [0.0, 1.0])
    mesh.geometry.x[:, 0] = map_points(mesh.geometry.x[:, 0])
    ends = [dmesh.locate_entities_boundary(mesh, 0, lambda x, at=at: np.isclose(x[0], at)) for at in (0.0, 1.0)]
    facets = np.concatenate(ends).astype(np.int32)
    values = np.repeat([1, 2], [len(end) for end in ends]).astype(np.int32)
    order = np.argsort(facets)
    tags = dmesh.meshtags(mesh, 0, facets[order], values[order])
    return TaggedMesh(mesh, tags, {"first": 1, "second": 2}, None, {}, "planar", DEBYE_LENGTH / debye)


def solver(
    tagged: TaggedMesh, ends: Ends, species: Sequence[Solute] = SPECIES, membrane: FixedCharges | None = None
) -> Callable[[float], np.ndarray]:
    """A function of the voltage (in thermal voltages) that gives the rates of both ions entering at the first end, in
    D c0 / L. Voltages are reached one from the other."""
    scales = Scales.of(
        length=tagged.unit, concentration=C0, temperature=TEMPERATURE, relative_permittivity=PERMITTIVITY,
        viscosity=1e-3, measure_factor=tagged.unit, axisymmetric=False,
    )  # fmt: skip
    regions = (RegionCondition(membrane or Fluid()),)
    problem = Problem(tagged, scales, species, ends(0.0), (), flow=False, clock=Clock(), regions=regions)
    continuation = Continuation(problem, Newton(problem), NewtonSettings())

    def rates(voltage: float) -> np.ndarray:
        continuation.begin_branch(False)
        parameters = problem.parameters(ends(voltage), (), species, scales)
        found = continuation.reach(parameters, voltage, f"{voltage:g} thermal voltages").state
        return np.asarray(found.rates[0])

    return rates


# ------------------------------------------------------------------------------------------------ selective film
FILM = {
    1e-3: [0.2846844, 1.7756862, 2.0141666, 2.1071799, 2.1684294, 2.2217541, 2.3173673, 2.4052294, 2.4888281, 2.5698196],
    1e-2: [0.2866052, 1.8454636, 2.2466280, 2.6790330, 3.0701740, 3.4651873, 4.3073337, 5.2473404, 6.3043156, 7.4909788],
}  # fmt: skip
FILM_VOLTAGES = [1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 120.0]
FINITE_VOLUMES = "finite volumes (Scharfetter-Gummel) with Richardson extrapolation"


def film_currents(debye: float, cells: int) -> np.ndarray:
    """Rates of both ions (voltages, species), in D c0 / L, at FILM_VOLTAGES: c+ = 2 c0 and no anion flux at the
    membrane (x = 0), c+ = c- = c0 at the other end."""
    grading = 8.0
    tagged = line(lambda x: np.expm1(grading * x) / np.expm1(grading), cells, debye)

    def ends(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        membrane = TerminalCondition("first", -voltage * VOLT, 0.0, (2 * C0, None))
        return membrane, TerminalCondition("second", 0.0, 0.0, (C0, C0))

    rates = solver(tagged, ends)
    return np.array([rates(voltage) for voltage in FILM_VOLTAGES])


def film(setting: Setting) -> Iterator[Check | Plot]:
    """Limiting and overlimiting current of a film that passes cations only."""
    lines = []
    for debye, exact in sorted(FILM.items()):
        name = f"film, Debye length / thickness = {debye:g}"
        coarse, fine = (-film_currents(debye, cells) for cells in (400, 800))
        errors = 2 * np.abs(fine - coarse)[:, 0]
        for voltage, reference, value, error in zip(FILM_VOLTAGES, exact, coarse[:, 0], errors, strict=True):
            yield Check(
                "film", name, f"current at {voltage:g} V_T, in F D c0 / L", "", reference, float(value), 2e-6, "exact",
                FINITE_VOLUMES, reference_uncertainty=1e-7 + 2e-7 * reference, error=float(error), note=TWO_MESHES,
            )  # fmt: skip
        yield Check(
            "film", name, "largest anion flux, in D c0 / L", "", 0.0, float(np.abs(coarse[:, 1]).max()), 1e-9, "exact",
            "the membrane passes no anions", scale=1.0, bound="<",
        )  # fmt: skip
        lines += [
            Line(f"finite volumes, Debye length {debye:g}", FILM_VOLTAGES, exact, look="points"),
            Line(
                f"this program, Debye length {debye:g}",
                FILM_VOLTAGES,
                list(map(float, coarse[:, 0])),
                list(map(float, errors)),
            ),
        ]
    yield Plot(
        "film", "film", "Current through a film in front of an ion-selective membrane", "voltage / thermal voltage",
        "current / (F D c0 / L)", tuple(lines),
        "The current is limited to about 2 by diffusion and rises beyond as the space charge spreads, the more the thicker "
        "the double layer is (number: Debye length over thickness).",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ bipolar diode
DIODE = {-10: -87.957995, -4: -13.975422, -1: -1.3908028, 1: 0.66380941, 4: 1.1539149, 10: 1.2987464}
"""Current in F D c0 / L at voltages in thermal voltages, Debye length 0.05 L."""
FIXED = 4.0
"""Fixed charge on the first half, and minus that on the second, in F c0."""


def diode_currents(voltages: Sequence[float], debye: float, cells: int) -> np.ndarray:
    """Current in F D c0 / L; ends in Donnan equilibrium. Points lie denser around the junction."""
    tagged = line(lambda x: 0.5 + 0.5 * np.sign(x - 0.5) * np.abs(2 * x - 1) ** 1.5, cells, debye)
    donnan = np.arcsinh(FIXED / 2)
    charge = FixedCharges(first=FIXED * C0, second=-FIXED * C0, junction=0.5 * tagged.unit)

    def ends(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        return (
            TerminalCondition("first", voltage * VOLT, 0.0, (C0, C0), _constant(donnan * VOLT)),
            TerminalCondition("second", 0.0, 0.0, (C0, C0), _constant(-donnan * VOLT)),
        )

    found: dict[float, float] = {}
    for direction in (1, -1):
        rates = solver(tagged, ends, membrane=charge)
        for voltage in sorted((v for v in voltages if v * direction > 0), key=abs):
            plus, minus = rates(float(voltage))
            found[voltage] = plus - minus
    return np.array([found[voltage] for voltage in voltages])


def neutral_voltage(current: float) -> float:
    """Voltage (thermal voltages) of the diode at a current (F D c0 / L, below 4 / X) for a vanishing Debye length.

    Diffusion in two neutral halves with the salt fixed by Donnan equilibrium at the ends:
    V = 2 [asinh(X / (2 cm)) - asinh(X / 2) - (Sm - S0) / X], S0^2 = 4 + X^2, Sm^2 = S0^2 - X I, cm^2 = 1 - X I / 4.
    """
    x = FIXED
    outer, junction = np.sqrt(4 + x**2), np.sqrt(4 + x**2 - x * current)
    virtual = np.sqrt(1 - x * current / 4)
    return float(2 * (np.arcsinh(x / (2 * virtual)) - np.arcsinh(x / 2) - (junction - outer) / x))


def neutral_current(voltage: float) -> float:
    """The inverse of `neutral_voltage`."""
    return float(brentq(lambda i: neutral_voltage(i) - voltage, -1e4, (1 - 1e-15) * 4 / FIXED, xtol=1e-14))


def diode(setting: Setting) -> Iterator[Check | Plot]:
    """The full equations at a Debye length of 0.05 L, and their limit for thin junctions."""
    voltages = sorted(DIODE)
    coarse, fine = (diode_currents(voltages, 0.05, cells) for cells in (200, 400))
    for voltage, value, error in zip(voltages, coarse, 2 * np.abs(fine - coarse), strict=True):
        yield Check(
            "diode", "diode, Debye length 0.05 L", f"current at {voltage:g} V_T, in F D c0 / L", "", DIODE[voltage],
            float(value), 1e-5, "exact", FINITE_VOLUMES, reference_uncertainty=1e-7 * abs(DIODE[voltage]),
            error=float(error), note=TWO_MESHES,
        )  # fmt: skip
    yield from neutral_limit(setting)
    curve = [float(v) for v in np.linspace(-10, 10, 41) if v]
    shown = voltages if setting.quick else curve
    drawn = [("0.05", diode_currents(shown, 0.05, 200)), ("0.01", diode_currents(shown, 0.01, 400))]
    yield Plot(
        "diode", "diode", "Bipolar diode with fixed charges of 4 and -4", "voltage / thermal voltage",
        "current / (F D c0 / L)",
        (
            Line("exact for a vanishing Debye length", curve, [neutral_current(v) for v in curve], look="reference"),
            *(Line(f"this program, Debye length {debye} L", shown, list(map(float, i))) for debye, i in drawn),
            Line("finite volumes, 0.05 L", voltages, [DIODE[v] for v in voltages], look="points"),
        ),
        "The blocked current (positive voltage) saturates at 1 when the junction is thin; a thick junction leaks.",
    )  # fmt: skip


LIMIT_VOLTAGES = (-10, -1, 1, 4)
LIMIT_LENGTHS = (0.05, 0.02, 0.01, 0.005, 0.0025)


def neutral_limit(setting: Setting) -> Iterator[Check | Plot]:
    """Convergence to the exact curve of the neutral halves as the Debye length falls."""
    lengths = LIMIT_LENGTHS[:-1] if setting.quick else LIMIT_LENGTHS
    found = np.array([diode_currents(LIMIT_VOLTAGES, debye, 400) for debye in lengths])
    lines: list[Line] = []
    for k, voltage in enumerate(LIMIT_VOLTAGES):
        exact = neutral_current(voltage)
        off = np.abs(found[:, k] / exact - 1)
        yield Check(
            "diode", f"thin junction, {voltage:g} V_T", f"deviation at {lengths[-1]:g} L over that at {lengths[0]:g} L", "",
            0.0, float(off[-1] / off[0]), 0.25, "trend", "exact curve of neutral halves (closed form)", scale=1.0, bound="<",
            note=f"relative deviations {', '.join(f'{x:.2g}' for x in off)} at {', '.join(f'{x:g}' for x in lengths)} L",
        )  # fmt: skip
        # the leading deviations are linear and quadratic in the Debye length: a parabola through the smallest three
        limit, earlier = (
            _at_zero(lengths[s : s + 3], found[s : s + 3, k]) for s in (len(lengths) - 3, len(lengths) - 4)
        )
        yield Check(
            "diode", f"thin junction, {voltage:g} V_T", "current extrapolated to a Debye length of zero, in F D c0 / L", "",
            exact, limit, 5e-3, "exact", "exact curve of neutral halves (closed form)", error=2 * abs(limit - earlier),
            note="error bar: twice the change from the extrapolation of the longer Debye lengths",
        )  # fmt: skip
        lines.append(Line(f"{voltage:g} V_T", list(lengths), list(map(float, off)), look="curve"))
    yield Plot(
        "diode", "diode_limit", "Diode: deviation from the exact curve of a vanishing Debye length",
        "Debye length / length", "relative deviation of the current", tuple(lines),
        "The full equations approach the neutral limit.", x_log=True, y_log=True,
    )  # fmt: skip


def _at_zero(x: Sequence[float], y: np.ndarray) -> float:
    """Value at 0 of the polynomial through points."""
    return float(np.polynomial.polynomial.polyfit(x, y, len(x) - 1)[0])


# ------------------------------------------------------------------------------------------------ membrane potentials
KCL = (Solute("K", 1, 1.957e-9), Solute("Cl", -1, 2.032e-9))
NACL = (Solute("Na", 1, 1.334e-9), Solute("Cl", -1, 2.032e-9))
POTENTIALS = {
    # (fixed charge, right concentration) in mM, left 1 mM: potential left minus right in mV for KCl and NaCl
    (0.0, 100.0): (-2.224593, -24.535488),
    (-10.0, 100.0): (56.681614, 41.109833),
    (-100.0, 100.0): (105.563972, 100.952006),
    (-1000.0, 1000.0): (164.720681, 160.107482),
}


def _constant(value: float) -> Callable[[np.ndarray], np.ndarray]:
    """A profile that is the same everywhere."""
    return lambda r: np.full(len(r), value)


def zero_current_potential(species: Sequence[Solute], fixed: float, right: float, debye: float, cells: int) -> float:
    """Potential (V) of the left end against the right one at which no current flows; 1 mM left. `debye`: Debye length
    of 1 mM over the thickness. Ends are in Donnan equilibrium with the membrane."""
    tagged = line(lambda x: x**2, cells, debye)  # the co-ions change most near the dilute end

    def ends(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        conditions = []
        for name, c, v in (("first", C0, voltage), ("second", right, 0.0)):
            profile = _constant(np.arcsinh(fixed / (2 * c)) * VOLT)
            conditions.append(TerminalCondition(name, v * VOLT, 0.0, (c, c), profile))
        return conditions[0], conditions[1]

    rates = solver(tagged, ends, species, FixedCharges(first=fixed, second=fixed) if fixed else None)

    def current(voltage: float) -> float:
        plus, minus = rates(voltage)
        return float(plus - minus)

    # secant steps: the current is nearly linear in the voltage
    (a, at_a), (b, at_b) = ((v, current(v)) for v in (0.0, 1.0))
    for _ in range(12):
        a, b = b, b - at_b * (b - a) / (at_b - at_a)
        at_a, at_b = at_b, current(b)
        if abs(b - a) < 1e-9 or at_a == at_b:
            break
    return b * VOLT


def membrane_potentials(setting: Setting) -> Iterator[Check | Plot]:
    """Liquid junction, and membranes with fixed charge between two concentrations."""
    for (fixed, right), exact in POTENTIALS.items():
        for species, reference in zip((KCL, NACL), exact, strict=True):
            found, finer, thicker = (
                zero_current_potential(species, fixed, right, *fineness)
                for fineness in ((3e-5, 200), (3e-5, 400), (6e-5, 200))
            )
            salt = f"{species[0].name}Cl"
            membrane = f"membrane with {fixed:g} mM, " if fixed else "liquid junction, "
            yield Check(
                "membranes", f"{membrane}1 mM | {right:g} mM {salt}", "potential at zero current", "V", reference * 1e-3,
                found, 1e-5, "exact",
                "Teorell (1935), Meyer and Sievers (1936)" if fixed else "Henderson (1907); exact for one salt",
                reference_uncertainty=0.5e-9 + 2e-8 * abs(reference * 1e-3),  # its digits, and those of R T / F
                error=2 * (abs(finer - found) + abs(thicker - found) / 3),
                note="error bar: twice the changes with the mesh and with the Debye length (second order)",
            )  # fmt: skip


FILM_SECTION = Section(
    "film",
    "Ion-selective film",
    "One-dimensional Poisson-Nernst-Planck in front of an ideal cation-selective membrane, up to 120 thermal voltages: "
    "limiting and overlimiting current.",
    film,
)
DIODE_SECTION = Section(
    "diode",
    "Bipolar diode",
    "Two halves with opposite fixed charge between two reservoirs, in one dimension: the full equations at a finite "
    "Debye length, and their convergence to the exact curve of two neutral halves.",
    diode,
)
MEMBRANES = Section(
    "membranes",
    "Membrane and junction potentials",
    "The potential at which no current flows between 1 mM and a higher concentration, with and without fixed charge, for "
    "Debye lengths much smaller than the thickness (3e-5 of it at 1 mM).",
    membrane_potentials,
)
