"""Compartments of finite volume: batteries that discharge, pores between small volumes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from circuits.check.report import check_circuit
from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, load_circuit
from circuits.netlist.writing import netlist
from circuits.studies.base import runner_of
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, thermal_voltage

pytestmark = pytest.mark.serial

Array = NDArray[np.float64]
VOLT, VOLUME = thermal_voltage(298.15), 1e-6

SOLUTIONS: dict[str, Any] = {
    "dilute": {"volume": VOLUME, "concentrations": {"Na": 10.0, "Cl": 10.0}, "electrode": "Cl"},
    "strong": {"volume": VOLUME, "concentrations": {"Na": 500.0, "Cl": 500.0}, "electrode": "Cl"},
}
ELECTRODES: dict[str, Any] = {
    "left": {"type": "electrode", "compartment": "dilute", "terminals": ["top", "a"]},
    "right": {"type": "electrode", "compartment": "strong", "terminals": ["bath", "b"]},
}
NODES: dict[str, Any] = {"a": {}, "b": {}, "top": {}, "bath": {"ground": True}}
TIME = {"type": "transient", "duration": 72e3, "tolerance": 1e-6}
BATTERY = {"type": "nernst_battery", "compartments": ["dilute", "strong"], "ion": "Na", "resistance": 10.0}


def load(resistance: float) -> dict[str, Any]:
    return {"type": "resistor", "resistance": resistance, "terminals": ["top", "bath"]}


def cell(membrane: dict[str, Any], resistance: float, **changes: Any) -> dict[str, Any]:
    """Two solutions with a membrane between them, and a load between their electrodes."""
    elements = {"membrane": {**membrane, "terminals": ["a", "b"]}, **ELECTRODES, "load": load(resistance)}
    circuit = {"compartments": SOLUTIONS, "nodes": NODES, "elements": elements, **changes}
    return {"circuit": circuit, "study": TIME}


def run(circuit: Circuit) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    runner = runner_of(circuit, MPI.COMM_SELF, Clock())
    return [dict(row.columns) for row in runner.rows() if row is not None], runner.summary()


def column(rows: list[dict[str, Any]], header: str) -> Array:
    return np.array([row[header] for row in rows])


def concentrations(rows: list[dict[str, Any]], *names: str) -> Array:
    return np.array([column(rows, f"concentration_{name} [mol/m^3]") for name in names])


def test_a_concentration_battery_discharges_through_its_load() -> None:
    """One ion through the membrane, the other at the electrodes, against an integrator of another kind."""
    rows, summary = run(Circuit.model_validate(cell(BATTERY, 100.0)))

    def rates(_: float, c: Array) -> Array:
        current = 2.0 * VOLT * np.log(c[1] / c[0]) / 110.0
        return np.array([current, -current]) / (FARADAY * VOLUME)

    times = column(rows, "time [s]")
    true = solve_ivp(rates, (0, times[-1]), [10.0, 500.0], method="DOP853", rtol=1e-12, atol=1e-10, t_eval=times).y
    for ion in ("Na", "Cl"):
        found = concentrations(rows, f"dilute_{ion}", f"strong_{ion}")
        assert found == pytest.approx(true, rel=1e-6)
    assert true[0, -1] > 200.0  # most of it has passed
    assert max(summary["lost_of_Na"], summary["lost_of_Cl"]) < 1e-8


def test_salt_leaks_through_a_membrane_that_is_not_selective_enough() -> None:
    """Both ions driven by their own Nernst potentials, on open circuit (1 Tohm)."""
    conductance, selectivity = 0.02, 0.8
    membrane = {
        "type": "selective_membrane", "compartments": ["dilute", "strong"], "conductance": conductance,
        "selectivity": selectivity,
    }  # fmt: skip
    rows, _ = run(Circuit.model_validate(cell(membrane, 1e12)))

    def rates(_: float, c: Array) -> Array:
        reversal = VOLT * np.log(c[1] / c[0])
        cations = 0.9 * conductance * (selectivity * reversal - reversal)  # into the strong side
        return np.array([-cations, cations]) / (FARADAY * VOLUME)

    times = column(rows, "time [s]")
    true = solve_ivp(rates, (0, times[-1]), [10.0, 500.0], method="DOP853", rtol=1e-12, atol=1e-10, t_eval=times).y
    found = concentrations(rows, "dilute_Na", "strong_Na")
    assert found == pytest.approx(true, rel=1e-6)
    assert true[0, -1] > 30.0
    assert column(rows, "potential_a [V]") - column(rows, "potential_b [V]") == pytest.approx(
        selectivity * VOLT * np.log(found[1] / found[0]), abs=1e-9
    )


@pytest.mark.parametrize("kind", ["nernst_battery", "selective_membrane", "electrode"])
def test_derivatives_are_those_of_the_values(kind: str) -> None:
    membrane = BATTERY if kind != "selective_membrane" else {
        "type": kind, "compartments": ["dilute", "strong"], "conductance": 0.02, "selectivity": 0.6,
    }  # fmt: skip
    circuit = Circuit.model_validate(cell(membrane, 100.0))
    element = circuit.elements["left" if kind == "electrode" else "membrane"]
    own, potentials = len(element.own()), np.array([0.02, -0.01])
    at = np.concatenate([potentials, np.full(own, 1e-3), np.log(np.linspace(20.0, 300.0, len(element.follows())))])

    def values(x: Array) -> Array:
        return element.flows(x[:2], x[2:], 0.0).values

    exact = element.flows(at[:2], at[2:], 0.0).slopes
    steps = 1e-6 * np.eye(len(at))
    differences = np.array([(values(at + step) - values(at - step)) / 2e-6 for step in steps]).T
    assert exact == pytest.approx(differences, rel=1e-6, abs=1e-8 * np.abs(exact).max())
    assert len(element.follows()) == (1 if kind == "electrode" else len(at) - 2 - own)


PORE = """
geometry: {type: cylinder, length: 1 um, radius: 10 nm, reservoirs: null}
electrolyte:
  species: {K: {diffusivity: 2e-9 m^2/s}, Cl: {diffusivity: 1e-9 m^2/s}}
  concentration: 5 mM
terminals: {left: {pressure: 1 bar}}
walls: {channel: {surface_charge: 0 C/m^2}}
mesh: {axial_cells: 8}
solver: {flow: FLOW}
study: {type: steady}
"""

PAIR = """
circuit:
  compartments:
    one: {volume: 10 fL, concentrations: {K: 10 mM, Cl: 10 mM}, electrode: Cl}
    two: {volume: 20 fL, concentrations: {K: 2 mM, Cl: 2 mM}, electrode: Cl}
  nodes: {a: {}, bath: {ground: true}}
  elements:
    pore: {type: device, case: pore.yaml, terminals: {left: a, right: bath}, compartments: {left: one, right: two}}
    leak: {type: resistor, resistance: 1e18 ohm, terminals: [a, bath]}
study: {type: transient, duration: 12 s, record_every: 2 s, largest_step: 2 s, tolerance: 1e-4}
"""


def written(folder: Path, pair: str, flow: str = "none") -> Path:
    (folder / "pore.yaml").write_text(PORE.replace("FLOW", flow))
    (folder / "case.yaml").write_text(pair)
    return folder


def test_small_volumes_equalise_through_a_pore(tmp_path: Path) -> None:
    """Without a current the salt of a slender pore diffuses with 2 D+ D- / (D+ + D-): an exponential decay."""
    rows, summary = run(load_circuit(written(tmp_path, PAIR)))
    found = concentrations(rows, "one_K", "two_K")
    ambipolar = 2.0 * 2e-9 * 1e-9 / 3e-9
    rate = ambipolar * np.pi * 1e-16 / 1e-6 * (1 / 10e-18 + 1 / 20e-18)
    times, difference = column(rows, "time [s]"), found[0] - found[1]
    fitted = -np.diff(np.log(difference[1:])) / np.diff(times[1:])
    assert fitted == pytest.approx(np.full(len(fitted), rate), rel=1e-4)
    assert difference[-1] < 0.5 * difference[0]
    # the salt in the pore is the mean of both, so the sum is that of the volumes up to 1e-4 of it
    assert max(summary["lost_of_K"], summary["lost_of_Cl"]) < 1e-8
    junction = VOLT / 3.0 * np.log(found[1] / found[0])  # (D+ - D-) / (D+ + D-)
    assert column(rows, "potential_a [V]") == pytest.approx(junction, abs=1e-5)


def test_a_volume_follows_from_the_flow(tmp_path: Path) -> None:
    pair = PAIR.replace("electrode: Cl}", "electrode: Cl, expands: true}").replace("2 mM", "10 mM").replace("fL", "pL")
    circuit = load_circuit(written(tmp_path, pair, "stokes"))
    assert "a rising level does not push back" in str(check_circuit(circuit).warnings)
    rows, summary = run(circuit)
    flow = np.pi * 1e-32 * 1e5 / (8 * 0.89e-3 * 1e-6)
    first, second = column(rows, "volume_one [m^3]"), column(rows, "volume_two [m^3]")
    assert first[0] - first[-1] == pytest.approx(12 * flow, rel=1e-4)
    assert second[-1] - second[0] == pytest.approx(first[0] - first[-1], rel=1e-6)
    assert summary["lost_of_K"] < 1e-8


def refused(data: dict[str, Any]) -> str:
    with pytest.raises(CaseError) as caught:
        Circuit.model_validate(data)
    return str(caught.value)


def with_solution(**changes: Any) -> dict[str, Any]:
    dilute = {**SOLUTIONS["dilute"], **changes}
    return cell(BATTERY, 1.0, compartments={**SOLUTIONS, "dilute": {k: v for k, v in dilute.items() if v is not None}})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_solution(electrode=None), "compartments.dilute.electrode: is missing"),
        (with_solution(electrode="K"), "no ion 'K'"),
        (with_solution(concentrations={"Na": 1.0, "Cl": 2.0}), "net charge"),
        (with_solution(concentrations={"Na": 1.0, "X": 1.0}), "is not in the table of ions"),
        (with_solution(concentrations={"Na": 0.0, "Cl": 0.0}), "concentrations.Na"),
        (with_solution(volume="1 mol"), "compartments.dilute.volume"),
        (with_solution(volume=None, expands=True), "compartments.dilute.volume: is missing"),
        (with_solution(concentrations={"K": 1.0, "Cl": 1.0}), "elements.membrane.ion: no ion 'Na'"),
        ({**cell(BATTERY, 1.0), "study": {"type": "steady"}}, "study.type: the concentrations in 'dilute' change"),
        (cell({**BATTERY, "compartments": ["dilute", "stong"]}, 1.0), "did you mean 'strong'?"),
        (cell({**BATTERY, "compartments": ["dilute", "dilute"]}, 1.0), "name two compartments"),
        (cell({**BATTERY, "compartments": ["strong", "dilute"]}, 1.0), "a solution has one potential"),
        (cell({**BATTERY, "valence": 1}, 1.0), "elements.membrane.valence: is that of the 'ion'"),
        (cell({**BATTERY, "concentrations": [1, 2]}, 1.0), "follow from the 'compartments'"),
        (cell({"type": "nernst_battery"}, 1.0), "concentrations: is missing"),
    ],
)  # fmt: skip
def test_bad_compartments_are_refused_in_one_line(data: dict[str, Any], said: str) -> None:
    found = refused(data)
    assert said in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (PAIR.replace("left: one", "top: one"), "compartments.top"),
        (PAIR.replace("K: 2 mM", "Na: 2 mM"), "give both the same"),
        (PAIR.replace("left: one, right: two", "left: one"), "compartments.two: no element"),
        (PAIR.replace("electrode: Cl}", "electrode: Cl, expands: true}"), "one.expands: no flow is solved in 'pore'"),
    ],
)
def test_devices_have_the_species_of_their_compartments(tmp_path: Path, pair: str, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        load_circuit(written(tmp_path, pair))


def test_an_infinite_compartment_is_a_reservoir_of_the_device(tmp_path: Path) -> None:
    pair = PAIR.replace("volume: 10 fL, ", "").replace("volume: 20 fL, ", "").partition("study")[0]
    circuit = load_circuit(written(tmp_path, pair))
    case = case_of(circuit, "pore")
    assert case.bulk("left") == {"K": 10.0, "Cl": 10.0}
    assert case.bulk("right") == {"K": 2.0, "Cl": 2.0}
    assert not circuit.network.compartments.count


def test_a_netlist_has_the_voltages_of_infinite_compartments_alone() -> None:
    infinite = {
        name: {key: value for key, value in keys.items() if key != "volume"} for name, keys in SOLUTIONS.items()
    }
    data = {**cell(BATTERY, 100.0, compartments=infinite), "study": {"type": "steady"}}
    ratio = VOLT * np.log(50.0)
    lines = netlist(Circuit.model_validate(data)).splitlines()
    assert f"Vmembrane a membrane__inner DC {ratio:.12g}" in lines
    assert f"Vleft top a DC {VOLT * np.log(100.0):.12g}" in lines
    with pytest.raises(CaseError, match="which a netlist does not"):
        netlist(Circuit.model_validate(cell(BATTERY, 100.0)))
