"""Laws of walls as numbers: charges along a wall, charges of isolated walls, what is structure and what a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.optimize import brentq

from meshes.geometry import Cylinder
from solver.laws.algebra import NUMBERS, Algebra
from solver.laws.walls.base import WallLaw, WallState
from solver.laws.walls.electrode import GivenPotential
from solver.laws.walls.slip import Slip
from solver.laws.walls.stern import Stern, SternLayer
from solver.laws.walls.surface_charge import ConstantCharge, ExpressionCharge, GivenCharge, PiecewiseCharge
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.double_layer import surface_charge
from solver.physics.solution import Solution

SOLUTION = Solution(78.5, 298.15, 0.89e-3, (1, -1), (10.0, 10.0), (2e-9, 2e-9), ("K", "Cl"))
Z = np.array([0.0, 1.0, 1.5, 9.0])
COURSE = Cylinder(length=10.0, radius=1.0, reservoirs=None).course("channel")
PLACES = COURSE.places(Z, 0.0 * Z)


def wall(**keys: Any) -> Mapping[str, Any]:
    """Validated keys of a wall, the others as where nothing is said."""
    return {"surface_charge": 0.0, "slip_length": 0.0, "potential": None, "stern": None, **keys}


def state(law: WallLaw, potential: float = 0.0, wall_potential: float | None = None) -> WallState:
    """The liquid at the positions Z of a wall of length 10."""
    return WallState(
        potential=potential,
        concentrations={"K": 10.0, "Cl": 10.0},
        position=Z,
        coefficients=law.coefficients(78.5),
        virtual_potential=0.0,
        wall_potential=wall_potential,
        thermal_voltage=SOLUTION.thermal_voltage,
        interpolated=lambda function: function(PLACES),
    )


@pytest.mark.parametrize(
    ("profile", "charges", "breaks", "extremes"),
    [
        (ConstantCharge(-0.02), [-0.02] * 4, (), (-0.02, -0.02)),
        (PiecewiseCharge(breaks=(1.0, 2.0), values=(3.0, -4.0, 5.0)), [3.0, -4.0, -4.0, 5.0], (1.0, 2.0), (-4.0, 5.0)),
        (ExpressionCharge(formula="0.01 * (1 - 2*s)"), [0.01, 0.008, 0.007, -0.008], (), (-0.01, 0.01)),
    ],
    ids=["constant", "piecewise", "expression"],
)
def test_a_given_charge_in_the_forms_is_that_along_the_wall(
    profile: Any, charges: list[float], breaks: tuple[float, ...], extremes: tuple[float, float]
) -> None:
    law = GivenCharge(profile)
    np.testing.assert_allclose(law.charge_along(PLACES, SOLUTION), charges, rtol=1e-13)
    np.testing.assert_allclose(law.charge(state(law), NUMBERS) * np.ones(4), charges, rtol=1e-13)
    assert law.breaks == breaks
    assert law.extreme_charges(SOLUTION, COURSE) == pytest.approx(extremes)
    assert law.is_charged


def test_keys_make_laws() -> None:
    assert GivenCharge.of(wall(potential=0.1)) is None, "the charge of an electrode follows"
    given = GivenCharge.of(wall(surface_charge=-0.01))
    assert given is not None
    assert given.coefficients(78.5) == {"": -0.01}
    assert Slip.of(wall()) is None
    assert GivenPotential.of(wall()) is None
    assert SternLayer.of(wall()) is None
    slip, electrode = Slip.of(wall(slip_length=2e-9)), GivenPotential.of(wall(potential=0.0))
    assert slip is not None
    assert slip.slip_length == 2e-9
    assert electrode is not None
    assert electrode.is_port
    uncharged = GivenCharge.of(wall())
    assert uncharged is not None
    assert not uncharged.is_charged


def test_stern_layers() -> None:
    """C (V - phi) with the permittivity of the layer, or the solvent's; nothing at an insulator."""
    law = SternLayer(Stern(thickness=0.5e-9, relative_permittivity=10.0))
    capacitance = 10.0 * VACUUM_PERMITTIVITY / 0.5e-9
    assert law.charge(state(law, potential=0.02, wall_potential=0.1), NUMBERS) == pytest.approx(0.08 * capacitance)
    assert law.charge(state(law, potential=0.02), NUMBERS) is None
    own = SternLayer(Stern(thickness=0.5e-9)).coefficients(78.5)
    assert own["capacitance"] == pytest.approx(7.85 * capacitance)


def test_values_are_no_structure_and_everything_else_is() -> None:
    """Walls that differ in values share mesh and forms; those that differ in breaks or formulas do not."""
    assert GivenCharge(ConstantCharge(1.0)).structure == GivenCharge(ConstantCharge(2.0)).structure
    pieces = [PiecewiseCharge(breaks=(b,), values=(v, 0.0)) for b, v in ((1.0, 1.0), (1.0, 2.0), (2.0, 1.0))]
    one, other, moved = (GivenCharge(profile).structure for profile in pieces)
    assert one == other
    assert one != moved
    assert GivenCharge(ConstantCharge(1.0)).structure != one
    assert Slip(1e-9).structure == Slip(2e-9).structure
    assert GivenPotential(0.1).structure == GivenPotential(0.2).structure
    assert (
        GivenCharge(ExpressionCharge(formula="s")).structure != GivenCharge(ExpressionCharge(formula="2*s")).structure
    )


class Regulated(WallLaw):
    """A wall whose charge falls with its potential, sigma = a - b phi."""

    key: ClassVar[str] = "regulated"
    annotation: ClassVar[Any] = float

    @classmethod
    def of(cls, wall: Mapping[str, Any]) -> Regulated | None:
        return None

    def coefficients(self, relative_permittivity: float) -> dict[str, float]:
        return {"start": -0.03, "slope": 0.2}

    def charge(self, s: WallState, m: Algebra) -> Any:
        return s.coefficients["start"] - s.coefficients["slope"] * s.potential


def test_the_charge_of_an_isolated_wall_is_where_its_law_meets_the_double_layer() -> None:
    """What `check` and the mesh are told of a law that follows the liquid: against a scalar root finder."""
    potential = brentq(lambda phi: surface_charge(phi, SOLUTION) - (-0.03 - 0.2 * phi), -1.0, 1.0, xtol=1e-15)
    exact = surface_charge(potential, SOLUTION)
    assert Regulated().extreme_charges(SOLUTION, COURSE) == pytest.approx((exact, exact), rel=1e-9)
    assert Regulated().charge_along(PLACES, SOLUTION) == pytest.approx([exact] * 4, rel=1e-9)
