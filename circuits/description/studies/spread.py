"""How sure the behaviour of a circuit is: limits of stability, maps over parameters, samples of those that scatter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from circuits.description.studies.base import CircuitStudy
from circuits.description.studies.spikes import SpikeStudy
from circuits.description.studies.steady import Swept, unit_of
from meshes.quantity import Description, PositiveNumber, Whole, at_most
from meshes.quoting import quoted
from solver.inputs.errors import Key
from solver.inputs.keys import value_at


class StabilityLimits(Swept, CircuitStudy):
    """Values of a key at which the operating point gains or loses its stability."""

    runner: ClassVar[str] = "circuits.studies.spread:LimitRunner"
    explanation: ClassVar[str] = (
        "Values of a numeric key, such as `elements.stimulus.current`, at which the largest real part of the eigenvalues of"
        " the operating point passes zero (a Hopf point where a pair of complex ones does), by root search between"
        " neighbouring values. For circuits without fields. summary.json has the states at all values as `branch`."
    )

    type: Literal["stability_limits"] = "stability_limits"

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        if self.outer is not None:
            return ("outer",), "limits are looked for along one key; leave this out"
        if len(self.si_values()) < 2:
            return ("values",), "are fewer than two, between which limits are looked for"
        return None


class SpikeMap(Swept, SpikeStudy):
    """Whether a node spikes, over a grid of two parameters."""

    runner: ClassVar[str] = "circuits.studies.spread:MapRunner"
    explanation: ClassVar[str] = (
        "Runs in time, driven by the protocols of the sources, for all values of one key and, with `outer`, of another: how"
        " often the potential of `node` rises through `level`, and how high."
    )

    follows_protocols: ClassVar[bool] = True

    type: Literal["spike_map"] = "spike_map"


class Scatter(Description):
    """A parameter that scatters."""

    parameter: str = Field(examples=["elements.C.capacitance"])
    """Numeric key of an element; `elements.NAME.scale` for the conductance of a compact model."""
    relative: Annotated[PositiveNumber, at_most(1.0, "5 %")] = Field(examples=["5 %"])
    """Standard deviation of the logarithm, so that for small values this part of the value is its standard deviation."""


class MonteCarlo(SpikeStudy):
    """Spikes of circuits whose parameters scatter."""

    runner: ClassVar[str] = "circuits.studies.spread:MonteCarloRunner"
    explanation: ClassVar[str] = (
        "Runs in time, driven by the protocols of the sources, of circuits whose parameters are drawn from log-normal"
        " distributions about their values; the same `seed` gives the same samples. summary.json has the percentiles."
    )

    follows_protocols: ClassVar[bool] = True

    type: Literal["monte_carlo"] = "monte_carlo"
    samples: Whole = Field(ge=1, le=100_000)
    seed: Whole = Field(default=0, ge=0)
    spread: tuple[Scatter, ...] = Field(min_length=1)
    """Parameters that scatter, each on its own."""

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        for i, each in enumerate(self.spread):
            place: Key = ("spread", i, "parameter")
            unit_of(parts, each.parameter, place)
            if each.parameter in (other.parameter for other in self.spread[:i]):
                return place, f"{quoted(each.parameter)} scatters already; leave this out"
            if not value_at(parts, each.parameter):
                text = f"{quoted(each.parameter)} is {'zero' if value_at(parts, each.parameter) == 0 else 'not given'}"
                return place, f"{text}, so that a part of it is nothing; give it a value, or leave this out"
        return super().faults(parts)

    def size(self) -> float:
        return float(self.samples)
