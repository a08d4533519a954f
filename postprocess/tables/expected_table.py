"""Plain-text table of the numbers that a case promises in its expected.csv."""

from __future__ import annotations

import math

from postprocess.tables.circuit import CircuitResult
from postprocess.tables.expected import case_file, compare
from postprocess.tables.layout import LEFT, Column, layout
from postprocess.tables.result import Result
from postprocess.tables.shipped_case import difference_from_file
from postprocess.tables.uncertainty import percent, with_error

KEYS = ("verdict", "quantity", "at")
ABOUT_ERROR = ("our error", "covered by")  # columns that only results with errors have


def expected_table(result: Result | CircuitResult, width: int | None = None) -> str:
    """Pass or fail of every line of the case's expected.csv; "" when the case has none, one line when it is for another case.

    Pass and fail go by the tolerance alone. Beside them stands whether our numerical error explains the deviation, by
    itself or on top of the tolerance.
    """
    if case_file(result, "expected.csv") is None:
        return ""
    if difference := difference_from_file(result):
        return f"expected.csv belongs to another case ({difference}): its numbers are not compared with these"
    table = compare(result)
    if table.empty:
        return ""
    cells: list[list[str]] = [[], [], [], [], [], [], [], []]
    for line in table.to_dict("records"):
        shown = f"{line['deviation']:.2g}" if not line["relative"] else f"{100 * line['deviation']:.2g} %"
        allowed = f"{line['tolerance']:.2g}" if not line["relative"] else f"{100 * line['tolerance']:.4g} %"
        missing = math.isnan(line["deviation"])
        bound = bool(line["bound"])
        unit = abs(line["expected"]) if line["relative"] else 1.0
        known = not (missing or math.isnan(line["error"]))
        bar = line["error"] / unit if known else math.nan
        for column, text in zip(
            cells,
            (
                "ok" if line["passed"] else "no such point" if missing else "FAILED",
                line["quantity"],
                line["at"],
                "none" if missing else with_error(line["value"], line["error"], digits=6),
                f"{line['bound']} {line['expected']:.6g}".strip(),
                "" if missing or bound else f"{shown} of {allowed}",
                "" if not known else percent(bar) if line["relative"] else f"{bar:.2g}",
                "" if not known or bound else _covered(line["deviation"], bar, line["tolerance"]),
            ),
            strict=True,
        ):
            column.append(text)
    heads = (*KEYS, "computed", "expected", "deviation", *ABOUT_ERROR)
    passed = int(table["passed"].sum())
    columns: list[Column] = [
        ((head,), column, LEFT)
        for head, column in zip(heads, cells, strict=True)
        if head not in ABOUT_ERROR or any(column)
    ]
    return f"{passed} of {len(table)} expected numbers met\n{layout(columns, width, len(KEYS))}"


def _covered(deviation: float, error: float, tolerance: float) -> str:
    if deviation <= error:
        return "our error"
    return "error + tolerance" if deviation <= error + tolerance else "nothing"
