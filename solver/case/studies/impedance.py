"""Keys of impedance studies."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from meshes.quantity import Description, Unit, misfit
from solver.case.studies.axes import Range, Values, numbers_of, values_in_si


class Impedance(Description):
    """The linear response to small harmonic changes of one potential about steady states."""

    type: Literal["impedance"] = "impedance"
    terminal: str | None = None
    """Whose potential is modulated: a terminal or an electrode; usually found by itself."""
    frequencies: Values = Field(examples=["{start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}"])
    """A list, or a range."""
    at: tuple[float | str, ...] | None = Field(default=None, min_length=1)
    """Its steady potentials, a list; the one of the case where nothing is said."""

    @property
    def driven_terminal(self) -> str | None:
        """The terminal whose current is 'the' current."""
        return self.terminal

    @field_validator("frequencies", mode="after")
    @classmethod
    def _frequencies_in_si(cls, values: Any) -> Any:
        if not isinstance(values, Range) and not values:
            raise misfit((), "is empty; write e.g. '[1 Hz, 10 Hz]'")
        return values_in_si(values, Unit("Hz", "30 Hz", "positive"))

    @field_validator("at", mode="after")
    @classmethod
    def _potentials_in_si(cls, values: Any) -> Any:
        return None if values is None else values_in_si(values, Unit("V", "0.1 V"))

    def frequency_values(self) -> list[float]:
        """Hz, in the order given."""
        return numbers_of(self.frequencies)
