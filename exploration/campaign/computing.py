"""Computing the points of a campaign, several at once, with campaign.json and the tables always as far as the points are."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from circuits.description.circuit import Circuit
from exploration.campaign.children import Children, Command, log_of, warnings_of
from exploration.campaign.collecting import collect
from exploration.campaign.folder import COMPLETE, FAILED, REFUSED, Campaign, Point, opened, refreshed
from exploration.campaign.study import Study
from solver.case.case import Case
from solver.results.lock import Lock
from solver.results.rows import ResultError, read_run, reason

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1") if hasattr(signal, name))

BETWEEN_TABLES = 30.0
"""Seconds between two versions of the tables while points are computed."""

Told = Callable[[Point, int, int], None]
"""Is told of a point that has ended, how many have, and of how many."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def described(campaign: Campaign, study: Study, case: Case | Circuit, command: Command, jobs: int) -> Campaign:
    """The campaign with what campaign.json says of the study, the case and how it is computed."""
    design = study.design.model_dump(mode="json", exclude={"parameters", "title"})
    parameters = [
        {"key": each.key, "header": each.header, "unit": each.unit, "written": each.written, "spacing": each.spacing,
         "values": list(each.values)}
        for each in study.parameters
    ]  # fmt: skip
    return campaign.with_information(
        title=study.design.title,
        case=str(command.case.resolve()),
        case_name=case.name,
        case_title=case.title,
        study=None if study.file is None else str(study.file.resolve()),
        overrides=list(command.overrides),
        design=design,
        parameters=parameters,
        ranks=command.ranks,
        jobs=jobs,
        status=campaign.information.get("status", "waiting"),
    )


def compute(
    campaign: Campaign, command: Command, jobs: int, told: Told, before: Callable[[], None] = lambda: None
) -> tuple[Campaign, int]:
    """Compute the points that are left, `jobs` at once; the campaign then, and the signal that ended it, 0 without one.

    before: done once nobody else writes into the folder.

    Raises:
        ResultError: another campaign writes into the folder, or it cannot be written.
    """
    with writing(campaign.path):
        before()
        return _compute(campaign, command, jobs, told)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """The time in which this process alone writes campaign.json of a folder.

    Raises:
        ResultError: another one does.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error
    lock = Lock()
    if not lock.take(path):
        raise ResultError(f"another campaign is writing into {path}; choose another --out")
    try:
        yield
    finally:
        lock.release()


def _compute(campaign: Campaign, command: Command, jobs: int, told: Told) -> tuple[Campaign, int]:
    begin, children = time.monotonic(), Children(command)
    earlier = float(campaign.information.get("wall_time") or 0.0)
    started = campaign.information.get("started") or _now()
    campaign = campaign.with_information(status="running", started=started, finished=None)
    campaign.write()
    left, collected = campaign.left(), begin
    done = len(campaign.points) - len(left)
    with _pool(children, jobs) as pool:
        waiting = {pool.submit(children.compute, campaign.path, point): point for point in left}
        while waiting:
            ended, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            if children.stopped:
                for future in waiting:
                    future.cancel()
            for future in ended:
                waiting.pop(future)
                if future.cancelled():
                    continue
                point = future.result()
                done += 1
                campaign = campaign.with_points([point]).with_information(wall_time=earlier + time.monotonic() - begin)
                campaign.write()
                if time.monotonic() - collected > BETWEEN_TABLES:
                    collect(campaign)
                    collected = time.monotonic()
                if not children.stopped:
                    told(point, done, len(campaign.points))
    campaign = finished(campaign, children.stopped)
    return campaign, children.stopped


def finished(campaign: Campaign, stopped: int = 0) -> Campaign:
    """The campaign as its points are on disk, written with its tables. stopped: the signal that ended it.

    Raises:
        ResultError: something cannot be read or written.
    """
    campaign = refreshed(campaign)
    counts = campaign.counts()
    status = "complete" if set(counts) == {COMPLETE} else "interrupted" if stopped else "incomplete"
    campaign = campaign.with_information(
        status=status, finished=_now(), warnings=_warnings(campaign), **_of_a_run(campaign)
    )
    campaign.write()
    collect(campaign)
    return campaign


def collected(path: Path) -> Campaign:
    """The campaign in a folder, with its tables made anew, and campaign.json where no campaign that is running keeps it.

    Raises:
        ResultError: there is none, or something cannot be read or written.
    """
    lock = Lock()
    if not lock.take(path):
        campaign = opened(path)
        collect(campaign)
        return campaign
    try:
        return finished(opened(path))
    finally:
        lock.release()


def failures(campaign: Campaign) -> list[Point]:
    """The points that could not be computed."""
    return [point for point in campaign.points if point.status in (FAILED, REFUSED)]


def _warnings(campaign: Campaign) -> list[dict[str, Any]]:
    """What the runs of the points warned of, each text once, with the numbers of its points."""
    found: dict[str, list[int]] = {}
    for point in campaign.points:
        for text in warnings_of(log_of(campaign.path, point)):
            found.setdefault(text, []).append(point.number)
    return [{"text": text, "points": numbers} for text, numbers in found.items()]


def _of_a_run(campaign: Campaign) -> dict[str, Any]:
    """Versions of the libraries and labels of the columns, of the first complete point."""
    for point in campaign.points:
        if point.status == COMPLETE:
            run = read_run(campaign.path / point.folder)
            columns = (run.get("columns") or {}).get("observables.csv") or {}
            return {
                "versions": run.get("versions") or {},
                "columns": {header: column["label"] for header, column in columns.items()},
            }
    return {}


@contextmanager
def _pool(children: Children, jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that wait for children, some at once; whatever goes wrong here ends them, and no other begins."""
    with ThreadPoolExecutor(max(jobs, 1)) as pool, _passing(children):
        try:
            yield pool
        except BaseException:
            if not children.stopped:
                children.stop(signal.SIGTERM)
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _passing(children: Children) -> Iterator[None]:
    """Signals that end a run end all children."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda found, _: children.stop(found)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def compute_points(campaign: Campaign, command: Command, points: list[Point]) -> tuple[list[Point], int]:
    """Compute some points one after the other, as the tasks of a job array do: nothing is written but the points themselves.

    Gives the points as they are then, and the signal that ended them, 0 without one.
    """
    children = Children(command)
    with _pool(children, 1) as pool:
        found = [pool.submit(children.compute, campaign.path, point) for point in points if point.status != COMPLETE]
        while not all(future.done() for future in found):
            wait(found, timeout=0.5)
    computed = {point.number: point for point in (future.result() for future in found)}
    return [computed.get(point.number, point) for point in points], children.stopped
