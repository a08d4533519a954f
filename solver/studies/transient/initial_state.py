"""The state from which a protocol starts: the steady state of its case, or the last state of another result."""

from __future__ import annotations

from pathlib import Path

from solver.case.case import Case
from solver.case.studies.points import Point
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.parallel.ranks import on_root
from solver.results.generations import last_state
from solver.results.rows import ResultError, first_difference, read_run
from solver.simulation.checkpoint import read_checkpoint
from solver.simulation.simulation import Simulation

SHARED = ("geometry", "electrolyte", "mesh", "solver")
"""Parts of a case in which another result must agree, so that its state fits."""


def start(simulation: Simulation, point: Point[Case]) -> bool:
    """Bring a simulation to the state from which a point's protocol starts; whether that is a steady state. Collective.

    Raises:
        ConvergenceError: the steady state is not reached.
        ResultError: on all ranks; the result to start from does not fit.
    """
    study, problem = Transient.of(point.case), simulation.problem
    simulation.continuation.start_over()
    if study.start == "steady":
        solved = simulation.reach(point, held=True)
        if problem.unknowns.of_walls:
            simulation.state = problem.evaluate(solved.state.state, build.parameters_of(problem, point.case))
        return True
    other = point.case.directory / study.start
    file, scale, fingerprint = on_root(problem.mesh.comm, lambda: _state_of(other, point))
    if fingerprint not in (None, simulation.fingerprint):
        raise ResultError(
            f"study.start: {other} has another mesh, made for other values, such as concentrations of its protocol; give both"
            " cases mesh.wall_size and mesh.corner_size as lengths, e.g. '2 nm'"
        )
    state = problem.unknowns.rescaled(read_checkpoint(problem, file), scale / problem.scales.concentration)
    simulation.state = problem.evaluate(state, build.parameters_of(problem, point.case))
    simulation.last = point
    return False


def _state_of(other: Path, point: Point[Case]) -> tuple[Path, float, str | None]:
    """File of a result's last state, its scale of concentration, and what identifies its mesh (None where it does not say);
    refuses one that belongs to another device."""
    run = read_run(other)
    file = last_state(other, run.get("case"))
    if file is None:
        raise ResultError(f"{other} has no checkpoint to start from; run it with 'outputs: {{checkpoint: true}}'")
    own = point.case.model_dump(mode="json")
    for part in SHARED:
        difference = first_difference(run["case"].get(part), own[part])
        if difference:
            raise ResultError(f"study.start: {other} is of another device ({part}: {difference})")
    study = {"type": "steady"}  # protocols and tables of the other need not be there any more
    case = Case.model_validate({**run["case"], "study": study})
    regions = [{name: law.structure for name, law in each.regions.items()} for each in (case, point.case)]
    if regions[0] != regions[1]:
        raise ResultError(f"study.start: {other} is of another device (its regions have other materials)")
    if _coverages(case) != _coverages(point.case):
        raise ResultError(f"study.start: {other} is of another device (its walls adsorb other species)")
    identity = (run.get("mesh") or {}).get("identity") or {}
    return file, build.reference_concentration(case), identity.get("fingerprint")


def _coverages(case: Case) -> dict[str, list[tuple[str, ...]]]:
    """Names of the coverages of each wall: they are unknowns of a state."""
    return {name: [law.coverages for law in case.walls[name].laws] for name in case.walls}
