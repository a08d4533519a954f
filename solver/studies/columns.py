"""The table of all columns of a result, by file: what is measured, what the studies add, errors and effort."""

from __future__ import annotations

from collections.abc import Sequence

from solver.accuracy import error_bars, sensitivity
from solver.case.case import Case
from solver.observables.profiles import PROFILES
from solver.observables.quantities import QUANTITIES
from solver.results.columns import IN_TIME, SPECTRUM, STEADY, Column, Quantity, described
from solver.results.effort import CONVERGENCE, EFFORT
from solver.results.headers import POINT
from solver.studies.impedance.columns import COLUMNS as SPECTRA
from solver.studies.steady import POINT_PHASES
from solver.studies.transient.columns import COLUMNS as INSTANTS


def _number(description: str, *studies: str) -> Quantity:
    return Quantity(POINT, "point", description, studies=studies)


MEASURED = tuple(quantity for observable in QUANTITIES for quantity in observable.quantities)

TABLES: dict[str, tuple[Quantity, ...]] = {
    "observables.csv": (
        _number("Number of the row, in the order of computing.", STEADY, IN_TIME, SPECTRUM),
        *INSTANTS,
        *SPECTRA,
        *MEASURED,
        *error_bars.PARTS,
        *EFFORT,
    ),
    "profiles.csv": (_number("Number of the row of observables.csv.", STEADY, IN_TIME), *PROFILES),
    "convergence.csv": (_number("Number of the row of observables.csv.", STEADY), *CONVERGENCE),
    "sensitivities.csv": (_number("Number of the row of observables.csv.", STEADY), *sensitivity.COLUMNS),
}
"""Columns of every file beside the swept and driven keys of the case, whose columns stand between `point` and `bias`."""


def columns_of(case: Case) -> dict[str, dict[str, Column]]:
    """The columns that a case can have: by file and header."""
    names: dict[str, Sequence[str]] = {
        "terminal": list(case.terminals),
        "electrode": case.electrodes,
        "port": [*case.terminals, *case.electrodes],
        "species": list(case.electrolyte.species),
        "phase": POINT_PHASES,
    }
    return {file: described(quantities, names) for file, quantities in TABLES.items()}
