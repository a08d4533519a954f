"""The table of the result, as the command line prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.report.base import Section
from postprocess.report.text_tables import parts
from postprocess.tables.result import Result
from postprocess.tables.result_table import result_table
from postprocess.tables.sensitivities import sensitivity_table

WIDTH = 400  # characters: a page scrolls where a terminal wraps


def content(result: Result) -> Mapping[str, Any]:
    """Tables and the lines between them."""
    _, _, text = result_table(result, width=WIDTH).partition("\n\n")  # the headline is that of the page
    more = sensitivity_table(result)
    return {"parts": [*parts(text), *(parts(more) if more else [])]}


SECTION = Section("numbers", "Numbers", content)
