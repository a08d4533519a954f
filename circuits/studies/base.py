"""What carries out a study of a circuit, and the rows that it gives."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.studies.base import CircuitStudy
from circuits.devices.devices import FieldDevices
from circuits.studies.session import Session
from solver.parallel.clock import Clock


@dataclass(frozen=True)
class CircuitRow:
    """A row of the result.

    Attributes:
        columns: by header.
        text: what is told of it.
        weight: part of the study that it completes.
        fields: whether the fields of the devices, which have the state of this row, are kept.
        keys: headers of the columns that say which row it is, beside its number, for the tables of devices.
    """

    columns: Mapping[str, Any]
    text: str
    weight: float = 1.0
    fields: bool = False
    keys: tuple[str, ...] = ()


class CircuitRunner(ABC):
    """Carries out the study of one circuit. Collective.

    Args:
        circuit: with its study.
        comm: all ranks.
        clock: counts the time of all phases.
    """

    needs_rows: ClassVar[bool] = False
    """Whether the rows of an interrupted run are needed to go on with it."""

    def __init__(self, circuit: Circuit, comm: MPI.Comm, clock: Clock) -> None:
        self.circuit, self.comm, self.clock, self.done = circuit, comm, clock, 0
        self.earlier: list[Mapping[str, Any]] = []
        """Rows of the interrupted run, where they are needed."""
        self.session: Session | None = None

    @property
    def fields(self) -> FieldDevices | None:
        """The devices with fields, in the state of the last row; None without any."""
        return None if self.session is None else self.session.fields

    @abstractmethod
    def rows(self) -> Iterator[CircuitRow | None]:
        """The rows, each when it is there; None where the run may be interrupted without a row.

        Raises:
            CircuitFailure, StepTooShort: on all ranks; a state is not reached.
        """

    @property
    def unit(self) -> str:
        """Unit of the progress."""
        return "point"

    def size(self) -> float:
        """Of the study, in the unit of its progress."""
        return self.circuit.study.size()

    def save(self, folder: Path) -> dict[str, Any] | None:
        """Write what is needed to go on into a folder; gives numbers that belong to it, None where there is nothing to go on
        from.

        Raises:
            ResultError: on all ranks.
        """
        return None

    def resume(self, done: int, numbers: Mapping[str, Any] | None, folder: Path | None) -> None:
        """Go on with an interrupted run. Called before the rows are asked for.

        done: number of its rows that count. numbers, folder: of its last checkpoint; None without one.
        """
        self.done = done

    def completed(self) -> float:
        """Part of the study that an interrupted run did, in the unit of its progress."""
        return float(self.done)

    def summary(self) -> dict[str, Any]:
        """Entries of summary.json."""
        return {}


def runner_of(circuit: Circuit, comm: MPI.Comm, clock: Clock) -> CircuitRunner:
    """The runner of a circuit's study, from the module that the study names."""
    return _class(type(circuit.study))(circuit, comm, clock)


def _class(study: type[CircuitStudy]) -> type[CircuitRunner]:
    module, name = study.runner.split(":")
    found: type[CircuitRunner] = getattr(importlib.import_module(module), name)
    return found
