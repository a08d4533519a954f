"""Where the fields of the devices of a circuit go: to a result directory for each of them inside that of the circuit, or into
memory. Only rows whose fields are kept are rows there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpi4py import MPI

from circuits.columns import DEVICES
from circuits.description.circuit import Circuit
from circuits.description.loading import case_of, devices_of
from circuits.devices.devices import FieldDevices
from circuits.devices.in_time import DeviceInTime
from circuits.devices.observing import DeviceObserver, DeviceRow, described
from circuits.studies.base import CircuitRow, CircuitRunner
from solver.case.case import Case
from solver.parallel.logs import logger
from solver.parallel.ranks import on_root
from solver.results.columns import as_entries
from solver.results.directory import FAILED, ResultDirectory
from solver.results.field_list import FOLDER
from solver.results.headers import POINT, TIME
from solver.results.rows import ResultError
from solver.simulation.fields import FieldFolder, FieldValues
from solver.simulation.provenance import describe
from solver.studies.columns import columns_of


class DeviceResults(ABC):
    """Results of the devices of a circuit while it is computed. Collective on all ranks of the circuit.

    Args:
        circuit: whose devices they are.
        runner: of its study.
        comm: all ranks of the circuit.
    """

    def __init__(self, circuit: Circuit, runner: CircuitRunner, comm: MPI.Comm) -> None:
        self._comm, duration = comm, runner.size() if runner.unit == "s" else None
        self.cases = {name: described(case_of(circuit, name), duration) for name in devices_of(circuit)}
        self._title = circuit.title or circuit.name
        self._observers: dict[str, DeviceObserver] = {}

    def information(self, name: str) -> dict[str, Any]:
        """Entries of run.json of a device."""
        case = self.cases[name]
        return {**describe(case, self._comm), "title": f"{name} in {self._title}", "device": name}

    def add(self, row: CircuitRow, devices: FieldDevices | None) -> None:
        """Keep the fields of all devices in the state of a row, if it is one whose fields are kept.

        Raises:
            ResultError: on all ranks.
        """
        if not row.fields or devices is None:
            return
        found = {each.device.name: self._observer(each) for each in devices.in_time}
        head = {key: row.columns[key] for key in (POINT, *row.keys)}
        number = int(row.columns[POINT])
        mine = {name: observer.row(head, in_time=TIME in head) for name, observer in found.items()}
        self._keep(number, mine, found, devices)

    def _observer(self, in_time: DeviceInTime) -> DeviceObserver:
        name = in_time.device.name
        known = self._observers.get(name)
        if known is None or not known.is_of(in_time):
            known = self._observers[name] = DeviceObserver(in_time, self.cases[name])
        return known

    @abstractmethod
    def _keep(
        self, number: int, rows: Mapping[str, DeviceRow], of: Mapping[str, DeviceObserver], devices: FieldDevices
    ) -> None:
        """Keep the rows and fields of the devices of this rank."""


class DeviceFolders(DeviceResults):
    """Results of the devices in folders of the circuit's result.

    Args:
        path: result directory of the circuit.
        repair: whether what is left of a damaged result of an earlier run is kept.
        done: number of rows of the circuit that an earlier run has left and that count.
    """

    def __init__(
        self,
        circuit: Circuit,
        runner: CircuitRunner,
        comm: MPI.Comm,
        path: Path,
        *,
        repair: bool,
        done: int,
    ) -> None:
        super().__init__(circuit, runner, comm)
        self._path, self._results = path / DEVICES, dict[str, ResultDirectory]()
        self._sized: set[str] = set()
        on_root(comm, lambda: self._start(repair, done))

    def _start(self, repair: bool, done: int) -> None:
        for name, case in self.cases.items():
            path = self._path / name
            if done and not path.exists():
                logger.warning("warning: %s is missing: fields of the rows before are not there", path)
            # the circuit has set aside what is not its own
            result = self._results[name] = ResultDirectory(path, resume=True, repair=repair)
            left = result.start(
                case.model_dump(mode="json"),
                None if case.file is None else case.directory,
                columns_of(case),
                below=done,
                **self.information(name),
            )
            for note in left.notes:
                logger.warning("warning: %s: %s", path, note)

    def _keep(
        self, number: int, rows: Mapping[str, DeviceRow], of: Mapping[str, DeviceObserver], devices: FieldDevices
    ) -> None:
        mine: dict[str, tuple[DeviceRow, str, dict[str, object]]] = {}
        text = ""
        for device in devices.devices:
            name = device.name
            try:
                file = of[name].write(FieldFolder(device.comm, self._path / name / FOLDER), number)
            except ResultError as error:  # on all ranks of the device, and soon of the circuit
                text = str(error)
                break
            sizes = {} if name in self._sized else of[name].sizes
            self._sized.add(name)
            if device.comm.rank == 0:
                mine[name] = rows[name], file, sizes
        if text := max(self._comm.allgather(text)):
            raise ResultError(text)
        gathered = self._comm.gather(mine, root=0)

        def write() -> None:
            for each in gathered or ():
                for name, (row, file, sizes) in each.items():
                    result = self._results[name]
                    if sizes:
                        result.update(mesh=sizes)
                    result.add_point(row.row, row.profile, fields=file)

        on_root(self._comm, write)

    def synchronise(self) -> None:
        """See that the rows so far are on the disk. On the first rank."""
        for result in self._results.values():
            result.synchronise()

    def complete(self) -> None:
        """Mark the results complete. On the first rank."""
        for result in self._results.values():
            result.complete()

    def fail(self, message: str, status: str = FAILED) -> None:
        """Mark them failed or interrupted. Not collective; never raises."""
        for result in self._results.values():
            result.fail(message, status)


@dataclass
class DeviceTables:
    """Result of a device in memory.

    Attributes:
        information: entries of run.json.
        rows, profiles: of its tables, on all ranks.
        fields: by number of the row; each rank has its own part.
    """

    information: dict[str, Any]
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    profiles: list[Mapping[str, Any]] = field(default_factory=list)
    fields: dict[int, FieldValues] = field(default_factory=dict)


class DeviceMemory(DeviceResults):
    """Results of the devices in memory.

    Attributes:
        tables: of each device.
    """

    def __init__(self, circuit: Circuit, runner: CircuitRunner, comm: MPI.Comm) -> None:
        super().__init__(circuit, runner, comm)
        self.tables = {name: DeviceTables(self._described(name, case)) for name, case in self.cases.items()}

    def _described(self, name: str, case: Case) -> dict[str, Any]:
        columns = as_entries(columns_of(case))
        folder = None if case.file is None else str(case.directory.resolve())
        described = {"columns": columns, "case": case.model_dump(mode="json"), "case_directory": folder}
        return {"status": "complete", **self.information(name), **described}

    def _keep(
        self, number: int, rows: Mapping[str, DeviceRow], of: Mapping[str, DeviceObserver], devices: FieldDevices
    ) -> None:
        mine: dict[str, tuple[DeviceRow, dict[str, object]]] = {}
        for device in devices.devices:
            tables = self.tables[device.name]
            tables.fields[number] = of[device.name].values()
            sizes = {} if "mesh" in tables.information else of[device.name].sizes
            if device.comm.rank == 0:
                mine[device.name] = rows[device.name], sizes
        for each in self._comm.allgather(mine):
            for name, (row, sizes) in each.items():
                tables = self.tables[name]
                tables.rows.append(row.row)
                tables.profiles += row.profile
                if sizes:
                    tables.information["mesh"] = sizes
