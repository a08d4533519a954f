"""The steps of a protocol: what is driven, where to, and for how long. Parts of the schema of a case.

Values are given by dotted key, each in the unit of its key; a step of a Case holds them as SI floats. A step starts
from the values that the step before left, and leaves those with which it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Self

from meshes.quantity import (
    Description,
    Duration,
    Frequency,
    Instant,
    NumberOrText,
    PlainNumber,
    PositiveNumber,
    Whole,
    has_type,
    misfit,
)
from meshes.quoting import quoted


def _is_by_dotted_key(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value:
        what = "is empty" if isinstance(value, Mapping) else f"{quoted(value)} is no mapping from keys to values"
        raise misfit((), f"{what}; write e.g. '{{terminals.base.potential: 1 V}}'")
    for key, entry in value.items():
        if not isinstance(entry, (int, float, str)) or isinstance(entry, bool):
            raise misfit(
                (str(key),), f"{quoted(entry)} is no value; write dotted keys, e.g. 'terminals.base.potential: 1 V'"
            )
    return value


Settings = Annotated[
    dict[str, float | str], BeforeValidator(_is_by_dotted_key), Field(examples=["{terminals.base.potential: 1 V}"])
]


class ProtocolStep(Description):
    """Base of all steps of a protocol."""

    setting: ClassVar[str] = ""
    """Name of the key that holds the driven keys with their values; "" when nothing is driven."""

    @property
    def settings(self) -> dict[str, Any]:
        """The driven keys with their values (SI floats in a step that belongs to a Case)."""
        return getattr(self, self.setting) or {} if self.setting else {}

    @property
    def length(self) -> float:
        """Seconds that the step takes."""
        raise NotImplementedError

    @property
    def corner_count(self) -> float:
        """Number of its corners, at most; each is a row."""
        return 1.0

    @property
    def row_count(self) -> float:
        """Number of the rows that it leads to at least where every step in time is a row."""
        return self.corner_count


class Hold(ProtocolStep):
    """Keeps all values."""

    type: Literal["hold"] = "hold"
    duration: Duration

    @property
    def length(self) -> float:
        return self.duration


class Ramp(ProtocolStep):
    """Linear from the values before it."""

    setting: ClassVar[str] = "to"

    type: Literal["ramp"] = "ramp"
    duration: Duration
    to: Settings

    @property
    def length(self) -> float:
        return self.duration


class Step(ProtocolStep):
    """A jump; takes no time."""

    setting: ClassVar[str] = "to"

    type: Literal["step"] = "step"
    to: Settings

    @property
    def length(self) -> float:
        return 0.0


class _Cycle(ProtocolStep):
    """A wave about the values before it."""

    setting: ClassVar[str] = "amplitude"

    amplitude: Settings
    frequency: Frequency
    periods: PositiveNumber = 1.0

    @property
    def length(self) -> float:
        return self.periods / self.frequency

    @property
    def row_count(self) -> float:
        return 4.0 * self.periods


class Sine(_Cycle):
    """middle + amplitude sin(2 pi frequency t + phase), about the values before it; holds the value with which it ends."""

    type: Literal["sine"] = "sine"
    phase: PlainNumber = 0.0
    """Phase in degrees; the step starts with a jump where the sine of it is not zero."""


class Triangle(_Cycle):
    """0, amplitude, -amplitude, 0 about the values before it, with corners at the quarters of the period."""

    type: Literal["triangle"] = "triangle"

    @property
    def corner_count(self) -> float:
        return 2.0 * self.periods + 1.0


class Pulses(ProtocolStep):
    """A train of pulses from the values before it and back; takes `count` periods, rest after the last pulse included."""

    setting: ClassVar[str] = "to"

    type: Literal["pulses"] = "pulses"
    to: Settings
    width: Duration
    """Width of one pulse, flanks included."""
    period: Duration | None = None
    """From pulse to pulse; a single pulse needs none."""
    count: Whole = Field(default=1, ge=1)
    rise_time: Instant = 0.0
    """Duration of each linear flank; 0 is a jump."""

    @property
    def spacing(self) -> float:
        """Seconds from the start of a pulse to that of the next; of a single pulse without a period, its width."""
        return self.width if self.period is None else self.period

    @property
    def length(self) -> float:
        return self.count * self.spacing

    @property
    def corner_count(self) -> float:
        return 4.0 * self.count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if 2.0 * self.rise_time > self.width * (1.0 + 1e-12):
            raise misfit("rise_time", f"two flanks of {self.rise_time:g} s do not fit into a width of {self.width:g} s")
        if self.period is None and self.count > 1:
            raise misfit("period", f"is missing; {self.count} pulses need one, longer than {self.width:g} s")
        if self.period is not None and self.period <= self.width:
            raise misfit("period", f"{self.period:g} s must be longer than the width of a pulse, {self.width:g} s")
        return self


class Table(ProtocolStep):
    """Values at times, linear between them; a repeated time is a jump. From a file, or written here."""

    setting: ClassVar[str] = "values"

    type: Literal["table"] = "table"
    file: str | None = Field(default=None, min_length=1)
    """CSV with the columns `time [s]`, `terminals.base.potential [V]`, ... in any unit of the right dimension, relative to
    the case directory. The result holds what stood in it as `times` and `values`."""
    times: tuple[Instant, ...] | None = Field(default=None, min_length=2)
    """From the start of the step, the first one 0; instead of a file."""
    values: dict[str, tuple[NumberOrText, ...]] | None = Field(default=None, min_length=1)
    """Key: one value for every time; instead of a file."""

    @property
    def length(self) -> float:
        return self.times[-1] if self.times else 0.0

    @property
    def corner_count(self) -> float:
        return float(len(self.times or ()))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.file is not None:
            if self.times is not None or self.values is not None:
                raise misfit("file", "given together with times and values; keep the file or these two")
            return self
        if self.times is None or self.values is None:
            raise misfit(
                "file" if self.times is None and self.values is None else "times" if self.times is None else "values",
                "is missing; write e.g. 'file: drive.csv'"
                if self.times is None and self.values is None
                else "is missing; a table without a file has times and values",
            )
        for i, text in table_faults(self.times):
            raise misfit(("times", i), text)
        for key, values in self.values.items():
            if len(values) != len(self.times):
                raise misfit(("values", key), f"has {len(values)} entries, but there are {len(self.times)} times")
        return self


def table_faults(times: tuple[float, ...]) -> list[tuple[int, str]]:
    """Index and text of every time that cannot stand where it does."""
    faults = []
    for i, time in enumerate(times):
        if i == 0 and time != 0.0:
            faults.append(
                (i, f"{time:g} s: the times of a table count from the start of its step, so the first one is 0")
            )
        elif i > 0 and time < times[i - 1]:
            faults.append((i, f"{time:g} s comes after {times[i - 1]:g} s; write the times in ascending order"))
        elif i > 1 and time == times[i - 2]:
            faults.append((i, f"{time:g} s stands there three times; a jump needs two rows"))
    if not faults and times[-1] == 0.0:
        faults.append((len(times) - 1, "0 s: the table takes no time"))
    return faults


AnyStep = Annotated[
    Hold | Ramp | Step | Sine | Triangle | Pulses | Table,
    Field(discriminator="type"),
    has_type("hold", "ramp", "step", "sine", "triangle", "pulses", "table"),
]


def protocol_form(value: Any) -> str:
    """Whether a protocol is one list of steps or a mapping from track to list."""
    return "several tracks" if isinstance(value, Mapping) else "one track"
