"""The folder of a campaign: campaign.json, and which of its points is where and how far.

Points are told apart by their values, not by their numbers: a study that has grown finds again what was computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from circuits.description.circuit import Circuit
from circuits.description.loading import described_by
from exploration.campaign.design import Values
from exploration.campaign.study import GIVEN_BY_STUDY, Study, assignment, identity, is_given_by_study
from meshes.quoting import shortened
from postprocess.tables.campaign import DESCRIPTION, KIND, POINTS, read_description
from solver.case.case import Case
from solver.case.loading import CaseFile
from solver.inputs.errors import CaseError, dotted
from solver.inputs.files import CASE_FILE
from solver.results.generations import fingerprint
from solver.results.lock import is_locked
from solver.results.rows import ResultError, first_difference, json_bytes, plain, read_run, reason, replace_file

COMPLETE, FAILED, INTERRUPTED, RUNNING, WAITING, REFUSED = (
    "complete", "failed", "interrupted", "running", "waiting", "refused",
)  # fmt: skip
"""States of a point: with all its rows; ended by an error; to be gone on with; being computed; not begun; no valid case."""
CHANGED = (
    "computed from a case that has changed since the campaign was planned, so that its rows are in no table; put the case"
    " back and remove the folder of the point, or start a campaign in another --out"
)
"""Message of a failed point whose result is one of another case than was planned."""
STATES = (COMPLETE, RUNNING, WAITING, INTERRUPTED, FAILED, REFUSED)


@dataclass(frozen=True)
class Point:
    """A point of a campaign.

    Attributes:
        number: from 1; it stays when the study grows.
        values: of its keys.
        status: one of `STATES`.
        message: why it is not complete; "" when there is nothing to say.
        wall_time: seconds that its last run took; None before.
        case: fingerprint of its case as it was planned; "" where that is unknown.
    """

    number: int
    values: Values
    status: str = WAITING
    message: str = ""
    wall_time: float | None = None
    case: str = ""

    @property
    def folder(self) -> str:
        """Its result directory below that of the campaign."""
        return f"{POINTS}/{self.number:04d}"

    @property
    def belongs(self) -> bool:
        """Whether what is in its folder, if anything, is of the case that was planned."""
        return self.status != REFUSED and self.message != CHANGED

    def assignments(self) -> list[str]:
        """Its values as "key=value" texts."""
        return [assignment(key, value) for key, value in self.values.items()]

    def described(self) -> dict[str, Any]:
        """Its entry in campaign.json."""
        return {"number": self.number, "folder": self.folder, "values": self.values, "status": self.status,
                "message": self.message, "wall_time": self.wall_time, "case": self.case}  # fmt: skip


@dataclass(frozen=True)
class Campaign:
    """What campaign.json says.

    Attributes:
        path: of the folder.
        points: in the order of the study.
        information: the other entries.
        others: points of an earlier form of the study, which are left as they are.
    """

    path: Path
    points: tuple[Point, ...]
    information: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[Point, ...] = ()

    def counts(self) -> dict[str, int]:
        """Number of points in each state that occurs."""
        found = [point.status for point in self.points]
        return {state: found.count(state) for state in STATES if state in found}

    def left(self) -> list[Point]:
        """The points that are still to be computed."""
        return [point for point in self.points if point.status not in (COMPLETE, REFUSED)]

    def with_points(self, changed: Iterable[Point]) -> Campaign:
        """The same with some points replaced, by their numbers."""
        known = {point.number: point for point in changed}
        return replace(self, points=tuple(known.get(point.number, point) for point in self.points))

    def with_information(self, **information: Any) -> Campaign:
        """The same with some entries replaced."""
        return replace(self, information={**self.information, **information})

    def described(self) -> dict[str, Any]:
        """Contents of campaign.json."""
        return {
            "format": 1,
            "kind": KIND,
            **plain(self.information),
            "counts": self.counts(),
            "points": [point.described() for point in self.points],
            "other_points": [point.described() for point in self.others],
        }

    def write(self) -> None:
        """Write campaign.json, whole or not at all.

        Raises:
            ResultError: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            replace_file(self.path / DESCRIPTION, json_bytes(self.described()))
        except OSError as error:
            raise ResultError(f"cannot write {self.path / DESCRIPTION}: {reason(error)}") from error


def opened(path: Path) -> Campaign:
    """The campaign in a folder, with its points as they are on disk.

    Raises:
        ResultError: there is none.
    """
    data = read_description(path)
    points, others = (
        tuple(
            Point(
                each["number"], each["values"], each["status"], each["message"], each["wall_time"], each.get("case", "")
            )
            for each in data.get(key, [])
        )
        for key in ("points", "other_points")
    )
    written = ("format", "kind", "counts", "points", "other_points")
    information = {key: value for key, value in data.items() if key not in written}
    return refreshed(Campaign(path, points, information, others))


def planned(study: Study, path: Path, case: CaseFile, overrides: Sequence[str]) -> Campaign:
    """The campaign of a study in a folder: points that are there keep their numbers, others get the next ones.

    Raises:
        CaseError: the case refuses the values of every point.
        ResultError: the folder holds something else, or points of another case.
    """
    known = opened(path) if (path / DESCRIPTION).exists() else None
    if known is None and _holds_others(path):
        raise ResultError(f"{path} is not empty and holds no campaign; choose another --out")
    earlier = {} if known is None else {identity(point.values): point for point in (*known.points, *known.others)}
    following = max((point.number for point in earlier.values()), default=0)
    points: list[Point] = []
    refusals: list[CaseError] = []
    for values in study.points:
        found = earlier.pop(identity(values), None)
        following += found is None
        point = Point(following, values) if found is None else replace(found, values=values)
        try:
            resolved = _resolved(case, overrides, point)
        except CaseError as error:
            refusals.append(error)
            points.append(replace(point, status=REFUSED, message=_told(error)))
            continue
        data = plain(resolved.model_dump(mode="json"))
        _refuse_other_case(path / point.folder, data)
        point = replace(point, case=fingerprint(data))
        points.append(point if point.belongs else replace(point, status=WAITING, message=""))
    if len(refusals) == len(points):
        raise CaseError(
            f"the case refuses the values of every point; of the first: {_told(refusals[0])}", file=study.file
        )
    return refreshed(Campaign(path, tuple(points), {} if known is None else known.information, tuple(earlier.values())))


def _resolved(case: CaseFile, overrides: Sequence[str], point: Point) -> Case | Circuit:
    """The case of a point.

    Raises:
        CaseError: it is none, or the values of the point do not count in it.
    """
    resolved = described_by(case, [*overrides, *point.assignments()])
    for key in point.values:
        if is_given_by_study(resolved, key):  # by a study that the point itself changes
            raise CaseError(GIVEN_BY_STUDY, key=tuple(key.split(".")))
    return resolved


def _told(error: CaseError) -> str:
    """An error of a case without the place of its value, which is the study."""
    return ": ".join(text for text in (dotted(error.key), error.text) if text)


def _holds_others(path: Path) -> bool:
    """Whether there is something at a path that is no part of a campaign; hidden files and its own case do not count."""
    if not path.exists():
        return False
    return not path.is_dir() or any(not each.name.startswith(".") and each.name != CASE_FILE for each in path.iterdir())


def _refuse_other_case(folder: Path, case: Any) -> None:
    """ResultError where a result in a folder is not one of a case."""
    if not (folder / "run.json").exists():
        return
    difference = first_difference(read_run(folder).get("case"), case)
    if difference:
        raise ResultError(
            f"{folder} holds a point of another case ({shortened(difference)}): the case or a --set has changed since; "
            "choose another --out, or remove this folder to have the point computed anew"
        )


def refreshed(campaign: Campaign) -> Campaign:
    """The same with the states of its points as they are on disk."""
    return campaign.with_points(on_disk(campaign.path, point) for point in campaign.points if point.status != REFUSED)


def on_disk(path: Path, point: Point) -> Point:
    """A point as its own result says."""
    folder = path / point.folder
    if not (folder / "run.json").exists():
        # it may have failed before it began
        return point if point.status == FAILED else replace(point, status=WAITING)
    run = read_run(folder)
    if point.case and point.case != fingerprint(run.get("case")):
        return replace(point, status=FAILED, message=CHANGED)
    status, message = str(run.get("status")), str(run.get("message") or "")
    if status == RUNNING and is_locked(folder) is False:
        if point.status == FAILED:  # what became of its process is known
            return point
        status, message = INTERRUPTED, "the process that computed it is gone"
    seconds = (run.get("cost") or {}).get("wall_time")
    return replace(
        point, status=status, message=message, wall_time=point.wall_time if seconds is None else float(seconds)
    )
