"""The thin-film cell of the validation as a case, and what reaches its steady states."""

from __future__ import annotations

from typing import Any

from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.discretization.evaluation import Evaluation
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from validation.thin_film import AREA, CONCENTRATION, DEPOSITION, DIFFUSIVITY, LENGTH, LIMITING, THERMAL, thin_film

__all__ = [
    "AREA",
    "CONCENTRATION",
    "DEPOSITION",
    "DIFFUSIVITY",
    "LENGTH",
    "LIMITING",
    "THERMAL",
    "cell",
    "currents",
    "mesh_of",
    "reached",
    "solver_of",
]


def cell(left: dict[str, Any], **others: Any) -> Case:
    """The cell with what is held at its left electrode, see `thin_film`."""
    return Case(**thin_film(left, **others))


def neutral_cell(left: dict[str, Any], *, reaction: dict[str, Any] | None = None, **others: Any) -> Case:
    """The same cell without double layers: no Stern layer, the whole difference drives the reaction."""
    case = cell(left, reaction=reaction, **{"length": LENGTH, "mesh": {}, **others}).model_dump(mode="json")
    for name in ("left", "right"):
        case["walls"][name].pop("stern")
    return Case.model_validate({**case, "solver": {"flow": "none", "charge": "electroneutral"}})


def mesh_of(case: Case, comm: MPI.Comm = MPI.COMM_WORLD) -> TaggedMesh:
    """The mesh that a case gets."""
    return meshing.make_mesh(case, [case], comm)


def solver_of(case: Case, tagged: TaggedMesh) -> Continuation:
    """What reaches the steady states of a case on a mesh."""
    problem = build.make_problem(case, tagged, Clock())
    return Continuation(problem, Newton(problem), NewtonSettings())


def reached(solver: Continuation, case: Case) -> Evaluation:
    """The steady state of a case, from the last one."""
    solver.begin_branch(continues=False)
    return solver.reach(build.parameters_of(solver.problem, case), 0.0, "the point").state


def currents(found: Evaluation) -> Any:
    """Current into the liquid at each port, A."""
    return found.currents * found.parameters.scales.current
