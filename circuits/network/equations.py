"""Kirchhoff's current law at every node, and the own equations of the elements: d/dt q(x) + f(x, t) = 0.

The unknowns x are the potentials of all nodes but the ground (V), then the own unknowns of the elements in their order, then
those of the compartments of finite volume (see `circuits.compartments.solutions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from circuits.arrays import Array, Places
from circuits.compartments.solutions import Compartment, Compartments
from circuits.elements.base import Element, Terms
from circuits.network.sums import Part, Sum


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
        found = self._flows.at(np.append(unknowns, 0.0), values)
        if not self.compartments.count:
            return found
        return Terms(self.compartments.neutral(found.values), self.compartments.neutral(found.slopes))

    def stored(self, unknowns: Array) -> Terms:
        """q of the whole network."""
        found = self._stored.at(np.append(unknowns, 0.0), {})
        if not self.compartments.count:
            return found
        values, slopes = found.values.copy(), found.slopes.copy()
        self.compartments.add_stored(unknowns, values, slopes)
        return Terms(values, slopes)

    def charges(self, unknowns: Array) -> Array:
        """Charge that each element holds at each of its terminals (C), one element after the other."""
        extended = np.append(unknowns, 0.0)
        linear, others = self._charges
        found = linear @ extended
        for name, start in others:
            element, local = self.elements[name], extended[self.places[name]]
            count = len(element.at())
            terms = element.stored(local[:count], local[count:])
            if terms is not None:
                found[start : start + count] = terms.values[:count]
        return np.asarray(found)

    # ------------------------------------------------------------------ sums over elements
    @cached_property
    def _flows(self) -> Sum:
        parts = [self._part(name, element.flows, element.is_linear) for name, element in self.elements.items()]
        return Sum(self.size + 1, parts)

    @cached_property
    def _stored(self) -> Sum:
        parts = []
        for name, element in self.elements.items():

            def stored(potentials: Array, own: Array, value: float, element: Element = element) -> Terms | None:
                return element.stored(potentials, own)

            parts.append(self._part(name, stored, element.stores_linearly))
        return Sum(self.size + 1, parts)

    def _part(self, name: str, terms: Callable[[Array, Array, float], Terms | None], linear: bool) -> Part:
        element = self.elements[name]
        return Part(name, self.places[name], len(element.at()), terms, linear, bool(element.source_key))

    @cached_property
    def _charges(self) -> tuple[Array, list[tuple[str, int]]]:
        """The charges at all terminals that are linear in the unknowns with the ground, as a matrix; the elements with others
        and where their terminals begin."""
        rows, others, start = [], [], 0
        for name, element in self.elements.items():
            places, count = self.places[name], len(element.at())
            matrix = np.zeros((count, self.size + 1))
            if element.stores_linearly:
                terms = element.stored(np.zeros(count), np.zeros(len(places) - count))
                if terms is not None:
                    np.add.at(matrix, (np.arange(count)[:, None], places), terms.slopes[:count])
            else:
                others.append((name, start))
            rows.append(matrix)
            start += count
        return np.concatenate(rows), others
