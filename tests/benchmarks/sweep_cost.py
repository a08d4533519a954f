"""Cost of the showcase's 41-point sweep in units of one assembly + MUMPS factorisation + solve of the coupled system.

The unit is measured on the same mesh in the same process, at a converged state, with a symbolic analysis of its own (as
a first factorisation has) and without. Run from the repository:
    ./environment.sh python3 tests/benchmarks/sweep_cost.py [CASE] [KEY=VALUE ...]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

from mpi4py import MPI

from solver.jacobian import JacobianSolver
from solver.loading import load_case
from solver.run import open_session
from solver.runtime import Clock
from solver.study import plan


def main(case_path: Path, overrides: list[str]) -> None:
    """Run the sweep, then measure the unit."""
    case = load_case(case_path, overrides)
    points = plan(case)
    clock = Clock()
    session = open_session(points[0], points, MPI.COMM_WORLD, clock)
    begin, iterations, factorisations = time.perf_counter(), 0, 0
    for point in points:
        row, _, _ = session.compute(point)
        iterations += int(row["newton_iterations"])
        factorisations += int(row["factorisations"])
    sweep = time.perf_counter() - begin
    phases = dict(clock.table(MPI.COMM_WORLD)["phases"])

    problem = session.problem
    first, again = [], []
    for _ in range(5):
        start = time.perf_counter()
        residual = problem.assemble_residual()
        step = residual.duplicate()
        solver = JacobianSolver(problem)
        solver.refresh()
        solver.solve(residual, step)
        first.append(time.perf_counter() - start)
        start = time.perf_counter()
        problem.assemble_residual()
        solver.refresh()
        solver.solve(residual, step)
        again.append(time.perf_counter() - start)
    print(f"{case.name}: {len(points)} points, {problem.unknowns} unknowns")
    print(f"sweep {sweep:.2f} s, {iterations} Newton steps, {factorisations} factorisations")
    for name, unit in (("with analysis", median(first)), ("analysis reused", median(again))):
        print(f"unit ({name}) {unit:.3f} s: the sweep costs {sweep / unit:.1f} units")
    print(
        "share of phases:",
        ", ".join(f"{name} {seconds / sum(phases.values()):.1%}" for name, seconds in phases.items()),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "cases/conical_rectifier"), sys.argv[2:])
