"""Bias of a case."""

from __future__ import annotations

from solver.case.studies.studied import StudiedCase


def bias_of(case: StudiedCase) -> float:
    """Potential (V) of the driven terminal or electrode against the first of the others."""
    driven = case.driven_terminal
    others = [name for name in (*case.terminals, *case.electrodes) if name != driven]
    return case.potential_of(driven) - (case.potential_of(others[0]) if others else 0.0)
