"""A device whose fields are solved inside the circuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from circuits.arrays import Array
from circuits.elements.base import Element, Terms
from meshes.quantity import misfit
from meshes.quoting import quoted


class Device(Element):
    """The field problem of a case. Its currents are no formula: whoever solves the circuit adds them."""

    explanation: ClassVar[str] = (
        "The whole field problem of the case in the directory `case` (relative to the circuit's). `terminals` says to which"
        " node each of its terminals and electrodes is connected; those that it leaves out keep the potential of the case."
        " `overrides` changes values of the case."
    )
    limits_steps: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True
    is_linear: ClassVar[bool] = True

    type: Literal["device"] = "device"
    case: str = Field(min_length=1)
    terminals: dict[str, str] = Field(min_length=1, examples=["{base: membrane, tip: plus}"])
    overrides: dict[str, Any] = Field(default={})
    """Values of the case by dotted key, e.g. `{geometry.length: 25 um}`."""

    @field_validator("terminals", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not all(isinstance(node, str) for node in value.values()):
            text = f"{quoted(value)} is no mapping from terminals to nodes; write e.g. '{{base: membrane, tip: bath}}'"
            raise misfit((), text)
        return value

    def at(self) -> Mapping[str, str]:
        return self.terminals

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return Terms.none(self.size)
