"""Plain-text summary of a run: status, versions, mesh, errors, cost and sensitivities."""

from __future__ import annotations

from typing import Any

from postprocess.tables.error_lines import error_lines
from postprocess.tables.layout import LEFT, Column, layout
from postprocess.tables.protocol import describe_protocol
from postprocess.tables.result import Result
from postprocess.tables.result_table import headline
from postprocess.tables.sensitivities import sensitivity_table
from postprocess.tables.transient_table import loop_line


def run_summary(result: Result, width: int | None = None) -> str:
    """Status, versions, mesh, errors, cost and sensitivities of a run, for `nanochannel info`."""
    run = result.run
    lines = [headline(result), f"started   {run.get('started', 'unknown')}"]
    if run.get("message"):
        lines.append(f"message   {run['message']}")
    for name in ("versions", "mesh"):
        entries = run.get(name) or {}
        if entries:
            shown = [f"{key} {_short(value)}" for key, value in entries.items() if not isinstance(value, dict | list)]
            lines.append(f"{name:<9} " + ", ".join(shown))
    lines += [f"{name:<9} {text}" for name, text in _about_time(result).items() if text]
    lines += error_lines(result)
    text = "\n".join(lines)
    cost = run.get("cost") or {}
    phases = {name: float(seconds) for name, seconds in (cost.get("phases") or {}).items()}
    if phases:
        total = float(cost.get("wall_time") or sum(phases.values()))
        names = sorted(phases, key=lambda name: -phases[name])
        shares = [f"{100 * phases[name] / total:.0f}" if total else "" for name in names]
        columns: list[Column] = [
            (("phase",), [*names, "total"], LEFT),
            (("time [s]",), [f"{phases[name]:.2f}" for name in names] + [f"{total:.2f}"], "."),
            (("share [%]",), [*shares, ""], "."),
        ]
        text += "\n\n" + layout(columns, width)
    if cost.get("peak_memory_MB"):
        text += f"\npeak memory {float(cost['peak_memory_MB']):.0f} MB"
    sensitivities = sensitivity_table(result)
    return f"{text}\n\n{sensitivities}" if sensitivities else text


def _about_time(result: Result) -> dict[str, str]:
    """Protocol and loops of a transient."""
    if not result.transient:
        return {}
    return {"protocol": describe_protocol(result).replace("−", "-"), "loops": loop_line(result)}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
