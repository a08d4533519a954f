"""Regions in `check`: membranes in equilibrium with each solution, cells at their faces, gates on solids, odd numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from python_interface.checking import check
from solver.case.case import Case
from solver.physics.constants import VACUUM_PERMITTIVITY, thermal_voltage
from tests.support.filled_slit import values, write


@pytest.fixture(scope="module")
def slit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("slit") / "slit.msh", solid=True)


def case(slit: Path, **plug: Any) -> Case:
    """The device with other numbers of its membrane."""
    data = values(slit, solid=True)
    data["regions"]["plug"] |= plug
    return Case.model_validate(data)


def test_membranes_have_donnan_potentials_and_counter_ions_of_the_closed_form(slit: Path) -> None:
    found = check(case(slit, partition={}))
    volt = thermal_voltage(298.15)
    for row, salt in zip(found.membranes, (10.0, 50.0), strict=True):
        y = np.arcsinh(-100.0 / (2 * salt))
        assert row.donnan == pytest.approx(y * volt, rel=1e-9)
        assert row.concentrations["K"] == pytest.approx(salt * np.exp(-y), rel=1e-9)
        assert row.concentrations["Cl"] == pytest.approx(salt * np.exp(y), rel=1e-9)
        strength = sum(row.concentrations.values())
        assert row.debye == pytest.approx(np.sqrt(40 * VACUUM_PERMITTIVITY * volt / (96485.33212 * strength)), rel=1e-9)
        assert row.cell == pytest.approx(0.812e-9, rel=1e-3)
        assert row.cell_outside == pytest.approx(0.801e-9, rel=1e-3)
    assert not found.warnings or "resol" not in " ".join(found.warnings)


def test_a_gate_has_the_capacitance_of_its_solid(slit: Path) -> None:
    (gate,) = check(case(slit)).gates
    assert (gate.gate, gate.solid) == ("gate", "glass")
    assert gate.thickness == pytest.approx(20e-9, rel=1e-9)
    assert gate.capacitance == pytest.approx(3.9 * VACUUM_PERMITTIVITY / 20e-9, rel=1e-9)
    text = str(check(case(slit)))
    assert "Donnan potential" in text
    assert "capacitance of a flat layer" in text


def test_it_is_told_what_is_wider_than_the_place_that_it_has() -> None:
    """Ions of a size and tracers at a waist, and a region that says it is wider than that."""
    device = {
        "geometry": {
            "type": "hourglass", "length": 10e-9, "radius_waist": 0.5e-9, "radius_ends": 3e-9, "exponent": 2,
            "reservoirs": {"length": 50e-9, "radius": 50e-9},
        },
        "electrolyte": {
            "concentration": 10.0, "species": {"K": {}, "Cl": {}},
            "model": {"type": "lattice_gas", "sizes": {"K": 1.1e-9, "Cl": 5e-10}},
            "trace": {"x": {"valence": 0, "radius": 0.6e-9, "concentration": 1e-6}},
        },
        "regions": {"waist": {"type": "confinement", "hindrance": {"type": "renkin", "half_width": 2.5e-9}}},
    }  # fmt: skip
    found = [text for text in check(Case(**device)).warnings if "narrow" in text]
    assert [text.split(" is ")[0] for text in found] == ["'K'", "'x'", "regions.waist.hindrance.half_width"]


def test_it_is_told_why_a_device_has_no_conductance_beforehand() -> None:
    slit = {
        "type": "slit",
        "length": 1e-7,
        "height": 1e-8,
        "width": 1e-6,
        "reservoirs": {"length": 1e-7, "half_height": 1e-7},
    }
    device = {"geometry": slit, "electrolyte": {"concentration": 1.0, "species": {"K": {}, "Cl": {}}}}
    gel = {"gel": {"type": "membrane", "fixed_charge": -10.0, "to": 5e-8}}
    glass = {"glass": {"type": "dielectric", "relative_permittivity": 3.9, "thickness": 1e-8}}
    for change, words in (
        ({}, "device conductance, with both mouths"),
        ({"regions": glass}, "device conductance, with both mouths"),
        ({"regions": gel}, "no conductance beforehand: a membrane depletes salt"),
        ({"regions": glass, "walls": {"gate": {"potential": 1.0}}}, "no conductance beforehand: what a gate brings"),
    ):
        text = str(check(Case.model_validate(device | change)))
        assert words in text
        assert ("no conductance" in text) is words.startswith("no conductance")


def test_cells_of_three_debye_lengths_at_faces_are_fine_as_in_a_run(slit: Path) -> None:
    found = check(case(slit, fixed_charge=-1250.0))
    assert 2.5 < found.membranes[0].cell / found.membranes[0].debye < 4.0
    assert not any("Donnan layers stay unresolved" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("plug", "warning"),
    [
        (
            {"fixed_charge": -5000.0},
            "cells in 'plug' at its faces are up to 0.812 nm thick, but the Debye length there",
        ),
        ({"fixed_charge": -0.01}, "is below 1 % of the salt at 'left': it hardly selects ions"),
        ({"relative_permittivity": 0.5}, r"regions\.plug\.relative_permittivity is 0\.5, and usual are 1 to 200"),
        ({"fixed_charge": -1e5}, r"regions\.plug\.fixed_charge is -100 M, and usual are"),
        ({"permeability": 1.0}, r"regions\.plug\.permeability is 1 m\^2.* if '1 nm\^2' is meant, write so"),
        ({"diffusivity_factor": 3.0}, r"regions\.plug\.diffusivity_factor is 3, and usual are"),
    ],
)
def test_odd_numbers_and_coarse_faces_are_warned_of(slit: Path, plug: dict[str, Any], warning: str) -> None:
    found = check(case(slit, **plug))
    assert any(re.search(warning, text) for text in found.warnings), found.warnings
