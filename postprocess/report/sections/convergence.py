"""How the computation went: iterations of Newton's method, steps in time, meshes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.figures.convergence import convergence
from postprocess.figures.style import SCREEN
from postprocess.report.base import Section
from postprocess.report.sections.figures import of_sheets
from postprocess.tables.result import Result

COUNTS = ("newton_iterations", "factorisations")


def content(result: Result) -> Mapping[str, Any] | None:
    """Counts, meshes and a figure; None where nothing is known of it."""
    table = result.observables
    counts = [
        (name.replace("_", " "), int(table[name].sum()), int(table[name].max()))
        for name in COUNTS
        if name in table and table[name].notna().any()
    ]
    cost = result.summary.get("cost") or {}
    steps = [
        (key.replace("_", " "), f"{value}")
        for key, value in cost.items()
        if isinstance(value, int) and key not in COUNTS
    ]
    meshes = [step for step in result.adaptation.get("steps") or () if step.get("error") is not None]
    events = sorted({str(each) for each in table.get("step_events", ()) if isinstance(each, str) and each.strip()})
    with SCREEN.context():
        sheet = convergence(result, SCREEN)
    if not (counts or steps or meshes or sheet):
        return None
    return {
        "counts": counts,
        "steps": steps,
        "meshes": [(int(step["unknowns"]), f"{100.0 * float(step['error']):.2g} %") for step in meshes],
        "events": events[:8],
        "drawn": None if sheet is None else of_sheets({"convergence": sheet}),
        "point": result.kind.point,
    }


SECTION = Section("convergence", "Convergence", content)
