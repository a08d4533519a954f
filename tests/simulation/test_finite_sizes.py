"""Devices with ions of finite size: equilibrium without flow, packed layers, equations that are not solved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nanochannel as nc
from solver.laws.electrolytes import lattice_gas
from solver.physics.constants import AVOGADRO, FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

SIZE = 0.6e-9


def cell(model: dict[str, Any], voltage: float) -> nc.SimulationResult:
    """Plates 100 nm apart at plus and minus a voltage, bare."""
    species = {name: {"valence": z, "diffusivity": 1e-9} for name, z in (("K", 1), ("Cl", -1))}
    case = {
        "geometry": {"type": "cell", "length": 100e-9, "height": 10e-9, "width": 1e-6},
        "electrolyte": {"species": species, "concentration": 500.0, "model": model},
        "walls": {"left": {"potential": voltage}, "right": {"potential": -voltage}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
    }
    return nc.simulate(nc.Case(**case), progress=False)


def test_nothing_flows_at_equilibrium_on_a_coarse_mesh() -> None:
    """Ions of two sizes, whose virtual solution has to be found together with their excess."""
    model = {"type": "lattice_gas", "sizes": {"K": 0.66e-9, "Cl": 0.5e-9}}
    speeds = []
    for voltage in (0.0, 0.01):
        data = small_cone(100.0, base={"potential": voltage})
        electrolyte = {**data["electrolyte"], "model": model}
        found = nc.simulate(
            nc.Case(**{**data, "electrolyte": electrolyte, "outputs": {"errors": "none"}}), progress=False
        )
        speeds.append(float(np.nanmax(np.abs(np.asarray(found.fields[0]["velocity"])))))
    assert speeds[0] < 1e-12 * speeds[1]


def test_layers_at_a_high_voltage_are_packed() -> None:
    """From rest to 1 V at once; the charge is that of a flat layer beside the liquid that is left in the middle."""
    found = cell({"type": "bikerman", "size": SIZE}, 1.0)
    salt = np.asarray(found.fields[0]["concentration_K"])
    x = np.asarray(found.fields[0].points)[:, 0]
    assert salt.max() == pytest.approx(1.0 / (AVOGADRO * SIZE**3), rel=1e-3)
    middle = float(np.mean(salt[np.abs(x - 50e-9) < 2e-9]))
    volt, permittivity = thermal_voltage(298.15), 78.5 * VACUUM_PERMITTIVITY
    debye, nu = math.sqrt(permittivity * volt / (2 * FARADAY * middle)), 2 * AVOGADRO * SIZE**3 * middle
    exact = 2 * FARADAY * middle * debye * math.sqrt(2 / nu * math.log1p(2 * nu * math.sinh(1.0 / volt / 2) ** 2))
    assert found.table["charge_left [C]"].iloc[0] == pytest.approx(exact * 1e-14, rel=2e-3)


def test_states_in_which_the_model_is_not_solved_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too few of its steps Newton's method converges all the same, to a wrong charge."""
    monkeypatch.setattr(lattice_gas, "STEPS", 3)
    with pytest.raises(nc.ConvergenceError, match="has not found the ions' excess"):
        cell({"type": "lattice_gas", "sizes": {"K": 0.8e-9, "Cl": 0.5e-9}}, 0.2)
