"""A device whose fields are solved inside the circuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, field_validator

from circuits.arrays import Array
from circuits.compartments.solutions import VOLUME, Compartment
from circuits.elements.base import Element, Terms
from meshes.quantity import misfit
from meshes.quoting import quoted


class Device(Element):
    """The field problem of a case. Its currents are no formula: whoever solves the circuit adds them."""

    explanation: ClassVar[str] = (
        "The whole field problem of the case in the directory `case` (relative to the circuit's). `terminals` says to which"
        " node each of its terminals and electrodes is connected; those that it leaves out keep the potential of the case."
        " `overrides` changes values of the case; `compartments` says which solution is at a terminal, instead of the case's."
    )
    limits_steps: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True
    is_linear: ClassVar[bool] = True

    type: Literal["device"] = "device"
    case: str = Field(min_length=1)
    terminals: dict[str, str] = Field(min_length=1, examples=["{base: membrane, tip: plus}"])
    overrides: dict[str, Any] = Field(default={})
    """Values of the case by dotted key, e.g. `{geometry.length: 25 um}`."""
    model: str | None = Field(default=None, min_length=1)
    """The file of its compact model, for `type: compact`; not read otherwise."""
    compartments: dict[str, str] = Field(default={}, examples=["{tip: cell, base: bath}"])
    """The compartment at each terminal; those that it leaves out have the concentrations of the case."""

    _solutions: Mapping[str, Compartment] = PrivateAttr(default={})

    @field_validator("terminals", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not all(isinstance(node, str) for node in value.values()):
            text = f"{quoted(value)} is no mapping from terminals to nodes; write e.g. '{{base: membrane, tip: bath}}'"
            raise misfit((), text)
        return value

    def at(self) -> Mapping[str, str]:
        return self.terminals

    def inside(self) -> Mapping[str, str]:
        return self.compartments

    def within(self, solutions: Mapping[str, Compartment]) -> Element:
        found = self.model_copy()
        found._solutions = {terminal: solutions[name] for terminal, name in self.compartments.items()}
        return found

    @property
    def solutions(self) -> Mapping[str, Compartment]:
        """The solution at each terminal that has a compartment."""
        return self._solutions

    @property
    def followed(self) -> list[tuple[str, str]]:
        """Terminal and species of each concentration that follows."""
        finite = ((at, each) for at, each in self._solutions.items() if each.is_finite)
        return [(at, species) for at, each in finite for species in each.concentrations]

    @property
    def expanding(self) -> list[str]:
        """Terminals whose compartment has a volume that follows."""
        return [at for at, each in self._solutions.items() if each.is_finite and each.expands]

    def follows(self) -> tuple[tuple[str, str], ...]:
        concentrations = [(self.compartments[at], species) for at, species in self.followed]
        return (*concentrations, *((self.compartments[at], VOLUME) for at in self.expanding))

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return Terms.none(self.size)
