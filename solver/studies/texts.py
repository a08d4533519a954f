"""What is told of a row while a study runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solver.case.case import Case
from solver.observables.electrodes import CHARGE
from solver.physics.constants import ELEMENTARY_CHARGE
from solver.results import headers
from solver.results.units import plain_quantity


def steady_text(case: Case, row: Mapping[str, Any]) -> str:
    """The current of a steady point, or the bias where the current is held; of a closed cell that lets none through, the
    charge of its driven electrode."""
    if case.driven_terminal in case.galvanostatic:
        return plain_quantity(row[headers.BIAS], "V")
    if case.passes_current:
        return current_text(row)
    return f"charge {plain_quantity(row[CHARGE.of(electrode=case.driven_terminal)], 'C')}"


def current_text(row: Mapping[str, Any]) -> str:
    """The current of a row; less than one elementary charge a second is none."""
    current = row[headers.CURRENT]
    return plain_quantity(0.0 if abs(current) < ELEMENTARY_CHARGE else current, "A")
