"""The text of `nanochannel check` for a circuit."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from circuits.check.numbers import CircuitNumbers, NodeNumbers
from solver.inputs.text import WIDTH, si

MOST = 40
"""Nodes and elements that are listed; of more the first ones."""


def render(check: CircuitNumbers, width: int = WIDTH) -> str:
    """Nodes, elements, devices, study and warnings of a circuit."""
    blocks = [f"{check.name}: {check.title}" if check.title else check.name]
    nodes = [
        (n.name, "ground" if n.ground else _conductance(n), _capacitance(n), _time(n), ", ".join(n.elements))
        for n in check.nodes
    ]
    blocks.append(_table(("node", "conductance", "capacitance", "time constant", "elements"), nodes, width))
    elements = [(e.name, e.kind, e.terminals, e.values) for e in check.elements]
    blocks.append(_table(("element", "type", "nodes", "values"), elements, width))
    if check.devices:
        devices = [
            (d.name, d.case, f"{d.unknowns:,}" if d.unknowns else "-", si(d.conductance, "S"), si(d.memory, "s"))
            for d in check.devices
        ]
        heads = ("device", "case", "unknowns", "conductance at rest", "memory of the salt")
        blocks.append(_table(heads, devices, width))
    blocks.append(f"study: {check.study}\nunknowns of nodes and elements: {check.unknowns}")
    warnings = (
        textwrap.fill(f"warning: {text}", min(width, WIDTH), subsequent_indent="    ") for text in check.warnings
    )
    blocks.append("\n".join(warnings) or "no warnings")
    return "\n\n".join(blocks)


def _conductance(node: NodeNumbers) -> str:
    return "fixed" if math.isinf(node.conductance) else si(node.conductance, "S")


def _capacitance(node: NodeNumbers) -> str:
    return si(node.capacitance, "F") if node.capacitance else "-"


def _time(node: NodeNumbers) -> str:
    return "-" if node.ground or math.isinf(node.conductance) else si(node.time, "s")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Columns of texts; the last one is cut at the width of a line."""
    shown = [tuple(heads), *map(tuple, rows[:MOST])]
    widths = [max(len(row[i]) for row in shown) for i in range(len(heads) - 1)]
    lines = []
    for row in shown:
        start = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=False))
        room = max(20, width - len(start) - 2)
        last = row[-1] if len(row[-1]) <= room else row[-1][: room - 4] + " ..."
        lines.append(f"{start}  {last}".rstrip())
    if len(rows) > MOST:
        lines.append(f"... {len(rows) - MOST} more")
    return "\n".join(lines)
