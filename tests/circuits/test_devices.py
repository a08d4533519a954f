"""Devices whose fields are solved in a circuit: against plain studies, against one system of all unknowns, and in time."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spl
import yaml  # type: ignore[import-untyped]
from mpi4py import MPI

import nanochannel as nc
from circuits.description.circuit import Circuit
from circuits.description.loading import load_circuit
from circuits.devices.field_device import FieldDevice
from circuits.run import run_circuit
from circuits.solving.corners import step_control
from circuits.solving.newton import CircuitFailure, CircuitNewton
from circuits.solving.stepper import CircuitStepper
from circuits.studies.base import runner_of
from circuits.studies.place import place_of
from circuits.studies.session import Session
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from solver.parallel.progress import Silent
from solver.results.directory import ResultDirectory
from solver.results.field_list import field_files
from solver.results.rows import ResultError
from solver.run import run
from solver.simulation.memory import MemorySink
from solver.studies.transient.step_control import StepTooShort
from tests.support.command_line import call, table
from tests.support.kills import deviations, finish, killed
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

CONE: dict[str, Any] = small_cone(30.0, base={"concentration": 300.0}) | {"solver": {"flow": "none"}}
RESERVOIRS = {"reservoirs": {"length": 50e-9, "half_height": 50e-9}}
GATED: dict[str, Any] = {
    "geometry": {"type": "slit", "height": 20e-9, "width": 1e-6, "length": 100e-9} | RESERVOIRS,
    "regions": {"oxide": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 10e-9}},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
    "terminals": {"left": {"potential": 0.1}},
    "walls": {"channel": {"surface_charge": -2e-3}, "gate": {"potential": -0.5}},
    "mesh": {"growth": 4, "axial_cells": 4},
    "solver": {"flow": "none"},
}
CONE_IN_CIRCUIT = {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "bath"}}


def write(folder: Path, elements: dict[str, Any], study: dict[str, Any], **nodes: Any) -> Path:
    """The folder of a circuit with a node `top` beside the ground `bath`, and of its devices."""
    for name, case in (("cone", CONE), ("gated", GATED)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    wiring = {"nodes": {"top": {}, "bath": {"ground": True}} | nodes, "elements": elements}
    (folder / "case.yaml").write_text(
        yaml.safe_dump({"circuit": wiring, "study": study}, sort_keys=False), encoding="utf-8"
    )
    return folder


def session(folder: Path, elements: dict[str, Any], **nodes: Any) -> Session:
    return of(load_circuit(write(folder, elements, {"type": "steady"}, **nodes)))


def of(circuit: Circuit) -> Session:
    return Session.of(circuit, MPI.COMM_WORLD, Clock())


def rows(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a plain study."""
    sink = MemorySink()
    run(Case(**case | {"outputs": {"errors": "none"}}), sink, MPI.COMM_WORLD)
    return [dict(row) for row in sink.rows]


def test_open_circuits_and_held_currents_invert_the_sweep(tmp_path: Path) -> None:
    at_rest = session(tmp_path, {"cone": CONE_IN_CIRCUIT}, top={"open": True})
    reversal = float(at_rest.settle()[0])
    base = CONE["terminals"]["base"]
    short, held = rows(
        CONE | {"study": {"type": "sweep", "parameter": "terminals.base.potential", "values": [0.0, reversal]}}
    )
    assert abs(held["current [A]"]) < 1e-9 * abs(short["current [A]"])
    assert reversal == pytest.approx(
        rows(CONE | {"terminals": {"base": base | {"current": 0.0}}})[0]["bias [V]"], abs=1e-9
    )
    current = -0.5 * float(short["current [A]"])
    source = {"type": "current_source", "current": current, "terminals": ["bath", "top"]}
    by_current = session(tmp_path, {"cone": CONE_IN_CIRCUIT, "source": source})
    volts = float(by_current.settle()[0])
    (plain,) = rows(CONE | {"terminals": {"base": base | {"potential": volts}}})
    assert plain["current [A]"] == pytest.approx(current, rel=1e-8)
    battery = {"type": "battery", "voltage": volts, "terminals": ["top", "bath"]}
    by_voltage = session(tmp_path, {"cone": CONE_IN_CIRCUIT, "battery": battery})
    by_voltage.settle()
    assert by_voltage.fields is not None
    assert by_voltage.fields.port_currents()["cone"][0] == pytest.approx(current, rel=1e-9)


def test_a_node_with_one_element_has_to_be_meant(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"write 'top: \{open: true\}'"):
        load_circuit(write(tmp_path, {"cone": CONE_IN_CIRCUIT}, {"type": "steady"}))
    load = {"type": "resistor", "resistance": 1e9, "terminals": ["top", "bath"]}
    with pytest.raises(CaseError, match="with a single element"):
        load_circuit(write(tmp_path, {"cone": CONE_IN_CIRCUIT, "load": load}, {"type": "steady"}, top={"open": True}))


def test_a_gate_is_a_terminal_of_the_circuit(tmp_path: Path) -> None:
    """It has the potential of its node, and takes no current in a steady state."""
    elements = {
        "slit": {"type": "device", "case": "gated.yaml", "terminals": {"left": "top", "right": "bath", "gate": "gate"}},
        "supply": {"type": "battery", "voltage": 0.1, "terminals": ["top", "bath"]},
        "R": {"type": "resistor", "resistance": 1e9, "terminals": ["gate", "drive"]},
        "drive": {"type": "battery", "voltage": -0.5, "terminals": ["drive", "bath"]},
    }
    found = session(tmp_path, elements, gate={}, drive={})
    found.settle()
    (plain,) = rows(GATED)
    assert found.fields is not None
    left, right, gate = found.fields.port_currents()["slit"]
    assert left == pytest.approx(plain["current [A]"], rel=1e-8)
    assert abs(left + right) < 1e-9 * left
    assert abs(gate) < 1e-12 * left


def test_a_gate_at_the_end_of_a_channel_is_refused(tmp_path: Path) -> None:
    """The profile across the end is that of the case's own gate."""
    slit = {"type": "device", "case": "gated.yaml", "terminals": {"left": "top", "right": "bath", "gate": "top"}}
    write(
        tmp_path,
        {"slit": slit | {"overrides": {"geometry.reservoirs": "null"}}},
        {"type": "steady"},
        top={"open": True},
    )
    with pytest.raises(CaseError, match="give the device reservoirs"):
        load_circuit(tmp_path)


def monolithic(devices: list[FieldDevice], places: list[Any], held: Any, unknown: int) -> Any:
    """Newton's step of all unknowns of devices and free nodes together, from one sparse matrix. Without flow.

    places: of the terminals of each device among the potentials of all nodes. held: whether each of these is given.
    """
    blocks: list[list[Any]] = [[None] * (len(devices) + 1) for _ in range(len(devices) + 1)]
    right, corner = [], np.zeros((len(held), len(held)))
    currents = np.zeros(len(held))
    for i, (device, at) in enumerate(zip(devices, places, strict=True)):
        system = device.problem.linearise(device.found)
        matrix, border = system.blocks[0][0], system.border
        assert matrix is not None
        assert border is not None
        assert device.problem.flow is None
        blocks[i][i] = sp.csr_matrix(matrix.getValuesCSR()[::-1])
        to_nodes = np.eye(len(held))[at]  # terminals x nodes
        scales = device.found.parameters.scales
        blocks[i][-1] = sp.csr_matrix(border.columns[device.open].T @ to_nodes / scales.potential)[:, ~held]
        blocks[-1][i] = sp.csr_matrix(scales.current * to_nodes.T @ border.rows[device.open])[~held]
        corner += (
            scales.current * to_nodes.T @ border.corner[np.ix_(device.open, device.open)] @ to_nodes / scales.potential
        )
        np.add.at(currents, at, device.currents)
        right.append(device.found.residual)
    blocks[-1][-1] = sp.csr_matrix(corner[np.ix_(~held, ~held)])
    assert corner.shape[0] - held.sum() == unknown
    size = max(abs(blocks[-1][0]).max(), 1e-300)
    blocks[-1] = [block / size for block in blocks[-1]]
    whole = sp.bmat(blocks, format="csc")
    return np.asarray(spl.splu(whole).solve(np.concatenate([*right, currents[~held] / size])))


def test_devices_in_series_and_parallel_solve_one_system(tmp_path: Path) -> None:
    """Two cones in series, and a third across the second, with all their unknowns and the node between in one matrix: the
    same step, and nothing left of it at the end."""
    other = {"type": "device", "case": "cone.yaml", "terminals": {"tip": "top", "base": "bath"}}
    elements = {
        "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "drive", "tip": "top"}},
        "second": CONE_IN_CIRCUIT | {"overrides": {"walls.channel.surface_charge": -1e-3}},
        "third": other,
        "battery": {"type": "battery", "voltage": 0.2, "terminals": ["drive", "bath"]},
    }
    found = session(tmp_path, elements, drive={})
    assert found.fields is not None
    devices, held = found.fields.devices, np.array([False, True, True])  # top, drive, bath
    places = [np.array([1, 0]), np.array([0, 2]), np.array([0, 2])]
    node = found.network.node_of("top")

    def same_step() -> None:
        assert found.fields is not None
        rest, slopes = found.fields.condensed(fresh=True)
        change = np.zeros(found.network.size)
        change[node] = rest[node] / slopes[node, node]
        found.fields.propose(change)
        steps = monolithic(devices, places, held, 1)
        condensed = np.concatenate([*(device._step for device in devices), change[[node]]])
        assert np.abs(condensed - steps).max() < 1e-10 * np.abs(steps).max()

    for device, at in zip(devices, places, strict=True):
        device.begin(device.found.state, np.array([0.05, 0.2, 0.0])[at], device.found.storage)
    same_step()
    unknowns = found.settle()
    assert 0.0 < unknowns[node] < 0.2
    left = monolithic(devices, places, held, 1)
    assert np.abs(left[:-1]).max() < 1e-10
    assert abs(left[-1]) < 1e-10 * 0.2
    found.fields.settle(0.0)
    for step in (1e-10, 1e-8):  # s: the fields at the terminals carry most of the current, and little of it
        for device, at in zip(found.fields.in_time, places, strict=True):
            device.jump(step, np.array([unknowns[node] + 0.01, 0.3, 0.0])[at])
        same_step()


def test_what_injects_species_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"cone": CONE_IN_CIRCUIT}, {"type": "steady"}, top={"open": True})
    case = CONE | {"terminals": {"base": {"exchange": {"Cl": {"rate": 0.0}}}}}
    (tmp_path / "cone.yaml").write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    with pytest.raises(CaseError, match="injects or absorbs species"):
        load_circuit(tmp_path)


@pytest.fixture(scope="module")
def pulsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cones on two nodes behind a pulse, with its result."""
    folder = tmp_path_factory.mktemp("pulsed")
    elements = {
        "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "middle"}},
        "second": {"type": "device", "case": "cone.yaml", "terminals": {"base": "middle", "tip": "bath"}},
        "third": CONE_IN_CIRCUIT,
        "C": {"type": "capacitor", "capacitance": 1e-16, "initial": 0.05, "terminals": ["top", "bath"]},
        "pulse": {
            "type": "current_source",
            "terminals": ["bath", "top"],
            "protocol": [
                {"type": "ramp", "duration": 5e-8, "to": 5e-11},
                {"type": "step", "to": 0.0},
                {"type": "hold", "duration": 2e-8},
            ],
        },
    }
    write(folder, elements, {"type": "transient", "tolerance": 1e-2, "largest_step": 1e-7}, middle={})
    result = call("run", folder, "--out", folder / "one")
    assert result.returncode == 0, result.stderr
    return folder


def test_a_jump_that_fails_half_way_is_taken_back_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network and devices are those before it, so that a checkpoint is of one instant and the jump can be tried again."""
    elements = {
        "cone": CONE_IN_CIRCUIT,
        "C": {"type": "capacitor", "capacitance": 1e-16, "terminals": ["top", "bath"]},
        "I": {"type": "current_source", "terminals": ["bath", "top"]},
    }
    found = session(tmp_path, elements)
    unknowns = found.settle()

    def values(time: float, after: bool) -> dict[str, float]:
        return {"I": 1e-10 if after else 0.0}

    assert found.fields is not None
    found.fields.settle(0.0)
    stepper = CircuitStepper.from_state(found.newton, found.devices, values, unknowns, step_control(1e-2, 1e-7))
    shortest = stepper.shortest_time()
    (device,), solve, calls = found.fields.in_time, CircuitNewton.solve, iter((True, False))
    before = place_of(stepper), device.place()[0]

    def fails_second(newton: CircuitNewton, *arguments: Any) -> Any:
        if next(calls):
            return solve(newton, *arguments)
        raise CircuitFailure("as asked")

    with monkeypatch.context() as patched:
        patched.setattr(CircuitNewton, "solve", fails_second)
        with pytest.raises(StepTooShort, match="as asked"):
            stepper.jump(shortest)
    after = place_of(stepper), device.place()[0]
    for numbers in (before[0], after[0]):
        del numbers["iterations"]
    for numbers in (before[1], after[1]):
        numbers.pop("factorised")  # the factors are made anew
        numbers.pop("factorised_potentials", None)
    assert after == before
    stepper.jump(shortest)
    assert stepper.charge_balance_error() < 1e-8


def same(one: Path, other: Path, within: float) -> None:
    """Whether two runs have the same rows."""
    here, there = table(one), table(other)
    assert len(here) == len(there)
    for name in there[0]:
        if name != "step_error":
            a, b = (np.array([float(row[name]) for row in each]) for each in (here, there))
            size = np.abs(b).max() if "current" not in name else max(np.abs(b).max(), 1e-11)
            assert np.abs(a - b).max() <= within * size, name


def test_charge_is_kept_over_the_whole_circuit(pulsed: Path) -> None:
    found = json.loads((pulsed / "one" / "summary.json").read_text(encoding="utf-8"))
    assert found["accepted_steps"] > 10
    assert found["charge_balance_error"] < 1e-8
    last = table(pulsed / "one")[-1]
    through = [float(last[f"amount_passed_first_{port}_K [mol]"]) for port in ("base", "tip")]
    assert through[0] != 0.0
    assert through[0] + through[1] != 0.0  # the salt of the cone has changed


def test_devices_on_groups_of_ranks(pulsed: Path) -> None:
    """Three devices on two ranks, one with two."""
    out = pulsed / "on_2"
    result = call("run", pulsed, "--out", out, ranks=2)
    assert result.returncode == 0, result.stderr
    same(out, pulsed / "one", 1e-8)
    same_fields(out, pulsed / "one", 1e-8)


def test_two_devices_in_time_on_two_ranks_each(tmp_path: Path) -> None:
    elements = {
        "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "middle"}},
        "second": {"type": "device", "case": "cone.yaml", "terminals": {"base": "middle", "tip": "bath"}},
        "C": {"type": "capacitor", "capacitance": 1e-16, "terminals": ["top", "bath"]},
        "I": {
            "type": "current_source",
            "terminals": ["bath", "top"],
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": 5e-11}],
        },
    }
    write(tmp_path, elements, {"type": "transient", "tolerance": 0.1, "record_every": 2e-9}, middle={})
    run_circuit(load_circuit(tmp_path), tmp_path / "one", MPI.COMM_SELF)
    result = call("run", tmp_path, "--out", tmp_path / "four", ranks=4)
    assert result.returncode == 0, result.stderr
    same(tmp_path / "four", tmp_path / "one", 1e-8)
    same_fields(tmp_path / "four", tmp_path / "one", 1e-8, ("first", "second"))
    found = json.loads((tmp_path / "four" / "summary.json").read_text(encoding="utf-8"))
    assert found["accepted_steps"] > 4
    assert found["charge_balance_error"] < 1e-8


def test_a_killed_run_goes_on_with_the_same_steps(pulsed: Path) -> None:
    """And has lost no more than the interval between two checkpoints, here a single step."""
    out = pulsed / "killed"
    lines = killed(pulsed, out, random.Random(1), 3)
    current = json.loads((out / "checkpoint" / "current.json").read_text(encoding="utf-8"))["generation"]
    kept = json.loads((out / "checkpoint" / f"{current:06d}" / "checkpoint.json").read_text(encoding="utf-8"))["rows"]
    assert lines - 1 - kept in (0, 1)  # the first line is the header
    finish(pulsed, out)
    same(out, pulsed / "one", 1e-8)
    same_fields(out, pulsed / "one", 1e-8)


def same_fields(one: Path, other: Path, within: float, names: Sequence[str] = ("first", "second", "third")) -> None:
    """Whether the devices of two runs have the same fields."""
    for name in names:
        found = deviations(one / "devices" / name, other / "devices" / name)
        chosen = [each for each in found if each.startswith(("bias", "potential", "concentration", "salt_mean"))]
        assert len(chosen) > 5
        for each in chosen:
            assert found[each] <= within, each
        assert json.loads((one / "devices" / name / "run.json").read_text(encoding="utf-8"))["status"] == "complete"


def test_devices_have_results_of_their_own(pulsed: Path) -> None:
    """Of the last instant, with the currents of the circuit."""
    circuit = nc.open_result(pulsed / "one")
    assert circuit.devices == ["first", "second", "third"]
    device = circuit.device("first")
    assert device.table["time [s]"].tolist() == [circuit.table["time [s]"].iloc[-1]]
    assert sorted(device.fields) == device.table["point"].tolist() == sorted(set(device.profiles["point"]))
    rows = circuit.table.set_index("point").loc[device.table["point"]]
    for port in ("base", "tip"):
        here, there = (each[f"current_{name}{port} [A]"].to_numpy() for each, name in ((device, ""), (rows, "first_")))
        assert np.abs(here - there).max() <= 1e-9 * np.abs(there).max()
    assert device.table["potential_tip [V]"].to_numpy() == pytest.approx(rows["potential_middle [V]"].to_numpy())
    assert device.label("current [A]") == "current"
    for word in ("info", "render"):
        result = call(word, pulsed / "one" / "devices" / "first")
        assert result.returncode == 0, result.stderr
    refused = call("render", pulsed / "one")
    assert refused.returncode == 2
    assert "devices/first" in refused.stderr
    with pytest.raises(ResultError, match="there are those of first, second, third"):
        circuit.device("fourth")


def test_fields_of_a_sweep_in_memory_and_on_disk(tmp_path: Path) -> None:
    """Extremes and zero, as in sweeps of cases; and none where none are asked for."""
    elements = {
        "cone": CONE_IN_CIRCUIT,
        "source": {"type": "voltage_source", "voltage": 0.0, "terminals": ["top", "bath"]},
    }
    study = {"type": "sweep", "parameter": "elements.source.voltage", "values": [-0.1, -0.05, 0.0, 0.1]}
    circuit = load_circuit(write(tmp_path, elements, study))
    memory, disk = nc.simulate(circuit), nc.simulate(circuit, tmp_path / "out")
    for result in (memory, disk):
        device = result.device("cone")
        assert device.table["elements.source.voltage [V]"].tolist() == pytest.approx([-0.1, 0.0, 0.1])
        assert device.table["bias [V]"].tolist() == pytest.approx([-0.1, 0.0, 0.1])
        assert sorted(device.fields) == [0, 2, 3]
    here, there = (each.device("cone").table["current [A]"].to_numpy() for each in (memory, disk))
    assert here == pytest.approx(there, rel=1e-10)
    without = load_circuit(tmp_path, ["outputs.fields=none"])
    assert nc.simulate(without, tmp_path / "without").devices == []


class Stopped(Exception):
    """Raised after some rows."""


def stopping_after(rows: int) -> type[Silent]:
    """A progress that ends the run after that many rows."""

    class Stopping(Silent):
        left = rows

        def accepted(self, text: str, weight: float = 1.0) -> None:
            Stopping.left -= 1
            if not Stopping.left:
                raise Stopped

    return Stopping


def test_fields_before_an_interruption_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the instants asked for and of the last one, each once."""
    monkeypatch.setenv("NANOCHANNEL_CHECKPOINT_INTERVAL", "0")
    source = {"type": "current_source", "current": 1e-12, "terminals": ["bath", "top"]}
    capacitor = {"type": "capacitor", "capacitance": 1e-16, "initial": 0.05, "terminals": ["top", "bath"]}
    study = {"type": "transient", "duration": 4e-8, "record_every": 1e-8, "tolerance": 0.1, "fields_at": [0.0, 1.5e-8]}
    circuit = load_circuit(write(tmp_path, {"cone": CONE_IN_CIRCUIT, "I": source, "C": capacitor}, study))
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        run_circuit(circuit, out, MPI.COMM_SELF, progress=stopping_after(5))
    assert sorted(field_files(out / "devices" / "cone")) == [0, 3]
    run_circuit(circuit, out, MPI.COMM_SELF, resume=True, progress=Silent)
    device = nc.open_result(out).device("cone")
    assert device.table["time [s]"].tolist() == pytest.approx([0.0, 1.5e-8, 4e-8], rel=1e-12)
    assert sorted(device.fields) == device.table["point"].tolist()
    assert device.run["status"] == "complete"


def test_times_of_fields_beyond_the_end_are_refused(tmp_path: Path) -> None:
    elements = {"cone": CONE_IN_CIRCUIT, "R": {"type": "resistor", "resistance": 1e9, "terminals": ["top", "bath"]}}
    write(tmp_path, elements, {"type": "transient", "duration": 1e-6, "fields_at": [0.0, 2e-6]})
    with pytest.raises(CaseError, match="2e-06 s is beyond the end of the run, which takes 1e-06 s"):
        load_circuit(tmp_path)


def test_rows_of_fields_behind_those_of_the_circuit_do_not_count(tmp_path: Path) -> None:
    """A device's row is written before that of the circuit, which may be killed in between; a lost file is a damage."""

    def opened(below: int, *, repair: bool = False) -> list[int]:
        result = ResultDirectory(tmp_path, resume=True, repair=repair)
        left = result.start({"a": 1}, below=below)
        found = [int(row["point"]) for row in left.points]
        result.fail("interrupted")
        return found

    first = ResultDirectory(tmp_path)
    first.start({"a": 1}, below=0)
    (tmp_path / "fields").mkdir()
    for point in (0, 4, 7):
        (tmp_path / "fields" / f"{point}.vtu").touch()
        first.add_point({"point": point, "current [A]": 1.0}, fields=f"{point}.vtu")
    first.fail("interrupted")
    assert opened(7) == [0, 4]
    assert list(field_files(tmp_path)) == [0, 4]
    (tmp_path / "fields" / "4.vtu").unlink()
    with pytest.raises(ResultError, match=r"4.vtu is missing.*goes on without the 1 rows"):
        opened(7)
    assert opened(4) == [0]


def test_the_impedance_of_a_circuit_is_that_of_its_parts(tmp_path: Path) -> None:
    """A cone with a capacitor beside it and a resistor before it, against the plain study of the cone."""
    frequencies, resistance, capacitance = [1.0, 1e6, 1e8], 5e8, 2e-17
    elements = {
        "cone": CONE_IN_CIRCUIT,
        "C": {"type": "capacitor", "capacitance": capacitance, "terminals": ["top", "bath"]},
        "R": {"type": "resistor", "resistance": resistance, "terminals": ["drive", "top"]},
        "V": {"type": "voltage_source", "voltage": 0.3, "terminals": ["drive", "bath"]},
    }
    study = {"type": "impedance", "source": "V", "frequencies": frequencies}
    circuit = load_circuit(write(tmp_path, elements, study, drive={}))
    found = [row.columns for row in runner_of(circuit, MPI.COMM_WORLD, Clock()).rows() if row is not None]
    volts = float(session(tmp_path, elements, drive={}).settle()[0])
    base = CONE["terminals"]["base"] | {"potential": volts}
    study = {"type": "impedance", "terminal": "base", "frequencies": frequencies}
    alone = rows(CONE | {"terminals": {"base": base}, "study": study})
    for frequency, here, plain in zip(frequencies, found, alone, strict=True):
        ours, cone = (complex(row["impedance_real [ohm]"], row["impedance_imaginary [ohm]"]) for row in (here, plain))
        exact = resistance + 1.0 / (2j * np.pi * frequency * capacitance + 1.0 / cone)
        assert abs(ours - exact) < 1e-9 * abs(exact)
