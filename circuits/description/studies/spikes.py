"""Spikes: thresholds of pulses, frequencies under constant currents, limits of stability, and the spread of all that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator
from typing_extensions import Self

from circuits.description.studies.base import CircuitStudy, node_fault
from meshes.quantity import (
    Duration,
    Instant,
    NumberOrText,
    PositiveNumber,
    Unit,
    Voltage,
    at_most,
    did_you_mean,
    misfit,
)
from meshes.quoting import quoted
from solver.case.studies.axes import Range, Values, numbers_of, values_in_si
from solver.inputs.errors import Key
from solver.inputs.keys import numeric_key
from solver.inputs.si import in_si

STEPS = 50
"""Smallest number of steps of a run."""


class SpikeStudy(CircuitStudy):
    """Base of studies that look at the spikes of a node."""

    node: str = Field(min_length=1, examples=["membrane"])
    """The node that is looked at."""
    level: Voltage = 0.0
    """A spike is when the potential of the node rises through this."""
    duration: Duration
    """Of every run in time."""
    tolerance: Annotated[PositiveNumber, at_most(0.5, "1e-4")] = 1e-4
    """Largest error of one time step in any potential, in thermal voltages, and in what elements keep, in its own size."""
    largest_step: Duration | None = None
    """Upper bound on the time step; a fiftieth of the duration by default."""

    @property
    def largest(self) -> float:
        """Longest step, s."""
        return self.duration / STEPS if self.largest_step is None else self.largest_step

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        return node_fault(self.node, ("node",), parts)


class SourceStudy(SpikeStudy):
    """Base of studies that change the value of a source."""

    source: str = Field(min_length=1, examples=["stimulus"])
    """The source whose value is changed."""

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        sources = [name for name, element in parts["elements"].items() if element.source_key in ("voltage", "current")]
        if self.source not in sources:
            return (
                "source",
            ), f"no source {quoted(self.source)}; {did_you_mean(self.source, sources, 'the sources are')}"
        if getattr(parts["elements"][self.source], "protocol", ()):
            text = f"{quoted(self.source)} has a protocol, which this study would replace; leave the protocol out"
            return ("source",), text
        return super().faults(parts)

    def unit(self, parts: Mapping[str, Any]) -> Unit | None:
        """Unit of the value of the source; None where there is no such source."""
        element = parts["elements"].get(self.source)
        if element is None or element.source_key not in ("voltage", "current"):
            return None
        found = numeric_key(parts, f"elements.{self.source}.{element.source_key}")
        return Unit(found.symbol, found.example)


class ThresholdStudy(SourceStudy):
    """The smallest pulse that makes a node spike, for pulses of several widths."""

    runner: ClassVar[str] = "circuits.studies.spikes:ThresholdRunner"
    explanation: ClassVar[str] = (
        "The smallest amplitude of a pulse of `source` for which the potential of `node` rises through `level`, for pulses of"
        " several `widths`, by bisection between two `amplitudes` down to a `resolution`."
    )

    type: Literal["threshold"] = "threshold"
    widths: Values = Field(examples=["[5 ms, 10 ms, 20 ms]"])
    """Of the pulses, which begin at the operating point: times, as a list or a range."""
    amplitudes: tuple[NumberOrText, NumberOrText] = Field(examples=["[1 pA, 2 pA]"])
    """One that is not enough, and one that is, in the unit of the source."""
    resolution: NumberOrText = Field(examples=["0.001 pA"])
    """How far the threshold may be off, in the unit of the source."""

    @field_validator("widths", mode="after")
    @classmethod
    def _widths_in_si(cls, values: Any) -> Any:
        if not isinstance(values, Range) and not values:
            raise misfit((), "is empty; write e.g. '[10 ms]'")
        return values_in_si(values, Unit("s", "10 ms", "positive"))

    def width_values(self) -> list[float]:
        """s, in the order given."""
        return numbers_of(self.widths)

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        unit = self.unit(parts)
        if unit is None:
            return self
        ends = tuple(in_si(value, unit, ("amplitudes", k)) for k, value in enumerate(self.amplitudes))
        resolution = in_si(self.resolution, Unit(unit.symbol, unit.example, "positive"), ("resolution",))
        return self.model_copy(update={"amplitudes": ends, "resolution": resolution})

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        found = super().faults(parts)
        if found is None and self.amplitudes[0] == self.amplitudes[1]:
            return ("amplitudes",), "are the same; write one that is not enough and one that is"
        distance = 0.0 if found else abs(float(self.amplitudes[1]) - float(self.amplitudes[0]))
        if found is None and distance <= 2.0 * float(self.resolution):
            text = f"{float(self.resolution):g} is not smaller than half the distance of the amplitudes, {distance / 2.0:g}"
            return ("resolution",), f"{text}; write a smaller one"
        longest = max(self.width_values())
        if found is None and longest > self.duration:
            return ("duration",), f"{self.duration:g} s is shorter than a pulse of {longest:g} s"
        return found

    def size(self) -> float:
        return float(len(self.width_values()))


class FrequencyCurrent(SourceStudy):
    """How often a node spikes while a source has a constant value, and what a spike costs."""

    runner: ClassVar[str] = "circuits.studies.spikes:FrequencyRunner"
    explanation: ClassVar[str] = (
        "How often the potential of `node` rises through `level` after `source` has jumped to each of the `values`, once the"
        " time `settle` is over, and the energy that all sources deliver from one spike to the next."
    )

    type: Literal["frequency_current"] = "frequency_current"
    values: Values = Field(examples=["{start: 1.2 pA, stop: 1.4 pA, points: 21}"])
    """Of the source, in its unit: a list, or a range."""
    settle: Instant | None = None
    """Time after the jump whose spikes are not counted; half the duration by default."""

    @property
    def settling(self) -> float:
        """s."""
        return self.duration / 2.0 if self.settle is None else self.settle

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        unit = self.unit(parts)
        if unit is None:
            return self
        return self.model_copy(update={"values": values_in_si(self.values, unit)})

    def source_values(self) -> list[float]:
        """In the order given."""
        return numbers_of(self.values)

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        if not isinstance(self.values, Range) and not self.values:
            return ("values",), "is empty; write e.g. '[1.2 pA, 1.3 pA]'"
        if self.settle is not None and self.settle >= self.duration:
            return ("settle",), f"{self.settle:g} s is not shorter than the duration, {self.duration:g} s"
        return super().faults(parts)

    def size(self) -> float:
        return float(len(self.source_values()))
