"""Lines of plain text about the numerical errors of a result."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from postprocess.tables.columns import relative
from postprocess.tables.result import Result
from postprocess.tables.uncertainty import percent
from solver.results.headers import SECTION_FLOW_ERROR
from solver.results.section_flows import LARGEST


def error_lines(result: Result) -> list[str]:
    """Lines about the numerical errors of a result, as far as it has them.

    They give the largest relative error of the current and its place, the largest effect that larger reservoirs would have
    on it, the largest errors of the fields, and the error that an adapted mesh was asked for and reached.
    """
    lines = []
    worst = largest(result, relative(result.observables, "current [A]", "current_error [A]"))
    if worst:
        lines.append(f"largest error of the current {percent(worst[0])}{worst[1]}")
    worst = largest(result, relative(result.observables, "current [A]", "current_reservoir_error [A]"))
    if worst:
        lines.append(
            f"larger reservoirs would change the current by up to {percent(worst[0])}{worst[1]}; not part of its error"
        )
    lines += [line] if (line := fields_line(result)) else []
    lines += [line] if (line := adaptation_line(result)) else []
    if SECTION_FLOW_ERROR in result.observables:
        worst = largest(result, result.observables[SECTION_FLOW_ERROR])
        if worst and worst[0] > LARGEST:
            lines.append(f"the velocity's flow through single sections is wrong by up to {percent(worst[0])}{worst[1]}")
    return [line.replace("\u2212", "-") for line in lines]  # plain text


def velocity_note(result: Result, names: Iterable[str], points: Iterable[int]) -> str:
    """What a title says of pictures of the velocity whose flow through sections is not right; "" for others."""
    table = result.observables
    if "velocity" not in names or SECTION_FLOW_ERROR not in table:
        return ""
    worst = float(table.loc[table["point"].isin(list(points)), SECTION_FLOW_ERROR].max())
    return f", flow through sections ± {percent(worst)}" if worst > LARGEST else ""


def fields_line(result: Result) -> str:
    """Largest relative errors of the fields over all points; "" without any."""
    table, ending = result.observables, "_field_error"
    found: dict[str, float] = {}
    for header in table:
        if header.endswith(ending):
            kind = "concentrations" if header.startswith("concentration_") else header.removesuffix(ending)
            found[kind] = max(found.get(kind, 0.0), float(np.nanmax(table[header], initial=0.0)))
    parts = ", ".join(f"{kind} {percent(value)}" for kind, value in found.items())
    return f"largest errors of the fields (in the mean over the device): {parts}" if parts else ""


def adaptation_line(result: Result) -> str:
    """Error that an adapted mesh was asked for and reached; "" for a mesh that was not adapted."""
    found = result.adaptation
    if not found:
        return ""
    steps = [step for step in found.get("steps") or [] if step.get("error") is not None]
    asked = f" to {percent(float(found['tolerance']))}" if found.get("tolerance") is not None else ""
    goal = f" for the {str(found['goal']).replace('_', ' ')}" if found.get("goal") else ""
    text = f"mesh adapted{goal}{asked}: {'reached' if found.get('reached') else 'NOT reached'}"
    if not steps:
        return text
    last = steps[-1]
    text += f"{'' if found.get('reached') else ','} {percent(float(last['error']))}"
    if last.get("unknowns"):
        text += f" with {int(last['unknowns'])} unknowns"
    return f"{text} after {len(steps)} mesh{'es' if len(steps) != 1 else ''}"


def largest(result: Result, values: Iterable[float]) -> tuple[float, str] | None:
    """The largest of one number per point, and " at ..." which point that is; None when there are none."""
    found = np.asarray(values, dtype=float)
    if np.all(np.isnan(found)):
        return None
    worst = int(np.nanargmax(found))
    where = result.describe(int(result.observables["point"].iloc[worst]))
    return float(found[worst]), f" at {where}" if where else ""
