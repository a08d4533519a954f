"""A fit in a few lines: its parameters with their uncertainties, and what is doubtful about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from postprocess.tables.found import read_found
from postprocess.tables.layout import LEFT, Column, layout
from postprocess.tables.units import engineering
from solver.results.units import number_text

FIT, TABLE = "fit.json", "fit.csv"


def is_fit(path: Path) -> bool:
    """Whether a folder is that of a fit."""
    return (path / FIT).is_file()


def read_fit(path: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Contents of fit.json and fit.csv.

    Raises:
        ResultError: one cannot be read.
    """
    return read_found(path, FIT, TABLE, "fit")


def fit_text(data: Mapping[str, Any], width: int | None = None) -> str:
    """Parameters, goodness, correlations and warnings of a fit (contents of fit.json)."""
    source = data["data"]
    lines = [
        f"{data['title'] or data['case']}: fit to {source['numbers']} numbers of {source['file']}",
        f"{data['evaluations']} evaluations of the device; {data['ending']}",
        "",
        _parameters(data, width),
        "",
        *_goodness(data),
        *_correlations(data),
    ]
    lines += [f"warning: {text}" for text in data["warnings"]]
    return "\n".join(lines)


def _parameters(data: Mapping[str, Any], width: int | None) -> str:
    cells: dict[str, list[str]] = {
        "parameter": [],
        "value": [],
        "unit": [],
        "s.e.": [],
        "interval": [],
        "numerical": [],
    }
    profiles = []
    for entry in data["parameters"]:
        value = float(entry["value"])
        scale = engineering([value], entry["unit"])
        error = _number(entry["standard_error"])
        cells["parameter"].append(entry["key"])
        cells["value"].append(_with_error(value * scale.factor, error * scale.factor))
        cells["unit"].append(scale.unit)
        cells["s.e."].append(_short(error * scale.factor, 2))
        cells["interval"].append(_interval(entry["interval"], scale.factor, value, error))
        cells["numerical"].append(_short(_number(entry["numerical_error"]) * scale.factor, 2))
        profiles.append(
            _interval(entry["profile_interval"], scale.factor, value, error) if "profile_interval" in entry else ""
        )
    percent = f"{100 * float(data['confidence']):.0f} %"
    columns: list[Column] = [
        (("parameter",), cells["parameter"], LEFT),
        (("value",), cells["value"], "."),
        (("unit",), cells["unit"], LEFT),
        (("standard error",), cells["s.e."], "."),
        ((f"{percent} interval",), cells["interval"], LEFT),
    ]
    if any(profiles):
        columns.append(((f"{percent} by profile",), profiles, LEFT))
    columns.append((("numerical error",), cells["numerical"], "."))
    return layout(columns, width)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _short(value: float, digits: int) -> str:
    return "unknown" if not math.isfinite(value) else number_text(value, digits).replace("−", "-")


def _with_error(value: float, error: float) -> str:
    """A value to two digits of its error."""
    if not (math.isfinite(error) and error > 0.0 and value):
        return f"{value:.4g}"
    digits = math.ceil(math.log10(abs(value))) - math.floor(math.log10(error)) + 1
    return f"{value:.{min(max(digits, 2), 8)}g}"


def _interval(ends: Any, factor: float, value: float, error: float) -> str:
    shown = []
    for end in ends:
        number = _number(end)
        shown.append("open" if not math.isfinite(number) else _with_error(number * factor, error * factor))
    return f"{shown[0]} to {shown[1]}"


def _goodness(data: Mapping[str, Any]) -> list[str]:
    freedom = data["degrees_of_freedom"]
    if data["deviations"] == "given":
        p = "" if data["p_value"] is None else f", p = {data['p_value']:.2g}"
        return [f"chi^2 {data['chi_squared']:.4g} for {freedom} degrees of freedom{p}"]
    texts = []
    for header, value in data["estimated_deviation"].items():
        name, _, unit = header.partition(" [")
        if value is not None:
            scale = engineering([value], unit.removesuffix("]"))
            texts.append(f"{name.replace('_', ' ')} {value * scale.factor:.3g} {scale.unit}".rstrip())
    shown = ", ".join(texts) or "unknown"
    return [f"standard deviation of the data, from the residuals with {freedom} degrees of freedom: {shown}"]


def _correlations(data: Mapping[str, Any]) -> list[str]:
    names = [entry["key"] for entry in data["parameters"]]
    if len(names) < 2:
        return []
    matrix = np.array([[_number(x) for x in row] for row in data["correlation"]])
    pairs = [
        f"{one} and {names[j]} {matrix[k, j]:.3f}" for k, one in enumerate(names) for j in range(k + 1, len(names))
    ]
    return ["correlations: " + ", ".join(pairs)]
