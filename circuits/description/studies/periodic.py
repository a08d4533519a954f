"""Periodic states under a source that alternates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator
from typing_extensions import Self

from circuits.description.studies.base import CircuitStudy
from circuits.elements.device import Device
from meshes.quantity import NumberOrText, PositiveNumber, Unit, Whole, at_most, did_you_mean
from meshes.quoting import quoted
from solver.case.studies.axes import Values, frequencies_in_si, numbers_of
from solver.inputs.errors import Key
from solver.inputs.keys import numeric_key
from solver.inputs.si import in_si


class Alternating(CircuitStudy):
    """Base of studies of states that repeat themselves under an alternating source."""

    source: str = Field(min_length=1, examples=["drive"])
    """The source that alternates."""
    waveform: Literal["square", "sine", "triangle"] = "square"
    amplitude: NumberOrText = Field(examples=["0.5 V"])
    """Largest distance from the value of the source, in its unit."""
    frequencies: Values = Field(examples=["{start: 1 Hz, stop: 100 kHz, points: 11, spacing: logarithmic}"])
    """A list, or a range."""
    periods: Whole = Field(default=40, ge=2, le=100_000)
    """Largest number of periods that are computed at a frequency."""
    settled: Annotated[PositiveNumber, at_most(0.1, "1e-5")] = 1e-5
    """Part of the mean size of the current by which means may differ from those of the period before, and terminals may take
    up more than they release."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-3")] = 1e-3
    """Largest error of one time step in any potential, in thermal voltages, and in what elements keep, in its own size."""

    @field_validator("frequencies", mode="after")
    @classmethod
    def _frequencies_in_si(cls, values: Any) -> Any:
        return frequencies_in_si(values)

    def frequency_values(self) -> list[float]:
        """Hz, in the order given."""
        return numbers_of(self.frequencies)

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        element = parts["elements"].get(self.source)
        if element is None or element.source_key not in ("voltage", "current"):
            return self
        found = numeric_key(parts, f"elements.{self.source}.{element.source_key}")
        unit = Unit(found.symbol, found.example, "positive")
        return self.model_copy(update={"amplitude": in_si(self.amplitude, unit, ("amplitude",))})

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        elements = parts["elements"]
        sources = [name for name, element in elements.items() if element.source_key in ("voltage", "current")]
        if self.source not in sources:
            text = f"no source {quoted(self.source)}; {did_you_mean(self.source, sources, 'the sources are')}"
            return ("source",), text
        for name, element in elements.items():
            if getattr(element, "protocol", ()) or getattr(element, "changes_at", ()):
                return ("source",), f"{quoted(name)} changes in time by itself, which this study does not follow"
        if not any(isinstance(element, Device) for element in elements.values()):
            return ("type",), "counts what passes devices with fields, and there is none; write 'type: transient'"
        return None

    def size(self) -> float:
        return float(len(self.frequency_values()))


class Periodic(Alternating):
    """The state that repeats itself under an alternating source, at several frequencies."""

    runner: ClassVar[str] = "circuits.studies.periodic:PeriodicRunner"
    explanation: ClassVar[str] = (
        "The state that repeats itself while `source` alternates by `amplitude` about its value, at each of `frequencies`:"
        " mean currents at the terminals of the devices, and the amounts of ions that enter there in a period. Each"
        " `_uncertainty` says how far the state was from repeating itself (not the error of time steps); `settled` is 0 where"
        " `periods` did not suffice."
    )

    type: Literal["periodic"] = "periodic"
