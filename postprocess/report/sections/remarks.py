"""Warnings: whatever a reader should know before believing the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postprocess.report.base import Section
from postprocess.report.text_tables import typeset
from postprocess.tables.reference import reference_of
from postprocess.tables.result import Result
from solver.check.report import check
from solver.inputs.errors import CaseError

MARK = " WARNING "
MOST = 40  # lines


def content(result: Result) -> Mapping[str, Any] | None:
    """Warnings of the run, of the case, and of curves beside it; None without any."""
    lines = [*_of_status(result), *_of_log(result), *_of_case(result), *reference_of(result).notes]
    lines = list(dict.fromkeys(typeset(line) for line in lines))
    return {"lines": lines[:MOST], "more": max(0, len(lines) - MOST)} if lines else None


def _of_status(result: Result) -> list[str]:
    status = result.run.get("status")
    if status == "complete":
        return []
    message = result.run.get("message")
    return [
        f"the run is not complete (status {status}): the numbers are those so far{f'; {message}' if message else ''}"
    ]


def _of_log(result: Result) -> list[str]:
    """Warnings of the run's log.txt."""
    if result.path is None or not (result.path / "log.txt").is_file():
        return []
    text = (result.path / "log.txt").read_text(encoding="utf-8", errors="replace")
    found = [line.partition(MARK)[2].strip() for line in text.splitlines() if MARK in line]
    return [line.removeprefix("warning: ") for line in found]


def _of_case(result: Result) -> list[str]:
    """Warnings that the case has before it is computed; those of a mesh file need the file."""
    try:
        case = result.case
        return [*case.notes, *(() if case.geometry.type == "file" else check(case).warnings)]
    except CaseError:  # of an earlier version
        return []


SECTION = Section("remarks", "Warnings", content)
