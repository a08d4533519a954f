"""Walls with sites in the weak form, against single walls solved independently: a flat wall in front of a reservoir."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from meshes.course import UNKNOWN_COURSE
from solver.case.walls import Wall
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.problem import Problem
from solver.laws.walls import groups
from solver.nonlinear.continuation import Continuation, ConvergenceError
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.solution import Solution
from tests.support.cells import UNIT, integral, interval, problem

pytestmark = pytest.mark.serial

SILICA = Wall(groups="silica", stern={"capacitance": "2.9 F/m^2"})
CALCIUM: dict[str, Any] = {
    "groups": [
        {
            "site": "silanol",
            "binds": [{"H": 1, "pK": 7.5}, {"H": 2, "pK": 5.6}, {"K": 1, "pK": 0.5}, {"Ca": 1, "pK": 3.5}],
        }
    ],
    "stern": {"capacitance": "1.5 F/m^2"},
}


def solved(wall: Wall, solution: Solution, cells: int = 100) -> Problem:
    """The flat wall 25 Debye lengths from a reservoir; the state is loaded."""
    debye = solution.edl_thickness(0.0)
    points = 25 * debye / UNIT * np.expm1(5 * np.linspace(0, 1, cells + 1)) / np.expm1(5.0)
    bulk = (TerminalCondition("bulk", 0.0, 0.0, solution.concentrations),)
    condition = (WallCondition("wall", wall.laws, pH=solution.pH),)
    rows = zip(solution.names, solution.valences, solution.diffusivities, strict=True)
    solutes = tuple(Solute(*row) for row in rows)
    of = problem(interval(points), solutes, bulk, condition, concentration=max(solution.concentrations))
    continuation = Continuation(of, Newton(of), NewtonSettings())
    continuation.begin_branch(False)
    found = continuation.reach(of.parameters(bulk, condition, solutes, of.scales), 0.0, "at rest")
    assert len(found.report.iterations) <= 20
    of.load(found.state)
    return of


def charge_of(of: Problem) -> float:
    """C/m^2 of the wall."""
    (wall,) = of.wall_charges
    assert wall.largest_unsolved() < 1e-12
    area = integral(wall.area_form)
    return integral(wall.form) / area * of.scales.surface_charge


@pytest.mark.parametrize(
    ("concentration", "pH", "charge"),
    [
        (0.1, 9.0, -21.718195),
        (10.0, 7.0, -20.807122),
        (1e3, 5.5, -9.521382),
    ],
)
def test_silica_by_finite_elements_is_charged_as_by_behrens_and_grier(
    concentration: float, pH: float, charge: float
) -> None:
    solution = Solution(
        78.5, 298.15, 0.89e-3, (1, -1), (concentration, concentration), (2e-9, 2e-9), ("K", "Cl"), pH=pH
    )
    assert charge_of(solved(SILICA, solution)) == pytest.approx(1e-3 * charge, rel=1e-5)


@pytest.mark.parametrize(("calcium", "pH"), [(0.1, 7.0), (1.0, 9.0), (10.0, 5.0)])
def test_competing_and_doubly_bound_ions_by_finite_elements(calcium: float, pH: float) -> None:
    """Against the balance of the same law with Grahame's equation, three species of two valences."""
    names, valences, c = ("K", "Ca", "Cl"), (1, 2, -1), (10.0, calcium, 10.0 + 2 * calcium)
    solution = Solution(78.5, 298.15, 0.89e-3, valences, c, (2e-9, 0.8e-9, 2e-9), names, pH=pH)
    wall = Wall(**CALCIUM)
    exact, _ = wall.extreme_charges(solution, UNKNOWN_COURSE)
    assert charge_of(solved(wall, solution)) == pytest.approx(exact, rel=1e-5)


def test_a_wall_that_has_not_solved_its_own_equation_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one step the potential of the sites is off, and the liquid converges with a charge that is wrong."""
    monkeypatch.setattr(groups, "newton_steps", lambda steepness: 1)
    solution = Solution(78.5, 298.15, 0.89e-3, (1, -1), (10.0, 10.0), (2e-9, 2e-9), ("K", "Cl"), pH=7.5)
    with pytest.raises(ConvergenceError, match="charge of wall 'wall' is not in equilibrium"):
        solved(SILICA, solution)


def test_a_stern_layer_of_a_capacitance_is_one_of_a_thickness() -> None:
    solution = Solution(78.5, 298.15, 0.89e-3, (1, -1), (10.0, 10.0), (2e-9, 2e-9), ("K", "Cl"), pH=8.0)
    thickness = 20.0 * VACUUM_PERMITTIVITY / 0.5
    walls = [
        Wall(groups="silica", stern=stern)
        for stern in ({"capacitance": 0.5}, {"thickness": thickness, "relative_permittivity": 20.0})
    ]
    one, other = (charge_of(solved(wall, solution)) for wall in walls)
    assert one == pytest.approx(other, rel=1e-10)
