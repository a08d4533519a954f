"""The fitted case: its result, an ordinary one, and the error bars of it at the numbers of the data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from exploration.fit.data import Measured
from exploration.fit.runs import at_places, run_case
from meshes.errors import MeshError
from postprocess.tables.columns import table_of
from postprocess.tables.result import Result, load
from python_interface.result import SimulationResult, result_of
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.progress import Silent
from solver.parallel.ranks import on_root
from solver.results.headers import error_header
from solver.results.rows import ResultError, plain
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.memory import MemorySink

Array = NDArray[np.float64]

MOST = 3
"""Points of the fitted case for one place of the data, above which it is not computed."""


class NoFittedCase(Exception):
    """The fitted case has no result of its own; the text says why."""


def fitted_result(
    case: Case, measured: Measured, values: Mapping[str, float], comm: MPI.Comm, out: Path | None, *, with_bars: bool
) -> tuple[SimulationResult, Array | None]:
    """Result of the fitted case, and its error bars at the numbers of the data; None without any. Collective.

    out: folder of the fit; None to keep the result in memory.

    Raises:
        NoFittedCase: on all ranks.
    """
    try:
        fitted = best_case(case, measured).with_values(
            {**values, "outputs": {**case.outputs.model_dump(mode="json"), "sensitivities": [],
                           "errors": "all" if with_bars else "none"}}
        )  # fmt: skip
        sink: MemorySink | DirectorySink
        if out is None:
            sink = MemorySink()
            run(fitted, sink, comm, progress=Silent)
            rows = sink.rows
            loaded = Result(None, plain({**sink.information, "case_directory": None}), table_of(sink.rows))
            result = SimulationResult(None, loaded.run, loaded.observables, summary=plain(sink.summary))
        else:
            place = out / "best"
            sink = DirectorySink.at(place, comm, force=True)
            run(fitted, sink, comm, progress=Silent)
            result = result_of(on_root(comm, lambda: load(place)))
            rows = result.observables.to_dict("records")
        return result, _bars(rows, measured) if with_bars else None
    except (CaseError, ConvergenceError, MeshError, ResultError, SingularMatrixError) as error:
        raise NoFittedCase(f"the fitted case has no result of its own: {error}") from None


def _bars(rows: Sequence[Mapping[str, Any]], measured: Measured) -> Array | None:
    if measured.kind != "steady":
        found = at_places(rows, measured, {one.header: error_header(one.header) for one in measured.series})
    else:
        pairs = zip(measured.headers, measured.rows, strict=True)
        found = np.array([_bar_at(rows, measured, head, row) for head, row in pairs])
    return found if np.isfinite(found).any() else None


def _bar_at(rows: Sequence[Mapping[str, Any]], measured: Measured, head: str, number: int) -> float:
    """Error bar of the row that has the settings of a row of the data; nan where there is none."""
    for row in rows:
        if all(_close(row.get(name), at) for name, at in zip(measured.along, measured.places[number], strict=True)):
            bar = row.get(error_header(head), math.nan)
            return float(bar) if isinstance(bar, (int, float)) else math.nan
    return math.nan


def best_case(case: Case, measured: Measured) -> Case:
    """The case with the places of data as its study.

    Raises:
        CaseError: the case has no such study.
        NoFittedCase: it would have many more points than the data have places.
    """
    if measured.kind != "steady":
        return run_case(case, measured)
    axes = [sorted({float(v) for v in measured.settings[:, i]}) for i in range(len(measured.keys))]
    points, places = math.prod(map(len, axes)), len(np.unique(measured.settings, axis=0))
    if points > MOST * places:
        raise NoFittedCase(
            f"the fitted case is not computed: all pairs of {' and '.join(measured.along)} are {points} points for "
            f"the {places} places of the data; nanochannel run computes any of them"
        )
    study: dict[str, Any] = {"type": "sweep", "driven_terminal": case.driven_terminal}
    (*outer, inner) = list(zip(measured.keys, axes, strict=True))
    study |= {"parameter": inner[0], "values": inner[1]}
    if outer:
        study["outer"] = {"parameter": outer[-1][0], "values": outer[-1][1]}
    return case.with_values({"study": study})


def _close(one: Any, other: float) -> bool:
    return isinstance(one, (int, float)) and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-15)
