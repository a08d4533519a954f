"""Charge on the faces of the membrane: which wall has it, and that the ions screen it to the last one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.discretization import build, forms
from solver.discretization.evaluation import Evaluation
from solver.discretization.meshing import make_mesh
from solver.discretization.problem import Problem
from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.mesh_file import write_mesh
from tests.support.few_on_ranks import few_on_ranks

RADIUS, LENGTH, REACH, RING = 5e-9, 10e-9, 40e-9, 12e-9
SIGMA = -30e-3
PIECES = {"type": "piecewise", "breaks": [RING], "values": [SIGMA, 0.0]}
ROUND = {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": {"length": REACH, "radius": REACH}}
FLAT = {
    "type": "slit",
    "length": LENGTH,
    "height": 2 * RADIUS,
    "width": 1e-6,
    "reservoirs": {"length": REACH, "half_height": REACH},
}
FILE = {
    "type": "file",
    "path": "ring.msh",
    "symmetry": "axisymmetric",
    "scale": 1e-9,
    "axis": "axis",
    "terminals": {"left": "left", "right": "right"},
    "walls": {"channel": "channel", "membrane": "membrane_face"},
}
DISC = np.pi * (RING**2 - RADIUS**2)
CHARGES: dict[str, tuple[dict[str, Any], Mapping[str, Any], dict[str, float]]] = {
    "ring on one face": (ROUND, {"membrane_left": PIECES}, {"membrane_left": SIGMA * DISC}),
    "rings on both faces": (ROUND, {"membrane_face": PIECES}, {"membrane_face": 2 * SIGMA * DISC}),
    "strips beside a slit": (FLAT, {"membrane_right": PIECES}, {"membrane_right": SIGMA * 2e-6 * (RING - RADIUS)}),
    "whole faces of opposite charge": (
        ROUND,
        {"membrane_left": SIGMA, "membrane_right": -SIGMA},
        {
            name: s * SIGMA * np.pi * (REACH**2 - RADIUS**2)
            for name, s in (("membrane_left", 1), ("membrane_right", -1))
        },
    ),
    # of second degree in r, as the elements are: the interpolation is exact
    "formula of r": (
        ROUND,
        {"membrane_left": {"type": "expression", "formula": "-0.03 * (1 - (r / 40e-9)**2)"}},
        {"membrane_left": SIGMA * np.pi * (REACH**2 - RADIUS**2) * (1 - (REACH**2 + RADIUS**2) / (2 * REACH**2))},
    ),
    "formula of s on both faces": (
        ROUND,
        {"membrane_face": {"type": "expression", "formula": "-0.03 * (1 - s)"}},
        {"membrane_face": 2 * SIGMA * 2 * np.pi * (REACH - RADIUS) * (RADIUS / 2 + (REACH - RADIUS) / 6)},
    ),
}


def case_of(geometry: Mapping[str, Any], charges: Mapping[str, Any], **others: Any) -> Case:
    """A device at rest in 300 mM KCl, on a coarse mesh."""
    return Case.model_validate(
        {
            "geometry": geometry,
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 300.0},
            "walls": {name: {"surface_charge": charge} for name, charge in charges.items()},
            "mesh": {
                "growth": 2.5,
                "axial_cells": 4,
                "wall_size": "0.5 debye_length",
                "corner_size": "0.2 debye_length",
            },
            "solver": {"flow": "none"},
            **others,
        }
    )


def tagged_of(case: Case) -> TaggedMesh:
    return make_mesh(case, [case], MPI.COMM_WORLD)


def solved(problem: Problem, case: Case) -> Evaluation:
    """The state at rest."""
    continuation = Continuation(problem, Newton(problem), NewtonSettings())
    continuation.begin_branch(False)
    return continuation.reach(build.parameters_of(problem, case), 0.0, "at rest").state


@pytest.mark.parametrize("kind", few_on_ranks(CHARGES, 1, 4))
def test_the_ions_screen_the_charge_of_the_face_exactly(kind: str) -> None:
    """At rest: charge of the wall = area times sigma, and with that of the ions and the field at the terminals it adds up
    to nothing; far from the terminals the ions alone screen it."""
    geometry, charges, expected = CHARGES[kind]
    case = case_of(geometry, charges)
    tagged = tagged_of(case)
    problem = build.make_problem(case, tagged, Clock())
    found = solved(problem, case)
    problem.load(found)

    def total(form: Any) -> float:
        return float(tagged.mesh.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))

    walls = {wall.name: total(wall.total) * problem.scales.electric_flux for wall in problem.wall_charges}
    assert {name: walls[name] for name in expected} == pytest.approx(expected, rel=1e-10, abs=0)
    assert all(charge == 0 for name, charge in walls.items() if name not in expected)

    density = forms.charge_density(problem.c, problem.valences) * problem.metric.weight * problem.measures.volume
    # F c L^2 times the section: the charge of a dimensionless integral
    ions = total(fem.form(density)) * problem.scales.charge_coupling * problem.scales.electric_flux
    ends = float(found.charges.sum()) * problem.scales.electric_flux
    size = sum(map(abs, expected.values()))
    assert ions + ends + sum(walls.values()) == pytest.approx(0.0, abs=1e-9 * size)
    if PIECES in charges.values():  # far from the terminals
        assert ions == pytest.approx(-sum(walls.values()), abs=1e-3 * size)


@pytest.mark.serial
def test_breaks_on_the_wall_of_a_mesh_file_lie_on_it(tmp_path: Path) -> None:
    """A break between two faces would charge one of them in silence. As distances from the axis the breaks are rings."""
    piecewise = {"type": "piecewise", "breaks": [5e-9], "values": [SIGMA, 0.0]}
    drawn = case_of(ROUND, {"membrane_face": PIECES})
    write_mesh(drawn, tmp_path / "ring.msh", MPI.COMM_SELF)

    def of_file(charge: Mapping[str, Any]) -> Case:
        regions = dict.fromkeys(("channel", "reservoir_left", "reservoir_right"), "fluid")
        return case_of(FILE | {"path": str(tmp_path / "ring.msh")}, {"membrane": charge}, regions=regions)

    with pytest.raises(
        CaseError, match=r"surface_charge\.breaks\.0: wall 'membrane' of the mesh has no axial position 5e-09 m"
    ):
        tagged_of(of_file(piecewise))
    with pytest.raises(CaseError, match="where the breaks are radii, write 'along: radius'"):
        tagged_of(of_file({**piecewise, "breaks": [RING]}))
    case = of_file(PIECES | {"along": "radius"})
    problem = build.make_problem(case, tagged_of(case), Clock())
    found = solved(problem, case)
    problem.load(found)
    (wall,) = (wall for wall in problem.wall_charges if wall.name == "membrane")
    charge = fem.assemble_scalar(wall.total) * problem.scales.electric_flux
    assert charge == pytest.approx(2 * SIGMA * DISC, rel=1e-10, abs=0)
