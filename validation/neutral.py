"""Electroneutral devices in one dimension: a bipolar diode, membranes between unlike solutions, a leaky membrane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.optimize import brentq

from solver.discretization.boundary import Solute
from solver.laws.regions.membrane import Membrane
from validation import mapped
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.one_dimension import KCL, NACL, POTENTIALS, TWO_MESHES
from validation.setting import Setting
from validation.slabs import VOLT, Reservoir, Slabs, both_ends

LENGTH = 1e-3
"""Thickness (m): a hundred thousand Debye lengths."""

UNIT_RATE = 1e-9 / LENGTH
"""1e-9 m^2/s times 1 mol/m^3 over the thickness."""

ALIKE = tuple(Solute(name, z, 1e-9) for name, z in (("K", 1), ("Cl", -1)))
"""Two ions that differ in the sign of their charge alone."""

SECTION = "electroneutral"
FRACTIONS = (1.0, 0.5)
"""Of the cells of the coarse and of the fine mesh over those of the rules."""


def error_bar(found: float, finer: float) -> float:
    """The error bar of a number by its change on a mesh of twice the cells."""
    return 2.0 * abs(finer - found)


# ------------------------------------------------------------------------------------------------ bipolar diode
FIXED = 4.0
"""Fixed charge of the halves over the concentration outside."""

DIODE_VOLTAGES = (-40.0, -20.0, -10.0, -4.0, -1.0, 1.0, 4.0, 10.0, 20.0, 40.0)
CLOSED_FORM = "closed form: Donnan equilibria at three faces, Nernst-Planck in both halves"


def diode_voltage(current: float) -> float:
    """Voltage (thermal voltages) at a current (F D c / L)."""
    start, middle, c = np.sqrt(4 + FIXED**2), np.sqrt(4 + FIXED**2 - FIXED * current), np.sqrt(1 - FIXED * current / 4)
    return float(2 * (np.arcsinh(FIXED / (2 * c)) - np.arcsinh(FIXED / 2) - (middle - start) / FIXED))


def diode_current(voltage: float) -> float:
    """The inverse of `diode_voltage`; its limit 4 / X where it differs from that by less than rounding."""
    limit = 4.0 / FIXED
    if voltage > 30.0:
        return limit
    return float(brentq(lambda i: diode_voltage(i) - voltage, -1e4, limit * (1 - 2e-16), xtol=1e-15))


def diode_device(fraction: float) -> Slabs:
    """Cells of a billionth of the length at the junction, where the electrochemical potential of the coion is the logarithm
    of what falls to all but nothing."""
    half = 0.5 * LENGTH
    left = both_ends(0.0, half, (2e-4 * fraction * LENGTH, 1e-9 * fraction * LENGTH), 1.2**fraction)
    points = np.concatenate([left, (LENGTH - left[::-1])[1:]])
    laws = {half: Membrane(fixed_charge=FIXED), LENGTH: Membrane(fixed_charge=-FIXED)}
    return Slabs(points, laws, ALIKE, ((1.0, 1.0), (1.0, 1.0)))


def diode(setting: Setting) -> Iterator[Check | Plot]:
    """Currents at all voltages, each from a cold start."""
    coarse, fine = (diode_device(fraction) for fraction in FRACTIONS)
    name, found = "diode of 4 c | -4 c, 1 mm long", []
    for voltage in DIODE_VOLTAGES:
        exact, own, finer = diode_current(voltage), *(device.current(voltage) / UNIT_RATE for device in (coarse, fine))
        found.append(own)
        yield Check(
            SECTION, name, f"current at {voltage:g} V_T, in F D c / L", "", exact, own, 1e-6, "exact", CLOSED_FORM,
            reference_uncertainty=1e-9 * abs(exact), error=error_bar(own, finer), note=TWO_MESHES,
        )  # fmt: skip
    yield Check(
        SECTION, name, "points that needed more than Newton's method from rest", "", 0.0, float(len(coarse.events)), 0.0,
        "exact", "each voltage is computed from a cold start",
    )  # fmt: skip
    positive = np.geomspace(0.02, DIODE_VOLTAGES[-1], 81)
    between = [*map(float, -positive[::-1]), *map(float, positive)]
    exact_line = Line("closed form", between, [abs(diode_current(v)) for v in between], look="reference")
    ours = Line("this program", list(DIODE_VOLTAGES), [abs(i) for i in found])
    yield Plot(
        SECTION, "neutral_diode", "Electroneutral diode of 1 mm", "voltage / V_T", "|current| / (F D c / L)",
        (exact_line, ours),
        "Forward the current saturates at 4 c / X; backward both halves lose their coions at the junction.", y_log=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ membranes
BETWEEN = (1.0, 1.0), (100.0, 100.0)
"""Concentrations (mol/m^3) on both sides of the membrane whose currents are known."""

CURRENTS = {-3.0: -448.978257, -1.0: -328.556532, 0.0: -243.415795, 4.0: 246.768447}
"""Current, in F (1e-9 m^2/s)(mM) / thickness per area, by the voltage (thermal voltages) left minus right, -10 mM, KCl."""

ZERO, BEST, POWER, SALT = 2.206147, 1.1582, 144.342065, -419.456490
"""Voltage without current and that of the largest power (thermal voltages), that power, and the salt flux at no voltage."""

TMS = "Teorell (1935), Meyer and Sievers (1936): Donnan equilibria and Nernst-Planck, integrated"


def film(charge: float, salt: Sequence[Solute], ends: tuple[Reservoir, Reservoir], fraction: float) -> Slabs:
    """A membrane with fixed charge (mol/m^3), graded to both faces."""
    first = 2.5e-4 * fraction * LENGTH
    points = both_ends(0.0, LENGTH, (first, first), 1.15**fraction)
    return Slabs(points, {LENGTH: Membrane(fixed_charge=charge)}, salt, ends)


def without_current(current: Callable[[float], float], near: float) -> float:
    """Voltage (thermal voltages) near a first guess at which no current flows."""
    return float(brentq(current, near - 0.5, near + 0.5, xtol=1e-10, rtol=1e-12))


def potentials(setting: Setting) -> Iterator[Check | Plot]:
    """The potential without current of membranes and liquid junctions, for two salts."""
    for (charge, right), both in POTENTIALS.items():
        for salt, millivolts in zip((KCL, NACL), both, strict=True):
            exact, ends = 1e-3 * millivolts, ((1.0, 1.0), (right, right))
            devices = (film(charge, salt, ends, fraction) for fraction in FRACTIONS)
            own, finer = (VOLT * without_current(device.current, exact / VOLT) for device in devices)
            what = f"membrane with {charge:g} mM, " if charge else "liquid junction, "
            yield Check(
                SECTION, f"{what}1 mM | {right:g} mM {salt[0].name}Cl", "potential at zero current", "V", exact, own, 1e-6,
                "exact", TMS if charge else "Henderson (1907); exact for one salt",
                reference_uncertainty=0.5e-9 + 2e-8 * abs(exact), error=error_bar(own, finer), note=TWO_MESHES,
            )  # fmt: skip


def unlike(setting: Setting) -> Iterator[Check | Plot]:
    """Currents, power and salt of one membrane between 1 and 100 mM."""
    devices = [film(-10.0, KCL, BETWEEN, fraction) for fraction in FRACTIONS]
    name, unit = "membrane with -10 mM, 1 mM | 100 mM KCl", "in F (1e-9 m^2/s)(mM) / thickness"

    def check(what: str, exact: float, quantity: Callable[[Slabs], float]) -> Check:
        own, finer = (quantity(device) for device in devices)
        return Check(
            SECTION, name, what, "", exact, own, 1e-5, "exact", TMS, reference_uncertainty=1e-6,
            error=error_bar(own, finer), note=TWO_MESHES,
        )  # fmt: skip

    def current(voltage: float) -> Callable[[Slabs], float]:
        return lambda device: device.current(voltage) / UNIT_RATE

    currents = []
    for voltage, exact in CURRENTS.items():
        found = check(f"current at {voltage:g} V_T, {unit}", exact, current(voltage))
        currents.append(found.value)
        yield found
    yield check("voltage without current, in V_T", ZERO, lambda device: without_current(device.current, ZERO))
    yield check(
        f"power at {BEST} V_T, in V_T times the unit of current", POWER, lambda device: -BEST * current(BEST)(device)
    )
    yield check(
        f"flux of salt without voltage, {unit} over F", SALT, lambda device: float(device.rates(0.0).sum()) / UNIT_RATE
    )
    yield Plot(
        SECTION, "neutral_membrane", "Electroneutral membrane between 1 and 100 mM", "voltage / V_T",
        f"current / ({unit.removeprefix('in ')})",
        (Line("exact", list(CURRENTS), list(CURRENTS.values()), look="points"),
         Line("this program", list(CURRENTS), currents, look="curve")),
        "Between 0 and 2.2 thermal voltages the membrane gives power.",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ leaky membrane
DYDEK = "Dydek et al., Phys. Rev. Lett. 107, 118301 (2011): I / I_lim = 1 - exp(-V) + r V"
RATIOS = {0.1: (0.5, 2.0, 10.0, 20.0), 0.01: (2.0, 10.0)}
"""Voltages (thermal voltages) by the ratio of the background charge to that of the ions of the salt."""


def leaky_current(ratio: float, voltage: float, fraction: float) -> float:
    """Current over the limiting one of a salt in front of an ideal membrane, in a background of fixed charge: anions do not
    leave at the far end, where the potential of the liquid is given."""
    salt, background = 1.0, -2.0 * ratio
    far = salt * np.exp(-voltage) - background, None
    points = (LENGTH - mapped.graded(1e-7 * fraction * LENGTH, 1.3**fraction, LENGTH))[::-1]
    device = Slabs(points, {LENGTH: Membrane(fixed_charge=background)}, ALIKE, ((salt - background, salt), far))
    return device.current(voltage) / (2.0 * salt * UNIT_RATE)


def leaky(setting: Setting) -> Iterator[Check | Plot]:
    """Currents below and above the limiting one."""
    lines = []
    for ratio, voltages in RATIOS.items():
        found = []
        for voltage in voltages:
            exact = float(1.0 - np.exp(-voltage) + ratio * voltage)
            own, finer = (leaky_current(ratio, voltage, fraction) for fraction in FRACTIONS)
            found.append(own)
            yield Check(
                SECTION, f"leaky membrane, background charge {ratio:g} of the salt's",
                f"current at {voltage:g} V_T over the limiting one", "", exact, own, 1e-5, "exact", DYDEK,
                reference_uncertainty=1e-9 * exact, error=error_bar(own, finer), note=TWO_MESHES,
            )  # fmt: skip
        fine = np.linspace(0.0, 20.0, 101)
        lines += [
            Line(f"exact, r = {ratio:g}", list(fine), list(1.0 - np.exp(-fine) + ratio * fine), look="reference"),
            Line(f"this program, r = {ratio:g}", list(voltages), found),
        ]
    yield Plot(
        SECTION, "leaky_membrane_limit", "Leaky membrane: current above the limiting one", "voltage / V_T",
        "current / limiting current", tuple(lines),
        "Beyond the limiting current the charge of the background carries what the depleted salt cannot.",
    )  # fmt: skip


ELECTRONEUTRAL = Section(
    SECTION,
    "Electroneutral devices",
    "Membranes a millimetre thick, a hundred thousand Debye lengths, with electroneutrality in the place of Poisson's "
    "equation: a bipolar diode from -40 to 40 thermal voltages, the potentials of Teorell, Meyer and Sievers, currents, "
    "power and salt flux of a membrane between unlike solutions, and the overlimiting current of a leaky membrane.",
    in_turn(diode, potentials, unlike, leaky),
)
