"""What `check` says of arrays of pores: mouths within a cell of the lattice, and reservoirs that end in mirrors."""

from __future__ import annotations

import math

import pytest

from solver.case.case import Case
from solver.check.report import check
from solver.check.text import render
from solver.physics.resistances import in_tube


def case(pitch: str, length: str = "60 nm") -> Case:
    return Case.model_validate(
        {
            "geometry": {
                "type": "pore_array",
                "length": "20 nm",
                "radius": "5 nm",
                "pitch": pitch,
                "reservoirs": {"length": length},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "walls": {"channel": {"surface_charge": "-10 mC/m^2"}},
            "terminals": {"left": {"potential": "10 mV"}},
        }
    )


def test_mouths_lie_in_a_cell() -> None:
    """The resistance of a mouth is that of its reservoir in series with a constriction: for a distant neighbour Hall's."""
    result = check(case("20 nm"))
    kappa = result.terminals[0].conductivity
    mouth = result.sections[0]
    cell = 60e-9 / (kappa * 400e-18)
    assert mouth.access is not None
    assert cell < mouth.access < cell + 1.0 / (4.0 * kappa * 5e-9)
    assert math.isnan(mouth.access_error)
    [alone] = [check(case("10 um", "1 nm")).sections[0].access]
    assert alone == pytest.approx(1.0 / (4.0 * kappa * 5e-9), rel=2e-3)


def test_conductance_of_a_pore_among_others() -> None:
    """Selective pores change the salt in front of them: 253.7 pS computed at 2 mV in three dimensions, 27,447 unknowns."""
    [device] = check(case("20 nm")).devices
    assert device.device == pytest.approx(253.7e-12, rel=0.02)
    assert device.uniform == pytest.approx(339.6e-12, rel=1e-3)
    assert "access resistance, in this reservoir" in render(check(case("20 nm")))


def test_uncharged_pores_leave_the_salt_as_it_is() -> None:
    bare = case("20 nm").with_values({"walls.channel.surface_charge": 0})
    [device] = check(bare).devices
    assert device.device == pytest.approx(device.uniform, rel=1e-12)


@pytest.mark.parametrize(("part", "expected"), [(0.1, 0.85936), (0.3, 0.58649), (0.5, 0.33960), (0.7, 0.14028)])
def test_constriction_of_a_tube(part: float, expected: float) -> None:
    """Against the flux through the mouth in powers of 1 - r^2/R^2 and 20,000 modes of the tube, by Galerkin's method."""
    assert in_tube(part) == pytest.approx(expected, rel=5e-3)


def test_reservoirs_that_end_in_mirrors_are_not_too_small() -> None:
    found = "\n".join(check(case("15 nm")).warnings)
    assert "Debye lengths" not in found
    assert "finite reservoirs" not in found
    assert "smaller than 5 Debye lengths" in "\n".join(check(case("15 nm", "10 nm")).warnings)
