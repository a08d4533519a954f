"""Protocols that drive fixed charges, charges of walls and gates: what appears on the spot balances with all currents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY
from tests.support.plug import HALF, LENGTH, START, STOP, plug_case, write_plug
from tests.support.small_cone import small_cone
from validation.devices import row, rows

COMM = MPI.COMM_WORLD
QUIET: dict[str, Any] = {"solver": {"flow": "none"}, "outputs": {"errors": "none", "profile_points": 2}}
WIDTH = 1e-6
PLUG = (STOP - START) * 1e-9 * 2 * HALF * 1e-9 * WIDTH
"""Volume of the membrane, m^3."""
WALL = 2 * LENGTH * 1e-9 * WIDTH
"""Area of both walls, m^2."""
RATE = "bound_charge_rate [A]"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A coarse mesh of the slit with its membrane and gates, on all ranks."""
    path = COMM.bcast(tmp_path_factory.mktemp("driven") / "plug.msh" if COMM.rank == 0 else None)
    return on_root(COMM, lambda: write_plug(path, coarse=5.0))


def driven(mesh: Path, protocol: list[dict[str, Any]], **study: Any) -> list[dict[str, Any]]:
    """Rows of a run in time, all of which balance."""
    found = rows(plug_case(mesh, study={"type": "transient", "protocol": protocol, **study}, **QUIET))
    for each in found:
        assert each["conservation_error"] < 1e-8
        assert each["salt_balance_error"] < 1e-8
        assert each["charge_balance_error"] < 1e-8
    return found


def test_a_step_of_the_fixed_charge_leads_to_the_steady_state_of_the_new_one(mesh: Path) -> None:
    steps = [{"type": "step", "to": {"regions.plug.fixed_charge": -20.0}}, {"type": "hold", "duration": 1e-4}]
    found = driven(mesh, steps, record_every=2.5e-5)
    assert found[0]["regions.plug.fixed_charge [mol/m^3]"] == -50.0
    assert found[-1]["regions.plug.fixed_charge [mol/m^3]"] == -20.0
    case = Case.model_validate(plug_case(mesh, **QUIET)).with_value("regions.plug.fixed_charge", -20.0)
    steady = row(case)
    assert abs(found[0]["current [A]"] / steady["current [A]"] - 1) > 0.05
    for name in ("current [A]", "charge_gate [C]", "current_left_K [A]"):
        assert found[-1][name] == pytest.approx(steady[name], rel=1e-3)


def test_the_charge_that_a_ramp_makes_enters_the_balance_of_currents(mesh: Path) -> None:
    to = {"regions.plug.fixed_charge": -20.0, "walls.wall.surface_charge": -1e-3, "walls.gate.potential": -0.5}
    found = driven(mesh, [{"type": "ramp", "duration": 1e-6, "to": to}], record_every=2.5e-7)
    rate = (30.0 * FARADAY * PLUG + 1e-3 * WALL) / 1e-6
    for each in found[1:]:
        assert each[RATE] == pytest.approx(rate, rel=1e-6)
        ports = [each[f"current_{name} [A]"] for name in ("left", "right", "gate")]
        assert sum(ports) == pytest.approx(-rate, rel=1e-6)
        assert abs(each["current_gate [A]"]) > 0.1 * rate


def test_a_charge_of_a_wall_that_light_drives(mesh: Path) -> None:
    """Of a sine, the rate is the cosine; all fields go on without jumps."""
    wave = {"type": "sine", "frequency": 1e6, "amplitude": {"walls.wall.surface_charge": 1e-3}}
    found = driven(mesh, [wave], record_every=2.5e-7, tolerance=1e-4)
    for each in found[1:]:
        exact = 2 * np.pi * 1e6 * 1e-3 * WALL * np.cos(2 * np.pi * 1e6 * each["time [s]"])
        assert each[RATE] == pytest.approx(exact, abs=2e-3 * 2 * np.pi * 1e3 * WALL)
        assert each["walls.wall.surface_charge [C/m^2]"] == pytest.approx(
            -2e-3 + 1e-3 * np.sin(2 * np.pi * 1e6 * each["time [s]"]), abs=1e-12
        )


RAMP = {"regions.plug.fixed_charge": -20.0, "walls.wall.surface_charge": -1e-3, "walls.gate.potential": -0.5}


@pytest.mark.serial
@pytest.mark.parametrize(
    "step",
    [
        {"type": "ramp", "duration": 1e-6, "to": RAMP},
        {"type": "sine", "frequency": 1e6, "periods": 0.5, "amplitude": {"walls.wall.surface_charge": 1e-3}},
    ],
    ids=["ramp", "sine"],
)
def test_bars_cover_what_steps_do_wrong_in_the_currents_of_species(mesh: Path, step: dict[str, Any]) -> None:
    """Against short steps, whose bars have the same part of the mesh."""
    study = {"type": "transient", "protocol": [step], "record_every": 2.5e-7}
    short = {"tolerance": 1e-5} | ({"largest_step": 6.25e-9} if step["type"] == "sine" else {})
    with_bars = QUIET | {"outputs": {"profile_points": 2}}
    coarse, fine = (rows(plug_case(mesh, study=study | more, **with_bars))[1:] for more in ({}, short))
    parts = []
    for name in ("left", "right", "left_K", "left_Cl", "right_K", "right_Cl"):
        for each, exact in zip(coarse, fine, strict=True):
            of_steps = each[f"current_{name}_error [A]"] - exact[f"current_{name}_error [A]"]
            error = abs(each[f"current_{name} [A]"] - exact[f"current_{name} [A]"])
            assert error < of_steps
            parts.append(error / of_steps)
    assert np.median(parts) > 0.05, "the bars are of the size of the errors"


@pytest.mark.serial
def test_what_cannot_be_driven_is_one_line(mesh: Path) -> None:
    def refused(data: dict[str, Any], key: str, text: str) -> None:
        study = {"type": "transient", "protocol": [{"type": "ramp", "duration": 1e-6, "to": {key: 0.5}}]}
        with pytest.raises(CaseError, match=text) as error:
            Case.model_validate(data | {"study": study})
        assert "\n" not in str(error.value)

    plug = plug_case(mesh)
    refused(plug, "regions.plug.permeability", "cannot be driven")
    refused(plug, "regions.glass.relative_permittivity", "cannot be driven")
    refused(plug, "walls.gate.surface_charge", "cannot be driven")
    refused(plug, "regions.glass.fixed_charge", "cannot be driven")
    refused(plug | {"walls": {"gate": {"charge": 0.0}}}, "walls.gate.charge", "drive that, walls.gate.potential")
    cone = small_cone(30.0)
    open_ended = cone | {"geometry": cone["geometry"] | {"reservoirs": None}}
    refused(open_ended, "walls.channel.surface_charge", "holds the equilibrium at one value of it")
