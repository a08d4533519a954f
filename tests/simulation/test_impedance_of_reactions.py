"""Impedances of cells with reacting electrodes."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from solver.parallel.progress import Silent
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY
from solver.run import run
from solver.simulation.memory import MemorySink
from solver.studies.impedance.linearised import Linearised
from tests.support.few_on_ranks import few_on_ranks
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


@pytest.mark.serial
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
        response = linearised.response(frequency)
        found = response.total
        assert abs(1.0 / found[0] - expected) < 1e-3 * abs(expected), frequency
        assert abs(found.sum()) < 1e-8 * abs(found[0])
        passed = electrode / (THERMAL / EXCHANGE + warburg)  # the rest charges the layers
        assert abs(response.conduction[0] / found[0] - passed) < 2e-3, frequency


def test_the_columns_of_a_spectrum_say_what_the_reactions_pass() -> None:
    """At low frequencies all of the current; at high ones part of it charges the layers."""
    sink = MemorySink()
    study = {"type": "impedance", "terminal": "left", "frequencies": [10.0, 1e7]}
    run(cell({"potential": 0.0}, study=study), sink, MPI.COMM_WORLD, progress=Silent)
    slow, fast = sink.rows
    for row in sink.rows:
        names = ("conduction_admittance_left", "conduction_admittance_right")
        left, right = (complex(row[f"{name}_real [S]"], row[f"{name}_imaginary [S]"]) for name in names)
        assert abs(left + right) < 1e-6 * abs(left)
    assert slow["conduction_admittance_left_real [S]"] == pytest.approx(
        slow["admittance_left_real [S]"], rel=1e-5, abs=0
    )
    assert fast["conduction_admittance_left_real [S]"] < 0.1 * fast["admittance_left_real [S]"]


@pytest.mark.parametrize("held", few_on_ranks(["potential", "current"], 1))
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


@pytest.mark.serial
def test_slow_changes_of_a_long_cell_do_not_drown_in_the_rounding_of_its_layers() -> None:
    """A millimetre, 200,000 Debye lengths: at the slope of the steady curve, and at a millionth of the rate of mixing."""
    length, volts = 1e-3, 4.0 * THERMAL
    reaction = {**DEPOSITION, "exchange_current": 10.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / length}
    case = cell({"potential": volts}, length=length, reaction=reaction)
    solver = solver_of(case, mesh_of(case))
    linearised = Linearised(solver.problem, reached(solver, case), 0)
    step = 1e-3 * THERMAL
    ends = [
        currents(reached(solver, cell({"potential": volts + sign * step}, length=length, reaction=reaction)))[0]
        for sign in (1.0, -1.0)
    ]
    slope = (ends[0] - ends[1]) / (2.0 * step)
    for frequency in (0.0, 1e-6 * DIFFUSIVITY / length**2):
        assert abs(linearised.response(frequency).total[0] / slope - 1.0) < 1e-6
