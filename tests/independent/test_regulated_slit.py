"""Slits of silica by the spectral section of the program and by finite elements, against collocation of their own."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case
from solver.case.sections import section_charge
from solver.physics.cross_section import cross_section
from tests.independent.regulated_slit import Plates, charge_and_potential
from validation.devices import row

HALF = 5e-9

# concentration (mol/m^3), pH, published charge (mC/m^2) and potential of the liquid at the wall (mV)
ROWS = [(1.0, 7.0, -9.282788, -93.6408), (10.0, 8.0, -41.718414, -102.3418)]


def slit(plates: Plates, **keys: Any) -> dict[str, Any]:
    """The same slit as a case, so short that few cells are enough: nothing varies along it."""
    sites = [
        {"site": f"acid{k}", "density": density, "charge": -1, "binds": [{"H": 1, "pK": pK}]}
        for k, (pK, density) in enumerate(zip(plates.pK, plates.densities, strict=True))
    ]
    return {
        "geometry": {
            "type": "slit", "length": 2e-9, "height": 2 * plates.half_height, "width": 1e-6, "reservoirs": None,
        },
        "electrolyte": {
            "temperature": plates.temperature, "relative_permittivity": plates.relative_permittivity,
            "species": {"K": {}, "Cl": {}}, "concentration": plates.concentration, "pH": plates.pH,
        },
        "walls": {"channel": {"groups": sites, "stern": {"capacitance": plates.capacitance}}},
        "solver": {"flow": "none", "tolerance": 1e-11},
        "outputs": {"errors": "none"},
        **keys,
    }  # fmt: skip


@pytest.mark.parametrize(("concentration", "pH", "charge", "potential"), ROWS)
def test_collocation_converges_to_the_published_slits(
    concentration: float, pH: float, charge: float, potential: float
) -> None:
    plates = Plates(HALF, concentration, pH)
    coarse, fine = (charge_and_potential(plates, degree) for degree in (40, 80))
    assert coarse == pytest.approx(fine, rel=1e-10)
    assert 1e3 * fine[0] == pytest.approx(charge, abs=6e-7)
    assert 1e3 * fine[1] == pytest.approx(potential, abs=6e-5)


@pytest.mark.parametrize("pH", [4.0, 7.0, 10.0])
@pytest.mark.parametrize("concentration", [0.3, 10.0, 300.0])
@pytest.mark.parametrize("sites", [((7.5,), (8e18,)), ((4.5, 9.0), (1e18, 3e18))], ids=["silica", "two types"])
def test_the_section_of_the_program_has_the_charge_of_collocation(
    concentration: float, pH: float, sites: tuple[tuple[float, ...], tuple[float, ...]]
) -> None:
    plates = Plates(HALF, concentration, pH, *sites)
    charge, potential = charge_and_potential(plates, 120)
    case = Case(**slit(plates))
    assert section_charge(case, "channel", 0.0, HALF) == pytest.approx(charge, rel=1e-8)
    section = cross_section("planar", HALF, charge, case.solution("left"))
    assert section.wall_potential == pytest.approx(potential, rel=1e-8)


def test_finite_elements_have_the_charge_of_collocation_to_the_eighth_digit() -> None:
    plates = Plates(HALF, 10.0, 8.0)
    mesh = {"axial_cells": 1, "wall_size": "0.1 debye_length", "growth": 1.5, "refinement": 4}
    found = row(slit(plates, mesh=mesh))
    charge, potential = charge_and_potential(plates)
    assert found["surface_charge_mean [C/m^2]"] == pytest.approx(charge, rel=1e-8)
    assert found["zeta_potential_mean [V]"] == pytest.approx(potential, rel=1e-8)
