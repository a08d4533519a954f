"""Results of runs in time and of impedance made without a solver: a conductance that follows the voltage with a delay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from solver.results.columns import Column
from solver.results.directory import ResultDirectory
from tests.support.synthetic import BIAS, Array, Cone, started, write_fields

MEMORY = 5e-3
"""Memory time of the conductance, s."""
CONDUCTANCE = 1e-9
CAPACITANCE = 2e-13
OUTER = "study.protocol.0.frequency [Hz]"
STEPS = 80  # rows of a period


def salt_ratio(times: Array, voltage: Array, memory: float) -> Array:
    """Relative salt that relaxes to 1 - tanh(V) / 2 with the memory time; exact for a voltage constant in each step."""
    ratio = [1.0 - 0.5 * np.tanh(voltage[0])]
    for i in range(1, len(times)):
        goal = 1.0 - 0.5 * np.tanh(0.5 * (voltage[i - 1] + voltage[i]))
        ratio.append(goal + (ratio[-1] - goal) * np.exp(-(times[i] - times[i - 1]) / memory))
    return np.array(ratio)


def rows_in_time(first: int, outer: dict[str, float], times: Array, voltage: Array) -> list[dict[str, Any]]:
    """Rows of observables.csv for one drive, with the columns of a run in time."""
    salt = 10.0 * salt_ratio(times, voltage, MEMORY)
    conduction = CONDUCTANCE * salt / 10.0 * voltage
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.gradient(voltage, times)
    displacement = CAPACITANCE * np.where(np.isfinite(slopes), slopes, 0.0)
    total = conduction + displacement
    charge = np.concatenate([[0.0], np.cumsum(0.5 * (total[1:] + total[:-1]) * np.diff(times))])
    return [
        {
            "point": first + i,
            **outer,
            "time [s]": times[i],
            BIAS: voltage[i],
            "bias [V]": voltage[i],
            "current [A]": total[i],
            "conduction_current [A]": conduction[i],
            "displacement_current [A]": displacement[i],
            "conservation_error": 2e-11,
            "conductance [S]": total[i] / voltage[i] if voltage[i] else np.nan,
            "flow_rate [m^3/s]": 1e-17 * voltage[i],
            "flow_conservation_error": 1e-13,
            "current_base [A]": total[i],
            "current_tip [A]": -total[i],
            "salt_mean [mol/m^3]": salt[i],
            "salt_axial_mean [mol/m^3]": salt[i],
            "charge_passed [C]": charge[i],
            "salt_balance_error": 3e-4 * (1.0 if i == len(times) // 2 else 0.1),
            "charge_balance_error": 2e-9,
            "step_size [s]": times[i] - times[i - 1] if i else np.nan,
            "step_error": 4e-4,
            "wall_time [s]": 0.05 * i,
        }
        for i in range(len(times))
    ]


def start(path: Path, study: dict[str, Any], cone: Cone) -> ResultDirectory:
    columns = {"observables.csv": {"salt_mean [mol/m^3]": Column("mean salt", "Mean salt.")}}
    case = {"title": "Conical memristor", "study": study}
    return started(path, cone, case, "memristor", ranks=1, columns=columns)


def loop_entry(rows: list[dict[str, Any]], outer: float | None, frequency: float, period: int) -> dict[str, Any]:
    """Entry `loops` of summary.json for the rows of one period."""
    voltage, current = (np.array([row[name] for row in rows]) for name in (BIAS, "current [A]"))
    lobes = []
    for sign in (1.0, -1.0):
        v = np.where(sign * voltage > 0.0, voltage, 0.0)
        lobes.append(-float(np.sum(0.5 * (current[1:] + current[:-1]) * np.diff(v))))
    spans = np.ptp(voltage) * np.ptp(current)
    crossing = float(np.max(np.abs(current[np.abs(voltage) < 0.05 * np.max(voltage)])))
    return {
        "outer": outer,
        "key": "terminals.base.potential",
        "frequency [Hz]": frequency,
        "period": period,
        "start [s]": rows[0]["time [s]"],
        "stop [s]": rows[-1]["time [s]"],
        "area [W]": abs(lobes[0]) + abs(lobes[1]),
        "area_positive [W]": lobes[0],
        "area_negative [W]": lobes[1],
        "area_normalised": (abs(lobes[0]) + abs(lobes[1])) / spans,
        "current_maximum [A]": float(current.max()),
        "current_minimum [A]": float(current.min()),
        "crossing_current [A]": crossing,
        "pinched": crossing < 0.05 * float(np.max(np.abs(current))),
        "accepted_steps": len(rows) - 1,
    }


def add(
    results: ResultDirectory, rows: Sequence[dict[str, Any]], cone: Cone, fields: Sequence[float]
) -> dict[int, tuple[float, float]]:
    """Append rows with profiles; returns the states (see `write_fields`) of the instants with fields."""
    z = np.linspace(0.0, cone.length, 41)
    middle = np.column_stack([z, 0.5 * cone.radius(z), 0.0 * z])
    states = {}
    for row in rows:
        salt = row["salt_mean [mol/m^3]"]
        data = cone.fields(middle, row["bias [V]"], salt)
        profile = [
            {
                "point": row["point"],
                "axial_position [m]": z[i],
                "salt [mol/m^3]": data["salt"][i],
                "potential [V]": data["potential"][i],
            }
            for i in range(len(z))
        ]
        results.add_point(row, profile)
        if any(abs(row["time [s]"] - time) < 1e-12 for time in fields):
            states[int(row["point"])] = (row["bias [V]"], salt)
    return states


def write_cycles(
    path: Path,
    frequencies: Sequence[float] = (30.0,),
    *,
    periods: int = 2,
    fields: Sequence[float] = (),
    complete: bool = True,
) -> Path:
    """Sine voltage of 1 V; with several frequencies the protocol is repeated for every one of them."""
    cone = Cone()
    sine = {
        "type": "sine",
        "amplitude": {"terminals.base.potential": 1.0},
        "frequency": frequencies[0],
        "periods": periods,
        "phase": 0.0,
    }
    results = start(path, {"type": "transient", "protocol": [sine]}, cone)
    loops, states, count = [], {}, 0
    for frequency in frequencies:
        times = np.arange(periods * STEPS + 1) / (STEPS * frequency)
        outer = {OUTER: frequency} if len(frequencies) > 1 else {}
        rows = rows_in_time(count, outer, times, np.round(np.sin(2.0 * np.pi * frequency * times), 14))
        count += len(rows)
        states |= add(results, rows, cone, fields)
        for k in range(periods):
            value = frequency if outer else None
            loops.append(loop_entry(rows[k * STEPS : (k + 1) * STEPS + 1], value, frequency, k + 1))
    if states:
        write_fields(results.path / "fields", cone, states)
    if complete:
        best = max(loops, key=lambda entry: entry["area_normalised"])
        largest = {"frequency [Hz]": 1.1 * best["frequency [Hz]"], "area_normalised": 1.02 * best["area_normalised"]}
        finish(results, loops=loops, largest_area=largest if len(frequencies) > 2 else None, steps=count - 1)
    return results.path


def write_pulses(path: Path, *, count: int = 8, after: float = 20e-3) -> Path:
    """Pulses of -1 V for 1 ms every 3 ms, then `after` seconds at 0.1 V, in which the salt relaxes."""
    cone = Cone()
    width, period, rest = 1e-3, 3e-3, 0.1
    to = {"terminals.base.potential": -1.0}
    protocol = [{"type": "pulses", "to": to, "width": width, "period": period, "count": count, "rise_time": 0.0}]
    protocol += [{"type": "hold", "duration": after}] if after else []
    results = start(path, {"type": "transient", "protocol": protocol}, cone)
    times, voltage, edges = [0.0, 0.0], [rest, -1.0], []
    for k in range(count):
        edges.append((k * period, k * period + width))
        inside = np.linspace(*edges[-1], 21)
        between = np.linspace(k * period + width, (k + 1) * period, 21)
        times += [*inside[1:], *between]
        voltage += [-1.0] * 20 + [rest] * 21
        if k < count - 1:
            times.append(between[-1])
            voltage.append(-1.0)
    end = count * period
    if after:
        times += np.linspace(end, end + after, 61)[1:].tolist()
        voltage += [rest] * 60
    rows = rows_in_time(0, {}, np.array(times), np.array(voltage))
    add(results, rows, cone, ())
    pulses: list[dict[str, Any]] = []
    before = None
    for k, (begin, stop) in enumerate(edges):
        row = next(row for row in rows if abs(row["time [s]"] - stop) < 1e-12)
        end_of = row["conductance [S]"]
        pulses.append(
            {
                "outer": None, "train": 1, "pulse": k + 1, "start [s]": begin, "stop [s]": stop,
                "current_end [A]": row["current [A]"], "conductance_end [S]": end_of, "conductance_before [S]": before,
                "ratio_to_first": end_of / (pulses[0]["conductance_end [S]"] if pulses else end_of),
            }
        )  # fmt: skip
        before = end_of
    salt = [row["salt_mean [mol/m^3]"] for row in rows]
    relaxed = next(i for i, row in enumerate(rows) if row["time [s]"] > edges[-1][1] + 1e-12) - 1
    final = 10.0 * (1.0 - 0.5 * np.tanh(rest))
    memory = {
        "outer": None, "start [s]": edges[-1][1], "stop [s]": end + after, "memory_time [s]": MEMORY,
        "of": "salt_axial_mean [mol/m^3]", "initial": salt[relaxed], "final": final, "fit_error": 1e-3,
    }  # fmt: skip
    finish(results, pulses=pulses, memory=[memory] if after else [], steps=len(rows) - 1)
    return results.path


def write_impedance(path: Path, biases: Sequence[float] = (0.0, 0.5)) -> Path:
    """Spectra of two relaxations behind a series resistance, 29 frequencies for every bias."""
    cone = Cone()
    results = start(path, {"type": "impedance", "terminal": "base"}, cone)
    point = 0
    for bias in biases:
        series, slow, fast = 2e8, 6e8 * (1.0 + bias), 9e8
        for frequency in np.logspace(-1, 6, 29):
            s = 2j * np.pi * frequency
            z = series + slow / (1.0 + s * MEMORY) + fast / (1.0 + s * 2e-6)
            results.add_point(
                {
                    "point": point,
                    BIAS: bias,
                    "frequency [Hz]": frequency,
                    "bias [V]": bias,
                    "impedance_real [ohm]": z.real,
                    "impedance_imaginary [ohm]": z.imag,
                    "impedance_magnitude [ohm]": abs(z),
                    "impedance_phase [deg]": np.degrees(np.angle(z)),
                    "admittance_real [S]": (1.0 / z).real,
                    "admittance_imaginary [S]": (1.0 / z).imag,
                    "differential_conductance [S]": 1.0 / (series + slow + fast),
                    "conservation_error": 5e-11,
                    "wall_time [s]": 0.1,
                }
            )
            point += 1
    results.complete(cost={"wall_time": 3.0})
    return results.path


def finish(results: ResultDirectory, *, steps: int, **entries: Any) -> None:
    """summary.json with the given lists, and the end of the run."""
    empty = {"rectification": [], "loops": [], "memory": [], "pulses": [], "largest_area": None}
    cost = {"accepted_steps": steps, "rejected_steps": 3, "factorisations": 2 * steps}
    results.write_json("summary.json", {**empty, **entries, "cost": cost})
    results.complete(cost={"phases": {"factorisation": 4.0, "output": 1.0}, "wall_time": 6.0, "peak_memory_MB": 210.0})
