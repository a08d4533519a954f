"""An optimisation as a whole: case, quantity and bounds in; the best values, a folder and a figure out."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mpi4py import MPI
from numpy.typing import NDArray
from scipy import optimize

from exploration.fit.model import EvaluationFailed, SteadyModel
from exploration.fit.parameters import FreeParameter, free_parameters
from exploration.optimise.objective import Enough, Evaluated, Objective, as_plain, earlier
from exploration.optimise.quantities import Quantity, derivable, number_of, quantity_of
from meshes.errors import MeshError
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from postprocess.tables.columns import table_of
from postprocess.tables.optimum import EVALUATIONS, OPTIMUM, optimum_text
from postprocess.tables.result import load
from python_interface.result import SimulationResult, result_of
from solver.case.case import Case
from solver.case.loading import check_files, load_case
from solver.inputs.errors import CaseError
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.logs import logger, only_first_rank
from solver.parallel.progress import Silent
from solver.parallel.ranks import on_root
from solver.results.rows import ResultError, json_bytes, plain, reason, replace_file
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink
from solver.studies.columns import columns_of

Array = NDArray[np.float64]

WITH_GRADIENT = {"L-BFGS-B": "L-BFGS-B", "SLSQP": "SLSQP", "TNC": "TNC"}
WITHOUT_GRADIENT = {"COBYQA": "COBYQA", "Nelder-Mead": "Nelder-Mead"}
GLOBAL = "differential-evolution"
METHODS = (*WITH_GRADIENT, *WITHOUT_GRADIENT, GLOBAL)
"""Methods of SciPy by what they need."""

PRECISION = 1e-4
"""Change of the variables, of the way between the bounds, and relative change of the quantity that are none."""

AT_BOUND = 1e-3
"""Part of the way between the bounds within which an optimum is at one of them."""

POPULATION, GENERATIONS = 6, 12
"""Of the global method: members for every parameter, and how often all are replaced at most."""


@dataclass(frozen=True, eq=False)
class OptimisationResult:
    """Result of an optimisation.

    Attributes:
        path: its folder; None for one in memory.
        data: contents of optimum.json, SI.
        table: rows of evaluations.csv.
        best: result of the best case.
    """

    path: Path | None
    data: dict[str, Any]
    table: pd.DataFrame
    best: SimulationResult | None = field(default=None, repr=False)

    @property
    def values(self) -> dict[str, float]:
        """SI values of the keys at the optimum."""
        return {entry["key"]: float(entry["value"]) for entry in self.data["parameters"]}

    @property
    def value(self) -> float:
        """Of the quantity there, SI."""
        return float(self.data["value"])

    @property
    def warnings(self) -> list[str]:
        """What is doubtful."""
        return list(self.data["warnings"])

    def __str__(self) -> str:
        return optimum_text(self.data)

    def plot(self, out: Path | str | None = None, style: str = "screen") -> Any:
        """Draw all evaluations; into a file as well when `out` names a folder or a file.

        Raises:
            ResultError: there is no such style, or a file cannot be written.
        """
        from postprocess.figures.fit import save_fit
        from postprocess.figures.optimum import draw_optimum
        from python_interface.drawings import Drawings

        figures = draw_optimum(self.data, self.table, style)
        if out is not None:
            save_fit(figures, Path(out), style)
        return Drawings(figures)


def optimise(
    case: Case | Path | str,
    quantity: str,
    over: Mapping[str, tuple[object, object]],
    *,
    maximise: bool = True,
    at: Sequence[str] | str = (),
    method: str | None = None,
    globally: bool = False,
    out: Path | str | None = None,
    force: bool = False,
    most_evaluations: int | None = None,
    comm: MPI.Comm | None = None,
) -> OptimisationResult:
    """Find values of keys, within bounds, at which a quantity is largest or smallest. Collective; all ranks get the result.

    Args:
        case: the case, or its directory or YAML file; where the search begins.
        quantity: a name of `exploration.optimise.quantities.QUANTITIES`, or a column of observables.csv.
        over: lowest and highest value by key; numbers in SI units or texts with units.
        maximise: whether the largest value is looked for; else the smallest.
        at: which row of a column is meant, such as "1 V"; the last one by default.
        method: one of `METHODS`; by default L-BFGS-B where there are derivatives, else COBYQA.
        globally: whether the whole box is searched (differential evolution).
        out: folder of the result, in which evaluations that are there already are not computed again; None: in memory.
        force: whether to begin anew in `out`.
        most_evaluations: of the device; default 60, and 400 for the whole box.
        comm: ranks that compute together; default all of mpirun.

    Raises:
        CaseError: the case, a key or a bound is wrong.
        ResultError: there is no such quantity or method, nothing could be computed, or the folder cannot be used.
    """
    comm = MPI.COMM_WORLD if comm is None else comm
    case = case if isinstance(case, Case) else load_case(case)
    check_files(case)
    texts = [at] if isinstance(at, str) else list(at)
    with only_first_rank(comm):
        free = _boxed(case, over)
        asked = quantity_of(quantity, texts, list(columns_of(case)["observables.csv"]))
        chosen = _method(method, globally)
        folder = None if out is None else Path(out)
        known = on_root(comm, lambda: {} if folder is None else _begin(folder, free, asked, force=force))
        most = most_evaluations or (400 if chosen == GLOBAL else 60)
        device = _Device(case, free, asked, quantity, texts, comm, derivatives=chosen in (None, *WITH_GRADIENT))
        if chosen in WITH_GRADIENT and not device.has_gradient:
            raise ResultError(
                f"{asked.name} has no derivatives, which {chosen} needs; those without are {', '.join(WITHOUT_GRADIENT)}"
                f", {GLOBAL}"
            )
        chosen = chosen or next(iter(WITH_GRADIENT if device.has_gradient else WITHOUT_GRADIENT))
        file = None if folder is None else folder / EVALUATIONS
        objective = Objective(free, device, -1.0 if maximise else 1.0, asked.name, asked.unit, most, comm, file, known)
        began = time.perf_counter()
        ending = _search(objective, chosen)
        device.close()
        return _concluded(case, objective, asked, folder, comm, {
            "maximise": maximise, "method": chosen, "ending": ending, "wall_time": time.perf_counter() - began,
        })  # fmt: skip


def _boxed(case: Case, over: Mapping[str, tuple[object, object]]) -> list[FreeParameter]:
    """Keys with finite bounds; those whose value in the case is beyond them start in the middle."""
    try:
        return free_parameters(case, list(over), over)
    except CaseError as error:
        if "not within its bounds" not in error.text:
            raise
    moved = case
    for key, ends in over.items():
        alone = {key: ends}
        try:
            free_parameters(moved, [key], alone)
        except CaseError as error:
            if "not within its bounds" not in error.text:
                raise
            unit = case.unit(key)
            from meshes.quantity import parse

            low, high = (parse(end, unit) for end in ends)
            middle = math.copysign(math.sqrt(low * high), low) if low * high > 0.0 else 0.5 * (low + high)
            moved = moved.with_value(key, middle)
    return free_parameters(moved, list(over), over)


def _method(method: str | None, globally: bool) -> str | None:
    if method is None:
        return GLOBAL if globally else None
    by_lower = {name.lower(): name for name in METHODS}
    if method.lower() not in by_lower:
        raise ResultError(f"there is no method {quoted(method)}; {did_you_mean(method, METHODS, 'there are')}")
    if globally and by_lower[method.lower()] != GLOBAL:
        raise ResultError(f"{method} does not search the whole box; leave one of both out")
    return by_lower[method.lower()]


def _begin(
    folder: Path, free: Sequence[FreeParameter], asked: Quantity, *, force: bool
) -> dict[tuple[float, ...], Evaluated]:
    """Take a folder; gives the evaluations that it has."""
    try:
        if folder.exists() and not folder.is_dir():
            raise ResultError(f"{folder} is a file; give a folder")
        there = [entry.name for entry in folder.iterdir()] if folder.exists() else []
        if strange := sorted(set(there) - {OPTIMUM, EVALUATIONS, "best", "figures"}):
            raise ResultError(f"{folder} has something else in it ({strange[0]}); --out takes another folder")
        (folder / OPTIMUM).unlink(missing_ok=True)
        if force:
            (folder / EVALUATIONS).unlink(missing_ok=True)
        if (folder / "best").exists():
            shutil.rmtree(folder / "best")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"cannot write {folder}: {reason(error)}") from error
    return earlier(folder / EVALUATIONS, free, asked.name, asked.unit)


class _Device:
    """The quantity of a device, with derivatives where there are any. Collective.

    derivatives: whether they are wanted.
    """

    def __init__(
        self,
        case: Case,
        free: list[FreeParameter],
        asked: Quantity,
        name: str,
        at: Sequence[str],
        comm: MPI.Comm,
        *,
        derivatives: bool,
    ) -> None:
        self.case, self.asked, self.comm = case, asked, comm
        self.derivable = derivable(name, at, case)
        self.has_gradient = self.derivable is not None
        self._derivatives = derivatives
        self._model = None if self.derivable is None else SteadyModel(case, self.derivable.wanted, free, comm)

    def __call__(self, values: Mapping[str, float]) -> tuple[float, Array | None]:
        """The quantity, and its derivatives by the variables.

        Raises:
            EvaluationFailed: on all ranks.
            ResultError: on all ranks; the result has no such number.
        """
        if self._model is not None and self.derivable is not None:
            found = self._model.evaluate(values, gradient=self._derivatives)
            value, slopes = self.derivable.of(found.values)
            return value, None if found.gradient is None else slopes @ found.gradient
        sink = MemorySink()
        try:
            run(quiet_case(self.case, values), sink, self.comm, progress=Silent)
        except (CaseError, ConvergenceError, MeshError, SingularMatrixError) as error:
            raise EvaluationFailed(error) from None
        return float(self.comm.bcast(number_of(in_memory(sink), self.asked), root=0)), None

    def close(self) -> None:
        """Free what is distributed. Collective."""
        if self._model is not None:
            self._model.close()


def quiet_case(case: Case, values: Mapping[str, float]) -> Case:
    """A case with other values, and no more in its result than the observables."""
    outputs = {**case.outputs.model_dump(mode="json"), "errors": "none", "fields": "none", "sensitivities": []}
    return case.with_values({**values, "outputs": outputs})


def in_memory(sink: MemorySink) -> SimulationResult:
    """The result of a run in memory."""
    information = plain({**sink.information, "case_directory": None})
    return SimulationResult(None, information, table_of(sink.rows), summary=plain(sink.summary))


# ------------------------------------------------------------------------------------------------ search
def _search(objective: Objective, method: str) -> str:
    """Let a method of SciPy ask for evaluations; gives why it ended. Collective."""
    start = []
    for free in objective.parameters:
        low, high = free.inner_bounds
        start.append((free.inner(free.start) - low) / (high - low))
    box = [(0.0, 1.0)] * len(start)
    try:
        if method == GLOBAL:
            found = optimize.differential_evolution(
                objective, box, seed=0, popsize=POPULATION, maxiter=GENERATIONS, polish=False, x0=start, tol=1e-3
            )
            return str(found.message)
        options: dict[str, dict[str, Any]] = {
            "L-BFGS-B": {"ftol": PRECISION**2, "gtol": PRECISION},
            "SLSQP": {"ftol": PRECISION**2},
            "TNC": {"ftol": PRECISION**2, "xtol": PRECISION, "gtol": PRECISION},
            "COBYQA": {"initial_tr_radius": 0.15, "final_tr_radius": PRECISION},
            "Nelder-Mead": {"xatol": PRECISION, "fatol": PRECISION, "initial_simplex": _simplex(start)},
        }
        jacobian: Callable[[Array], Array] | None = objective.gradient if method in WITH_GRADIENT else None
        found = optimize.minimize(objective, start, jac=jacobian, bounds=box, method=method, options=options[method])
        return str(found.message)
    except Enough:
        return f"given up after {objective.computed} evaluations"


def _simplex(start: Sequence[float]) -> Array:
    """Corners around a start, inside the box."""
    corners = np.tile(start, (len(start) + 1, 1))
    for k, x in enumerate(start):
        corners[k + 1, k] = x + (0.15 if x < 0.5 else -0.15)
    return corners


# ------------------------------------------------------------------------------------------------ conclusion
def _concluded(
    case: Case, objective: Objective, asked: Quantity, folder: Path | None, comm: MPI.Comm, about: Mapping[str, Any]
) -> OptimisationResult:
    """The best case computed on its own, and everything written. Collective."""
    best = objective.best
    if best is None:
        first = objective.done[0].message if objective.done else "nothing was asked"
        raise ResultError(f"no evaluation succeeded; the first one: {first}")
    texts = []
    for free in objective.parameters:
        low, high = free.inner_bounds
        place = (free.inner(best.values[free.key]) - low) / (high - low)
        if place < AT_BOUND or place > 1.0 - AT_BOUND:
            end = "lower" if (best.values[free.key] < 0.5 * (free.low + free.high)) else "upper"
            texts.append(
                f"the optimum is at the {end} bound of {free.key}, {free.text(best.values[free.key])}: beyond it may be more"
            )
    failed = [one for one in objective.done if not math.isfinite(one.value)]
    if failed:
        shown = ", ".join(f"{free.key} {free.text(failed[0].values[free.key])}" for free in objective.parameters)
        texts.append(
            f"{len(failed)} of {len(objective.done)} evaluations failed, the first at {shown}: {failed[0].message}"
        )
    if str(about["ending"]).startswith("given up"):
        texts.append(f"the search was {about['ending']}; the optimum is the best one so far")
    result = _best_result(case, best, folder, comm)
    value = best.value
    try:
        value = value if result is None else number_of(result, asked)
    except ResultError as error:
        texts.append(f"the best case: {error}")
    data: dict[str, Any] = plain(
        {
            "title": case.title,
            "case": case.name,
            "quantity": asked.name,
            "unit": asked.unit,
            "value": value,
            "value_in_search": best.value,
            "parameters": [
                {
                    "key": free.key,
                    "unit": free.unit,
                    "value": best.values[free.key],
                    "bounds": [free.low, free.high],
                    "start": free.start,
                }
                for free in objective.parameters
            ],
            "start": as_plain(objective.done[0]),
            "evaluations": len(objective.done),
            "computed": objective.computed,
            "failures": [as_plain(one) for one in failed],
            "warnings": texts,
            **about,
        }
    )
    for text in texts:
        logger.debug("%s", text)
    rows = [dict(zip(objective.columns(), objective.row(one), strict=True)) for one in objective.done]
    table = pd.DataFrame(rows)
    for column in table.columns[:-1]:
        table[column] = pd.to_numeric(table[column])

    def write() -> None:
        if folder is None:
            return
        try:
            replace_file(folder / OPTIMUM, json_bytes(data))
        except OSError as error:
            raise ResultError(f"cannot write {folder}: {reason(error)}") from error

    on_root(comm, write)
    return OptimisationResult(folder, data, table, result)


def _best_result(case: Case, best: Evaluated, folder: Path | None, comm: MPI.Comm) -> SimulationResult | None:
    """Result of the best case, on a mesh of its own; None where that fails. Collective."""
    try:
        if folder is None:
            sink = MemorySink()
            run(quiet_case(case, best.values), sink, comm, progress=Silent)
            return in_memory(sink)
        place = folder / "best"
        run(case.with_values(dict(best.values)), DirectorySink.at(place, comm, force=True), comm, progress=Silent)
        return result_of(on_root(comm, lambda: load(place)))
    except ConvergenceError as error:
        logger.warning("warning: the best case has no result of its own: %s", error)
        return None
