"""What can be wrong with the way in which elements are connected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from circuits.elements.base import Element
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.inputs.errors import Key


def faults(
    nodes: Mapping[str, bool], elements: Mapping[str, Element], open_nodes: Collection[str] = ()
) -> Iterator[tuple[Key, str]]:
    """Key below `circuit` and text of each fault of the connections.

    nodes: whether each is the ground. open_nodes: those at which a single element is meant to be.
    """
    grounds = [name for name, is_ground in nodes.items() if is_ground]
    if len(grounds) != 1:
        yield _grounds(nodes, grounds)
        return
    unknown = list(_unknown_nodes(nodes, elements))
    yield from unknown
    if unknown:
        return
    ends: dict[str, list[str]] = {name: [] for name in nodes}
    for name, element in elements.items():
        for node in set(element.at().values()):
            ends[node].append(name)
    for node, found in ends.items():
        if not found:
            yield ("nodes", node), "no element is connected to this node; connect one, or leave the node out"
        elif node in open_nodes and (len(found) > 1 or node in grounds):
            text = "is for a node that is not the ground, with a single element; leave it out"
            yield ("nodes", node, "open"), text
        elif len(found) == 1 and node not in (*grounds, *open_nodes) and not _closes(elements[found[0]], node):
            text = (
                f"only {quoted(found[0])} is at this node, so that no current can pass it; connect another element, or"
                f" write '{node}: {{open: true}}' for the potential without current"
            )
            yield ("nodes", node), text
    yield from _loops(elements)
    yield from _loose(nodes, grounds[0], elements)


def _grounds(nodes: Mapping[str, bool], grounds: list[str]) -> tuple[Key, str]:
    if not grounds:
        name = next(iter(nodes), "bath")
        return ("nodes",), f"no node is the ground; write e.g. '{name}: {{ground: true}}'"
    return ("nodes", grounds[1], "ground"), f"{quoted(grounds[0])} is the ground already; a circuit has one"


def _unknown_nodes(nodes: Mapping[str, bool], elements: Mapping[str, Element]) -> Iterator[tuple[Key, str]]:
    for name, element in elements.items():
        for terminal, node in element.at().items():
            if node not in nodes:
                step = {"from": 0, "to": 1}.get(terminal, terminal)
                text = f"no node {quoted(node)}; {did_you_mean(node, nodes, 'the nodes are')}"
                if terminal in nodes:
                    text = (
                        f"no node {quoted(node)}; write '{node}: {terminal}', a terminal before the node that it is at"
                    )
                yield ("elements", name, "terminals", step), text


def _closes(element: Element, node: str) -> bool:
    """Whether an element has two terminals at a node."""
    return list(element.at().values()).count(node) > 1


class _Groups:
    """Nodes that are joined."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, node: str) -> str:
        above = self._above.get(node, node)
        return node if above == node else self.of(above)

    def join(self, first: str, second: str) -> bool:
        """Join two groups; whether they were two."""
        one, other = self.of(first), self.of(second)
        self._above[one] = other
        return one != other


def _loops(elements: Mapping[str, Element]) -> Iterator[tuple[Key, str]]:
    groups = _Groups()
    before: list[str] = []
    for name, element in elements.items():
        if not element.fixes_voltage:
            continue
        first, second = element.at().values()
        if not groups.join(first, second):
            others = ", ".join(quoted(each) for each in before)
            text = (
                f"closes a loop of elements without resistance (with {others}), in which no current is determined; give one a"
                " 'resistance', or put a resistor into the loop"
            )
            yield ("elements", name), text
        before.append(name)


def _is_off(element: Element) -> bool:
    """Whether an element would conduct if it were switched on."""
    return element.source_key == "closed" and not element.conducts


def _loose(nodes: Mapping[str, bool], ground: str, elements: Mapping[str, Element]) -> Iterator[tuple[Key, str]]:
    """Nodes that nothing ties to the ground."""
    groups = _Groups()
    for element in elements.values():
        if element.conducts:
            first, *others = element.at().values()
            for other in others:
                groups.join(first, other)
    for node in nodes:
        if groups.of(node) != groups.of(ground):
            cut = [name for name, element in elements.items() if node in element.at().values() and _is_off(element)]
            remedy = f"give {quoted(cut[0])} an 'open_resistance'" if cut else "add e.g. a resistor"
            text = (
                f"no element that conducts joins this node to the ground {quoted(ground)}, so that its potential is not"
                f" determined; {remedy}"
            )
            yield ("nodes", node), text
            return
