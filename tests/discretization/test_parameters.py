"""The vector of named parameters: SI in and out, straight ways on which concentrations are logarithms."""

from __future__ import annotations

import numpy as np
import pytest

from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.parameter_names import CHARGING
from solver.discretization.parameters import Parameters, Slots, named_values
from solver.laws.walls.electrode import GivenPotential
from solver.laws.walls.stern import Stern, SternLayer
from solver.laws.walls.surface_charge import GivenCharge, PiecewiseCharge
from solver.physics.constants import GAS_CONSTANT, VACUUM_PERMITTIVITY
from tests.support.cells import scales

pytestmark = pytest.mark.serial

SOLUTES = (Solute("K", 1, 1.9e-9), Solute("Cl", -1, 2.1e-9))
WALLS = (
    WallCondition("channel", (GivenCharge(PiecewiseCharge(breaks=(1e-9,), values=(0.01, -0.02))),)),
    WallCondition("gate", (GivenPotential(0.3), SternLayer(Stern(thickness=0.5e-9)))),
)
UNITS = scales("planar", 100.0)


def made(voltage: float = 0.1, c: float = 10.0, free: bool = False) -> Parameters:
    """Two terminals, a wall of two charges and an electrode behind a layer."""
    terminals = (
        TerminalCondition("left", voltage, 2e5, (c, None if free else c)),
        TerminalCondition("right", 0.0, 0.0, (100.0, 100.0)),
    )
    values = named_values(terminals, WALLS, SOLUTES, UNITS)
    slots = Slots(tuple(values), ("left", "right"), ("gate",), ("K", "Cl"))
    array = np.array(list(values.values()))
    array[slots.logarithmic] = np.log(array[slots.logarithmic])
    return Parameters(slots, array, (np.full(3, 0.02), np.zeros(3)), UNITS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terminals.left.potential", 0.1),
        ("terminals.left.pressure", 2e5),
        ("terminals.left.concentrations.K", 10.0),
        ("terminals.right.concentrations.Cl", 100.0),
        ("electrolyte.species.Cl.diffusivity", 2.1e-9),
        ("electrolyte.temperature", 298.15),
        ("electrolyte.relative_permittivity", 78.5),
        ("walls.channel.surface_charge.values.1", -0.02),
        ("walls.gate.potential", 0.3),
        ("walls.gate.stern.capacitance", 78.5 * VACUUM_PERMITTIVITY / 0.5e-9),
        (CHARGING, 1.0),
    ],
)
def test_values_come_out_as_they_went_in(name: str, value: float) -> None:
    parameters = made()
    assert parameters[name] == pytest.approx(value, rel=1e-12)
    assert parameters.with_values({name: 2 * value})[name] == pytest.approx(2 * value, rel=1e-12)
    assert parameters[name] == pytest.approx(value, rel=1e-12), "the first vector stays"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        made().with_values({"terminals.left.potental": 1.0})


def test_concentrations_are_logarithms_on_the_way() -> None:
    """Half way from 10 to 1000 mol/m^3 is 100, half way of a voltage the mean."""
    half = made().towards(made(voltage=0.3, c=1000.0), 0.5)
    assert half["terminals.left.concentrations.K"] == pytest.approx(100.0)
    assert half["terminals.left.potential"] == pytest.approx(0.2)
    assert made().towards(made(voltage=0.3), 0.0)["terminals.left.potential"] == 0.1


def test_dimensionless_values() -> None:
    parameters = made()
    volt = UNITS.potential
    np.testing.assert_allclose(
        parameters.potentials, [0.1 / volt, 0.0, 0.3 / volt], err_msg="terminals, then electrodes"
    )
    np.testing.assert_allclose(parameters.pressures, [2e5 / UNITS.pressure, 0.0])
    np.testing.assert_allclose(parameters.concentrations, [[0.1, 0.1], [1.0, 1.0]])


def test_distance_and_span() -> None:
    """The larger of a change of potential in thermal voltages and of the logarithm of a concentration."""
    parameters = made()
    assert parameters.distance(parameters) == 0.0
    assert parameters.distance(made(voltage=0.1 + 2 * UNITS.potential)) == pytest.approx(2.0)
    assert parameters.distance(made(c=10.0 * np.exp(3.0))) == pytest.approx(3.0)
    span = max(0.3 / UNITS.potential, 2e5 / UNITS.pressure, np.log(10.0))
    assert parameters.span() == pytest.approx(span)


def test_at_rest_and_uncharged() -> None:
    rest = made().at_rest()
    assert rest["terminals.left.potential"] == rest["walls.gate.potential"] == rest["terminals.left.pressure"] == 0.0
    assert rest["terminals.left.concentrations.K"] == pytest.approx(10.0)
    uncharged = made().uncharged()
    assert uncharged[CHARGING] == 0.0
    assert all((profile == 0).all() for profile in uncharged.profiles)


def test_scales_follow_the_values() -> None:
    warm = made().with_values({"electrolyte.temperature": 330.0, "electrolyte.relative_permittivity": 60.0})
    assert warm.scales.temperature == 330.0
    assert warm.scales.permittivity == pytest.approx(60.0 * VACUUM_PERMITTIVITY)
    assert warm.scales.concentration == UNITS.concentration
    assert warm.potentials[0] == pytest.approx(0.1 / UNITS.potential * 298.15 / 330.0)


def test_a_species_that_is_free_at_a_terminal_is_no_number_and_no_distance() -> None:
    free = made(free=True)
    assert np.isnan(free["terminals.left.concentrations.Cl"])
    assert np.isnan(free.concentrations[0, 1])
    assert free.distance(made(voltage=0.1 + UNITS.potential, free=True)) == pytest.approx(1.0)
    assert np.isfinite(free.span())


def test_a_change_of_charge_is_that_of_the_potential_that_it_holds() -> None:
    """Grahame's potential of the wall in the salt of reference."""
    before, name = made(), "walls.channel.surface_charge.values.0"
    after = before.with_values({name: 0.2})
    salt = np.sqrt(8 * UNITS.permittivity * GAS_CONSTANT * UNITS.temperature * UNITS.concentration)
    exact = 2 * (np.arcsinh(0.2 / salt) - np.arcsinh(0.01 / salt))
    assert before.charging(after) == pytest.approx(exact, rel=1e-12)
    assert before.distance(after) == 0.0
    assert before.charging(before.with_values({"walls.gate.potential": 1.0})) == 0.0
