"""The part of the charge of the channel's wall that the ions in the channel balance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from python_interface.simulate import simulate
from solver.case.case import Case
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER

NAME = "wall_charge_neutralised"


def rows(case: dict[str, Any]) -> Any:
    return simulate(Case.model_validate(case), comm=MPI.COMM_WORLD).observables


def test_a_channel_without_mouths_balances_its_charge() -> None:
    """Nothing varies along it, and its ends hold the profile of a long channel."""
    slit = {"type": "slit", "length": 100e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None}
    charge = {"channel": {"surface_charge": -20e-3}}
    (row,) = rows({"geometry": slit, "electrolyte": KCL_WATER | {"concentration": 10.0}, "walls": charge}).to_dict(
        "records"
    )
    assert abs(row[NAME] - 1.0) < row[f"{NAME}_error"] < 1e-3


def test_short_pores_leak_and_long_ones_do_not() -> None:
    """A part of the layer at the mouths is outside, in proportion to the length of Debye over that of the pore."""
    found = []
    for factor in (1.0, 4.0):
        case = small_cone(30.0)
        case["geometry"] |= {"type": "cylinder", "length": factor * 60e-9, "radius": 3e-9}
        case["geometry"] = {k: v for k, v in case["geometry"].items() if not k.startswith("radius_")}
        (row,) = rows(case).to_dict("records")
        found.append(1.0 - row[NAME])
    assert found[0] > 0.01
    assert found[1] == pytest.approx(found[0] / 4.0, rel=0.05)


def test_walls_without_charge_have_no_such_number() -> None:
    case = small_cone(30.0)
    case["walls"] = {"channel": {"surface_charge": {"type": "piecewise", "breaks": [30e-9], "values": [0.0, 0.0]}}}
    table = rows(case)
    assert NAME not in table or np.isnan(table[NAME]).all()
