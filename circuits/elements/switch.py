"""A switch that closes and opens at given times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from circuits.arrays import Array
from circuits.elements.base import Element, Pair, Terms, between
from circuits.elements.quantities import Resistance
from meshes.quantity import Instant


class Switch(Element):
    """A resistance that jumps between two values."""

    explanation: ClassVar[str] = (
        "`resistance` while closed, `open_resistance` while open (no current at all by default); it changes at every time of"
        " `changes_at`."
    )
    source_key: ClassVar[str] = "closed"
    is_ramped: ClassVar[bool] = False
    stores_linearly: ClassVar[bool] = True

    type: Literal["switch"] = "switch"
    resistance: Resistance
    open_resistance: Resistance | None = None
    closed: bool = False
    """Whether it is closed at the start."""
    changes_at: tuple[Instant, ...] = ()
    """Times at which it opens or closes, s."""
    terminals: Pair

    @property
    def conducts(self) -> bool:
        """Whether a current passes at the start, where the operating point is."""
        return self.closed or self.open_resistance is not None

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        """value: 1 while closed, 0 while open."""
        leak = 0.0 if self.open_resistance is None else 1.0 / self.open_resistance
        conductance = value / self.resistance + (1.0 - value) * leak
        return between(conductance * (potentials[0] - potentials[1]), conductance)

    def spice(self, name: str, nodes: Sequence[str], driven: str) -> list[str]:
        first, second = nodes
        leak = 0.0 if self.open_resistance is None else 1.0 / self.open_resistance
        closed = f"V({name}__closed)"
        conductance = f"({closed}*{1.0 / self.resistance:.12g}+(1-{closed})*{leak:.12g})"
        return [
            f"V{name}__closed {name}__closed 0 {driven}",
            f"B{name} {first} {second} I = {conductance}*V({first},{second})",
        ]
