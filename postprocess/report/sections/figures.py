"""Figures of a result, as `plot` draws them."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl

from postprocess.figures.plot import draw_figures
from postprocess.figures.style import Sheet
from postprocess.report.base import Section
from postprocess.tables.result import Result

LARGEST = 600_000  # bytes of a drawing of lines; a larger one is embedded as pixels
PIXELS = 96.0  # of an inch on a page


def content(result: Result) -> Mapping[str, Any] | None:
    """Pictures; None for a result that has none, as a single point."""
    return of_sheets(draw_figures(result))


def of_sheets(sheets: Mapping[str, Sheet]) -> Mapping[str, Any] | None:
    """What the template needs of figures by name; None without any."""
    if not sheets:
        return None
    return {"pictures": [_picture(name, sheet) for name, sheet in sheets.items()]}


def _picture(name: str, sheet: Sheet) -> Mapping[str, Any]:
    with sheet.style.context(), mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
        kind, data = "svg+xml", _saved(sheet, "svg")
        if len(data) > LARGEST:
            kind, data = "png", _saved(sheet, "png")
    return {
        "name": name.replace("_", " "),
        "width": round(sheet.get_figwidth() * PIXELS),
        "source": f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}",
    }


def _saved(sheet: Sheet, suffix: str) -> bytes:
    file = io.BytesIO()
    sheet.savefig(file, format=suffix, metadata={"Date": None} if suffix == "svg" else None, dpi=2 * PIXELS)
    return file.getvalue()


SECTION = Section("figures", "Figures", content)
