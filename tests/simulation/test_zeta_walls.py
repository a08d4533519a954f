"""Walls of given zeta potential: their charge follows from the state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

import nanochannel as nc
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.physics.cross_section import cross_section
from tests.support.short_pore import SHORT_PORE
from validation.devices import KCL_WATER

ZETA = -50e-3
MEAN = "surface_charge_mean_channel [C/m^2]"


def slit(wall: dict[str, Any], **more: Any) -> Case:
    """A slit whose layers overlap, between terminals that hold its equilibrium."""
    return Case(
        **{
            "geometry": {"type": "slit", "length": 60e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None},
            "electrolyte": KCL_WATER | {"concentration": 10.0},
            "terminals": {"right": {"potential": 50e-3}},
            "walls": {"channel": wall},
            "mesh": {"axial_cells": 4, "refinement": 1},
            **more,
        }
    )


def pore(**more: Any) -> Case:
    """A charged pore between unlike reservoirs on a coarse mesh."""
    return Case(
        **{
            "geometry": SHORT_PORE,
            "electrolyte": KCL_WATER | {"concentration": 10.0},
            "terminals": {"right": {"potential": 50e-3, "concentration": 30.0}},
            "walls": {"channel": {"zeta_potential": ZETA}},
            "mesh": {
                "growth": 3.0,
                "axial_cells": 4,
                "wall_size": "0.5 debye_length",
                "corner_size": "0.2 debye_length",
            },
            **more,
        }
    )


def of_poisson_and_boltzmann(case: Case) -> float:
    """Charge (C/m^2) of the slit's wall in equilibrium."""
    solution = case.solution("left")
    found = brentq(lambda s: cross_section("planar", 5e-9, s, solution).wall_potential - ZETA, -0.1, 0.0, rtol=1e-13)
    return float(found)


def test_the_charge_is_that_of_poisson_and_boltzmann_and_the_slit_is_the_one_with_it() -> None:
    finer = {"axial_cells": 4, "refinement": 1, "wall_size": "0.1 debye_length"}
    case = slit({"zeta_potential": ZETA}, mesh=finer)
    charge = of_poisson_and_boltzmann(case)
    row = nc.simulate(case).observables.iloc[0]
    assert row[MEAN] == pytest.approx(charge, rel=1e-5)
    assert row["zeta_potential_mean [V]"] == pytest.approx(ZETA, rel=1e-12)
    other = nc.simulate(slit({"surface_charge": charge}, mesh=finer)).observables.iloc[0]
    for name in ("current [A]", "flow_rate [m^3/s]"):
        assert row[name] == pytest.approx(other[name], rel=1e-5)


def test_the_charge_along_the_wall_is_that_of_each_place_and_adds_up() -> None:
    """Towards the dilute end the layer is thinner in charge: Grahame's charge follows the local salt."""
    found = nc.simulate(pore(mesh={"axial_cells": 8}, terminals={"right": {"concentration": 100.0}}))
    profile, row = found.profiles, found.observables.iloc[0]
    column = profile["surface_charge [C/m^2]"]
    inside = column.notna()
    z, charge = profile["axial_position [m]"][inside].to_numpy(), column[inside].to_numpy()
    assert np.ptp(z) == pytest.approx(30e-9, rel=1e-3)
    assert np.all(np.diff(charge[(z > 3e-9) & (z < 27e-9)]) < 0.0)  # more and more negative towards the salt
    assert charge[0] < 10 * charge[len(z) // 2]  # at the rims, beside faces without charge, it has no bound
    inner = slice(1, -1)
    assert np.trapezoid(charge[inner], z[inner]) / np.ptp(z) == pytest.approx(row[MEAN], rel=0.1)


@pytest.mark.serial
def test_the_bar_of_the_charge_covers_its_error() -> None:
    case = slit({"zeta_potential": ZETA}, mesh={"axial_cells": 4})
    row = nc.simulate(case).observables.iloc[0]
    error = abs(row[MEAN] - of_poisson_and_boltzmann(case))
    assert error < row["surface_charge_mean_channel_error [C/m^2]"] < 20 * error


def test_a_sensitivity_is_the_slope_of_a_sweep() -> None:
    key = "walls.channel.zeta_potential"
    sweep = {"type": "sweep", "parameter": key, "values": [ZETA, ZETA - 1e-4, ZETA + 1e-4]}
    found = nc.simulate(pore(study=sweep, outputs={"sensitivities": [key]}))
    current = found.observables["current [A]"]
    rows = found.sensitivities
    at = (rows["point"] == 0) & (rows["goal"] == "current")
    assert rows[at]["derivative"].iloc[0] == pytest.approx((current[2] - current[1]) / 2e-4, rel=1e-5)


def test_charge_is_conserved_in_time_with_that_of_the_wall() -> None:
    protocol = [
        {"type": "step", "to": {"terminals.right.potential": 0.1}},
        {"type": "ramp", "to": {"walls.channel.zeta_potential": -20e-3}, "duration": 50e-9},
    ]
    found = nc.simulate(pore(study={"type": "transient", "protocol": protocol, "tolerance": 0.05})).observables
    assert found["conservation_error"].max() < 1e-8
    charge, time = found["charge_channel [C]"], found["time [s]"]
    passed = float(np.trapezoid(found["current_channel [A]"], time))
    assert charge.iloc[-1] > 0.6 * charge.iloc[0]  # of a negative charge: it falls
    assert passed == pytest.approx(charge.iloc[-1] - charge.iloc[0], rel=0.05)


@pytest.mark.serial
def test_the_slow_limit_of_the_impedance_is_the_slope_of_the_steady_curve() -> None:
    key = "terminals.right.potential"
    row = nc.simulate(pore(study={"type": "impedance", "frequencies": [1e3, 1e8]})).observables
    steady = nc.simulate(pore(outputs={"sensitivities": [key]})).sensitivities
    slope = steady[(steady["parameter"] == key) & (steady["goal"] == "current")]["derivative"].iloc[0]
    assert row["differential_conductance [S]"].iloc[0] == pytest.approx(slope, rel=1e-6)
    assert row["conservation_error"].max() < 1e-9
    assert abs(row["admittance_channel_imaginary [S]"].iloc[1]) > 1e-12  # the charge of the wall follows


@pytest.mark.serial
@pytest.mark.parametrize("other", ["surface_charge", "potential", "charge"])
def test_a_zeta_potential_excludes_what_else_gives_the_charge(other: str) -> None:
    with pytest.raises(CaseError, match=f"given together with '{other}'; .* keep one of them"):
        slit({"zeta_potential": ZETA, other: 0.01})


@pytest.mark.serial
def test_a_zeta_potential_cannot_jump() -> None:
    step = [{"type": "step", "to": {"walls.channel.zeta_potential": 0.0}}, {"type": "hold", "duration": 1e-6}]
    with pytest.raises(CaseError, match=r"makes walls\.channel\.zeta_potential jump; .* write a ramp"):
        pore(study={"type": "transient", "protocol": step})
