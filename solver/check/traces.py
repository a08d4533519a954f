"""Whether trace species are as dilute as they have to be in the reservoirs, what they are taken for, and where they stay."""

from __future__ import annotations

from collections.abc import Iterator

from solver.case.case import Case
from solver.inputs.text import si
from solver.laws.properties.measured import Measured

LARGEST_SHARE = 0.01
"""Charge of a trace species over that of the ions."""


def trace_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """(kind, text) of trace species whose charge is not negligible in a reservoir, that are points among other ions, or
    beside walls that ions pass."""
    if case.electrolyte.trace and not case.electrolyte.model.is_ideal:
        others = "ions of finite size" if case.electrolyte.model.takes_room else "ions with activity coefficients"
        yield (
            "trace points",
            f"trace species are points in an ideal solution, also beside {others}: what these exclude or attract of them in"
            " crowded layers is left out; compare with 'electrolyte: {model: ideal}'",
        )
    if case.electrolyte.trace and isinstance(case.electrolyte.properties, Measured):
        yield (
            "trace diffusivities",
            "trace species keep their diffusivities of infinite dilution, whatever the measured properties of the salts are;"
            " write those in the solution",
        )
    open_walls = [name for name, wall in case.walls.items() if wall.passes_ions] if case.electrolyte.trace else []
    if open_walls:
        names = ", ".join(f"'{name}'" for name in open_walls)
        yield (
            "trace walls",
            f"trace species do not pass walls, pores or electrodes, also where ions do ({names}): their rates are those"
            " between the terminals",
        )
    for terminal in case.terminals if case.electrolyte.trace else ():
        ions = 2.0 * case.solution(terminal).equivalents
        for name, concentration in case.trace_at(terminal).items():
            share = abs(case.electrolyte.trace[name].valence) * concentration / ions
            if share > LARGEST_SHARE:
                yield (
                    f"trace {name}",
                    f"{si(concentration / 1e3, 'M')} of the trace species '{name}' at '{terminal}' has {100 * share:.2g} % of"
                    " the charge of the ions there, so that it changes the field, which is left out; make it a species of the"
                    " electrolyte, or its concentration smaller",
                )
