"""What devices in three dimensions cost: iterations of the linear solver, time by phase, memory, and two ranks against one.

All by the way of a case through `Simulation`, continuation and Newton's method:
    ./environment.sh python3 -m tests.benchmarks.three_dimensions iterations [--first 3 --count 2]
    ./environment.sh python3 -m tests.benchmarks.three_dimensions sizes --first 2 --count 1
    ./environment.sh python3 -m tests.benchmarks.three_dimensions curve [--linear direct]
    ./environment.sh python3 -m tests.benchmarks.three_dimensions step --mesh 2 [--linear direct] [--poisson]
    ./environment.sh mpirun -n 2 python3 -m tests.benchmarks.three_dimensions step --mesh 3 --wall

Seconds are those of the processor, with --wall those of a clock on the wall. Memory is the largest of the process, less what
it was before the mesh: it counts for the first device of a process alone.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sinh, sqrt
from typing import Any

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc
from scipy import constants

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.linear.blocks import SingularMatrixError
from solver.linear.multigrid import BOOMER, ApproximateInverse
from solver.linear.presets import SPLIT
from solver.nonlinear.continuation import ConvergenceError
from solver.nonlinear.newton import FORCING, Iteration, NewtonFailure, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation

TEMPERATURE, PERMITTIVITY = 298.15, 78.5
THERMAL_VOLTAGE = constants.k * TEMPERATURE / constants.e
RADIUS = 10e-9

PORES = (
    # Debye length and length over the radius, zeta potential and voltages over the thermal voltage
    *((0.2, ratio, 3.0, (4.0, 10.0)) for ratio in (3.0, 30.0, 300.0, 1000.0)),
    *((0.5, ratio, 5.0, (4.0, 10.0)) for ratio in (3.0, 30.0, 300.0, 1000.0)),
    (0.05, 30.0, 4.0, (4.0, 10.0, 40.0)),
    (0.05, 30.0, 5.0, (4.0, 10.0, 40.0)),
    (0.05, 300.0, 5.0, (10.0, 40.0)),
)

MESHES: tuple[Mapping[str, Any], ...] = (
    {},
    {"wall_size": "0.5 debye_length", "corner_size": "0.15 debye_length", "growth": 2, "axial_cells": 12},
    {"refinement": 1, "wall_size": "2 debye_length", "corner_size": "1 debye_length", "growth": 3, "axial_cells": 6},
    {"refinement": 1, "wall_size": "0.7 debye_length", "corner_size": "0.2 debye_length", "growth": 2.2},
    {
        "refinement": 1,
        "wall_size": "0.5 debye_length",
        "corner_size": "0.1 debye_length",
        "growth": 1.6,
        "axial_cells": 16,
    },
    {"refinement": 2, "wall_size": "2 debye_length", "corner_size": "0.6 debye_length"},
)
"""Of one pore, from few unknowns to many."""

CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "dimension": 3,
        "length": "200 nm",
        "radius_tip": "5 nm",
        "radius_base": "20 nm",
        "reservoirs": {"length": "100 nm", "radius": "100 nm"},
    },
    "electrolyte": {
        "temperature": TEMPERATURE,
        "relative_permittivity": PERMITTIVITY,
        "species": {"K": {}, "Cl": {}},
        "concentration": "10 mM",
    },
    "walls": {"channel": {"surface_charge": "-20 mC/m^2"}},
    "outputs": {"errors": "none"},
}


ONCE = ("setup", "compile")
"""Phases of a step that happen once for a mesh."""


class ProcessorClock(Clock):
    """Seconds of the processor by phase."""

    def __init__(self) -> None:
        super().__init__()
        self._last = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1] if self._stack else "other"] += now - self._last
        self._last = now


@dataclass
class Run:
    """A device, and what it has taken so far."""

    simulation: Simulation
    before: float

    @classmethod
    def of(cls, description: Mapping[str, Any], wall: bool = False) -> Run:
        """Mesh, problem and solvers of a description of a case. Collective."""
        points, before = plan(Case.model_validate(description)), memory()
        clock = Clock() if wall else ProcessorClock()
        return cls(Simulation.of(points[0], points, MPI.COMM_WORLD, clock), before)

    @property
    def problem(self) -> Problem:
        """The equations."""
        return self.simulation.problem

    @property
    def kilobytes(self) -> float:
        """Memory over the number of unknowns, kB, of all ranks."""
        taken: float = self.problem.mesh.comm.allreduce(memory() - self.before)
        return taken / 1e3 / self.problem.size

    def seconds(self, since: Mapping[str, float] | None = None) -> dict[str, float]:
        """By phase, from an earlier moment on."""
        with self.simulation.clock("other"):
            pass
        return {key: value - (since or {}).get(key, 0.0) for key, value in self.simulation.clock.seconds.items()}


def memory() -> float:
    """Largest memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def pore(
    debye: float, ratio: float, zeta: float, voltage: float, mesh: Mapping[str, Any], linear: str
) -> dict[str, Any]:
    """Description of a cylindrical pore. Debye length and length in radii, zeta and voltage in thermal voltages."""
    permittivity, energy = PERMITTIVITY * constants.epsilon_0, constants.k * TEMPERATURE
    density = permittivity * energy / (2.0 * constants.e**2 * (debye * RADIUS) ** 2)  # of each ion, 1/m^3
    charge = -sqrt(8.0 * permittivity * energy * density) * sinh(zeta / 2.0)  # of a plane wall (Grahame)
    around = {"length": 5.0 * RADIUS, "radius": 5.0 * RADIUS}
    return {
        "geometry": {
            "type": "cylinder", "dimension": 3, "length": ratio * RADIUS, "radius": RADIUS, "reservoirs": around,
        },
        "electrolyte": {**CONE["electrolyte"], "concentration": density / constants.N_A},
        "walls": {"channel": {"surface_charge": charge}},
        "terminals": {"left": {"potential": voltage * THERMAL_VOLTAGE}},
        "mesh": dict(mesh),
        "solver": {"linear": linear},
        "outputs": {"errors": "none"},
        "study": {"type": "steady"},
    }  # fmt: skip


def steps(iterations: Sequence[Iteration]) -> tuple[list[int], list[int]]:
    """Iterations of the linear solver in the steps of Newton's method, and in those for the last digits."""
    usual: list[int] = []
    last: list[int] = []
    for k, each in enumerate(iterations):
        follows = k + 1 < len(iterations) and iterations[k + 1].number == 2
        taken = int(each.linear.split()[0]) if each.linear and each.linear[0].isdigit() else 0
        (usual if each.number > 1 or follows else last).append(taken)
    return usual, last


def listed(numbers: Sequence[int]) -> str:
    """Mean and largest."""
    return f"{sum(numbers) / len(numbers):.0f} / {max(numbers)}" if numbers else "-"


def say(text: str) -> None:
    """Print once."""
    if MPI.COMM_WORLD.rank == 0:
        print(text, flush=True)


def moved(run: Run, state: Evaluation, voltage: float) -> Evaluation:
    """The state of a pore under another voltage, as Newton's method would begin there."""
    case = run.simulation.case.model_copy(deep=True)
    terminals = {**case.terminals}
    name = next(iter(terminals))
    terminals[name] = terminals[name].model_copy(update={"potential": voltage})
    case = case.model_copy(update={"terminals": terminals})
    parameters = build.parameters_of(run.problem, case)
    return run.problem.evaluate(state.state, parameters, state.storage, run.problem.guessed_flow(state.flow))


def of_next(run: Run, state: Evaluation, voltage: float) -> list[str]:
    """Iterations, to 1e-2 and to 1e-4, of the first step from the state at a voltage (thermal voltages) to a higher one."""
    newton = run.simulation.continuation.newton
    found = newton.begun(moved(run, state, (1.05 * voltage + 0.1) * THERMAL_VOLTAGE))
    newton.jacobian.refresh(found)
    counts = []
    for tolerance in (FORCING, 1e-4):
        try:
            newton.jacobian.direction(found, tolerance)
            counts.append(newton.jacobian.last_iteration.split()[0])
        except SingularMatrixError:
            counts.append("none")
    return counts


def iterations_of(description: Callable[[float], dict[str, Any]], voltages: Sequence[float]) -> Iterator[list[str]]:
    """Iterations at voltages (thermal voltages), one after the other from rest: rows of a table."""
    run = Run.of(description(voltages[0]))
    for voltage in voltages:
        point = plan(Case.model_validate(description(voltage)))[0]
        try:
            solved = run.simulation.continuation.reach(
                build.parameters_of(run.problem, point.case), voltage, f"{voltage:g} V_T", 1e-6
            )
        except (ConvergenceError, NewtonFailure) as failure:
            yield [f"{voltage:g}", f"{run.problem.size:,}", f"not reached: {failure}"]
            continue
        usual, last = steps(solved.report.iterations)
        counts = of_next(run, solved.state, voltage)
        yield [
            f"{voltage:g}", f"{run.problem.size:,}", f"{len(usual)} + {len(last)}", listed(usual), listed(last), *counts,
            f"{solved.state.imbalance:.0e}", f"{run.kilobytes:.1f} kB", written(run.seconds()), "; ".join(solved.events),
        ]  # fmt: skip


HEADER = (
    "V_T", "unknowns", "steps + last", "iterations mean / worst", "of the last", "to 1e-2", "to 1e-4", "imbalance",
    "memory per unknown", "seconds so far", "events",
)  # fmt: skip


def of_iterations(asked: argparse.Namespace) -> None:
    """Pores of many shapes."""
    say("| Debye length / R | L/R | zeta | " + " | ".join(HEADER) + " |")
    for debye, ratio, zeta, voltages in PORES[asked.first : asked.first + asked.count]:

        def description(voltage: float, of: tuple[float, float, float] = (debye, ratio, zeta)) -> dict[str, Any]:
            return pore(*of, voltage, MESHES[0], asked.linear)

        for row in iterations_of(description, voltages):
            say(f"| {debye:g} | {ratio:g} | {zeta:g} | " + " | ".join(row) + " |")


def of_sizes(asked: argparse.Namespace) -> None:
    """One pore on many meshes."""
    say("| mesh | " + " | ".join(HEADER) + " |")
    for number in range(asked.first, min(asked.first + asked.count, len(MESHES))):

        def description(voltage: float, mesh: int = number) -> dict[str, Any]:
            return pore(0.2, 30.0, 3.0, voltage, MESHES[mesh], asked.linear)

        for row in iterations_of(description, (4.0,)):
            say(f"| {number} | " + " | ".join(row) + " |")


def of_curve(asked: argparse.Namespace) -> None:
    """Eleven points of a cone."""
    sweep = {"type": "sweep", "parameter": "terminals.base.potential"}
    study = {**sweep, "range": {"start": "-0.5 V", "stop": "0.5 V", "points": 11}}
    solver = {"linear": asked.linear, "tolerance": asked.tolerance}
    description = {**CONE, "study": study, "solver": solver, "mesh": dict(MESHES[asked.mesh])}
    run = Run.of(description, asked.wall)
    built = run.seconds()
    points, all_steps, all_last = plan(Case.model_validate(description)), [], []
    worst = 0.0
    for point in points:
        solved = run.simulation.reach(point, asked.tolerance)
        usual, last = steps(solved.report.iterations)
        all_steps += usual
        all_last += last
        worst = max(worst, solved.state.imbalance)
        say(
            f"{point.name}: {len(usual)} + {len(last)} steps; {usual} {last}; {solved.state.imbalance:.1e}; {solved.events}"
        )
    taken, size = run.seconds(built), run.problem.size
    total = sum(taken.values())
    say(
        f"{size:,} unknowns: {len(all_steps)} + {len(all_last)} steps, {sum(all_steps)} + {sum(all_last)} iterations,"
        f" {total:.1f} s, {1e3 * total / size:.2f} s per 1000 unknowns, imbalance {worst:.1e}, {run.kilobytes:.2f} kB"
        f" per unknown ({memory() / 1e6:.0f} MB in all)"
    )
    say("shares: " + ", ".join(f"{key} {value:.1f} s ({value / total:.0%})" for key, value in phases(taken)))
    say("before: " + ", ".join(f"{key} {value:.1f} s" for key, value in phases(built)))


def phases(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    """Those that count, the longest first."""
    return sorted(((k, v) for k, v in seconds.items() if v > 0.01), key=lambda pair: -pair[1])


def of_step(asked: argparse.Namespace) -> None:
    """The first steps of Newton's method in a pore at 4 thermal voltages, and Poisson's equation on the same mesh."""
    run = Run.of(pore(0.2, 30.0, 3.0, 4.0, MESHES[asked.mesh], asked.linear), asked.wall)
    problem, newton = run.problem, run.simulation.continuation.newton
    built = run.seconds()
    say(f"{problem.size:,} unknowns, {problem.mesh.comm.size} ranks; built: {written(built)}")
    parameters = build.parameters_of(problem, run.simulation.case)
    state, storage = problem.at_rest(parameters)
    found = newton.begun(problem.evaluate(state, parameters, storage, problem.guessed_flow(None)))
    settings, previous, spent = NewtonSettings(), float("inf"), 0.0
    for number in range(1, asked.steps + 1):
        before = run.seconds()
        newton.forget()
        step = newton.step(found, previous, settings)
        part = newton.part(step, settings)
        found, previous = newton.stepped(found, step, part), step.size
        taken, how = run.seconds(before), newton.jacobian.last_iteration
        spent += sum(value for key, value in taken.items() if key not in ONCE)
        say(f"step {number}: {how or 'factors'}; {sum(taken.values()):.2f} s: {written(taken)}; update {step.size:.1e}")
    if asked.linear == SPLIT:
        say(f"the next: {of_next(run, found, 4.0)} iterations to 1e-2 and 1e-4")
    say(f"memory: {run.kilobytes:.2f} kB per unknown ({memory() / 1e6:.0f} MB)")
    if asked.poisson:
        seconds, iterations, unknowns = poisson(problem)
        say(
            f"Poisson's equation: {unknowns:,} unknowns, {iterations} iterations, {seconds:.2f} s; a step takes"
            f" {spent / asked.steps:.2f} s, {spent / asked.steps / seconds:.1f} of it (what is made once left out)"
        )


def written(seconds: Mapping[str, float]) -> str:
    """Seconds by phase."""
    return ", ".join(f"{key} {value:.2f}" for key, value in phases(seconds))


def poisson(problem: Problem) -> tuple[float, int, int]:
    """Processor seconds, iterations and unknowns of -lap u = 1 with elements of degree 2, to 1e-8, assembly included."""
    space = fem.functionspace(problem.mesh, ("Lagrange", 2))
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    form, load = fem.form(ufl.inner(ufl.grad(trial), ufl.grad(test)) * ufl.dx), fem.form(test * ufl.dx)
    facets = problem.tagged.facets_of("left", "right")
    nodes = fem.locate_dofs_topological(space, problem.mesh.topology.dim - 1, facets)
    given = [fem.dirichletbc(0.0, nodes, space)]
    begin = time.process_time()
    matrix = fem_petsc.assemble_matrix(form, bcs=given)
    matrix.assemble()
    right = fem_petsc.assemble_vector(load)
    right.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    fem_petsc.set_bc(right, given)
    solution = right.duplicate()
    inverse = ApproximateInverse(matrix, {**BOOMER, "ksp_type": "cg", "ksp_rtol": 1e-8, "ksp_max_it": 500})
    inverse.solve(right, solution)
    seconds = time.process_time() - begin
    return seconds, int(inverse._ksp.getIterationNumber()), int(right.getSize())


def main(arguments: list[str]) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    kinds = {"iterations": of_iterations, "sizes": of_sizes, "curve": of_curve, "step": of_step}
    parser.add_argument("kind", choices=list(kinds))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=99)
    parser.add_argument("--mesh", type=int, default=0)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--linear", default=SPLIT)
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--poisson", action="store_true")
    asked = parser.parse_args(arguments)
    kinds[asked.kind](asked)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
