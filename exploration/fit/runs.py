"""Runs in time and spectra of a case as a function of its parameters; derivatives are differences of whole runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from exploration.fit.data import Measured
from exploration.fit.model import REMADE, EvaluationFailed, Prediction
from exploration.fit.parameters import FreeParameter
from meshes.errors import MeshError
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.parallel.progress import Silent
from solver.results.headers import FREQUENCY, TIME
from solver.results.rows import ResultError
from solver.run import run
from solver.simulation.memory import MemorySink

Array = NDArray[np.float64]

STEP = 1e-2
"""Step of differences, in the variable of a parameter: steps in time are not smooth functions of it."""


class RunModel:
    """Rows of a run in time or of a spectrum at the times or frequencies of data. Collective.

    Args:
        case: its study is run as it is; a spectrum at the frequencies of the data.
        measured: what is asked.
        parameters: what is moved.
        comm: ranks that compute together.

    Attributes:
        evaluations: runs so far.
        failures: texts of those that failed.
    """

    def __init__(self, case: Case, measured: Measured, parameters: Sequence[FreeParameter], comm: MPI.Comm) -> None:
        self.case, self.measured, self.parameters, self.comm = case, measured, list(parameters), comm
        self.evaluations, self.failures = 0, list[str]()
        self.differentiable = [False for _ in parameters]

    def evaluate(self, values: Mapping[str, float], *, gradient: bool = True) -> Prediction:
        """All numbers at SI values of the parameters. Collective.

        Raises:
            EvaluationFailed: on all ranks; a value is refused, or a state is not reached.
        """
        here = self._values(values)
        if not gradient:
            return Prediction(here)
        slopes = np.empty((len(here), len(self.parameters)))
        for k, free in enumerate(self.parameters):
            at, (_, high) = free.inner(values[free.key]), free.inner_bounds
            step = REMADE if free.key.startswith("geometry.") else STEP
            step = step if at + step <= high else -step
            slopes[:, k] = (self._values({**values, free.key: free.value(at + step)}) - here) / step
        return Prediction(here, slopes)

    def _values(self, values: Mapping[str, float]) -> Array:
        self.evaluations += 1
        sink = MemorySink()
        try:
            run(self.case.with_values(dict(values)), sink, self.comm, progress=Silent, clock=Clock())
            found = at_places(sink.rows, self.measured)
        except (CaseError, ConvergenceError, MeshError, SingularMatrixError) as error:
            self.failures.append(str(error))
            raise EvaluationFailed(error) from None
        return np.asarray(self.comm.bcast(found, root=0))

    def close(self) -> None:
        """Nothing is kept."""


def at_places(rows: Sequence[Mapping[str, Any]], measured: Measured, bars: Mapping[str, str] | None = None) -> Array:
    """Numbers of a result at the times or frequencies of data, between instants on a monotone cubic. Shape (numbers,).

    bars: columns that are taken in the place of those that were measured, by these; nan where there is none.

    Raises:
        ResultError: a time is beyond the run, or a column is not there.
    """
    along = measured.along[-1]
    places = np.array([float(row[along]) for row in rows])
    order = np.argsort(places, kind="stable")
    order = order[np.append(np.diff(places[order]) > 0.0, True)]  # of two rows at a jump the later one
    wanted, found = measured.places[:, -1], []
    if along == TIME and wanted.max() > places.max() * (1.0 + 1e-9):
        raise ResultError(
            f"{measured.file}: the data go on to {wanted.max():g} s, and the protocol of the case ends at {places.max():g} s"
        )
    if along == TIME and wanted.min() < places.min() - 1e-9 * abs(places.max()):
        raise ResultError(
            f"{measured.file}: the data begin at {wanted.min():g} s, and the run at {places.min():g} s; leave out the "
            "rows before"
        )
    for series, mask in zip(measured.series, measured.known, strict=True):
        head = series.header if bars is None else bars.get(series.header, "")
        if any(head not in row for row in rows):
            if bars is None:
                raise ResultError(f"{measured.file}: the rows of the case have no column '{head}'")
            found.append(np.full(int(mask.sum()), np.nan))
            continue
        values = np.array([float(row[head]) for row in rows])
        x, y, at = places[order], values[order], wanted[mask]
        there = np.isfinite(y)
        if bars is None and not there.all():
            _check_there(x, there, at, f"{measured.file}: the case has no '{head}'", along)
        x, y = x[there], y[there]
        if len(x) > 1:
            curve = PchipInterpolator(np.log(x) if along == FREQUENCY else x, y)
            found.append(curve(np.log(at) if along == FREQUENCY else at))
        else:
            found.append(np.full(len(at), y[0] if len(y) else np.nan))
    return np.concatenate(found)


def _check_there(x: Array, there: NDArray[np.bool_], at: Array, text: str, along: str) -> None:
    """Refuse places beside which a column has no number, such as a conductance where the bias is zero.

    Raises:
        ResultError: with the first such place.
    """
    before = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 1)
    after = np.clip(np.searchsorted(x, at, side="left"), 0, len(x) - 1)
    lacking = ~(there[before] & there[after])
    if lacking.any():
        raise ResultError(
            f"{text} at {along} {at[lacking][0]:g} (a zero bias?); leave out these rows, or fit the current"
        )


def run_case(case: Case, measured: Measured) -> Case:
    """The case whose rows are compared with data in time or frequency: a spectrum at their frequencies, without error bars.

    Raises:
        ResultError: the study of the case is of another kind.
    """
    kind = case.study.kind()
    if kind != measured.kind:
        raise ResultError(
            f"{measured.file} runs along the {measured.along[-1]}, and the study of the case is of type {kind}; it has to be"
            f" of type {measured.kind}"
        )
    if getattr(case.study, "outer", None) is not None or len(getattr(case.study, "at", None) or ()) > 1:
        raise ResultError(
            f"{measured.file}: the case has several curves and the data are one; leave out 'study.outer' and 'at'"
        )
    values: dict[str, Any] = {"outputs": {"errors": "none", "fields": "none"}}
    if measured.kind == "impedance":
        data = case.model_dump(mode="json")["study"]
        values["study"] = {**data, "frequencies": sorted({float(f) for f in measured.places[:, -1]})}
    return case.with_values(values)
