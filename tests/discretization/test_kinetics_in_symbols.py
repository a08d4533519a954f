"""Kinetics of electrodes with long formulas: as weak forms they are what they are as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from solver.discretization.symbols import SYMBOLS
from solver.laws.algebra import NUMBERS
from solver.laws.electrodes.base import ActivatedKinetics, Interface
from solver.laws.electrodes.coupled_transfer import CoupledIonElectronTransfer
from solver.laws.electrodes.marcus_hush_chidsey import MarcusHushChidsey
from solver.physics.constants import ELEMENTARY_CHARGE, thermal_voltage

pytestmark = pytest.mark.serial

THERMAL = thermal_voltage(298.15)
KEYS: dict[str, Any] = {"equation": "Fe2 = Fe3 + e-", "exchange_current": 2.0}
ENERGIES = {
    "reorganization_energy": 0.2 * ELEMENTARY_CHARGE,
    "reduction_transfer_energy": 0.1 * ELEMENTARY_CHARGE,
    "oxidation_transfer_energy": 0.2 * ELEMENTARY_CHARGE,
}
KINETICS = [
    MarcusHushChidsey(**KEYS, reorganization_energy=0.2 * ELEMENTARY_CHARGE),
    CoupledIonElectronTransfer(**KEYS, **ENERGIES),
]


@pytest.mark.parametrize("kinetics", KINETICS, ids=lambda each: each.type)
def test_a_rate_and_its_slope_are_those_of_the_numbers(kinetics: ActivatedKinetics) -> None:
    """On a mesh of one length, where the integral of a constant is the constant."""
    unit = mesh.create_interval(MPI.COMM_SELF, 1, [0.0, 1.0])
    drive = fem.Function(fem.functionspace(unit, ("DG", 0)))
    values = {name: fem.Constant(unit, value) for name, value in kinetics.coefficients().items()}
    symbolic = kinetics.constant(Interface(drive, 1.0, 1.0, 1, fem.Constant(unit, THERMAL), values), SYMBOLS)
    rate = fem.form(symbolic * ufl.dx)
    slope = fem.form(ufl.derivative(symbolic * ufl.dx, drive, ufl.TestFunction(drive.function_space)))

    def number(x: float) -> float:
        return float(kinetics.constant(Interface(x, 1.0, 1.0, 1, THERMAL, kinetics.coefficients()), NUMBERS))

    for x in (-30.0, -2.0, 0.0, 5.0, 30.0):
        drive.x.array[:] = x
        assert fem.assemble_scalar(rate) == pytest.approx(number(x), rel=1e-9, abs=0)
        by_difference = (number(x + 1e-2) - number(x - 1e-2)) / 2e-2
        assert np.sum(fem.assemble_vector(slope).array) == pytest.approx(by_difference, rel=1e-4, abs=0)
    for x in (-600.0, 600.0):  # beyond what a state has: no overflow
        drive.x.array[:] = x
        assert np.isfinite(fem.assemble_scalar(rate))
