"""What steady fits may run along: values of one device."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from mpi4py import MPI

from exploration.fit.model import REMADE, STEP, Prediction, SteadyModel, Wanted
from exploration.fit.parameters import free_parameters
from solver.case.case import Case
from solver.inputs.errors import CaseError
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

CASE = Case.model_validate(small_cone(10.0, base={"potential": 1.0}))
SLIP = "walls.channel.slip_length"


@pytest.mark.parametrize(("key", "values"), [("geometry.length", (60e-9, 70e-9)), (SLIP, (0.0, 5e-9))])
def test_numbers_of_several_devices_are_refused(key: str, values: tuple[float, float]) -> None:
    wanted = [Wanted("current [A]", ((key, value),)) for value in values]
    with pytest.raises(CaseError) as caught:
        SteadyModel(CASE, wanted, free_parameters(CASE, ["walls.channel.surface_charge"], {}), MPI.COMM_WORLD)
    assert f"the numbers run along '{key}', which changes the device itself" in str(caught.value)


def test_values_of_one_device_are_taken() -> None:
    wanted = [Wanted("current [A]", (("electrolyte.concentration", value),)) for value in (1.0, 10.0)]
    assert len(SteadyModel(CASE, wanted, [], MPI.COMM_WORLD).points) == 2


class Differenced(SteadyModel):
    """Tells at which radii it is differenced."""

    remade = True

    def _is_remade(self, values: Mapping[str, float]) -> bool:
        return self.remade

    def _evaluated(self, values: Mapping[str, float], gradient: bool) -> Prediction:
        return Prediction(np.array([np.log(values["geometry.radius_tip"])]))


def test_differences_between_remade_meshes_are_wide() -> None:
    """Within the bounds, on the side that has room."""
    key, start = "geometry.radius_tip", 3e-9
    for bounds, remade, size in (({}, True, REMADE), ({key: ("2 nm", "3.03 nm")}, True, -REMADE), ({}, False, None)):
        device = Differenced(CASE, [Wanted("current [A]", ())], free_parameters(CASE, [key], bounds), MPI.COMM_WORLD)
        device.remade = remade
        step = STEP * abs(np.log(start)) if size is None else size
        slope = device._difference({key: start}, 0, np.array([np.log(start) - step]))
        assert slope == pytest.approx([2.0])
