"""Devices whose fields are solved in a circuit, in time: conservation, ranks, kills and jumps."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from circuits.solving.corners import step_control
from circuits.solving.newton import CircuitFailure, CircuitNewton
from circuits.solving.stepper import CircuitStepper
from circuits.studies.place import place_of
from nanochannel import main
from solver.studies.transient.step_control import StepTooShort
from tests.support.command_line import call, table
from tests.support.device_circuits import CONE_IN_CIRCUIT, session
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


def same_fields(one: Path, other: Path, within: float) -> None:
    """Whether the devices of two runs have the same fields."""
    for name in ("first", "second", "third"):
        found = deviations(one / "devices" / name, other / "devices" / name)
        names = [each for each in found if each.startswith(("bias", "potential", "concentration", "salt_mean"))]
        assert len(names) > 5
        for each in names:
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
@pytest.mark.parametrize("ranks", [2, 4])
def test_devices_on_groups_of_ranks(pulsed: Path, ranks: int) -> None:
    """Three devices on two ranks, one with two; and on four, two of them with one device, for the steady state alone."""
    out, reference = pulsed / f"on_{ranks}", pulsed / "one"
    more = [] if ranks == 2 else ["--set", "study={type: steady}"]
    if more:
        reference = pulsed / "steady"
        assert main(["run", str(pulsed), "--out", str(reference), *more]) == 0
    result = call("run", pulsed, "--out", out, *more, ranks=ranks)
    assert result.returncode == 0, result.stderr
    same(out, reference, 1e-8)
    same_fields(out, reference, 1e-8)


@pytest.mark.serial
def test_a_killed_run_goes_on_with_the_same_steps(pulsed: Path) -> None:
    out = pulsed / "killed"
    killed(pulsed, out, random.Random(1), 3)
    assert main(["run", str(pulsed), "--out", str(out), "--resume"]) == 0
    same(out, pulsed / "one", 1e-8)
    same_fields(out, pulsed / "one", 1e-8)
