"""How far the velocity of devices in three dimensions is right, in words: its flow rate through single sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solver.results.headers import SECTION_FLOW_ERROR

LARGEST = 0.03
"""Error of the flow rate through a section, over that of the device, of which pictures need not speak."""


def largest_error(rows: Sequence[Mapping[str, Any]]) -> float:
    """The largest of some rows; 0.0 where it is not known."""
    found = [row.get(SECTION_FLOW_ERROR) for row in rows]
    return max((value for value in found if isinstance(value, float) and value == value), default=0.0)


def doubtful_velocities(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence where single sections miss the flow rate by much at some points."""
    above = [row for row in rows if largest_error([row]) > LARGEST]
    if above:
        yield (
            f"velocity: at {len(above)} of {len(rows)} points its flow rate through single sections differs by up to"
            f" {100 * largest_error(above):.2g} % from that of the terminals, which is right with its error bar, as is the"
            " current: do not read more from velocities and streamlines, or refine the mesh (mesh.axial_cells)"
        )
