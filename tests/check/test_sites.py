"""What `check` says of walls with sites: their charge in the solution of each terminal, and warnings."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case
from solver.check.report import check, report

CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": "200 nm",
        "radius_tip": "20 nm",
        "radius_base": "40 nm",
        "reservoirs": {"length": "200 nm", "radius": "200 nm"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM", "pH": 7},
    "walls": {"channel": {"groups": "silica", "stern": {"capacitance": "2.9 F/m^2"}}},
}


def of(**keys: Any) -> Case:
    """The cone with other keys."""
    return Case(**{**CONE, **keys})


def test_charge_and_potentials_in_the_solution_of_each_terminal() -> None:
    found = check(of(terminals={"tip": {"concentration": "1 M"}}))
    base, tip = found.regulated
    assert [base.label, tip.label] == ["channel, base", "channel, tip"]
    assert base.charge == pytest.approx(-20.807122e-3, rel=1e-6)
    assert base.zeta == pytest.approx(-68.696e-3, abs=1e-6)
    assert base.surface_potential == pytest.approx(-75.871e-3, abs=1e-6)
    assert tip.charge == pytest.approx(-61.636617e-3, rel=1e-6)
    text = report(of())
    assert "flat wall with sites, solution of" in text
    assert "-20.8 mC/m^2" in text
    assert "pH" in text


def test_mouths_have_the_charge_of_their_size() -> None:
    """Layers that overlap have less than a single wall."""
    wide, narrow = (
        check(of(geometry={**CONE["geometry"], "radius_tip": tip})).sections[-1].charge for tip in ("30 nm", "2 nm")
    )
    assert -20.807122e-3 < wide < 1.05 * narrow < 0.0


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (
            {"walls": {"channel": {"surface_charge": -0.01}}},
            "electrolyte.pH does nothing: no wall has sites that bind H",
        ),
        ({"terminals": {"tip": {"concentration": "1 M"}}}, "a buffer keeps the pH, and the reservoirs differ"),
        (
            {"walls": {"channel": {"groups": [{"site": "silanol", "density": 8}]}}},
            "walls.channel.groups.0.density is 8 1/m^2, and usual are .* if '8 /nm^2' is meant",
        ),
    ],
)
def test_warnings(keys: dict[str, Any], text: str) -> None:
    import re

    assert any(re.search(text.replace("^", r"\^"), warning) for warning in check(of(**keys)).warnings)
    assert not any("pH" in warning for warning in check(of()).warnings)
