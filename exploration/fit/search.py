"""Least squares over an expensive model, which end when a further step would be lost in the standard errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from exploration.fit.model import EvaluationFailed, Prediction
from exploration.fit.statistics import statistics_of

Array = NDArray[np.float64]

SETTLED = 0.02
"""Part of the standard errors below which a Gauss-Newton step need not be taken any more."""

FAILED = 1e3
"""Factor on the first residuals that stands for a device that could not be computed: such a step is taken back."""

CLOSE = 1.0
"""The same for a search on a mesh that is made anew for what it finds."""

NEAR_BOUND = 1e-3
"""Part of a standard error, or of the way between the bounds, within which a value is at its bound."""


UNFINISHED = 0.1
"""Part of a standard error above which a step that is left is worth a warning; and the part of a stride:"""
TINY = 1e-4


class _Settled(Exception):
    """Nothing is gained by further steps."""


@dataclass
class Search:
    """Residuals of a model, and the best parameters so far. Collective, as the model is.

    Attributes:
        model: prediction at variables.
        data, deviations: numbers, and what residuals are divided by. Shape (numbers,).
        bounds: lowest and highest values of the variables. Shapes (parameters,).
        strides: changes of the variables that are large; the first step is not longer. Shape (parameters,).
        known: whether the deviations were given.
        most: number of evaluations after which it ends in any case.
        told: called after every evaluation with its number, the variables and the sum of squares.
        agreed: a verdict as all ranks have it.
        evaluations: sets of parameters so far.
        best: variables of the smallest sum of squares with a gradient; None before the first.
        prediction: of the model there.
        ending: why it ended.
    """

    model: Callable[[Array], Prediction]
    data: Array
    deviations: Array
    bounds: tuple[Array, Array]
    strides: Array
    known: bool
    most: int = 40
    told: Callable[[int, Array, float], None] = lambda number, at, squares: None
    agreed: Callable[[bool], bool] = lambda verdict: verdict
    evaluations: int = 0
    best: Array | None = None
    prediction: Prediction | None = None
    ending: str = ""
    failures: list[str] = field(default_factory=list)
    _last: tuple[Array, Prediction] | None = None
    _first: Array | None = None

    def run(self, start: Array, *, settled: float = SETTLED) -> None:
        """Go from some variables to the best ones. Collective.

        settled: part of the standard errors below which a step need not be taken.

        Raises:
            EvaluationFailed: the start cannot be computed.
        """
        self.ending = ""
        low, high = self.bounds
        start = np.clip(start, low, high)
        inside = np.where(np.isfinite(high - low), 1e-6 * (high - low), 1e-9 * np.maximum(1.0, np.abs(start)))
        start = np.clip(start, low + inside, high - inside)

        # in strides from the start, where the trust region of SciPy begins with the radius 1
        def residuals(strides: Array) -> Array:
            return self._residuals(start + strides * self.strides)

        def jacobian(strides: Array) -> Array:
            at = start + strides * self.strides
            derivatives = self._derivatives(at)
            self._end_if_settled(at, derivatives, settled)
            return np.asarray(derivatives * self.strides)

        ends = ((low - start) / self.strides, (high - start) / self.strides)
        try:
            found = least_squares(
                residuals, np.zeros(len(start)), jacobian, ends, method="trf", x_scale=1.0, xtol=1e-9, ftol=1e-12,
                gtol=1e-14, max_nfev=self.most,
            )  # fmt: skip
            self.ending = given_up(self.evaluations) if found.status == 0 else str(found.message)
        except _Settled:
            pass
        if self.best is not None and self.prediction is not None and self.prediction.gradient is None:
            self.prediction = self.model(self.best)

    def unfinished(self, names: Sequence[str]) -> list[str]:
        """What a further Gauss-Newton step would still change, as texts such as "0.5 standard errors of NAME"."""
        if self.best is None or self.prediction is None or self.prediction.gradient is None:
            return []
        rest = (self.prediction.values - self.data) / self.deviations
        slopes = self.prediction.gradient / self.deviations[:, None]
        free, steps, errors = next_step(rest, slopes, self.best, self.bounds, known=self.known)
        return [
            f"{abs(step) / error:.2g} standard errors of {names[k]}"
            for k, step, error in zip(free, steps, errors, strict=True)
            if np.isfinite(error) and abs(step) > UNFINISHED * error > 0.0 and abs(step) > TINY * self.strides[k]
        ]

    def renew(self) -> Array:
        """Forget what the model gave, since its mesh is another one from now on; gives where the next step would go."""
        assert self.best is not None
        assert self.prediction is not None
        assert self.prediction.gradient is not None
        rest = (self.prediction.values - self.data) / self.deviations
        slopes = self.prediction.gradient / self.deviations[:, None]
        step = statistics_of(rest, slopes, known=self.known).answer @ rest
        ahead = np.clip(self.best - np.clip(step, -self.strides, self.strides), *self.bounds)
        self.best, self.prediction, self._last = None, None, None
        return ahead

    def constrained(self, start: Array, held: int, most: int) -> tuple[Array, float]:
        """Variables of the smallest sum of squares with one of them held, from some variables on. Collective.

        most: number of Gauss-Newton steps.

        Raises:
            EvaluationFailed: the device cannot be computed.
        """
        low, high = self.bounds
        others = [k for k in range(len(start)) if k != held]
        at, best, squares = np.array(start), np.array(start), np.inf
        for _ in range(most):
            self.evaluations += 1
            found = self.model(at)
            assert found.gradient is not None
            rest, slopes = (found.values - self.data) / self.deviations, found.gradient / self.deviations[:, None]
            if self.agreed(bool(rest @ rest >= squares)):
                break
            best, squares = np.array(at), float(rest @ rest)
            if not others:
                break
            inner = statistics_of(rest, slopes[:, others], known=self.known)
            step = inner.answer @ rest
            if self.agreed(bool((np.abs(step) < 5 * SETTLED * inner.errors).all())):
                break
            at[others] = np.clip(at[others] - step, low[others], high[others])
        return best, squares

    def _residuals(self, at: Array) -> Array:
        if self._last is not None and np.array_equal(self._last[0], at):
            return (self._last[1].values - self.data) / self.deviations
        if self.evaluations >= self.most:
            self.ending = given_up(self.evaluations)
            raise _Settled
        self.evaluations += 1
        try:
            found = self.model(at)
        except EvaluationFailed as error:
            if self._first is None:
                raise
            self.failures.append(str(error))
            self.told(self.evaluations, at, np.nan)
            return FAILED * (1.0 + np.abs(self._first))
        self._last = np.array(at), found
        rest = np.asarray((found.values - self.data) / self.deviations)
        if self._first is None:
            self._first = rest
        if self.best is None or self.prediction is None or rest @ rest < self._squares(self.prediction):
            self.best, self.prediction = np.array(at), found
        self.told(self.evaluations, at, float(rest @ rest))
        return rest

    def _squares(self, prediction: Prediction) -> float:
        rest = (prediction.values - self.data) / self.deviations
        return float(rest @ rest)

    def _derivatives(self, at: Array) -> Array:
        if self._last is None or not np.array_equal(self._last[0], at) or self._last[1].gradient is None:
            self._last = np.array(at), self.model(at)
        gradient = self._last[1].gradient
        assert gradient is not None
        return gradient / self.deviations[:, None]

    def _end_if_settled(self, at: Array, derivatives: Array, settled: float) -> None:
        rest = self._residuals(at)
        if self.agreed(steps_are_lost(rest, derivatives, at, self.bounds, known=self.known, part=settled)):
            self.ending = f"a further step would change nothing by more than {settled:g} standard errors"
            raise _Settled


def at_bounds(at: Array, errors: Array, bounds: tuple[Array, Array]) -> list[str]:
    """For each variable "lower" or "upper" where it is at that bound, else ""."""
    low, high = bounds
    width = np.where(np.isfinite(high - low), NEAR_BOUND * (high - low), 0.0)
    near = np.maximum(width, SETTLED * np.where(np.isfinite(errors), errors, 0.0))
    return [
        "lower" if x - a <= d else "upper" if b - x <= d else "" for x, a, b, d in zip(at, low, high, near, strict=True)
    ]


def steps_are_lost(
    residuals: Array, derivatives: Array, at: Array, bounds: tuple[Array, Array], *, known: bool, part: float
) -> bool:
    """Whether the next Gauss-Newton step is below a part of all standard errors, at values that press against a bound
    without counting these."""
    _, step, errors = next_step(residuals, derivatives, at, bounds, known=known)
    if not np.isfinite(errors).all() or not (errors > 0.0).all():
        return False
    return bool((np.abs(step) < part * errors).all())


def next_step(
    residuals: Array, derivatives: Array, at: Array, bounds: tuple[Array, Array], *, known: bool
) -> tuple[list[int], Array, Array]:
    """The next Gauss-Newton step: which variables it moves (those that do not press against a bound), by how much, and
    their standard errors."""
    found = statistics_of(residuals, derivatives, known=known)
    slope = derivatives.T @ residuals
    ends = at_bounds(at, found.errors, bounds)
    free = [
        k
        for k, end in enumerate(ends)
        if not (end == "lower" and slope[k] > 0.0) and not (end == "upper" and slope[k] < 0.0)
    ]
    if not free:
        return [], np.zeros(0), np.zeros(0)
    inner = statistics_of(residuals, derivatives[:, free], known=known)
    return free, inner.answer @ residuals, inner.errors


def given_up(evaluations: int) -> str:
    """How a search ends that has no evaluations left."""
    return f"given up after {evaluations} evaluations"
