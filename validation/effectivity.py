"""Effectivity of the error bars: the bar over the true error, for the shipped cases at their hardest points.

The true error is taken from a mesh adapted to a fifth of the bar (or, where the bar is tiny, with every cell halved), whose
numbers are corrected by their own estimated errors; a point is left out where the bar of that reference is not small beside
the error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from python_interface.simulate import simulate
from solver.case.case import Case
from solver.case.loading import load_case
from solver.case.studies.points import plan
from validation.checks import Check, Plot, Section
from validation.devices import bar
from validation.setting import Setting, shipped_cases

POINTS: dict[str, tuple[str, ...]] = {
    "bipolar_diode": ("study.range=null", "study.values=[-2 V, -0.1 V, 2 V]"),
    "conical_microchannel": ("study.range=null", "study.values=[-1 V, 0.05 V, 1 V]"),
    "conical_rectifier": ("study.range=null", "study.values=[-1 V, 0.05 V, 1 V]", "mesh.tolerance=null"),
    "membrane_diode_poisson": ("study.values=[-0.25692579 V, 0.25692579 V]",),
    "metal_pore": ("study.range=null", "study.values=[-1 V, 1 V]"),
    "nanopore_membrane": ("study.values=[1 M, 10 mM]",),
    "pressure_cone": ("study.values=[-60 mbar, 60 mbar]", "study.outer.values=[-1 V, 1 V]"),
    "slit_conductance": ("study.range=null", "study.values=[0.01 mM, 1 M]"),
    "slit_electroosmosis": ("study.values=[-20 mV, 20 mV]", "study.range=null", "study.outer=null"),
    "slit_polarization": ("study.range=null", "study.values=[0.05 V, 2 V]"),
}
"""Ends of the sweeps of the shipped cases, and a weakly driven point."""

QUICK = ("slit_conductance",)
FINEST = 6e-5
"""Smallest tolerance that a reference is adapted to."""

CLEAR = 0.5
"""Largest bar of the reference over the error that it measures; what is left of the reference's error after its correction is
a part of its bar."""

LOOSE = 20.0
"""Largest bar over the true error."""

CLEAR_ALONE = 0.2
"""The same for a number whose estimate has no sign to correct it with."""


def effectivity(setting: Setting) -> Iterator[Check | Plot]:
    """The bar of current and flow rate over their true errors."""
    for name, overrides in POINTS.items():
        if setting.quick and name not in QUICK:
            continue
        case = load_case(shipped_cases() / name, list(overrides))
        shipped = _rows(case)
        headers = ["current [A]", *(["flow_rate [m^3/s]"] if case.solver.flow == "stokes" else [])]
        largest = max(bar(row, "current [A]") / abs(row["current [A]"]) for _, row in shipped)
        adapted = largest > 5 * FINEST or case.mesh.tolerance is not None
        finer = f"mesh.tolerance={max(largest / 5, FINEST):.1e}" if adapted else "mesh.refinement=1"
        reference = _rows(load_case(shipped_cases() / name, [*overrides, finer]))
        for (where, row), (_, better) in zip(shipped, reference, strict=True):
            for header in headers:
                check = _check(f"{name}, {where}", header, row, better)
                if check is not None:
                    yield check


def _rows(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """The points of a case: their names and observables."""
    rows = simulate(case, progress=False).table.to_dict("records")
    return [(point.name, row) for point, row in zip(plan(case), rows, strict=True)]


def _check(where: str, header: str, row: dict[str, Any], better: dict[str, Any]) -> Check | None:
    name = header.partition(" [")[0]
    estimate = better.get(f"{name}_discretization_error [A]")
    error = abs(better[header] + (estimate or 0.0) - row[header])
    if not error or not bar(better, header) <= (CLEAR if estimate is not None else CLEAR_ALONE) * error:
        return None
    ratio = bar(row, header) / error
    return Check(
        "effectivity", where, f"{name.replace('_', ' ')}: error bar over true error", "", 1.0, ratio, 1.0, "refined",
        "this program on a finer mesh", scale=ratio if ratio < 1.0 else LOOSE - 1.0,
        note=f"true error {error / abs(row[header]):.1e} of the value",
    )  # fmt: skip


EFFECTIVITY = Section(
    "effectivity",
    "Effectivity of the error bars",
    "The error bar over the true error of the shipped cases, at the ends of their sweeps: between 1/2 and 20 (a deviation of "
    "1 in the measure of this table). Below 1 the bar is too small; it is far above 1 where the errors of two ions cancel. "
    "Points at which the reference is not clearly better than the number, or at which the error passes through zero, are "
    "left out.",
    effectivity,
)
