"""Runs in time, spectra and sensitivities in three dimensions, with factors and with split fields."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from python_interface.simulate import simulate
from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.accuracy.sensitivity import moved, sensitivity
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.results.directory import ResultDirectory
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.studies.impedance.linearised import Linearised
from tests.simulation.test_cases_in_space import cone

KEYS = ("current [A]", "flow_rate [m^3/s]", "salt_inventory [mol]", "charge_passed [C]")
DILUTE = {"species": {"K": {}, "Cl": {}}, "concentration": 2.0}
PULSE = {
    "type": "transient",
    "tolerance": 0.05,
    "protocol": [
        {"type": "step", "to": {"terminals.base.potential": 0.06}},
        {"type": "hold", "duration": 1e-9},
        {"type": "ramp", "duration": 4e-7, "to": {"terminals.base.potential": 0.1}},
    ],
    "largest_step": 1e-7,
}


def small(linear: str = "direct", dimension: int = 3, errors: str = "none", **further: Any) -> Case:
    """The short cone with thick double layers."""
    beside = {"solver": {"linear": linear}} if dimension == 3 else {}
    outputs = {"errors": errors, "fields": "none"}
    return cone(dimension, electrolyte=DILUTE, **{"outputs": outputs, **beside, **further})


@cache
def pulsed(linear: str, dimension: int, errors: str) -> pd.DataFrame:
    case = small(linear, dimension, errors, study=PULSE)
    return simulate(case, progress=False, comm=MPI.COMM_WORLD if errors == "none" else MPI.COMM_SELF).observables


def test_split_fields_take_the_steps_of_factors_to_the_same_numbers() -> None:
    """On any number of ranks: those of factors are computed on one."""
    split, usual = pulsed("fieldsplit", 3, "none"), pulsed("direct", 3, "all")
    np.testing.assert_allclose(split["time [s]"], usual["time [s]"], rtol=1e-12)
    for key in KEYS:
        np.testing.assert_allclose(split[key], usual[key], rtol=1e-6, atol=1e-6 * abs(usual[key]).max())
    for found in (split, usual):
        assert found["conservation_error"].max() < 1e-8
        assert found["salt_balance_error"].max() < 1e-8
        assert found["charge_balance_error"].max() < 1e-8


@pytest.mark.serial
def test_instants_are_those_of_the_half_plane_within_their_errors() -> None:
    usual, flat = pulsed("direct", 3, "all"), pulsed("interleaved", 2, "none")
    last, known = usual.iloc[-1], flat.iloc[-1]
    for key, error in (("current [A]", "current_error [A]"), ("flow_rate [m^3/s]", "flow_rate_error [m^3/s]")):
        assert 0.0 < last[error] < 0.2 * abs(last[key])
        assert abs(last[key] - known[key]) < last[error]
    assert np.isfinite(usual["current_error [A]"]).all()
