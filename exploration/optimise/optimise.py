"""An optimisation as a whole: case, quantity and bounds in; the best values, a folder and a figure out."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mpi4py import MPI
from numpy.typing import NDArray

from exploration.fit.model import EvaluationFailed, SteadyModel
from exploration.fit.parameters import FreeParameter, free_parameters
from exploration.optimise.folder import Evaluated, Known, OptimumFolder, description_of, headers_of
from exploration.optimise.objective import Objective, as_plain
from exploration.optimise.quantities import Quantity, derivable, number_of, quantity_of
from exploration.optimise.search import GLOBAL, METHODS, WITH_GRADIENT, WITHOUT_GRADIENT, search
from meshes.errors import MeshError
from meshes.quantity import did_you_mean, parse
from meshes.quoting import quoted
from postprocess.tables.columns import table_of
from postprocess.tables.found import BEST
from postprocess.tables.optimum import optimum_text
from postprocess.tables.result import load
from python_interface.result import SimulationResult, result_of
from solver.case.case import Case
from solver.case.loading import check_files, load_case
from solver.inputs.errors import CaseError
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.cache import shared_cache
from solver.parallel.logs import logger, only_first_rank
from solver.parallel.progress import Silent
from solver.parallel.ranks import on_root
from solver.results.rows import ResultError, plain
from solver.results.units import plain_quantity
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink
from solver.studies.columns import columns_of

Array = NDArray[np.float64]

UNLIKE = 0.02
"""Relative difference between the best value and that of a mesh of its own beyond which there is a warning."""

AT_BOUND = 1e-3
"""Part of the way between the bounds within which an optimum is at one of them."""


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
        method: one of `exploration.optimise.search.METHODS`; by default L-BFGS-B with derivatives, else COBYQA.
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
    with only_first_rank(comm), shared_cache(comm):
        free = _boxed(case, over)
        asked = quantity_of(quantity, texts, list(columns_of(case)["observables.csv"]))
        chosen = _method(method, globally)
        folder, known = on_root(comm, lambda: _begin(out, case, free, asked, force=force))
        most = most_evaluations or (400 if chosen == GLOBAL else 60)
        device = _Device(case, free, asked, quantity, texts, comm, derivatives=chosen in (None, *WITH_GRADIENT))
        if chosen in WITH_GRADIENT and not device.has_gradient:
            raise ResultError(
                f"{asked.name} has no derivatives, which {chosen} needs; those without are {', '.join(WITHOUT_GRADIENT)}"
                f", {GLOBAL}"
            )
        chosen = chosen or (WITH_GRADIENT if device.has_gradient else WITHOUT_GRADIENT)[0]
        objective = Objective(
            free, device, -1.0 if maximise else 1.0, asked.name, asked.unit, most, comm, folder, known,
            needs_slopes=chosen in WITH_GRADIENT,
        )  # fmt: skip
        began = time.perf_counter()
        ending, converged = search(objective, chosen)
        device.close()
        return _concluded(case, objective, asked, converged=converged, about={
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
    out: Path | str | None, case: Case, free: Sequence[FreeParameter], asked: Quantity, *, force: bool
) -> tuple[OptimumFolder | None, Known]:
    """The folder, if there is one, and the evaluations that it has."""
    if out is None:
        return None, {}
    headers = headers_of(free, asked.name, asked.unit)
    folder = OptimumFolder.begin(Path(out), headers, description_of(case), force=force)
    return folder, folder.earlier(free)


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


# ------------------------------------------------------------------------------------------------ conclusion
def _concluded(
    case: Case, objective: Objective, asked: Quantity, *, converged: bool, about: Mapping[str, Any]
) -> OptimisationResult:
    """The best case computed on its own, and everything written. Collective."""
    best = objective.best
    if best is None:
        first = objective.done[0].message if objective.done else "nothing was asked"
        raise ResultError(f"no evaluation succeeded; the first one: {first}")
    folder, comm = objective.folder, objective.comm
    if folder is not None:
        on_root(comm, folder.take)
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
    elif not converged:
        texts.append(f"the search did not converge: {about['ending']}")
    result, value = None, best.value
    try:
        result = _best_result(case, best, None if folder is None else folder.path, comm)
        value = number_of(result, asked)
    except (CaseError, ConvergenceError, MeshError, SingularMatrixError, ResultError) as error:
        texts.append(f"the best case: {' '.join(str(error).split())}")
    if abs(value - best.value) > UNLIKE * max(abs(value), abs(best.value)):
        shown, searched = (plain_quantity(each, asked.unit, 5) for each in (value, best.value))
        texts.append(
            f"on a mesh of its own the best case has {asked.name} {shown}, in the search {searched}: refine the "
            "mesh, or begin anew"
        )
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
    table = pd.DataFrame(objective.rows())
    for column in table.columns[:-1]:
        table[column] = pd.to_numeric(table[column])
    if folder is not None:
        on_root(comm, lambda: folder.write(data))
    return OptimisationResult(None if folder is None else folder.path, data, table, result)


def _best_result(case: Case, best: Evaluated, folder: Path | None, comm: MPI.Comm) -> SimulationResult:
    """Result of the best case, on a mesh of its own. Collective."""
    if folder is None:
        sink = MemorySink()
        run(quiet_case(case, best.values), sink, comm, progress=Silent)
        return in_memory(sink)
    place = folder / BEST
    run(case.with_values(dict(best.values)), DirectorySink.at(place, comm, force=True), comm, progress=Silent)
    return result_of(on_root(comm, lambda: load(place)))
