"""Dimensionless numbers come back as SI: closed forms of a cylinder and a slit, computed in both."""

from __future__ import annotations

import math

import pytest
from scipy import constants

from solver.physics.constants import FARADAY, GAS_CONSTANT
from solver.physics.scales import Scales

TEMPERATURE, VISCOSITY, PERMITTIVITY = 298.15, 0.89e-3, 78.5
RADIUS, LENGTH, WIDTH = 5e-9, 2e-6, 1e-3
VOLTAGE, PRESSURE, CONCENTRATION, DIFFUSIVITY = 0.1, 2e4, 10.0, 1.957e-9
VOLT = GAS_CONSTANT * TEMPERATURE / FARADAY


def scales(*, axisymmetric: bool, concentration: float = CONCENTRATION) -> Scales:
    return Scales.of(
        length=1e-9,
        concentration=concentration,
        temperature=TEMPERATURE,
        relative_permittivity=PERMITTIVITY,
        viscosity=VISCOSITY,
        measure_factor=2 * math.pi if axisymmetric else 2 * WIDTH,
        axisymmetric=axisymmetric,
    )


def half_section(unit: Scales, *, axisymmetric: bool) -> float:
    """Integral of the weight over the modelled half of a cross-section of half size RADIUS, dimensionless."""
    half = RADIUS / unit.length
    return half**2 / 2 if axisymmetric else half


@pytest.mark.parametrize("axisymmetric", [True, False])
@pytest.mark.parametrize("concentration", [10.0, 250.0])
def test_ohmic_current_does_not_depend_on_the_scales(axisymmetric: bool, concentration: float) -> None:
    """A 1:1 salt of 10 mol/m^3 without charge, in units of its own and of another concentration."""
    unit = scales(axisymmetric=axisymmetric, concentration=concentration)
    c = math.exp(unit.chemical_potential(CONCENTRATION))
    slope = VOLTAGE / unit.potential / (LENGTH / unit.length)
    rate = DIFFUSIVITY / unit.diffusivity * c * slope * half_section(unit, axisymmetric=axisymmetric)
    area = math.pi * RADIUS**2 if axisymmetric else 2 * RADIUS * WIDTH
    conductivity = 2 * FARADAY * DIFFUSIVITY * CONCENTRATION / VOLT
    assert 2 * rate * unit.current == pytest.approx(conductivity * area * VOLTAGE / LENGTH, rel=1e-13, abs=0)
    assert rate * unit.molar_rate == pytest.approx(rate * unit.current / FARADAY, rel=1e-13, abs=0)


@pytest.mark.parametrize("axisymmetric", [True, False])
def test_poiseuille_flow(axisymmetric: bool) -> None:
    unit = scales(axisymmetric=axisymmetric)
    half, slope = RADIUS / unit.length, PRESSURE / unit.pressure / (LENGTH / unit.length)
    flow = slope * half**4 / 16 if axisymmetric else slope * half**3 / 3  # over the modelled half
    exact = math.pi * RADIUS**4 / 8 if axisymmetric else 2 * WIDTH * RADIUS**3 / 3
    assert flow * unit.flow_rate == pytest.approx(exact * PRESSURE / (VISCOSITY * LENGTH), rel=1e-13, abs=0)


def test_amounts_are_rates_times_the_time() -> None:
    unit = scales(axisymmetric=True)
    filling = half_section(unit, axisymmetric=True) * LENGTH / unit.length
    assert filling * unit.amount == pytest.approx(CONCENTRATION * math.pi * RADIUS**2 * LENGTH, rel=1e-13, abs=0)
    assert unit.time == pytest.approx(1e-9)


def test_coupling_is_half_the_squared_length_in_debye_lengths() -> None:
    unit = scales(axisymmetric=True)
    debye_squared = PERMITTIVITY * constants.epsilon_0 * VOLT / (2 * FARADAY * CONCENTRATION)
    assert unit.charge_coupling == pytest.approx(unit.length**2 / debye_squared / 2, rel=1e-9)


def test_charge_and_flux_of_the_field_of_a_charged_cylinder() -> None:
    """Gauss: the flux through the wall is the charge on it."""
    unit = scales(axisymmetric=True)
    charge = -0.02
    slope = charge / unit.surface_charge
    flux = slope * (RADIUS / unit.length) * (LENGTH / unit.length)  # weight times length of the wall
    assert flux * unit.electric_flux == pytest.approx(charge * 2 * math.pi * RADIUS * LENGTH, rel=1e-13, abs=0)
    assert unit.surface_charge == pytest.approx(unit.capacitance * unit.potential, rel=1e-13)


def test_helmholtz_smoluchowski() -> None:
    """Velocity -eps zeta E / eta of a thin double layer: in units of the scales it is coupling-free."""
    unit = scales(axisymmetric=False)
    zeta, field = -0.05, 1e5
    dimensionless = -(zeta / unit.potential) * (field * unit.length / unit.potential) / unit.charge_coupling
    exact = -PERMITTIVITY * constants.epsilon_0 * zeta * field / VISCOSITY
    assert dimensionless * unit.velocity == pytest.approx(exact, rel=1e-9, abs=0)


def test_peclet_number() -> None:
    unit = scales(axisymmetric=True)
    assert unit.peclet == pytest.approx(
        GAS_CONSTANT * TEMPERATURE * CONCENTRATION * 1e-18 / (VISCOSITY * 1e-9), rel=1e-13
    )
