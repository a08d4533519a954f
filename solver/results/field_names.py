"""Names of the fields of species and of regions in files that other programs read."""

from __future__ import annotations

import re
from collections.abc import Iterable

REGION = "region"
"""Name of the data of cells that hold the number of their region; `mesh.regions` of run.json names them."""


def concentration_field(species: str) -> str:
    """Name of the field of a species' concentration: letters, digits, and . + - _ of its name, "concentration_Ca2+_aq_x" of
    "Ca2+ (aq)/x"; VTK's files are XML without quotation, and formulas in ParaView know no other names."""
    return f"concentration_{re.sub(r'[^A-Za-z0-9.+-]+', '_', species).strip('_') or 'species'}"


def concentration_fields(species: Iterable[str]) -> dict[str, str]:
    """Names of the fields by species; numbered where they would be the same."""
    found: dict[str, str] = {}
    for name in species:
        plain = field = concentration_field(name)
        count = 1
        while field in found.values():
            count += 1
            field = f"{plain}_{count}"
        found[name] = field
    return found
