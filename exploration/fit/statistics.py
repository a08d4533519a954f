"""What a fit says of its parameters: uncertainties, correlations, goodness, and whether the data determine them.

Everything follows from the residuals and their derivatives at the best parameters, both over the standard deviations of the
data (Seber and Wild, Nonlinear Regression, Wiley 1989, chapters 2 and 5). Nothing here knows a device.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

CONFIDENCE = 0.95
"""Of the intervals and of the band."""

TOO_WIDE = 1.0
"""Standard error over the value from which a parameter is not determined."""

DULL = 10.0
"""Percent of a parameter for one percent of the data from which these hardly depend on it."""

SMALL = 0.05
"""Part of the largest number of a column below which percents of a number mean nothing."""

DULL_AND_WIDE = 0.1
"""Standard error over the value from which such a parameter is not determined."""

ALIKE = 0.99
"""Correlation of two parameters from which the data know one combination of them only."""

SINGULAR = 1e-8
"""Ratio of singular values of the scaled derivatives below which a combination of the parameters has no influence."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Uncertainties of the variables of a fit.

    Attributes:
        covariance: of the variables, by the measurement. Shape (parameters, parameters); infinite where it is singular.
        freedom: degrees of freedom, numbers less free parameters.
        chi_squared: sum of the squared residuals over the standard deviations.
        deviation: estimate of the standard deviation of the data over the given (or assumed) ones.
        p_value: probability of a larger chi_squared if model and deviations are right; nan where no deviations were given.
        answer: change of the variables for one standard deviation of each number. Shape (parameters, numbers).
        singular: whether some combination of the parameters has no influence at all.
        quantile: factor on standard errors that gives the confidence intervals.
    """

    covariance: Array
    freedom: int
    chi_squared: float
    deviation: float
    p_value: float
    answer: Array
    singular: bool
    quantile: float

    @property
    def errors(self) -> Array:
        """Standard errors of the variables. Shape (parameters,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> Array:
        """Correlation of the parameters. Shape (parameters, parameters)."""
        errors = self.errors
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.asarray(self.covariance / np.outer(errors, errors))
        np.fill_diagonal(found, 1.0)
        return found

    def numerical(self, bars: Array) -> Array:
        """Largest change of the variables that errors of the model within some bars, over the standard deviations of the
        data, can bring. Shape (parameters,)."""
        return np.asarray(np.abs(self.answer) @ bars)

    def band(self, gradient: Array) -> Array:
        """Half the width of the confidence band of the model where its derivatives by the variables are these. Shape
        (numbers,)."""
        with np.errstate(invalid="ignore"):
            variance = np.einsum("ik,kl,il->i", gradient, self.covariance, gradient)
        return np.asarray(self.quantile * np.sqrt(np.maximum(variance, 0.0)))


def statistics_of(residuals: Array, derivatives: Array, *, known: bool) -> Statistics:
    """Statistics at the best parameters.

    Args:
        residuals: model less data, over the standard deviations. Shape (numbers,).
        derivatives: of the residuals by the variables. Shape (numbers, parameters).
        known: whether the standard deviations were given; else they are estimated from the residuals.
    """
    count, parameters = derivatives.shape
    freedom = count - parameters
    chi_squared = float(residuals @ residuals)
    deviation = math.sqrt(chi_squared / freedom) if freedom > 0 else math.nan
    sizes = np.linalg.norm(derivatives, axis=0)
    scaled = derivatives / np.where(sizes > 0.0, sizes, 1.0)
    left, singular_values, right = np.linalg.svd(scaled, full_matrices=False)
    largest = float(singular_values.max(initial=0.0))
    kept = singular_values > SINGULAR * largest
    singular = not kept.all() or count < parameters or not (sizes > 0.0).all()
    inverse = np.where(kept, 1.0 / np.where(kept, singular_values, 1.0), 0.0)
    size = np.where(sizes > 0.0, sizes, 1.0)
    answer = (right.T * inverse) @ left.T / size[:, None]
    scale = 1.0 if known else deviation
    covariance = scale**2 * (answer @ answer.T)
    if singular:  # what a direction without influence has a part in is not known at all
        null = np.eye(parameters) - right[kept].T @ right[kept]
        loose = (np.abs(np.diag(null)) > 1e-6) | (sizes == 0.0)
        covariance[loose, loose] = math.inf
    p_value = float(stats.chi2.sf(chi_squared, freedom)) if known and freedom > 0 else math.nan
    spread = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
    quantile = spread if known else float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) if freedom > 0 else math.nan
    return Statistics(covariance, freedom, chi_squared, deviation, p_value, answer, singular, quantile)


def worth_percents(values: Array, headers: Sequence[str], deviations: Array) -> NDArray[np.bool_]:
    """Which numbers are large enough for percents of them to mean something: not lost in their standard deviations, and
    no small part of their column, as a current at zero bias is. Shape (numbers,)."""
    sizes, columns = np.abs(values), np.array(headers)
    largest = np.array([sizes[columns == head].max() for head in headers])
    noise = np.where(np.isfinite(deviations), deviations, 0.0)
    return np.asarray((sizes > SMALL * largest) & (sizes > noise))


def amplification(values: Array, gradient: Array, relative: Array, counted: NDArray[np.bool_] | None = None) -> Array:
    """By how many percent each parameter changes for one percent of all data, at the number that depends on it most; infinite
    where none does. Shape (parameters,).

    values, gradient: of the model, and its derivatives by the variables. relative: derivative of ln|parameter| by its
    variable. Shape (parameters,). counted: numbers that are looked at (see `worth_percents`); default all.
    """
    if counted is not None:
        values, gradient = values[counted], gradient[counted]
    with np.errstate(divide="ignore", invalid="ignore"):
        elasticities = np.abs(gradient / values[:, None] / relative)
        largest = np.where(np.isfinite(elasticities), elasticities, 0.0).max(axis=0, initial=0.0)
        return np.asarray(np.where(largest > 0.0, 1.0 / largest, math.inf))


@dataclass(frozen=True)
class Verdict:
    """What is said of one parameter.

    Attributes:
        determined: whether the data determine it.
        texts: what is doubtful about it.
    """

    determined: bool
    texts: tuple[str, ...]


def verdicts(
    names: Sequence[str], relative: Array, amplified: Array, correlation: Array, at_bound: Sequence[str]
) -> list[Verdict]:
    """What the data say of each parameter.

    Args:
        names: of the parameters.
        relative: standard errors over the values; infinite where nothing is known. Shape (parameters,).
        amplified: see `amplification`.
        correlation: of the parameters.
        at_bound: for each parameter "lower" or "upper" where its value is a bound, else "".
    """
    found = []
    for k, name in enumerate(names):
        texts, determined = [], True
        wide, dull = not relative[k] <= TOO_WIDE, amplified[k] > DULL
        if wide or (dull and relative[k] > DULL_AND_WIDE):
            determined = False
            why = (
                "nothing is known of it"
                if not np.isfinite(relative[k])
                else f"its standard error is {_percent(relative[k])}"
            )
            texts.append(f"the data do not determine {name}: {why}")
        if dull and np.isfinite(amplified[k]):
            texts.append(f"{name} depends on details: 1 % of the data is {amplified[k]:.2g} % of it")
        if at_bound[k]:
            texts.append(f"{name} is at its {at_bound[k]} bound: its standard error and interval do not count")
        found.append(Verdict(determined, tuple(texts)))
    for k, j in itertools.combinations(range(len(names)), 2):
        if abs(correlation[k, j]) > ALIKE:
            text = (
                f"{names[k]} and {names[j]} are correlated by {correlation[k, j]:.4f}: the data know a combination of them"
                " only; hold one of them, or measure something else"
            )
            found[k] = Verdict(found[k].determined, (*found[k].texts, text))
    return found


def _percent(part: float) -> str:
    return f"{100.0 * part:.3g} % of it"
