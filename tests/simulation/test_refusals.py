"""What a run says and refuses before it makes a mesh."""

from __future__ import annotations

import logging

import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.run import run
from solver.simulation.memory import MemorySink
from tests.support.small_cone import small_cone

pytestmark = [pytest.mark.serial, pytest.mark.fast]


def test_values_of_unusual_size_are_warned_of_by_a_run(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("nanochannel"), "propagate", True)
    case = Case.model_validate(small_cone(30.0, tip={"pressure": -1e7}) | {"outputs": {"errors": "none"}})
    run(case, MemorySink(), MPI.COMM_SELF)
    assert "warning: terminals.tip.pressure is -10 MPa, and usual are 1 mPa to 6 MPa" in caplog.text


def test_a_mesh_beyond_the_memory_is_refused_with_what_is_unusual() -> None:
    mesh = {"axial_cells": 100_000, "growth": 1.01, "wall_size": "1e-4 debye_length", "refinement": 4}
    case = Case.model_validate(small_cone(30.0, tip={"pressure": -1e7}) | {"mesh": mesh})
    with pytest.raises(CaseError, match=r"mesh: about .* unknowns would take .* GB, and there are") as caught:
        run(case, MemorySink(), MPI.COMM_SELF)
    assert "; terminals.tip.pressure is -10 MPa, and usual are 1 mPa to 6 MPa" in str(caught.value)
