"""A run of a circuit that keeps its rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mpi4py import MPI

from circuits.columns import columns_of
from circuits.compact.beyond import Beyond
from circuits.description.circuit import Circuit
from circuits.description.loading import devices_of
from circuits.device_results import DeviceMemory, DeviceTables
from circuits.run import information_of, not_converged
from circuits.solving.newton import CircuitFailure
from circuits.studies.base import runner_of
from solver.parallel.cache import compile_quietly, shared_cache
from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.logs import logger
from solver.parallel.progress import Extent, Progress
from solver.results.columns import as_entries
from solver.studies.transient.step_control import StepTooShort


@dataclass(frozen=True)
class Computed:
    """What a run gives.

    Attributes:
        rows: columns by header.
        information: entries of run.json.
        summary: entries of summary.json.
        devices: results of the devices whose fields are kept.
    """

    rows: list[Mapping[str, Any]]
    information: dict[str, Any]
    summary: dict[str, Any]
    devices: Mapping[str, DeviceTables] = field(default_factory=dict)


def compute_circuit(
    circuit: Circuit, comm: MPI.Comm, progress: Callable[..., Progress] = Progress, *, fields: bool = False
) -> Computed:
    """Compute the study of a circuit. Collective; all ranks get all rows.

    fields: whether those of the devices are kept; each rank has its own part.

    Raises:
        ConvergenceError: a state was not reached.
    """
    compile_quietly()
    clock = Clock()
    rows: list[Mapping[str, Any]] = []
    beyond = Beyond(circuit)
    with shared_cache(comm):
        runner = runner_of(circuit, comm, clock)
        keeps = fields and circuit.study.has_fields and devices_of(circuit)
        devices = DeviceMemory(circuit, runner, comm) if keeps else None
        with (
            Interruption(comm) as interruption,
            progress(Extent(runner.size(), runner.completed(), runner.unit), comm) as told,
        ):
            try:
                for row in runner.rows():
                    if row is not None:
                        rows.append(row.columns)
                        if devices is not None:
                            devices.add(row, runner.fields)
                        beyond.see(row.columns)
                        told.accepted(row.text, row.weight)
                    interruption.raise_if_requested()
            except (CircuitFailure, StepTooShort) as failure:
                raise not_converged(circuit, failure) from None
        for note in beyond.notes():
            logger.warning("warning: %s", note)
        summary, cost = runner.summary(), clock.table(comm)
    folder = None if circuit.file is None else str(circuit.directory.resolve())
    columns = as_entries(columns_of(circuit))
    described: dict[str, Any] = {"status": "complete", "columns": columns, "cost": cost}
    described |= {"case": circuit.model_dump(mode="json"), "case_directory": folder}
    tables = {} if devices is None else devices.tables
    return Computed(rows, {**information_of(circuit, comm), **described}, summary, tables)
