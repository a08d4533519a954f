"""Published trends: where rectification is largest, in concentration, shape and pressure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from postprocess.tables.columns import matches
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, ratio_bar, rows, simulated
from validation.setting import Setting

PARAMETER = "terminals.base.potential"


def maximum(x: Sequence[float] | np.ndarray, y: Sequence[float]) -> tuple[float, float]:
    """Position and height of the largest value, by a parabola through it and its neighbours; the point itself at an
    end."""
    k = int(np.argmax(y))
    if k in (0, len(y) - 1):
        return float(x[k]), float(y[k])
    a, b, c = np.polynomial.polynomial.polyfit(np.subtract(x[k - 1 : k + 2], x[k]), y[k - 1 : k + 2], 2)
    at = -b / (2 * c)
    return float(x[k] + at), float(a - b * b / (4 * c))


# ------------------------------------------------------------------------------------------------ concentration
DOI_CONCENTRATION = "ACS Meas. Sci. Au (2022), doi 10.1021/acsmeasuresciau.1c00062, abstract"


def debye_length(c: float) -> float:
    """m, of a 1:1 salt at c mol/m^3 in water at 298.15 K."""
    return math.sqrt(78.5 * VACUUM_PERMITTIVITY * thermal_voltage(298.15) / (2 * FARADAY * c))


def rectification_by_concentration(radius: float, concentrations: Sequence[float]) -> tuple[list[float], list[float]]:
    """Rectification ratio at 0.5 V and its error bar, of a cone with a tip radius (m) at concentrations (mol/m^3)."""
    found = rows(
        {
            "geometry": {
                "type": "cone", "length": 1e-6, "radius_tip": radius, "radius_base": 50e-9,
                "reservoirs": {"length": 0.5e-6, "radius": 0.5e-6},
            },
            "electrolyte": KCL_WATER | {"concentration": concentrations[0]},
            "walls": {"channel": {"surface_charge": -20e-3}},
            "solver": {"flow": "none"},
            "mesh": {"growth": 2.2},
            "study": {
                "type": "sweep", "parameter": "electrolyte.concentration", "values": list(concentrations),
                "outer": {"parameter": PARAMETER, "values": [0.5, -0.5]},
            },
        }
    )  # fmt: skip
    plus, minus = found[: len(concentrations)], found[len(concentrations) :]
    ratios = [abs(m["current [A]"] / p["current [A]"]) for m, p in zip(minus, plus, strict=True)]
    return ratios, [ratio_bar(m, p) for m, p in zip(minus, plus, strict=True)]


def concentration(setting: Setting) -> Iterator[Check | Plot]:
    """Rectification against concentration: a maximum, at a higher concentration for a smaller tip."""
    points = 11 if setting.quick else 21
    concentrations = [float(f"{c:.6g}") for c in np.geomspace(1000.0, 1.0, points)]
    logs, peaks, lines = np.log10(concentrations), {}, []
    for radius in (5e-9, 10e-9):
        name = f"cone, tip radius {radius * 1e9:g} nm, base 50 nm, -20 mC/m^2, KCl, 0.5 V"
        ratios, errors = rectification_by_concentration(radius, concentrations)
        at, height = maximum(logs, ratios)
        peaks[radius] = 10**at
        k = int(np.argmax(ratios))
        margin = sum(e for e in (errors[k], errors[0], errors[-1]) if not math.isnan(e))
        yield Check(
            "trends", name, "largest ratio over the larger of those at 1 M and 1 mM", "", 1.0 + margin,
            height / max(ratios[0], ratios[-1]), 0.0, "trend", DOI_CONCENTRATION, bound=">", error=errors[k],
            note=f"maximum {height:.4g} at {peaks[radius]:.3g} mM, where the Debye length is "
            f"{debye_length(peaks[radius]) / radius:.2f} tip radii; {ratios[0]:.4g} at 1 M, {ratios[-1]:.4g} at 1 mM",
        )  # fmt: skip
        lines.append(Line(f"tip radius {radius * 1e9:g} nm", concentrations, ratios, errors, look="curve"))
    yield Check(
        "trends", "the same cones, 5 nm against 10 nm", "concentration of the maximum, ratio of the two", "", 1.0,
        peaks[5e-9] / peaks[10e-9], 0.0, "trend", DOI_CONCENTRATION + ": smaller pores, higher concentration", bound=">",
        note=f"{peaks[5e-9]:.3g} mM and {peaks[10e-9]:.3g} mM",
    )  # fmt: skip
    yield Plot(
        "trends", "concentration", "Rectification ratio at 0.5 V against the concentration, without flow",
        "concentration [mM]", "|I(-0.5 V)| / |I(0.5 V)|", tuple(lines),
        "The ratio falls on both sides of a maximum, which moves to higher concentration as the tip becomes smaller. At low "
        "concentration the tip admits one ion only and the reservoirs polarize: the ratio falls below one.",
        x_log=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ shape
BOON = "Boon, Veenstra, Dijkstra, van Roij, Phys. Fluids 34, 101701 (2022), abstract"
SLENDER = "slender cone with thin double layers and little charge, no flow (closed form, validation/trends.py)"
TIP, CONE_LENGTH, SALT, CHARGE, SMALL_BIAS = 100e-9, 40e-6, 10.0, -2e-3, 0.05


def slender_change(ratio: float, power: int) -> float:
    """Odd relative change of a slender cone under SMALL_BIAS, for x = R_tip / R_base at the tip radius TIP.

    Surface conduction carries salt at the rate 2 pi R (sigma/F) D E / V_T with E proportional to 1/R^2, diffusion at
    -2 pi R^2 D dc/dz, and their sum is constant. With c the bulk salt at both ends, at s = z/L from the base,
    dc = sigma V / (2 F V_T R_tip) x (1 - x) s (1 - s) / (1 - s (1 - x))^2. `power` 0 is its average along the cone, over
    the bulk salt; largest at x = 0.2234. 2 is the change of the conductance, where every slice counts as its resistance,
    R_tip R_base / R^2; it has no maximum but approaches a constant for sharp cones.
    """

    def slice_(s: float) -> float:
        width = 1 - s * (1 - ratio)
        return s * (1 - s) / width**2 * (ratio / width**2 if power else 1.0)

    size = -CHARGE * SMALL_BIAS / (2 * FARADAY * thermal_voltage(298.15) * TIP * SALT)
    return size * ratio * (1 - ratio) * float(quad(slice_, 0, 1)[0])


def small_cone(ratio: float) -> tuple[float, float, float]:
    """Odd relative change of the mean salt and of the conductance of a cone at SMALL_BIAS, and the bar of the latter."""
    result = simulated(
        {
            "geometry": {
                "type": "cone", "length": CONE_LENGTH, "radius_tip": TIP, "radius_base": TIP / ratio, "reservoirs": None,
            },
            "electrolyte": KCL_WATER
            | {"concentration": SALT, "species": {"K": {"diffusivity": 2e-9}, "Cl": {"diffusivity": 2e-9}}},
            "walls": {"channel": {"surface_charge": CHARGE}},
            "solver": {"flow": "none"},
            "mesh": {"axial_cells": 48},
            "study": {"type": "sweep", "parameter": PARAMETER, "values": [-SMALL_BIAS, SMALL_BIAS]},
        }
    )  # fmt: skip
    minus, plus = result.table.sort_values("bias [V]").to_dict("records")
    low, high = (result.profiles[result.profiles["point"] == row["point"]] for row in (minus, plus))
    z = np.array(low["axial_position [m]"])
    salt = np.array(low["virtual_salt [mol/m^3]"]) - np.array(high["virtual_salt [mol/m^3]"])
    inside = (z >= 0) & (z <= CONE_LENGTH)
    mean = float(np.trapezoid(salt[inside], z[inside]) / (z[inside][-1] - z[inside][0])) / (2 * SALT)
    currents = abs(minus["current [A]"]), abs(plus["current [A]"])
    return mean, (currents[0] - currents[1]) / sum(currents), ratio_bar(minus, plus) / 2


def shape(setting: Setting) -> Iterator[Check | Plot]:
    """Tip over base: at zero flow the change of the salt is largest at 0.22; that of the conductance is not."""
    ratios = [0.05, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.35, 0.45, 0.6, 0.8]
    if setting.quick:
        ratios = [0.1, 0.16, 0.22, 0.3, 0.45]
    found = [small_cone(ratio) for ratio in ratios]
    salts, conductances, errors = ([point[k] for point in found] for k in range(3))
    logs = np.log(ratios)
    # a polynomial in the logarithm: the curve is smooth and its top flat
    fit = np.polynomial.Polynomial.fit(logs, salts, 4 if len(ratios) < 8 else 6)
    best = minimize_scalar(lambda x: -fit(x), bounds=(logs[0], logs[-1]), method="bounded")
    theory = minimize_scalar(lambda x: -slender_change(x, 0), bounds=(0.02, 0.9), method="bounded")
    name = "cone, tip 100 nm, 40 um long, 10 mM, -2 mC/m^2, 50 mV, no flow"
    for source, reference, tolerance in ((BOON, 0.22, 0.05), (SLENDER, float(theory.x), 0.03)):
        yield Check(
            "trends", name, "R_tip / R_base where the mean salt changes most", "", reference, float(np.exp(best.x)),
            tolerance, "published" if source == BOON else "model", source,
            note="the abstract speaks of diodic behavior; the number is the optimum of the salt averaged along the cone"
            if source == BOON else "",
        )  # fmt: skip
    for quantity, values, power in (("mean salt", salts, 0), ("conductance", conductances, 2)):
        model = [slender_change(ratio, power) for ratio in ratios]
        worst = int(np.argmax([abs(v / m - 1) for v, m in zip(values, model, strict=True)]))
        yield Check(
            "trends", name, f"relative change of the {quantity} with the bias, R_tip / R_base = {ratios[worst]:g}", "",
            model[worst], values[worst], 0.05, "model", SLENDER, error=errors[worst] if power else math.nan,
            note=f"the worst of {len(ratios)} ratios from {ratios[0]:g} to {ratios[-1]:g}",
        )  # fmt: skip
    smooth = [float(x) for x in np.geomspace(min(ratios), max(ratios), 60)]
    yield Plot(
        "trends", "shape", "Change with a bias of 50 mV without flow, against the shape of a cone of fixed tip radius",
        "R_tip / R_base", "odd relative change",
        (
            Line("mean salt, closed form", smooth, [slender_change(x, 0) for x in smooth], look="reference"),
            Line("conductance, closed form", smooth, [slender_change(x, 2) for x in smooth], look="model"),
            Line("mean salt, this program", ratios, salts),
            Line("conductance, this program", ratios, conductances, errors),
        ),
        "The salt averaged along the cone changes most at 0.22, the published optimum. The conductance, to which the narrow "
        "tip counts most, changes the more the sharper the cone is.",
        x_log=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ pressure
PRESSURE = "terminals.base.pressure"


def optimal_pressure(setting: Setting) -> Iterator[Check | Plot]:
    """The pressure at which a cone conducts best at negative bias grows in proportion to the voltage; it nearly stops
    the electroosmotic flow."""
    voltages = (0.5, 1.0) if setting.quick else (0.25, 0.5, 1.0)
    per_volt = [0, 40, 50, 60, 70, 80, 100] if setting.quick else [0, 20, *range(40, 105, 5), 120, 140]  # mbar
    lines, found = [], {}
    for voltage in voltages:
        found[voltage], conductance, errors = _best_pressure(98e-9, voltage, per_volt)
        lines.append(Line(f"-{voltage:g} V", [float(p) for p in per_volt], conductance, errors, look="curve"))
    name = "cone, 446 to 98 nm, 10 um long, 1 mM, no reservoirs"
    for voltage in voltages[:-1]:
        yield Check(
            "trends", name, f"best pressure at -1 V over that at -{voltage:g} V", "", 1.0 / voltage,
            found[1.0][0] / found[voltage][0], 0.15, "trend", BOON + ": proportional to the voltage",
            note=f"{found[voltage][0] / 100:.3g} mbar at -{voltage:g} V, {found[1.0][0] / 100:.3g} mbar at -1 V",
        )  # fmt: skip
    for voltage in voltages:
        best, stopped = found[voltage]
        yield Check(
            "trends", name, f"best pressure at -{voltage:g} V, over that which stops the flow", "", 1.0, best / stopped, 0.35,
            "trend", BOON + ": it counters the electroosmotic flow", note=f"{best / 100:.3g} and {stopped / 100:.3g} mbar",
        )  # fmt: skip
    if not setting.quick:
        (wide, _), _, _ = _best_pressure(140e-9, 0.5, [0, *range(15, 60, 5), 70])
        slender = [(r**2 + r * 446 + 446**2) / (r * 446) ** 2 for r in (98, 140)]
        yield Check(
            "trends", name, "best pressure at -0.5 V over that with a tip of 140 nm", "", slender[0] / slender[1],
            found[0.5][0] / wide, 0.2, "trend", BOON + ": inversely proportional to the squared tip radius",
            note=f"{found[0.5][0] / 100:.3g} and {wide / 100:.3g} mbar; the reference is the ratio of hydraulic resistance "
            f"and electroosmotic flow of slender cones, which tends to that of the squares, {(140 / 98) ** 2:.3g}",
        )  # fmt: skip
    yield Plot(
        "trends", "optimal_pressure", "Conductance of a cone at negative bias, without the streaming current",
        "pressure at the base / |bias| [mbar/V]", "(I(V, P) - I(0, P)) / V [S]", tuple(lines),
        "The maximum lies at the same ratio of pressure to voltage, where most of the electroosmotic flow is countered.",
    )  # fmt: skip


Best = tuple[tuple[float, float], list[float], list[float]]


def _best_pressure(tip: float, voltage: float, per_volt: Sequence[float]) -> Best:
    """For a tip radius (m) and minus a voltage (V) at the base: the pressure (Pa) at which the conductance is largest and
    that at which the flow stops; conductance and its error bar (S) at pressures `per_volt` (mbar/V)."""
    pressures = [100.0 * p * voltage for p in per_volt]
    (streaming,) = _conical_channel(tip, 0.0, [1e3])
    slope = streaming["current [A]"] / 1e3  # what the pressure alone drives; it is linear
    driven = _conical_channel(tip, -voltage, pressures)
    conductance = [(row["current [A]"] - slope * p) / -voltage for row, p in zip(driven, pressures, strict=True)]
    # the flow rises with the pressure, from the electroosmotic one to zero and beyond
    stopped = float(np.interp(0.0, [row["flow_rate [m^3/s]"] for row in driven], pressures))
    return (maximum(pressures, conductance)[0], stopped), conductance, [bar(r, "current [A]") / voltage for r in driven]


def _conical_channel(tip: float, voltage: float, pressures: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of the cone of cases/pressure_cone without its reservoirs, with a tip radius (m), at a voltage (V) of the base
    and pressures (Pa) there."""
    return rows(
        {
            "geometry": {
                "type": "cone", "length": 10e-6, "radius_tip": tip, "radius_base": 446e-9, "reservoirs": None,
            },
            "electrolyte": KCL_WATER
            | {"concentration": 1.0, "species": {"K": {"diffusivity": 1e-9}, "Cl": {"diffusivity": 1e-9}}},
            "terminals": {"base": {"potential": voltage}},
            "walls": {"channel": {"surface_charge": -3.4e-3}},
            "mesh": {"axial_cells": 48},
            "study": {"type": "sweep", "parameter": PRESSURE, "values": list(pressures), "driven_terminal": "base"},
        }
    )  # fmt: skip


GATED = "Barnaveli, Kamsma, Boon, van Roij, arXiv:2404.15006"
DRAMATIC = "'Dramatic pressure-sensitive ion conduction in conical nanopores', arXiv:2005.03133, abstract"


def pressure_cone(setting: Setting) -> Iterator[Check | Plot]:
    """The shipped cone: pressure raises its rectification, and its conductance depends on pressure nonlinearly."""
    values = ["study.values=[-60 mbar, 0 bar, 60 mbar]"] if setting.quick else []
    result = setting.shipped("pressure_cone", values)
    table = result.observables

    def at(voltage: float, pressure: float) -> Mapping[str, Any]:
        mask = matches(table[f"{PARAMETER} [V]"], voltage) & matches(table[f"{PRESSURE} [Pa]"], pressure)
        return dict(table[mask].iloc[0])

    pressures = sorted({float(p) for p in table[f"{PRESSURE} [Pa]"]})
    name = "cone, 446 to 98 nm, 10 um long, 1 mM (cases/pressure_cone)"
    still = abs(at(-1, 0)["current [A]"] / at(1, 0)["current [A]"])
    best = max(
        ((at(-1, p), at(1, q), p, q) for p in pressures for q in pressures),
        key=lambda pair: abs(pair[0]["current [A]"] / pair[1]["current [A]"]),
    )
    ratio = abs(best[0]["current [A]"] / best[1]["current [A]"])
    yield Check(
        "trends", name, "ratio at 1 V with the best pressures over that without pressure", "", 1.5, ratio / still, 0.0,
        "trend", GATED + ": from 1.49 to 2.86, quoted, not read in the paper", bound=">",
        error=ratio_bar(best[0], best[1]) / still + ratio / still**2 * ratio_bar(at(-1, 0), at(1, 0)),
        note=f"ours: from {still:.4g} to {ratio:.4g} with {best[2] / 100:g} mbar at -1 V and {best[3] / 100:g} mbar at 1 V",
    )  # fmt: skip
    # without the streaming current, at the same pressure
    conductance = {p: (at(-1, p)["current [A]"] - at(0, p)["current [A]"]) / -1.0 for p in pressures}
    up, down = (abs(conductance[p] / conductance[0.0] - 1) for p in (6e3, -6e3))
    error = sum(bar(at(-1, p), "current [A]") for p in (6e3, 0.0)) / conductance[0.0]
    yield Check(
        "trends", name, "change of the conductance at -1 V by 60 mbar over that by -60 mbar", "", 5.0, up / down, 0.0,
        "trend", f"{DRAMATIC}: conductance depends on pressure, highly nonlinearly", bound=">", error=error / down,
        note=f"{up:+.1%} and {(conductance[-6e3] / conductance[0.0] - 1):+.1%}; a linear dependence would give 1",
    )  # fmt: skip
    yield Plot(
        "trends", "pressure_cone", "Conductance of a cone against pressure, without the streaming current",
        "pressure at the base [mbar]", "(I(V, P) - I(0, P)) / V [S]",
        tuple(
            Line(
                f"{v:g} V", [p / 100 for p in pressures],
                [(at(v, p)["current [A]"] - at(0, p)["current [A]"]) / v for p in pressures],
                [bar(at(v, p), "current [A]") for p in pressures], look="curve",
            )
            for v in (-1, 1)
        ),
        "Pressure changes the conductance where it opposes the electroosmotic flow.",
    )  # fmt: skip


TRENDS = Section(
    "trends",
    "Published trends",
    "Where rectification is largest. Of the papers the abstracts were read; sizes, charges and reservoirs are ours, so "
    "that trends and optima are compared, not numbers.",
    in_turn(concentration, shape, optimal_pressure, pressure_cone),
)
