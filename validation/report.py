"""The report of a validation: Markdown, HTML in one file, a table of all checks, figures."""

from __future__ import annotations

import base64
import csv
import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

from postprocess.tables.uncertainty import quantity_with_error
from solver.results.rows import ResultError, reason
from validation.checks import BAR_COUNTS, KINDS, Check, Outcome
from validation.figures import draw, draw_coverage

HEADINGS = ("check", "quantity", "reference", "this program", "deviation", "tolerance", "bar covers", "kind", "source")


def head(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """What a report starts with: names and values, several where the sections differ."""
    origins = [outcome.origin for outcome in outcomes]
    ranks = _several(f"{each.ranks} rank{'s' if each.ranks != 1 else ''}" for each in origins)
    versions = (", ".join(f"{name} {version}" for name, version in each.versions.items()) for each in origins)
    dates = sorted(each.date for each in origins)
    return [
        ("date", " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""),
        ("commit", _several(each.commit for each in origins)),
        ("extent", _several("quick: a subset, coarser sweeps" if each.quick else "full" for each in origins)),
        ("duration", f"{sum(outcome.seconds for outcome in outcomes) / 60:.1f} min on {ranks}"),
        ("machine", _several(each.machine for each in origins)),
        ("versions", _several(versions)),
    ]


def _several(texts: Iterable[str]) -> str:
    """Different texts in their order."""
    return "; ".join(dict.fromkeys(text for text in texts if text))


def write(out: Path, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write validation.md, validation.html, validation.csv and figures/*.png; their paths, in this order.

    Raises:
        ResultError: a file cannot be written.
    """
    figures = {plot.name: draw(plot, out / "figures" / f"{plot.name}.png") for o in outcomes for plot in o.plots}
    coverage = draw_coverage([c for o in outcomes for c in o.checks], out / "figures" / "coverage.png")
    texts = {
        "validation.md": markdown(outcomes, figures, coverage),
        "validation.html": page(outcomes, figures, coverage),
        "validation.csv": table(outcomes),
    }
    try:
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ResultError(f"cannot write {out}: {reason(error)}") from error
    return [*(out / name for name in texts), *figures.values(), *([coverage] if coverage else [])]


# ------------------------------------------------------------------------------------------------ words
def conclusion(outcomes: Sequence[Outcome]) -> str:
    """The result in a sentence or two."""
    checks = [check for outcome in outcomes for check in outcome.checks]
    passed = sum(check.passed for check in checks)
    asked = [check.covered for check in checks if check.covered is not None]
    text = f"{passed} of {len(checks)} checks passed."
    if asked:
        text += f" The error bar covers the deviation in {sum(asked)} of {len(asked)} checks that ask for it."
    return text


def verdict(check: Check) -> str:
    """Why a check failed, or what it is; for messages."""
    if math.isnan(check.deviation):
        return check.note or "no value"
    text = f"deviation {_number(check.deviation)}, tolerance {_number(check.tolerance)}"
    return text + ("; the error bar does not cover it" if check.covered is False else "")


def cells(check: Check) -> tuple[str, ...]:
    """The cells of a check, as in HEADINGS."""
    bound = "" if check.bound == "=" else f"{check.bound} "
    digits = check.reference_uncertainty if check.bound == "=" else None
    covered = {True: "yes", False: "NO", None: "no bar" if _lacks_bar(check) else ""}[check.covered]
    return (
        check.name,
        check.quantity,
        bound + quantity_with_error(check.reference, digits, check.unit),
        quantity_with_error(check.value, check.error, check.unit),
        ("" if check.within else "FAILED ") + _number(check.deviation),
        _number(check.tolerance),
        covered,
        check.kind,
        "; ".join(part for part in (check.source, check.note) if part),
    )


def _lacks_bar(check: Check) -> bool:
    return check.kind in BAR_COUNTS and check.bound == "=" and math.isnan(check.error)


def _number(value: float) -> str:
    return "0" if value == 0.0 else "none" if math.isnan(value) else f"{value:.2g}"


def summary(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Rows of the summary: section, checks, passed, bars that cover, largest deviation over tolerance, seconds, and
    when and of which commit it was computed."""
    rows: list[tuple[str, ...]] = []
    for outcome in outcomes:
        asked = [check.covered for check in outcome.checks if check.covered is not None]
        shares = [c.deviation / c.tolerance for c in outcome.checks if c.bound == "=" and c.tolerance > 0.0]
        rows.append(
            (
                outcome.section.title,
                str(len(outcome.checks)),
                str(sum(check.passed for check in outcome.checks)) + ("" if outcome.passed else " FAILED"),
                f"{sum(asked)} of {len(asked)}" if asked else "",
                f"{max(shares):.2g}" if shares else "",
                f"{outcome.seconds:.0f}",
                " ".join([outcome.origin.date, outcome.origin.commit, "quick" if outcome.origin.quick else ""]).strip(),
            )
        )
    return rows


SUMMARY_HEADINGS = (
    "section",
    "checks",
    "passed",
    "bars that cover",
    "largest deviation / tolerance",
    "time [s]",
    "computed",
)
KINDS_TEXT = "Kinds of references: " + "; ".join(f"*{kind}*: {text}" for kind, text in KINDS.items()) + "."
READING = (
    "A number such as 1.234(5) nA has an error bar of 0.005 nA; the bar of a reference is its own uncertainty. Deviations "
    "and tolerances are relative, orders and conservation errors absolute. A check passes when the deviation is within "
    "the tolerance and, for the kinds *exact* and *refined*, the error bar covers it. "
)


# ------------------------------------------------------------------------------------------------ Markdown
def markdown(outcomes: Sequence[Outcome], figures: Mapping[str, Path], coverage: Path | None) -> str:
    """The report as Markdown; figures are links relative to it."""
    parts = ["# Validation", f"**{conclusion(outcomes)}**", _md_table(("", ""), head(outcomes)), READING + KINDS_TEXT]
    failed = [check for outcome in outcomes for check in outcome.checks if not check.passed]
    if failed:
        parts += ["## Failed", _md_table(HEADINGS, [cells(check) for check in failed])]
    parts += ["## Summary", _md_table(SUMMARY_HEADINGS, summary(outcomes))]
    if coverage is not None:
        parts += [_md_figure(coverage, "Deviation against error bar", COVERAGE_CAPTION)]
    for outcome in outcomes:
        parts += [f"## {outcome.section.title}", outcome.section.about]
        parts += [_md_figure(figures[plot.name], plot.title, plot.caption) for plot in outcome.plots]
        parts += [_md_table(HEADINGS, [cells(check) for check in outcome.checks])]
    return "\n\n".join(parts) + "\n"


COVERAGE_CAPTION = "Every check with an exact reference and an error bar: below the line of equality the bar covers."


def _md_figure(path: Path, title: str, caption: str) -> str:
    return f"![{title}](figures/{path.name})\n\n*{caption}*"


def _md_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(texts: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    return "\n".join([row(headings), "|" + "---|" * len(headings), *map(row, rows)])


# ------------------------------------------------------------------------------------------------ HTML
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px }
th, td { border-bottom: 1px solid #ddd; padding: .25em .7em; text-align: left; vertical-align: top }
th { border-bottom: 1px solid #888 } tr.failed td { background: #ffe0d6; font-weight: 600 }
img { max-width: 46em; width: 100% } figure { margin: 1em 0 } figcaption { color: #555; max-width: 46em }
"""


def page(outcomes: Sequence[Outcome], figures: Mapping[str, Path], coverage: Path | None) -> str:
    """The report as one HTML file, pictures included."""
    failed = [check for outcome in outcomes for check in outcome.checks if not check.passed]
    parts = [
        "<h1>Validation</h1>",
        f"<p><strong>{html.escape(conclusion(outcomes))}</strong></p>",
        _html_table(("", ""), head(outcomes)),
        f"<p>{_emphasis(READING + KINDS_TEXT)}</p>",
    ]
    if failed:
        parts += ["<h2>Failed</h2>", _checks_table(failed)]
    parts += ["<h2>Summary</h2>", _html_table(SUMMARY_HEADINGS, summary(outcomes), lambda row: "FAILED" in row[2])]
    if coverage is not None:
        parts.append(_html_figure(coverage, "Deviation against error bar", COVERAGE_CAPTION))
    for outcome in outcomes:
        parts += [f"<h2>{html.escape(outcome.section.title)}</h2>", f"<p>{_code(outcome.section.about)}</p>"]
        parts += [_html_figure(figures[plot.name], plot.title, plot.caption) for plot in outcome.plots]
        parts.append(_checks_table(outcome.checks))
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Validation</title><style>{STYLE}</style>'
        f"</head><body>\n{body}\n</body></html>\n"
    )


def _emphasis(text: str) -> str:
    pieces = html.escape(text).split("*")
    return "".join(f"<em>{piece}</em>" if i % 2 else piece for i, piece in enumerate(pieces))


def _code(text: str) -> str:
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _html_figure(path: Path, title: str, caption: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img alt="{html.escape(title)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _checks_table(checks: Sequence[Check]) -> str:
    failed = {cells(check) for check in checks if not check.passed}
    return _html_table(HEADINGS, [cells(check) for check in checks], lambda row: tuple(row) in failed)


def _html_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], failed: Callable[[Sequence[str]], bool] = lambda row: False
) -> str:
    top = "".join(f"<th>{html.escape(text)}</th>" for text in headings)
    lines = [
        f"<tr{' class=failed' if failed(row) else ''}>" + "".join(f"<td>{html.escape(t)}</td>" for t in row) + "</tr>"
        for row in rows
    ]
    return f"<table><tr>{top}</tr>\n" + "\n".join(lines) + "</table>"


# ------------------------------------------------------------------------------------------------ CSV
COLUMNS = (
    "section", "name", "quantity", "unit", "bound", "reference", "reference_uncertainty", "value", "error", "deviation",
    "tolerance", "within", "covered", "passed", "kind", "source", "note",
)  # fmt: skip


def table(outcomes: Sequence[Outcome]) -> str:
    """All checks as CSV, SI units; `covered` is empty where the error bar is not asked for."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for outcome in outcomes:
        for check in outcome.checks:
            values = [getattr(check, column) for column in COLUMNS]
            writer.writerow(["" if v is None else int(v) if isinstance(v, bool) else v for v in values])
    return text.getvalue()
