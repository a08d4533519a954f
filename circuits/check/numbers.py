"""What is known of a circuit before it is computed, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NodeNumbers:
    """A node.

    Attributes:
        name: of the node.
        elements: names of the elements at it.
        conductance: of these, S; infinite where one fixes the voltage, NaN where one of them is not known beforehand.
        capacitance: of these, F.
        ground: whether its potential is zero.
    """

    name: str
    elements: tuple[str, ...]
    conductance: float
    capacitance: float
    ground: bool

    @property
    def time(self) -> float:
        """Time constant, s; NaN where there is none."""
        if not self.capacitance or not self.conductance or np.isnan(self.conductance):
            return float("nan")
        return self.capacitance / self.conductance


@dataclass(frozen=True)
class ElementNumbers:
    """An element.

    Attributes:
        name, kind: as the circuit gives them.
        terminals: such as "membrane - bath".
        values: what it is given, as text.
    """

    name: str
    kind: str
    terminals: str
    values: str


@dataclass(frozen=True)
class DeviceNumbers:
    """A device with fields.

    Attributes:
        name: of the element.
        case: name of its case.
        unknowns: of its field problem; 0 where that is not known.
        conductance: of the device at rest, S; NaN where that is not known.
        memory: time in which its salt relaxes, s; NaN where that is not known.
        warnings: of its case.
    """

    name: str
    case: str
    unknowns: int
    conductance: float
    memory: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class CircuitNumbers:
    """Numbers and warnings of a circuit.

    Attributes:
        name, title: of the circuit.
        nodes, elements, devices: what it consists of.
        study: what is computed, as text.
        unknowns: of its equations without those of the devices.
        warnings: as sentences.
    """

    name: str
    title: str
    nodes: tuple[NodeNumbers, ...]
    elements: tuple[ElementNumbers, ...]
    devices: tuple[DeviceNumbers, ...]
    study: str
    unknowns: int
    warnings: tuple[str, ...]
