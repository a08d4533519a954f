"""Walls with sites as formulas: single walls, an independent solver, the solve behind the Stern layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from meshes.course import UNKNOWN_COURSE
from solver.case.walls import Wall
from solver.laws.algebra import NUMBERS
from solver.laws.walls.base import WallState
from solver.laws.walls.groups import Regulation
from solver.laws.walls.surfaces import SITES, SURFACES
from solver.laws.walls.zero_plane import bisections, newton_steps, several_states, two_state
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT
from solver.physics.double_layer import surface_charge, surface_potential
from solver.physics.solution import Solution

VOLT = GAS_CONSTANT * 298.15 / FARADAY
SILICA: dict[str, Any] = {"groups": "silica", "stern": {"capacitance": "2.9 F/m^2"}}


def salt(concentration: float, pH: float | None = None) -> Solution:
    """Of a 1:1 salt (mM)."""
    of_species = (1, -1), (concentration, concentration), (2e-9, 2e-9)
    return Solution(78.5, 298.15, 0.89e-3, *of_species, ("K", "Cl"), pH=pH)


def law_of(wall: Wall) -> Regulation:
    """The sites of a wall."""
    (law,) = wall.responding
    assert isinstance(law, Regulation)
    return law


@pytest.mark.parametrize(
    ("concentration", "pH", "charge", "of_sites", "zeta"),
    [
        (0.1, 5.5, -1.496865, -55.143, -54.627),
        (0.1, 7.0, -5.021535, -112.714, -110.982),
        (0.1, 9.0, -21.718195, -193.070, -185.581),
        (10.0, 5.5, -5.115235, -23.498, -21.734),
        (10.0, 7.0, -20.807122, -75.871, -68.696),
        (10.0, 9.0, -77.214176, -159.323, -132.698),
        (1e3, 5.5, -9.521382, -7.446, -4.163),
        (1e3, 7.0, -61.636617, -47.124, -25.870),
        (1e3, 9.0, -194.752531, -132.916, -65.760),
    ],
)
def test_silica_is_charged_as_by_behrens_and_grier(
    concentration: float, pH: float, charge: float, of_sites: float, zeta: float
) -> None:
    """One wall, the basic Stern model with their three constants, solved independently; mC/m^2 and mV."""
    solution = salt(concentration, pH)
    found, _ = Wall(**SILICA).extreme_charges(solution, UNKNOWN_COURSE)
    assert found == pytest.approx(1e-3 * charge, abs=6e-10)
    potential = surface_potential(found, solution)
    assert potential == pytest.approx(1e-3 * zeta, abs=6e-7)
    assert potential + found / 2.9 == pytest.approx(1e-3 * of_sites, abs=6e-7)


TWO_SITES: dict[str, Any] = {
    "groups": [
        {"site": "acid", "density": "3 /nm^2", "charge": -1, "binds": [{"H": 1, "pK": 6.5}, {"K": 1, "pK": 0.4}]},
        {
            "site": "base",
            "density": "1.5 /nm^2",
            "charge": 0,
            "binds": [{"H": 1, "pK": 9.0}, {"H": 1, "Cl": 1, "pK": 9.8}],
        },
    ],
    "stern": {"capacitance": "0.8 F/m^2"},
}


def by_root_finding(solution: Solution) -> float:
    """Charge (C/m^2) of TWO_SITES in front of a flat double layer: mass action by hand, potential of the sites by brentq."""
    assert solution.pH is not None

    def charge(potential: float) -> float:
        factor = math.exp(-potential / VOLT)
        h, k, cl = (
            10.0**-solution.pH * factor,
            solution.concentrations[0] / 1e3 * factor,
            solution.concentrations[1] / 1e3,
        )
        cl /= factor
        acid = 1 / (1 + 10**6.5 * h + 10**0.4 * k)
        base = 10**9.0 * h / (1 + 10**9.0 * h + 10**9.8 * h * cl)
        return ELEMENTARY_CHARGE * 1e18 * (1.5 * base - 3.0 * acid)

    def excess(potential: float) -> float:
        return surface_charge(potential - charge(potential) / 0.8, solution) - charge(potential)

    return charge(brentq(excess, -0.6, 0.6, xtol=1e-16, rtol=1e-15))


@pytest.mark.parametrize("pH", [3.0, 6.0, 8.0, 10.5])
@pytest.mark.parametrize("concentration", [1.0, 30.0, 1e3])
def test_two_types_of_three_states_agree_with_an_independent_solver(concentration: float, pH: float) -> None:
    if 10.0 ** (3 - pH) > concentration:
        pytest.skip("no such solution")
    solution = salt(concentration, pH)
    found, _ = Wall(**TWO_SITES).extreme_charges(solution, UNKNOWN_COURSE)
    assert found == pytest.approx(by_root_finding(solution), rel=1e-8, abs=1e-12)


def test_without_a_stern_layer_the_sites_have_the_potential_of_the_liquid() -> None:
    law, solution = law_of(Wall(groups="silica")), salt(10.0, 7.0)
    free = 1 / (1 + 10.0 ** (7.5 - 7.0) * math.exp(0.1 / VOLT))
    assert law.charge_at(-0.1, solution) == pytest.approx(-8e18 * ELEMENTARY_CHARGE * free, rel=1e-12)
    assert law.unsolved(law.in_solution(-0.1, solution), NUMBERS) is None


@pytest.mark.parametrize("steepness", [1e-3, 1.0, 17.0, 200.0, 500.0, 1e3, 5e3, 1e5])
def test_the_monotone_start_reaches_rounding_from_anywhere(steepness: float) -> None:
    b = np.linspace(-80.0, steepness + 80.0, 100_001)
    x = two_state(steepness, b, newton_steps(steepness), NUMBERS)
    assert np.abs(x + steepness / (1 + np.exp(-x)) - b).max() < 3e-15 * (steepness + 100.0)


def test_extreme_walls_do_not_overflow() -> None:
    """Sites of charge -4 and -3, dense and behind a thin capacitance: the potential of the sites is some thousand volts."""
    site = {"site": "extreme", "density": "20 /nm^2", "charge": -4, "binds": [{"H": 1, "pK": 60}]}
    law = law_of(Wall(groups=[site], stern={"capacitance": 0.01}))
    with np.errstate(over="raise", invalid="raise"):
        state = law.in_solution(0.0, salt(10.0, 7.0))
        assert np.isfinite(law.charge(state, NUMBERS))
        assert abs(law.unsolved(state, NUMBERS)) < 1e-9


def test_bisection_and_newton_reach_rounding_for_any_sites() -> None:
    """500 random walls of up to three types with up to four bound states, steepness up to 500."""
    random = np.random.default_rng(3)
    for _ in range(500):
        sizes = 10.0 ** random.uniform(-1, 2.7) * random.uniform(0.1, 1.0, random.integers(1, 4))
        walls = [
            (size, (q := random.integers(-2, 3, random.integers(2, 6)).astype(float)), random.uniform(-20, 20, len(q)))
            for size in sizes
        ]
        found = _staircase(walls)
        low, high = (sum(size * edge(q) for size, q, _ in walls) for edge in (np.min, np.max))
        step, y = max(int(np.ptp(q)) for _, q, _ in walls), random.uniform(-25, 25)
        halvings = bisections(float(sum(sizes)) * step, step)
        x = several_states(y, low, high, found, halvings, NUMBERS)
        assert abs(x - y - found(x)[0]) < 1e-11


def _staircase(walls: list[tuple[float, np.ndarray, np.ndarray]]) -> Any:
    """Charge of sites in units of C V_T and its slope: sizes, charges and logarithms of weights of the states."""

    def of(x: Any) -> tuple[Any, Any]:
        total, slope = 0.0, 0.0
        for size, q, logs in walls:
            weights = logs - (q - q[0]) * x
            weights = np.exp(weights - weights.max())
            mean = (weights @ q) / weights.sum()
            total += size * mean
            slope -= size * ((weights @ q**2) / weights.sum() - mean**2)
        return total, slope

    return of


@pytest.mark.parametrize("wall", [SILICA, TWO_SITES, {**TWO_SITES, "stern": {"thickness": "0.3 nm"}}])
def test_nothing_is_left_of_the_equation_of_the_sites(wall: dict[str, Any]) -> None:
    law, solution = law_of(Wall(**wall)), salt(10.0, 7.0)
    left = [law.unsolved(law.in_solution(potential, solution), NUMBERS) for potential in np.linspace(-0.6, 0.6, 241)]
    assert np.abs(left).max() < 1e-12


def test_fractions_are_those_of_the_charge() -> None:
    law, solution = law_of(Wall(**TWO_SITES)), salt(100.0, 8.0)
    state = law.in_solution(-0.05, solution)
    parts = law.fractions(state, NUMBERS)
    assert list(parts) == ["acid_free", "acid_H", "acid_K", "base_free", "base_H", "base_H_Cl"]
    assert sum(parts[name] for name in ("acid_free", "acid_H", "acid_K")) == pytest.approx(1.0)
    charge = ELEMENTARY_CHARGE * 1e18 * (1.5 * parts["base_H"] - 3.0 * parts["acid_free"])
    assert law.charge(state, NUMBERS) == pytest.approx(charge, rel=1e-12)


def test_values_are_no_structure_and_what_is_bound_is() -> None:
    def structure(**changes: Any) -> object:
        site = {"site": "silanol", **changes}
        return law_of(Wall(groups=[site], stern={"capacitance": 2.9})).structure

    assert structure() == structure(density="8.2 /nm^2") == structure(binds=[{"H": 1, "pK": 6.8}])
    assert structure() != structure(binds=[{"H": 2, "pK": 7.5}])
    assert structure() != structure(charge=-2)
    assert structure() != structure(density="80 /nm^2"), "a steeper wall takes more steps"


def test_the_table_of_sites_is_whole() -> None:
    for name in SITES:
        (site,) = Wall(groups=[{"site": name, "density": "1 /nm^2"}]).groups
        assert site.site == name
        assert SITES[name].source
    for name, sites in SURFACES.items():
        assert [site.site for site in Wall(groups=name).groups] == list(sites)


def test_numbers_of_the_table_can_be_replaced() -> None:
    (site,) = Wall(groups=[{"site": "silanol", "density": "4.6 /nm^2"}]).groups
    assert (site.density, site.charge, site.binds[0].pK) == (pytest.approx(4.6e18), -1, 7.5)


def test_a_bound_anion_takes_its_charge_from_the_site() -> None:
    """One third of the sites each: bare, with H+ (+1), with H+ and an anion of valence -2 (-1)."""
    wall = Wall(groups=[{"site": "amine", "density": 1e18, "binds": [{"H": 1, "pK": 9}, {"H": 1, "SO4": 1, "pK": 11}]}])
    law = law_of(wall)
    state = WallState(
        potential=0.0,
        concentrations={},
        position=0.0,
        coefficients=law.coefficients(78.5),
        virtual_potential=0.0,
        wall_potential=None,
        interpolated=lambda function: 0.0,
        potentials={"H": -9 * math.log(10), "SO4": -2 * math.log(10)},
        valences={"H": 1, "SO4": -2},
        thermal_voltage=VOLT,
    )
    assert law.charge(state, NUMBERS) == pytest.approx(ELEMENTARY_CHARGE * 1e18 * (1 - 1) / 3, abs=1e-18)
