"""A case in three dimensions from its keys to its numbers, and the mesh that it gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI
from ufl import dx

from meshes.sizes import UNIT
from python_interface.simulate import simulate
from solver.case.case import Case
from solver.check.size import estimate_unknowns
from solver.discretization.build import make_problem
from solver.discretization.meshing import make_mesh
from solver.parallel.clock import Clock
from tests.support.small_cone import small_cone

COARSE = {"wall_size": "2 debye_length", "corner_size": "2 debye_length", "growth": 6.0, "axial_cells": 2}


def cone(dimension: int = 3, **changed: Any) -> Case:
    """A short cone with a charged wall on a coarse mesh."""
    case = small_cone(10.0, base={"potential": 0.05})
    sizes = {"length": 20e-9, "radius_tip": 5e-9, "reservoirs": {"length": 20e-9, "radius": 20e-9}}
    mesh = {"mesh": COARSE, "outputs": {"errors": "none", "fields": "none"}} if dimension == 3 else {"mesh": {}}
    return Case(**(case | {"geometry": case["geometry"] | sizes | {"dimension": dimension}} | mesh | changed))


def test_the_mesh_has_the_names_of_the_case_and_the_size_that_check_told() -> None:
    reservoir = {"length": 20e-9, "width": 60e-9, "height": 40e-9}
    slit = {"type": "slit", "dimension": 3, "length": 20e-9, "height": 10e-9, "width": 20e-9, "reservoirs": reservoir}
    of_slit = cone(geometry=slit, terminals={}, walls={"side_wall": {"surface_charge": -5e-3}})
    for case in (cone(), of_slit):
        tagged = make_mesh(case, [case], MPI.COMM_WORLD)
        assert set(tagged.boundaries) == {*case.terminals, *case.walls, "symmetry_y", "symmetry_z"}
        assert tagged.symmetry == "none"
        problem, told = make_problem(case, tagged, Clock()), estimate_unknowns(case)
        assert told is not None
        assert problem.size == told.unknowns
    within = fem.assemble_scalar(fem.form(fem.Constant(tagged.mesh, 1.0) * dx))
    volume = tagged.mesh.comm.allreduce(within, op=MPI.SUM) * UNIT**3 * of_slit.geometry.measure_factor
    assert volume == pytest.approx(20e-9 * 10e-9 * 20e-9 + 2 * 20e-9 * 60e-9 * 40e-9, rel=1e-9)


def test_a_coarse_cone_gives_the_numbers_of_its_half_plane_on_any_number_of_ranks() -> None:
    found = simulate(cone(), progress=False, comm=MPI.COMM_WORLD).observables.iloc[0]
    alone = (
        found if MPI.COMM_WORLD.size == 1 else simulate(cone(), progress=False, comm=MPI.COMM_SELF).observables.iloc[0]
    )
    flat = simulate(cone(2), progress=False, comm=MPI.COMM_SELF).observables.iloc[0]
    for key in ("current [A]", "flow_rate [m^3/s]", "current_base_K [A]"):
        assert found[key] == pytest.approx(alone[key], rel=1e-7)
        assert found[key] == pytest.approx(flat[key], rel=0.03)
    assert found["conservation_error"] < 1e-8
    assert found["current_route_difference"] < 1e-6
    assert np.isfinite(found["conductance [S]"])
