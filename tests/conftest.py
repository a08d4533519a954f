"""What all tests share: quiet ranks, failures that stop all ranks together, paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
WITHOUT_RANKS = {
    "analysis", "benchmarks", "case", "check", "command_line", "docs", "inputs", "meshes", "physics", "postprocess",
    "results", "shipped", "signals",
}  # fmt: skip
"""Folders of tests whose subject has no ranks, or that start processes of their own."""

pytest.register_assert_rewrite("tests.support")


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of the shipped cases."""
    return ROOT / "cases"


@pytest.fixture(autouse=True)
def _freed() -> Iterator[None]:
    """Under mpirun PETSc frees what a test has left only when all ranks ask for it."""
    yield
    from mpi4py import MPI

    if MPI.COMM_WORLD.size > 1:
        from solver.parallel.ranks import release

        release(MPI.COMM_WORLD)


def pytest_configure(config: pytest.Config) -> None:
    """Under mpirun only the first rank reports; `serial` tests are left out."""
    from mpi4py import MPI

    if MPI.COMM_WORLD.rank > 0:
        config.option.verbose = -3
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter._tw._file = open(os.devnull, "w")  # noqa: SIM115


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the folders without ranks as `serial`: under mpirun they would only run twice."""
    for item in items:
        if Path(item.path).relative_to(TESTS).parts[0] in WITHOUT_RANKS:
            item.add_marker(pytest.mark.serial)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """A test that fails on one rank fails on all, so that no rank goes on alone into the next collective call."""
    outcome = yield
    report = outcome.get_result()
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    if comm.size > 1 and report.when == "call":
        failed = comm.allreduce(int(report.failed), op=MPI.SUM)
        if failed and report.passed:
            report.outcome = "failed"
            report.longrepr = f"failed on {failed} other rank(s)"
