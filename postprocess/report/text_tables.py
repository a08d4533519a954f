"""Plain-text tables of the command line taken apart, so that a page shows the same numbers in cells of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from solver.results.units import quantity

GAP = re.compile(r"\S {2,}\S")
STARTS = re.compile(r"-?\d")
"""Beginning of a number: a first line of which all but the first cell are numbers is no head."""
NUMBER = re.compile(r"[<>]?\s*-?[\d.]+(\(\d+\))?(e[+-]?\d+)?( ?%)?")
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
POWER = re.compile(r"(?<=[A-Za-zµ])\^(\d)")
MINUS = re.compile(r"(?<![\w.)])-(?=[\d.])")


@dataclass(frozen=True)
class Paragraph:
    """Lines that are no table."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: rows of the head, rows of cells, and which columns hold numbers."""

    head: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def parts(text: str) -> list[Paragraph | Grid]:
    """Paragraphs and tables of a text, in their order.

    A table is what lies between the first and the last line of a block in which two spaces or more separate words.
    """
    found: list[Paragraph | Grid] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        inside = [i for i, line in enumerate(lines) if GAP.search(line)]
        if len(inside) < 2:
            found.append(Paragraph(tuple(map(typeset, lines))))
            continue
        first, last = inside[0], inside[-1] + 1
        found += [Paragraph(tuple(map(typeset, lines[:first])))] if first else []
        found.append(_grid(lines[first:last]))
        found += [Paragraph(tuple(map(typeset, lines[last:])))] if lines[last:] else []
    return found


def typeset(text: str) -> str:
    """A text with the signs that belong to numbers and units: "−0.5 W/m²"."""
    return POWER.sub(lambda match: match[1].translate(RAISED), MINUS.sub("−", text))


def typeset_quantity(value: float, unit: str = "", digits: int = 8) -> str:
    """A number with its unit as it is printed: "−20 mC/m²", "1.957×10⁻⁹ m²/s"."""
    number, _, symbol = quantity(value, unit, digits).partition(" ")
    mantissa, e, exponent = number.partition("e")
    power = f"×10{str(int(exponent.replace('−', '-'))).translate(RAISED)}" if e else ""
    return typeset(f"{mantissa}{power} {symbol}".rstrip())


def _grid(lines: list[str]) -> Grid:
    cells = _cells(lines)
    head = 0 if all(STARTS.match(cell) for cell in cells[0][1:]) else 1
    head += head and len(cells) > 2 and _continues_head(cells[1])
    rows = cells[head:]
    numeric = tuple(
        any(row[k] for row in rows) and all(NUMBER.fullmatch(row[k]) or not row[k] for row in rows)
        for k in range(len(cells[0]))
    )
    return Grid(tuple(cells[:head]), tuple(tuple(map(typeset, row)) for row in rows), numeric)


def _continues_head(cells: tuple[str, ...]) -> bool:
    """Whether a line belongs to the head: it has units, or no name of a row."""
    return not cells[0] or any(cell.startswith("[") and cell.endswith("]") for cell in cells)


def _cells(lines: list[str]) -> list[tuple[str, ...]]:
    """Cells of lines whose columns are separated by two spaces that all lines have in the same place."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    blank = [all(line[k] == " " for line in padded) for k in range(width)]
    starts = [k for k in range(width) if not blank[k] and (k == 0 or (blank[k - 1] and (k < 2 or blank[k - 2])))]
    return [tuple(line[a:b].strip() for a, b in zip(starts, [*starts[1:], width], strict=True)) for line in padded]
