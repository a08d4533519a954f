"""Circuits as logic: truth tables, and sequences of bits in time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Self

from circuits.description.studies.base import CircuitStudy, node_fault
from circuits.description.studies.transient import CircuitTransient
from meshes.quantity import Description, Duration, Voltage, Whole, did_you_mean, misfit
from meshes.quoting import quoted
from solver.inputs.errors import Key

MOST_INPUTS = 10
"""A table of more has over a thousand states."""


def _outputs(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(name, str) for name in value):
        raise misfit((), f"{quoted(value)} is no list of nodes; write e.g. '[out]'")
    for i, name in enumerate(value):
        if name in value[:i]:
            raise misfit((i,), f"{quoted(name)} is there already; name each node once")
    return tuple(value)


def _bits(value: Any) -> Any:
    text = value if isinstance(value, str) else ""
    if not text or set(text) - {"0", "1"}:
        raise misfit((), f"{quoted(value)} is no sequence of bits; write them in quotes, e.g. '\"0110\"'")
    return text


Outputs = Annotated[tuple[str, ...], BeforeValidator(_outputs), Field(examples=["[out]"])]
Bits = Annotated[str, BeforeValidator(_bits), Field(examples=['"0110"'])]


class Levels(Description):
    """The voltages of an input that stand for 0 and for 1."""

    low: Voltage = 0.0
    """Of 0."""
    high: Voltage
    """Of 1."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.low == self.high:
            raise misfit(("high",), "equals 'low', so that 0 and 1 are the same; write two voltages")
        return self

    def of(self, bit: bool) -> float:
        """The voltage of a bit, V."""
        return self.high if bit else self.low

    @property
    def middle(self) -> float:
        """Voltage half-way, V."""
        return 0.5 * (self.low + self.high)


class InputBits(Levels):
    """An input and its bits, one a period."""

    bits: Bits
    """One a period, in quotes, such as "0110"."""


class TruthTable(CircuitStudy):
    """Steady levels of the outputs for all combinations of the inputs, and how they follow one input."""

    runner: ClassVar[str] = "circuits.studies.truth_table:TruthTableRunner"
    has_fields: ClassVar[bool] = True
    explanation: ClassVar[str] = (
        "The steady potentials of `outputs` (nodes) for every combination of `inputs` (sources of voltage, each with the"
        " voltages `low` and `high` of 0 and 1), with the power that the sources deliver; then the transfer curves: the"
        " outputs as one input goes from low to high, for those states of the others in which an output switches."
        " summary.json has the levels, the largest slope of every curve, and the noise margins from its points of unit"
        " slope, null where no slope exceeds one."
    )

    type: Literal["truth_table"] = "truth_table"
    inputs: dict[str, Levels] = Field(
        min_length=1, max_length=MOST_INPUTS, examples=["{a: {high: 1 V}, b: {high: 1 V}}"]
    )
    outputs: Outputs
    threshold: Voltage | None = None
    """Potential of an output from which it is 1; half-way between low and high of the first input by default."""
    transfer_points: Annotated[Whole, Field(ge=0, le=10_000)] = 41
    """Of each transfer curve; 0 for none."""

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if 0 < self.transfer_points < 5:
            raise misfit(("transfer_points",), f"{self.transfer_points} make no curve; write 0 or at least 5")
        return self

    def states(self) -> Iterator[dict[str, bool]]:
        """Bits of the inputs in every state, counted upwards."""
        for bits in itertools.product((False, True), repeat=len(self.inputs)):
            yield dict(zip(self.inputs, bits, strict=True))

    @property
    def level(self) -> float:
        """Potential from which an output is 1, V."""
        return next(iter(self.inputs.values())).middle if self.threshold is None else self.threshold

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        return _unknown(self.inputs, self.outputs, parts)

    def size(self) -> float:
        return float(2 ** len(self.inputs))


class LogicSequence(CircuitTransient):
    """A run in time in which every input goes through bits."""

    runner: ClassVar[str] = "circuits.studies.logic_sequence:LogicSequenceRunner"
    explanation: ClassVar[str] = (
        "A run in time in which every one of `inputs` holds the voltage of each of its `bits` for a `period`, with flanks of"
        " `rise_time` at their beginning. It starts from the operating point of the first bits. summary.json has the energy"
        " that the sources deliver in every period, and the levels of `outputs` at the ends of the periods."
    )

    follows_protocols: ClassVar[bool] = False

    type: Literal["logic_sequence"] = "logic_sequence"  # type: ignore[assignment]
    inputs: dict[str, InputBits] = Field(
        min_length=1, max_length=MOST_INPUTS, examples=['{a: {high: 1 V, bits: "0110"}}']
    )
    outputs: Outputs
    period: Duration
    """Of a bit."""
    rise_time: Duration | None = None
    """Of a flank; a hundredth of the period by default."""
    threshold: Voltage | None = None
    """Potential of an output from which it is 1; half-way between low and high of the first input by default."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.duration is not None:
            raise misfit(("duration",), "follows from the bits and the period; leave it out")
        if self.flank >= self.period:
            raise misfit(("rise_time",), f"{self.flank:g} s is not shorter than the period of {self.period:g} s")
        count = self.count
        for name, entry in self.inputs.items():
            if len(entry.bits) != count:
                text = f"{len(entry.bits)} bits, where the first input has {count}; write as many"
                raise misfit(("inputs", name, "bits"), text)
        return self

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(next(iter(self.inputs.values())).bits)

    @property
    def flank(self) -> float:
        """Duration of a flank, s."""
        return self.period / 100.0 if self.rise_time is None else self.rise_time

    @property
    def level(self) -> float:
        """Potential from which an output is 1, V."""
        return next(iter(self.inputs.values())).middle if self.threshold is None else self.threshold

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        found = _unknown(self.inputs, self.outputs, parts) or self.late(self.size())
        if found is not None:
            return found
        for name in self.inputs:
            if getattr(parts["elements"][name], "protocol", ()):
                return ("inputs", name), f"{quoted(name)} has a protocol of its own; leave that out, or this input"
        return None

    def size(self) -> float:
        return self.count * self.period


def _unknown(inputs: Mapping[str, Levels], outputs: Sequence[str], parts: Mapping[str, Any]) -> tuple[Key, str] | None:
    """What is wrong with the names of inputs and outputs."""
    elements = parts["elements"]
    sources = [name for name, element in elements.items() if element.source_key == "voltage"]
    for name in inputs:
        if name not in sources:
            text = f"no source of voltage {quoted(name)}; {did_you_mean(name, sources, 'the sources are')}"
            return ("inputs", name), text
    for i, node in enumerate(outputs):
        if found := node_fault(node, ("outputs", i), parts):
            return found
    return None
