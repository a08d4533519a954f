"""How exact the numbers are: error bars, their parts, and what adapting the mesh has brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.figures.plot import draw_figures, makers
from postprocess.figures.style import SCREEN
from postprocess.report.base import Section
from postprocess.report.sections.figures import of_sheets
from postprocess.report.text_tables import typeset
from postprocess.tables.error_lines import error_lines
from postprocess.tables.result import Result
from postprocess.tables.units import readable

DRAWN = ("error", "adaptation")
ENDINGS = ("conservation_error", "balance_error", "flow_section_error")


def content(result: Result) -> Mapping[str, Any]:
    """Lines about errors, figures of them, and the largest conservation errors."""
    lines = [typeset(line[:1].upper() + line[1:]) for line in error_lines(result)]
    known = makers(result)
    with SCREEN.context():
        there = [name for name in DRAWN if name in known and known[name](result, SCREEN) is not None]
    drawn = of_sheets(draw_figures(result, there)) if there else None
    table = result.observables
    kept = [
        (
            readable(header),
            f"{largest:.1e}".replace("e-", "e−") if (largest := float(table[header].abs().max())) else "0",
        )
        for header in table
        if header.endswith(ENDINGS) and table[header].notna().any()
    ]
    return {"lines": lines, "drawn": drawn, "kept": kept, "bars": any("_error [" in header for header in table)}


SECTION = Section("errors", "Errors", content)
