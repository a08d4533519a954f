"""Walls that adsorb in whole devices: sweeps along isotherms, pulses in time, balances, on any number of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.physics.constants import ELEMENTARY_CHARGE, thermal_voltage
from solver.results.rows import ResultError, read_rows
from solver.run import run
from solver.simulation.directory import DirectorySink
from validation.devices import rows, simulated

SPECIES: dict[str, Any] = {
    "K": {},
    "Cl": {},
    "X": {"valence": 0, "diffusivity": 1e-9},
    "Y": {"valence": 0, "diffusivity": 1e-9},
}
KEY = "walls.channel.adsorption.0.binds.X.equilibrium_constant"


def slit(sites: Mapping[str, Any], study: Mapping[str, Any], **bulk: float) -> dict[str, Any]:
    """A slit between two reservoirs."""
    return {
        "geometry": {"type": "slit", "length": 40e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": {"species": {name: SPECIES[name] for name in bulk}},
        "terminals": {end: {"concentrations": bulk} for end in ("left", "right")},
        "walls": {"channel": {"adsorption": [sites]}},
        "mesh": {"wall_size": "1 debye_length", "growth": 3.0},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
        "study": study,
    }


def column(found: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    return np.array([row[name] for row in found])


@pytest.mark.serial
def test_coverages_of_a_sweep_follow_the_isotherm_over_eight_decades() -> None:
    binds = {"X": {"k_off": 1e3, "equilibrium_constant": 1e-5}, "Y": {"k_on": 2.0, "k_off": 1e2}}
    study = {"type": "sweep", "parameter": KEY, "values": [10.0**k for k in range(-5, 4)]}
    found = rows(slit({"density": 1e-6, "binds": binds}, study, K=10.0, Cl=10.0, X=2.0, Y=5.0))
    weights = np.array([2.0 * column(found, f"{KEY} [m^3/mol]"), np.full(len(found), 5.0 * 0.02)])
    expected = weights / (1.0 + weights.sum(axis=0))
    for name, part in zip("XY", expected, strict=True):
        np.testing.assert_allclose(column(found, f"coverage_channel_{name}"), part, rtol=1e-9)
    area = 2 * 40e-9 * 1e-6
    np.testing.assert_allclose(column(found, "adsorbed_channel_X [mol]"), expected[0] * 1e-6 * area, rtol=1e-9)


def test_a_charged_wall_takes_ions_under_voltage_gives_them_back_and_loses_none() -> None:
    """The wall is charged by what it holds; a steady state is the end of a long hold."""
    sites = {"density": 5e-7, "charge": -1, "binds": {"K": {"k_on": 1e6, "equilibrium_constant": 0.05, "initial": 0.9}}}
    hold = {"type": "hold", "duration": 1e-6}
    steps = [hold, {"type": "step", "to": {"terminals.right.potential": 0.4}}, hold, {"type": "hold", "duration": 2e-5}]
    protocol = {"type": "transient", "protocol": steps}
    found = rows(slit(sites, protocol, K=10.0, Cl=10.0))
    assert column(found, "coverage_channel_K")[0] == pytest.approx(0.9, rel=1e-9)
    assert column(found, "salt_balance_error").max() < 1e-8
    assert column(found, "charge_balance_error").max() < 1e-8
    currents = np.array([column(found, f"current_{end} [A]") for end in ("left", "right")])
    assert np.abs(currents.sum(axis=0)).max() < 1e-8 * np.abs(currents).max()
    study = {"type": "sweep", "parameter": "terminals.right.potential", "values": [0.4]}
    (steady,) = rows(slit(sites, study, K=10.0, Cl=10.0))
    for name in ("coverage_channel_K", "current_right [A]", "zeta_potential_mean [V]"):
        assert found[-1][name] == pytest.approx(steady[name], rel=1e-5), name
    assert abs(found[-1]["coverage_channel_K"] - 0.9) > 0.1


def test_the_profile_of_a_coverage_is_the_isotherm_of_the_concentration_there() -> None:
    sites = {"density": 1e-6, "binds": {"X": {"k_off": 1e3, "equilibrium_constant": 0.5}}}
    data = slit(sites, {"type": "steady"}, K=10.0, Cl=10.0, X=1.0)
    data["terminals"]["right"] = {"concentrations": {"K": 10.0, "Cl": 10.0, "X": 5.0}}
    profile = simulated(data).profiles
    local = 1.0 + 4.0 * profile["axial_position [m]"].to_numpy() / 40e-9
    np.testing.assert_allclose(profile["coverage_channel_X"], 0.5 * local / (1.0 + 0.5 * local), rtol=1e-4)


@pytest.mark.serial
def test_a_run_goes_on_from_the_coverages_of_another_and_from_no_wall_without_sites(tmp_path: Path) -> None:
    sites = {"density": 1e-7, "binds": {"K": {"k_on": 1e5, "k_off": 1e6, "initial": 0.1}}}

    def ends(name: str, start: str, **changes: Any) -> list[float]:
        """Coverage at the first and the last instant."""
        study = {"type": "transient", "start": start, "protocol": [{"type": "hold", "duration": 1e-6}]}
        data = slit(sites, study, K=10.0, Cl=10.0) | changes
        run(Case.model_validate(data), DirectorySink.at(tmp_path / name, MPI.COMM_SELF), MPI.COMM_SELF)
        rows_of = read_rows(tmp_path / name / "observables.csv")
        return [float(rows_of[k].get("coverage_channel_K", "nan")) for k in (0, -1)]

    first = ends("first", "steady")
    assert first[0] == pytest.approx(0.1, rel=1e-9)
    assert ends("second", str(tmp_path / "first"))[0] == pytest.approx(first[1], rel=1e-12)
    ends("bare", "steady", walls={})
    with pytest.raises(ResultError, match=r"is of another device \(its walls adsorb other species\)"):
        ends("third", str(tmp_path / "bare"))


@pytest.mark.serial
def test_a_wall_with_groups_behind_a_layer_adsorbs_in_front_of_it() -> None:
    """Charges of both kinds of sites by hand, from the coverage and from mass action at the potential behind the layer."""
    sites = {"density": "0.5 /nm^2", "binds": {"K": {"k_off": 1e3, "equilibrium_constant": 0.01}}}
    device = slit(sites, {"type": "steady"}, K=10.0, Cl=10.0)
    device["walls"]["channel"] |= {"groups": "silica", "stern": {"capacitance": "2.9 F/m^2"}}
    device["electrolyte"]["pH"] = 7.5
    found = simulated(device)
    row, middle = found.table.iloc[0], found.profiles.iloc[len(found.profiles) // 2]
    adsorbed = 0.5e18 * ELEMENTARY_CHARGE * middle["coverage_channel_K"]
    free = 1 / (1 + np.exp(-middle["surface_potential [V]"] / thermal_voltage(298.15)))  # pH = pK
    of_groups = -8e18 * ELEMENTARY_CHARGE * free
    assert middle["surface_charge [C/m^2]"] == pytest.approx(of_groups + adsorbed, rel=1e-9)
    assert middle["surface_potential [V]"] == pytest.approx(middle["zeta_potential [V]"] + of_groups / 2.9, rel=1e-9)
    for name, unit in (("surface_charge", "C/m^2"), ("surface_potential", "V")):
        along = found.profiles[f"{name} [{unit}]"].mean()
        assert row[f"{name}_mean [{unit}]"] == pytest.approx(along, rel=2e-3), name
    assert abs(adsorbed) > 0.2 * abs(of_groups)


@pytest.mark.serial
def test_a_run_from_a_result_with_a_mesh_for_other_concentrations_is_refused(tmp_path: Path) -> None:
    sites = {"density": 1e-7, "charge": -1, "binds": {"K": {"k_on": 1e5, "k_off": 1e6}}}
    hold = {"type": "hold", "duration": 1e-8}
    salt = {f"terminals.left.concentrations.{name}": 500.0 for name in ("K", "Cl")}
    denser = {"type": "ramp", "duration": 1e-6, "to": salt}

    def go_on(name: str, start: str, step: Mapping[str, Any]) -> None:
        data = slit(sites, {"type": "transient", "start": start, "protocol": [step]}, K=10.0, Cl=10.0)
        data["geometry"]["reservoirs"] = {"length": 20e-9, "half_height": 20e-9}
        run(Case.model_validate(data), DirectorySink.at(tmp_path / name, MPI.COMM_SELF), MPI.COMM_SELF)

    go_on("first", "steady", hold)
    with pytest.raises(ResultError, match="first has another mesh, made for other values"):
        go_on("second", str(tmp_path / "first"), denser)


@pytest.mark.serial
def test_bars_beside_an_electrode_that_adsorbs_cover_in_a_closed_cell() -> None:
    """Ions come and go between liquid and wall alone, after a step of the voltage; against a finer mesh and shorter steps."""
    layer = {"stern": {"thickness": 0.5e-9}}
    binds = {"K": {"k_on": 1e5, "k_off": 1e5}}
    step = {"type": "step", "to": {"walls.left.potential": -0.1}}
    hold = {"type": "hold", "duration": 2e-5}

    def charged(refinement: int, tolerance: float, errors: str) -> list[dict[str, Any]]:
        study = {"type": "transient", "protocol": [step, hold], "record_every": 5e-6, "tolerance": tolerance}
        return rows(
            {
                "geometry": {"type": "cell", "length": 100e-9, "width": 1e-6, "height": 50e-9},
                "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
                "walls": {
                    "left": {"potential": 0.0, "adsorption": [{"density": 2e-6, "binds": binds}], **layer},
                    "right": {"potential": 0.0, **layer},
                },
                "solver": {"flow": "none"},
                "mesh": {"refinement": refinement},
                "outputs": {"errors": errors},
                "study": study,
            }
        )

    found, finer = charged(0, 1e-3, "all"), charged(1, 1e-5, "none")
    for name, bar in (
        ("coverage_left_K", "coverage_left_K_error"),
        ("charge_left_half [C]", "charge_left_half_error [C]"),
    ):
        errors, bars = np.abs(column(found, name) - column(finer, name)), column(found, bar)
        assert (bars >= errors).all(), name
        assert bars[1:].sum() < 20.0 * errors[1:].sum(), name
