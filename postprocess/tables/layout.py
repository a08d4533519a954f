"""Columns of plain-text tables, numbers aligned on their decimal points."""

from __future__ import annotations

from collections.abc import Sequence

LEFT = "<"
Column = tuple[Sequence[str], Sequence[str], str]  # header lines, cells, alignment


def layout(columns: Sequence[Column]) -> str:
    """Lines of a table; columns marked "." are right-aligned on the decimal point."""
    filled = []
    for heads, cells, align in columns:
        shown = _align_points(cells) if align == "." else list(cells)
        width = max(len(text) for text in (*heads, *shown))
        place = str.ljust if align == LEFT else str.rjust
        filled.append([place(text, width) for text in (*heads, *shown)])
    return "\n".join("  ".join(parts).rstrip() for parts in zip(*filled, strict=True))


def _align_points(cells: Sequence[str]) -> list[str]:
    if any("e" in cell for cell in cells) and not any("(" in cell for cell in cells):
        return list(cells)
    after = [len(cell) - min(cell.find(mark) % (len(cell) + 1) for mark in ".(") for cell in cells]
    widest = max(after, default=0)
    return [cell + " " * (widest - length) for cell, length in zip(cells, after, strict=True)]


def bracket(unit: str) -> str:
    """A unit as the second line of a header; "" for none."""
    return f"[{unit}]" if unit else ""
