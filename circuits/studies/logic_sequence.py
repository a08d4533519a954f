"""Sequences of bits in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.analysis.gates import delivered, levels
from circuits.description.circuit import Circuit
from circuits.description.studies.logic import LogicSequence
from circuits.solving.stepper import CircuitStepper
from circuits.studies.base import CircuitRow
from circuits.studies.transient import STEPS, TransientRunner
from circuits.studies.truth_table import POWER
from solver.parallel.clock import Clock
from solver.signals.schedule import Schedule
from solver.signals.waveforms import Hold, ProtocolStep, Ramp

LOGIC = "logic"
"""Entry of a checkpoint."""


class LogicSequenceRunner(TransientRunner):
    """Runs a circuit through bits of its inputs."""

    def __init__(self, circuit: Circuit, comm: MPI.Comm, clock: Clock) -> None:
        super().__init__(circuit, comm, clock)
        study = circuit.study
        assert isinstance(study, LogicSequence)
        self._logic = study
        first = {name: each.of(each.bits[0] == "1") for name, each in study.inputs.items()}
        self._rest = {**self._rest, **first}
        self._schedule, self.duration = _schedule(study, first), study.count * study.period
        if study.largest_step is None:
            self._largest = study.period / STEPS
        self._before: tuple[float, float] | None = None  # time and power of the step before
        self._energies = [0.0] * study.count
        self._ends: dict[str, list[float]] = {node: [] for node in study.outputs}

    def marks(self) -> list[float]:
        ends = [self._end(k) for k in range(self._logic.count)]
        return sorted({*super().marks(), *ends})

    def _end(self, number: int) -> float:
        """End of a period, s."""
        return self.duration if number + 1 == self._logic.count else (number + 1) * self._logic.period

    def rows(self) -> Iterator[CircuitRow | None]:
        for row in super().rows():
            assert self.stepper is not None
            self._count(self.stepper)
            yield row

    def _count(self, stepper: CircuitStepper) -> None:
        """Add up the energy of a step, and take the levels at the end of a period."""
        now, power = stepper.now, self._power(stepper)
        number = len(self._ends[self._logic.outputs[0]])
        if self._before is not None and number < self._logic.count:
            time, last = self._before
            self._energies[number] += 0.5 * (last + power) * (now.time - time)
        if number < self._logic.count and now.time >= self._end(number) * (1.0 - 1e-12):
            for node, found in self._ends.items():
                place = stepper.network.node_of(node)
                found.append(0.0 if place < 0 else float(now.unknowns[place]))
        self._before = now.time, power

    def _power(self, stepper: CircuitStepper) -> float:
        now = stepper.now
        return sum(delivered(stepper.network, now.unknowns, self.values(now.time), now.charging).values())

    def _row(self, stepper: CircuitStepper, number: int, passed: float = 0.0) -> CircuitRow:
        row, values = super()._row(stepper, number, passed), self.values(stepper.now.time)
        driven = {f"voltage_{name} [V]": values[name] for name in self._logic.inputs}
        columns = {**row.columns, **driven, POWER: self._power(stepper)}
        return replace(row, columns=columns, keys=(*row.keys, *driven))

    # ------------------------------------------------------------------ interruptions
    def save(self, folder: Path) -> dict[str, Any] | None:
        numbers = super().save(folder)
        if numbers is None:
            return None
        return {**numbers, LOGIC: {"before": self._before, "energies": self._energies, "ends": self._ends}}

    def resume(self, done: int, numbers: Mapping[str, Any] | None, folder: Path | None) -> None:
        super().resume(done, numbers, folder)
        if numbers is not None and folder is not None:
            kept = numbers[LOGIC]
            self._before = None if kept["before"] is None else (kept["before"][0], kept["before"][1])
            self._energies, self._ends = list(kept["energies"]), {key: list(each) for key, each in kept["ends"].items()}

    def summary(self) -> dict[str, Any]:
        """Energies of the periods and levels at their ends."""
        outputs = {}
        for node, found in self._ends.items():
            worst = levels(found, self._logic.level)
            outputs[node] = {
                "bits": "".join("1" if each >= self._logic.level else "0" for each in found),
                "levels [V]": found,
                "highest_low [V]": worst.highest_low,
                "lowest_high [V]": worst.lowest_high,
                "eye_opening [V]": worst.swing,
            }
        return {
            **super().summary(),
            "period [s]": self._logic.period,
            "threshold [V]": self._logic.level,
            "outputs": outputs,
            "energies [J]": self._energies,
            "mean_energy [J]": sum(self._energies) / len(self._energies),
        }


def _schedule(study: LogicSequence, first: Mapping[str, float]) -> Schedule:
    """Flanks at the beginnings of the periods in which a bit is another one than before."""
    tracks = []
    for name, each in study.inputs.items():
        steps: list[ProtocolStep] = []
        before = each.bits[0]
        for bit in each.bits:
            if bit == before:
                steps.append(Hold(duration=study.period))
            else:
                steps.append(Ramp(duration=study.flank, to={name: each.of(bit == "1")}))
                steps.append(Hold(duration=study.period - study.flank))
            before = bit
        tracks.append((("study", "inputs", name, "bits"), tuple(steps)))
    return Schedule.of(tracks, dict(first))
