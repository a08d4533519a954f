"""Spiking circuits: thresholds, frequencies, limits of stability, maps and samples, against scipy and closed forms."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from circuits.analysis.course import Driven, crossing
from circuits.analysis.spiking import Observed, spiking
from circuits.analysis.threshold import NoThreshold, response, threshold
from circuits.compact.model import CompactModel
from circuits.description.driving import values_of
from circuits.description.loading import devices_of, load_circuit
from circuits.elements.registry import ELEMENTS
from circuits.solving.guesses import guessed
from circuits.studies.base import runner_of
from circuits.studies.session import Session
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from tests.support.paths import CASES
from validation.neurons import CONES, PEAKS, THRESHOLD, compact_cone, neuron, pulse

pytestmark = pytest.mark.serial

NEURON = CASES / "hodgkin_huxley"
LATE = "circuit.elements.stimulus.protocol=[{type: hold, duration: 10 ms}, {type: pulses, to: 1 pA, width: 10 s}]"
QUIET = "circuit.elements.stimulus.protocol=[]"


@pytest.fixture(scope="module")
def session() -> Session:
    return neuron(MPI.COMM_SELF)


def rows_of(study: str, *overrides: str) -> list[dict[str, Any]]:
    """Rows of a study of the shipped neuron."""
    circuit = load_circuit(NEURON, [f"study={study}", *overrides])
    found = runner_of(circuit, MPI.COMM_SELF, Clock()).rows()
    return [dict(row.columns) for row in found if row is not None]


def test_shipped_models_are_the_closed_form() -> None:
    for name, length in CONES.items():
        shipped, made = CompactModel.read(NEURON / f"{name}.json"), compact_cone(length)
        np.testing.assert_allclose(shipped.conductances, made.conductances, rtol=1e-12)
        assert shipped.branches == made.branches


@pytest.mark.parametrize("name", ["hodgkin_huxley", "hodgkin_huxley_bipolar"])
def test_one_word_makes_a_device_of_a_compact_model(name: str) -> None:
    compact = load_circuit(CASES / name)
    assert compact.elements["slow"].at() == {"from": "cell", "to": "membrane"}
    turned = load_circuit(
        CASES / name, ["circuit.elements.slow.terminals={tip: membrane, base: cell}"]
    )  # by name, in any order
    assert turned.elements["slow"].at() == compact.elements["slow"].at()
    fields = load_circuit(CASES / name, ["circuit.elements.slow.type=device"])
    assert fields.elements["slow"].at() == {"base": "cell", "tip": "membrane"}
    assert devices_of(fields) == ["slow"]


def test_peaks_and_threshold_are_those_of_scipy(session: Session) -> None:
    assert session.settle()[0] == pytest.approx(-0.50419081, abs=1e-8)
    asked = dataclasses.replace(pulse(), tolerance=1e-5)
    for amplitude, peak in PEAKS.items():
        assert response(session, asked, amplitude, whole=True).peak == pytest.approx(peak, abs=1e-4)
    found = threshold(session, asked, (1.3222e-12, 1.3223e-12), 2e-18)
    assert found.amplitude == pytest.approx(THRESHOLD, abs=1e-17)
    assert found.below.peak < 0.0 <= found.above.peak
    with pytest.raises(NoThreshold, match="crosses the level already"):
        threshold(session, asked, (2e-12, 3e-12), 1e-15)


def test_period_and_energy_of_spikes(session: Session) -> None:
    observed = Observed("membrane", 0.2, 1.2, 0.7, 1e-4, 2e-3)
    driven = Driven.constant(values_of(session.circuit.elements), "stimulus", 1.29e-12)
    found = spiking(session, observed, driven)
    assert found.period == pytest.approx(194.776e-3, rel=1e-3)
    # over a cycle the capacitor keeps nothing, and no battery can take up more than the others give
    total = sum(found.energy_per_spike.values())
    assert total > 0.0
    assert found.energy_per_spike["E_plus"] > 0.0


def test_hopf_points_enclose_the_currents_that_spike() -> None:
    study = "{type: stability_limits, parameter: elements.stimulus.current, range: {start: 1.2 pA, stop: 1.4 pA, points: 21}}"
    first, second = rows_of(study, QUIET)
    assert first["elements.stimulus.current [A]"] == pytest.approx(1.288384e-12, rel=1e-6)
    assert second["elements.stimulus.current [A]"] == pytest.approx(1.305365e-12, rel=1e-6)
    assert first["hopf"]
    assert not first["stable_beyond"]
    assert second["stable_beyond"]


def test_the_same_seed_gives_the_same_samples() -> None:
    study = (
        "{type: monte_carlo, node: membrane, duration: 30 ms, samples: 2, spread: [{parameter: elements.C.capacitance,"
        " relative: 5 %}]}"
    )
    one, other = rows_of(study), rows_of(study)
    assert str(one) == str(other)  # without a spike, times are not numbers
    drawn = [row["elements.C.capacitance [F]"] for row in one]
    assert drawn[0] != drawn[1]
    assert drawn == pytest.approx([5e-15, 5e-15], rel=0.3)


def test_map_tells_where_the_neuron_spikes() -> None:
    study = (
        "{type: spike_map, node: membrane, duration: 130 ms, parameter: elements.E_slow.voltage, values: [-0.5, -0.9]}"
    )
    assert [row["spikes"] for row in rows_of(study)] == [1, 0]


def test_crossings_are_interpolated() -> None:
    times = [0.0, 0.3, 0.5, 1.0]
    assert crossing([(t, t**3 - 0.5) for t in times], 0.0) == pytest.approx(0.5 ** (1 / 3), abs=1e-9)


@pytest.mark.parametrize(
    ("study", "text"),
    [
        ("{type: threshold, source: stimulu, node: membrane, widths: [1 ms], amplitudes: [1 pA, 2 pA], resolution: 1 fA,"
         " duration: 5 ms}", "no source 'stimulu'"),
        ("{type: frequency_current, source: stimulus, node: membran, values: [1 pA], duration: 5 ms}", "no node 'membran'"),
        ("{type: frequency_current, source: stimulus, node: membrane, values: [1 V], duration: 5 ms}", "1 V"),
        ("{type: monte_carlo, node: membrane, duration: 5 ms, samples: 1, spread: [{parameter: elements.C.x, relative: 1}]}",
         "elements.C.x"),
    ],
)  # fmt: skip
def test_bad_studies_are_explained(study: str, text: str) -> None:
    with pytest.raises(CaseError, match=text):
        load_circuit(NEURON, [QUIET, f"study={study}"])


def test_linear_elements_are_linear() -> None:
    """What `is_linear` and `stores_linearly` say, for elements as their examples in a file."""
    written: dict[str, dict[str, Any]] = {
        "resistor": {"resistance": 2.0},
        "capacitor": {"capacitance": 2.0},
        "inductor": {"inductance": 2.0},
        "battery": {"voltage": 1.0, "resistance": 3.0},
        "voltage_source": {"voltage": 1.0},
        "current_source": {"current": 1.0},
        "nernst_battery": {"concentrations": [1.0, 100.0]},
        "selective_membrane": {"conductance": 2.0, "concentrations": [1.0, 100.0]},
    }
    rng = np.random.default_rng(3)
    kinds = {element.kind(): element for element in ELEMENTS}
    assert {kind for kind, element in kinds.items() if element.is_linear} == {*written, "device", "electrode"}
    for kind, data in written.items():
        element = kinds[kind].model_validate({"type": kind, "terminals": ["a", "b"], **data})
        own = len(element.own())
        for law in (lambda p, o, e=element: e.flows(p, o, 0.7), lambda p, o, e=element: e.stored(p, o)):
            zero, (p, o) = law(np.zeros(2), np.zeros(own)), (rng.normal(size=2), rng.normal(size=own))
            found = law(p, o)
            if found is not None:
                np.testing.assert_allclose(found.values, zero.values + zero.slopes @ np.append(p, o), atol=1e-14)
                np.testing.assert_array_equal(found.slopes, zero.slopes)


def test_states_behind_a_jump_are_guessed_from_few() -> None:
    equal = [(float(t), np.array([float(t**4)])) for t in range(5)]
    assert guessed(equal, 5.0) == pytest.approx([625.0])  # as many as there are where they say something
    growing = np.cumsum([0.0, *(0.01 * 5.0**k for k in range(7))])
    *known, (after, exact) = [(t, np.array([np.exp(-min(t, 700.0))])) for t in growing]
    assert abs(guessed(known, after) - exact) < 1.0  # the polynomial through five is 200 off


def test_two_electroosmotic_pores_spike() -> None:
    """By their compact models, in the circuit that is shipped with their fields: the same file with one word changed."""
    shorter = ["study.duration=90 ms", *(f"circuit.elements.{name}.type=compact" for name in ("fast", "slow"))]
    circuit = load_circuit(CASES / "electroosmotic_neuron", shorter)
    found = [dict(row.columns) for row in runner_of(circuit, MPI.COMM_SELF, Clock()).rows() if row is not None]
    times, potentials = (np.array([row[key] for row in found]) for key in ("time [s]", "potential_membrane [V]"))
    assert potentials[0] == pytest.approx(0.280616, abs=2e-6)  # with the fields 0.2806163 V
    assert potentials[times < 60e-3].max() < 0.4  # the first pulse is not enough
    assert potentials.max() > 0.8
    assert potentials[-1] < 0.4  # and back


def test_sources_have_jumped_right_behind_a_jump() -> None:
    """However short the steps are there against the run."""
    circuit = load_circuit(NEURON, ["circuit.elements.C.capacitance=1e-20", "study.duration=11 ms", LATE])
    rows = [dict(row.columns) for row in runner_of(circuit, MPI.COMM_SELF, Clock()).rows() if row is not None]
    behind = [row for row in rows if row["time [s]"] > 10e-3]
    assert 0.0 < behind[0]["time [s]"] - 10e-3 < 1e-14
    for row in behind:
        assert row["current_stimulus [A]"] == 1e-12
        entering = row["current_stimulus [A]"] + row["current_fast_plus [A]"] + row["current_slow [A]"]
        assert entering - row["current_fast_minus [A]"] - row["current_C [A]"] == pytest.approx(0.0, abs=1e-18)
