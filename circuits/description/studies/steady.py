"""Operating points: one, or those along the values of a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import Self

from circuits.description.studies.base import CircuitStudy
from meshes.quantity import Unit, misfit
from meshes.quoting import quoted
from solver.case.studies.axes import SweepAxis
from solver.inputs.errors import Key
from solver.inputs.keys import numeric_key

RUNNER = "circuits.studies.steady:SteadyRunner"


class OperatingPoint(CircuitStudy):
    """The steady state."""

    runner: ClassVar[str] = RUNNER
    explanation: ClassVar[str] = (
        "The steady state; in circuits without fields with its stability; with fields it is not known."
    )
    has_fields: ClassVar[bool] = True

    type: Literal["steady"] = "steady"

    def axes(self) -> tuple[SweepAxis, ...]:
        """Keys that are varied, the outer one first."""
        return ()


class Swept(SweepAxis):
    """Values of a numeric key of an element, and of an outer one."""

    parameter: str = Field(examples=["elements.input.voltage"])
    """Dotted key of an element, e.g. elements.load.resistance."""
    outer: SweepAxis | None = None
    """Another key, with `values` or a `range` of its own, for each of which all this is repeated."""

    def axes(self) -> tuple[SweepAxis, ...]:
        """Keys that are varied, the outer one first."""
        own = SweepAxis(parameter=self.parameter, values=self.values, range=self.range)
        return (own,) if self.outer is None else (self.outer, own)

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        """The same with SI floats. parts: {"elements": ...}."""
        found = self.in_unit(unit_of(parts, self.parameter, ("parameter",)))
        if self.outer is None:
            return found
        if self.outer.parameter == self.parameter:
            text = f"{quoted(self.parameter)} is swept already, and its values would replace these; write another key"
            raise misfit(("outer", "parameter"), text)
        unit = unit_of(parts, self.outer.parameter, ("outer", "parameter"))
        return found.model_copy(update={"outer": self.outer.in_unit(unit, ("outer",))})

    def size(self) -> float:
        """Number of points."""
        outer = 1 if self.outer is None else self.outer.count
        return float(len(self.si_values()) * outer)


class Sweep(Swept, CircuitStudy):
    """Steady states along the values of a numeric key of an element."""

    runner: ClassVar[str] = RUNNER
    has_fields: ClassVar[bool] = True
    explanation: ClassVar[str] = (
        "Steady states along the values of a numeric key, such as `elements.input.voltage`, each from the one before; `outer`"
        " repeats the sweep for each value of another key."
    )

    type: Literal["sweep"] = "sweep"


def unit_of(parts: Mapping[str, Any], key: str, place: Key) -> Unit:
    """Unit of a numeric key of an element. Raises a misfit at a place where no number stands there."""
    elements = parts["elements"]
    if key.startswith("circuit.elements."):
        raise misfit(place, f"keys of a study begin with 'elements'; write {quoted(key.removeprefix('circuit.'))}")
    if key.split(".")[0] in elements:
        raise misfit(place, f"keys of a study begin with 'elements'; write {quoted(f'elements.{key}')}")
    if key.split(".")[2:3] == ["overrides"]:
        text = f"{quoted(key)} is a value of the device's case, which a study of the circuit does not vary; run"
        raise misfit(place, f"{text} 'nanochannel campaign', or several circuits with --set")
    try:
        return numeric_key({"elements": elements}, key, "elements.load.resistance")
    except ValueError as error:
        raise misfit(place, str(error)) from None
