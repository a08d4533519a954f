"""Whether trace species fit the rest of a case."""

from __future__ import annotations

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.values import CaseValues


def check_traces(case: CaseValues) -> None:
    """Raise a misfit (path below the case) when trace species do not fit the rest of a case."""
    traces = case.electrolyte.trace
    for name, terminal in case.terminals.items():
        for species in terminal.trace:
            if species not in traces:
                hint = did_you_mean(species, traces, "there are") if traces else "describe it at 'electrolyte.trace'"
                raise misfit(("terminals", name, "trace", species), f"unknown trace species; {hint}")
    if not traces:
        return
    if not case.terminals:
        raise misfit(("electrolyte", "trace"), "needs terminals at which it enters, and this device has none")
    if not case.study.carries_traces:
        raise misfit(
            ("electrolyte", "trace"),
            f"trace species are computed in steady states, and not in a study of type {quoted(case.study.kind())}; write"
            " 'study: {type: sweep, ...}', or leave them out",
        )
    for name in traces:
        if name in case.electrolyte.species:
            raise misfit(("electrolyte", "trace", name), "is a species of the electrolyte, too; give it another name")
        if not any(case.trace_at(terminal)[name] > 0.0 for terminal in case.terminals):
            first = next(iter(case.terminals))
            raise misfit(
                ("electrolyte", "trace", name),
                f"no terminal holds any of it; write e.g. terminals.{first}.trace: {{{name}: 1 nM}}",
            )
