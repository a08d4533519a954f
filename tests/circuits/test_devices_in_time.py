"""Devices whose fields are solved in a circuit, in time: conservation, ranks, kills and jumps."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from circuits.description.loading import load_circuit
from circuits.run import Keeper, run_circuit
from circuits.solving.corners import step_control
from circuits.solving.newton import CircuitFailure, CircuitNewton
from circuits.solving.stepper import CircuitStepper
from circuits.studies.place import place_of
from circuits.studies.session import Session
from meshes.errors import MeshError
from nanochannel import main
from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError, Solved
from solver.nonlinear.newton import NewtonReport
from solver.parallel.clock import Clock
from solver.studies.transient.step_control import StepTooShort
from tests.support.command_line import call, table
from tests.support.device_circuits import CONE_IN_CIRCUIT, session, write
from tests.support.kills import deviations, killed


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


def same_fields(one: Path, other: Path, within: float, names: Sequence[str] = ("first", "second", "third")) -> None:
    """Whether the devices of two runs have the same fields."""
    for name in names:
        found = deviations(one / "devices" / name, other / "devices" / name)
        chosen = [each for each in found if each.startswith(("bias", "potential", "concentration", "salt_mean"))]
        assert len(chosen) > 5
        for each in chosen:
            assert found[each] <= within, each
        assert json.loads((one / "devices" / name / "run.json").read_text(encoding="utf-8"))["status"] == "complete"


@pytest.mark.serial
def test_charge_is_kept_over_the_whole_circuit(pulsed: Path) -> None:
    found = json.loads((pulsed / "one" / "summary.json").read_text(encoding="utf-8"))
    assert found["accepted_steps"] > 10
    assert found["charge_balance_error"] < 1e-8
    last = table(pulsed / "one")[-1]
    through = [float(last[f"amount_passed_first_{port}_K [mol]"]) for port in ("base", "tip")]
    assert through[0] != 0.0
    assert through[0] + through[1] != 0.0  # the salt of the cone has changed


@pytest.mark.serial
def test_devices_on_groups_of_ranks(pulsed: Path) -> None:
    """Three devices on two ranks, one with two."""
    out = pulsed / "on_2"
    result = call("run", pulsed, "--out", out, ranks=2)
    assert result.returncode == 0, result.stderr
    same(out, pulsed / "one", 1e-8)
    same_fields(out, pulsed / "one", 1e-8)


@pytest.mark.serial
def test_two_devices_in_time_on_two_ranks_each(tmp_path: Path) -> None:
    elements = {
        "first": {"type": "device", "case": "cone.yaml", "terminals": {"base": "top", "tip": "middle"}},
        "second": {"type": "device", "case": "cone.yaml", "terminals": {"base": "middle", "tip": "bath"}},
        "C": {"type": "capacitor", "capacitance": 1e-16, "terminals": ["top", "bath"]},
        "I": {
            "type": "current_source",
            "terminals": ["bath", "top"],
            "protocol": [{"type": "ramp", "duration": 6e-9, "to": 3e-11}],
        },
    }
    write(
        tmp_path,
        elements,
        {"type": "transient", "tolerance": 0.1, "record_every": 2e-9, "largest_step": 2e-9},
        middle={},
    )
    run_circuit(load_circuit(tmp_path), tmp_path / "one", MPI.COMM_SELF)
    result = call("run", tmp_path, "--out", tmp_path / "four", ranks=4)
    assert result.returncode == 0, result.stderr
    same(tmp_path / "four", tmp_path / "one", 1e-8)
    same_fields(tmp_path / "four", tmp_path / "one", 1e-8, ("first", "second"))
    found = json.loads((tmp_path / "four" / "summary.json").read_text(encoding="utf-8"))
    assert found["accepted_steps"] > 2
    assert found["charge_balance_error"] < 1e-8


@pytest.mark.serial
def test_a_killed_run_goes_on_with_the_same_steps(pulsed: Path) -> None:
    """And has lost no more than the interval between two checkpoints, here a single step."""
    out = pulsed / "killed"
    lines = killed(pulsed, out, random.Random(1), 3)
    current = json.loads((out / "checkpoint" / "current.json").read_text(encoding="utf-8"))["generation"]
    kept = json.loads((out / "checkpoint" / f"{current:06d}" / "checkpoint.json").read_text(encoding="utf-8"))["rows"]
    assert lines - 1 - kept in (0, 1)  # the first line is the header
    assert main(["run", str(pulsed), "--out", str(out), "--resume"]) == 0
    same(out, pulsed / "one", 1e-8)
    same_fields(out, pulsed / "one", 1e-8)


@pytest.mark.serial
def test_a_run_goes_on_from_every_checkpoint_to_the_last_bit(
    pulsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, at and behind a jump, whose currents are differences over the shortest steps of all."""
    monkeypatch.setenv("NANOCHANNEL_CHECKPOINT_INTERVAL", "0")
    save, copies = Keeper.save, []

    def copied(keeper: Keeper) -> None:
        save(keeper)
        copies.append(shutil.copytree(keeper.results.path, tmp_path / f"{len(copies)}"))

    with monkeypatch.context() as patched:
        patched.setattr(Keeper, "save", copied)
        run_circuit(load_circuit(pulsed), tmp_path / "whole", MPI.COMM_SELF)
    times = [float(row["time [s]"]) for row in table(tmp_path / "whole")]
    jump = 1 + times.index(max(time for time in times if time <= 5e-8))
    for number in (2, jump - 1, jump, jump + 2):
        assert len(table(copies[number])) == number + 1
        run_circuit(load_circuit(pulsed), copies[number], MPI.COMM_SELF, resume=True)
        same(copies[number], tmp_path / "whole", 1e-14)


@pytest.mark.parametrize(
    "failure",
    [
        ConvergenceError("device 'cone' at rest", "no way", "help", Solved(NewtonReport(), [])),
        CaseError("no such salt", key=("electrolyte",), file="cone.yaml", line=3),
        MeshError("no such mesh"),
    ],
)
def test_a_device_that_fails_on_some_ranks_fails_on_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """With the same error, so that no rank waits for another."""
    ranks = MPI.COMM_WORLD
    elements = dict.fromkeys(("cone", "other"), CONE_IN_CIRCUIT)
    circuit = load_circuit(write(tmp_path, elements, {"type": "transient", "duration": 1e-9}))

    def fails(*_: Any) -> Any:
        if ranks.rank == ranks.size - 1:
            raise failure
        return None

    monkeypatch.setattr("circuits.studies.session._field_device", fails)
    monkeypatch.setattr("circuits.studies.session.DeviceInTime", lambda device: device)
    with pytest.raises(type(failure)) as raised:
        Session.of(circuit, ranks, Clock())
    assert str(raised.value) == str(failure)
