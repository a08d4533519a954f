"""Electroneutral devices in one dimension, against closed forms and independent integrations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from meshes.course import Course
from solver.discretization.boundary import Solute, WallCondition
from solver.discretization.potential import check_neutral
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.regions.dielectric import Dielectric
from solver.laws.regions.fluid import Fluid
from solver.laws.regions.membrane import Membrane
from solver.laws.walls.electrode import GivenPotential
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY
from validation import mapped
from validation.slabs import VOLT, Reservoir, Slabs, both_ends

pytestmark = pytest.mark.serial

LENGTH = 1e-3
UNIT_RATE = 1e-9 / LENGTH
"""1e-9 m^2/s times 1 mol/m^3 over the length."""
POTASSIUM, CHLORIDE, SODIUM = Solute("K", 1, 1.957e-9), Solute("Cl", -1, 2.032e-9), Solute("Na", 1, 1.334e-9)
CALCIUM = Solute("Ca", 2, 0.792e-9)


def film(charge: float, salt: tuple[Solute, ...], ends: tuple[Reservoir, Reservoir]) -> Slabs:
    """A membrane of the length, graded to both ends; 2.5e-4 of it at first."""
    points = both_ends(0.0, LENGTH, (2.5e-4 * LENGTH, 2.5e-4 * LENGTH), 1.15)
    return Slabs(points, {LENGTH: Membrane(fixed_charge=charge)}, salt, ends)


def reversal(device: Slabs, low: float, high: float) -> float:
    """Voltage (V) at which no current flows."""
    return VOLT * float(brentq(device.current, low, high, xtol=1e-9, rtol=1e-12))


# ---------------------------------------------------------------------------------------------- closed forms
def diode_voltage(current: float) -> float:
    """Voltage (thermal voltages) of X = 4 c beside -4 c at a current, F D c / L."""
    x = 4.0
    start, middle, c = np.sqrt(4 + x * x), np.sqrt(4 + x * x - x * current), np.sqrt(1 - x * current / 4)
    return float(2 * (np.arcsinh(x / (2 * c)) - np.arcsinh(x / 2) - (middle - start) / x))


def test_a_bipolar_diode_has_its_currents_from_a_cold_start() -> None:
    """-40 to 40 thermal voltages. The coion's electrochemical potential is the logarithm of what falls linearly to all but
    nothing at the junction: hence the tiny cells there."""
    half = 0.5 * LENGTH
    left = both_ends(0.0, half, (2e-4 * LENGTH, 1e-9 * LENGTH), 1.2)
    points = np.concatenate([left, (LENGTH - left[::-1])[1:]])
    same = tuple(Solute(name, z, 1e-9) for name, z in (("K", 1), ("Cl", -1)))
    laws = {half: Membrane(fixed_charge=4.0), LENGTH: Membrane(fixed_charge=-4.0)}
    device = Slabs(points, laws, same, ((1.0, 1.0), (1.0, 1.0)))
    for voltage in (-40.0, -20.0, -10.0, -4.0, -1.0, 1.0, 4.0, 10.0, 20.0, 40.0):
        exact = 1.0 if voltage > 30 else brentq(lambda i, v=voltage: diode_voltage(i) - v, -1e4, 1 - 2e-16, xtol=1e-15)
        assert device.current(voltage) / UNIT_RATE == pytest.approx(exact, rel=1e-6)
    assert not device.events


@pytest.mark.parametrize(
    ("charge", "right", "salt", "exact"),
    [
        (0.0, 100.0, POTASSIUM, -2.224593e-3),
        (0.0, 100.0, SODIUM, -24.535488e-3),
        (-10.0, 100.0, POTASSIUM, 56.681614e-3),
        (-10.0, 100.0, SODIUM, 41.109833e-3),
        (-100.0, 100.0, POTASSIUM, 105.563972e-3),
        (-100.0, 100.0, SODIUM, 100.952006e-3),
        (-1000.0, 1000.0, POTASSIUM, 164.720681e-3),
        (-1000.0, 1000.0, SODIUM, 160.107482e-3),
    ],
)
def test_membranes_have_the_potential_of_teorell_meyer_and_sievers(
    charge: float, right: float, salt: Solute, exact: float
) -> None:
    """Without charge that of the liquid junction (Henderson)."""
    device = film(charge, (salt, CHLORIDE), ((1.0, 1.0), (right, right)))
    assert reversal(device, exact / VOLT - 0.5, exact / VOLT + 0.5) == pytest.approx(exact, rel=1e-6)


def test_a_membrane_between_unlike_solutions_has_its_currents() -> None:
    """X = -10 mM between 1 and 100 mM KCl; and a tenth of the charge and ions at ten times their diffusivity."""
    ends = (1.0, 1.0), (100.0, 100.0)
    device = film(-10.0, (POTASSIUM, CHLORIDE), ends)
    exact = {-3.0: -448.978257, -1.0: -328.556532, 0.0: -243.415795, 4.0: 246.768447}
    for voltage, current in exact.items():
        assert device.current(voltage) / UNIT_RATE == pytest.approx(current, rel=1e-5)
    assert device.current(2.206147) / UNIT_RATE == pytest.approx(0.0, abs=1e-4)
    assert device.rates(0.0).sum() / UNIT_RATE == pytest.approx(-419.456490, rel=1e-5)
    assert 1.1582 * device.current(1.1582) / UNIT_RATE == pytest.approx(-144.342065, rel=1e-5)
    thin = Membrane(fixed_charge=-1.0, diffusivity_factor=10.0, partition={"K": 0.1, "Cl": 0.1})
    points = both_ends(0.0, LENGTH, (2.5e-4 * LENGTH, 2.5e-4 * LENGTH), 1.15)
    same = Slabs(points, {LENGTH: thin}, (POTASSIUM, CHLORIDE), ends)
    np.testing.assert_allclose(same.rates(-3.0), device.rates(-3.0), rtol=1e-9)
    assert not device.events


def test_a_leaky_membrane_carries_more_than_the_limiting_current() -> None:
    """I / I_lim = 1 - exp(-V) + r V (Dydek et al., Phys. Rev. Lett. 107, 118301 (2011)); anions cannot leave at the far end,
    where the potential of the liquid is given."""
    same, salt = tuple(Solute(name, z, 1e-9) for name, z in (("K", 1), ("Cl", -1))), 1.0
    for ratio, rows in (
        (0.1, {0.5: 0.44346934, 2.0: 1.06466472, 10.0: 1.99995460, 20.0: 3.0}),
        (0.01, {2.0: 0.88466472, 10.0: 1.09995460}),
    ):
        background = -2 * ratio * salt
        for voltage, exact in rows.items():
            far = salt * np.exp(-voltage) - background, None
            points = (LENGTH - mapped.graded(1e-7 * LENGTH, 1.3, LENGTH))[::-1]
            device = Slabs(points, {LENGTH: Membrane(fixed_charge=background)}, same, ((salt - background, salt), far))
            limiting = 2 * salt * UNIT_RATE
            assert device.current(voltage) / limiting == pytest.approx(exact, rel=1e-5)
            assert not device.events


# ---------------------------------------------------------------------------------------------- independent integration
def donnan(charge: float, bulk: np.ndarray, z: np.ndarray) -> float:
    """Potential (thermal voltages) in a membrane against its solution."""
    return float(brentq(lambda y: z @ (bulk * np.exp(-z * y)) + charge, -50, 50, xtol=1e-14))


def integrated(
    charge: float, salt: tuple[Solute, ...], ends: tuple[Reservoir, Reservoir], voltage: float
) -> np.ndarray:
    """Rates (mol/(m^2 s)) of the species through a membrane, by collocation of the Nernst-Planck equations in c and phi."""
    z, d = (np.array([getattr(s, name) for s in salt]) for name in ("valence", "diffusivity"))
    d, count, inside = d / 1e-9, len(salt), []
    for bulk, outer in zip(ends, (voltage, 0.0), strict=True):
        held = np.array(bulk, dtype=float)
        step = donnan(charge, held, z)
        inside.append(np.append(held * np.exp(-z * step), outer + step))

    def slopes(x: np.ndarray, y: np.ndarray, rates: np.ndarray) -> np.ndarray:
        c = y[:-1]
        pull = (rates / d)[:, None]
        field = -(z @ pull) / (z**2 @ c)
        return np.vstack([-pull - z[:, None] * c * field, field[None, :]])

    def misfit(a: np.ndarray, b: np.ndarray, rates: np.ndarray) -> np.ndarray:
        return np.concatenate([a - inside[0], (b - inside[1])[1:]])  # the first ion follows from neutrality

    x = np.linspace(0, 1, 201)
    guess = np.array([np.interp(x, [0, 1], pair) for pair in zip(*inside, strict=True)])
    found = solve_bvp(slopes, misfit, x, guess, p=np.zeros(count), tol=1e-10, max_nodes=100_000)
    assert found.success
    return np.asarray(found.p) * UNIT_RATE


@pytest.mark.parametrize("charge", [0.0, -5.0, 5.0])
@pytest.mark.parametrize(
    ("salt", "ends"),
    [
        ((CALCIUM, CHLORIDE), ((1.0, 2.0), (10.0, 20.0))),
        ((POTASSIUM, SODIUM, CHLORIDE), ((1.0, 3.0, 4.0), (8.0, 2.0, 10.0))),
        ((POTASSIUM, CALCIUM, CHLORIDE), ((1.0, 3.0, 7.0), (8.0, 2.0, 12.0))),
    ],
    ids=["CaCl2", "two salts", "KCl and CaCl2"],
)
def test_other_electrolytes_pass_a_membrane_as_an_independent_integration_says(
    salt: tuple[Solute, ...], ends: tuple[Reservoir, Reservoir], charge: float
) -> None:
    device = film(charge, salt, ends)
    for voltage in (-1.0, 0.0, 2.0):
        exact = integrated(charge, salt, ends, voltage)
        np.testing.assert_allclose(device.rates(voltage), exact, atol=1e-6 * np.abs(exact).max())


# ---------------------------------------------------------------------------------------------- the limit of Poisson's
def test_poissons_equation_approaches_electroneutrality_linearly_in_the_debye_length() -> None:
    """The membrane of unlike solutions with double layers in and in front of it (diffusion there infinitely fast): at a
    hundredth of its thickness the converged currents to 1e-4, at a quarter of that a quarter of the difference."""
    ends = (1.0, 1.0), (100.0, 100.0)
    neutral = film(-10.0, (POTASSIUM, CHLORIDE), ends).current(-1.0) / UNIT_RATE

    def with_layers(part: float) -> tuple[Slabs, float]:
        debye = [float(np.sqrt(78.5 * VACUUM_PERMITTIVITY * VOLT / (2 * FARADAY * c))) for c in (1.0, 5.0, 100.0)]
        length = debye[0] / part
        thin, outer = debye[1:], [15 * each for each in debye[1:]]
        front, back = (mapped.graded(0.25 * debye, 1.3, size) for debye, size in zip(thin, outer, strict=True))
        inner = both_ends(0.0, length, (0.25 * thin[0], 0.25 * thin[1]), 1.2)
        points = outer[0] + np.concatenate([-front[::-1], inner[1:], length + back[1:]])
        laws = {
            outer[0]: Membrane(diffusivity_factor=1e7),
            outer[0] + length: Membrane(fixed_charge=-10.0),
            outer[0] + length + outer[1]: Membrane(diffusivity_factor=1e7),
        }
        return Slabs(points, laws, (POTASSIUM, CHLORIDE), ends, electroneutral=False), 1e-9 / length

    device, unit = with_layers(0.01)
    currents = {voltage: device.current(voltage) / unit for voltage in (-3.0, -1.0, 0.0, 4.0)}
    for voltage, exact in {-3.0: -443.036, -1.0: -318.570, 0.0: -232.690, 4.0: 250.053}.items():
        assert currents[voltage] == pytest.approx(exact, rel=1e-4)
    thinner, unit = with_layers(0.0025)
    differences = currents[-1.0] - neutral, thinner.current(-1.0) / unit - neutral
    assert differences[0] / differences[1] == pytest.approx(4.0, rel=0.03)


# ---------------------------------------------------------------------------------------------- what has no place
def test_what_needs_a_double_layer_is_refused() -> None:
    ends, salt, points = ((1.0, 1.0), (1.0, 1.0)), (POTASSIUM, CHLORIDE), np.array([0.0, 1e-9, 2e-9])
    with pytest.raises(ValueError, match="no solids, as region 'slab1' is"):
        Slabs(points, {1e-9: Fluid(), 2e-9: Dielectric(relative_permittivity=4.0)}, salt, ends)
    with pytest.raises(ValueError, match="no metals without reactions, as wall 'plate' is"):
        check_neutral([WallCondition("plate", (GivenPotential(0.1),), Course())], [], salt, Ideal())
