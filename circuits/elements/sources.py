"""Batteries and sources of voltage and current, with protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from circuits.arrays import Array
from circuits.elements.base import Element, Own, Pair, Terms, between
from circuits.elements.inductor import series
from circuits.elements.quantities import Resistance
from meshes.quantity import Current, Voltage, misfit
from meshes.quoting import quoted
from solver.signals.waveforms import AnyStep

VALUE = "value"
"""Name that the value of a source has in the steps of its protocol."""

SETTINGS = ("to", "amplitude", "values")
"""Keys of steps that hold what is driven."""


def _by_name(value: Any) -> Any:
    """Steps whose values stand alone, as `to: 1 pA`, with the name under which steps know them."""
    if not isinstance(value, (list, tuple)):
        raise misfit((), f"{quoted(value)} is not a protocol; write e.g. '- {{type: pulses, to: 1 pA, width: 10 ms}}'")
    steps: list[Any] = []
    for i, step in enumerate(value):
        if not isinstance(step, Mapping):
            steps.append(step)
            continue
        for key in SETTINGS:
            if isinstance(step.get(key), Mapping) and set(step[key]) != {VALUE}:
                raise misfit((i, key), "the protocol of a source drives the source alone; write one value, e.g. '1 pA'")
        # a circuit that was written out has the name in it
        wrapped = {key: {VALUE: step[key]} for key in SETTINGS if key in step and not isinstance(step[key], Mapping)}
        steps.append({**step, **wrapped})
    return steps


Protocol = Annotated[tuple[AnyStep, ...], BeforeValidator(_by_name), Field(max_length=1000)]
"""Steps of a source, as those of a case with one value in the place of a mapping: `{type: ramp, duration: 1 ms, to: 1 V}`."""


class FixedVoltage(Element):
    """Voltage between the first node and the second, less the drop in the resistance. Its current, counted from the first to
    the second through the source, is an unknown."""

    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    @property
    def fixes_voltage(self) -> bool:
        return self.inner_resistance() == 0.0

    def own(self) -> tuple[Own, ...]:
        return (Own("current", "A", np.inf),)

    def inner_resistance(self) -> float:
        """Resistance in series, ohm."""
        return 0.0

    def voltage_of(self, value: float) -> float:
        """Voltage without current (V), for the value of the source."""
        return value

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        resistance = self.inner_resistance()
        lacking = potentials[0] - potentials[1] - self.voltage_of(value) - resistance * own[0]
        return series(own[0], lacking, np.array([1.0, -1.0, -resistance]))

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return source_with_resistance(name, nodes, driven, self.inner_resistance())


class Battery(FixedVoltage):
    """A constant voltage, with an inner resistance."""

    explanation: ClassVar[str] = (
        "The first node is `voltage` above the second; with `resistance`, less its drop. Its current is counted from the"
        " first node to the second through the battery, so that it is negative where the battery delivers power."
    )

    source_key: ClassVar[str] = "voltage"

    type: Literal["battery"] = "battery"
    voltage: Voltage
    resistance: Resistance | None = None
    terminals: Pair

    def inner_resistance(self) -> float:
        return self.resistance or 0.0


class VoltageSource(FixedVoltage):
    """A voltage that a protocol changes."""

    explanation: ClassVar[str] = "The first node is `voltage` above the second, changed in time by `protocol`."

    source_key: ClassVar[str] = "voltage"

    type: Literal["voltage_source"] = "voltage_source"
    voltage: Voltage = 0.0
    protocol: Protocol = ()
    terminals: Pair


class CurrentSource(Element):
    """A current from the first node to the second, through the source."""

    explanation: ClassVar[str] = (
        "A `current` from the first node to the second through the source, changed in time by `protocol`: it charges the"
        " second node."
    )
    source_key: ClassVar[str] = "current"
    is_linear: ClassVar[bool] = True
    stores_linearly: ClassVar[bool] = True

    type: Literal["current_source"] = "current_source"
    current: Current = 0.0
    protocol: Protocol = ()
    terminals: Pair

    @property
    def conducts(self) -> bool:
        return False

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        return between(value, 0.0)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        return [f"I{name} {' '.join(nodes)} {driven}"]


def source_with_resistance(name: str, nodes: Sequence[str], driven: str, resistance: float) -> list[str]:
    """Lines of a netlist of a source of voltage and a resistance in series, if there is one."""
    first, second = nodes
    if resistance == 0.0:
        return [f"V{name} {first} {second} {driven}"]
    return [f"V{name} {first} {name}__inner {driven}", f"R{name} {name}__inner {second} {resistance:.12g}"]
