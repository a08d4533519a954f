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
from exploration.fit.data import Measured, measured_of, read_measured
from exploration.fit.folder import FitFolder
from exploration.fit.likelihood import profiles_of
from exploration.fit.model import EvaluationFailed, Prediction, SteadyModel, Wanted
from exploration.fit.parameters import FreeParameter, free_parameters
from exploration.fit.runs import RunModel, at_places, run_case
from exploration.fit.search import CLOSE, SETTLED, Search
from exploration.fit.statistics import Statistics, statistics_of
from postprocess.tables.columns import table_of
from postprocess.tables.fit_summary import fit_text
from postprocess.tables.result import Result, load
from python_interface.result import SimulationResult, result_of
from solver.case.case import Case
from solver.case.loading import check_files, load_case
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.logs import logger, only_first_rank
from solver.parallel.progress import Silent
from solver.parallel.ranks import on_root
from solver.results.columns import Column
from solver.results.headers import error_header
from solver.results.rows import plain
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink
from solver.studies.columns import columns_of

Array = NDArray[np.float64]


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
    with only_first_rank(comm):
        free = free_parameters(case, list(parameters), bounds or {})
        columns = columns_of(case)["observables.csv"]
        measured = on_root(comm, lambda: _measured(data, case, columns))
        for note in measured.notes:
            logger.warning("warning: %s", note)
        folder = on_root(comm, lambda: None if out is None else FitFolder.begin(Path(out), force=force), share=False)
        return _Fit(case, measured, free, comm, None if out is None else Path(out), folder, most_evaluations).run(
            profile, numerical_errors
        )


def _measured(data: Path | str | pd.DataFrame, case: Case, columns: Mapping[str, Column]) -> Measured:
    if isinstance(data, pd.DataFrame):
        return measured_of(data, Path("data"), case, columns)
    return read_measured(Path(data), case, columns)


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
            given is not None, most, self._told,
        )  # fmt: skip
        self.clock = time.perf_counter()

    def _predict(self, at: Array) -> Prediction:
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
        """Search, statistics, and what is written of them. Collective."""
        search, start = self.search, np.array([one.inner(one.start) for one in self.free])
        try:
            moves = isinstance(self.model, SteadyModel) and any(one.key.startswith("geometry.") for one in self.free)
            search.run(start, settled=CLOSE if moves else SETTLED)
            if isinstance(self.model, SteadyModel) and moves:
                again = search.renew() if self.model.renew() else search.best
                assert again is not None
                search.run(again)
        except EvaluationFailed as error:
            self.model.close()
            raise error.cause from None
        best, prediction = search.best, search.prediction
        assert best is not None
        assert prediction is not None
        assert prediction.gradient is not None
        known = self.measured.deviations is not None
        residuals = (prediction.values - self.measured.values) / self.deviations
        found = statistics_of(residuals, prediction.gradient / self.deviations[:, None], known=known)
        curves = profiles_of(search, self.free, best, found) if profile else {}
        evaluations, failures = search.evaluations, list(self.model.failures)
        solves = self.model.evaluations
        self.model.close()
        result, bars = self._best(best, numerical_errors)
        data = self._data(best, prediction, found, bars) | {
            "evaluations": evaluations,
            "solutions": solves,
            "failures": failures,
            "ending": search.ending,
            "profiles": curves,
            "wall_time": time.perf_counter() - self.clock,
        }
        _with_profiles(data, curves)
        if search.ending.startswith("given up"):
            data["warnings"].append(f"the search was {search.ending}; the values are those of the best one so far")
        data, table = plain(data), reports.table(self.measured, prediction, found, self.deviations, bars)
        folder = self.folder
        on_root(self.comm, lambda: None if folder is None else folder.write(data, table))
        return FitResult(self.out, data, table, result)

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

    # ------------------------------------------------------------------ the fitted case
    def _best(self, best: Array, with_bars: bool) -> tuple[SimulationResult | None, Array | None]:
        """Result of the fitted case, and its error bars at the numbers; None where it could not be had. Collective."""
        values = {one.key: one.value(x) for one, x in zip(self.free, best, strict=True)}
        case = best_case(self.case, self.measured).with_values(
            {**values, "outputs": {**self.case.outputs.model_dump(mode="json"), "sensitivities": [],
                           "errors": "all" if with_bars else "none"}}
        )  # fmt: skip
        sink: MemorySink | DirectorySink
        try:
            if self.out is None:
                sink = MemorySink()
                run(case, sink, self.comm, progress=Silent)
                rows = sink.rows
                result = None
                loaded = Result(None, plain({**sink.information, "case_directory": None}), table_of(sink.rows))
                result = SimulationResult(None, loaded.run, loaded.observables, summary=plain(sink.summary))
            else:
                place = self.out / "best"
                sink = DirectorySink.at(place, self.comm, force=True)
                run(case, sink, self.comm, progress=Silent)
                result = result_of(on_root(self.comm, lambda: load(place)))
                rows = result.observables.to_dict("records")
        except ConvergenceError as error:
            logger.warning("warning: the fitted case has no result of its own: %s", error)
            return None, None
        return result, self._bars(rows) if with_bars else None

    def _bars(self, rows: Sequence[Mapping[str, Any]]) -> Array | None:
        measured = self.measured
        if measured.kind != "steady":
            found = at_places(rows, measured, {one.header: error_header(one.header) for one in measured.series})
        else:
            found = np.array(
                [self._bar_at(rows, head, row) for head, row in zip(measured.headers, measured.rows, strict=True)]
            )
        return found if np.isfinite(found).any() else None

    def _bar_at(self, rows: Sequence[Mapping[str, Any]], head: str, number: int) -> float:
        """Error bar of the row that has the settings of a row of the data; nan where there is none."""
        for row in rows:
            names = [*self.measured.along]
            if all(_close(row.get(name), at) for name, at in zip(names, self.measured.places[number], strict=True)):
                bar = row.get(error_header(head), math.nan)
                return float(bar) if isinstance(bar, (int, float)) else math.nan
        return math.nan


def best_case(case: Case, measured: Measured) -> Case:
    """The case with the places of data as its study.

    Raises:
        CaseError: the case has no such study.
    """
    if measured.kind != "steady":
        return run_case(case, measured)
    axes = [sorted({float(v) for v in measured.settings[:, i]}) for i in range(len(measured.keys))]
    study: dict[str, Any] = {"type": "sweep", "driven_terminal": case.driven_terminal}
    (*outer, inner) = list(zip(measured.keys, axes, strict=True))
    study |= {"parameter": inner[0], "values": inner[1]}
    if outer:
        study["outer"] = {"parameter": outer[-1][0], "values": outer[-1][1]}
    return case.with_values({"study": study})


def _alike(measured: Measured) -> Array:
    """The same deviation for all numbers, of their size: all of them count alike."""
    size = float(np.sqrt(np.mean(measured.values**2))) or 1.0
    return np.full(len(measured.values), size)


def _close(one: Any, other: float) -> bool:
    return isinstance(one, (int, float)) and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-15)


def _with_profiles(data: dict[str, Any], curves: Mapping[str, Any]) -> None:
    """Put intervals by profiles beside the others."""
    for entry in data["parameters"]:
        if entry["key"] in curves:
            entry["profile_interval"] = curves[entry["key"]]["interval"]
