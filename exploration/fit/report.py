"""What a fit found as plain data: the contents of fit.json and fit.csv."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from exploration.fit.data import Measured
from exploration.fit.model import Prediction
from exploration.fit.parameters import FreeParameter
from exploration.fit.search import at_bounds
from exploration.fit.statistics import CONFIDENCE, Statistics, amplification, verdicts, worth_percents
from solver.results.headers import split_header
from solver.results.units import readable

Array = NDArray[np.float64]

OTHER_END = {"lower": "upper", "upper": "lower", "": ""}


def report(
    parameters: Sequence[FreeParameter],
    measured: Measured,
    best: Array,
    prediction: Prediction,
    found: Statistics,
    deviations: Array,
    bars: Array | None,
) -> dict[str, Any]:
    """Parameters and their uncertainties, in SI units.

    Args:
        best: variables of the parameters.
        deviations: what residuals were divided by. Shape (numbers,).
        bars: error bars of the model at the numbers, SI; None without any.
    """
    assert prediction.gradient is not None
    values = np.array([free.value(x) for free, x in zip(parameters, best, strict=True)])
    slopes = np.array([free.slope(value) for free, value in zip(parameters, values, strict=True)])
    bounds = np.array([free.inner_bounds for free in parameters]).T
    errors = np.abs(slopes) * found.errors
    numerical = (
        np.abs(slopes) * found.numerical(bars / deviations) if bars is not None else np.full(len(values), math.nan)
    )
    known = measured.deviations is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(values != 0.0, errors / np.abs(values), math.inf)
        counted = worth_percents(
            prediction.values, measured.headers, deviations if known else found.deviation * deviations
        )
        amplified = amplification(prediction.values, prediction.gradient, slopes / values, counted)
    ends = at_bounds(best, found.errors, (bounds[0], bounds[1]))
    signs = np.sign(slopes)  # the variable of a negative parameter goes the other way
    ends = [OTHER_END[end] if sign < 0.0 else end for end, sign in zip(ends, signs, strict=True)]
    correlation = found.correlation * np.outer(signs, signs)
    names = [free.key for free in parameters]
    said = verdicts(names, relative, amplified, correlation, ends)
    listed = []
    for k, free in enumerate(parameters):
        listed.append(
            {
                "key": free.key,
                "unit": free.unit,
                "value": values[k],
                "standard_error": errors[k],
                "relative_standard_error": relative[k],
                "interval": sorted(_ends(free, best[k], found.quantile * found.errors[k])),
                "numerical_error": numerical[k],
                "percent_for_one_percent_of_the_data": amplified[k],
                "determined": said[k].determined,
                "at_bound": ends[k],
                "start": free.start,
                "bounds": [free.low, free.high],
                "moved_as": free.moved_as,
            }
        )
    texts = [text for verdict in said for text in verdict.texts]
    if found.singular and all(verdict.determined for verdict in said):
        texts.append("some combination of the parameters has no influence on the data: they do not determine it")
    if found.freedom <= 0:
        texts.append(
            f"{len(measured.values)} numbers for {len(names)} parameters: nothing is left to tell how good the fit is"
            + ("" if known else ", nor how uncertain the parameters are; give standard deviations, or more data")
        )
    elif known and found.p_value < 0.01:
        texts.append(
            f"the residuals are larger than the standard deviations say (chi^2 {found.chi_squared:.4g} for {found.freedom}"
            f" degrees of freedom, p = {found.p_value:.2g}): the model does not describe the data, or the deviations are too"
            " small"
        )
    texts += _of_numerical_errors(listed)
    return {
        "parameters": listed,
        "confidence": CONFIDENCE,
        "correlation": correlation,
        "covariance": found.covariance * np.outer(slopes, slopes),
        "chi_squared": found.chi_squared if known else None,
        "degrees_of_freedom": found.freedom,
        "p_value": found.p_value,
        "deviations": "given" if known else "estimated from the residuals",
        "estimated_deviation": {h: float(found.deviation * d) for h, d in _first(measured.headers, deviations).items()},
        "warnings": texts,
    }


def _ends(free: FreeParameter, at: float, half: float) -> tuple[float, float]:
    """Ends of an interval of the variable, as values within the bounds."""
    if not math.isfinite(half):
        return free.low, free.high
    low, high = free.inner_bounds
    return free.value(max(at - half, low)), free.value(min(at + half, high))


def _first(headers: Sequence[str], deviations: Array) -> dict[str, float]:
    """A typical (median) deviation of each column."""
    return {
        head: float(np.median([d for h, d in zip(headers, deviations, strict=True) if h == head])) for head in headers
    }


def _of_numerical_errors(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    large = [
        p["key"] for p in listed if math.isfinite(p["standard_error"]) and p["numerical_error"] > p["standard_error"]
    ]
    if not large:
        return []
    return [
        f"errors of the computation may change {', '.join(large)} by more than its standard error; a finer mesh "
        "(mesh.tolerance, mesh.growth) makes them smaller"
    ]


def table(
    measured: Measured, prediction: Prediction, found: Statistics, deviations: Array, bars: Array | None
) -> pd.DataFrame:
    """Rows of fit.csv: every measured number beside the fitted one."""
    assert prediction.gradient is not None
    rows, known = measured.rows, measured.deviations is not None
    data = {head: measured.places[rows, i] for i, head in enumerate(measured.along)}
    return pd.DataFrame(
        {
            **data,
            "quantity": [readable(split_header(head)[0]) for head in measured.headers],
            "unit": [split_header(head)[1] for head in measured.headers],
            "measured": measured.values,
            "standard_deviation": deviations if known else found.deviation * deviations,
            "fitted": prediction.values,
            "residual": measured.values - prediction.values,
            "band": found.band(prediction.gradient),
            "numerical_error": np.full(len(rows), math.nan) if bars is None else bars,
        }
    )
