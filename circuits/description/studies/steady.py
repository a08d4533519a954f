"""Operating points: one, or those along the values of a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from typing_extensions import Self

from circuits.description.studies.base import CircuitStudy
from meshes.quantity import misfit
from solver.case.studies.axes import SweepAxis
from solver.inputs.keys import numeric_key

RUNNER = "circuits.studies.steady:SteadyRunner"


class OperatingPoint(CircuitStudy):
    """The steady state."""

    runner: ClassVar[str] = RUNNER
    explanation: ClassVar[str] = "The steady state, with its stability."

    type: Literal["steady"] = "steady"

    def axes(self) -> tuple[SweepAxis, ...]:
        """Keys that are varied, the outer one first."""
        return ()


class Sweep(SweepAxis, CircuitStudy):
    """Steady states along the values of a numeric key of an element."""

    runner: ClassVar[str] = RUNNER
    explanation: ClassVar[str] = (
        "Steady states along the values of a numeric key, such as `elements.input.voltage`, each from the one before; `outer`"
        " repeats the sweep for each value of another key."
    )

    type: Literal["sweep"] = "sweep"
    outer: SweepAxis | None = None

    def axes(self) -> tuple[SweepAxis, ...]:
        """Keys that are varied, the outer one first."""
        own = SweepAxis(parameter=self.parameter, values=self.values, range=self.range)
        return (own,) if self.outer is None else (self.outer, own)

    def own_keys(self, circuit: Any) -> list[str]:
        return [f"circuit.{axis.parameter}" for axis in self.axes()]

    def in_si(self, parts: Mapping[str, Any]) -> Self:
        found = self.in_unit(_unit(parts, self.parameter, ("parameter",)))
        if self.outer is None:
            return found
        unit = _unit(parts, self.outer.parameter, ("outer", "parameter"))
        return found.model_copy(update={"outer": self.outer.in_unit(unit, ("outer",))})

    def size(self) -> float:
        outer = 1 if self.outer is None else self.outer.count
        return float(len(self.si_values()) * outer)


def _unit(parts: Mapping[str, Any], key: str, place: tuple[str, ...]) -> Any:
    try:
        return numeric_key(parts, key)
    except ValueError as error:
        raise misfit(place, str(error)) from None
