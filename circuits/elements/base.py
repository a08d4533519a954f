"""What every element of a circuit says of itself: its keys, its terminals, and its equations.

The equations of a circuit are

    d/dt q(x) + f(x, t) = 0,

one for each node, whose q is the charge that the elements hold there and whose f is the current that leaves it into them, and
those of the elements' own unknowns: the current of a voltage source, the conductance of a memristor, .. An element gives its
part of q and f for the potentials of its terminals and its own unknowns, with all derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from circuits.arrays import Array
from circuits.compartments.solutions import Compartment
from meshes.quantity import Description, misfit
from meshes.quoting import quoted


@dataclass(frozen=True)
class Own:
    """An unknown of an element.

    Attributes:
        name: such as "current", in the headers of columns.
        unit: SI unit.
        scale: size of it, to which errors of time steps are relative.
        stored: whether its equation has a derivative in time, so that it goes on from its last value.
    """

    name: str
    unit: str
    scale: float
    stored: bool = False


@dataclass(frozen=True)
class Terms:
    """Part of the equations of an element, at its terminals (currents in A, or charges in C) and of its own unknowns.

    Attributes:
        values: of the terminals in their order, then of the own unknowns.
        slopes: derivatives of the values (rows) by the potentials of the terminals, then by the own unknowns.
    """

    values: Array
    slopes: Array

    @classmethod
    def none(cls, size: int) -> Terms:
        """Zero, of an element with this number of terminals and own unknowns."""
        return cls(np.zeros(size), np.zeros((size, size)))


def is_a_pair(value: Any) -> Any:
    """The names of two different nodes; refuses anything else."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(isinstance(name, str) for name in value):
        raise misfit((), f"{quoted(value)} is no pair of nodes; write e.g. '[membrane, bath]'")
    if value[0] == value[1]:
        raise misfit((), f"both ends are at {quoted(value[0])}, where the element has no effect; name two nodes")
    return tuple(value)


Pair = Annotated[tuple[str, str], BeforeValidator(is_a_pair), Field(examples=["[membrane, bath]"])]
"""The nodes of an element with two terminals, whose current and voltage are counted from the first to the second."""


class Element(Description):
    """Base of all kinds of elements. Each has a key `type` with its name, and `explanation`, its equation in words."""

    explanation: ClassVar[str] = ""
    source_key: ClassVar[str] = ""
    """Key of the value of a source, which sweeps and protocols change; "" for elements that drive nothing."""
    is_ramped: ClassVar[bool] = True
    """Whether the value of a source may be raised from zero on the way to an operating point."""
    limits_steps: ClassVar[bool] = False
    """Whether its current grows exponentially, so that Newton's steps have to be short."""

    is_linear: ClassVar[bool] = False
    """Whether `flows` is linear in potentials and own unknowns; its derivatives do not depend on the value of the source."""
    stores_linearly: ClassVar[bool] = False
    """Whether `stored` is linear in potentials and own unknowns."""

    @classmethod
    def kind(cls) -> str:
        """Value of the key `type`."""
        return str(cls.model_fields["type"].default)

    def at(self) -> Mapping[str, str]:
        """The node of each terminal, by the terminal's name, in the order of the equations."""
        first, second = self.terminals  # type: ignore[attr-defined]
        return {"from": first, "to": second}

    def own(self) -> tuple[Own, ...]:
        """Its own unknowns."""
        return ()

    def inside(self) -> Mapping[str, str]:
        """The compartment that is at each terminal, by the terminal's name; none of most elements."""
        return {}

    def within(self, solutions: Mapping[str, Compartment]) -> Element:
        """The same between the solutions of a circuit."""
        return self

    def follows(self) -> tuple[tuple[str, str], ...]:
        """Compartment and name of the unknowns of finite compartments that it depends on. They stand behind its own; the
        values in their places are what leaves the compartment into the element, mol/s."""
        return ()

    @property
    def size(self) -> int:
        """Number of terminals, own unknowns and those that it follows together."""
        return len(self.at()) + len(self.own()) + len(self.follows())

    @property
    def fixes_voltage(self) -> bool:
        """Whether it fixes the voltage between its terminals: a loop of such elements has no solution."""
        return False

    @property
    def conducts(self) -> bool:
        """Whether a steady current can pass between its terminals, or its potentials are tied to one another."""
        return True

    def start(self) -> Array:
        """Own unknowns from which Newton's method starts. Shape (own,)."""
        return np.zeros(len(self.own()))

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        """Currents into the element at its terminals (A), and f of its own equations.

        potentials: of its terminals, V. own: its unknowns. value: of its `source_key` now; 0 without one.
        """
        raise NotImplementedError

    def stored(self, potentials: Array, own: Array) -> Terms | None:
        """Charges at its terminals (C) and q of its own equations; None where nothing is stored."""
        return None

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str] | None:
        """Its lines in a netlist of ngspice; None where that has no counterpart.

        nodes: of its terminals. driven: what the value of a source does, as it stands behind the nodes.
        """
        return None

    def quantities(self, potentials: Array, own: Array, currents: Array) -> Mapping[str, float]:
        """Columns of an element: its current by default. currents: into its terminals (A), those that charge it included."""
        return {"current [A]": float(currents[0])}


def between(current: float, slope: float) -> Terms:
    """Terms of an element with two terminals and nothing of its own, from the current between them and its derivative by the
    voltage."""
    return Terms(np.array([current, -current]), slope * np.array([[1.0, -1.0], [-1.0, 1.0]]))
