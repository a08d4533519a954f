"""Spiking circuits of conical memristors, whose conductances follow the theory of thin double layers.

Topology of T. M. Kamsma et al., Phys. Rev. Lett. 130, 268401 (2023):

    C dV/dt = I(t) - g+ (V - E) - g- (V + E) - gs (V - Es),   dg/dt = (g_inf(u) - g) / tau

with two fast cones and a slow one; the batteries and the capacitor are a set that spikes, not the paper's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mpi4py import MPI

from circuits.analysis.course import Driven
from circuits.analysis.spiking import Observed, spiking
from circuits.analysis.threshold import Pulse, response, threshold
from circuits.compact.model import Branch, CompactModel
from circuits.description.driving import values_of
from circuits.description.loading import load_circuit
from circuits.studies.session import Session
from solver.parallel.clock import Clock
from validation.checks import Check, Section
from validation.memristor import PRL, Cone
from validation.setting import Setting, shipped_cases

VOLTAGES = np.linspace(-2.0, 2.0, 202)
"""Of the tables, V; 0 V, where the closed form has no value, is not among them."""

CONES = {"fast_cone": 1e-6, "slow_cone": 25e-6}
"""Lengths (m) of the cones of the shipped circuit by the names of their files."""

SECTION = "neurons"

SOURCE = "the equations by scipy.integrate.solve_ivp (LSODA, 1e-11) with g_inf in closed form"

THRESHOLD = 1.322254e-12
"""A, of a pulse of 10 ms."""

PEAKS = {1.3090473e-12: -0.03255739, 1.3354927e-12: 0.03549874, 1.983405e-12: 0.51088665}
"""V, by the amplitude (A) of a pulse of 10 ms: 1 % below the threshold, 1 % above, and half as much again."""

PERIODS = {1.28e-12: None, 1.29e-12: 194.776e-3, 1.30e-12: 180.289e-3, 1.31e-12: None}
"""s, by a constant current (A); None where the circuit comes to rest."""


def compact_cone(length: float) -> CompactModel:
    """The compact model of the cone of the paper with another length (m), in closed form."""
    cone: Cone = dataclasses.replace(PRL, length=length)
    conductances = [cone.conductance * cone.steady(float(voltage)) for voltage in VOLTAGES]
    source = {
        "closed_form": "g_inf and tau = L^2 / (12 D) of T. M. Kamsma et al., Phys. Rev. Lett. 130, 268401 (2023)",
        "made_by": "validation.neurons.compact_cone",
        **{name: getattr(cone, name) for name in (field.name for field in dataclasses.fields(Cone))},
    }
    branches = (Branch(1.0, (cone.memory_time,)),)
    voltages = tuple(float(voltage) for voltage in VOLTAGES)
    return CompactModel(("base", "tip"), voltages, tuple(conductances), branches, source=source)


def write_models(folder: Path) -> None:
    """Write the models of the cones into the directory of a circuit."""
    for name, length in CONES.items():
        compact_cone(length).write(folder / f"{name}.json")


def neuron(comm: MPI.Comm) -> Session:
    """The shipped circuit without its stimulus."""
    overrides = ["circuit.elements.stimulus.protocol=[]", "study={type: steady}"]
    return Session.of(load_circuit(shipped_cases() / "hodgkin_huxley", overrides), comm, Clock())


def pulse(width: float = 10e-3) -> Pulse:
    """A pulse of the stimulus, after which the circuit is watched for 50 ms."""
    return Pulse("stimulus", "membrane", 0.0, width, width + 50e-3, 1e-6, 1e-3)


def _run(setting: Setting) -> Iterator[Check]:
    session = neuron(setting.comm)

    def check(
        name: str, quantity: str, unit: str, reference: float, value: float, tolerance: float, scale: float
    ) -> Check:
        return Check(SECTION, name, quantity, unit, reference, value, tolerance / scale, "exact", SOURCE, scale=scale)

    rest = float(session.settle()[0])
    yield check("rest", "potential", "V", -0.50419081, rest, 1e-8, 1.0)
    for amplitude, peak in PEAKS.items():
        found = response(session, pulse(), amplitude, whole=True)
        name = f"pulse of {amplitude * 1e12:.4f} pA for 10 ms"
        yield check(name, "peak of the potential", "V", peak, found.peak, 1e-4, 1.0)
    limit = threshold(session, pulse(), (1.2e-12, 1.4e-12), 2e-18)
    yield check("pulse of 10 ms", "threshold", "A", THRESHOLD, limit.amplitude, 1e-17, 1e-12)
    observed = Observed("membrane", 0.2, 2.0 if setting.quick else 3.0, 1.5, 1e-4, 2e-3)
    for current, period in PERIODS.items():
        if setting.quick and period is None:
            continue
        driven = Driven.constant(values_of(session.circuit.elements), "stimulus", current)
        spikes = spiking(session, observed, driven)
        name = f"constant current of {current * 1e12:.2f} pA"
        if period is None:
            yield check(name, "frequency", "Hz", 0.0, spikes.frequency, 0.0, 1.0)
        else:
            yield check(name, "period", "s", period, spikes.period, 1e-3 * period, period)


NEURONS = Section(
    SECTION,
    "Neurons: three conical memristors, three batteries and a capacitor",
    "The circuit of `cases/hodgkin_huxley` with compact models of its cones: the potential at rest, the peak and the "
    "threshold of a pulse, and the periods of spikes under constant currents; below and above a narrow window the circuit "
    "comes to rest.",
    _run,
)
