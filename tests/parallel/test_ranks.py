"""Actions of the first rank, signals and phases, alone and on several ranks."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mpi4py import MPI

from solver.parallel.clock import Clock
from solver.parallel.interruption import Interruption
from solver.parallel.logs import log_file, logger, start_logging
from solver.parallel.progress import Extent, Progress
from solver.parallel.ranks import on_root

COMM = MPI.COMM_WORLD


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The logger as it was, afterwards."""
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = before[0], before[1], before[2]


def test_the_first_rank_acts_and_all_get_its_answer() -> None:
    ranks: list[int] = []

    def action() -> str:
        ranks.append(COMM.rank)
        return "answer"

    assert on_root(COMM, action) == "answer"
    assert ranks == ([0] if COMM.rank == 0 else [])


def test_an_answer_that_is_not_shared_stays_on_the_first_rank() -> None:
    answer = on_root(COMM, lambda: "answer", share=False)
    assert answer == ("answer" if COMM.rank == 0 else None)


def test_an_error_of_the_first_rank_is_raised_on_all() -> None:
    def action() -> None:
        raise KeyError("missing")

    with pytest.raises(KeyError, match="missing"):
        on_root(COMM, action)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_one_rank_ends_the_run_on_all(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Interruption(COMM) as interruption:
        interruption.raise_if_requested()  # nobody has asked
        if COMM.rank == COMM.size - 1:
            os.kill(os.getpid(), number)
        with pytest.raises(Interruption.Interrupted, match="--resume"):
            interruption.raise_if_requested()
    assert signal.getsignal(number) is before


def test_an_inner_phase_does_not_count_for_the_outer_one() -> None:
    clock = Clock()
    with clock("outer"):
        time.sleep(0.02)
        with clock("inner"):
            time.sleep(0.05)
    assert clock.seconds["inner"] >= 0.05
    assert 0.02 <= clock.seconds["outer"] < clock.seconds["inner"] + clock.elapsed - 0.05
    with clock("all", everything=True), clock("inside"):
        time.sleep(0.01)
    assert clock.seconds["all"] >= 0.01
    assert "inside" not in clock.seconds


def test_phases_add_up_to_the_wall_time() -> None:
    clock = Clock(start_up=True)
    with clock("work"):
        time.sleep(0.01)
    table = clock.table(COMM)
    assert 0 <= table["wall_time"] - sum(table["phases"].values()) + 1e-3 < 1.0, "none twice, none left out"
    assert table["phases"]["start-up"] > 0
    assert table["peak_memory_MB"] > 10 * COMM.size


def test_messages_of_the_first_rank_go_to_the_file(tmp_path: Path, messages: None) -> None:
    start_logging(COMM)
    path = Path(COMM.bcast(str(tmp_path / "log.txt"), root=0))
    with log_file(path, COMM):
        logger.info("from rank %d", COMM.rank)
    logger.info("after the file is closed")
    COMM.barrier()
    lines = path.read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("INFO from rank 0")


def test_progress_in_a_log_counts_points(messages: None, caplog: pytest.LogCaptureFixture) -> None:
    logger.propagate = True
    with caplog.at_level(logging.INFO, logger.name), Progress(Extent(4, done=1), COMM) as progress:
        progress.accepted("bias 1 V: 1 nA")
        progress.accepted("bias 2 V: 2 nA")
    assert [record.message for record in caplog.records] == ["bias 1 V: 1 nA, 2 of 4", "bias 2 V: 2 nA, 3 of 4"]


def test_progress_in_time_says_the_end_and_not_every_step(messages: None, caplog: pytest.LogCaptureFixture) -> None:
    logger.propagate = True
    with caplog.at_level(logging.INFO, logger.name), Progress(Extent(1.0, unit="s"), COMM) as progress:
        for _ in range(4):
            progress.accepted("t", 0.25)
    assert [record.message for record in caplog.records] == ["t, 100 %"]
