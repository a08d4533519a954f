"""Adsorption with kinetics against independent methods: exchange in a mixed liquid, uptake from a slab (inverse Laplace
transform; finite volumes), a charged wall in equilibrium, and the impedance of an adsorbing electrode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from meshes.course import UNKNOWN_COURSE
from solver.laws.walls.electrode import GivenPotential
from solver.laws.walls.stern import Stern, SternLayer
from solver.physics.constants import FARADAY, thermal_voltage
from solver.physics.solution import Solution
from solver.studies.impedance.linearised import Linearised
from tests.support.adsorbing_slab import DIFFUSIVITY, AdsorbingSlab
from tests.support.cells import UNIT
from tests.support.uptake import BESIDE, LANGMUIR, LENGTH, LINEAR, TIME, TIMES, uptake_slab
from validation import mapped

pytestmark = pytest.mark.serial

EXCHANGE = {"incoming": "A", "outgoing": "B", "k_in": 200.0, "k_out": 200.0, "initial": 0.0}


@pytest.mark.parametrize(("sites", "expected"), [(1e6, LINEAR), (1.0, LANGMUIR)], ids=["linear", "Langmuir"])
def test_uptake_from_a_slab_is_that_of_the_reference_and_nothing_is_lost(
    sites: float, expected: tuple[float, ...]
) -> None:
    device = uptake_slab(sites, np.linspace(0.0, 1.0, 21) ** 2)
    stepper = device.stepper(1e-3, 1e-3 * TIME)
    initial = stepper.now.found.amounts
    for time, amount, beside in zip(TIMES, expected, BESIDE, strict=True):
        while stepper.now.time < time * TIME:
            now = stepper.advance(time * TIME)
        uptake = device.coverage(now.found) / LENGTH
        assert uptake == pytest.approx(amount, rel=3e-4)
        if sites == 1.0:
            assert device.concentration(now.found, "X") == pytest.approx(beside, rel=1e-3)
        missing = now.found.amounts - initial - now.passed.sum(axis=0)
        assert np.abs(missing).max() <= 1e-8 * initial.min()
        bar = np.abs(device.problem.unknowns.coverages(now.accumulated_error)).max() * 1e-6 / LENGTH
        assert abs(uptake - amount) < 3.0 * bar + 2e-6, "three times the error that the steps say is a bound"


def well_mixed(step: float) -> float:
    """Part of the sites that A has after 0.1 s of an exchange in a slab too thin to be depleted, with steps of a length."""
    valences, bulk = {"K": 1, "Cl": -1, "A": 0, "B": 0}, (1.0, 1.0, 0.01, 0.05)
    device = AdsorbingSlab(np.linspace(0.0, 10.0, 4), valences, bulk, [{"density": 1e-13, "exchange": EXCHANGE}])
    stepper = device.stepper(1e9, step, step)
    while stepper.now.time < 0.1:
        stepper.advance(0.1)
    return device.coverage(stepper.now.found) / 1e-13


def test_exchange_in_a_well_mixed_liquid_is_exponential() -> None:
    """The order in the step is part of the validation."""
    exact = (1.0 - np.exp(-12.0 * 0.1)) / 6.0
    assert exact == pytest.approx(0.11646763, abs=1e-8)
    assert well_mixed(2.0**-8) == pytest.approx(exact, abs=1e-6)


def test_a_charged_wall_in_equilibrium_has_isotherm_and_double_layer_at_once() -> None:
    """Against the bisection of Langmuir's isotherm and Grahame's equation; held charge of K counts against that of sites."""
    site = {
        "density": "0.5 /nm^2",
        "charge": -1,
        "binds": {"K": {"equilibrium_constant": "0.02 1/mM", "k_off": "1e3 1/s"}},
    }
    points = mapped.graded(0.1, 1.15, 200.0)
    device = AdsorbingSlab(points, {"K": 1, "Cl": -1}, (10.0, 10.0), [site])
    found = device.steady()
    (law,) = device.wall.laws
    solution = Solution(78.5, 298.15, 0.89e-3, (1, -1), (10.0, 10.0), (DIFFUSIVITY,) * 2, ("K", "Cl"))
    density = law.coefficients(78.5)["0.density"]
    held = device.coverage(found)
    local = device.concentration(found, "K")
    assert held == pytest.approx(density * 0.02 * local / (1.0 + 0.02 * local), rel=1e-10)
    charge = law.extreme_charges(solution, UNKNOWN_COURSE)[0]
    assert FARADAY * (held - density) == pytest.approx(charge, rel=1e-6)
    assert charge == pytest.approx(-FARADAY * density * 0.2, rel=0.5), "neither bare nor full"


def test_the_admittance_of_an_adsorbing_electrode_is_that_of_the_closed_form() -> None:
    """A metal behind a Stern layer on which both ions of a salt adsorb alike, so that nothing is charged without a voltage;
    dG/dt = a dc - b dG. With q the excess of cations, q = A sinh(l (L - x)), l^2 = kappa^2 + i w / D, and
    phi = -kappa^2 / (c0 l^2) q + B (L - x)."""
    k_on, k_off, density, bulk, length = 2e3, 1e5, 2e-6, 10.0, 200e-9
    binds: dict[str, Any] = {name: {"k_on": k_on, "k_off": k_off} for name in ("K", "Cl")}
    layer = Stern(thickness=0.5e-9, relative_permittivity=10.0)
    points = mapped.graded(0.1, 1.12, length / UNIT)
    laws = (GivenPotential(0.0), SternLayer(layer))
    device = AdsorbingSlab(points, {"K": 1, "Cl": -1}, (bulk, bulk), [{"density": density, "binds": binds}], laws)
    problem = device.problem
    linearised = Linearised(problem, device.steady(), problem.ports.index("wall"))
    volt, permittivity = thermal_voltage(298.15), problem.scales.permittivity
    kappa2 = 2.0 * FARADAY * bulk / (permittivity * volt)
    free = density / (1.0 + 2.0 * k_on / k_off * bulk)
    gain, loss = k_on * free, k_off
    capacitance = layer.per_area(78.5)
    for frequency in (1e2, 1e4, 1e5, 1e6):
        omega = 2j * np.pi * frequency
        root = np.sqrt(kappa2 + omega / DIFFUSIVITY)
        sinh, cosh = np.sinh(root * length), np.cosh(root * length)
        slope = -omega / (DIFFUSIVITY * bulk) * (cosh / root + gain * sinh / (omega + loss))
        phi, field = -kappa2 / (bulk * root**2) * sinh + slope * length, -kappa2 / (bulk * root) * cosh + slope
        metal = permittivity * volt * field - 2.0 * FARADAY * gain * sinh / (omega + loss)
        expected = omega * metal / (metal / capacitance + volt * phi)
        found = linearised.response(frequency).total[problem.ports.index("wall")] / (UNIT * 2e-6)
        assert found == pytest.approx(expected, rel=1e-5)
