"""Closed forms against reference numbers computed independently of this program, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.physics.constants import FARADAY, GAS_CONSTANT, thermal_voltage
from solver.physics.double_layer import (
    close_packing,
    dukhin_number,
    surface_charge,
    surface_potential,
    wall_concentrations,
)
from solver.physics.ions import ION_TABLE
from solver.physics.resistances import (
    access_resistance,
    cone_resistance,
    gauss_integral,
    planar_access_resistance,
    pore_resistance,
)
from solver.physics.solution import (
    Solution,
    debye_length,
    edl_thickness,
    equivalent_concentration,
    gouy_chapman_length,
)
from solver.physics.transport import (
    ambipolar_diffusivity,
    electroosmotic_peclet,
    limiting_current,
    liquid_junction,
    membrane_potential,
    transported_share,
)

NACL = (1.334e-9, 2.032e-9)


def salt(
    concentration: float, diffusivities: tuple[float, float] = (1.957e-9, 2.032e-9), permittivity: float = 78.5
) -> Solution:
    return Solution(permittivity, 298.15, 0.89e-3, (1, -1), (concentration, concentration), diffusivities)


K2SO4 = Solution(78.5, 298.15, 0.89e-3, (1, -2), (2.0, 1.0), (1.957e-9, 1.065e-9))
LACL3 = Solution(78.5, 298.15, 0.89e-3, (3, -1), (10.0, 30.0), (0.619e-9, 2.032e-9))


def test_constants() -> None:
    assert thermal_voltage(298.15) == pytest.approx(25.692579e-3, rel=1e-7)
    assert pytest.approx(96485.33212, rel=1e-9) == FARADAY
    assert pytest.approx(8.314462618, rel=1e-9) == GAS_CONSTANT


# Molar conductivities at infinite dilution per charge (1e-4 S m^2/mol; Robinson and Stokes, Electrolyte Solutions):
# D = R T lambda / (|z| F^2) must give the table back.
@pytest.mark.parametrize(
    ("name", "conductivity"),
    [
        ("H", 349.8), ("Li", 38.68), ("Na", 50.10), ("K", 73.50), ("Cs", 77.26), ("Mg", 53.05), ("Ca", 59.50),
        ("La", 69.7), ("OH", 198.3), ("F", 55.4), ("Cl", 76.35), ("Br", 78.14), ("NO3", 71.46), ("SO4", 80.02),
        ("CO3", 69.3),
    ],
)  # fmt: skip
def test_ion_table_agrees_with_conductivities(name: str, conductivity: float) -> None:
    ion = ION_TABLE[name]
    diffusivity = GAS_CONSTANT * 298.15 * conductivity * 1e-4 / (abs(ion.valence) * FARADAY**2)
    assert ion.diffusivity == pytest.approx(diffusivity, rel=5e-3)
    assert ion.source


def test_ion_table_is_plausible() -> None:
    for name, ion in ION_TABLE.items():
        assert 1 <= abs(ion.valence) <= 3, name
        assert 0.4e-9 < ion.diffusivity < 10e-9, name


@pytest.mark.parametrize(("concentration", "length"), [(1.0, 9.619830e-9), (10.0, 3.042057e-9), (0.1, 30.420574e-9)])
def test_debye_length(concentration: float, length: float) -> None:
    assert salt(concentration).debye_length == pytest.approx(length, rel=1e-6)
    ions = {"K": concentration, "Cl": concentration}
    assert debye_length(78.5, 298.15, {"K": 1, "Cl": -1}, ions) == pytest.approx(length, rel=1e-6)


def test_debye_length_of_a_mixture() -> None:
    # 2:1 salts screen with sum z^2 c: K2SO4 at 1 mM has 6 mM, KCl 2 mM
    assert K2SO4.debye_length == pytest.approx(salt(1.0).debye_length / math.sqrt(3.0))
    assert K2SO4.equivalents == pytest.approx(2.0)


def test_grahame_reference() -> None:
    # 0.1 M, eps_r 78.15, diffuse-layer drop of two thermal voltages
    solution = salt(100.0, permittivity=78.15)
    assert surface_charge(2.0 * solution.thermal_voltage, solution) == pytest.approx(0.0435342, rel=2e-6)


@given(st.floats(-0.25, 0.25))
@pytest.mark.parametrize("solution", [salt(10.0), K2SO4, LACL3])
def test_grahame_inverts(solution: Solution, charge: float) -> None:
    potential = surface_potential(charge, solution)
    assert math.copysign(1.0, potential) == math.copysign(1.0, charge) or potential == 0.0
    assert surface_charge(potential, solution) == pytest.approx(charge, rel=1e-6, abs=1e-14)


def test_grahame_is_debye_hueckel_at_low_charge() -> None:
    for solution in (salt(1.0), K2SO4, LACL3):
        linear = 1e-7 * solution.debye_length / solution.permittivity
        assert surface_potential(1e-7, solution) == pytest.approx(linear, rel=1e-3)


def test_contact_theorem() -> None:
    # RT (sum c_wall - sum c_bulk) = sigma^2 / (2 eps), for any electrolyte
    for solution in (salt(10.0), K2SO4, LACL3):
        excess = sum(wall_concentrations(-0.05, solution)) - sum(solution.concentrations)
        assert excess * solution.thermal_energy == pytest.approx(0.05**2 / (2.0 * solution.permittivity), rel=1e-9)


def test_layer_thickness() -> None:
    solution = salt(10.0)
    assert solution.edl_thickness(0.0) == solution.debye_length
    assert solution.edl_thickness(-1e-6) == pytest.approx(solution.debye_length, rel=1e-6)
    high = gouy_chapman_length(78.5, 298.15, -1.0)
    assert solution.edl_thickness(-1.0) == pytest.approx(high, rel=1e-4)
    # at the wall the field decays over lambda / cosh(psi/2)
    charge = -0.02
    y = surface_potential(charge, solution) / solution.thermal_voltage
    assert solution.edl_thickness(charge) == pytest.approx(solution.debye_length / math.cosh(0.5 * y), rel=1e-12)
    ions = {"K": 10.0, "Cl": 10.0}
    free = edl_thickness(78.5, 298.15, {"K": 1, "Cl": -1}, ions, charge)
    assert free == pytest.approx(solution.edl_thickness(charge), rel=1e-12)


def test_uncharged_pore() -> None:
    # a = 2 nm, L = 13 nm, 1 M NaCl
    solution = salt(1000.0, NACL)
    assert solution.conductivity == pytest.approx(12.6406, rel=1e-5)
    resistance = pore_resistance(solution.conductivity, 13e-9, 2e-9)
    assert 1.0 / resistance == pytest.approx(9.8408e-9, rel=1e-5)
    cylinder = 13e-9 / (math.pi * 4e-18 * solution.conductivity)
    assert resistance == pytest.approx(cylinder + 2.0 * access_resistance(solution.conductivity, 2e-9))


@pytest.mark.parametrize(
    ("length", "base", "tip", "resistance"),
    [(10e-6, 200e-9, 50e-9, 3.18327790e8), (1e-6, 50e-9, 5e-9, 1.27388380e9)],
)
def test_cone(length: float, base: float, tip: float, resistance: float) -> None:
    assert cone_resistance(1.0, length, base, tip) == pytest.approx(resistance, rel=1e-8)
    slender = length / (math.pi * base * tip)
    assert slender == pytest.approx(resistance, rel=6e-4)
    by_sections = gauss_integral(lambda s: length / (math.pi * (base + (tip - base) * s) ** 2), 0.0, 1.0, 40)
    assert by_sections == pytest.approx(slender, rel=1e-9)


def test_cone_without_opening_is_a_cylinder() -> None:
    assert cone_resistance(2.0, 1e-6, 1e-8, 1e-8) == pytest.approx(1e-6 / (math.pi * 1e-16 * 2.0))
    assert cone_resistance(2.0, 1e-6, 1.0001e-8, 1e-8) == pytest.approx(1e-6 / (math.pi * 1e-16 * 2.0), rel=1e-3)


def test_planar_access() -> None:
    # a mouth as wide as the electrode has none; far away it grows with the logarithm: ln(4 reach / H) / (pi kappa w)
    assert planar_access_resistance(1.0, 2e-8, 1e-6, 1e-8) == 0.0
    far = planar_access_resistance(1.0, 2e-8, 1e-6, 1e-3)
    assert far == pytest.approx(math.log(4e-3 / 2e-8) / (math.pi * 1e-6), rel=1e-9)


def test_dukhin_numbers() -> None:
    solution = salt(1.0)
    assert dukhin_number(-0.01, 10e-9, solution, "axisymmetric") == pytest.approx(0.01 / (96485.332 * 1e-8))
    assert dukhin_number(-0.01, 10e-9, solution, "planar") == pytest.approx(0.01 / (2 * 96485.332 * 20e-9))


def test_liquid_junction() -> None:
    assert liquid_junction(salt(1.0), salt(100.0)) == pytest.approx(-2.224593e-3, rel=1e-6)
    assert liquid_junction(salt(1.0, NACL), salt(100.0, NACL)) == pytest.approx(-24.535488e-3, rel=1e-7)
    assert liquid_junction(salt(5.0), salt(5.0)) == 0.0


@pytest.mark.parametrize(
    ("fixed", "right", "kcl", "nacl"),
    [
        (-10.0, 100.0, 56.681614e-3, 41.109833e-3),
        (-100.0, 100.0, 105.563972e-3, 100.952006e-3),
        (-1000.0, 1000.0, 164.720681e-3, 160.107482e-3),
    ],
)
def test_membrane_potential(fixed: float, right: float, kcl: float, nacl: float) -> None:
    assert membrane_potential(fixed, salt(1.0), salt(right)) == pytest.approx(kcl, rel=1e-7)
    assert membrane_potential(fixed, salt(1.0, NACL), salt(right, NACL)) == pytest.approx(nacl, rel=1e-7)


def test_membrane_potential_limits() -> None:
    # without charge the liquid junction, with very high charge the Nernst potential
    uncharged = membrane_potential(1e-9, salt(1.0, NACL), salt(100.0, NACL))
    assert uncharged == pytest.approx(liquid_junction(salt(1.0, NACL), salt(100.0, NACL)), rel=1e-9)
    nernst = thermal_voltage(298.15) * math.log(100.0)
    assert membrane_potential(-1e9, salt(1.0, NACL), salt(100.0, NACL)) == pytest.approx(nernst, rel=1e-6)
    with pytest.raises(ValueError, match="1:1"):
        membrane_potential(-1.0, K2SO4, K2SO4)


def test_transport_estimates() -> None:
    solution = salt(1.0)
    assert ambipolar_diffusivity(solution) == pytest.approx(2 * 1.957 * 2.032 / (1.957 + 2.032) * 1e-9)
    # MgCl2, textbook value of the salt diffusivity: 3 D+ D- / (2 D+ + D-)
    mgcl2 = Solution(78.5, 298.15, 0.89e-3, (2, -1), (1.0, 2.0), (0.706e-9, 2.032e-9))
    assert ambipolar_diffusivity(mgcl2) == pytest.approx(3 * 0.706 * 2.032 / (2 * 0.706 + 2.032) * 1e-9)
    # a disc of radius R draws 2 F D c 4 R of a 1:1 salt
    current = limiting_current(1, solution, 4 * 50e-9)
    assert current == pytest.approx(2 * 96485.332 * 1.957e-9 * 1.0 * 200e-9)
    # two cations of one diffusivity draw what one of their sum does; of MgCl2, Mg draws (1 + 2) and Cl (1 + 1/2)
    half = Solution(78.5, 298.15, 0.89e-3, (1, 1, -1), (0.4, 0.6, 1.0), (1.957e-9, 1.957e-9, 2.032e-9))
    assert limiting_current(1, half, 200e-9) == pytest.approx(current)
    assert limiting_current(1, mgcl2, 1e-9) == pytest.approx(2 * 3 * 96485.332 * 0.706e-9 * 1e-9)
    assert limiting_current(-1, mgcl2, 1e-9) == pytest.approx(2 * 1.5 * 96485.332 * 2.032e-9 * 1e-9)
    shares = [transported_share(sign, solution, solution.concentrations) for sign in (1, -1)]
    assert shares == pytest.approx([1.957 / 3.989, 2.032 / 3.989])
    velocity = solution.permittivity * 0.05 / 0.89e-3  # at 1 V/m
    assert electroosmotic_peclet(-0.05, 2.0, solution) == pytest.approx(
        2.0 * velocity / ambipolar_diffusivity(solution)
    )


def test_salt_is_the_equivalent_concentration() -> None:
    """A 1:1 salt is its own concentration, 2 mM K2SO4 are 4 mM of either charge; a neutral solute does not count."""
    assert equivalent_concentration((1, -1), (3.0, 3.0)) == 3.0
    assert equivalent_concentration((1, -2), (4.0, 2.0)) == 4.0
    assert equivalent_concentration((1, 2, -1, 0), (5.0, 2.0, 9.0, 7.0)) == 9.0
    columns = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert equivalent_concentration((1, -1), columns).tolist() == [2.0, 3.0]
    assert salt(10.0).equivalents == 10.0


def test_close_packing() -> None:
    assert close_packing(0.3e-9) == pytest.approx(61.5e3, rel=1e-3)
    assert close_packing() == pytest.approx(5.78e3, rel=1e-3)
