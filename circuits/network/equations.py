"""Kirchhoff's current law at every node, and the own equations of the elements: d/dt q(x) + f(x, t) = 0.

The unknowns x are the potentials of all nodes but the ground (V), then the own unknowns of the elements in their order, then
those of the compartments of finite volume (see `circuits.compartments.solutions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from circuits.arrays import Array, Places
from circuits.compartments.solutions import Compartment, Compartments
from circuits.elements.base import Element, Terms


@dataclass(frozen=True)
class Network:
    """The equations of a circuit without its devices.

    Attributes:
        nodes: all nodes but the ground.
        ground: the node of potential zero.
        elements: by name.
        solutions: the compartments by name.
    """

    nodes: tuple[str, ...]
    ground: str
    elements: Mapping[str, Element]
    solutions: Mapping[str, Compartment] = field(default_factory=dict)

    @cached_property
    def compartments(self) -> Compartments:
        """Those of finite volume as a part of the unknowns."""
        return Compartments(self.solutions, self._without_compartments)

    @cached_property
    def _without_compartments(self) -> int:
        return len(self.nodes) + sum(len(element.own()) for element in self.elements.values())

    @cached_property
    def _node(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.nodes)} | {self.ground: -1}

    @cached_property
    def places(self) -> dict[str, Places]:
        """Positions in x of the terminals of each element, -1 for the ground, then of its own unknowns, then of those of
        compartments that it follows."""
        found, next_own, others = {}, len(self.nodes), self.compartments.places
        for name, element in self.elements.items():
            nodes = [self._node[node] for node in element.at().values()]
            own = range(next_own, next_own := next_own + len(element.own()))
            found[name] = np.array([*nodes, *own, *(others[each] for each in element.follows())], dtype=np.int64)
        return found

    @cached_property
    def _squares(self) -> dict[str, tuple[bool, Any]]:
        """Whether the places of each element are all different, and the positions of its derivatives."""
        return {
            name: (len(np.unique(places)) == len(places), np.ix_(places, places))
            for name, places in self.places.items()
        }

    @cached_property
    def size(self) -> int:
        """Number of unknowns."""
        return self._without_compartments + self.compartments.count

    def node_of(self, name: str) -> int:
        """Position in x of a node; -1 for the ground."""
        return self._node[name]

    def start(self) -> Array:
        """Unknowns from which Newton's method starts: no potential anywhere. Shape (unknowns,)."""
        found = [np.zeros(len(self.nodes)), *(element.start() for element in self.elements.values())]
        return np.concatenate([*found, self.compartments.start()])

    def scales(self, thermal_voltage: float) -> Array:
        """Size of each unknown, to which errors are relative; of potentials the thermal voltage. Shape (unknowns,)."""
        own = [unknown.scale for element in self.elements.values() for unknown in element.own()]
        return np.concatenate([np.full(len(self.nodes), thermal_voltage), own, np.ones(self.compartments.count)])

    def of(self, name: str, unknowns: Array) -> tuple[Array, Array]:
        """Potentials of the terminals of an element, and its own unknowns with those that it follows."""
        element, places = self.elements[name], self.places[name]
        values = np.append(unknowns, 0.0)[places]
        count = len(element.at())
        return values[:count], values[count:]

    def at(self, unknowns: Array, values: Mapping[str, float]) -> Terms:
        """f of the whole network. values: of the sources by the names of their elements."""
        extended, found, slopes = self._room(unknowns)
        for name, element in self.elements.items():
            places, count = self.places[name], len(element.at())
            local = extended[places]
            terms = element.flows(local[:count], local[count:], values.get(name, 0.0))
            self._add(name, found, slopes, terms)
        neutral = self.compartments.neutral
        return Terms(neutral(found[:-1]), neutral(slopes[:-1, :-1]))

    def stored(self, unknowns: Array) -> Terms:
        """q of the whole network."""
        extended, found, slopes = self._room(unknowns)
        for name, element in self.elements.items():
            places, count = self.places[name], len(element.at())
            local = extended[places]
            terms = element.stored(local[:count], local[count:])
            if terms is not None:
                self._add(name, found, slopes, terms)
        self.compartments.add_stored(unknowns, found, slopes)
        return Terms(found[:-1], slopes[:-1, :-1])

    def charges(self, unknowns: Array) -> Array:
        """Charge that each element holds at each of its terminals (C), one element after the other."""
        extended, found = np.append(unknowns, 0.0), []
        for name, element in self.elements.items():
            places, count = self.places[name], len(element.at())
            local = extended[places]
            terms = element.stored(local[:count], local[count:])
            found.append(np.zeros(count) if terms is None else terms.values[:count])
        return np.concatenate(found)

    def _room(self, unknowns: Array) -> tuple[Array, Array, Array]:
        """The unknowns with the ground, and zeros for values and derivatives; the ground is the last."""
        return np.append(unknowns, 0.0), np.zeros(self.size + 1), np.zeros((self.size + 1, self.size + 1))

    def _add(self, name: str, found: Array, slopes: Array, terms: Terms) -> None:
        """Add the terms of an element."""
        places, (different, square) = self.places[name], self._squares[name]
        if different:
            found[places] += terms.values
            slopes[square] += terms.slopes
        else:
            np.add.at(found, places, terms.values)
            np.add.at(slopes, square, terms.slopes)
