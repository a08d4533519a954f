"""Cost of a device in a circuit over time, against the same device with an imposed voltage.

    ./environment.sh python3 -m tests.benchmarks.circuits [--fine]

A cone follows one period of a sine: held by the case's own study, by a source of voltage in a circuit, and behind a resistor
beside a capacitor, where its voltage follows. All in one process, after the state at rest, in processor time, so that mesh,
compilation and other users of the machine do not count; the unit is one assembly, factorisation and solve. --fine: more axial
cells and the flow.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.studies.base import runner_of
from circuits.studies.transient import TransientRunner
from solver.case.case import Case
from solver.case.loading import load_case
from solver.parallel.clock import Clock
from solver.run import run
from solver.simulation.memory import MemorySink
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from tests.benchmarks.bench_costs import unit

ROOT = Path(__file__).parents[2]
AMPLITUDE, FREQUENCY, TOLERANCE = 0.5, 500.0, 1e-3
LONGEST = 1.0 / FREQUENCY / 20.0
"""Longest step, s: without it circuits take at least 50 steps, and cases fewer."""
RESISTANCE, CAPACITANCE = 2e10, 5e-15


@dataclass(frozen=True)
class Cost:
    """What a run took behind its first row.

    Attributes:
        name: what was computed.
        steps, rejected: numbers of steps; accepted, and tried in vain.
        iterations, factorisations: of Newton's method in all stages.
        seconds: processor time.
        current: at the base in the last row, A.
    """

    name: str
    steps: int
    rejected: int
    iterations: int
    factorisations: int
    seconds: float
    current: float


class TimedSink(MemorySink):
    """Remembers when its first row came, and the simulation."""

    began = 0.0
    simulation: Simulation | None = None

    def add(self, record: Record, simulation: Simulation) -> None:
        """Keep a row."""
        super().add(record, simulation)
        self.began, self.simulation = self.began or time.process_time(), simulation


def cone(fine: bool) -> Case:
    """The shipped cone with a period of a sine at its base."""
    cells, flow = (96, "stokes") if fine else (24, "none")
    case = load_case(ROOT / "cases/conical_microchannel", [f"mesh.axial_cells={cells}", f"solver.flow={flow}"])
    data = case.model_dump(mode="json")
    data["outputs"]["errors"], data["outputs"]["fields"] = "none", "none"
    wave = {"type": "sine", "frequency": FREQUENCY, "amplitude": {"terminals.base.potential": AMPLITUDE}}
    data["study"] = {"type": "transient", "tolerance": TOLERANCE, "largest_step": LONGEST, "protocol": [wave]}
    return Case.model_validate(data)


def imposed(case: Case) -> tuple[Cost, Simulation]:
    """By the study of the case."""
    sink = TimedSink()
    run(case, sink, MPI.COMM_WORLD)
    seconds, rows = time.process_time() - sink.began, sink.rows
    assert sink.simulation is not None
    counts = (sum(int(row[name]) for row in rows[1:]) for name in ("newton_iterations", "factorisations"))
    summary = sink.summary.get("transient", sink.summary)
    rejected = int(summary.get("rejected_steps", 0)) + int(summary.get("failed_steps", 0))
    return Cost(
        "imposed voltage", len(rows) - 1, rejected, *counts, seconds, float(rows[-1]["current [A]"])
    ), sink.simulation


def circuit(fine: bool, more: Mapping[str, Any]) -> Circuit:
    """The cone between `top` and the ground with further elements."""
    cells, flow = (96, "stokes") if fine else (24, "none")
    overrides = {"mesh.axial_cells": cells, "solver.flow": flow}
    device = {"type": "device", "case": "../conical_microchannel", "terminals": {"base": "top", "tip": "bath"}}
    elements = {"cone": {**device, "overrides": overrides}, **more}
    ends = {node for each in more.values() for node in each["terminals"]} | {"top"}
    nodes: dict[str, Any] = {node: {} for node in sorted(ends)} | {"bath": {"ground": True}}
    data = {
        "circuit": {"nodes": nodes, "elements": elements},
        "study": {"type": "transient", "tolerance": TOLERANCE, "largest_step": LONGEST},
        "outputs": {"fields": "none"},
    }
    return Circuit.model_validate(data, context={"file": ROOT / "cases/rc_check/case.yaml"})


def sine(*ends: str) -> dict[str, Any]:
    """A source of the same sine."""
    wave = {"type": "sine", "frequency": FREQUENCY, "amplitude": AMPLITUDE}
    return {"type": "voltage_source", "terminals": list(ends), "protocol": [wave]}


def in_circuit(name: str, wired: Circuit) -> Cost:
    """By the circuit's study."""
    runner = runner_of(wired, MPI.COMM_WORLD, Clock())
    assert isinstance(runner, TransientRunner)
    rows = runner.rows()
    next(rows)
    assert runner.fields is not None
    assert runner.stepper is not None
    (device,), newton = runner.fields.devices, runner.stepper.newton
    began, before = time.process_time(), (newton.iterations, device.newton.factorisations)
    *_, last = rows
    seconds, after = time.process_time() - began, (newton.iterations, device.newton.factorisations)
    assert last is not None
    effort = runner.stepper.effort
    counts = (b - a for a, b in zip(before, after, strict=True))
    rejected = effort.rejected + effort.failed
    return Cost(name, effort.accepted, rejected, *counts, seconds, float(last.columns["current_cone_base [A]"]))


def table(costs: Sequence[Cost], newton_step: float) -> str:
    """Ratios to the first, as Markdown."""
    first = costs[0]
    heads = (
        "", "steps (rejected)", "iterations a stage", "factorisations a step", "seconds a step", "units a step",
        "step over the first", "current at the end",
    )  # fmt: skip
    lines = [heads, ("---",) * len(heads)]
    for cost in costs:
        tried = cost.steps + cost.rejected
        each = cost.seconds / tried
        lines.append(
            (
                cost.name, f"{cost.steps} ({cost.rejected})", f"{cost.iterations / tried / 3:.1f}",
                f"{cost.factorisations / tried:.2f}", f"{each:.3f}", f"{each / newton_step:.1f}",
                f"{each / (first.seconds / (first.steps + first.rejected)):.2f}", f"{cost.current:.6e} A",
            )
        )  # fmt: skip
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--fine", action="store_true", help="96 axial cells and the flow")
    fine = parser.parse_args().fine
    logging.disable(logging.WARNING)
    held, simulation = imposed(cone(fine))
    direct = in_circuit("source of voltage", circuit(fine, {"V": sine("top", "bath")}))
    follows = {
        "V": sine("drive", "bath"),
        "R": {"type": "resistor", "resistance": RESISTANCE, "terminals": ["drive", "top"]},
        "C": {"type": "capacitor", "capacitance": CAPACITANCE, "terminals": ["top", "bath"]},
    }
    behind = in_circuit("behind a resistor, beside a capacitor", circuit(fine, follows))
    newton_step = unit(simulation)["analysis_reused"]
    print(f"{simulation.problem.size} unknowns, one assembly, factorisation and solve {newton_step:.3f} s\n")
    print(table([held, direct, behind], newton_step))


if __name__ == "__main__":
    main()
