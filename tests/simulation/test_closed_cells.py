"""Closed cells of any length and voltage, against two flat double layers in series that share the salt of the cell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mpi4py import MPI
from scipy.optimize import brentq

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.linear.direct import DirectBlockSolver
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from solver.simulation.simulation import Simulation
from tests.support.few_on_ranks import few_on_ranks
from validation.devices import rows

STERN = {"thickness": 0.5e-9, "relative_permittivity": 11.3}


def cell(length: float, concentration: float, voltages: list[float], stern: dict[str, float] | None = None) -> Case:
    """A cell of 1 um^2 (m, mol/m^3, V), whose left electrode is swept."""
    law = {} if stern is None else {"stern": stern}
    return Case.model_validate(
        {
            "geometry": {"type": "cell", "length": length, "width": 1e-6, "height": 1e-6},
            "electrolyte": {"species": {"Na": {}, "Cl": {}}, "concentration": concentration},
            "walls": {"left": {"potential": voltages[0], **law}, "right": {"potential": 0.0, **law}},
            "study": {"type": "sweep", "parameter": "walls.left.potential", "values": voltages},
            "solver": {"flow": "none"},
            "outputs": {"errors": "none"},
        }
    )


def layers_in_series(case: Case, length: float, stern: dict[str, float] | None, voltage: float) -> float:
    """C/m^2 of the left electrode by Gouy and Chapman, half the voltage over each layer; what the layers hold is missing
    between them."""
    electrolyte = case.electrolyte
    thermal = GAS_CONSTANT * electrolyte.temperature
    permittivity = electrolyte.relative_permittivity * VACUUM_PERMITTIVITY
    filling = electrolyte.concentration
    assert filling is not None
    capacitance = stern and stern["relative_permittivity"] * VACUUM_PERMITTIVITY / stern["thickness"]

    def layer(salt: float) -> tuple[float, float]:
        """Charge, and potential of the liquid at the electrode in thermal voltages."""
        unit, half = math.sqrt(8 * permittivity * thermal * salt), voltage / 2 * FARADAY / thermal
        if not capacitance:
            return unit * math.sinh(half / 2), half
        behind = unit * FARADAY / thermal / capacitance
        y = brentq(lambda y: y + behind * math.sinh(y / 2) - half, 0.0, half, xtol=1e-14)
        return unit * math.sinh(y / 2), y

    def surplus(logarithm: float) -> float:
        salt = math.exp(logarithm)
        debye = math.sqrt(permittivity * thermal / (2 * FARADAY**2 * salt))
        return salt * length + 4 * debye * salt * (math.cosh(layer(salt)[1] / 2) - 1) - filling * length

    middle = brentq(surplus, math.log(filling) - 20, math.log(filling), xtol=1e-13)
    return layer(math.exp(middle))[0]


@pytest.mark.parametrize(
    ("length", "concentration", "voltages", "stern"),
    few_on_ranks(
        [
            (20e-6, 1.0, [0.1, 0.4], None),  # the mesh for 0.4 V is finer, and 0.1 V is the first point
            (1e-6, 100.0, [1.0], None),
            (1e-3, 0.01, [1.0], None),
            (1e-6, 100.0, [5.0], STERN),
            (1e-3, 1.0, [5.0], STERN),
        ],
        0,
        3,
    ),
)
def test_charge_and_amounts(
    length: float, concentration: float, voltages: list[float], stern: dict[str, float] | None
) -> None:
    """Reached without fallbacks; the charges are those of the layers in series, and no ion is lost."""
    points = plan(cell(length, concentration, voltages, stern))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    volume = 1e-12 * length
    for point, voltage in zip(points, voltages, strict=True):
        solved = simulation.reach(point)
        assert not solved.events
        state, scales = solved.state, simulation.problem.scales
        left, right = state.charges * scales.electric_flux * 1e12
        assert left == pytest.approx(layers_in_series(point.case, length, stern, voltage), rel=2e-4)
        assert right == pytest.approx(-left, rel=1e-6)
        amounts = state.amounts * scales.amount
        assert amounts == pytest.approx(concentration * volume, rel=1e-9)
        row = simulation.observer.observe(state, point.case).row
        assert row["salt_mean [mol/m^3]"] == pytest.approx(concentration, rel=1e-9)


@pytest.mark.parametrize("transposed", few_on_ranks([False, True], 1))
def test_amounts_apart(transposed: bool) -> None:
    """In a short cell, where rounding does no harm, the solution of a linear system is that of the plain factors."""
    points = plan(cell(30e-9, 10.0, [0.1]))
    simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
    found = simulation.reach(points[0]).state
    problem, jacobian = simulation.problem, simulation.continuation.newton.jacobian
    nodes = problem.unknowns.scalar.tabulate_dof_coordinates()[: problem.unknowns.owned_nodes, 0]
    right = np.outer(1 + np.sin(nodes), [0.3, 0.7, -0.2]).ravel()
    right[problem.boundary_values.owned_entries] = 0.0
    plain = DirectBlockSolver("plain_", Clock())
    plain.prepare(problem.linearise(found))
    if transposed:
        expected = plain.solve_transposed(problem.linearise(found), right)
        solution = jacobian.solve_adjoint(found, right, None).transport
    else:
        expected = plain.solve(right)
        jacobian.refresh(found)
        solution, _ = jacobian.solve(right)
    assert problem.unknowns.largest(solution - expected) < 1e-4 * problem.unknowns.largest(expected)


def test_a_swept_filling_is_that_of_its_point() -> None:
    """Each point of a sweep of the concentration, and of the points behind a sweep of the voltage at each, holds its own."""
    case = cell(1e-6, 1.0, [0.1], STERN)
    data = case.model_dump(mode="json") | {
        "study": {
            "type": "sweep",
            "parameter": "walls.left.potential",
            "values": [0.1, 0.3],
            "outer": {"parameter": "electrolyte.concentration", "values": [1.0, 100.0, 10.0]},
        }
    }
    found = rows(data)
    assert [row["salt_mean [mol/m^3]"] for row in found] == pytest.approx(
        [1.0, 1.0, 100.0, 100.0, 10.0, 10.0], rel=1e-8
    )
    for row, salt, voltage in zip(found, np.repeat([1.0, 100.0, 10.0], 2), np.tile([0.1, 0.3], 3), strict=True):
        expected = layers_in_series(cell(1e-6, salt, [voltage], STERN), 1e-6, STERN, voltage)
        assert row["charge_left [C]"] / 1e-12 == pytest.approx(expected, rel=1e-3)
