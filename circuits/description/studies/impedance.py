"""Small signals about an operating point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from circuits.description.studies.base import CircuitStudy
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.case.studies.axes import Values, frequencies_in_si, numbers_of
from solver.inputs.errors import Key


class CircuitImpedance(CircuitStudy):
    """The linear response to a small harmonic change of a source about the operating point."""

    runner: ClassVar[str] = "circuits.studies.impedance:ImpedanceRunner"
    explanation: ClassVar[str] = (
        "The response of all potentials to a small harmonic change of a source, about the operating point; the impedance is"
        " that which the source sees."
    )

    type: Literal["impedance"] = "impedance"
    source: str = Field(min_length=1, examples=["input"])
    """The source that is modulated."""
    frequencies: Values = Field(examples=["{start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}"])
    """A list, or a range."""

    @field_validator("frequencies", mode="after")
    @classmethod
    def _frequencies_in_si(cls, values: Any) -> Any:
        return frequencies_in_si(values)

    def frequency_values(self) -> list[float]:
        """Hz, in the order given."""
        return numbers_of(self.frequencies)

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        sources = [name for name, element in parts["elements"].items() if element.source_key in ("voltage", "current")]
        if self.source in sources:
            return None
        return ("source",), f"no source {quoted(self.source)}; {did_you_mean(self.source, sources, 'the sources are')}"

    def size(self) -> float:
        return float(len(self.frequency_values()))
