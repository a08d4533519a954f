"""Impedances of cells with reacting electrodes."""

from __future__ import annotations

import numpy as np
import pytest

from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY
from solver.studies.impedance.linearised import Linearised
from tests.support.reacting_cell import (
    AREA,
    CONCENTRATION,
    DEPOSITION,
    DIFFUSIVITY,
    THERMAL,
    cell,
    currents,
    mesh_of,
    reached,
    solver_of,
)

LONG = 20e-6
"""m: the layers are 1/4000 of it."""
EXCHANGE = 20.0
"""A/m^2."""


def test_the_impedance_of_a_neutral_cell_is_that_of_randles_and_warburg() -> None:
    """Both electrodes dissolve and deposit the cation of a binary salt of equal diffusivities: with k = sqrt(i omega / D), in
    series L/sigma and, at each electrode, V_T/i0 + V_T tanh(k L/2) / (2 F D c0 k) beside the capacitance of its layers."""
    case = cell({"potential": 0.0}, length=LONG, reaction={**DEPOSITION, "exchange_current": EXCHANGE})
    solver = solver_of(case, mesh_of(case))
    linearised = Linearised(solver.problem, reached(solver, case), 0)
    conductivity = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / THERMAL
    capacitance = 78.5 * VACUUM_PERMITTIVITY / (5e-9 * 1.1)  # the layer of the liquid and a tenth of it in series
    for frequency in (0.3, 10.0, 1e3):
        omega = 2.0 * np.pi * frequency
        k = np.sqrt(1j * omega / DIFFUSIVITY)
        warburg = THERMAL * np.tanh(0.5 * k * LONG) / (2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION * k)
        electrode = 1.0 / (1.0 / (THERMAL / EXCHANGE + warburg) + 1j * omega * capacitance)
        expected = (LONG / conductivity + 2.0 * electrode) / AREA
        found = linearised.response(frequency).total
        assert abs(1.0 / found[0] - expected) < 1e-3 * abs(expected), frequency
        assert abs(found.sum()) < 1e-8 * abs(found[0])


@pytest.mark.parametrize("held", ["potential", "current"])
def test_the_limit_of_slow_changes_is_the_slope_of_the_steady_curve(held: str) -> None:
    """Whatever is held: it is the potential that is modulated."""
    volts = 4.0 * THERMAL
    case = cell({"potential": volts})
    tagged = mesh_of(case)
    solver = solver_of(case, tagged)
    at = reached(solver, case)
    step = 1e-3 * THERMAL
    ends = [currents(reached(solver, cell({"potential": volts + sign * step})))[0] for sign in (1.0, -1.0)]
    slope = (ends[0] - ends[1]) / (2.0 * step)
    if held == "current":
        other = cell({"current": float(currents(at)[0])})
        solver = solver_of(other, tagged)
        at = reached(solver, other)
    linearised = Linearised(solver.problem, at, 0)
    assert linearised.response(0.0).total[0].real == pytest.approx(slope, rel=1e-6)
    slow = linearised.response(1e-3)
    assert slow.total[0].real == pytest.approx(slope, rel=1e-5)
