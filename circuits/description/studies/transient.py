"""Runs in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import field_validator

from circuits.description.driving import schedule_of
from circuits.description.studies.base import CircuitStudy
from meshes.quantity import Duration, PositiveNumber, Unit, at_most
from solver.case.studies.axes import Values, numbers_of, values_in_si
from solver.inputs.errors import Key
from solver.signals.schedule import SAME_INSTANT


class CircuitTransient(CircuitStudy):
    """A run in time from the operating point, driven by the protocols of the sources."""

    runner: ClassVar[str] = "circuits.studies.transient:TransientRunner"
    explanation: ClassVar[str] = (
        "A run in time from the operating point; the sources with a `protocol` drive it. Capacitors with an `initial` voltage"
        " start with that."
    )
    follows_compartments: ClassVar[bool] = True
    has_fields: ClassVar[bool] = True
    follows_protocols: ClassVar[bool] = True
    starts_charged: ClassVar[bool] = True
    needs_checkpoint: ClassVar[bool] = True

    type: Literal["transient"] = "transient"
    duration: Duration | None = None
    """Of the run; that of the longest protocol by default."""
    record_every: Duration | None = None
    """The run lands on all multiples, and these, the corners of the protocols and `fields_at` are rows; without it every step
    is one."""
    fields_at: Values = ()
    """Times at which the fields of the devices are written, beside the end: a list, or a range."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-3")] = 1e-3
    """Largest error of one time step in any potential, in thermal voltages, and in what elements keep, in its own size."""
    largest_step: Duration | None = None
    """Upper bound on the time step; a fiftieth of the duration by default."""

    @field_validator("fields_at", mode="after")
    @classmethod
    def _times_in_si(cls, times: Any) -> Any:
        return values_in_si(times, Unit("s", "5 ms", "non-negative"))

    def field_times(self) -> list[float]:
        """Times in s at which fields are written, sorted, each once."""
        return sorted(set(numbers_of(self.fields_at)))

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        if self.duration is None and not any(getattr(each, "protocol", ()) for each in parts["elements"].values()):
            return ("duration",), "is missing, and no source has a protocol; write e.g. 'duration: 10 ms'"
        if self.duration is not None or not self.field_times():
            return None if self.duration is None else self.late(self.duration)
        schedule = schedule_of(parts["elements"])
        return None if schedule is None else self.late(schedule.duration)

    def late(self, duration: float) -> tuple[Key, str] | None:
        """Path below the study and text of a time of `fields_at` beyond the end of the run, s."""
        last = max(self.field_times(), default=0.0)
        if last <= duration * (1.0 + SAME_INSTANT):
            return None
        which: Key = (self.fields_at.index(last),) if isinstance(self.fields_at, tuple) else ("stop",)
        return ("fields_at", *which), f"{last:g} s is beyond the end of the run, which takes {duration:g} s"
