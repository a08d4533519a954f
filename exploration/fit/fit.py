"""A fit as a whole: data and case in, parameters with their uncertainties, a folder and a figure out."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from mpi4py import MPI
from numpy.typing import NDArray

from exploration.fit import report as reports
from exploration.fit.data import Measured, check_measured, measured_of, read_measured
from exploration.fit.fitted import NoFittedCase, fitted_result
from exploration.fit.folder import FitFolder
from exploration.fit.likelihood import better_by_profile, profiles_of
from exploration.fit.model import EvaluationFailed, Prediction, SteadyModel, Wanted
from exploration.fit.parameters import FreeParameter, free_parameters
from exploration.fit.runs import RunModel, run_case
from exploration.fit.search import CLOSE, Search, given_up
from exploration.fit.statistics import Statistics, statistics_of
from postprocess.tables.fit_summary import fit_text
from python_interface.result import SimulationResult
from solver.case.case import Case
from solver.case.loading import check_files, load_case
from solver.parallel.cache import shared_cache
from solver.parallel.logs import logger, only_first_rank
from solver.parallel.ranks import on_root
from solver.results.columns import Column
from solver.results.rows import plain
from solver.studies.columns import columns_of

Array = NDArray[np.float64]

ON_A_MOVED_MESH = "the values are of a mesh that was made for other sizes and moved"


class Model(Protocol):
    """A device whose numbers depend on parameters."""

    evaluations: int
    failures: list[str]

    def evaluate(self, values: Mapping[str, float], *, gradient: bool = True) -> Prediction:
        """All numbers at SI values of the parameters. Collective."""

    def close(self) -> None:
        """Free what is distributed. Collective."""


@dataclass(frozen=True, eq=False)
class FitResult:
    """Result of a fit.

    Attributes:
        path: its folder; None for one in memory.
        data: contents of fit.json, SI.
        table: rows of fit.csv: every measured number beside the fitted one.
        best: result of the fitted case.
    """

    path: Path | None
    data: dict[str, Any]
    table: pd.DataFrame
    best: SimulationResult | None = field(default=None, repr=False)

    @property
    def parameters(self) -> pd.DataFrame:
        """One row for every parameter: value, standard error, interval, numerical error, whether it is determined."""
        return pd.DataFrame(self.data["parameters"]).set_index("key")

    @property
    def values(self) -> dict[str, float]:
        """SI values of the parameters."""
        return {entry["key"]: float(entry["value"]) for entry in self.data["parameters"]}

    @property
    def warnings(self) -> list[str]:
        """What is doubtful."""
        return list(self.data["warnings"])

    def __str__(self) -> str:
        return fit_text(self.data)

    def plot(self, out: Path | str | None = None, style: str = "screen") -> Any:
        """Draw data, fit, confidence band and residuals; into files as well when `out` names a folder or a file.

        Raises:
            ResultError: there is no such style, or a file cannot be written.
        """
        from postprocess.figures.fit import draw_fit, save_fit
        from python_interface.drawings import Drawings

        figures = draw_fit(self.data, self.table, style)
        if out is not None:
            save_fit(figures, Path(out), style)
        return Drawings(figures)


def fit(
    case: Case | Path | str,
    data: Path | str | pd.DataFrame,
    parameters: Sequence[str],
    *,
    bounds: Mapping[str, tuple[object, object]] | None = None,
    out: Path | str | None = None,
    force: bool = False,
    profile: bool = False,
    numerical_errors: bool = True,
    most_evaluations: int = 40,
    comm: MPI.Comm | None = None,
) -> FitResult:
    """Fit parameters of a case to measured curves. Collective; all ranks get the result.

    Args:
        case: the case, or its directory or YAML file; where the parameters start from.
        data: CSV file, or table, whose headers have units.
        parameters: dotted numeric keys.
        bounds: lowest and highest value by key; numbers in SI units or texts with units.
        out: folder of the result; None to keep it in memory.
        force: whether to replace a fit in `out`.
        profile: whether to follow the profile likelihood of every parameter.
        numerical_errors: whether the fitted case gets error bars, which are carried over to the parameters.
        most_evaluations: of the device, after which the search ends in any case.
        comm: ranks that compute together; default all of mpirun.

    Raises:
        CaseError: the case, a parameter or a bound is wrong.
        ResultError: the data or the folder cannot be used.
        ConvergenceError: the device cannot be computed at the start.
    """
    comm = MPI.COMM_WORLD if comm is None else comm
    case = case if isinstance(case, Case) else load_case(case)
    check_files(case)
    with only_first_rank(comm), shared_cache(comm):
        free = free_parameters(case, list(parameters), bounds or {})
        columns = columns_of(case)["observables.csv"]
        measured = on_root(comm, lambda: _measured(data, case, columns, parameters))
        for note in measured.notes:
            logger.warning("warning: %s", note)
        folder = on_root(comm, lambda: None if out is None else FitFolder.begin(Path(out), force=force), share=False)
        return _Fit(case, measured, free, comm, None if out is None else Path(out), folder, most_evaluations).run(
            profile, numerical_errors
        )


def _measured(
    data: Path | str | pd.DataFrame, case: Case, columns: Mapping[str, Column], keys: Sequence[str]
) -> Measured:
    if isinstance(data, pd.DataFrame):
        found = measured_of(data, Path("data"), case, columns)
    else:
        found = read_measured(Path(data), case, columns)
    check_measured(found, case, keys)
    return found


def model_of(case: Case, measured: Measured, free: Sequence[FreeParameter], comm: MPI.Comm) -> SteadyModel | RunModel:
    """The device that gives the numbers of data."""
    if measured.kind != "steady":
        return RunModel(run_case(case, measured), measured, free, comm)
    settings = [tuple(zip(measured.keys, map(float, row), strict=True)) for row in measured.settings]
    pairs = zip(measured.headers, measured.rows, strict=True)
    return SteadyModel(case, [Wanted(head, settings[row]) for head, row in pairs], free, comm)


class _Fit:
    """One fit while it goes on. Collective.

    folder: on the first rank, where the fit is written; None for one in memory.
    """

    def __init__(
        self,
        case: Case,
        measured: Measured,
        free: list[FreeParameter],
        comm: MPI.Comm,
        out: Path | None,
        folder: FitFolder | None,
        most: int,
    ) -> None:
        self.case, self.measured, self.free, self.comm = case, measured, free, comm
        self.out, self.folder = out, folder
        self.model: Model = model_of(case, measured, free, comm)
        given = measured.deviations
        self.deviations = given if given is not None else _alike(measured)
        bounds = np.array([one.inner_bounds for one in free]).T
        self.search = Search(
            self._predict, measured.values, self.deviations, (bounds[0], bounds[1]), np.array([one.stride for one in free]),
            given is not None, most, self._told, lambda verdict: bool(comm.bcast(verdict, root=0)),
        )  # fmt: skip
        self.clock = time.perf_counter()

    def _predict(self, at: Array) -> Prediction:
        at = self.comm.bcast(at, root=0)  # the same to the last digit on all ranks
        return self.model.evaluate({one.key: one.value(x) for one, x in zip(self.free, at, strict=True)})

    def _told(self, number: int, at: Array, squares: float) -> None:
        values = ", ".join(f"{one.key} {one.text(one.value(x))}" for one, x in zip(self.free, at, strict=True))
        known = self.measured.deviations is not None
        shown = (
            f"chi^2 {squares:.5g}" if known else f"relative residual {math.sqrt(squares / len(self.deviations)):.3g}"
        )
        logger.info(
            "evaluation %d: %s: %s", number, values, shown if math.isfinite(squares) else "not reached, a step back"
        )

    def run(self, profile: bool, numerical_errors: bool) -> FitResult:
        """Search, statistics, and what is written of them: before the fitted case is computed and after. Collective.

        profile: whether profiles are followed. numerical_errors: whether the fitted case gets error bars.
        """
        search, model = self.search, self.model
        try:
            warnings = self._searched()
        except EvaluationFailed as error:
            model.close()
            raise error.cause from None
        best, prediction = search.best, search.prediction
        assert best is not None
        assert prediction is not None
        assert prediction.gradient is not None
        known = self.measured.deviations is not None
        residuals = (prediction.values - self.measured.values) / self.deviations
        found = statistics_of(residuals, prediction.gradient / self.deviations[:, None], known=known)
        warnings += self._unfinished()
        curves = profiles_of(search, self.free, best, found) if profile else {}
        warnings += better_by_profile(curves)
        about = {
            "evaluations": search.evaluations,
            "solutions": model.evaluations,
            "failures": list(model.failures),
            "ending": search.ending,
            "profiles": curves,
        }
        model.close()

        def written(bars: Array | None) -> tuple[dict[str, Any], pd.DataFrame]:
            data = self._data(best, prediction, found, bars) | about
            data["wall_time"] = time.perf_counter() - self.clock
            data["warnings"] = [*data["warnings"], *warnings]
            _with_profiles(data, curves)
            data, table = plain(data), reports.table(self.measured, prediction, found, self.deviations, bars)
            on_root(self.comm, lambda: None if self.folder is None else self.folder.write(data, table))
            return data, table

        on_root(self.comm, lambda: None if self.folder is None else self.folder.clear())
        data, table = written(None)  # the fitted case takes its time, and may have no result
        values = {one.key: one.value(x) for one, x in zip(self.free, best, strict=True)}
        result, bars = None, None
        try:
            result, bars = fitted_result(
                self.case, self.measured, values, self.comm, self.out, with_bars=numerical_errors
            )
        except NoFittedCase as error:
            logger.warning("warning: %s", error)
            warnings.append(str(error))
        data, table = written(bars)
        return FitResult(self.out, data, table, result)

    def _searched(self) -> list[str]:
        """Go to the best parameters; gives what is doubtful. Collective.

        Raises:
            EvaluationFailed: the device cannot be computed at the start.
        """
        search, model = self.search, self.model
        start = np.array([one.inner(one.start) for one in self.free])
        if not (isinstance(model, SteadyModel) and any(one.key.startswith("geometry.") for one in self.free)):
            search.run(start)
            return []
        search.run(start, settled=CLOSE)
        assert search.best is not None
        if not model.moved:
            search.run(search.best)
            return []
        if search.evaluations >= search.most:
            search.ending = given_up(search.evaluations)
            return [ON_A_MOVED_MESH]
        kept = search.best, search.prediction
        again = search.renew()
        model.renew()
        try:
            search.run(again)
        except EvaluationFailed as error:
            search.best, search.prediction = kept
            search.ending = "the device could not be computed on a mesh of its own"
            return [f"{ON_A_MOVED_MESH}; on one of their own it could not be computed: {error}"]
        return []

    def _unfinished(self) -> list[str]:
        """Warnings of a search that ended before its minimum."""
        search, found = self.search, []
        if search.ending.startswith("given up"):
            found.append(f"the search was {search.ending}; the values are those of the best one so far")
        if left := search.unfinished([one.key for one in self.free]):
            failed = list(dict.fromkeys(self.model.failures))
            why = f"; {len(self.model.failures)} evaluations failed, the last one: {failed[-1]}" if failed else ""
            found.append(
                f"the search ended where a further step is {', '.join(left)}: the values are no minimum, and their "
                f"standard errors do not count{why}"
            )
        return found

    def _data(self, best: Array, prediction: Prediction, found: Statistics, bars: Array | None) -> dict[str, Any]:
        measured = self.measured
        return {
            "title": self.case.title,
            "case": self.case.name,
            "data": {
                "file": str(measured.file),
                "along": list(measured.along),
                "quantities": [series.header for series in measured.series],
                "numbers": len(measured.values),
            },
            **reports.report(self.free, measured, best, prediction, found, self.deviations, bars),
        }


def _alike(measured: Measured) -> Array:
    """The same deviation for all numbers, of their size: all of them count alike."""
    size = float(np.sqrt(np.mean(measured.values**2))) or 1.0
    return np.full(len(measured.values), size)


def _with_profiles(data: dict[str, Any], curves: Mapping[str, Any]) -> None:
    """Put intervals by profiles beside the others."""
    for entry in data["parameters"]:
        if entry["key"] in curves:
            entry["profile_interval"] = curves[entry["key"]]["interval"]
