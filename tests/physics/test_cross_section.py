"""Cross-sections against reference numbers (spectral, computed apart from this program) and exact relations."""

import itertools
import math
from typing import Literal

import numpy as np
import pytest

from solver.discretization.end_profile import end_profile
from solver.physics.constants import FARADAY
from solver.physics.cross_section import CrossSection, cross_section
from solver.physics.double_layer import surface_potential
from solver.physics.solution import Solution


def kcl(concentration: float) -> Solution:
    return Solution(78.5, 298.15, 0.89e-3, (1, -1), (concentration, concentration), (1.957e-9, 2.032e-9))


# symmetry, half size, concentration, charge; psi_mid, psi_wall (kT/e); mean c+, c-; L11, L12, L13, L22, L23, L33
REFERENCE: dict[str, tuple[tuple[Literal["axisymmetric", "planar"], float, float, float], list[float], list[float]]] = {
    "S1": (
        ("planar", 10e-9, 1.0, -10e-3),
        [-1.64938003, -3.53764519, 10.49002594, 0.12575628],
        [7.49063670e-22, 2.60360948e3, 5.40146189e-16, 7.04118241e28, 1.14711647e10, 1.96529274e-9],
    ),
    "S2": (
        ("planar", 50e-9, 10.0, -5e-3),
        [-0.00000012, -0.82790082, 10.62396503, 9.58753807],
        [9.36329588e-20, 1.03333999e3, 1.56105439e-15, 5.89245393e29, 3.13884255e9, 1.52059154e-8],
    ),
    "S3": (
        ("planar", 5e-9, 0.1, -1e-3),
        [-2.98782993, -3.12460557, 2.07767496, 0.00482103],
        [9.36329588e-23, 1.03996441e2, 1.83802379e-17, 6.07827378e27, 9.71162812e8, 1.56670496e-10],
    ),
    "C1": (
        ("axisymmetric", 10e-9, 1.0, -10e-3),
        [-2.16232819, -3.90901334, 20.78966542, 0.06112611],
        [4.41234923e-30, 3.44438091e-5, 6.30442602e-24, 2.16048118e21, 3.50471980e2, 5.75708680e-17],
    ),
    "C2": (
        ("axisymmetric", 50e-9, 10.0, -5e-3),
        [-0.00000062, -0.85169231, 11.26055965, 9.18770572],
        [2.75771827e-27, 8.59170499e-5, 1.18551951e-22, 4.67839128e22, 6.31686133e2, 1.21341440e-15],
    ),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_tables(name: str) -> None:
    (symmetry, half_size, concentration, charge), profile, upper = REFERENCE[name]
    section = cross_section(symmetry, half_size, charge, kcl(concentration))
    scale = section.solution.thermal_voltage
    values = [section.middle_potential / scale, section.wall_potential / scale, *section.mean_concentrations]
    assert values == pytest.approx(profile, rel=1e-8, abs=1e-8)
    assert section.matrix[np.triu_indices(3)] == pytest.approx(upper, rel=1e-8)
    assert section.matrix == pytest.approx(section.matrix.T, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "mobility", "share"),
    [("S1", 3.78877716e-8, 0.205679), ("S2", 1.66117097e-8, 0.005386), ("S3", 2.74438363e-9, 0.023033)],
)
def test_electroosmosis(name: str, mobility: float, share: float) -> None:
    (symmetry, half_size, concentration, charge), _, _ = REFERENCE[name]
    section = cross_section(symmetry, half_size, charge, kcl(concentration))
    assert section.electroosmotic_mobility == pytest.approx(mobility, rel=1e-8)
    assert section.convective_conductance / section.conductance == pytest.approx(share, abs=1e-6)


# Stein, Kruithof, Dekker, PRL 93, 035901 (2004): sigma -60 mC/m^2; conductance times length over width
@pytest.mark.parametrize(
    ("height", "concentration", "conductance"),
    [
        (70e-9, 0.01, 1.376062e-8), (70e-9, 1.0, 1.416021e-8), (70e-9, 10.0, 2.194497e-8), (70e-9, 100.0, 1.125599e-7),
        (70e-9, 1000.0, 1.051841e-6), (380e-9, 0.01, 1.392703e-8), (380e-9, 1.0, 1.880105e-8),
        (380e-9, 10.0, 6.838359e-8), (380e-9, 100.0, 5.769461e-7), (380e-9, 1000.0, 5.695703e-6),
    ],
)  # fmt: skip
def test_charge_governed_conductance(height: float, concentration: float, conductance: float) -> None:
    section = cross_section("planar", 0.5 * height, -0.06, kcl(concentration))
    assert section.conductance == pytest.approx(conductance, rel=4e-7)


def test_narrow_pore_with_field_and_flow() -> None:
    # 300 mM, T 293 K, radius 1 nm, 2.5e7 V/m; the reference used constants rounded to four digits, hence 3e-4
    solution = Solution(80.2, 293.0, 1e-3, (1, -1), (300.0, 300.0), (0.95e-9, 0.95e-9))
    section = cross_section("axisymmetric", 1e-9, -0.05, solution)
    field = 2.5e7
    assert section.middle_potential == pytest.approx(-20.7819e-3, rel=3e-4)
    assert section.wall_potential == pytest.approx(-46.4190e-3, rel=3e-4)
    assert section.electroosmotic_mobility * field == pytest.approx(0.455117, rel=3e-4)
    assert section.conductance * field == pytest.approx(410.009e-12, rel=3e-4)
    assert section.convective_conductance * field == pytest.approx(64.865e-12, rel=3e-4)
    assert section.matrix[0, 2] * field == pytest.approx(7.89452e-19, rel=3e-4)


def bessel_i0(x: float) -> float:
    return float(np.i0(x))


def test_debye_hueckel() -> None:
    # small charge: I0 in a cylinder, cosh in a slit
    solution = kcl(1.0)
    radius, debye = 15e-9, solution.debye_length
    r = np.linspace(0.0, radius, 7)
    tube = cross_section("axisymmetric", radius, 1e-7, solution)
    expected = tube.wall_potential * np.i0(r / debye) / bessel_i0(radius / debye)
    assert tube.potential(r) == pytest.approx(expected, rel=1e-6)
    slit = cross_section("planar", radius, 1e-7, solution)
    slope = 1e-7 / solution.permittivity
    exact = slope * debye * np.cosh(r / debye) / math.sinh(radius / debye)
    assert slit.potential(r) == pytest.approx(exact, rel=1e-6)


def test_thin_layer_is_grahame_for_any_electrolyte() -> None:
    for valences, concentrations in (
        ((1, -1), (100.0, 100.0)),
        ((2, -1), (50.0, 100.0)),
        ((1, 2, -1), (20.0, 30.0, 80.0)),
    ):
        solution = Solution(78.5, 298.15, 0.89e-3, valences, concentrations, (1e-9,) * len(valences))
        for charge in (-0.1, 0.1, -0.001):
            section = cross_section("planar", 200e-9, charge, solution)
            assert section.wall_potential == pytest.approx(surface_potential(charge, solution), rel=1e-9)
            assert section.middle_potential == pytest.approx(0.0, abs=1e-12)


def test_uncharged() -> None:
    section = cross_section("axisymmetric", 10e-9, 0.0, kcl(10.0))
    assert section.psi == pytest.approx(np.zeros_like(section.psi))
    assert section.conductance == pytest.approx(section.solution.conductivity * section.area, rel=1e-12)
    assert section.matrix[0, 0] == pytest.approx(math.pi * 1e-32 / (8 * 0.89e-3), rel=1e-12)  # Hagen-Poiseuille
    assert section.matrix[0, 1] == pytest.approx(0.0)


def test_slip() -> None:
    slip = 5e-9
    section = cross_section("planar", 10e-9, 0.0, kcl(10.0), slip_length=slip)
    height = 20e-9
    assert section.matrix[0, 0] == pytest.approx((height**3 / 12 + slip * height**2 / 2) / 0.89e-3, rel=1e-12)
    # plug flow by slip: the mobility grows by b sigma / eta
    without = cross_section("planar", 10e-9, -0.01, kcl(1.0))
    gliding = cross_section("planar", 10e-9, -0.01, kcl(1.0), slip_length=slip)
    gain = gliding.electroosmotic_mobility - without.electroosmotic_mobility
    assert gain == pytest.approx(slip * 0.01 / 0.89e-3, rel=1e-9)
    assert gliding.matrix == pytest.approx(gliding.matrix.T, rel=1e-11)


@pytest.mark.parametrize(
    ("half_size", "concentration", "charge", "symmetry"),
    list(itertools.product([1e-9, 1e-7, 1e-5], [1e-3, 1.0, 1000.0], [-0.3, -0.01, 0.001], ["planar", "axisymmetric"])),
)
def test_electroneutral_over_ten_decades(
    half_size: float, concentration: float, charge: float, symmetry: Literal["axisymmetric", "planar"]
) -> None:
    section = cross_section(symmetry, half_size, charge, kcl(concentration))
    cations, anions = section.mean_concentrations
    wall = 2.0 if symmetry == "planar" else 2.0 * math.pi * half_size
    screening = FARADAY * (cations - anions) * section.area
    assert screening == pytest.approx(-charge * wall, rel=1e-7)
    assert sum(section.weights) == pytest.approx(section.area, rel=1e-12)


def test_interpolation() -> None:
    section: CrossSection = cross_section("planar", 10e-9, -0.01, kcl(1.0))
    assert section.potential(section.nodes) == pytest.approx(section.psi, rel=1e-14)
    assert section.potential(-section.nodes) == pytest.approx(section.psi, rel=1e-14)
    finer = cross_section("planar", 10e-9, -0.01, kcl(1.0))
    x = np.linspace(0.0, 10e-9, 101).reshape(1, 101)
    values = section.potential(x)
    assert values.shape == (1, 101)
    # the first integral of the Poisson-Boltzmann equation between the mid-plane and x
    scale = section.solution.thermal_voltage
    field = np.gradient(finer.potential(np.linspace(0.0, 10e-9, 20001)), 10e-9 / 20000)[10000]
    y, middle = float(section.potential(np.array([5e-9]))[0]) / scale, section.middle_potential / scale
    pressure = 2 * section.solution.thermal_energy * 1.0 * (math.cosh(y) - math.cosh(middle))
    assert 0.5 * section.solution.permittivity * field**2 == pytest.approx(pressure, rel=1e-5)


def test_end_profile() -> None:
    from solver.case.case import Case

    case = Case.model_validate(
        {
            "geometry": {"type": "slit", "length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
        }
    )
    profile = end_profile(case, "left", -0.01)
    assert profile(np.array([10e-9]))[0] == pytest.approx(-90.89123e-3, rel=1e-6)
