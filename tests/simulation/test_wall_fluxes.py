"""Devices whose walls species pass: exact rates, conservation, error bars, time, impedance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

import nanochannel as nc
from solver.case.case import Case
from solver.check.report import report
from solver.inputs.errors import CaseError
from solver.physics.constants import FARADAY, thermal_voltage
from tests.support.short_pore import SHORT_PORE
from validation.devices import KCL_WATER

WIDTH, LENGTH, HALF = 1e-6, 50e-9, 10e-9
LEFT, RIGHT, BATH = 10.0, 5.0, 2.0
DIFFUSIVITY, PERMEABILITY = 1e-9, 0.02
COARSE = {"growth": 4.0, "axial_cells": 4, "wall_size": "1 debye_length", "corner_size": "0.3 debye_length"}


def leaky_slit(**more: Any) -> Case:
    """A slit whose wall lets a neutral species out."""
    salt = {name: {"stoichiometry": 1} for name in ("K", "Cl")}
    urea = {"valence": 0, "diffusivity": DIFFUSIVITY, "stoichiometry": 1}
    return Case(
        **{
            "geometry": {"type": "slit", "length": LENGTH, "height": 2 * HALF, "width": WIDTH, "reservoirs": None},
            "electrolyte": {"species": salt | {"urea": urea}, "concentration": LEFT},
            "terminals": {"right": {"concentrations": {"K": LEFT, "Cl": LEFT, "urea": RIGHT}}},
            "walls": {"channel": {"leak": {"concentrations": {"urea": BATH}, "permeability": {"urea": PERMEABILITY}}}},
            "solver": {"flow": "none"},
            **more,
        }
    )


def rates_of_the_leaky_slit() -> tuple[float, float]:
    """mol/s that enter at the left and at the wall, by the cosines cos(l y) with l tan(l h) = P / D, which make
    l^2 c = c_zz from c_zz + c_yy = 0."""
    left, wall = 0.0, 0.0
    for k in range(4000):
        x = brentq(
            lambda x: x * np.sin(x) - PERMEABILITY * HALF / DIFFUSIVITY * np.cos(x), k * np.pi, (k + 0.5) * np.pi
        )
        rate, mean = x / HALF, np.sin(x) * HALF / x
        part = mean**2 * rate / (HALF / 2 + np.sin(2 * x) / (4 * rate))
        decay = np.exp(-rate * LENGTH)
        far, near = 2 * decay / (1 - decay**2), (1 + decay**2) / (1 - decay**2)
        left += part * ((LEFT - BATH) * near - (RIGHT - BATH) * far)
        wall -= part * (LEFT + RIGHT - 2 * BATH) * (near - far)
    return 2 * WIDTH * DIFFUSIVITY * left, 2 * WIDTH * DIFFUSIVITY * wall


def pore(wall: dict[str, Any], right: dict[str, Any] | None = None, **more: Any) -> Case:
    """A charged pore on a coarse mesh."""
    return Case(
        **{
            "geometry": SHORT_PORE,
            "electrolyte": KCL_WATER | {"concentration": 10.0},
            "terminals": {"right": right or {}},
            "walls": {"channel": {"surface_charge": -10e-3, **wall}},
            "mesh": COARSE,
            **more,
        }
    )


def test_a_leaky_slit_has_the_rates_of_its_series() -> None:
    exact = dict(zip(("left", "channel"), rates_of_the_leaky_slit(), strict=True))
    row = nc.simulate(leaky_slit()).observables.iloc[0]
    for name, value in exact.items():
        error = abs(row[f"molar_rate_{name}_urea [mol/s]"] - value)
        assert error < 1e-3 * abs(value)
    assert error < row["molar_rate_channel_urea_error [mol/s]"] < 20 * error
    total = sum(row[f"molar_rate_{name}_urea [mol/s]"] for name in ("left", "right", "channel"))
    assert abs(total) < 1e-12 * exact["left"]


def test_a_pump_brings_its_current_and_every_species_is_conserved() -> None:
    key = "walls.channel.fluxes.K"
    flux, area = 0.02, 2 * np.pi * 5e-9 * 30e-9
    sweep = {"type": "sweep", "parameter": key, "values": [flux, 0.99 * flux, 1.01 * flux]}
    case = pore({"fluxes": {"K": flux}}, {"potential": 0.05}, study=sweep, outputs={"sensitivities": [key]})
    found = nc.simulate(case)
    row, current = found.observables.iloc[0], found.observables["current [A]"]
    assert row["current_channel [A]"] == pytest.approx(FARADAY * flux * area, rel=1e-10)
    for species in ("K", "Cl"):
        parts = [row[f"current_{name}_{species} [A]"] for name in ("left", "right", "channel")]
        assert abs(sum(parts)) < 1e-8 * max(map(abs, parts))
    assert row["current_channel_K_error [A]"] < 1e-8 * row["current_channel_K [A]"]
    rows = found.sensitivities
    slope = rows[(rows["point"] == 0) & (rows["goal"] == "current")]["derivative"].iloc[0]
    assert slope == pytest.approx((current[2] - current[1]) / (0.02 * flux), rel=1e-4)


@pytest.mark.serial
def test_conductances_stop_at_equilibrium_with_the_bath() -> None:
    """A bath of ten times the concentration, at the potential of Nernst for K; Cl does not pass."""
    potential = -thermal_voltage(298.15) * np.log(10.0)
    leak = {"concentrations": {"K": 100.0}, "potential": potential, "conductance": {"K": 1e4}}
    row = nc.simulate(pore({"leak": leak})).observables.iloc[0]
    area = 2 * np.pi * 5e-9 * 30e-9
    assert abs(row["current_channel [A]"]) < 1e-9 * 1e4 * thermal_voltage(298.15) * area
    other = nc.simulate(pore({"leak": {**leak, "potential": potential + 1e-3}})).observables.iloc[0]
    assert 0.0 < other["current_channel [A]"] < 1e4 * 1e-3 * area


def test_in_time_all_amounts_balance() -> None:
    protocol = [{"type": "step", "to": {"walls.channel.fluxes.K": 0.02}}, {"type": "hold", "duration": 2e-6}]
    study = {"type": "transient", "protocol": protocol, "tolerance": 1e-2}
    found = nc.simulate(pore({"fluxes": {"K": 0.0}}, {"potential": 0.05}, study=study)).observables
    steady = nc.simulate(pore({"fluxes": {"K": 0.02}}, {"potential": 0.05})).observables.iloc[0]
    assert found["conservation_error"].max() < 1e-8
    assert found["salt_balance_error"].max() < 1e-8
    assert found["current [A]"].iloc[-1] == pytest.approx(steady["current [A]"], rel=1e-3)


@pytest.mark.serial
def test_the_slow_limit_of_the_impedance_is_the_slope_of_the_steady_curve() -> None:
    leak = {"concentrations": {"K": 100.0}, "conductance": {"K": 1e4}}
    key = "terminals.right.potential"
    bias = {"potential": 0.01}
    row = nc.simulate(pore({"leak": leak}, bias, study={"type": "impedance", "frequencies": [1e3]}))
    steady = nc.simulate(pore({"leak": leak}, bias, outputs={"sensitivities": [key]}))
    rows = steady.sensitivities
    slope = rows[(rows["goal"] == "current") & (rows["parameter"] == key)]["derivative"].iloc[0]
    assert row.observables["differential_conductance [S]"].iloc[0] == pytest.approx(slope, rel=1e-6)
    assert row.observables["conservation_error"].max() < 1e-9


def refusal(wall: dict[str, Any], **more: Any) -> str:
    with pytest.raises(CaseError) as error:
        pore(wall, **more)
    return str(error.value)


def test_what_cannot_be_is_refused() -> None:
    assert "walls.channel.fluxes: 'Na': unknown species; the species are K, Cl" in refusal({"fluxes": {"Na": 1e-6}})
    metal = refusal({"surface_charge": 0.0, "potential": 0.1, "fluxes": {"K": 1e-6}})
    assert "walls.channel.fluxes: given together with 'potential', which makes the wall a metal" in metal
    bath = {"K": 1.0}
    both = {"concentrations": bath, "permeability": {"K": 1e-6}, "conductance": {"K": 1.0}}
    assert "given together with a permeability of 'K'; keep one of the two laws" in refusal({"leak": both})
    assert "write e.g. 'permeability: {K: 1 um/s}'" in refusal({"leak": {"concentrations": bath}})
    missing = {"concentrations": bath, "permeability": {"Cl": 1e-6}}
    assert "needs the concentration of 'Cl' in the bath" in refusal({"leak": missing})
    zero = {"concentrations": {"K": 0.0}, "conductance": {"K": 1.0}}
    assert "walls.channel.leak.concentrations.K: is zero" in refusal({"leak": zero})
    assert "write e.g. '1 umol/m^2/s'" in refusal({"fluxes": {"K": "1 mV"}})
    cell = {"type": "cell", "length": 20e-9, "width": 20e-9, "height": 20e-9}
    walls = {"left": {"potential": 0.1}, "side": {"fluxes": {"K": 1e-6}}}
    with pytest.raises(CaseError, match="species that enter a device without openings stay there"):
        Case(geometry=cell, electrolyte=KCL_WATER | {"concentration": 1.0}, walls=walls, solver={"flow": "none"})


@pytest.mark.serial
def test_check_says_what_passes_and_what_runs_out() -> None:
    text = report(pore({"fluxes": {"K": -1.0}}))
    assert "K at channel, solution of left" in text
    assert "-96.5 kA/m^2" in text  # F N
    assert "2.3" in text  # N S L^2 / (8 D c) = 1 * 2 / 5e-9 * (30e-9)^2 / (8 * 1.96e-9 * 10)
    assert "takes 2.3 times as much K as diffusion brings" in " ".join(text.split())
    assert "as much K" not in report(pore({"fluxes": {"K": 1.0}}))


@pytest.mark.serial
def test_fluxes_have_units() -> None:
    case = pore({"fluxes": {"K": "2 nmol/cm^2/s"}})
    assert case.walls["channel"].fluxes["K"] == pytest.approx(2e-5, rel=1e-12)
