"""What `check` says of electrodes that react."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case
from solver.check.report import check

STERN = {"stern": {"capacitance": "0.2 F/m^2"}}
BUTLER_VOLMER = {"type": "butler_volmer", "equation": "Ag + Cl- = AgCl + e-", "exchange_current": "1 A/m^2"}
GIVEN = {"type": "given_current", "equation": "Ag + Cl- = AgCl + e-", "current_density_into_liquid": "1 A/m^2"}


@pytest.mark.parametrize(
    ("kinetics", "layer", "warned"),
    [(BUTLER_VOLMER, {}, True), (BUTLER_VOLMER, STERN, False), (GIVEN, {}, False)],
)
def test_a_reaction_that_no_difference_of_potentials_drives_is_warned_of(
    kinetics: dict[str, Any], layer: dict[str, Any], warned: bool
) -> None:
    electrode = {"potential": "0 V", "reactions": [kinetics], **layer}
    case = Case(
        geometry={"type": "cell", "length": "10 um", "width": "1 um"},
        electrolyte={"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
        walls={"left": electrode, "right": electrode},
        solver={"flow": "none"},
    )
    assert any("no Stern layer" in text for text in check(case).warnings) == warned
