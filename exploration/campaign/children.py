"""The processes that compute points: the ordinary command `run` for each, told to end when the campaign is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from exploration.campaign.folder import FAILED, WAITING, Point, on_disk
from meshes.quoting import printable
from solver.results.lock import is_locked

HOME = Path(__file__).resolve().parents[2]
"""Folder of nanochannel.py."""

INSTALLED = ("site-packages", "dist-packages")

LATEST = 60.0
"""Seconds for which a point is waited for that another process still writes, such as one of a campaign that was killed."""

UNBOUND = {
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
"""Open MPI binds the first rank of every program to the first core, so that several programs at once would share it."""

ASKED = (130, 143)
"""Exit codes of a run that somebody asked to end."""

SPOKEN, WARNED = "nanochannel: ", "warning: "
"""Begin of the lines that tell an error, and a warning."""


@dataclass(frozen=True)
class Command:
    """How points are computed.

    Attributes:
        case: path of the case, as `nanochannel run` takes it.
        overrides: "key=value" texts for all points.
        ranks: of each point.
        launcher: words that start one rank or several; () for mpirun where there are several.
        repair: whether damaged results are repaired.
        petsc: options of PETSc.
    """

    case: Path
    overrides: tuple[str, ...] = ()
    ranks: int = 1
    launcher: tuple[str, ...] = ()
    repair: bool = False
    petsc: tuple[str, ...] = ()

    def words(self, path: Path, point: Point) -> list[str]:
        """The command line of a point of the campaign in a folder."""
        launcher = list(self.launcher) or (["mpirun", "-n", str(self.ranks)] if self.ranks > 1 else [])
        sets = [word for text in (*self.overrides, *point.assignments()) for word in ("--set", text)]
        ending = ["--resume", "--quiet", *(["--repair"] if self.repair else [])]
        petsc = ["--", *self.petsc] if self.petsc else []
        return [*launcher, sys.executable, "-m", "nanochannel", "run", str(self.case), *sets,
                "--out", str(path / point.folder), *ending, *petsc]  # fmt: skip


@dataclass
class Children:
    """The processes that are running, and whether they were told to end."""

    command: Command
    stopped: int = 0
    """Number of the signal that ended the campaign; 0 before."""
    _running: set[Any] = field(default_factory=set)
    _guard: Any = field(default_factory=threading.RLock)
    """Of one thread several times: the handler of a signal may interrupt another one."""

    def compute(self, path: Path, point: Point) -> Point:
        """Compute a point to its end, or until it is told to stop; the point as it is then. For one thread a point."""
        if self.stopped:
            return point
        folder, begin = path / point.folder, time.monotonic()
        folder.parent.mkdir(parents=True, exist_ok=True)
        while is_locked(folder) and time.monotonic() - begin < LATEST and not self.stopped:
            time.sleep(0.2)
        begin, log = time.monotonic(), log_of(path, point)
        if not (folder / "run.json").exists():  # else there are the words of the runs before, which still hold
            log.unlink(missing_ok=True)
        earlier = log.stat().st_size if log.exists() else 0
        code = self._run(self.command.words(path, point), log)
        spent = replace(point, status=WAITING, message="", wall_time=time.monotonic() - begin)
        found = on_disk(path, spent)
        return found if self._ending() else _judged(found, code, log, earlier)

    def stop(self, number: int) -> None:
        """Tell all to end with a checkpoint, and let no other begin; at once when it is asked for again."""
        again, self.stopped = bool(self.stopped), number
        with self._guard:
            for process in self._running:
                # mpirun kills its ranks soon after other signals
                gentle = signal.SIGUSR1 if self._launched() and hasattr(signal, "SIGUSR1") else signal.SIGTERM
                process.send_signal(signal.SIGTERM if again else gentle)

    def _ending(self) -> bool:
        """Whether all were told to end, perhaps a moment ago."""
        return bool(self.stopped)

    def _launched(self) -> bool:
        return self.command.ranks > 1 or bool(self.command.launcher)

    def _run(self, words: Sequence[str], log: Path) -> int:
        """Exit code of a command, whose output goes to a file."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **UNBOUND}
        if HOME.name not in INSTALLED:  # a folder of the program, which Python may not know
            environment["PYTHONPATH"] = os.pathsep.join([str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])])
        with log.open("ab") as output, self._guard:
            if self.stopped:
                return -int(self.stopped)
            process = subprocess.Popen(
                [*self._ended_with_us(), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C of the terminal reaches them through `stop` alone
            )
            self._running.add(process)
        try:
            return process.wait()
        finally:
            with self._guard:
                self._running.discard(process)

    def _ended_with_us(self) -> list[str]:
        """Words that let a process end when this one is killed, where the system has them."""
        sent = "USR1" if self._launched() else "TERM"
        words = ("setpriv", "--pdeathsig", sent)
        return list(words) if _works(words) else []


@cache
def _works(words: tuple[str, ...]) -> bool:
    """Whether words can stand before a command on this system; an old setpriv has no such option."""
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run([*words, sys.executable, "-c", ""], capture_output=True, check=False).returncode == 0


def log_of(path: Path, point: Point) -> Path:
    """File with what the run of a point printed."""
    return path / f"{point.folder}.log"


def warnings_of(log: Path) -> list[str]:
    """The warnings in it, each once."""
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return list(dict.fromkeys(printable(line.removeprefix(WARNED)) for line in lines if line.startswith(WARNED)))


def _judged(point: Point, code: int, log: Path, earlier: int) -> Point:
    """A point with what its process said at its end. earlier: bytes of the log from the runs before."""
    if code in (0, *ASKED):
        return point
    told = point.message if point.status == FAILED else ""
    return replace(point, status=FAILED, message=told or _last_words(log, earlier) or f"{_ended(code)}; see {log}")


def _ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")


def _last_words(log: Path, earlier: int) -> str:
    """What a command said went wrong, behind the first bytes of its log; "" if it did not say."""
    lines = log.read_bytes()[earlier:].decode("utf-8", errors="replace").splitlines()
    spoken = [line.removeprefix(SPOKEN) for line in lines if line.startswith(SPOKEN)]
    return printable(spoken[-1]) if spoken else ""
