"""A job array for Slurm: every task computes one point, as `campaign` does on one machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from exploration.campaign.children import Command
from exploration.campaign.folder import Campaign
from solver.results.rows import ResultError, reason, replace_file

ARRAY = "array.sh"
WARNED = 120
"""Seconds before the end of its time at which a task is told to end with a checkpoint."""
MOST = 1000
"""Tasks of an array that clusters allow by default."""

SCRIPT = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array={numbers}
#SBATCH --ntasks={ranks}
#SBATCH --time={time}
#SBATCH --mem-per-cpu=2G
#SBATCH --signal=B:USR1@{warned}
#SBATCH --requeue
#SBATCH --output={out}/points/%4a.slurm.log
# Load modules or an environment here, and the account and partition of your cluster as further #SBATCH lines.
cd {here} || exit 2
export OMP_NUM_THREADS=1
exec {line} --point "$SLURM_ARRAY_TASK_ID"{petsc}
"""


def write_array(campaign: Campaign, command: Command, time: str, jobs: int | None) -> list[str]:
    """Write the script of the points that are left; gives lines that say how to submit it.

    time: that Slurm gives to each. jobs: tasks at once; None for as many as the cluster has room for.

    Raises:
        ResultError: it cannot be written.
    """
    left = [point.number for point in campaign.left()]
    if not left:
        return [f"all points in {campaign.path} are complete: there is nothing to submit"]
    out = campaign.path.resolve()
    launcher = list(command.launcher) or (["srun"] if command.ranks > 1 else [])
    words = ["nanochannel", "campaign", str(command.case.resolve()), "--out", str(out), "--ranks", str(command.ranks)]
    words += ["--launcher", " ".join(launcher)] if launcher else []
    words += ["--repair"] if command.repair else []
    text = SCRIPT.format(
        name=campaign.information["case_name"],
        numbers=_ranges(left) + (f"%{jobs}" if jobs else ""),
        ranks=command.ranks,
        time=time,
        warned=WARNED,
        out=out,
        here=shlex.quote(str(Path.cwd())),
        line=shlex.join(words),
        petsc=f" -- {shlex.join(command.petsc)}" if command.petsc else "",
    )
    file = campaign.path / ARRAY
    try:
        (campaign.path / "points").mkdir(exist_ok=True)
        replace_file(file, text.encode())
        file.chmod(0o755)
    except OSError as error:
        raise ResultError(f"cannot write {file}: {reason(error)}") from error
    many = (
        [f"note: clusters often allow {MOST} tasks of an array; this one has {len(left)}"] if len(left) > MOST else []
    )
    return [
        f"wrote {file}: {len(left)} points",
        *many,
        f"submit:  sbatch {file}",
        f"then:    nanochannel collect {campaign.path}",
    ]


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers as Slurm takes them: "1-3,7"."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _runs(numbers))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
