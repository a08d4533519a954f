"""nanochannel campaign: a case at many values of its keys."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_line.base import FAILED, OK, Command, add_case, add_quiet

if TYPE_CHECKING:
    from exploration.campaign.children import Command as Computing
    from exploration.campaign.folder import Campaign, Point
    from solver.case.loading import CaseFile

CTRL_C, INTERRUPTED = 130, 143
"""Exit codes of an interrupted command, as shells have them for SIGINT and SIGTERM."""

SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Where launchers of MPI tell the number of ranks."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `campaign`."""
    add_case(parser)
    parser.add_argument("--study", type=Path, help="file of the study (default: study.yaml beside the case)")
    parser.add_argument("--out", type=Path, help="folder of the campaign (default: results/<case>_<study>)")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="points at once (default: as many as there are cores for)"
    )
    parser.add_argument("--ranks", type=int, default=1, metavar="N", help="MPI ranks of each point (default: 1)")
    parser.add_argument(
        "--repair", action="store_true", help="compute points anew from where they are damaged, if they are"
    )
    add_quiet(parser)
    cluster = parser.add_argument_group("on a cluster")
    cluster.add_argument("--slurm", action="store_true", help="write a job array, and compute nothing")
    cluster.add_argument("--time", default="01:00:00", help="longest time of a point (default: 01:00:00)")
    cluster.add_argument(
        "--point",
        type=int,
        action="append",
        metavar="NUMBER",
        help="compute only this point of a folder that is planned",
    )
    cluster.add_argument("--launcher", metavar="WORDS", help='what starts the ranks of a point, e.g. "srun -n 4"')


def run_campaign(options: argparse.Namespace) -> int:
    """Compute the points of a study that are left."""
    from circuits.description.loading import described_by
    from exploration.campaign.computing import cores
    from exploration.campaign.study import study_file
    from solver.case.loading import CaseFile

    _refuse(options)
    case = CaseFile.read(options.case)
    jobs = options.jobs or max(1, cores() // options.ranks)
    if options.point:
        return _points(options, case)
    file = study_file(case, options.study)
    name = described_by(case, options.overrides).name
    out = options.out or Path("results") / f"{name}_{file.stem}"
    return _study(options, case, file, out, jobs)


def _study(options: argparse.Namespace, case: CaseFile, file: Path, out: Path, jobs: int) -> int:
    """A whole study: computed, or planned for a cluster."""
    from circuits.description.loading import described_by
    from exploration.campaign.computing import compute, described, writing
    from exploration.campaign.folder import planned
    from exploration.campaign.study import load_study
    from solver.parallel.streams import say, tell

    study = load_study(file, case, options.overrides)
    base = described_by(case, options.overrides)
    command = _command(options)
    campaign = described(planned(study, out, case, options.overrides), study, base, command, jobs)
    if campaign.others:
        say(
            f"warning: {len(campaign.others)} points in {out} are not part of this study any more; they are left as they are"
        )
    for note in base.notes:
        say(f"warning: {note}")
    if options.slurm:
        from exploration.campaign.slurm import write_array

        with writing(campaign.path):
            campaign.write()
        tell(*write_array(campaign, command, options.time, options.jobs))
        return OK
    counts = campaign.counts()
    if not options.quiet:
        there = f", {counts['complete']} of them there already" if "complete" in counts else ""
        say(f"{base.name}: {len(campaign.points)} points{there}; {jobs} at once into {out}")
    with _Told(campaign, quiet=options.quiet) as told:
        campaign, stopped = compute(campaign, command, jobs, told)
    return _conclude(campaign, stopped, quiet=options.quiet)


def _points(options: argparse.Namespace, case: CaseFile) -> int:
    """Some points of a folder that is planned, as the tasks of a job array compute them; the tables are made by `collect`."""
    from exploration.campaign.computing import compute_points
    from exploration.campaign.folder import opened
    from solver.inputs.errors import CaseError
    from solver.parallel.streams import say
    from solver.results.rows import ResultError

    if options.out is None:
        raise CaseError("--point needs --out, the folder of the campaign")
    campaign = opened(options.out)
    if Path(campaign.information["case"]) != options.case.resolve():
        raise ResultError(f"{options.out} holds a campaign of {campaign.information['case']}, not of {options.case}")
    numbers = {point.number: point for point in campaign.points}
    if missing := [number for number in options.point if number not in numbers]:
        raise ResultError(f"{options.out} has no point {missing[0]}; there are 1 to {max(numbers)}")
    command = replace(_command(options), overrides=tuple(campaign.information["overrides"]))
    found, stopped = compute_points(campaign, command, [numbers[number] for number in options.point])
    for point in found:
        say(f"point {point.number}: {point.status}" + (f": {point.message}" if point.message else ""))
    if stopped:
        return _ended_by(stopped)
    return OK if all(point.status == "complete" for point in found) else FAILED


def _ended_by(number: int) -> int:
    """Exit code after a signal: that of Ctrl-C, or of any other request to end, as of `run`."""
    return CTRL_C if number == signal.SIGINT else INTERRUPTED


def _command(options: argparse.Namespace) -> Computing:
    from exploration.campaign.children import Command as Computing

    launcher = tuple((options.launcher or "").split())
    return Computing(options.case, tuple(options.overrides), options.ranks, launcher, options.repair, options.petsc)


def _refuse(options: argparse.Namespace) -> None:
    """CaseError for options that make no sense."""
    from solver.inputs.errors import CaseError

    for name in ("jobs", "ranks"):
        number = getattr(options, name)
        if number is not None and number < 1:
            raise CaseError(f"--{name} {number}: must be at least 1")
    if options.point and options.overrides:
        raise CaseError("--set says nothing with --point: the points have the values with which the folder was planned")
    if any(int(os.environ.get(name, "1")) > 1 for name in SIZES):
        raise CaseError(
            "a campaign is one process that starts others: leave out mpirun, and give every point its ranks with --ranks"
        )


def _conclude(campaign: Campaign, stopped: int, *, quiet: bool) -> int:
    """Say what came of it; the exit code."""
    from exploration.campaign.computing import failures
    from postprocess.tables.campaign_summary import campaign_summary
    from solver.parallel.streams import columns, say, tell

    if not quiet:
        tell(campaign_summary(campaign.path, columns(sys.stdout)))
    if stopped:
        say(
            f"nanochannel: interrupted; the same command goes on from here; the tables in {campaign.path} have what is there"
        )
        return _ended_by(stopped)
    failed = failures(campaign)
    if quiet:
        for point in failed:
            say(f"nanochannel: point {point.number} {point.status}: {point.message}")
    if failed or set(campaign.counts()) != {"complete"}:
        say(
            f"nanochannel: {len(failed)} of {len(campaign.points)} points failed; "
            f"the tables in {campaign.path} have the others"
        )
        return FAILED
    return OK


class _Told:
    """Progress over all points: a bar on a terminal, lines elsewhere. A context manager."""

    def __init__(self, campaign: Campaign, *, quiet: bool) -> None:
        from tqdm import tqdm

        total, left = len(campaign.points), len(campaign.left())
        self._drawn = sys.stderr.isatty() and not quiet
        self._lines = not self._drawn and not quiet
        self._labels = _labels(campaign)
        form = "{percentage:3.0f}%|{bar}| {n}/{total} points {elapsed}<{remaining}{postfix}"
        self._bar = tqdm(total=total, initial=total - left, leave=False, disable=not self._drawn, bar_format=form)
        self._failed = 0

    def __enter__(self) -> _Told:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, point: Point, done: int, total: int) -> None:
        from solver.parallel.streams import say

        bad = point.status != "complete"
        self._failed += bad
        self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
        self._bar.update(1)
        text = f"point {point.number}: {self._labels(point)}: {point.status}"
        text += f": {point.message}" if point.message else f", {point.wall_time or 0.0:.1f} s"
        if self._lines:
            say(f"{text}, {done} of {total}")
        elif bad and self._drawn:
            self._bar.write(text, file=sys.stderr)


def _labels(campaign: Campaign) -> Any:
    """Values of points in words."""
    from postprocess.tables.campaign import NONE
    from solver.results.swept import SweptQuantity

    swept = {
        each["key"]: SweptQuantity.of(
            each["header"], [point.values[each["key"]] for point in campaign.points], each["written"]
        )
        for each in campaign.information["parameters"]
        if each["unit"] is not None
    }

    def label(point: Point) -> str:
        words = [
            swept[key].named(value) if key in swept else f"{key} = {NONE if value is None else value}"
            for key, value in point.values.items()
        ]
        return ", ".join(words).replace("−", "-")

    return label


COMMAND = Command(
    "campaign", "Compute a case at many values of its keys, as a study.yaml beside it says.", arguments, run_campaign
)
