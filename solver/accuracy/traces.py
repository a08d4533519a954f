"""What the rows of a study show to be doubtful about its trace species."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from solver.observables.trace import CELL_PECLET, ENRICHMENT, OVERSHOOT, SHARE_OF_CHARGE
from solver.results.headers import error_header

LARGEST_OVERSHOOT = 0.05
"""Of the range of the reservoirs."""

LARGEST_SHARE = 0.01
"""Of the charge of the ions."""

LARGEST_ERROR = 0.2
"""Of the enrichment."""


def doubtful_traces(rows: Sequence[Mapping[str, Any]], names: Collection[str]) -> Iterator[str]:
    """A sentence for whatever is doubtful of each trace species at some points."""
    for name in names:
        found = [row for row in rows if _number(row, ENRICHMENT.of(trace=name)) is not None]
        if len(found) < len(rows):
            yield (
                f"the trace species '{name}' was not found at {len(rows) - len(found)} of {len(rows)} points, whose numbers"
                " are empty: Newton's method does not converge on this mesh; refine it"
            )
        over = _largest(found, OVERSHOOT.of(trace=name))
        if over > LARGEST_OVERSHOOT:
            yield (
                f"the concentration of the trace species '{name}' leaves the range that the reservoirs allow by up to"
                f" {100 * over:.2g} %: it changes within one cell where the flow or the field carries it fast (Peclet number"
                f" of a cell {_largest(found, CELL_PECLET.of(trace=name)):.2g}, at most about 1 is resolved); refine the mesh"
            )
        share = _largest(found, SHARE_OF_CHARGE.of(trace=name))
        if share > LARGEST_SHARE:
            yield (
                f"the trace species '{name}' holds up to {100 * share:.2g} % of the charge of the ions at a place, where it"
                " would change the field; make it a species of the electrolyte, or its concentration smaller"
            )
        enrichment = ENRICHMENT.of(trace=name)
        errors = [_number(row, error_header(enrichment)) for row in found]
        values = [_number(row, enrichment) for row in found]
        large = [e / v for e, v in zip(errors, values, strict=True) if e is not None and v and e > LARGEST_ERROR * v]
        if large:
            yield (
                f"the enrichment of the trace species '{name}' has an error bar of up to {max(large):.2g} of the value at"
                f" {len(large)} of {len(rows)} points, which is no bound: refine the mesh where it is enriched"
            )


def _largest(rows: Sequence[Mapping[str, Any]], header: str) -> float:
    return max((_number(row, header) or 0.0 for row in rows), default=0.0)


def _number(row: Mapping[str, Any], header: str) -> float | None:
    """A number, None for an empty cell."""
    value = row.get(header)
    return None if value is None or value == "" or math.isnan(float(value)) else float(value)
