"""Comparison with the numbers that the case promises in its expected.csv."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.report.base import Section
from postprocess.report.text_tables import parts
from postprocess.tables.expected_table import expected_table
from postprocess.tables.result import Result


def content(result: Result) -> Mapping[str, Any] | None:
    """The table; None for a case that promises nothing."""
    text = expected_table(result)
    return {"parts": parts(text)} if text else None


SECTION = Section("expected", "Expected numbers", content)
