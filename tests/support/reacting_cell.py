"""A thin-film cell between two electrodes at which the cation is deposited and dissolved, in units of its theory.

Bazant, Chu and Bayly, SIAM J. Appl. Math. 65, 1463 (2005): Debye length over distance eps = 0.01; lengths, potentials and
currents in units of the distance, of the thermal voltage and of the limiting current 4 F D c0 / L.
"""

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
from solver.physics.constants import FARADAY, thermal_voltage

THERMAL = thermal_voltage(298.15)
LENGTH, DIFFUSIVITY, CONCENTRATION = 500e-9, 1e-9, 3.701645
"""m, m^2/s, mol/m^3: the Debye length is 5 nm."""
AREA = 50e-9 * 1e-6
LIMITING = 4.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / LENGTH
"""A/m^2."""

DEPOSITION: dict[str, Any] = {
    "type": "butler_volmer",
    "equation": "M+ + e- = M",
    "exchange_current": 2.5 * LIMITING,
    "reference_concentrations": {"M": CONCENTRATION},
}


def cell(
    left: dict[str, Any],
    *,
    delta: float = 0.1,
    length: float = LENGTH,
    reaction: dict[str, Any] | None = None,
    **others: Any,
) -> Case:
    """The cell with what is held at its left electrode; the right one is at 0 V.

    delta: thickness of the Stern layers over the Debye length. length: distance of the electrodes. reaction: at both.
    """
    both = {"stern": {"thickness": 5e-9 * delta}, "reactions": [reaction or DEPOSITION]}
    species = {name: {"valence": z, "diffusivity": DIFFUSIVITY} for name, z in (("M", 1), ("X", -1))}
    return Case(
        **{
            "geometry": {"type": "cell", "length": length, "width": 1e-6, "height": 50e-9},
            "electrolyte": {"temperature": 298.15, "species": species, "concentration": CONCENTRATION},
            "walls": {"left": left | both, "right": {"potential": 0.0} | both},
            "solver": {"flow": "none"},
            "mesh": {"refinement": 1},
            **others,
        }
    )


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
