"""Names that a case gives to its parts: keys, headers of columns and files have them, and have to tell them apart."""

from __future__ import annotations

from collections.abc import Iterable

from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.case.values import CaseValues
from solver.inputs.errors import Key

BRACKETS = "[]{}"
"""What headers of columns mark units with, and placeholders."""


def check_names(case: CaseValues) -> None:
    """Refuse names that are empty or cannot be read in the headers of columns.

    Raises:
        PydanticCustomError: with the name's path below the case.
    """
    electrolyte = case.electrolyte
    parts: dict[Key, Iterable[str]] = {
        ("electrolyte", "species"): electrolyte.species,
        ("electrolyte", "trace"): electrolyte.trace,
        ("electrolyte", "reactions"): electrolyte.reactions_by_name,
        ("terminals",): case.terminals,
        ("walls",): case.walls,
        ("regions",): case.regions,
        ("pores",): case.pores,
    }
    for path, names in parts.items():
        for name in names:
            if objection := _objection(name):
                raise misfit((*path, name), f"{quoted(name)} {objection}; write another name")


def _objection(name: str) -> str | None:
    if not name.strip():
        return "is no name, which has letters or digits"
    if name != name.strip():
        return "begins or ends with a blank, which nobody sees in a table"
    if not name.isprintable():
        return "has a line break or another character that does not print"
    found = next((c for c in name if c in BRACKETS), None)
    return None if found is None else f"has a '{found}', which headers of columns have around units"
