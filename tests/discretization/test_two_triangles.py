"""The equations on two triangles that hold the exact solution: ohmic currents, electric flux, Poiseuille flow, contents.

A neutral salt between two reservoirs of one concentration has a linear potential and constant concentrations, and a channel
under pressure has a parabolic velocity: both are polynomials of the elements, so that every number is exact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from meshes.tagged import Symmetry
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.problem import Problem
from solver.laws.walls.slip import Slip
from solver.laws.walls.surface_charge import ConstantCharge, GivenCharge
from solver.linear.direct import DirectSolver
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY
from tests.support.cells import UNIT, channel, problem, scales

pytestmark = pytest.mark.serial

LENGTH, HALF = 8.0, 3.0  # in units
C, VOLTAGE, PRESSURE = 20.0, 0.03, 1e5
SALT = (Solute("K", 1, 1.9e-9), Solute("Cl", -1, 2.1e-9))
SYMMETRIES = pytest.mark.parametrize("symmetry", ["planar", "axisymmetric"])


def ends(voltage: float = 0.0, pressure: float = 0.0, c: float = C) -> tuple[TerminalCondition, ...]:
    """The left terminal at a voltage and a pressure, the right one at rest."""
    left = TerminalCondition("left", voltage, pressure, (c, c), straight=True)
    return left, TerminalCondition("right", 0.0, 0.0, (c, c), straight=True)


def made(symmetry: Symmetry, *laws: Any, flow: bool = False) -> Problem:
    wall = WallCondition("channel", laws)
    return problem(channel(LENGTH, HALF, symmetry), SALT, ends(), (wall,), concentration=2 * C, flow=flow)


def evaluated(of: Problem, voltage: float = 0.0, pressure: float = 0.0, **more: Any) -> Evaluation:
    """The exact solution of a neutral salt: phi = V (1 - z / L) and mu_i = ln(c / c0) + z_i phi."""
    parameters = of.parameters(ends(voltage, pressure), of.walls, SALT, of.scales)
    z = of.unknowns.scalar.tabulate_dof_coordinates()[:, 0]
    phi = voltage / of.scales.potential * (1 - z / LENGTH)
    state = of.unknowns.empty()
    of.unknowns.potential(state)[:] = phi
    for i, valence in enumerate(of.valences):
        of.unknowns.electrochemical(state)[:, i] = np.log(C / of.scales.concentration) + valence * phi
    return of.evaluate(state, parameters, **more)


def section(symmetry: Symmetry) -> float:
    """Area of the whole cross-section, m^2; a planar device is 1 um wide."""
    return np.pi * (HALF * UNIT) ** 2 if symmetry == "axisymmetric" else 2 * HALF * UNIT * 1e-6


@SYMMETRIES
def test_ohmic_currents(symmetry: Symmetry) -> None:
    """z_i F D_i c V / (V_T L) times the area enter on the left and leave on the right."""
    found = evaluated(made(symmetry), VOLTAGE)
    unit = found.problem.scales
    slope = VOLTAGE / unit.potential / (LENGTH * UNIT)
    exact = [s.valence * s.diffusivity * C * slope * section(symmetry) for s in SALT]
    np.testing.assert_allclose(found.rates * unit.molar_rate, [exact, np.negative(exact)], rtol=1e-12)
    conductivity = FARADAY / unit.potential * C * sum(s.diffusivity for s in SALT)
    current = conductivity * section(symmetry) * VOLTAGE / (LENGTH * UNIT)
    np.testing.assert_allclose(found.currents * unit.current, [current, -current], rtol=1e-12)
    assert np.abs(found.residual).max() < 1e-13, "the exact solution solves the equations"
    assert found.imbalance < 1e-13
    assert found.losses.max() < 1e-13


@SYMMETRIES
def test_flux_of_the_field_through_the_terminals(symmetry: Symmetry) -> None:
    """eps V / L times the area enters on the left (the field points to the right) and leaves on the right."""
    found = evaluated(made(symmetry), VOLTAGE)
    unit = found.problem.scales
    flux = unit.permittivity * VOLTAGE / (LENGTH * UNIT) * section(symmetry)
    np.testing.assert_allclose(found.charges * unit.electric_flux, [flux, -flux], rtol=1e-12)


@SYMMETRIES
def test_a_charged_wall_is_in_the_rows_of_the_potential(symmetry: Symmetry) -> None:
    """Gauss: with neutral liquid the flux through the terminals takes the charge of the wall with it."""
    charge = -3e-3
    found = evaluated(made(symmetry, GivenCharge(ConstantCharge(charge))))
    unit = found.problem.scales
    rim = 2 * np.pi * HALF * UNIT if symmetry == "axisymmetric" else 2e-6
    total = found.problem.unknowns.potential(found.rows).sum() * unit.electric_flux
    assert total == pytest.approx(-charge * rim * LENGTH * UNIT, rel=1e-12)
    uncharged = found.problem.evaluate(found.state, found.parameters.uncharged())
    assert np.abs(found.problem.unknowns.potential(uncharged.rows)).max() < 1e-13


@SYMMETRIES
def test_contents(symmetry: Symmetry) -> None:
    found = evaluated(made(symmetry), VOLTAGE)
    amount = C * section(symmetry) * LENGTH * UNIT
    np.testing.assert_allclose(found.amounts * found.problem.scales.amount, [amount, amount], rtol=1e-12)


@SYMMETRIES
def test_storage_adds_the_content_and_the_history(symmetry: Symmetry) -> None:
    """rate * C(w) + history; with the history -rate * C(w) nothing is left of it."""
    of = made(symmetry)
    steady = evaluated(of, VOLTAGE)
    stored = evaluated(of, VOLTAGE, storage=Storage(0.3))
    np.testing.assert_allclose(stored.rows, steady.rows + 0.3 * steady.content, rtol=1e-12, atol=1e-13)
    still = evaluated(of, VOLTAGE, storage=Storage(0.3, -0.3 * steady.content))
    np.testing.assert_allclose(still.rows, steady.rows, rtol=1e-12, atol=1e-13)
    assert (steady.rows == evaluated(of, VOLTAGE).rows).all(), "nothing is remembered from call to call"


@SYMMETRIES
@pytest.mark.parametrize("slip", [0.0, 2e-9])
def test_poiseuille_flow(symmetry: Symmetry, slip: float) -> None:
    """Closed forms with Navier slip b: R^4 (1 + 4 b / R) pi / 8 and 2 h^3 (1 + 3 b / h) W / 3 times dp / (eta L)."""
    of = made(symmetry, *((Slip(slip),) if slip else ()), flow=True)
    found = evaluated(of, pressure=PRESSURE)
    half = HALF * UNIT
    exact = np.pi * half**4 / 8 * (1 + 4 * slip / half)
    if symmetry == "planar":
        exact = 2 * half**3 / 3 * 1e-6 * (1 + 3 * slip / half)
    exact *= PRESSURE / (of.scales.viscosity * LENGTH * UNIT)
    np.testing.assert_allclose(found.flow_rates * of.scales.flow_rate, [exact, -exact], rtol=1e-11)


@SYMMETRIES
def test_the_flow_carries_the_salt(symmetry: Symmetry) -> None:
    """c Q of both ions, no current."""
    found = evaluated(made(symmetry, flow=True), pressure=PRESSURE)
    unit = found.problem.scales
    flow = found.flow_rates[0] * unit.flow_rate
    np.testing.assert_allclose(found.rates * unit.molar_rate, [[C * flow] * 2, [-C * flow] * 2], rtol=1e-11)


@SYMMETRIES
def test_nothing_flows_in_equilibrium_whatever_the_double_layer(symmetry: Symmetry) -> None:
    """With constant electrochemical potentials every rate and the flow are zero, for any potential at all."""
    of = made(symmetry, flow=True)
    found = evaluated(of)
    state = found.state.copy()
    of.unknowns.potential(state)[:] = np.random.default_rng(2).uniform(-3, 3, of.unknowns.nodes)
    at_rest = of.evaluate(state, found.parameters)
    species = of.unknowns.electrochemical(at_rest.rows)
    assert np.abs(species).max() < 1e-14 * np.abs(at_rest.rows).max()
    assert np.abs(at_rest.flow_rates * of.scales.flow_rate).max() < 1e-30


def test_the_jacobian_is_the_derivative_of_the_residual() -> None:
    """With wall charge, flow and storage, at a random state, against central differences."""
    of = made("axisymmetric", GivenCharge(ConstantCharge(-3e-3)), flow=True)
    start = evaluated(of, VOLTAGE, PRESSURE)
    generator = np.random.default_rng(3)
    state = start.state + 0.1 * generator.standard_normal(len(start.state))
    change = generator.standard_normal(len(state))
    storage = Storage(0.2)
    step = 1e-5
    high, low = (of.evaluate(state + s * step * change, start.parameters, storage).rows for s in (1, -1))
    system = of.linearise(of.evaluate(state, start.parameters, storage), constrained=False)
    (transport, to_transport), (to_flow, flow) = system.blocks
    assert transport is not None and to_transport is not None and to_flow is not None and flow is not None  # noqa: PT018
    vector, rows = transport.createVecs()
    vector.array[:] = change
    transport.mult(vector, rows)
    # the flow follows: S dy = -B dw
    right = to_flow.createVecLeft()
    to_flow.mult(vector, right)
    following = flow.createVecRight()
    solver = DirectSolver(flow, "", Clock())
    solver.factorise()
    solver.solve(right, following)
    carried = rows.duplicate()
    to_transport.mult(following, carried)
    exact = (high - low) / (2 * step)
    np.testing.assert_allclose(rows.array - carried.array, exact, atol=1e-7 * np.abs(exact).max())


def test_boundary_values() -> None:
    """phi = V and mu_i = ln(c / c0) + z_i V at the terminals; what is constrained is imposed, and nothing else."""
    of = made("planar")
    parameters = of.parameters(ends(VOLTAGE), of.walls, SALT, of.scales)
    values = of.boundary_values.values(parameters)
    left = of.ports.terminals[0].nodes
    volts = VOLTAGE / of.scales.potential
    np.testing.assert_allclose(of.unknowns.potential(values)[left], volts)
    np.testing.assert_allclose(
        of.unknowns.electrochemical(values)[left],
        [np.log(C / (2 * C)) + z * volts for z in (1, -1)] * np.ones((len(left), 1)),
    )
    state = np.full(of.unknowns.size, 9.0)
    imposed = of.boundary_values.impose(state, parameters)
    free = np.setdiff1d(np.arange(of.unknowns.size), of.boundary_values.entries)
    assert (imposed[free] == 9.0).all()
    np.testing.assert_array_equal(imposed[of.boundary_values.entries], values[of.boundary_values.entries])
    assert len(free) == 3 * 3, "the nodes in the middle of the channel: at the wall, on the axis, on the diagonal"


def test_a_species_that_a_terminal_leaves_free_is_not_held() -> None:
    left, right = ends()
    free = replace(left, concentrations=(C, None))
    of = problem(channel(LENGTH, HALF, "planar"), SALT, (free, right), (), concentration=C)
    held = of.ports.terminals[0].nodes
    entries = of.unknowns.entries(held, of.unknowns.names[2])
    assert not np.isin(entries, of.boundary_values.entries).any()
    assert len(of.boundary_values.owned_species) == 9, (
        "two of the left end and all of the right one, of three nodes each"
    )
    assert np.isin(of.unknowns.entries(held, of.unknowns.names[1]), of.boundary_values.entries).all()


def test_ports_sum_over_their_nodes() -> None:
    of = made("planar")
    z = of.unknowns.scalar.tabulate_dof_coordinates()[:, 0]
    rows = of.unknowns.empty()
    of.unknowns.electrochemical(rows)[:, 0] = 1 + z
    of.unknowns.electrochemical(rows)[:, 1] = -z
    of.unknowns.potential(rows)[:] = 2.0
    np.testing.assert_allclose(of.ports.species_sums(rows), [[3, 0], [3 * (1 + LENGTH), -3 * LENGTH]])
    np.testing.assert_allclose(of.ports.field_sums(rows), [6, 6])
    assert of.ports.names == ["left", "right"]
    assert len(of.boundary_values.owned_species) == 2 * 6


def test_rescaled_states_have_the_same_concentrations() -> None:
    of = made("planar")
    found = of.unknowns.rescaled(evaluated(of).state, 5.0)
    assert np.exp(of.unknowns.electrochemical(found)) == pytest.approx(5 * C / of.scales.concentration)


def test_scales_of_the_tests_are_those_of_the_problem() -> None:
    assert made("planar").scales == scales("planar", 2 * C)
