"""What may happen to a run from outside: kills, signals, full disks, libraries that end the program, streams that close."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.support.command_line import MPI_SETTINGS, ROOT, call, table
from tests.support.kills import CASE, deviations, finish, killed, worst_balance

STEADY = CASE[: CASE.index("study:")] + (
    "study: {type: sweep, parameter: terminals.base.potential, values: [0.1 V, 0.2 V, 0.3 V]}\n"
)


@pytest.fixture(scope="module")
def cone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case of the kills, and a run of it that nobody has killed."""
    folder = tmp_path_factory.mktemp("cone")
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    finish(folder, folder / "whole")
    return folder


@pytest.fixture
def steady(tmp_path: Path) -> Path:
    """A sweep of the same cone."""
    (tmp_path / "case.yaml").write_text(STEADY, encoding="utf-8")
    return tmp_path


def test_a_run_that_is_killed_thrice_and_resumed_on_other_ranks_is_whole(cone: Path) -> None:
    out, chance = cone / "killed", random.Random(7)
    for ranks, rows in ((1, 12), (2, 20), (1, 25)):
        killed(cone, out, chance, rows, ranks)
    finish(cone, out, ranks=2)
    found = deviations(out, cone / "whole")
    assert max(found.values()) < 1e-8, max(found, key=lambda name: found[name])
    assert worst_balance(out) < 1e-8


def test_resuming_a_complete_result_changes_nothing(cone: Path) -> None:
    out = cone / "whole"
    before = {
        file: file.read_bytes() for name in ("fields", "*.csv", "fields/*") for file in out.glob(name) if file.is_file()
    }
    assert sum(file.suffix == ".pvtu" for file in before) == 15
    done = call("run", cone, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert {file: file.read_bytes() for file in before} == before
    changed = (out / "profiles.csv").read_bytes()
    (out / "profiles.csv").write_bytes(changed.replace(b"\n3,", b"\n4,", 1))
    refused = call("run", cone, "--out", out, "--resume")
    (out / "profiles.csv").write_bytes(changed)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 2, "what is run, and why not"
    assert "--resume --repair" in refused.stderr


PROLOGUE = """\
import os, signal, sys
import nanochannel
from mpi4py import MPI
rank = MPI.COMM_WORLD.rank
"""


def patched(tmp_path: Path, patch: str, *arguments: object, ranks: int = 1) -> subprocess.CompletedProcess[str]:
    """The command line with something replaced in the program."""
    file = tmp_path / "patched.py"
    file.write_text(PROLOGUE + textwrap.dedent(patch) + "sys.exit(nanochannel.main(sys.argv[1:]))\n", encoding="utf-8")
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, str(file), *map(str, arguments)]
    environment = {**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)


@pytest.mark.parametrize(("error", "rank"), [("SystemExit(1)", 1), ("MemoryError()", 0), ("KeyboardInterrupt()", 1)])
def test_what_one_rank_raises_ends_all(steady: Path, error: str, rank: int) -> None:
    patch = f"""\
    from solver.observables.observer import Observer
    observe = Observer.observe
    def failing(*given, **more):
        if rank == {rank}:
            raise {error}
        return observe(*given, **more)
    Observer.observe = failing
    """
    done = patched(steady, patch, "run", steady, "--out", steady / "r", ranks=2)
    assert done.returncode not in (0, 2)
    own = [line for line in done.stderr.splitlines() if "nanochannel: " in line]
    assert len(own) == 1, done.stderr
    assert f"nanochannel: rank {rank}: {error.split('(')[0]}" in own[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_ends_a_run_within_a_point(steady: Path, number: signal.Signals) -> None:
    """Newton's method never converges here: without a look at the signal in it the point goes on for ever."""
    patch = f"""\
    from solver.nonlinear.newton import Newton, NewtonSettings
    solved = []
    solve = Newton.solve
    def endless(self, start, settings, report):
        solved.append(1)
        if len(solved) == 3:
            os.kill(os.getpid(), {int(number)})
            settings = NewtonSettings(tolerance=-1.0, max_iterations=10**9, rounding_floor=0.0)
        return solve(self, start, settings, report)
    Newton.solve = endless
    import solver.nonlinear.newton
    solver.nonlinear.newton.MOST_STUCK = 10**9
    """
    exact = ("--set", "solver.tolerance=1e-10")  # points are solved for once
    done = patched(steady, patch, "run", steady, *exact, "--out", steady / "r")
    assert done.returncode == (130 if number == signal.SIGINT else 143), done.stderr
    assert done.stderr.splitlines()[-1] == f"nanochannel: interrupted by {number.name}; --resume goes on from here"
    run = json.loads((steady / "r" / "run.json").read_text())
    assert run["status"] == "interrupted"
    assert "checkpoint" in run
    if number != signal.SIGTERM:  # what all three leave is the same
        return
    assert "(interrupted, 1 point," in call("info", steady / "r").stdout
    again = call("run", steady, *exact, "--out", steady / "r", "--resume")
    assert again.returncode == 0, again.stderr
    assert [float(row["bias [V]"]) for row in table(steady / "r")] == [0.1, 0.2, 0.3]


@pytest.mark.skipif("nanochannel/venv" not in os.environ.get("VIRTUAL_ENV", ""), reason="needs environment.sh")
def test_signals_pass_through_the_environment_and_mpirun(tmp_path: Path) -> None:
    """TERM to the shell becomes USR1 for the ranks, which end by themselves, and nothing is left."""
    script = tmp_path / "waiting.py"
    script.write_text(
        "import signal, sys, time, pathlib\n"
        "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(43))\n"
        f"pathlib.Path({str(tmp_path)!r}, 'ready').touch()\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, **MPI_SETTINGS}
    environment["PATH"] = environment["PATH"].replace(
        f"{os.environ['VIRTUAL_ENV']}/bin:", ""
    )  # the one it was made from
    command = [str(ROOT / "environment.sh"), "mpirun", "-n", "1", sys.executable, str(script)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(3000):
        if (tmp_path / "ready").exists():
            break
        time.sleep(0.02)
    process.terminate()
    assert process.wait(timeout=30) == 43


def test_a_full_disk_at_the_checkpoint_is_one_line(steady: Path) -> None:
    """A limit on the size of files stands for it."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    more = ("--set", "outputs.fields=none", "--set", "mesh.growth=2", "--set", "mesh.axial_cells=20")
    done = call("run", steady, *more, "--out", steady / "r", preexec_fn=limit)
    assert done.returncode == 2, done.stderr
    assert "checkpoint" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    run = json.loads((steady / "r" / "run.json").read_text())
    assert run["status"] == "failed"
    assert "checkpoint" in run["message"]
    again = call("run", steady, *more, "--out", steady / "r", "--resume")
    assert again.returncode == 0, again.stderr


def test_closed_streams_readers_that_leave_and_no_cache(steady: Path) -> None:
    program = f"{sys.executable} -m nanochannel"
    environment = {**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT)}

    def shell(command: str) -> subprocess.CompletedProcess[str]:
        line = ["bash", "-c", f"set -o pipefail; {command}"]
        return subprocess.run(line, capture_output=True, text=True, check=False, env=environment, timeout=300)

    left = shell(f"{program} check {steady} | true")
    assert (left.returncode, left.stderr) in ((141, ""), (0, ""))
    full = shell(f"{program} check {steady} > /dev/full")
    assert full.returncode == 2
    assert full.stderr == "nanochannel: cannot write the output: no space left on device\n"
    done = shell(f"HOME=/dev/null XDG_CACHE_HOME=/dev/null {program} run {steady} --out {steady / 'r'} <&- >&- 2>&-")
    assert done.returncode == 0
    assert len(table(steady / "r")) == 3
    assert (steady / "r" / "log.txt").read_text().count(" of 3") == 3
