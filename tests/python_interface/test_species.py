"""Species with any name, and neutral ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nanochannel as nc

pytestmark = pytest.mark.serial


def test_neutral_species_have_rates_and_odd_names_are_readable(tmp_path: Path) -> None:
    """An uncharged pore with sugar on one side: its rate is D dc / (L / (pi R^2) + 1 / (2 R)), with small reservoirs a few
    percent more."""
    ions = {"Ca2+ (aq)/x": 1, 'Cl & <b> "q"': -1}
    diffusivity, bulk = 0.67e-9, dict.fromkeys(ions, 1.0)
    species: dict[str, Any] = {name: {"valence": z, "diffusivity": 1e-9} for name, z in ions.items()}
    size = {"length": 60e-9, "radius": 60e-9}
    case = nc.Case(
        geometry={"type": "cylinder", "length": 20e-9, "radius": 5e-9, "reservoirs": size},
        electrolyte={"species": species | {"sugar": {"valence": 0, "diffusivity": diffusivity}}},
        terminals={
            "left": {"concentrations": bulk | {"sugar": 2.0}},
            "right": {"concentrations": bulk | {"sugar": 1.0}},
        },
        outputs={"errors": "none", "fields": "all"},
        mesh={"growth": 3.0, "axial_cells": 4},
        solver={"flow": "none"},
    )
    result = nc.simulate(case, tmp_path / "r", progress=False)
    expected = diffusivity / (20e-9 / (np.pi * 5e-9**2) + 1 / (2 * 5e-9))
    rate = result["molar_rate_left_sugar [mol/s]"].iloc[0]
    assert rate == pytest.approx(expected, rel=0.05, abs=0)
    assert result["molar_rate_right_sugar [mol/s]"].iloc[0] == pytest.approx(-rate, rel=1e-9, abs=0)
    assert "rate of sugar at left" in repr(result)
    assert not [name for name in result.table if name.startswith("molar_rate") and "sugar" not in name]
    names = [name.removeprefix("concentration_") for name in result.fields[0].point_data if "concentration" in name]
    assert sorted(names) == ["Ca2+_aq_x", "Cl_b_q", "sugar"]
    assert len(result.render('Cl & <b> "q"')) == 1
    assert np.allclose(result.fields[0].point_data["concentration_Cl_b_q"], 1.0)
