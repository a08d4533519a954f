"""Work and precision of the currents of two cones at 1 V and -1 V: hand-graded against adapted meshes, P1 to P3.

Every error is the true one, against the references of `references.json`. Times are processor seconds of this process, so
that other users of the machine, and the compiler of the forms, do not count.
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI
from petsc4py import PETSc

from meshes.tagged import TaggedMesh
from solver.accuracy.adaptation import MeshAssessment, adapted_mesh
from solver.accuracy.goal_error import GoalError, GoalErrors
from solver.accuracy.safety import SAFETY
from solver.case.case import Case
from solver.case.loading import load_case
from solver.case.studies.points import Point, plan
from solver.discretization import build, meshing
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import DEGREE
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.mesh_file import write_mesh

ROOT = Path(__file__).parents[2]
REFERENCES = Path(__file__).with_name("references.json")

CONES: Mapping[str, tuple[str, ...]] = {
    "moderate": (),
    "strong": ("walls.channel.surface_charge=-50 mC/m^2", "electrolyte.concentration=100 mM"),
}
"""Changes of cases/conical_rectifier (-20 mC/m^2, 10 mM)."""

AT_THE_ENDS = ("study.range=null", "study.values=[-1 V, 1 V]", "mesh.tolerance=null")

SCAN = {
    "mesh.growth": (1.4, 1.6, 1.8, 2.4),
    "mesh.wall_size": ("0.3 debye_length", "1 debye_length"),
    "mesh.corner_size": ("0.03 debye_length", "0.1 debye_length", "0.3 debye_length"),
    "mesh.axial_cells": (4, 10),
}
"""Hand-graded meshes: all combinations."""

QUICK_SCAN = {
    "mesh.growth": (1.8, 3.0),
    "mesh.wall_size": ("0.3 debye_length", "1 debye_length"),
    "mesh.corner_size": ("0.01 debye_length", "0.1 debye_length"),
    "mesh.axial_cells": (8,),
}

COARSE = ("mesh.growth=3", "mesh.wall_size=1 debye_length", "mesh.corner_size=0.1 debye_length", "mesh.axial_cells=4")
"""A mesh to begin uniform refinement from; the other one is the default mesh."""


@dataclasses.dataclass(frozen=True)
class Reference:
    """Exact currents [A] at 1 V and -1 V, their ratio |I(-1 V)| / I(1 V), and a bound of the relative error of each."""

    positive: float
    negative: float
    uncertainty: float

    @property
    def ratio(self) -> float:
        return abs(self.negative / self.positive)


def references() -> dict[str, Reference]:
    """The reference of each cone, as `bench.py --references` has computed it."""
    found = json.loads(REFERENCES.read_text(encoding="utf-8"))
    return {name: Reference(**{k: found[name][k] for k in ("positive", "negative", "uncertainty")}) for name in CONES}


def cone(name: str, *overrides: str) -> Case:
    """One of the cones at -1 V and 1 V, with more overrides."""
    return load_case(ROOT / "cases/conical_rectifier", [*AT_THE_ENDS, *CONES[name], *overrides])


def release() -> None:
    """Free the matrices and factors of problems that are no longer used: petsc4py keeps them until it is asked."""
    gc.collect()
    PETSc.garbage_cleanup(MPI.COMM_WORLD)


def solve(case: Case, degree: int = DEGREE, tagged: TaggedMesh | None = None) -> dict[str, Any]:
    """Currents at the points of a cone on a mesh, as adaptation computes them: unknowns, seconds, currents [A]."""
    points, begin = plan(case), time.process_time()
    if tagged is None:
        tagged = meshing.make_mesh(case, [point.case for point in points], MPI.COMM_WORLD)
    problem = build.make_problem(case, tagged, Clock(), degree)
    settings = NewtonSettings(tolerance=case.solver.tolerance, max_iterations=case.solver.max_iterations)
    newton = Newton(problem)
    continuation = Continuation(problem, newton, settings)
    found = {}
    for point in points:
        state = continuation.reach(build.parameters_of(problem, point.case), point.coordinate, point.name).state
        driven = problem.ports.index(case.driven_terminal)
        found[_side(point)] = float(state.currents[driven]) * state.parameters.scales.current
    newton._snes.destroy()  # it refers to Newton, and Newton to it: neither would ever be freed
    return {"unknowns": problem.size, "seconds": time.process_time() - begin, **found}


def _side(point: Point[Case]) -> str:
    return "positive" if point.values[-1][1] > 0 else "negative"


def unknowns(tagged: TaggedMesh, degree: int) -> float:
    """About as many unknowns a problem of two ions with flow has on a mesh (exactly, but for boundaries)."""
    flow = max(degree, 2)
    of_a_vertex = 3 * degree**2 + 2 * flow**2 + (flow - 1) ** 2
    return float(of_a_vertex * tagged.mesh.topology.index_map(0).size_global)


def with_errors(entry: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    """The entry with the relative errors of both currents and of the ratio, exact minus computed over computed."""
    ratio = abs(entry["negative"] / entry["positive"])
    return {
        **entry,
        "ratio": ratio,
        "positive_error": reference.positive / entry["positive"] - 1,
        "negative_error": reference.negative / entry["negative"] - 1,
        "ratio_error": reference.ratio / ratio - 1,
    }


# ---------------------------------------------------------------------------------------------------- hand-graded
def scan(name: str, reference: Reference, grid: Mapping[str, Sequence[Any]], most: int) -> list[dict[str, Any]]:
    """Every combination of mesh sizes up to `most` unknowns, with P2."""
    entries = []
    for values in itertools.product(*grid.values()):
        sizes = dict(zip(grid, values, strict=True))
        case = cone(name, *(f"{key}={value}" for key, value in sizes.items()))
        tagged = meshing.make_mesh(case, [point.case for point in plan(case)], MPI.COMM_WORLD)
        if unknowns(tagged, DEGREE) > most:
            continue
        entries.append(with_errors({"sizes": sizes, **solve(case, tagged=tagged)}, reference))
        release()
    return entries


def uniform(name: str, reference: Reference, most: int) -> dict[str, list[dict[str, Any]]]:
    """Uniform refinement of the default mesh and of a coarser one with P1, P2 and P3, up to `most` unknowns."""
    found: dict[str, list[dict[str, Any]]] = {}
    for label, sizes in (("default", ()), ("coarse", COARSE)):
        for degree in (1, 2, 3):
            entries = found.setdefault(f"P{degree} {label}", [])
            for refinement in range(5):
                case = cone(name, *sizes, f"mesh.refinement={refinement}")
                tagged = meshing.make_mesh(case, [point.case for point in plan(case)], MPI.COMM_WORLD)
                if unknowns(tagged, degree) > most:
                    break
                entries.append(with_errors({"refinement": refinement, **solve(case, degree, tagged)}, reference))
                release()
    return found


# ---------------------------------------------------------------------------------------------------- adapted
class _Watched(GoalErrors):
    """Errors of a current that writes down the currents (A) of P2 and of the enriched problem."""

    def __init__(self, errors: GoalErrors) -> None:
        self._errors = errors
        self.seen: list[tuple[float, float]] = []

    def at(self, point: Point[Case], found: Evaluation, number: int) -> GoalError:
        error, scale = self._errors.at(point, found, number), found.parameters.scales.current
        self.seen.append((error.value * scale, (error.value + error.estimate / SAFETY) * scale))
        return error


class _Recorder:
    """Keeps what `adapt` finds on its way: the values and seconds of every mesh."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._begin = time.process_time()

    def assessment(self, case: Case, tagged: TaggedMesh, clock: Clock) -> MeshAssessment:
        """An assessment as the program's own that writes down what it sees."""
        recorder = self

        class Recorded(MeshAssessment):
            def error(self, points: Sequence[Point[Case]]) -> float:
                watched = self._goal = _Watched(self._goal)
                bar = super().error(points)
                seconds = time.process_time() - recorder._begin
                entry: dict[str, Any] = {"unknowns": self.problem.size, "seconds": seconds, "bar": bar}
                entry["rich_unknowns"] = self.enriched.problem.size
                for point, (one, two) in zip(points, watched.seen, strict=True):
                    entry[_side(point)], entry[f"rich_{_side(point)}"] = one, two
                recorder.entries.append(entry)
                return bar

        return Recorded(case, tagged, clock)


def adapted(case: Case) -> list[dict[str, Any]]:
    """The meshes that the program tries for a case with `mesh.tolerance`: unknowns, seconds since the start, bar of the goal,
    currents of P2 and of the enriched problem (P3)."""
    points, clock, recorder = plan(case), Clock(), _Recorder()
    try:
        adapted_mesh(case, points, MPI.COMM_WORLD, clock, recorder.assessment)
    finally:
        release()
    return recorder.entries


def adaptation_overrides(tolerance: float, most: int) -> list[str]:
    """Overrides for an adapted mesh."""
    return [f"mesh.tolerance={tolerance}", "mesh.goal=rectification_ratio", f"mesh.most_unknowns={most}"]


def with_effectivities(entries: Iterable[Mapping[str, Any]], reference: Reference) -> list[dict[str, Any]]:
    """Adapted meshes with true errors and, for each number, estimate over true error: of the raw estimate and of the bar."""
    found = []
    for entry in entries:
        full = with_errors(entry, reference)
        estimates = {side: entry[f"rich_{side}"] / entry[side] - 1 for side in ("positive", "negative")}
        ratio = (1 + estimates["negative"]) / (1 + estimates["positive"]) - 1
        bars = {side: SAFETY * abs(estimate) for side, estimate in estimates.items()}
        bars["ratio"] = entry["bar"]  # the goal of the adaptation
        for number, estimate in {**estimates, "ratio": ratio}.items():
            true = full[f"{number}_error"]
            full[f"{number}_estimate"], full[f"{number}_bar"] = estimate, bars[number]
            full[f"{number}_effectivity"] = estimate / true if true else None
            full[f"{number}_bar_effectivity"] = bars[number] / abs(true) if true else None
        rich = {"positive": entry["rich_positive"], "negative": entry["rich_negative"]}
        full["rich"] = with_errors({"unknowns": entry["rich_unknowns"], "seconds": entry["seconds"], **rich}, reference)
        found.append(full)
    return found


def bisected(name: str, folder: Path, tolerance: float, most: int) -> list[dict[str, Any]]:
    """The same coarse mesh as a mesh file, refined by bisection of marked edges."""
    origin = cone(name, *adaptation_overrides(tolerance, most))
    path = folder / f"{name}.msh"
    write_mesh(origin, path, MPI.COMM_WORLD)
    geometry = origin.geometry
    raw = origin.model_dump(mode="json")
    raw["geometry"] = {
        "type": "file",
        "path": str(path),
        "symmetry": "axisymmetric",
        "terminals": {name: name for name in geometry.terminals},
        "walls": {name: name for name in geometry.walls},
        "axis": "axis",
        "scale": 1e-9,
        "channel": {"start": 0.0, "stop": 1e-6},
        "radius": 5e-9,
    }
    raw["regions"] = dict.fromkeys(("channel", *(f"reservoir_{name}" for name in geometry.terminals)), "fluid")
    case = Case.model_validate(raw)
    return adapted(case)


# ---------------------------------------------------------------------------------------------------- references
def compute_reference(name: str, tolerance: float, most: int) -> dict[str, Any]:
    """Currents of P3 on the finest of the meshes adapted until the bars of P2 are below `tolerance`; the uncertainty is
    three times the largest change since the mesh before."""
    entries = adapted(cone(name, f"mesh.tolerance={tolerance}", f"mesh.most_unknowns={most}"))
    last, before = entries[-1], entries[-2]
    sides = ("positive", "negative")
    change = max(abs(last[f"rich_{side}"] / before[f"rich_{side}"] - 1) for side in sides)
    return {
        **{side: last[f"rich_{side}"] for side in sides},
        "uncertainty": 3 * change,
        "unknowns": last["rich_unknowns"],
        "steps": entries,
    }


def quiet() -> None:
    """Leave out the program's remarks on its meshes."""
    logging.getLogger("nanochannel").setLevel(logging.ERROR)
