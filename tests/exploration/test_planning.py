"""What steady fits may run along: values of one device."""

from __future__ import annotations

import pytest
from mpi4py import MPI

from exploration.fit.model import SteadyModel, Wanted
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
