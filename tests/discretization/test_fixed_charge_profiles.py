"""Fixed charges that vary in their region: pieces, formulas of the position, and what does not fit the mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.discretization import build
from solver.discretization.bound_charge import BoundCharge
from solver.discretization.forms import charge_density
from solver.inputs.errors import CaseError
from solver.laws.algebra import NUMBERS
from solver.laws.formulas import formula_in
from solver.laws.regions.membrane import Membrane
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from solver.simulation.simulation import Simulation
from tests.support.plug import HALF, plug_case, write_plug
from validation.devices import row, rows

COMM = MPI.COMM_WORLD
QUIET: dict[str, Any] = {"solver": {"flow": "none"}, "outputs": {"errors": "none", "profile_points": 2}}
MIDDLE = 90e-9
PIECES = {"type": "piecewise", "breaks": [MIDDLE], "values": [-50.0, 30.0]}


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slit with a membrane from 60 to 120 nm, on all ranks."""
    path = COMM.bcast(tmp_path_factory.mktemp("profiles") / "plug.msh" if COMM.rank == 0 else None)
    return on_root(COMM, lambda: write_plug(path, glass=False, coarse=5.0))


def data(mesh: Path, charge: Any, **changes: Any) -> dict[str, Any]:
    """The case with a fixed charge, and nothing charged but the membrane."""
    found = plug_case(mesh, glass=False, **QUIET, **changes)
    found["regions"]["plug"]["fixed_charge"] = charge
    return found | {"walls": {}}


def test_one_charge_is_the_same_in_every_form(mesh: Path) -> None:
    forms = (-50.0, {"type": "piecewise", "breaks": [MIDDLE], "values": [-50.0, -50.0]}, formula("-50"))
    found = [row(data(mesh, form))["current [A]"] for form in forms]
    assert found[1:] == pytest.approx([found[0]] * 2, rel=1e-10)


def formula(text: str) -> dict[str, str]:
    """A fixed charge as a formula."""
    return {"type": "expression", "formula": text}


def test_pieces_are_those_of_a_formula_with_a_jump(mesh: Path) -> None:
    bipolar = row(data(mesh, PIECES))["current [A]"]
    assert row(data(mesh, formula("where(z < 90e-9, -50, 30)")))["current [A]"] == pytest.approx(bipolar, rel=1e-10)
    assert row(data(mesh, formula("where(z >= 90e-9, 30, -50)")))["current [A]"] == pytest.approx(bipolar, rel=1e-10)
    across = {"type": "piecewise", "along": "radius", "breaks": [3.4e-9], "values": [-50.0, 30.0]}
    assert abs(row(data(mesh, across))["current [A]"] / bipolar - 1.0) > 0.01


def test_a_state_at_rest_begins_from_the_local_potential_of_a_formula_and_has_its_charge(mesh: Path) -> None:
    case = Case.model_validate(data(mesh, formula("-200 * (z - 60e-9) / 60e-9 * (1 + r / 5e-9)")))
    device = Simulation.of(plan(case)[0], plan(case), COMM, Clock())
    problem = device.problem
    state = problem.at_rest(build.parameters_of(problem, case).at_rest())[0]
    nodes = problem.unknowns.scalar.tabulate_dof_coordinates()[: problem.unknowns.owned_nodes]
    deepest = COMM.allreduce(float(problem.unknowns.potential(state).min(initial=0.0)), op=MPI.MIN)
    assert deepest < -2.0
    outside = problem.unknowns.potential(state)[: len(nodes)][nodes[:, 0] < 59.0]
    assert np.abs(outside).max(initial=0.0) < 0.1
    solved = device.reach(plan(case)[0]).state
    charge = BoundCharge(problem).of(solved) * solved.parameters.scales.electric_flux
    volume = 60e-9 * 2 * HALF * 1e-9 * 1e-6
    assert charge == pytest.approx(-200 * 0.5 * 1.5 * FARADAY * volume, rel=1e-9)
    problem.load(solved)
    density = charge_density(problem.c, problem.valences) * problem.metric.weight * problem.measures.liquid
    mobile = COMM.allreduce(fem.assemble_scalar(fem.form(density)), op=MPI.SUM)
    ions = FARADAY * mobile * solved.parameters.scales.amount
    ports = float(solved.charges.sum()) * solved.parameters.scales.electric_flux
    assert charge + ions + ports == pytest.approx(0.0, abs=1e-9 * abs(charge))


def test_one_piece_is_driven_in_time_and_swept(mesh: Path) -> None:
    key = "regions.plug.fixed_charge.values.1"
    study = {"type": "transient", "protocol": [{"type": "ramp", "duration": 1e-6, "to": {key: 10.0}}]}
    found = rows(data(mesh, PIECES, study=study | {"record_every": 5e-7}))
    half = 30e-9 * 2 * HALF * 1e-9 * 1e-6
    for each in found[1:]:
        assert each["bound_charge_rate [A]"] == pytest.approx(-20.0 * FARADAY * half / 1e-6, rel=1e-6)
        assert each["conservation_error"] < 1e-8
    case = Case.model_validate(data(mesh, PIECES))
    assert build.same_structure(case, case.with_value(key, 10.0))
    assert not build.same_structure(case, case.with_value("regions.plug.fixed_charge.breaks.0", 80e-9))


@pytest.mark.parametrize(
    ("charge", "text"),
    [
        ({**PIECES, "breaks": [91e-9]}, "cells of the region lie across axial position 9.1e-08 m"),
        ({**PIECES, "breaks": [20e-9]}, "2e-08 m lies outside the region, which reaches from 6e-08 to 1.2e-07 m"),
        ({**PIECES, "along": "radius", "breaks": [3e-9]}, "cells of the region lie across radius 3e-09 m"),
        (formula("log(z - 1e-7)"), "regions.plug.fixed_charge: has no finite value at z = "),
    ],
)
def test_what_does_not_fit_the_mesh_is_one_line(mesh: Path, charge: Any, text: str) -> None:
    with pytest.raises(CaseError, match=text):
        row(data(mesh, charge))


@pytest.mark.parametrize("factor", ["(119.9e-9 - z) / 60e-9", "log((z - 60e-9) * 1e9 + 0.9)"])
def test_a_formula_that_fails_at_the_ends_of_its_region_alone_is_refused(mesh: Path, factor: str) -> None:
    """At no middle of a cell, but at its corners."""
    case = data(mesh, 0.0)
    case["regions"]["plug"] = {"type": "confinement", "viscosity_factor": formula(factor)}
    with pytest.raises(CaseError, match=r"regions.plug.viscosity_factor.formula: has no proper value at z = "):
        row(case)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("charge", "text"),
    [
        (formula("s + 1"), "unknown name 's'; known are z, r, pi"),
        (formula("z +"), "is not a formula"),
        ({**PIECES, "values": [1.0]}, "has 1 entries; with 1 breaks write 2"),
        ({**PIECES, "breaks": [2e-9, 1e-9], "values": [1.0, 2.0, 3.0]}, "does not ascend"),
        ("-100 mV", "fixed_charge"),
    ],
)
def test_what_is_no_fixed_charge_is_one_line(mesh: Path, charge: Any, text: str) -> None:
    with pytest.raises(CaseError, match=text) as error:
        Case.model_validate(data(mesh, charge))
    assert "\n" not in str(error.value)


@pytest.mark.serial
def test_formulas_have_the_values_of_python_in_any_algebra() -> None:
    z, r = np.linspace(-1.0, 2.0, 7), np.linspace(0.5, 3.5, 7)
    text = "where(z <= 0.5, sin(z) + cos(r)*tan(0.1), max(z, r)) - min(abs(z), 1)**2 + (z > 1)*exp(-r) + tanh(r)*log(sqrt(r))"
    names = {
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "exp": np.exp,
        "log": np.log,
        "sqrt": np.sqrt,
        "tanh": np.tanh,
    }
    names |= {"abs": np.abs, "min": np.minimum, "max": np.maximum, "where": np.where}  # type: ignore[dict-item]
    expected = eval(text, {"__builtins__": {}}, names | {"z": z, "r": r})
    np.testing.assert_allclose(formula_in(text, {"z": z, "r": r}, NUMBERS), expected, rtol=1e-14)


@pytest.mark.serial
def test_membranes_share_a_structure_where_values_differ_alone() -> None:
    one = Membrane.model_validate({"fixed_charge": PIECES})
    assert one.coefficients() == {"fixed_charge.values.0": -50.0, "fixed_charge.values.1": 30.0}
    other = Membrane.model_validate({"fixed_charge": {**PIECES, "values": [1.0, 2.0]}})
    assert one.structure == other.structure
    assert one.structure != Membrane(fixed_charge=-50.0).structure
    assert one.structure != Membrane.model_validate({"fixed_charge": formula("z")}).structure
    assert one.structure != one.model_copy(update={"diffusivity_factor": 0.5}).structure
