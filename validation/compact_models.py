"""A compact model of the fast cone of an iontronic neuron, held against its fields under a course that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from circuits.compact.model import CompactModel
from circuits.description.circuit import Circuit
from exploration.compact.compact import CompactFit, compact
from exploration.compact.data import read_data
from python_interface.simulate import simulate
from solver.parallel.ranks import on_root
from solver.physics.constants import VACUUM_PERMITTIVITY
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.setting import Setting, shipped_cases

KEY = "compact_models"

LENGTH, TIP, BASE, PERMITTIVITY = 1e-6, 50e-9, 200e-9, 80.188
"""Of the cone, m; relative."""

DRIVEN = "terminals.base.potential"

PUSH, BATTERY, CAPACITANCE = 20e-12, 0.975, 5e-15
"""Of the circuit: A, V, F."""

LEVELS = (-1.0, 0.2, 1.0, -0.2, -0.5, 0.5)
"""V: the voltage jumps from one to the next, and stays for six memory times."""


def _study(setting: Setting, kind: str) -> dict[str, Any]:
    if kind == "sweep":
        points = 31 if setting.quick else 61
        return {"type": "sweep", "parameter": DRIVEN, "range": {"start": -1.5, "stop": 1.5, "points": points}}
    if kind == "steps":
        steps: list[dict[str, Any]] = [{"type": "hold", "duration": 1e-5}]
        for level in LEVELS:
            steps += [{"type": "step", "to": {DRIVEN: level}}, {"type": "hold", "duration": 3e-4}]
        return {"type": "transient", "protocol": steps}
    if kind == "sine":
        sine = {"type": "sine", "amplitude": {DRIVEN: 1.0}, "frequency": 2e3, "periods": 2}
        return {"type": "transient", "protocol": [sine]}
    frequencies = {"start": 100.0, "stop": 1e7, "points": 16 if setting.quick else 31, "spacing": "logarithmic"}
    return {"type": "impedance", "frequencies": frequencies, "at": [-0.3]}


def _path(setting: Setting, kind: str) -> Path:
    """Of a result of the cone of the shipped case, but 1 um long."""
    cells = 24 if setting.quick else 64
    result = setting.shipped(
        "conical_microchannel",
        (
            f"geometry.length={LENGTH}",
            f"mesh.axial_cells={cells}",
            "outputs.errors=none",
            f"study={_study(setting, kind)}",
        ),
    )
    assert result.path is not None
    return result.path


def fast_cone(setting: Setting) -> Iterator[Check | Plot]:
    """Fitted to a sweep, to jumps between six voltages and to a spectrum; held against a sine of 1 V and 2 kHz."""
    paths = {kind: _path(setting, kind) for kind in ("sweep", "steps", "spectrum", "sine")}

    def fitted() -> CompactFit:
        return compact([paths[kind] for kind in ("sweep", "steps", "spectrum")], [paths["sine"]])

    found = on_root(setting.comm, fitted)
    model, name = found.model, "fast cone of a neuron, 1 um"
    assert isinstance(model, CompactModel)
    (sine,) = found.validation
    steps = next(error for error in found.errors if error.kind == "transient")
    spectrum = next(error for error in found.errors if error.kind == "impedance")
    for quantity, value, limit in (
        (
            "rms of the current's difference under a sine that was not fitted, over the rms of the current",
            sine.rms,
            0.01,
        ),
        ("largest difference of the current under that sine, over the largest current", sine.largest, 0.02),
        ("the same rms at the jumps of the voltage that were fitted", steps.rms, 0.01),
        ("rms of the relative difference of the admittance", spectrum.rms, 0.02),
    ):
        yield Check(
            KEY, name, quantity, "", 0.0, value, limit, "model", "the fields of this program", scale=1.0, bound="<",
        )  # fmt: skip
    capacitance = PERMITTIVITY * VACUUM_PERMITTIVITY * np.pi * TIP * BASE / LENGTH
    yield Check(
        KEY, name, "capacitance", "F", capacitance, model.capacitance, 0.05, "model",
        "a slender cone of water: eps pi a b / L",
    )  # fmt: skip
    data = read_data([paths["sine"]]).in_time[0]
    kept = np.isfinite(data.currents) & (data.times >= 0.5 * data.times[-1])
    current = model.current(data.times, data.voltages)
    yield Plot(
        KEY, "fast_cone", "Loop of the fast cone at 2 kHz", "voltage / V", "current / pA",
        (
            Line("fields", list(data.voltages[kept]), list(1e12 * data.currents[kept]), look="reference"),
            Line("compact model", list(data.voltages[kept]), list(1e12 * current[kept])),
        ),
        f"{len(model.branches)} branches. The model was fitted to a sweep, jumps of the voltage and a spectrum.",
    )  # fmt: skip


def _circuit(element: dict[str, Any]) -> Circuit:
    """Two of the cones with their tips at a capacitor and their bases at batteries, pushed by a current for a millisecond."""
    ends = [("plus", "membrane"), ("minus", "membrane")]  # not one behind the other, so that rest says something
    wired = [
        {**element, "terminals": dict(zip(("base", "tip"), each, strict=True)) if element["type"] == "device" else each}
        for each in ends
    ]
    pulses = {"type": "pulses", "to": PUSH, "width": 1e-3, "period": 1.9e-3}
    elements = {
        **{f"cone_{k + 1}": one for k, one in enumerate(wired)},
        "E_plus": {"type": "battery", "voltage": BATTERY, "terminals": ("plus", "bath")},
        "E_minus": {"type": "battery", "voltage": -0.5 * BATTERY, "terminals": ("minus", "bath")},
        "C": {"type": "capacitor", "capacitance": CAPACITANCE, "terminals": ("membrane", "bath")},
        "stimulus": {
            "type": "current_source",
            "terminals": ("bath", "membrane"),
            "protocol": [{"type": "hold", "duration": 1e-4}, pulses],
        },
    }
    nodes: dict[str, Any] = {name: {} for name in ("membrane", "plus", "minus")}
    wiring = {"nodes": {**nodes, "bath": {"ground": True}}, "elements": elements}
    return Circuit.model_validate({"circuit": wiring, "study": {"type": "transient", "tolerance": 1e-3}})


def in_a_circuit(setting: Setting) -> Iterator[Check | Plot]:
    """The model of the fields in the place of the fields: rest and course of a circuit."""
    paths = {kind: _path(setting, kind) for kind in ("sweep", "steps", "spectrum")}
    file = setting.scratch / "fast_cone.json"
    on_root(setting.comm, lambda: compact(list(paths.values())).write(file))
    cells = 24 if setting.quick else 64
    case = str(shipped_cases() / "hodgkin_huxley" / "fast_cone.yaml")
    kinds: dict[str, dict[str, Any]] = {
        "fields": {"type": "device", "case": case, "overrides": {"mesh.axial_cells": cells}},
        "model": {"type": "compact", "model": str(file)},
    }
    courses = {}
    for kind, element in kinds.items():
        found = simulate(_circuit(element), progress=False, comm=setting.comm).table
        courses[kind] = found["time [s]"].to_numpy(), found["potential_membrane [V]"].to_numpy()
    (times, voltages), (others, modelled) = courses["fields"], courses["model"]
    away = np.abs(np.interp(times, others, modelled) - voltages)
    name, swing = "two fast cones, batteries and a capacitor", float(np.ptp(voltages))
    for quantity, value, limit in (
        ("difference of the potential at rest over its change by the pulse", float(away[0]), 1e-4),
        ("largest difference of the potential in time over its change by the pulse", float(away.max()), 5e-3),
    ):
        yield Check(
            KEY, name, quantity, "", 0.0, value / swing, limit, "model", "the same circuit with the fields of the cones",
            scale=1.0, bound="<", note=f"changes by {swing:.3g} V, within {float(times[-1]):.3g} s",
        )  # fmt: skip
    yield Plot(
        KEY, "circuit", "Two fast cones on a capacitor under a pulse of 20 pA", "time / ms", "potential / V",
        (
            Line("fields", list(1e3 * times), list(voltages), look="reference"),
            Line("compact model", list(1e3 * others), list(modelled)),
        ),
        "The model was fitted to the cone alone.",
    )  # fmt: skip


COMPACT_MODELS = Section(
    KEY,
    "Compact models",
    "A conductance with memory times, fitted to the fields of a cone, against the fields under a course that it has not "
    "seen, and in a circuit.",
    in_turn(fast_cone, in_a_circuit),
)
