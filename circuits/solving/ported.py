"""What the solver of a circuit asks of the devices in it, which it knows by their currents alone.

Devices are solved inside every iteration of the circuit: each gives, besides its own Newton step at given potentials, what
that step makes of its currents and how these change with the potentials, so that the linear system of the whole circuit is
that of the nodes (Schur complement), and nothing is iterated from outside.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from circuits.arrays import Array


class Ported(Protocol):
    """All devices of a circuit. Shapes are those of the unknowns of its network, (n,). Collective."""

    @property
    def size(self) -> float:
        """Largest entry of the last step of any device, in thermal voltages."""

    def currents(self) -> Array:
        """Current (A) that leaves each node into the devices, displacement included, in the state at hand. Shape (n,)."""

    def condensed(self, *, fresh: bool) -> tuple[Array, Array]:
        """The currents after each device's own step, and their derivatives by the unknowns. Shapes (n,) and (n, n).

        fresh: whether all devices are linearised at the state at hand; otherwise those alone that have to be.

        Raises:
            CircuitFailure: on all ranks; a device cannot be linearised.
        """

    def propose(self, change: Array) -> bool:
        """Complete the steps of the devices by a change of the unknowns of the network (new = old - change, V). Whether the
        factors at hand serve: where they do not, those devices have been linearised anew, and `condensed` is to be asked
        again."""

    def apply(self, part: float) -> None:
        """Take a part of the completed steps."""

    def loss(self) -> float:
        """Largest loss of charge or of ions in a device, over what is allowed."""

    def check(self, unknowns: Array) -> None:
        """Refuse a solution in which a device has not solved equations of its own, or is not at the potentials of its nodes.

        Raises:
            CircuitFailure: on all ranks.
        """

    def keep(self) -> None:
        """Keep the states at hand, for `restore`."""

    def restore(self) -> None:
        """Go back to the states that were kept last."""


class NoDevices:
    """Of a circuit of lumped elements; a `Ported`.

    Args:
        unknowns: number of unknowns of the network.
    """

    size = 0.0

    def __init__(self, unknowns: int) -> None:
        self._unknowns = unknowns

    def currents(self) -> Array:
        return np.zeros(self._unknowns)

    def condensed(self, *, fresh: bool) -> tuple[Array, Array]:
        return np.zeros(self._unknowns), np.zeros((self._unknowns, self._unknowns))

    def propose(self, change: Array) -> bool:
        return True

    def apply(self, part: float) -> None:
        pass

    def loss(self) -> float:
        return 0.0

    def check(self, unknowns: Array) -> None:
        pass

    def keep(self) -> None:
        pass

    def restore(self) -> None:
        pass
