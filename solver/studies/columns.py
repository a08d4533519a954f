"""The table of all columns of a result, by file: what is measured, what the studies add, errors and effort."""

from __future__ import annotations

from collections.abc import Sequence

from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.accuracy import bars, field_errors, sensitivity
from solver.case.case import Case
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.studies.registry import STUDIES
from solver.inputs.errors import CaseError
from solver.observables import trace_profiles
from solver.observables.coverage_traces import ALONG_WALL
from solver.observables.donnan import names_of_faces
from solver.observables.profiles import PROFILES
from solver.observables.quantities import QUANTITIES
from solver.observables.space_profiles import IN_SPACE
from solver.observables.wall_trace import TRACES, names_of_sites
from solver.results.columns import IN_TIME, SPECTRUM, STEADY, Column, Quantity, collision, described
from solver.results.effort import CONVERGENCE, EFFORT
from solver.results.headers import POINT, error_header, split_header
from solver.studies.base import runner_class
from solver.studies.reversal import columns as reversal
from solver.studies.steady import POINT_PHASES

ROW_NUMBER = Quantity(
    POINT, "point", "Number of the row, in the order of computing.", studies=(STEADY, IN_TIME, SPECTRUM)
)
MEASURED = tuple(quantity for observable in QUANTITIES for quantity in observable.quantities)

OBSERVABLES: dict[str, tuple[Quantity, ...]] = {
    "Number of the row": (ROW_NUMBER,),
    "Measured quantities": MEASURED,
    "Parts of the current's error": bars.PARTS,
    "Errors of the fields": field_errors.FIELD_ERRORS,
    **{f"Studies of type {study.kind()}": found for study in STUDIES if (found := runner_class(study).columns)},
    "Effort": EFFORT,
}
"""Columns of observables.csv by subject, beside those of swept and driven keys of the case (between `point` and `bias`)."""


def _of_a_row(*studies: str) -> Quantity:
    return Quantity(POINT, "point", "Number of the row of observables.csv that it belongs to.", studies=studies)


TABLES: dict[str, tuple[Quantity, ...]] = {
    "observables.csv": tuple(quantity for group in OBSERVABLES.values() for quantity in group),
    "profiles.csv": (_of_a_row(STEADY, IN_TIME), *PROFILES, *IN_SPACE, *TRACES, ALONG_WALL, trace_profiles.PROFILE),
    "sensitivities.csv": (_of_a_row(STEADY), *sensitivity.COLUMNS),
    "loads.csv": (_of_a_row(STEADY), *reversal.LOADS),
    "convergence.csv": (_of_a_row(STEADY), *CONVERGENCE),
}
"""Columns of every CSV file of a result."""

PLACES: dict[str, tuple[str, ...]] = {
    "terminal": ("terminals",),
    "flow_terminal": ("terminals",),
    "species": ("electrolyte", "species"),
    "trace": ("electrolyte", "trace"),
    "pore": ("pores",),
    "region": ("regions",),
}
"""Keys of a case below which the names are that placeholders stand for; those of others are walls."""


def columns_of(case: Case) -> dict[str, dict[str, Column]]:
    """The columns that the files of a case can have, by file and header."""
    names = _names(case)
    return {file: described(quantities, names) for file, quantities in TABLES.items()}


def _names(case: Case) -> dict[str, Sequence[str]]:
    """What the placeholders of headers stand for."""
    return {
        "terminal": list(case.terminals),
        "electrode": case.electrodes,
        "reacting": case.reacting,
        "conductor": case.conductors,
        "floating": (*case.galvanostatic, *case.conductors),
        "flow_terminal": case.flow_terminals,
        "open_wall": case.open_walls,
        "zeta_wall": case.zeta_walls,
        "port": [*case.terminals, *case.electrodes, *case.conductors, *case.open_walls],
        "wall": case.holders,
        "species": list(case.electrolyte.dependences.components),
        "trace": list(case.electrolyte.trace),
        "pore": list(case.pores),
        "pore_state": list(dict.fromkeys(state for pore in case.pores.values() for state in pore.kinetics.states)),
        "phase": POINT_PHASES,
        **names_of_faces(case),
        **names_of_sites(case),
    }


def check_headers(case: Case) -> None:
    """Refuse names by which two columns of a file would have the same header.

    Raises:
        CaseError: naming one of them.
    """
    names = _names(case)
    for file, quantities in TABLES.items():
        if (found := collision(quantities, names)) is None:
            continue
        other, own = found.names
        said = [" of ".join(f"'{name}'" for name in [*each.values()][::-1]) or "the device" for each in (other, own)]
        field = next((field for field in own if own[field] != other.get(field)), next(iter(own or other)))
        name = own.get(field) or other[field]
        raise CaseError(
            f"{file} would have two columns '{found.header}', of {said[0]} and of {said[1]}; give one another name",
            key=(*PLACES.get(field, ("walls",)), name),
            file=case.file,
        )


def check_goal(case: Case) -> None:
    """Refuse a goal of the mesh that is no column with an error bar.

    Raises:
        CaseError: naming those that are.
    """
    goal = case.mesh.goal
    if case.mesh.tolerance is None or goal in GOALS_OF_THE_DRIVEN:
        return
    columns = columns_of(case)["observables.csv"]
    known = [split_header(header)[0] for header in columns if error_header(header) in columns]
    if goal not in known:
        text = f"unknown value {quoted(goal)}; {did_you_mean(goal, [*GOALS_OF_THE_DRIVEN, *known], 'one of')}"
        raise CaseError(text, key=("mesh", "goal"), file=case.file)
