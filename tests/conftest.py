"""What all tests share: quiet ranks, failures that stop all ranks together, paths."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
WITHOUT_RANKS = {
    "analysis", "benchmarks", "case", "check", "command_line", "docs", "editor", "exploration", "golden", "independent",
    "inputs", "laws", "meshes", "physics", "postprocess", "results", "seams", "shipped", "signals",
}  # fmt: skip
"""Folders of tests whose subject has no ranks, that start processes of their own, or that compare numbers of the physics."""

COMPUTED = [
    "shipped", "golden", "seams", "validation/test_checks.py", "studies", "command_line", "accuracy", "simulation",
    "python_interface", "notebooks", "independent/test_comparisons.py", "exploration/test_campaign_runs.py",
]  # fmt: skip
"""Folders and files whose tests solve whole devices: not part of `make test-fast`, and started first, the longest first,
so that no process is left alone with a long test at the end."""

pytest.register_assert_rewrite("tests.support")
settings.register_profile("unhurried", deadline=None)  # how long an example takes says nothing on a busy machine
settings.load_profile("unhurried")

LOGGER = logging.getLogger("nanochannel")
UNCHANGED = LOGGER.handlers[:], LOGGER.level, LOGGER.propagate
"""What commands change of the logger, before any did."""


@pytest.fixture(autouse=True)
def _freed() -> Iterator[None]:
    """Under mpirun PETSc frees what a test has left only when all ranks ask for it."""
    yield
    from mpi4py import MPI

    if MPI.COMM_WORLD.size > 1:
        from solver.parallel.ranks import release

        release(MPI.COMM_WORLD)


@pytest.fixture(autouse=True)
def _messages() -> Iterator[None]:
    """A command that runs in this process, in a test or a fixture of its module, changes the logger; afterwards it is as it
    was at the beginning."""
    yield
    LOGGER.handlers[:], LOGGER.level, LOGGER.propagate = list(UNCHANGED[0]), UNCHANGED[1], UNCHANGED[2]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Under mpirun only the first rank reports."""
    from mpi4py import MPI

    if MPI.COMM_WORLD.rank > 0:
        config.option.verbose = -3
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter._tw._file = open(os.devnull, "w")  # noqa: SIM115


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the markers that follow from its path, and put the longest first."""
    for item in items:
        path = Path(item.path).relative_to(TESTS)
        if path.parts[0] in WITHOUT_RANKS:  # under mpirun it would only run twice
            item.add_marker(pytest.mark.serial)
        if _order(item) < len(COMPUTED) and item.get_closest_marker("fast") is None:
            item.add_marker(pytest.mark.slow)
        if (shared := _shared(item)) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(f"{path} {shared}"))
    items.sort(key=_order)


def _shared(item: pytest.Item) -> str | None:
    """Fixture of a module that a test is made from, and other fixtures, too: the tests that share it stay in one process."""
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    of_module = {name: found[-1] for name, found in definitions.items() if found[-1].scope == "module"}
    return next((name for name, found in of_module.items() if of_module.keys().isdisjoint(found.argnames)), None)


def _order(item: pytest.Item) -> int:
    """Position of a test's folder or file in COMPUTED, behind all of them if it is not there."""
    path = Path(item.path).relative_to(TESTS)
    found = (i for i, start in enumerate(COMPUTED) if path.is_relative_to(start))
    return next(found, len(COMPUTED))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """A test that fails on one rank fails on all, so that no rank goes on alone into the next collective call."""
    outcome = yield
    report = outcome.get_result()
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    if comm.size > 1 and report.when == "call":
        texts = comm.allgather(report.longreprtext if report.failed else "")
        if any(texts) and report.passed:
            report.outcome = "failed"
            report.longrepr = "\n".join(f"on rank {rank}:\n{text}" for rank, text in enumerate(texts) if text)
