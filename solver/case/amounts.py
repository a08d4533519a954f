"""Studies of more points or rows than anybody means are refused, before lists of them are made."""

from __future__ import annotations

from meshes.quantity import misfit
from solver.case.studies.studied import StudiedCase

MOST_POINTS = 2_000
"""Points of a sweep; each is a case that is checked and a computation of its own."""


def check_amounts(case: StudiedCase) -> None:
    """Raise a misfit (path below the case) for a study of too many points or rows."""
    points = case.study.point_count()
    if points > MOST_POINTS:
        raise misfit(
            "study", f"has {points:,} points; one case has at most {MOST_POINTS:,}: write fewer, or several cases"
        )
    rows, most = case.study.row_count(), case.outputs.most_rows
    if rows > most:
        many = f"{rows:,.0f}" if rows < 1e12 else f"{rows:.1e}"
        raise misfit(
            "study",
            f"would write {many} rows, and outputs.most_rows is {most:,}; write fewer of them (study.record_every, periods,"
            " frequencies), or a larger outputs.most_rows",
        )
