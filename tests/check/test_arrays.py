"""What `check` says of arrays of pores: mouths within a cell of the lattice, and reservoirs that end in mirrors."""

from __future__ import annotations

import math

import pytest

from solver.case.case import Case
from solver.check.report import check


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


def test_reservoirs_that_end_in_mirrors_are_not_too_small() -> None:
    found = "\n".join(check(case("15 nm")).warnings)
    assert "Debye lengths" not in found
    assert "finite reservoirs" not in found
    assert "smaller than 5 Debye lengths" in "\n".join(check(case("15 nm", "10 nm")).warnings)
