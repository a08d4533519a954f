"""The voltages with which capacitors start, held against what fixes voltages around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from circuits.description.driving import value_of
from circuits.elements.base import Element
from circuits.elements.capacitor import Capacitor
from circuits.elements.sources import FixedVoltage
from meshes.quoting import quoted
from solver.inputs.errors import Key
from solver.signals.schedule import Schedule

SAME = 1e-6
"""V, up to which two voltages are one."""


def initial_faults(elements: Mapping[str, Element], schedule: Schedule | None) -> Iterator[tuple[Key, str]]:
    """Key below `circuit` and text of each initial voltage that cannot be: batteries and sources without resistance fix
    another one there, or other capacitors have another one.

    schedule: of the protocols of the sources; None without any.
    """
    known = _Known()
    driven = {} if schedule is None else schedule.values(0.0, True)
    for name, element in elements.items():
        if isinstance(element, FixedVoltage) and element.fixes_voltage:
            first, second = element.at().values()
            known.tell(name, first, second, element.voltage_of(driven.get(name, value_of(element))))
    for name, element in elements.items():
        if not isinstance(element, Capacitor) or element.initial is None:
            continue
        first, second = element.terminals
        voltage, by = known.voltage(first, second)
        if voltage is None:
            known.tell(name, first, second, element.initial)
        elif abs(voltage - element.initial) > SAME:
            others = " and ".join(quoted(each) for each in by)
            text = f"{element.initial:g} V cannot be: by {others} it has {voltage:.6g} V at the start; leave it out, or write"
            text += f" '{voltage:.6g} V'"
            yield ("elements", name, "initial"), text


def sharing(elements: Mapping[str, Element]) -> Iterator[tuple[str, str]]:
    """A capacitor with an initial voltage, and a capacitance without one that closes a loop with such and with what fixes
    voltages, so that it takes a part of the charge at the start."""
    known = _Known()
    charged = {name: e for name, e in elements.items() if isinstance(e, Capacitor) and e.initial is not None}
    for name, element in elements.items():
        if name in charged or (isinstance(element, FixedVoltage) and element.fixes_voltage):
            first, second = element.at().values()
            known.tell(name, first, second, 0.0)
    for name, element in elements.items():
        if name in charged or len(nodes := list(element.at().values())) != 2:
            continue
        held = None if element.fixes_voltage else element.stored(np.zeros(2), element.start())
        if held is None or not held.slopes[0, 0]:
            continue
        _, by = known.voltage(nodes[0], nodes[1])
        if with_charge := [each for each in by if each in charged]:
            yield with_charge[0], name


class _Known:
    """Voltages between nodes that are known."""

    def __init__(self) -> None:
        self._near: dict[str, list[tuple[str, float, str]]] = {}

    def tell(self, name: str, first: str, second: str, voltage: float) -> None:
        """An element keeps the first node above the second."""
        self._near.setdefault(first, []).append((second, voltage, name))
        self._near.setdefault(second, []).append((first, -voltage, name))

    def voltage(self, first: str, second: str) -> tuple[float | None, list[str]]:
        """Of one node above another, with the names of the elements that give it; None where it is not known."""
        found: dict[str, tuple[float, list[str]]] = {first: (0.0, [])}
        ahead = [first]
        while ahead:
            node = ahead.pop()
            sum_, by = found[node]
            for other, voltage, name in self._near.get(node, ()):
                if other not in found:
                    found[other] = sum_ + voltage, [*by, name]
                    ahead.append(other)
        return found.get(second, (None, []))
