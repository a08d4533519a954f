"""What carries out a study of a circuit, and the rows that it gives."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.studies.base import CircuitStudy
from solver.parallel.clock import Clock


@dataclass(frozen=True)
class CircuitRow:
    """A row of the result.

    Attributes:
        columns: by header.
        text: what is told of it.
        weight: part of the study that it completes.
    """

    columns: Mapping[str, Any]
    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class CircuitCheckpoint:
    """What a study needs to go on.

    Attributes:
        numbers: as JSON holds them.
        arrays: of each device by its name, owned by its ranks and with ghosts; by names of their own.
    """

    numbers: Mapping[str, Any]
    arrays: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)


class CircuitRunner(ABC):
    """Carries out the study of one circuit. Collective.

    Args:
        circuit: with its study.
        comm: all ranks.
        clock: counts the time of all phases.
    """

    def __init__(self, circuit: Circuit, comm: MPI.Comm, clock: Clock) -> None:
        self.circuit, self.comm, self.clock = circuit, comm, clock

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

    def checkpoint(self) -> CircuitCheckpoint | None:
        """What is needed to go on; None where the study has no state to go on from."""
        return None

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
