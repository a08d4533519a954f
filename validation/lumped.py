"""Circuits of lumped elements against exact formulas: in time, at rest, and many membranes in series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import cos, exp, expm1, log, log1p, sin, sqrt
from typing import Any

from scipy.special import lambertw

from circuits.description.circuit import Circuit
from circuits.studies.base import runner_of
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from solver.physics.constants import thermal_voltage
from validation.checks import Check, Plot
from validation.setting import Setting

SECTION = "circuits"
GROUND: dict[str, Any] = {"bath": {"ground": True}}
VOLT = thermal_voltage(298.15)
TIGHT = 1e-7
"""Tolerance of the steps in time, thermal voltages."""


def circuit(elements: Mapping[str, Any], study: Mapping[str, Any] | None = None) -> Circuit:
    """A circuit of elements, with the ground `bath`."""
    ends: dict[str, Any] = {node: {} for element in elements.values() for node in element["terminals"]}
    data = {"circuit": {"nodes": ends | GROUND, "elements": elements}, "study": study or {"type": "steady"}}
    return Circuit.model_validate(data)


def in_time(setting: Setting, elements: Mapping[str, Any], duration: float) -> list[Mapping[str, Any]]:
    """Rows of a run in time: every step behind the start."""
    study = {"type": "transient", "duration": duration, "tolerance": TIGHT}
    runner = runner_of(circuit(elements, study), setting.comm, Clock())
    return [row.columns for row in runner.rows() if row is not None][1:]


def at_rest(setting: Setting, elements: Mapping[str, Any]) -> Mapping[str, float]:
    """Columns of the steady state."""
    session = Session.of(circuit(elements), setting.comm, Clock())
    unknowns = session.settle()
    return session.row(unknowns, session.values or {})


def element(kind: str, ends: Sequence[str], **keys: Any) -> dict[str, Any]:
    """The keys of an element."""
    return {"type": kind, "terminals": list(ends), **keys}


# ------------------------------------------------------------------------------------------------ in time
def _largest(rows: Sequence[Mapping[str, Any]], header: str, exact: Callable[[float], float]) -> float:
    return max(abs(row[header] - exact(row["time [s]"])) for row in rows)


def _off(name: str, quantity: str, unit: str, off: float, tolerance: float, source: str, scale: float) -> Check:
    return Check(
        SECTION, name, f"largest error of the {quantity}", unit, 0.0, off, tolerance, "exact", source, scale=scale
    )


def ringing(setting: Setting) -> Iterator[Check | Plot]:
    """A coil, a resistor and a capacitor behind a step of voltage."""
    volts, resistance, inductance, capacitance = 0.1, 1e3, 1.0, 1e-6
    step = [{"type": "step", "to": volts}, {"type": "hold", "duration": 1e-2}]
    rows = in_time(
        setting,
        {
            "source": element("voltage_source", ("drive", "bath"), protocol=step),
            "R": element("resistor", ("drive", "a"), resistance=resistance),
            "L": element("inductor", ("a", "out"), inductance=inductance, current_scale=1e-5),
            "C": element("capacitor", ("out", "bath"), capacitance=capacitance),
        },
        1e-2,
    )  # fmt: skip
    damping = resistance / (2.0 * inductance)
    frequency = sqrt(1.0 / (inductance * capacitance) - damping**2)

    def voltage(time: float) -> float:
        ringing = cos(frequency * time) + damping / frequency * sin(frequency * time)
        return volts * (1.0 - exp(-damping * time) * ringing)

    def current(time: float) -> float:
        return volts / (inductance * frequency) * exp(-damping * time) * sin(frequency * time)

    name, source = "coil, resistor and capacitor behind a step", "damped oscillation in closed form"
    yield _off(name, "voltage", "V", _largest(rows, "potential_out [V]", voltage), 1e-6, source, volts)
    yield _off(name, "current", "A", _largest(rows, "current_L [A]", current), 1e-6, source, current(1e-3))


def switched(setting: Setting) -> Iterator[Check | Plot]:
    """A capacitor that leaks, charged while a switch is closed."""
    volts, close, open_, leak, on, capacitance = 0.1, 1e-3, 3e-3, 2e6, 1e6, 1e-9
    rows = in_time(
        setting,
        {
            "battery": element("battery", ("supply", "bath"), voltage=volts),
            "S": element("switch", ("supply", "out"), resistance=on, changes_at=[close, open_]),
            "leak": element("resistor", ("out", "bath"), resistance=leak),
            "C": element("capacitor", ("out", "bath"), capacitance=capacitance, initial=0.05),
        },
        6e-3,
    )
    both = on * leak / (on + leak)
    final = volts * leak / (on + leak)

    def voltage(time: float) -> float:
        at_closing = 0.05 * exp(-min(time, close) / (leak * capacitance))
        if time <= close:
            return at_closing
        charged = final + (at_closing - final) * exp(-(min(time, open_) - close) / (both * capacitance))
        return charged if time <= open_ else charged * exp(-(time - open_) / (leak * capacitance))

    off = _largest(rows, "potential_out [V]", voltage)
    yield _off("capacitor behind a switch", "voltage", "V", off, 1e-5, "exponentials in closed form", volts)


def through_a_diode_alone(time: float, first: float, saturation: float, capacitance: float) -> float:
    """Voltage (V) of a capacitor (F) that a diode with a saturation current (A) discharges. first: V; time: s."""
    # u = exp(-V / V_T) obeys du/dt = (1 - u) I_s / (C V_T)
    return -VOLT * log1p(expm1(-first / VOLT) * exp(-time * saturation / (capacitance * VOLT)))


def through_a_diode(setting: Setting) -> Iterator[Check | Plot]:
    """A capacitor that a diode discharges."""
    saturation, capacitance, first = 1e-12, 1e-12, 0.2
    rows = in_time(
        setting,
        {
            "D": element("diode", ("out", "bath"), saturation_current=saturation, thermal_voltage=VOLT),
            "C": element("capacitor", ("out", "bath"), capacitance=capacitance, initial=first),
        },
        0.1,
    )

    def voltage(time: float) -> float:
        return through_a_diode_alone(time, first, saturation, capacitance)

    off = _largest(rows, "potential_out [V]", voltage)
    source = "closed form of C dV/dt = -I_s (exp(V/V_T) - 1)"
    yield _off("capacitor that a diode discharges", "voltage", "V", off, 1e-5, source, first)


# ------------------------------------------------------------------------------------------------ at rest
def resting(setting: Setting) -> Iterator[Check | Plot]:
    """Diode, batteries and selective membranes without time."""

    def check(name: str, quantity: str, unit: str, reference: float, value: float, source: str) -> Check:
        return Check(SECTION, name, quantity, unit, reference, value, 1e-9, "exact", source)

    volts, saturation, resistance = 0.8, 1e-12, 1e9
    found = at_rest(
        setting,
        {
            "battery": element("battery", ("supply", "bath"), voltage=volts),
            "R": element("resistor", ("supply", "out"), resistance=resistance),
            "D": element("diode", ("out", "bath"), saturation_current=saturation, thermal_voltage=VOLT),
        },
    )
    unit = VOLT / resistance
    exact = unit * lambertw(saturation / unit * exp((volts + saturation * resistance) / VOLT)).real - saturation
    yield check("diode behind a resistor", "current", "A", exact, found["current_D [A]"], "Lambert's W function")

    inner, load, temperature = 2e8, 1e9, 310.15
    nernst = element(
        "nernst_battery",
        ("out", "bath"),
        concentrations=[1.0, 100.0],
        valence=2,
        resistance=inner,
        temperature=temperature,
    )
    found = at_rest(setting, {"E": nernst, "load": element("resistor", ("out", "bath"), resistance=load)})
    exact = 0.5 * thermal_voltage(temperature) * log(100.0) * load / (load + inner)
    name = "Nernst battery of a divalent ion and a load"
    yield check(name, "voltage", "V", exact, found["potential_out [V]"], "Nernst potential and Ohm's law")

    kinds = {"one": (3e-9, 1.0), "other": (1e-9, -0.5)}
    membranes = {
        key: element("selective_membrane", ("out", "bath"), concentrations=[1.0, 100.0], conductance=g, selectivity=s)
        for key, (g, s) in kinds.items()
    }
    found = at_rest(setting, membranes)
    of_both = [(g, s * VOLT * log(100.0)) for g, s in kinds.values()]
    exact = sum(g * e for g, e in of_both) / sum(g for g, _ in of_both)
    name = "two selective membranes side by side"
    yield check(
        name, "voltage", "V", exact, found["potential_out [V]"], "mean of the reversal potentials by conductance"
    )


MEMBRANES, RATIO, CONDUCTANCE, SELECTIVITY = 175, 50.0, 1e-3, 0.95
"""Membranes in series, concentrations of both sides over one another, conductance (S) and selectivity of each."""


def stacked(setting: Setting) -> Iterator[Check | Plot]:
    """Selective membranes of alternating sign in series, with loads."""
    voltage = MEMBRANES * SELECTIVITY * VOLT * log(RATIO)
    inner = MEMBRANES / CONDUCTANCE
    membranes = {}
    for k in range(MEMBRANES):
        sign = 1.0 if k % 2 == 0 else -1.0
        sides = [10.0, 10.0 * RATIO] if k % 2 == 0 else [10.0 * RATIO, 10.0]
        ends = f"n{k + 1}", "bath" if k == 0 else f"n{k}"
        membranes[f"m{k}"] = element(
            "selective_membrane", ends, concentrations=sides, conductance=CONDUCTANCE, selectivity=sign * SELECTIVITY
        )
    found = {}
    for part in (1e9, 0.99, 1.0, 1.01):
        load = element("resistor", (f"n{MEMBRANES}", "bath"), resistance=part * inner)
        row = at_rest(setting, {**membranes, "load": load})
        found[part] = row[f"potential_n{MEMBRANES} [V]"], row["current_load [A]"]
    name, source = f"{MEMBRANES} selective membranes in series", "sum of the reversal potentials, Ohm's law"

    def check(quantity: str, unit: str, reference: float, value: float, tolerance: float = 1e-9, **more: Any) -> Check:
        return Check(SECTION, name, quantity, unit, reference, value, tolerance, "exact", source, **more)

    yield check("voltage without current", "V", voltage, found[1e9][0], 2e-9)
    power = found[1.0][0] * found[1.0][1]
    yield check("power in the matched load", "W", voltage**2 / (4.0 * inner), power)
    beside = max(found[part][0] * found[part][1] for part in (0.99, 1.01))
    yield check("power in loads 1 % beside it", "W", power, beside, 0.0, bound="<")
