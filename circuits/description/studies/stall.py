"""Gradients against which an alternating source just does not pump any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from circuits.description.studies.periodic import Alternating
from circuits.elements.device import Device
from meshes.quantity import Concentration, PositiveNumber, at_most, did_you_mean
from meshes.quoting import quoted
from solver.inputs.errors import Key


class Stall(Alternating):
    """The concentration at a terminal at which the mean rate of a species is zero, at several frequencies."""

    runner: ClassVar[str] = "circuits.studies.stall:StallRunner"
    explanation: ClassVar[str] = (
        "The concentration of the solution at `terminal` of `device` at which the mean rate of `species` there is zero in the"
        " periodic state, at each of `frequencies`: the gradient at which a pump stalls. A bracketing secant method in the"
        " logarithm of the concentration, between two `concentrations`, down to a relative `resolution`; nan where the rate"
        " has one sign at both. The further keys are those of `periodic`."
    )

    type: Literal["stall"] = "stall"
    device: str = Field(min_length=1, examples=["pore"])
    """The device that pumps."""
    terminal: str = Field(min_length=1, examples=["base"])
    """The terminal whose concentration is looked for."""
    species: str = Field(min_length=1, examples=["K"])
    """The species that stalls."""
    concentrations: tuple[Concentration, Concentration] = Field(examples=["[1 mM, 300 mM]"])
    """Of the salt, between which that at the stall is looked for."""
    resolution: Annotated[PositiveNumber, at_most(0.5, "0.02")] = 0.02
    """How far it may be off, as a part of it."""

    def faults(self, parts: Mapping[str, Any]) -> tuple[Key, str] | None:
        elements = parts["elements"]
        devices = [name for name, element in elements.items() if isinstance(element, Device)]
        if devices and self.device not in devices:
            return ("device",), f"no device {quoted(self.device)}; {did_you_mean(self.device, devices, 'there are')}"
        if devices:
            element = elements[self.device]
            if self.terminal not in element.terminals:
                known = did_you_mean(self.terminal, sorted(element.terminals), "there are")
                return ("terminal",), f"{quoted(self.device)} has no terminal {quoted(self.terminal)}; {known}"
            if self.terminal in element.compartments:
                text = (
                    f"has the solution of the compartment {quoted(element.compartments[self.terminal])}; leave that out"
                )
                return ("terminal",), text
        if min(self.concentrations) <= 0.0 or self.concentrations[0] >= self.concentrations[1]:
            return ("concentrations",), "are not two positive values of which the first is the smaller one"
        return super().faults(parts)
