"""Whether a result is one of the case in its folder, for which that folder promises numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from circuits.description.loading import load_circuit
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.kinds import KINDS
from postprocess.tables.result import Result
from solver.case.case import Case
from solver.case.loading import load_case
from solver.inputs.errors import CaseError
from solver.inputs.files import CASE_FILE
from solver.results.rows import first_difference

HOW = {"title", "format", "mesh", "outputs", "solver"}
"""Keys of a case that say how it is computed, and not what: the same numbers are expected of all of them."""


def difference_from_file(result: Result | CircuitResult) -> str:
    """Where the case of a result differs from the one in its folder, such as "electrolyte.concentration is 10.0 there and 1.0
    here"; "" when they are one. Steady points are the same whatever was swept besides.

    Where the folder is gone, the overrides of the command line tell.
    """
    try:
        folder = Path(result.run.get("case_directory") or ".")
        if isinstance(result, CircuitResult):
            return first_difference(
                _circuit(load_circuit(folder).model_dump(mode="json")), _circuit(result.run["case"])
            )
        file = folder / CASE_FILE if (folder / CASE_FILE).is_file() else result.case.file or folder / CASE_FILE
        here, there = _physics(result.case), _physics(load_case(file))
    except CaseError:
        keys = (str(text).partition("=")[0].strip() for text in result.run.get("overrides") or ())
        return ", ".join(f"{key} was set" for key in keys if key.split(".")[0] not in {*HOW, "study"})
    if here["study"]["type"] not in KINDS and there["study"]["type"] not in KINDS:
        del here["study"], there["study"]
    return first_difference(there, here)


def _circuit(data: dict[str, Any]) -> dict[str, Any]:
    """What a circuit is and, in time or frequency, what is done with it."""
    steady = data["study"]["type"] in ("steady", "sweep")
    return {key: value for key, value in data.items() if key == "circuit" or (key == "study" and not steady)}


def _physics(case: Case) -> dict[str, dict[str, object]]:
    return {key: value for key, value in case.model_dump(mode="json").items() if key not in HOW}
