"""The result directory of one run: created, appended to and reopened without ever losing a number that is on disk.

Files (column headers carry SI units):

    run.json          status, resolved case, versions, ranks, mesh, cost; replaced atomically
    observables.csv   one row per accepted point, in the order of computing; a point counts once its row is here
    profiles.csv      axial profiles, several rows per point
    convergence.csv   one row per Newton iteration
    sensitivities.csv derivatives of current and flow rate, one row per point, goal and parameter, if asked for
    summary.json      what combines points, such as rectification ratios
    fields/           field files for ParaView and `nanochannel render`
    expected.csv, reference.csv   copies from the case directory, when it has them

A directory that is not empty is refused, unless
  --resume  continues the same case after its last complete point, or
  --force   replaces the result: the old files go to old-<time>/ in the same directory when the new run starts writing,
            and are deleted only when the new run is complete. Files that the program did not write are not touched.

No MPI here. The first rank uses ``write=True``; the other ranks may hold an object with ``write=False``, on which every
method does nothing. Errors appear on the writing rank alone: the caller has to pass them on before the next collective.
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from solver.results.rows import (
    FULL,
    ResultError,
    Row,
    csv_bytes,
    first_difference,
    json_bytes,
    number,
    parameter_columns,
    plain,
    read_rows,
    read_run,
    reason,
    replace_file,
)

__all__ = ["ResultDirectory", "ResultError", "parameter_columns", "read_run"]

OWN_FILES = (
    "run.json", "summary.json", "observables.csv", "profiles.csv", "convergence.csv", "sensitivities.csv",
    "expected.csv", "reference.csv",
    "log.txt", "fields", "checkpoint*", "mesh.*", "figures", "pictures",
)  # fmt: skip
BY_POINT = ("profiles.csv", "convergence.csv", "sensitivities.csv")
FROM_CASE = ("expected.csv", "reference.csv")
OF_ONE_RUN = ("status", "started", "finished", "ranks", "versions", "cost", "message")
"""Entries of run.json that a resumed run begins anew; those of the run before go to `earlier_runs`."""
OF_A_RESULT = ("format", "case", "case_directory", "earlier_runs")
"""Entries of run.json that every run writes itself; all others say how far an interrupted run came."""


class ResultDirectory:
    """Writer of one result directory; see the module's text for its rules.

    Constructing checks that `path` may be used and writes nothing; `start` takes possession of it.
    Raises ResultError when the path is a file, is not empty without `resume` or `force`, or holds something else.
    """

    def __init__(self, path: Path | str, *, resume: bool = False, force: bool = False, write: bool = True) -> None:
        self.path = Path(path)
        self.write = write
        self.points: list[dict[str, Any]] = []
        """Rows of observables.csv that are complete on disk: numbers as floats, `point` as int."""
        self._replaced: Path | None = None
        self._headers: dict[str, list[str]] = {}
        self._run: dict[str, Any] = {}
        self._lock: int | None = None
        if not write:
            return
        if resume and force:
            raise ResultError("--resume and --force exclude each other: continue the result or replace it")
        occupied = self._occupied()
        self._resume, self._force = resume and occupied, force and occupied
        if occupied and not (self.path / "run.json").is_file():
            raise ResultError(f"{self.path} is not empty and holds no result of nanochannel; choose another --out")
        if occupied and not (resume or force):
            raise ResultError(
                f"{self.path} holds a result already; --resume continues it, --force replaces it, "
                "or choose another --out"
            )

    # ------------------------------------------------------------------------------------------------ one run's life

    def start(
        self,
        case: Mapping[str, Any],
        case_directory: Path | None = None,
        *,
        needs_checkpoint: bool = False,
        **info: Any,
    ) -> dict[str, Any]:
        """Take possession of the directory and write run.json with status "running"; gives what an earlier run that is
        continued has left in its run.json: `mesh`, `checkpoint`, and what else belongs to how far it came.

        `case` is the resolved case as plain data, `info` whatever else belongs into run.json (title, versions, ...).
        `expected.csv` and `reference.csv` of `case_directory` are copied, so that the result explains itself.
        `needs_checkpoint`: the case goes on from its checkpoint and writes later rows again, so that these do not count.
        Raises ResultError when the directory cannot be written, another process writes into it, or, on resuming,
        it belongs to another case. Open log.txt and the field files only after this call.
        """
        if not self.write:
            return {}
        with self.writing("run.json"):
            self.path.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            return self._possess(plain(case), case_directory, info, needs_checkpoint)
        except BaseException:
            self._put_back()
            self._release_lock()
            raise

    def _possess(
        self, case: dict[str, Any], case_directory: Path | None, info: Row, needs_checkpoint: bool
    ) -> dict[str, Any]:
        earlier: list[Any] = []
        left: dict[str, Any] = {}
        if self._resume:
            old = read_run(self.path)
            difference = first_difference(old.get("case"), case)
            if difference:
                raise ResultError(
                    f"{self.path} holds another case ({difference}): it cannot be resumed; --force replaces it, "
                    "or choose another --out"
                )
            left = {key: value for key, value in old.items() if key not in (*OF_ONE_RUN, *OF_A_RESULT, *info)}
            if isinstance(left.get("checkpoint"), int):  # as older results have it
                left["checkpoint"] = {"run": left["checkpoint"]}
            self._reopen(_last_row(left.get("checkpoint")) if needs_checkpoint else math.inf)
            earlier = [*old.get("earlier_runs", []), {key: old[key] for key in OF_ONE_RUN if key in old}]
        elif self._force:
            self._set_aside()
        self._run = {
            "format": 1,
            "status": "running",
            "message": "",
            "started": _now(),
            **plain(info),
            "case_directory": None if case_directory is None else str(Path(case_directory).resolve()),
            "case": case,
            **left,
        }
        if earlier:
            self._run["earlier_runs"] = earlier
        self._save_run()
        for name in FROM_CASE if case_directory is not None else ():
            source = Path(case_directory or "", name)
            if source.is_file():
                with self.writing(name):
                    replace_file(self.path / name, source.read_bytes())
        return left

    def add_point(
        self, row: Row, profile: Iterable[Row] = (), convergence: Iterable[Row] = (), sensitivities: Iterable[Row] = ()
    ) -> None:
        """Append an accepted point; on disk when this returns. `row` needs the key `point`.

        The row of observables.csv is written last: it is what makes the point count when the run is resumed.
        """
        if not self.write:
            return
        self._append("profiles.csv", profile)
        self._append("convergence.csv", convergence)
        self._append("sensitivities.csv", sensitivities)
        self._append("observables.csv", [row])
        self.points.append(dict(row))

    def add_convergence(self, rows: Iterable[Row]) -> None:
        """Append iterations that belong to no accepted point, so that a failed run can be understood."""
        if self.write:
            self._append("convergence.csv", rows)

    def update(self, **info: Any) -> None:
        """Replace entries of run.json, for example `mesh` or `cost`."""
        if self.write:
            self._run.update(plain(info))
            self._save_run()

    def write_json(self, name: str, data: Any) -> None:
        """Write a JSON file next to run.json, whole or not at all."""
        if self.write:
            with self.writing(name):
                replace_file(self.path / name, json_bytes(data))

    def complete(self, **info: Any) -> None:
        """Mark the result complete; only now is a result that --force replaced deleted."""
        if not self.write:
            return
        self.update(status="complete", message="", finished=_now(), **info)
        if self._replaced is not None:
            shutil.rmtree(self._replaced, ignore_errors=True)
            self._replaced = None
        self._release_lock()

    def fail(self, message: str, **info: Any) -> str:
        """Mark the result failed, as far as the disk allows, and return the message with what is still there.

        Never raises: it is called while another error is on its way.
        """
        if not self.write:
            return message
        if self._run:
            with suppress(ResultError):
                self.update(status="failed", message=message, finished=_now(), **info)
        self._release_lock()
        if self._replaced is not None:
            message += f"; the result before this run is kept in {self._replaced}"
        return message

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Turn an OSError while writing `name` into a ResultError of one line."""
        try:
            yield
        except OSError as error:
            raise ResultError(self._explain(name, error)) from error

    # ------------------------------------------------------------------------------------------------------- inside

    def _occupied(self) -> bool:
        """Whether something is there that a new run would mix with; hidden files and results set aside do not."""
        try:
            if not self.path.exists():
                return False
            if not self.path.is_dir():
                raise ResultError(f"{self.path} is a file, a result needs a directory; choose another --out")
            return any(not entry.name.startswith((".", "old-", "lost+found")) for entry in self.path.iterdir())
        except OSError as error:
            raise ResultError(f"cannot read {self.path}: {reason(error)}") from error

    def _explain(self, name: str, error: OSError) -> str:
        text = f"cannot write {self.path / name}: {reason(error)}"
        if error.errno in FULL:
            count = len(self.points)
            done = f"{count} complete point{'s are' if count != 1 else ' is'} kept" if count else "no point is complete"
            text += f"; {done}; free some space" + (" and continue with --resume" if self._run else "")
        return text

    def _save_run(self) -> None:
        with self.writing("run.json"):
            replace_file(self.path / "run.json", json_bytes(self._run))

    def _append(self, name: str, rows: Iterable[Row]) -> None:
        """Append rows to a CSV file and close it; after an error the file is as it was before."""
        rows = list(rows)
        if not rows:
            return
        path = self.path / name
        new = name not in self._headers
        header = self._headers.setdefault(name, list(rows[0]))
        for row in rows:
            if set(row) != set(header):
                odd = ", ".join(sorted(set(row) ^ set(header)))
                raise ResultError(f"{path} has other columns than this version writes ({odd}); --force replaces it")
        content = csv_bytes(header, rows, with_header=new)
        with self.writing(name):
            size = path.stat().st_size if path.exists() else 0
            try:
                with path.open("ab") as file:
                    file.write(content)
            except OSError:
                if new:
                    del self._headers[name]
                with suppress(OSError):
                    os.truncate(path, size)
                raise

    def _reopen(self, last: float) -> None:
        """Read the complete points up to a number and cut off what an interrupted run left behind them."""
        rows = [row for row in read_rows(self.path / "observables.csv") if float(row["point"]) <= last]
        self.points = [{key: number(key, text) for key, text in row.items()} for row in rows]
        done = {row["point"] for row in rows}
        for name in ("observables.csv", *BY_POINT):
            path = self.path / name
            rows = [row for row in read_rows(path) if row.get("point") in done]
            if not rows:
                path.unlink(missing_ok=True)
                continue
            header = self._headers[name] = list(rows[0])
            with self.writing(name):
                replace_file(path, csv_bytes(header, rows, with_header=True))

    def _set_aside(self) -> None:
        """Move the old result into a folder of the same directory: works on mount points, and is one rename a file."""
        stamp = time.strftime("old-%Y%m%dT%H%M%S")
        with self.writing(stamp):
            target = self.path / stamp
            while target.exists():
                target = target.with_name(target.name + "x")
            target.mkdir()
            # run.json last: until then the directory is still known as a result.
            names = [entry for pattern in OWN_FILES[1:] for entry in sorted(self.path.glob(pattern))]
            for entry in [*names, self.path / "run.json"]:
                entry.rename(target / entry.name)
        self._replaced = target

    def _put_back(self) -> None:
        """Undo `_set_aside` when the new run could not even start: renaming needs no space."""
        if self._replaced is not None:
            with suppress(OSError):
                for entry in self._replaced.iterdir():
                    entry.replace(self.path / entry.name)
                self._replaced.rmdir()
                self._replaced = None

    def _take_lock(self) -> None:
        """Keep a second process out, where the file system can lock (elsewhere nothing happens)."""
        try:
            import fcntl
        except ImportError:
            return
        with suppress(OSError):
            self._lock = os.open(self.path, os.O_RDONLY)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._release_lock()
                raise ResultError(f"another run is writing into {self.path}; choose another --out") from None

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __del__(self) -> None:
        if getattr(self, "_lock", None) is not None:
            self._release_lock()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _last_row(checkpoint: Mapping[str, Any] | None) -> float:
    """Number of the last row that counts when a case goes on from its checkpoint."""
    return -1.0 if checkpoint is None else float(checkpoint["point"])
