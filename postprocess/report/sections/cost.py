"""What the computation has cost: time by phase, memory, ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.report.base import Section
from postprocess.report.sections.overview import duration
from postprocess.tables.result import Result

LEAST = 0.005  # part of the whole time below which a phase is not listed


def content(result: Result) -> Mapping[str, Any] | None:
    """Phases and totals; None where run.json has none."""
    cost = result.run.get("cost") or {}
    phases = {str(name): float(seconds) for name, seconds in (cost.get("phases") or {}).items()}
    if not phases and not cost:
        return None
    total = float(cost.get("wall_time") or sum(phases.values())) or 1.0
    listed = sorted((each for each in phases.items() if each[1] > LEAST * total), key=lambda each: -each[1])
    facts = [("wall time", duration(total)), ("ranks", str(result.run.get("ranks") or 1))]
    if cost.get("peak_memory_MB"):
        facts.append(("peak memory", f"{float(cost['peak_memory_MB']):.0f} MB"))
    if result.run.get("host"):
        facts.append(("computer", str(result.run["host"])))
    return {
        "facts": facts,
        "phases": [(name, f"{seconds:.2f} s", f"{100.0 * seconds / total:.0f}") for name, seconds in listed],
        "runs": 1 + len(result.run.get("earlier_runs") or ()),
    }


SECTION = Section("cost", "Cost", content)
