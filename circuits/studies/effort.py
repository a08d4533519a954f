"""What a run in time with the fields of devices costs, in units of one factorisation."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mpi4py import MPI

from circuits.devices.devices import FieldDevices
from solver.parallel.clock import Clock


class Effort:
    """Time of the steps of a run, and the factorisations of all its devices.

    Args:
        fields: the devices; what they have factorised until now does not count.
        earlier: numbers of an interrupted run that goes on, with `numbers`.
    """

    def __init__(self, fields: FieldDevices | None = None, earlier: Mapping[str, Any] | None = None) -> None:
        earlier = earlier or {}
        self.seconds = float(earlier.get("seconds", 0.0))
        self._before = int(earlier.get("factorisations", 0)) - (0 if fields is None else fields.factorisations())

    def numbers(self, fields: FieldDevices) -> dict[str, Any]:
        """What a run that goes on needs to know. Collective."""
        return {"seconds": self.seconds, "factorisations": self._before + fields.factorisations()}

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Context of what counts as time of steps."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - begin

    def cost(self, fields: FieldDevices, duration: float, clock: Clock, comm: MPI.Comm) -> dict[str, Any]:
        """The time of the steps until an instant (s); also that of a millisecond in units of one factorisation, the mean of
        those of all devices. Collective."""
        counts = sum(device.newton.factorisations + (device.problem.flow is not None) for device in fields.devices)
        spent = comm.allreduce(clock.seconds["factorisation"], op=MPI.SUM)
        unit = spent / max(comm.allreduce(counts, op=MPI.SUM), 1)
        seconds = comm.allreduce(self.seconds, op=MPI.MAX)
        return {
            "factorisations": self._before + fields.factorisations(),
            "time_of_steps [s]": round(seconds, 4),
            "time_of_a_factorisation [s]": round(unit, 6),
            "cost_in_factorisations_per_ms": round(seconds / max(unit, 1e-9) / max(1e3 * duration, 1e-300), 1),
        }
