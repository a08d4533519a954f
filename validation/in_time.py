"""Runs in time: the charging of a cell with blocking electrodes, the memory of a conical channel, and balances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.optimize import brentq

from python_interface.result import SimulationResult
from solver.analysis.relaxation import Relaxation
from solver.case.loading import load_case
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from validation.checks import Check, Line, Plot, Section
from validation.devices import KCL_WATER, simulated
from validation.setting import Setting, shipped_cases

Array = NDArray[Any]
Data = dict[str, Any]


def without_bars(data: Data, comm: MPI.Comm | None = None) -> SimulationResult:
    """Result of a case in memory, without error bars. Collective."""
    return simulated(data | {"outputs": {"errors": "none"}}, comm)


def column(result: SimulationResult, header: str) -> Array:
    """One observable at all instants."""
    return np.array(result[header], dtype=float)


# ------------------------------------------------------------------------------------------------ blocking cell
HALF_GAP, DEBYE_LENGTH, DIFFUSIVITY, TEMPERATURE, PERMITTIVITY = 100e-9, 5e-9, 2e-9, 298.15, 78.5
THICKNESS = DEBYE_LENGTH / HALF_GAP
STERN = 0.1  # thickness of the Stern layers over the Debye length
VOLT = thermal_voltage(TEMPERATURE)
CONCENTRATION = PERMITTIVITY * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * DEBYE_LENGTH**2)
CHARGING_TIME = DEBYE_LENGTH * HALF_GAP / DIFFUSIVITY
PLATE = 1e-6 * 20e-9  # m^2
CELL: Data = {
    "geometry": {"type": "cell", "length": 2 * HALF_GAP, "width": 1e-6, "height": 20e-9},
    "electrolyte": {
        "concentration": CONCENTRATION,
        "temperature": TEMPERATURE,
        "relative_permittivity": PERMITTIVITY,
        "species": {"K": {"diffusivity": DIFFUSIVITY}, "Cl": {"diffusivity": DIFFUSIVITY}},
    },
    "walls": {side: {"potential": 0.0, "stern": {"thickness": STERN * DEBYE_LENGTH}} for side in ("left", "right")},
    "solver": {"flow": "none"},
}
"""The cell of Bazant, Thornton and Ajdari, Phys. Rev. E 70, 021506 (2004), with dimensions; no study."""

CHARGES = {
    0.1: {0.1: 0.09577018, 0.5: 0.39015924, 1.0: 0.61322993, 2.0: 0.81297300, 5.0: 0.90599169},
    1.0: {0.1: 0.09576965, 0.5: 0.39017068, 1.0: 0.61393060, 2.0: 0.81868022, 5.0: 0.92579659},
    4.0: {0.1: 0.09576160, 0.5: 0.39020152, 1.0: 0.62095408, 2.0: 0.87184554, 5.0: 1.13566551},
}
"""For plates at +-v thermal voltages: charge of one half over v eps, in 2 F c L a plate's area, at times in lambda L / D."""

SLOWEST = 0.88990421
"""Slowest time constant at small voltages over lambda L / D."""

CELLS = "finite volumes with Richardson extrapolation"


def slowest_time(thickness: float, stern: float) -> float:
    """Slowest time constant of small changes in the cell over lambda L / D, from the pole of its response.

    With growth like exp(s t) in the place of i omega the response has a pole where the potential of a plate vanishes, which
    (see `validation.spectra.cell_impedance`) is a multiple of tanh(k L) + (s lambda^2/D) k L + delta (lambda k)^3: with
    q = lambda k, s lambda^2/D = q^2 - 1 and eps = lambda/L (`thickness`) where

        tanh(q/eps) - q (1 - q^2)/eps + delta q^3 = 0,   and the time constant is -1/s = eps/(1 - q^2) lambda L/D.
    """
    pole = brentq(lambda q: math.tanh(q / thickness) - q * (1 - q * q) / thickness + stern * q**3, 0.8, 1.0, xtol=1e-15)
    return float(thickness / (1 - pole * pole))


def charging(voltage: float, *, tolerance: float, refinement: int, spacing: float = 0.1, stop: float = 5.0) -> Array:
    """Scaled charge of one half of the cell at multiples of `spacing` (in lambda L / D) after a step to +-voltage (in
    thermal voltages)."""
    plates = {"walls.left.potential": voltage * VOLT, "walls.right.potential": -voltage * VOLT}
    study = {
        "type": "transient",
        "tolerance": tolerance,
        "record_every": spacing * CHARGING_TIME,
        "protocol": [{"type": "step", "to": plates}, {"type": "hold", "duration": stop * CHARGING_TIME}],
    }
    found = without_bars(CELL | {"mesh": {"refinement": refinement}, "study": study})
    unit = 2 * FARADAY * CONCENTRATION * HALF_GAP * PLATE * voltage * THICKNESS
    return -column(found, "charge_left_half [C]") / unit


def blocking_cell(setting: Setting) -> Iterator[Check | Plot]:
    """The charge of the double layers after a step of the voltage, linear and beyond, and the slowest rate."""
    lines = []
    for voltage, exact in CHARGES.items():
        for name, options, tolerance in (
            ("default tolerance and mesh", {"tolerance": 1e-3, "refinement": 0}, 1e-3),
            ("tolerance 1e-5, mesh refined once", {"tolerance": 1e-5, "refinement": 1}, 1e-4),
        ):
            if setting.quick and (voltage == 1.0) != (tolerance == 1e-4):
                continue
            found = charging(voltage, **options)  # type: ignore[arg-type]
            for time, reference in exact.items():
                yield Check(
                    "blocking_cell", f"plates at +-{voltage:g} V_T, {name}", f"charge at {time:g} lambda L / D", "",
                    reference, float(found[round(10 * time)]), tolerance, "exact", CELLS, reference_uncertainty=2e-8,
                )  # fmt: skip
        times = 0.1 * np.arange(len(found))
        lines.append(Line(f"this program, {voltage:g} V_T", list(times), list(found), look="curve"))
        lines.append(Line(f"finite volumes, {voltage:g} V_T", list(exact), list(exact.values()), look="points"))
    yield Plot(
        "blocking_cell", "blocking_cell", "Charging of a cell with blocking electrodes", "time / (lambda L / D)",
        "charge of one half / (2 F c L v eps)", tuple(lines), "Strong voltages charge slower and further.",
    )  # fmt: skip
    yield from slowest_rate(setting)


def slowest_rate(_setting: Setting) -> Iterator[Check]:
    """The decay at late times after a small step: from the differences of three charges, whatever the last one is."""
    pole = slowest_time(THICKNESS, STERN)
    yield Check(
        "blocking_cell", "small voltages", "slowest time constant over lambda L / D: pole of the response", "", SLOWEST,
        pole, 1e-8, "exact", "inverse Laplace transform", reference_uncertainty=1e-8,
    )  # fmt: skip
    charge = charging(0.01, tolerance=1e-8, refinement=1, stop=3.0)
    first, middle, last = charge[[10, 20, 30]]
    yield Check(
        "blocking_cell", "small voltages", "slowest time constant over lambda L / D", "", SLOWEST,
        float(1.0 / math.log((middle - first) / (last - middle))), 1e-4, "exact", "pole of the linear response",
        note="from the charges at 1, 2 and 3 lambda L / D after a step to 0.01 V_T",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ memory of a cone
LENGTH, BASE, TIP, SALT_DIFFUSIVITY = 10e-6, 200e-9, 50e-9, 1.75e-9
MEMORY = LENGTH**2 / (12 * SALT_DIFFUSIVITY)
"""s; the memory time in the theory of Kamsma et al., PRL 130, 268401 (2023)."""


def relaxing_salt(times: Array) -> Mapping[str, Array]:
    """Means of the salt that a small voltage adds, up to a factor, at times in L^2 / 12 D: thin double layers, to leading
    order in radius over length.

    pi R^2 dc/dt = D d/dx(pi R^2 dc/dx) + S, c = 0 at both ends; the ions of the double layers, which the field E ~ 1/R^2
    moves along the perimeter 2 pi R, add S ~ d(1/R)/dx ~ 1/R^2. With R'' = 0 the product u = R c obeys du/dt = D u'' + S/R,
    so that its modes are sines, whose rates n^2 pi^2 D / L^2 do not depend on the taper.
    """
    x = np.linspace(0.0, 1.0, 4001)
    radius = BASE + (TIP - BASE) * x
    n = np.arange(1, 400)
    modes = np.sin(np.pi * np.outer(n, x))
    source = np.trapezoid(modes / radius**3, x, axis=1)
    rates = n**2 * np.pi**2 / 12
    weights = {
        "mean over the volume": np.trapezoid(modes * radius, x, axis=1) / np.trapezoid(radius**2, x),
        "mean along the axis": np.trapezoid(modes / radius, x, axis=1),
    }
    grown = 1 - np.exp(-np.outer(np.asarray(times), rates))
    return {name: grown @ (source * weight / rates) for name, weight in weights.items()}


def axial_means(result: SimulationResult, header: str) -> Array:
    """Means of a profile over the length of the channel at all instants, every section counting alike."""
    found = []
    for _, profile in result.profiles.groupby("point"):
        at, values = (np.array(profile[key], dtype=float) for key in ("axial_position [m]", header))
        inside = (at >= -1e-9 * LENGTH) & (at <= (1 + 1e-9) * LENGTH)
        found.append(float(np.trapezoid(values[inside], at[inside]) / np.ptp(at[inside])))
    return np.array(found)


def salt_memory(setting: Setting) -> Iterator[Check | Plot]:
    """How long the salt of the conical microchannel needs after a small step of the voltage."""
    data = load_case(shipped_cases() / "conical_microchannel").model_dump(mode="json")
    spacing = MEMORY / 8
    data["mesh"] = {"axial_cells": 32 if setting.quick else 96}
    data["study"] = {
        "type": "transient",
        "record_every": spacing,
        "protocol": [
            {"type": "step", "to": {"terminals.base.potential": -0.05}},
            {"type": "hold", "duration": 4 * MEMORY},
        ],
    }
    found = without_bars(data)
    times = column(found, "time [s]") / MEMORY
    model = relaxing_salt(times)
    ours = {
        "mean over the volume": column(found, "virtual_salt_mean [mol/m^3]"),
        "mean along the axis": axial_means(found, "virtual_salt [mol/m^3]"),
    }
    name, theory = "cone, 200 to 50 nm, 10 um long, 0.1 mM, -0.05 V", "modes of the salt, thin double layers"
    yield Check(
        "memory", name, "memory time over L^2 / 12 D, mean along the axis", "", 1.0,
        Relaxation.of(times, ours["mean along the axis"]).mean_time, 0.1, "model", "Kamsma et al., PRL 130, 268401 (2023)",
    )  # fmt: skip
    for which, values in ours.items():
        yield Check(
            "memory", name, f"memory time over L^2 / 12 D, {which}", "", Relaxation.of(times, model[which]).mean_time,
            Relaxation.of(times, values).mean_time, 0.02, "model", theory, note="integral of the way left over the whole way",
        )  # fmt: skip
    late = ours["mean along the axis"][[16, 24, 32]]
    yield Check(
        "memory", name, "slowest time constant over L^2 / 12 D", "", 12 / math.pi**2,
        float(1.0 / math.log((late[1] - late[0]) / (late[2] - late[1]))), 0.01, "model", "L^2 / (pi^2 D)",
    )  # fmt: skip
    lines = []
    for which, values in ours.items():
        grown = (values - values[0]) / (values[-1] - values[0])
        lines.append(Line(f"this program, {which}", list(times), list(grown)))
        lines.append(
            Line(f"thin double layers, {which}", list(times), list(model[which] / model[which][-1]), look="model")
        )
    yield Plot(
        "memory", "salt_memory", "Salt of a conical channel after a small step of the voltage", "time / (L^2 / 12 D)",
        "change of the mean salt / that at the end", tuple(lines),
        "Salt comes and goes at the tip; the mean along the axis, which is what the conductance follows, is faster than the "
        "mean over the volume.",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ balances
def eventful_slit() -> Data:
    """A short charged slit with flow, driven by everything at once: jumps and a sine of the voltage, and in a second track a
    jump of pressure and concentration, and a ramp of the pressure."""
    voltage, pressure = "terminals.left.potential", "terminals.left.pressure"
    return {
        "geometry": {
            "type": "slit", "length": 100e-9, "height": 20e-9, "width": 1e-6,
            "reservoirs": {"length": 50e-9, "half_height": 50e-9},
        },
        "electrolyte": KCL_WATER,
        "terminals": {side: {"concentration": 10.0} for side in ("left", "right")},
        "walls": {"channel": {"surface_charge": -0.01}},
        "mesh": {"wall_size": "1 debye_length", "corner_size": "0.3 debye_length", "growth": 3.0, "axial_cells": 4},
        "study": {
            "type": "transient",
            "protocol": {
                "voltage": [
                    {"type": "step", "to": {voltage: 0.2}},
                    {"type": "hold", "duration": 1e-6},
                    {"type": "sine", "amplitude": {voltage: 0.2}, "frequency": 1e5},
                    {"type": "step", "to": {voltage: -0.2}},
                    {"type": "hold", "duration": 2e-6},
                ],
                "rest": [
                    {"type": "hold", "duration": 4e-6},
                    {"type": "step", "to": {pressure: 1e5, "terminals.right.concentration": 20.0}},
                    {"type": "ramp", "duration": 3e-6, "to": {pressure: 0.0}},
                ],
            },
        },
    }  # fmt: skip


NEARLY_NO_CURRENT = 1e-2
"""Part of the largest current below which a current is on its way through zero, and nothing to compare an error with."""


def balances(_setting: Setting) -> Iterator[Check]:
    """What goes in minus what comes out is what is there, over a whole run and at every instant of it."""
    found = without_bars(eventful_slit())
    below = partial(
        Check, "balances", "slit with jumps and a sine of the voltage, of pressure and concentration", unit="",
        reference=0.0, tolerance=1e-8, kind="exact", bound="<", scale=1.0, source="conservation",
    )  # fmt: skip
    current = np.abs(column(found, "current [A]"))
    everywhere, flowing = np.full(len(current), True), current > NEARLY_NO_CURRENT * current.max()
    for header, quantity, instants in (
        ("salt_balance_error", "ions that are missing, over those that passed", everywhere),
        ("charge_balance_error", "charge that is missing, over that which passed", everywhere),
        ("conservation_error", "sum of the total currents of all terminals over the largest", flowing),
        ("flow_conservation_error", "sum of the flow rates of all terminals over the largest", everywhere),
    ):
        values = column(found, header)[instants]
        yield below(quantity=quantity, value=float(np.nanmax(values)), note=f"the largest of {len(values)} instants")


BLOCKING_CELL = Section(
    "blocking_cell",
    "Charging of a cell with blocking electrodes",
    "The cell of M. Z. Bazant, K. Thornton and A. Ajdari, Phys. Rev. E 70, 021506 (2004): Debye length / half gap = 0.05, "
    "Stern layers of a tenth of a Debye length.",
    blocking_cell,
)
MEMORY_TIME = Section(
    "memory",
    "Memory of a conical channel",
    "The salt of the channel of PRL 130, 268401 after a small step of the voltage. `L^2 / 12 D` is the time of "
    "the paper's theory.",
    salt_memory,
)
BALANCES = Section(
    "balances",
    "Balances in time",
    "Charge, ions and volume over a run with everything in it.",
    balances,
)
