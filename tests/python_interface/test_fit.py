"""Fits of devices: exact sensitivities, parameters that are found again, and what the data do not determine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from exploration.fit.fit import fit
from exploration.fit.model import SteadyModel, Wanted
from exploration.fit.parameters import free_parameters
from solver.case.case import Case
from solver.parallel.ranks import on_root
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER

CHARGE, RADIUS, SLIP = "walls.channel.surface_charge", "geometry.radius_tip", "walls.channel.slip_length"
POTENTIAL = "terminals.left.potential"
SENSITIVITIES = ((1.0, -10e-3, 1.077361), (10.0, -10e-3, 0.391958), (10.0, -2e-3, 0.024395))
"""Concentration (mol/m^3) and surface charge (C/m^2) of a slit of 20 nm, and d ln G / d ln |sigma| by the exact solution of
the Poisson-Boltzmann equation across it (spectral, with electroosmosis)."""


def slit(concentration: float, charge: float) -> Case:
    """A slit without reservoirs."""
    return Case.model_validate(
        {
            "geometry": {"type": "slit", "length": 100e-9, "height": 20e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": KCL_WATER | {"concentration": concentration},
            "terminals": {"left": {"potential": 1e-3}},
            "walls": {"channel": {"surface_charge": charge}},
        }
    )


@pytest.mark.serial
@pytest.mark.parametrize(("concentration", "charge", "exact"), SENSITIVITIES)
def test_sensitivities_are_those_of_the_exact_solution(concentration: float, charge: float, exact: float) -> None:
    case = slit(concentration, charge)
    free = free_parameters(case, [CHARGE], {})
    device = SteadyModel(case, [Wanted("conductance [S]", ((POTENTIAL, 1e-3),))], free, MPI.COMM_WORLD)
    found = device.evaluate({CHARGE: charge})
    device.close()
    assert found.gradient is not None
    assert found.gradient[0, 0] / found.values[0] == pytest.approx(exact, abs=1e-4)


@pytest.mark.serial
def test_a_parameter_that_the_data_do_not_determine_is_called_so() -> None:
    """One percent of the conductance is 41 % of the charge."""
    case = slit(10.0, -2e-3)
    device = SteadyModel(case, [Wanted("conductance [S]", ((POTENTIAL, 1e-3),))], [], MPI.COMM_WORLD)
    (exact,) = device.evaluate({}, gradient=False).values
    device.close()
    data = pd.DataFrame(
        {
            "bias [mV]": [1.0, 1.0],
            "conductance [nS]": [1.002e9 * exact, 0.999e9 * exact],
            "sd [nS]": 2 * [0.01e9 * exact],
        }
    )
    found = fit(case, data, [CHARGE], numerical_errors=False)
    (charge,) = found.data["parameters"]
    assert charge["determined"] is False
    assert charge["percent_for_one_percent_of_the_data"] == pytest.approx(41.0, rel=0.1)
    assert any("do not determine walls.channel.surface_charge" in text for text in found.warnings)
    assert "do not determine" in str(found)


def test_a_twin_is_found_again(tmp_path: Path) -> None:
    """Charge, radius and slip from a noisy curve of a device with other ones; on any number of ranks."""
    truth = {CHARGE: -48e-3, RADIUS: 3.4e-9, SLIP: 10e-9}
    case = Case.model_validate(small_cone(100.0, base={"potential": 1.0})).with_values(
        {CHARGE: -45e-3, RADIUS: 3.2e-9, SLIP: 8e-9}
    )
    biases = [-1.0, -0.5, -0.15, 0.15, 0.5, 1.0]
    wanted = [Wanted("current [A]", (("terminals.base.potential", v),)) for v in biases]
    device = SteadyModel(case.with_values(truth), wanted, [], MPI.COMM_WORLD)
    exact = device.evaluate({}, gradient=False).values
    device.close()
    noise = 0.003 * np.abs(exact)
    measured = exact + noise * np.random.default_rng(4).standard_normal(len(exact))
    folder = Path(MPI.COMM_WORLD.bcast(str(tmp_path), root=0))
    table = pd.DataFrame({"U / mV": 1e3 * np.array(biases), "I (pA)": 1e12 * measured, "I sd (pA)": 1e12 * noise})
    on_root(MPI.COMM_WORLD, lambda: table.to_csv(folder / "iv.csv", index=False))
    found = fit(case, folder / "iv.csv", list(truth), out=folder / "fit", numerical_errors=False)
    for entry in found.data["parameters"]:
        assert abs(entry["value"] - truth[entry["key"]]) < 2.0 * entry["standard_error"], entry
        assert entry["standard_error"] < 0.15 * abs(entry["value"])
        assert entry["determined"]
    assert found.data["evaluations"] <= 12
    assert len(found.table) == len(biases)
    assert found.best is not None
    currents = found.best.table.sort_values("bias [V]")["current [A]"]  # it was computed in another order
    assert currents.to_numpy() == pytest.approx(found.table["fitted"].to_numpy(), rel=1e-3)
    written = on_root(MPI.COMM_WORLD, lambda: json.loads((folder / "fit" / "fit.json").read_text()))
    assert written["parameters"] == found.data["parameters"]
