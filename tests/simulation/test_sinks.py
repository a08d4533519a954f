"""Where a run puts its numbers: a result directory or the memory, with the same numbers in both."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.progress import Silent
from solver.results.directory import ResultDirectory
from solver.results.rows import plain, read_run
from solver.run import run
from solver.simulation.checkpoint import Checkpoint
from solver.simulation.directory import DirectorySink
from solver.simulation.earlier import Earlier
from solver.simulation.memory import MemorySink
from solver.simulation.record import Record
from solver.simulation.simulation import Simulation
from solver.simulation.sink import Columns, Rows, Sink

BIAS = "terminals.left.potential"
SLIT: dict[str, Any] = {
    "geometry": {
        "type": "slit",
        "length": 20e-9,
        "height": 10e-9,
        "width": 1e-6,
        "reservoirs": {"length": 20e-9, "half_height": 20e-9},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
    "walls": {"channel": {"surface_charge": -5e-3}},
    "mesh": {"wall_size": "2 debye_length", "corner_size": "1 debye_length", "growth": 4, "axial_cells": 2},
    "outputs": {"errors": "none", "sensitivities": [BIAS]},
    "study": {"type": "sweep", "parameter": BIAS, "values": [0.05, -0.05]},
}
SPECTRUM: dict[str, Any] = {"type": "impedance", "terminal": "left", "frequencies": [1e3, 1e6]}
STEP: dict[str, Any] = {
    "type": "transient",
    "protocol": [{"type": "step", "to": {BIAS: 0.05}}, {"type": "hold", "duration": 1e-7}],
    "fields_at": [1e-7],
}


def case(**changes: Any) -> Case:
    """The slit with other parts; made from values, without a file."""
    return Case.model_validate({**SLIT, **changes})


def in_memory(made: Case, *, fields: bool = False) -> MemorySink:
    """The numbers of a case. Collective."""
    sink = MemorySink(fields=fields)
    run(made, sink, MPI.COMM_WORLD, progress=Silent)
    return sink


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Both(Sink):
    """Hands everything to two sinks; the first one tells what is there already."""

    def __init__(self, one: Sink, other: Sink) -> None:
        self._sinks = one, other

    def start(self, case: Case, information: Mapping[str, Any], columns: Columns) -> Earlier:
        self._sinks[1].start(case, information, columns)
        return self._sinks[0].start(case, information, columns)

    @contextmanager
    def open(self, earlier: Earlier) -> Iterator[None]:
        with self._sinks[0].open(earlier), self._sinks[1].open(earlier):
            yield

    def update(self, **information: Any) -> None:
        for sink in self._sinks:
            sink.update(**information)

    def add(self, record: Record, simulation: Simulation) -> None:
        for sink in self._sinks:
            sink.add(record, simulation)

    def add_iterations(self, rows: Rows) -> None:
        for sink in self._sinks:
            sink.add_iterations(rows)

    def save(self, simulation: Simulation, checkpoint: Checkpoint) -> None:
        for sink in self._sinks:
            sink.save(simulation, checkpoint)

    @property
    def rows(self) -> Rows:
        return self._sinks[0].rows

    def complete(self, summary: Mapping[str, Any], cost: Mapping[str, Any]) -> None:
        for sink in self._sinks:
            sink.complete(summary, cost)

    def fail(self, message: str, **information: Any) -> None:
        for sink in self._sinks:
            sink.fail(message, **information)


@pytest.mark.serial
@pytest.mark.parametrize("study", [SLIT["study"], SPECTRUM, STEP], ids=lambda study: study["type"])
def test_memory_and_directory_hold_the_same(study: dict[str, Any], tmp_path: Path) -> None:
    outputs = SLIT["outputs"] if study["type"] == "sweep" else {"errors": "none"}
    results, sink = ResultDirectory(tmp_path / "r"), MemorySink()
    both = Both(DirectorySink(results, MPI.COMM_WORLD), sink)
    run(case(study=study, outputs=outputs), both, MPI.COMM_WORLD, progress=Silent)
    held = {
        "observables": sink.rows,
        "profiles": sink.profiles,
        "convergence": sink.iterations,
        "sensitivities": sink.sensitivities,
    }
    for name, rows in held.items():
        path = results.path / f"{name}.csv"
        there = table(path) if path.exists() else []
        assert len(there) == len(rows), name
        for one, other in zip(there, rows, strict=True):
            assert list(one) == list(other)
            numbers = {key: float(text) for key, text in one.items() if _is_number(text)}
            assert {key: float(other[key]) for key in numbers} == numbers
    assert len(sink.sensitivities) == (4 if study["type"] == "sweep" else 0)  # of two goals at two points
    assert sink.information["status"] == "complete"
    written = read_run(results.path)
    assert {key: plain(sink.information[key]) for key in ("case", "mesh", "cost")} == {
        key: written[key] for key in ("case", "mesh", "cost")
    }
    summary = json.loads((results.path / "summary.json").read_text(encoding="utf-8"))
    assert summary == plain(sink.summary)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_run_in_memory_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sink = in_memory(case(study=STEP, outputs={"errors": "none"}), fields=True)
    assert len(sink.rows) > 2
    assert not list(tmp_path.iterdir())


def test_fields_are_kept_on_request_only() -> None:
    assert not in_memory(case()).fields
    sink = in_memory(case(), fields=True)
    assert list(sink.fields) == [0, 1]
    for number, row in enumerate(sink.rows):
        fields, comm = sink.fields[number], MPI.COMM_WORLD
        assert fields.points.shape == (len(fields.values["potential"]), 3)
        assert fields.values["velocity"].shape == fields.points.shape
        assert len(fields.cells) == 7 * len(fields.cell_types)
        at_terminal = fields.points[:, 0] < -20e-9 + 1e-15
        off = np.abs(fields.values["potential"][at_terminal] - row["bias [V]"]).max(initial=0.0)
        assert comm.allreduce(float(off), op=MPI.MAX) < 1e-12
        length = comm.allreduce(float(fields.points[:, 0].max()), op=MPI.MAX)
        assert length == pytest.approx(40e-9)


def test_a_failed_run_in_memory_keeps_what_was_reached() -> None:
    values = [0.05, 500.0]
    made = case(study=SLIT["study"] | {"values": values}, solver={"max_iterations": 6}, outputs={"errors": "none"})
    sink = MemorySink()
    with pytest.raises(ConvergenceError, match="bias 500 V"):
        run(made, sink, MPI.COMM_WORLD, progress=Silent)
    assert [row[f"{BIAS} [V]"] for row in sink.rows] == [0.05]
    assert sink.information["status"] == "failed"
    assert "bias 500 V" in sink.information["message"]
    assert sink.iterations[-1]["point"] == 1  # of the point that was not reached
    assert sink.summary == {}
