"""The result directory of one run: created, appended to and reopened without ever losing a number that is on disk.

Files (column headers carry SI units):

    run.json          status, resolved case, versions, ranks, mesh, cost; replaced atomically
    observables.csv   one row per accepted point, in the order of computing
    profiles.csv      axial profiles, several rows per point
    convergence.csv   one row per Newton iteration
    sensitivities.csv derivatives of current and flow rate, one row per point, goal and parameter, if asked for
    loads.csv         states between short circuit and reversal potential, several rows per point of such a study
    journal.jsonl     a line per row that counts, with what the tables then held (`solver.results.journal`)
    summary.json      what combines points, such as rectification ratios
    devices/          results of the devices of a circuit, each like one of its own
    fields/           field files for ParaView and `nanochannel render`, and their list fields.pvd
    checkpoint/       the last two states (`solver.results.generations`)
    expected.csv, reference.csv   copies from the case directory, when it has them

A directory that is not empty is refused, unless
  --resume  continues the same case after its last complete point, or
  --force   replaces the result: the old files go to old-<time>/ in the same directory when the new run starts writing,
            and are deleted only when the new run is complete. Files that the program did not write are not touched.
What a resumed run finds is compared with the journal and the checkpoint; a result that somebody has changed is refused, and
  --repair  goes back to what is whole (`solver.results.reopening`).

No MPI here. The first rank uses ``write=True``; the other ranks may hold an object with ``write=False``, on which every
method does nothing. Errors appear on the writing rank alone: the caller has to pass them on before the next collective.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from solver.results import field_list
from solver.results.columns import Column
from solver.results.generations import Generations
from solver.results.headers import POINT
from solver.results.journal import JOURNAL, TABLES, Journal, append_bytes, described, synchronise
from solver.results.lock import Lock
from solver.results.reopening import Left, reopened
from solver.results.replacing import OldResult
from solver.results.rows import (
    FULL,
    ResultError,
    Row,
    csv_bytes,
    first_difference,
    json_bytes,
    parameter_columns,
    plain,
    read_run,
    reason,
    replace_file,
)

__all__ = ["ResultDirectory", "ResultError", "parameter_columns", "read_run"]

FAILED, INTERRUPTED = "failed", "interrupted"
"""Entry `status` of run.json after a run that did not come to its end: by an error, or because somebody asked for it."""

OWN_FILES = (
    "summary.json", "observables.csv", "profiles.csv", "convergence.csv", "sensitivities.csv", "loads.csv", JOURNAL,
    "expected.csv", "reference.csv",
    "log.txt", "fields", "devices", "checkpoint*", "mesh.*", "figures", "pictures",
)  # fmt: skip
"""Files of a result, besides run.json."""
FROM_CASE = ("expected.csv", "reference.csv")
OF_ONE_RUN = ("status", "started", "finished", "host", "ranks", "versions", "cost", "message")
"""Entries of run.json that a resumed run begins anew; those of the run before go to `earlier_runs`."""
OF_A_RESULT = ("format", "case", "case_directory", "earlier_runs")
"""Entries of run.json that every run writes itself; all others say how far an interrupted run came."""


class ResultDirectory:
    """Writer of one result directory; see the module's text for its rules.

    Constructing checks that `path` may be used and writes nothing; `start` takes possession of it.
    Raises ResultError when the path is a file, is not empty without `resume` or `force`, or holds something else.
    """

    def __init__(
        self, path: Path | str, *, resume: bool = False, force: bool = False, repair: bool = False, write: bool = True
    ) -> None:
        self.path = Path(path)
        self.write = write
        self.points: list[dict[str, Any]] = []
        """Rows of observables.csv that are complete on disk: numbers as floats, `point` as int."""
        self._headers: dict[str, list[str]] = {}
        self._columns: Mapping[str, Mapping[str, Column]] = {}
        self._run: dict[str, Any] = {}
        self._lock, self._old = Lock(), OldResult(self.path, OWN_FILES)
        self._journal, self._generations = Journal(self.path), Generations(self.path)
        self._fields: dict[int, str] = {}
        self._described: tuple[str, ...] = ()
        if not write:
            return
        if resume and force:
            raise ResultError("--resume and --force exclude each other: continue the result or replace it")
        if repair and not resume:
            raise ResultError("--repair belongs to --resume: it says what to do where a result is damaged")
        occupied = self._occupied()
        self._resume, self._force, self._repair = resume and occupied, force and occupied, repair
        if occupied and not self._old.is_there:
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
        columns: Mapping[str, Mapping[str, Column]] | None = None,
        *,
        needs_checkpoint: bool = False,
        below: int | None = None,
        **info: Any,
    ) -> Left:
        """Take possession of the directory and write run.json with status "running"; gives what an earlier run that is
        continued has left.

        `case` is the resolved case as plain data, `info` whatever else belongs into run.json (title, versions, ...).
        `columns` describes the columns that the CSV files may have, by file and header; run.json gets those they have.
        `expected.csv` and `reference.csv` of `case_directory` are copied, so that the result explains itself.
        `needs_checkpoint`: the case goes on from its checkpoint and writes later rows again, so that these do not count.
        `below`: this result is part of another one, of whose rows those from this number on do not count; nothing is copied.
        Raises ResultError when the directory cannot be written, another process writes into it, or, on resuming,
        it belongs to another case or is damaged. Open log.txt and the field files only after this call.
        """
        if not self.write:
            return Left()
        with self.writing("run.json"):
            self.path.mkdir(parents=True, exist_ok=True)
        if not self._lock.take(self.path):
            raise ResultError(f"another run is writing into {self.path}; choose another --out")
        self._columns, self._described = columns or {}, tuple(info)
        try:
            self._old.put_back()
            return self._possess(plain(case), case_directory, info, needs_checkpoint, below)
        except BaseException:
            self._old.put_back()
            self._lock.release()
            raise

    def _possess(
        self, case: dict[str, Any], case_directory: Path | None, info: Row, needs_checkpoint: bool, below: int | None
    ) -> Left:
        earlier: list[Any] = []
        left = Left()
        if self._resume:
            old = read_run(self.path)
            difference = first_difference(old.get("case"), case)
            if difference:
                raise ResultError(
                    f"{self.path} holds another case ({difference}): it cannot be resumed; --force replaces it, "
                    "or choose another --out"
                )
            known = {key: value for key, value in old.items() if key not in (*OF_ONE_RUN, *OF_A_RESULT, *info)}
            with self.writing(JOURNAL):
                left = reopened(
                    self.path, case, known, needs_checkpoint=needs_checkpoint, repair=self._repair, below=below
                )
            self._journal, self.points, self._headers = left.journal or self._journal, left.points, left.headers
            self._fields = {entry.point: entry.fields for entry in self._journal.entries if entry.fields}
            earlier = [*old.get("earlier_runs", []), {key: old[key] for key in OF_ONE_RUN if key in old}]
        elif self._force:
            with self.writing("old-*"):
                self._old.set_aside()
        self._run = {
            "format": 2,
            "status": "running",
            "message": "",
            "started": _now(),
            "host": socket.gethostname(),
            **plain(info),
            "case_directory": None if case_directory is None else str(Path(case_directory).resolve()),
            "case": case,
            **left.information,
        }
        if earlier:
            self._run["earlier_runs"] = earlier
        self._save_run()
        for name in FROM_CASE if case_directory is not None and below is None else ():
            source = Path(case_directory or "", name)
            if source.is_file():
                with self.writing(name):
                    replace_file(self.path / name, source.read_bytes())
        return left

    def add_point(
        self,
        row: Row,
        profile: Iterable[Row] = (),
        convergence: Iterable[Row] = (),
        sensitivities: Iterable[Row] = (),
        fields: str = "",
        loads: Iterable[Row] = (),
    ) -> None:
        """Append an accepted point. `row` needs the key `point`; `fields` is the name of its file in fields/, if it has one.

        The line of the journal is written last: it is what makes the point count when the run is resumed.
        """
        if not self.write:
            return
        point = int(row[POINT])
        if fields:
            with self.writing(field_list.LIST):
                field_list.write_list(self.path / field_list.FOLDER, {**self._fields, point: fields})
            self._fields[point] = fields
        chunks = {
            "profiles.csv": self._append("profiles.csv", profile),
            "convergence.csv": self._append("convergence.csv", convergence),
            "sensitivities.csv": self._append("sensitivities.csv", sensitivities),
            "loads.csv": self._append("loads.csv", loads),
            "observables.csv": self._append("observables.csv", [row]),
        }
        with self.writing(JOURNAL):
            self._journal.append(point, fields, chunks)
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

    def begin_checkpoint(self) -> Path:
        """An empty folder for a checkpoint; the one before stays until `commit_checkpoint`. Only on the writing rank."""
        with self.writing("checkpoint"):
            return self._generations.begin()

    def commit_checkpoint(self, folder: Path, numbers: Row) -> None:
        """Make what is in a folder of `begin_checkpoint` the newest checkpoint: the rows so far belong to it, and what
        run.json says of how far the run came. numbers: what the study needs besides the states."""
        last = self._journal.entries[-1] if self._journal.entries else None
        own = (*OF_ONE_RUN, *OF_A_RESULT, *self._described, "checkpoint", "columns")
        content = {
            **described(last),
            "numbers": plain(numbers),
            "information": {key: value for key, value in self._run.items() if key not in own},
        }
        with self.writing("checkpoint"):
            synchronise([self.path / name for name in (*TABLES, JOURNAL)])
            self._generations.commit(folder, self._run["case"], content)
        self.update(checkpoint=numbers)

    def synchronise(self) -> None:
        """See that the rows so far are on the disk."""
        if self.write:
            with self.writing(JOURNAL):
                synchronise([path for name in (*TABLES, JOURNAL) if (path := self.path / name).exists()])

    def abandon_checkpoint(self, folder: Path) -> None:
        """Remove a checkpoint that could not be written."""
        self._generations.abandon(folder)

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
        self._old.delete()
        self._lock.release()

    def fail(self, message: str, status: str = FAILED, **info: Any) -> str:
        """Mark the result failed or interrupted, as far as the disk allows, and return the message with what is still there.

        Never raises: it is called while another error is on its way.
        """
        if not self.write:
            return message
        if self._run:
            with suppress(ResultError):
                self.update(status=status, message=message, finished=_now(), **info)
        self._lock.release()
        if self._old.kept is not None:
            message += f"; the result before this run is kept in {self._old.kept}"
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
            names = [entry.name for entry in self.path.iterdir()]
            return self._old.is_there or any(not name.startswith((".", "old-", "lost+found")) for name in names)
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

    def _append(self, name: str, rows: Iterable[Row]) -> bytes:
        """Append rows to a CSV file and close it; gives what was appended. After an error the file is as it was before."""
        rows = list(rows)
        if not rows:
            return b""
        path = self.path / name
        new = name not in self._headers
        if new:
            self._describe(name, rows[0])
        header = self._headers.setdefault(name, list(rows[0]))
        for row in rows:
            if set(row) != set(header):
                odd = ", ".join(sorted(set(row) ^ set(header)))
                raise ResultError(f"{path} has other columns than this version writes ({odd}); --force replaces it")
        content = csv_bytes(header, rows, with_header=new)
        try:
            with self.writing(name):
                append_bytes(path, content)
        except ResultError:
            if new:
                del self._headers[name]
            raise
        return content

    def _describe(self, name: str, header: Iterable[str]) -> None:
        """Put label and description of the columns of a new file into run.json."""
        known = self._columns.get(name, {})
        found = {text: asdict(known[text]) for text in header if text in known}
        if found:
            self.update(columns={**self._run.get("columns", {}), name: found})


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
