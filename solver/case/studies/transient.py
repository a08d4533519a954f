"""Keys of transient studies: a protocol and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator

from meshes.quantity import Description, Duration, PositiveNumber, Unit, misfit
from solver.case.studies.axes import SweepAxis, Values, numbers_of, values_in_si
from solver.inputs.errors import Key
from solver.signals.waveforms import ProtocolStep, protocol_form


def _is_a_protocol(value: Any) -> Any:
    example = "write a list of steps, e.g. '- {type: hold, duration: 2 ms}'"
    by_name = isinstance(value, Mapping) and "type" not in value
    tracks: list[tuple[Key, Any]] = (
        [((str(name),), steps) for name, steps in value.items()] if by_name else [((), value)]
    )
    if not tracks:
        raise misfit((), f"has no tracks; {example}")
    for path, steps in tracks:
        if not isinstance(steps, (list, tuple)):
            raise misfit(path, f"{steps!r} is not a protocol; {example}")
        if not steps:
            raise misfit(path, f"has no steps; {example}")
    return value


Protocol = Annotated[
    Annotated[tuple[ProtocolStep, ...], Tag("one track")]
    | Annotated[dict[str, tuple[ProtocolStep, ...]], Tag("several tracks")],
    Discriminator(protocol_form),
    BeforeValidator(_is_a_protocol),
]


class Transient(Description):
    """A run in time from the steady state of the case, driven by a protocol."""

    type: Literal["transient"] = "transient"
    protocol: Protocol = Field(examples=["[{type: hold, duration: 2 ms}]"])
    """Steps that follow one another; or a mapping from names to such lists, tracks that run side by side from the
    beginning. A track that ends early holds its last values."""
    record_every: Duration | None = None
    """The run lands on all multiples, and only these, the corners of the protocol and `fields_at` are rows of the result;
    without it every accepted step is a row."""
    fields_at: Values = ()
    """Times at which fields are written: a list, or a range."""
    tolerance: PositiveNumber = 1e-3
    """Largest error of one time step."""
    largest_step: Duration | None = None
    """Of time, where the tolerance would allow larger ones."""
    start: str = Field(default="steady", min_length=1)
    """`steady`: the steady state of the case; or a result directory, relative to the case's, whose last state is taken."""
    outer: SweepAxis | None = None
    """The whole protocol is run for every value of this key, e.g. study.protocol.0.frequency."""
    driven_terminal: str | None = None
    """The terminal (or electrode) whose current is the current of the device; usually found by itself."""

    @field_validator("fields_at", mode="after")
    @classmethod
    def _times_in_si(cls, times: Any) -> Any:
        return values_in_si(times, Unit("s", "5 ms", "non-negative"))

    def field_times(self) -> list[float]:
        """Times in s at which fields are written, sorted, each once."""
        return sorted(set(numbers_of(self.fields_at)))

    def tracks(self) -> list[tuple[Key, tuple[ProtocolStep, ...]]]:
        """The tracks, each with its path below the study."""
        if isinstance(self.protocol, tuple):
            return [(("protocol",), self.protocol)]
        return [(("protocol", name), steps) for name, steps in self.protocol.items()]

    def steps(self) -> Iterator[tuple[Key, ProtocolStep]]:
        """All steps, each with its path below the study."""
        for path, steps in self.tracks():
            for i, step in enumerate(steps):
                yield (*path, i), step

    def driven_keys(self) -> list[str]:
        """The keys that the protocol drives, each once, in the order of their appearance."""
        return list(dict.fromkeys(key for _, step in self.steps() for key in step.settings))
