"""Where a run of a protocol begins: the steady state of its case, the last state of another result, or its own checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solver.case.case import Case
from solver.case.studies.points import Point
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.parallel.ranks import on_root
from solver.results.rows import ResultError, first_difference, read_run
from solver.simulation.checkpoint import Kept, read_arrays, read_checkpoint
from solver.simulation.simulation import Session
from solver.studies.transient.runner import March

SHARED = ("geometry", "electrolyte", "mesh", "solver")
"""Parts of a case in which another result must agree, so that its state fits."""


def begin_march(session: Session, point: Point, kept: dict[str, Any] | None, checkpoint: Path, first: int) -> March:
    """The run of a point's protocol, at its begin or where `kept` (of run.json) and the checkpoint left it. Collective.

    first: number of its first row.

    Raises:
        ConvergenceError: the steady state is not reached.
        ResultError: on all ranks; the result to start from does not fit.
    """
    study = point.case.study
    assert isinstance(study, Transient)
    if kept is not None and kept.get("run") == point.number and session.last is not None:
        arrays = read_arrays(session.problem, checkpoint, kept["arrays"])
        return March(session, point, first, kept=Kept(kept, arrays))
    session.continuation.start_over()
    if study.start == "steady":
        session.reach(point)
        return March(session, point, first)
    other = point.case.directory / study.start
    scale = on_root(session.problem.mesh.comm, lambda: _scale_of(other, point))
    problem = session.problem
    problem.start_at_rest(build.drive_of(problem, point.case))
    read_checkpoint(problem, other / checkpoint.name)
    problem.shift_scale(scale)
    problem.set_drive(build.drive_of(problem, point.case))
    session.last = point
    return March(session, point, first, settled=False)


def _scale_of(other: Path, point: Point) -> float:
    """Scale of concentration of a result's checkpoint; refuses one that belongs to another device."""
    run = read_run(other)
    if "checkpoint" not in run:
        raise ResultError(f"{other} has no checkpoint to start from; run it with 'outputs: {{checkpoint: true}}'")
    own = point.case.model_dump(mode="json")
    for part in SHARED:
        difference = first_difference(run["case"].get(part), own[part])
        if difference:
            raise ResultError(f"study.start: {other} is of another device ({part}: {difference})")
    study = {"type": "steady"}  # protocols and tables of the other need not be there any more
    return build.reference_concentration(Case.model_validate({**run["case"], "study": study}))
