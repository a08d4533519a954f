"""Every shipped case meets its expected.csv, from a cold start, and conserves ions, charge and liquid."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpi4py import MPI

from postprocess.tables.expected import compare
from postprocess.tables.result import load
from solver.case.loading import load_case
from solver.case.studies.transient import Transient
from solver.results.directory import ResultDirectory
from solver.run import run
from solver.simulation.directory import DirectorySink
from tests.support.shipped import CIRCUITS, ROUNDED, SHIPPED, SHORTER


def test_the_cases_are_there() -> None:
    assert len(SHIPPED) >= 25
    assert set(SHORTER) <= {path.name for path in [*SHIPPED, *CIRCUITS]}


@pytest.mark.parametrize("directory", SHIPPED, ids=lambda path: path.name)
def test_case_meets_its_expected_numbers(directory: Path, tmp_path: Path) -> None:
    case = load_case(directory, SHORTER.get(directory.name, ()))
    run(case, DirectorySink(ResultDirectory(tmp_path / "result"), MPI.COMM_SELF), MPI.COMM_SELF)
    result = load(tmp_path / "result")
    table = compare(result)
    assert len(table) > 0, "no expected.csv"
    assert table["passed"].all(), table[~table["passed"]].to_string()
    driven = result.observables[result.observables["bias [V]"] != 0]
    # rates of change over a short step lose digits; what has passed in sum is in the balances
    in_time = isinstance(case.study, Transient)
    conserved, alike = ROUNDED.get(directory.name, (1e-8, 1e-6))
    assert (driven["conservation_error"] <= (1e-6 if in_time else conserved)).all()
    if in_time:
        assert (driven["salt_balance_error"] <= 1e-8).all()
        assert (driven["charge_balance_error"] <= 1e-8).all()
    if "current_route_difference" in driven:
        assert (driven["current_route_difference"] <= alike).all()
    assert (directory / "README.md").is_file()
