"""Cost of I-V curves and of sensitivities in units of one assembly + MUMPS factorisation + solve of the coupled system.

The unit is measured on the same mesh in the same process, at a converged state: with a symbolic analysis of its own (as a
first factorisation has), and with the analysis reused (as all later ones do). Both are processor time, so that other users
of the machine do not count; the phases are the wall time of the run's own clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mpi4py import MPI

from solver.accuracy.sensitivity import sensitivity
from solver.case.case import Case
from solver.case.loading import load_case
from solver.case.studies.points import plan
from solver.linear.direct import DirectBlockSolver
from solver.nonlinear.jacobian import Jacobian
from solver.parallel.clock import Clock
from solver.results.directory import ResultDirectory
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute

ROOT = Path(__file__).parents[2]

REPEATS = 5
"""Times that a unit is measured; the median counts."""

PARAMETERS = (
    "walls.channel.surface_charge",
    "geometry.radius_tip",
    "geometry.radius_base",
    "geometry.length",
    "electrolyte.concentration",
    "electrolyte.temperature",
    "electrolyte.relative_permittivity",
    "electrolyte.viscosity",
    "electrolyte.species.K.diffusivity",
    "electrolyte.species.Cl.diffusivity",
)
"""By these the current of the cone is differentiated."""


def seconds(action: Callable[[], object]) -> float:
    """Processor time of an action."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def unit(simulation: Simulation) -> dict[str, float]:
    """Seconds of one assembly, factorisation and solve at the current state: with an analysis and without."""
    first, again = [], []
    problem, state = simulation.problem, simulation.state
    assert state is not None
    for _ in range(REPEATS):
        jacobian = Jacobian(problem, DirectBlockSolver("jacobian_", problem.clock))

        def newton_step(jacobian: Jacobian = jacobian) -> None:
            found = problem.evaluate(state.state, state.parameters)
            jacobian.refresh(found)
            jacobian.solve(found.residual)

        first.append(seconds(newton_step))
        again.append(seconds(newton_step))
    return {"with_analysis": median(first), "analysis_reused": median(again)}


def curve(name: str, errors: str) -> dict[str, Any]:
    """Run a shipped case as the command does, then measure the unit at one of its points.

    errors: "all" or "none" error bars. The phases are the clock's, in seconds.
    """
    case = load_case(ROOT / "cases" / name, [f"outputs.errors={errors}", "mesh.tolerance=null"])
    with TemporaryDirectory() as folder:
        results = ResultDirectory(Path(folder) / name)
        spent = seconds(lambda: run(case, DirectorySink(results, MPI.COMM_WORLD), MPI.COMM_WORLD))
        record = json.loads((results.path / "run.json").read_text(encoding="utf-8"))
        rows = results.points
    return {
        "case": name,
        "errors": errors,
        "points": len(rows),
        "unknowns": record["mesh"]["unknowns"],
        "newton_steps": sum(int(row["newton_iterations"]) for row in rows),
        "factorisations": sum(int(row["factorisations"]) for row in rows),
        "seconds": spent,
        "phases": record["cost"]["phases"],
        "peak_memory_MB": record["cost"]["peak_memory_MB"],
        "unit": unit(_at_last_point(case)),
    }


def _at_last_point(case: Case) -> Simulation:
    points = plan(case)
    case = case.model_copy(update={"outputs": case.outputs.model_copy(update={"errors": "none"})})
    simulation = Simulation.of(points[-1], points, MPI.COMM_WORLD, Clock())
    compute(simulation, points[-1])
    return simulation


def compilation(name: str) -> dict[str, Any]:
    """Seconds that the forms of a case with error bars take to compile, or to load when that was done before."""
    case = load_case(ROOT / "cases" / name, ["outputs.errors=all", "mesh.tolerance=null"])
    points, clock = plan(case), Clock()  # the compiler is another process: this is wall time
    Simulation.of(points[0], points, MPI.COMM_WORLD, clock)
    return {"seconds": clock.seconds["compile"]}


def sensitivities() -> dict[str, Any]:
    """One adjoint state and a derivative by each of PARAMETERS at 1 V, against one Newton step (seconds)."""
    overrides = [
        "study.range=null",
        "study.values=[1 V]",
        "mesh.tolerance=null",
        f"outputs.sensitivities=[{', '.join(PARAMETERS)}]",
    ]
    case = load_case(ROOT / "cases/conical_rectifier", [*overrides, "outputs.errors=none"])
    points = plan(case)
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    compute(simulation, points[0])
    problem, adjoint, state = simulation.problem, simulation.adjoints[0], simulation.state
    assert state is not None
    solve = median(seconds(lambda: adjoint.solve(state)) for _ in range(REPEATS))
    derivatives = []
    for parameter in PARAMETERS:

        def derive(parameter: str = parameter) -> None:
            sensitivity(adjoint, state, points[0].case, parameter)

        derivatives.append({"parameter": parameter, "seconds": median(seconds(derive) for _ in range(3))})
    found = sensitivity(adjoint, state, points[0].case, PARAMETERS[0])
    return {
        "unknowns": problem.size,
        "adjoint": solve,
        "derivatives": derivatives,
        "unit": unit(simulation),
        "elasticity_of_first": found.elasticity,
    }
