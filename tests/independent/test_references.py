"""The references of the independent comparisons alone, against closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from scipy import constants, special

from tests.independent.finite_volume import FARADAY, Discrete, Pore, currents
from tests.independent.space_charge import Channel, Salt, Sections, cone

EPSILON = 78.5 * constants.epsilon_0
WATER = {"permittivity": EPSILON, "temperature": 298.15}
VOLT = constants.k * 298.15 / constants.e


def close(exact: Any, rel: float) -> Any:
    """Relative comparison: in SI units nearly everything here is below the absolute tolerance of pytest.approx."""
    return pytest.approx(exact, rel=rel, abs=0.0)


# ------------------------------------------------------------------------------------------------ finite volumes
def pore(
    symmetry: Literal["axisymmetric", "planar"] = "axisymmetric",
    left: float = 10.0,
    right: float = 10.0,
    charge: float = 0.0,
    length: float = 50e-9,
    reservoir: float = 50e-9,
) -> Pore:
    """A pore of 5 nm radius (a slit of 10 nm) in NaCl, whose ions differ."""
    return Pore(
        symmetry, 5e-9, length, reservoir, reservoir, (1, -1), (1.334e-9, 2.032e-9),
        ((left, left), (right, right)), **WATER, charges=(charge,),
    )  # fmt: skip


def test_finite_volumes_resistance_of_an_uncharged_pore() -> None:
    """Length and, a side, the end correction 0.8217 a of a long flanged tube (King, Phil. Mag. 21, 128 (1936)); what a
    reservoir leaves out falls like 1/size."""
    device = pore(length=32.5e-9)
    resistance = []
    for size in (125e-9, 250e-9):
        found = currents(replace(device, reservoir_length=size, reservoir_size=size), [0.05], divisions=(1, 2, 3))
        assert found.total_uncertainty[0] < 1e-5 * found.total[0]
        resistance.append(0.05 / found.total[0])
    kappa = FARADAY * (1.334e-9 + 2.032e-9) * 10.0 / VOLT
    exact = (32.5e-9 + 2 * 0.8217 * 5e-9) / (kappa * np.pi * 25e-18)
    assert 2 * resistance[1] - resistance[0] == close(exact, rel=2e-5)


@pytest.mark.parametrize("symmetry", ["axisymmetric", "planar"])
def test_finite_volumes_weakly_charged_wall(symmetry: Literal["axisymmetric", "planar"]) -> None:
    """Debye-Hueckel potential in the middle of a long channel: I0(r/lambda)/I1 or cosh(y/lambda)/sinh at the wall."""
    charge, errors = 1e-5, []
    device = pore(symmetry, charge=charge, length=100e-9, reservoir=20e-9)
    a, debye = device.half_size, device.debye_length
    for division in (2, 4):
        discrete = Discrete(device, division, 0.1, 0.6)
        (state,) = discrete.sweep([0.0])
        grid = discrete.grid
        middle, inside = int(np.argmin(np.abs(grid.z * a - 50e-9))), grid.r < 1
        r = grid.r[inside] * a / debye
        shape = special.i0(r) / special.i1(a / debye) if symmetry == "axisymmetric" else np.cosh(r) / np.sinh(a / debye)
        exact = charge * debye / (EPSILON * VOLT) * shape
        errors.append(np.abs(state[0, grid.number[middle, inside]] / exact - 1))
    assert errors[1].max() < 2e-3
    assert np.log2(errors[0][-1] / errors[1][-1]) == close(2.0, rel=0.05)  # in the cell at the wall


def test_finite_volumes_liquid_junction() -> None:
    """Without charge the current vanishes at the Henderson potential, whatever the shape, as far as the Debye length is
    short (0.2 % of the pore's length here)."""
    potential = -VOLT * (1.334 - 2.032) / (1.334 + 2.032) * np.log(100.0 / 1000.0)
    device = pore(left=100.0, right=1000.0, length=200e-9, reservoir=200e-9)
    found = currents(replace(device, half_size=20e-9), [potential, potential + 1e-3], divisions=(1, 2, 3))
    slope = (found.total[1] - found.total[0]) / 1e-3
    assert abs(found.total[0] / slope) < 2e-6  # V


def test_finite_volumes_converge_with_the_square_of_the_cells() -> None:
    """A charged pore at 10 thermal voltages; and its mirror image at the opposite voltage."""
    device = replace(pore(), charges=(0.01, -0.01), breaks=(25e-9,))
    found = currents(device, [0.25], divisions=(1, 2, 4), smallest=0.02)
    coarse, fine = np.diff(found.grids.sum(axis=-1)[:, 0])
    assert np.log2(coarse / fine) == close(2.0, rel=0.1)
    assert found.current[0, 0] == close(found.current[0, 1] * 1.334 / 2.032, rel=1e-3)
    mirrored = currents(replace(device, charges=(-0.01, 0.01)), [-0.25], divisions=(1, 2, 4), smallest=0.02)
    assert mirrored.grids == close(-found.grids, rel=1e-8)


def test_finite_volumes_conserve_ions() -> None:
    discrete = Discrete(pore(left=30.0, charge=-0.02), 1, 0.02, 0.6)
    (state,) = discrete.sweep([0.3])
    left, right = discrete.currents(state, 0.3 / VOLT)
    assert left == close(-right, rel=1e-7)


# ------------------------------------------------------------------------------------------------ sections
SALT = Salt(1.957e-9, 2.032e-9, 0.89e-3, EPSILON, 298.15)


def test_sections_without_charge() -> None:
    """Poiseuille flow, ohmic conduction and diffusion; no coupling but the convected salt and the junction."""
    radius, c = np.array([10e-9, 200e-9]), np.array([1.0, 50.0])
    found = Sections(SALT, 0.0, radius, c).matrix
    area, poiseuille = np.pi * radius**2, np.pi * radius**4 / (8 * SALT.viscosity)
    both, difference = 1.957e-9 + 2.032e-9, 1.957e-9 - 2.032e-9
    assert found[:, 0, 0] == close(poiseuille, rel=1e-10)
    assert found[:, 1, 0] == close(2 * c * poiseuille, rel=1e-10)
    assert found[:, 1, 1] == close(area * c * both, rel=1e-10)
    assert found[:, 2, 1] == close(area * c * FARADAY * difference, rel=1e-8)
    assert found[:, 2, 2] == close(area * c * FARADAY * both / VOLT, rel=1e-10)
    assert np.all(found[:, 0, 1:] == 0)


def test_sections_with_a_weak_charge() -> None:
    """Electroosmosis in a cylinder (Rice and Whitehead, J. Phys. Chem. 69, 4017 (1965))."""
    charge, c = -1e-6, 1.0
    radius = np.array([5e-9, 20e-9, 80e-9])
    found = Sections(SALT, charge, radius, np.full(3, c))
    debye = np.sqrt(EPSILON * VOLT / (2 * FARADAY * c))
    a = radius / debye
    zeta = charge * debye / EPSILON * special.i0(a) / special.i1(a)
    assert found.y[:, -1] * VOLT == close(zeta, rel=1e-6)
    mobility = -EPSILON * zeta / SALT.viscosity * (1 - 2 * special.i1(a) / (a * special.i0(a)))
    assert found.matrix[:, 0, 2] == close(np.pi * radius**2 * mobility, rel=1e-6)


def test_sections_of_thin_double_layers() -> None:
    """Flat wall: the potential 2 asinh(sigma lambda / (2 eps V_T)) of Gouy and Chapman, up to curvature."""
    charge, c, radius = -20e-3, 100.0, 2e-6
    found = Sections(SALT, charge, np.array([radius]), np.array([c]), points=300)
    debye = np.sqrt(EPSILON * VOLT / (2 * FARADAY * c))
    flat = 2 * np.arcsinh(charge * debye / (2 * EPSILON * VOLT))
    assert found.y[0, -1] == close(flat, rel=debye / radius)


@pytest.mark.parametrize(("radius", "c", "charge"), [(10e-9, 1.0, -10e-3), (50e-9, 10.0, 5e-3), (3e-9, 0.1, -50e-3)])
def test_sections_obey_onsager(radius: float, c: float, charge: float) -> None:
    """Fluxes (Q, J_s - 2 c_v Q, I) against (-dp_v/dz, -RT dln c_v/dz, -dphi_v/dz)."""
    (found,) = Sections(SALT, charge, np.array([radius]), np.array([c])).matrix
    found[1] -= 2 * c * found[0]
    found[:, 1] /= constants.R * 298.15
    assert found == close(found.T, rel=1e-8)


# ------------------------------------------------------------------------------------------------ channels
def test_uncharged_cone() -> None:
    """Slender cones: pi kappa R_base R_tip / L, and 3 pi dR / (8 eta L (1/R_tip^3 - 1/R_base^3)) dp."""
    length, base, tip = 5e-6, 200e-9, 50e-9
    channel = Channel(SALT, 0.0, cone(base, tip), length, (0.5, 5.0))
    (found,) = channel.sweep([0.3], pressure=1e4, base=2.0, tip=2.0)
    kappa = FARADAY * (1.957e-9 + 2.032e-9) * 2.0 / VOLT
    assert found.current == close(np.pi * kappa * base * tip / length * 0.3, rel=1e-6)
    conductance = 3 * np.pi * (base - tip) / (8 * SALT.viscosity * length * (tip**-3 - base**-3))
    assert found.flow_rate == close(conductance * 1e4, rel=1e-6)
    convected = FARADAY * 2.0 * found.flow_rate
    ratio = (found.cation_current - convected) / (found.anion_current + convected)
    assert ratio == close(1.957 / 2.032, rel=1e-6)


def test_uncharged_straight_channel_with_convected_salt() -> None:
    """Flux of salt at a Peclet number P: Q (c_left exp(P) - c_right) / (exp(P) - 1), P = Q L / (D A) of the ambipolar D;
    without flow the junction potential stops the current."""
    radius, length, left, right = 100e-9, 10e-6, 3.0, 1.0
    channel = Channel(SALT, 0.0, cone(radius, radius), length, (0.3, 5.0))
    ambipolar = 2 * 1.957e-9 * 2.032e-9 / (1.957e-9 + 2.032e-9)
    junction = -VOLT * (1.957 - 2.032) / (1.957 + 2.032) * np.log(left / right)
    # osmosis does not act without charge: the virtual pressure alone drives the flow
    pressure = 2.0 * ambipolar * 8 * SALT.viscosity / radius**2
    (found,) = channel.sweep([junction], pressure, left, right)
    peclet = found.flow_rate * length / (ambipolar * np.pi * radius**2)
    assert peclet == close(2.0, rel=1e-6)
    exact = found.flow_rate * (left * np.exp(peclet) - right) / np.expm1(peclet)
    assert 0.5 * found.ions == close(exact, rel=1e-6)
    assert abs(found.current) < 1e-6 * FARADAY * found.ions


MEMRISTOR = Salt(1.75e-9, 1.75e-9, 1.01e-3, 0.71e-9, 293.15)


def memristor(length: float = 10e-6, points: tuple[int, int] = (14, 24)) -> Channel:
    """The cone of Kamsma et al., Phys. Rev. Lett. 130, 268401 (2023)."""
    return Channel(MEMRISTOR, -0.240326e-3, cone(200e-9, 50e-9), length, (0.005, 2.0), points)


def test_conical_channel_of_a_memristor() -> None:
    """Against another computation of the same model."""
    found = memristor().sweep([-1.0, 0.1, 1.0], base=0.1, tip=0.1)
    assert [f.current * 1e12 for f in found] == close([-8.29803, 0.400554, 2.78369], rel=2e-6)
    assert found[2].flow_rate * 1e18 == close(10.1641, rel=5e-6)


def test_conical_channel_scales_with_its_length_and_not_with_its_table() -> None:
    (found,), (longer,), (finer,) = (
        channel.sweep([-0.5], 500.0, 0.1, 0.2)
        for channel in (memristor(), memristor(30e-6), memristor(points=(20, 32)))
    )
    for name in ("flow_rate", "cation_current", "anion_current"):
        assert getattr(found, name) == close(3 * getattr(longer, name), rel=1e-6)
        assert getattr(found, name) == close(getattr(finer, name), rel=1e-5)


def test_conical_channel_says_when_it_leaves_its_table() -> None:
    with pytest.raises(RuntimeError, match="beyond the table"):
        replace(memristor(), concentrations=(0.09, 0.12)).sweep([-0.2], base=0.1, tip=0.1)
