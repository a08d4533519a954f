"""Devices whose fields are solved in a circuit, in a steady state: against plain studies and against one system of all
unknowns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spl
import yaml  # type: ignore[import-untyped]
from mpi4py import MPI

from circuits.description.loading import load_circuit
from circuits.devices.field_device import FieldDevice
from circuits.studies.base import runner_of
from solver.inputs.errors import CaseError
from solver.parallel.clock import Clock
from tests.support.device_circuits import CONE, CONE_IN_CIRCUIT, GATED, rows, session, write


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


def test_what_injects_species_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"cone": CONE_IN_CIRCUIT}, {"type": "steady"}, top={"open": True})
    case = CONE | {"terminals": {"base": {"exchange": {"Cl": {"rate": 0.0}}}}}
    (tmp_path / "cone.yaml").write_text(yaml.safe_dump(case, sort_keys=False), encoding="utf-8")
    with pytest.raises(CaseError, match="injects or absorbs species"):
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


@pytest.mark.serial  # the matrices of all devices are in one
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
