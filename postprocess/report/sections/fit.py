"""Sections about fits and optimisations: parameters with their uncertainties, data and curve, what is doubtful."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from postprocess.figures.fit import draw_fit
from postprocess.figures.optimum import draw_optimum
from postprocess.report.base import Heading, Section
from postprocess.report.sections import citing
from postprocess.report.sections.figures import of_sheets
from postprocess.report.sections.overview import duration
from postprocess.report.text_tables import Grid, parts, typeset_quantity
from postprocess.tables.fit_summary import fit_text, read_fit
from postprocess.tables.optimum import optimum_text, read_optimum
from postprocess.tables.units import engineering, readable, split_header
from solver.results.headers import header
from solver.results.rows import ResultError, read_run

WIDTH = 400  # characters: a page scrolls where a terminal wraps
MOST_ROWS = 500
BEST = "best"  # folder with the result at the parameters that were found


@dataclass(frozen=True, eq=False)
class Found:
    """What a fit or an optimisation has left in its folder: fit.json and fit.csv, or optimum.json and evaluations.csv."""

    path: Path
    data: Mapping[str, Any]
    table: pd.DataFrame

    @property
    def title(self) -> str:
        """Of the case, or its name."""
        return str(self.data.get("title") or self.data.get("case") or self.path.name)

    @property
    def run(self) -> Mapping[str, Any]:
        """run.json of the result at what was found; empty where it is not there."""
        try:
            return read_run(self.path / BEST)
        except ResultError:
            return {}


def read(path: Path) -> Found:
    """The fit in a folder; ResultError when it cannot be read."""
    return Found(path, *read_fit(path))


def read_optimisation(path: Path) -> Found:
    """The optimisation in a folder; ResultError when it cannot be read."""
    return Found(path, *read_optimum(path))


def heading(found: Found) -> Heading:
    """Title, and whether anything is doubtful."""
    doubtful = len(found.data.get("warnings") or ())
    status = f"{doubtful} warning{'s' if doubtful != 1 else ''}" if doubtful else "no warnings"
    started = str(found.run.get("started") or "").replace("T", " ")[:16]
    return Heading(found.title, found.path.resolve().name, status, not doubtful, "", started)


def remarks(found: Found) -> Mapping[str, Any] | None:
    """Warnings; None without any."""
    lines = [str(text) for text in found.data.get("warnings") or ()]
    return {"lines": lines, "more": 0} if lines else None


def overview(found: Found) -> Mapping[str, Any]:
    """Values with standard errors, goodness of the fit, and what it took."""
    return {"tiles": list(_tiles(found))}


def _tiles(found: Found) -> Iterator[tuple[str, str, str]]:
    data = found.data
    for entry in data["parameters"]:
        error = entry.get("standard_error")
        scale = engineering([float(entry["value"])], entry["unit"])
        where = "" if error is None else f"± {float(error) * scale.factor:.2g} {scale.unit} (standard error)"
        yield readable(entry["key"]), typeset_quantity(float(entry["value"]), entry["unit"], 4), where
    if data.get("deviations") == "given":
        p = data.get("p_value")
        where = f"for {data['degrees_of_freedom']} degrees of freedom" + ("" if p is None else f", p = {p:.2g}")
        yield "χ²", f"{float(data['chi_squared']):.4g}", where
    if "quantity" in data:
        kind = "largest" if data.get("maximise") else "smallest"
        yield (
            f"{kind} {str(data['quantity']).replace('_', ' ')}",
            typeset_quantity(float(data["value"]), data["unit"], 5),
            "",
        )
    if isinstance(data.get("data"), Mapping):
        yield "numbers", str(data["data"]["numbers"]), str(Path(str(data["data"]["file"])).name)
    yield "evaluations of the device", str(data["evaluations"]), ""
    if data.get("wall_time"):
        yield "time", duration(float(data["wall_time"])), ""


def parameters(found: Found) -> Mapping[str, Any]:
    """The table of the command line, and the lines about how it ended."""
    return {"parts": parts(fit_text(found.data, WIDTH).partition("\nwarning: ")[0])}


def optimum(found: Found) -> Mapping[str, Any]:
    """The same of an optimisation."""
    return {"parts": parts(optimum_text(found.data, WIDTH).partition("\nwarning: ")[0])}


def figures(found: Found) -> Mapping[str, Any] | None:
    """Data, curve and band, residuals; profiles of the likelihood where they were asked for."""
    return of_sheets(draw_fit(found.data, found.table))


def figures_of_optimisation(found: Found) -> Mapping[str, Any] | None:
    """The quantity at all evaluations."""
    return of_sheets(draw_optimum(found.data, found.table))


def correlation(found: Found) -> Mapping[str, Any] | None:
    """Correlations of the parameters; None for a single one, or where they are not known."""
    names = [str(entry["key"]) for entry in found.data["parameters"]]
    matrix = found.data.get("correlation")
    if len(names) < 2 or not matrix:
        return None
    return {"names": [readable(name) for name in names], "rows": [[_coefficient(x) for x in row] for row in matrix]}


def _coefficient(value: float | None) -> tuple[str, str]:
    """A coefficient as text, and the colour of its cell: blue where positive, red where negative."""
    if value is None or not math.isfinite(value):
        return "unknown", "#fff"
    colour = "0, 114, 178" if value > 0.0 else "213, 94, 0"
    return f"{value:.3f}".replace("-", "−"), f"rgba({colour}, {0.6 * abs(value):.2f})"


def residuals(found: Found) -> Mapping[str, Any]:
    """Every number with its deviation, the fitted one and the residual."""
    along = [str(name) for name in found.data["data"]["along"]]
    grids = []
    for name, rows in found.table.groupby("quantity", sort=False):
        unit = str(rows["unit"].iloc[0]) if isinstance(rows["unit"].iloc[0], str) else ""
        names = ["measured", "standard_deviation", "fitted", "residual", "band", "numerical_error"]
        shown = {key: unit for key in names if key in rows and rows[key].notna().any()}
        scale = engineering(pd.concat([rows["measured"], rows["fitted"]]).dropna(), unit)
        columns = [_column(rows[key], split_header(key)[0], split_header(key)[1]) for key in along]
        columns += [
            (
                (key.replace("_", " "), f"[{scale.unit}]" if scale.unit else ""),
                [_cell(x * scale.factor) for x in rows[key]],
            )
            for key in shown
        ]
        grids.append((str(name), _grid(columns)))
    return {"parts": [part for name, grid in grids for part in (*parts(name.replace("_", " ")), grid)]}


def evaluations(found: Found) -> Mapping[str, Any]:
    """Every evaluation of an optimisation."""
    data = found.data
    units = {header(str(each["key"]), each["unit"]): str(each["unit"]) for each in data["parameters"]}
    units[header(str(data["quantity"]), data["unit"])] = str(data["unit"])
    columns = [
        _column(found.table[name], split_header(name)[0], unit) for name, unit in units.items() if name in found.table
    ]
    return {"parts": [_grid(columns)]}


def _column(values: pd.Series[Any], name: str, unit: str) -> tuple[tuple[str, str], list[str]]:
    scale = engineering(values.dropna(), unit)
    return (readable(name), f"[{scale.unit}]" if scale.unit else ""), [_cell(x * scale.factor) for x in values]


def _cell(value: float) -> str:
    return f"{value:.5g}".replace("-", "−") if math.isfinite(value) else ""


def _grid(columns: Sequence[tuple[tuple[str, str], list[str]]]) -> Grid:
    heads = tuple(zip(*(head for head, _ in columns), strict=True))
    rows = tuple(zip(*(cells[:MOST_ROWS] for _, cells in columns), strict=True))
    return Grid(heads, rows, (True,) * len(columns))


def versions(found: Found) -> Mapping[str, Any]:
    """Versions that the result at what was found was computed with, and where that is."""
    run = found.run
    times = [("found result", f"{BEST}/")] if run else []
    return {
        "versions": list((run.get("versions") or {}).items()),
        "times": times,
        "command": "",
        "place": str(found.path),
    }


def cited(found: Found) -> Mapping[str, Any]:
    """How to cite."""
    return citing.works_of(found.run.get("versions") or {}, str(found.run.get("started") or ""), found.title)


ENDS: tuple[Section[Found], ...] = (
    Section("versions", "Versions", versions),
    Section("citing", "How to cite", cited),
)
SECTIONS: tuple[Section[Found], ...] = (
    Section("overview", "At a glance", overview),
    Section("remarks", "Warnings", remarks),
    Section("numbers", "Parameters", parameters),
    Section("figures", "Data and fit", figures),
    Section("correlation", "Correlation", correlation),
    Section("residuals", "Numbers and residuals", residuals, "numbers"),
    *ENDS,
)
SECTIONS_OF_OPTIMISATION: tuple[Section[Found], ...] = (
    Section("overview", "At a glance", overview),
    Section("remarks", "Warnings", remarks),
    Section("numbers", "Optimum", optimum),
    Section("figures", "Figure", figures_of_optimisation),
    Section("evaluations", "Evaluations", evaluations, "numbers"),
    *ENDS,
)
