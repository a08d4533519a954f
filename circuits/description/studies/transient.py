"""Runs in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from circuits.description.studies.base import CircuitStudy
from meshes.quantity import Duration, PositiveNumber, at_most
from solver.inputs.errors import Key


class CircuitTransient(CircuitStudy):
    """A run in time from the operating point, driven by the protocols of the sources."""

    runner: ClassVar[str] = "circuits.studies.transient:TransientRunner"
    explanation: ClassVar[str] = (
        "A run in time from the operating point; the sources with a `protocol` drive it. Capacitors with an `initial` voltage"
        " start with that."
    )
    follows_compartments: ClassVar[bool] = True
    needs_checkpoint: ClassVar[bool] = True

    type: Literal["transient"] = "transient"
    duration: Duration | None = None
    """Of the run; that of the longest protocol by default."""
    record_every: Duration | None = None
    """The run lands on all multiples, and these and the corners of the protocols are rows; without it every step is one."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-3")] = 1e-3
    """Largest error of one time step in any potential, in thermal voltages, and in what elements keep, in its own size."""
    largest_step: Duration | None = None
    """Upper bound on the time step; a fiftieth of the duration by default."""

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        if self.duration is None and not any(getattr(each, "protocol", ()) for each in parts["elements"].values()):
            return ("duration",), "is missing, and no source has a protocol; write e.g. 'duration: 10 ms'"
        return None
