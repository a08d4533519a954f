"""Runs in time: the checks of the validation in their quick form, steps that fail, and any number of ranks."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.nonlinear.continuation import ConvergenceError
from solver.nonlinear.newton import NewtonFailure
from solver.results.directory import ResultDirectory
from solver.results.rows import read_run
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.studies.transient.stages import StageSolver
from validation import in_time, rates_in_time, report, spectra
from validation.checks import Check, Plot
from validation.run import SECTIONS
from validation.setting import Setting

# Many steps of small problems: under mpirun most of their time would be waiting, so that only some of them run there.
LONG: tuple[Callable[[Setting], Iterator[Check | Plot]], ...] = (
    in_time.blocking_cell,
    in_time.salt_memory,
    rates_in_time.manufactured,
    rates_in_time.pore,
    in_time.balances,
)
SHORT: tuple[Callable[[Setting], Iterator[Check | Plot]], ...] = (
    spectra.blocking_cell_spectrum,
    spectra.slow_limit,
)
PARTS = [pytest.param(part, marks=pytest.mark.serial, id=part.__name__) for part in LONG]
PARTS += [pytest.param(part, id=part.__name__) for part in SHORT]


@pytest.mark.parametrize("part", PARTS)
def test_checks_pass(part: Callable[[Setting], Iterator[Check | Plot]], tmp_path: Path) -> None:
    """Deviations within their tolerances, and covered by the error bars that have to."""
    comm = MPI.COMM_WORLD
    items = list(part(Setting(comm, quick=True, scratch=Path(comm.bcast(str(tmp_path), root=0)))))
    checks = [item for item in items if isinstance(item, Check)]
    assert checks
    failed = [f"{c.name}, {c.quantity}: {report.verdict(c)}" for c in checks if not c.passed]
    assert not failed, "\n".join(failed)
    assert {item.section for item in items} <= {section.key for section in SECTIONS}


@pytest.mark.serial
def test_closed_forms_of_the_cell() -> None:
    """At low frequencies the liquid's resistance and the capacitances of double and Stern layers; at high ones the gap."""
    permittivity = in_time.PERMITTIVITY * in_time.VACUUM_PERMITTIVITY
    low, high = spectra.cell_impedance(np.array([1.0, 1e12]))
    one_plate = permittivity * in_time.PLATE / (in_time.DEBYE_LENGTH * (1 + in_time.STERN))
    assert -1 / (2 * math.pi * low.imag) == pytest.approx(one_plate / 2, rel=1e-3)
    gap = permittivity * in_time.PLATE / (2 * in_time.HALF_GAP * (1 + in_time.STERN * in_time.THICKNESS))
    assert -1 / (2 * math.pi * 1e12 * high.imag) == pytest.approx(gap, rel=1e-3)
    # thin double layers: an RC circuit
    thin = 1e-4
    assert in_time.slowest_time(thin, 0.0) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.serial
def test_relaxing_salt_of_a_cone() -> None:
    """The integral relaxation time along the axis is the number that a quasi-one-dimensional computation gave."""
    times = np.linspace(0.0, 12.0, 4001)
    grown = in_time.relaxing_salt(times)["mean along the axis"]
    assert np.trapezoid(1 - grown / grown[-1], times) == pytest.approx(1.0846, abs=1e-3)


# ------------------------------------------------------------------------------------------------ failures
CELL: dict[str, Any] = in_time.CELL | {
    "study": {
        "type": "transient",
        "protocol": [
            {"type": "ramp", "duration": 5e-7, "to": {"walls.left.potential": 0.05}},
            {"type": "hold", "duration": 5e-7},
        ],
    }
}


def directory(tmp_path: Path) -> ResultDirectory:
    """The same result directory on all ranks, made by the first."""
    comm = MPI.COMM_WORLD
    path = Path(comm.bcast(str(tmp_path / "result"), root=0))
    made = ResultDirectory(path) if comm.rank == 0 else None
    comm.barrier()
    return made or ResultDirectory(path, write=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with (path / "observables.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_step_that_never_converges_ends_the_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run stops with a ConvergenceError that names the instant; rows and a checkpoint up to there stay."""
    solve, wall, highest = StageSolver.solve, 3e-7, 0.03  # the ramp is at 0.03 V then

    def failing(self: StageSolver, parameters: Parameters, *arguments: Any) -> Evaluation:
        if parameters["walls.left.potential"] > highest:
            raise NewtonFailure("made to fail")
        return solve(self, parameters, *arguments)

    monkeypatch.setattr(StageSolver, "solve", failing)
    results = directory(tmp_path)
    with pytest.raises(ConvergenceError, match=r"t = [0-9.e-]+ s: made to fail; make the drive smoother"):
        run(Case.model_validate(CELL), DirectorySink(results, MPI.COMM_WORLD), MPI.COMM_WORLD)
    MPI.COMM_WORLD.barrier()
    rows, state = rows_of(results.path), read_run(results.path)
    last = float(rows[-1]["time [s]"])
    assert 0.99 * wall < last <= wall, "steps get shorter until nothing helps"
    assert state["status"] == "failed"
    assert state["checkpoint"]["time"] == last
    assert list(results.path.glob("checkpoint*"))


def test_a_failed_step_is_tried_again_with_a_shorter_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few failures change the steps, not the numbers."""
    undisturbed = in_time.without_bars(CELL)
    solve, stages, failures = StageSolver.solve, itertools.count(), {16, 17, 31}

    def failing(self: StageSolver, *arguments: Any) -> Evaluation:
        if next(stages) in failures:
            raise NewtonFailure("made to fail")
        return solve(self, *arguments)

    monkeypatch.setattr(StageSolver, "solve", failing)
    disturbed = in_time.without_bars(CELL)
    assert len(disturbed.table) > len(undisturbed.table)
    for header in ("charge_left [C]", "salt_mean [mol/m^3]", "charge_passed [C]"):
        assert disturbed[header].iloc[-1] == pytest.approx(undisturbed[header].iloc[-1], rel=1e-4)


# ------------------------------------------------------------------------------------------------ ranks
def test_ranks_share_one_result() -> None:
    """On all ranks together the numbers that each finds alone."""
    data = in_time.eventful_slit()
    data["study"] = data["study"] | {
        "record_every": 1e-6,
        "protocol": [
            {"type": "step", "to": {"terminals.left.potential": 0.2}},
            {"type": "ramp", "duration": 1e-6, "to": {"terminals.left.pressure": 1e5}},
            {"type": "step", "to": {"terminals.left.potential": -0.1}},
            {"type": "hold", "duration": 1e-6},
        ],
    }
    together, alone = (in_time.without_bars(data, comm) for comm in (MPI.COMM_WORLD, MPI.COMM_SELF))
    assert list(together["time [s]"]) == list(alone["time [s]"])
    for header in (
        "current [A]",
        "flow_rate [m^3/s]",
        "charge_passed [C]",
        "salt_inventory [mol]",
        "salt_mean [mol/m^3]",
    ):
        assert together[header].iloc[-1] == pytest.approx(alone[header].iloc[-1], rel=1e-8), header
