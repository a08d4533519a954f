"""What laws refuse is refused when a case is made, with the key of the law."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case, CaseError
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.walls.surface_charge import GivenCharge
from solver.physics.solution import Solution

CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": "60 nm",
        "radius_tip": "3 nm",
        "radius_base": "8 nm",
        "reservoirs": {"length": "40 nm", "radius": "40 nm"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
    "terminals": {"tip": {"concentration": "1 M"}},
    "walls": {"channel": {"surface_charge": "-20 mC/m^2"}},
}


def dense(_law: Any, solution: Solution) -> str | None:
    return f"{max(solution.concentrations):g} mol/m^3 is too much" if max(solution.concentrations) > 100.0 else None


@pytest.mark.parametrize(
    ("law", "key"), [(Ideal, "electrolyte.model"), (GivenCharge, "walls.channel.surface_charge")]
)  # fmt: skip
def test_a_law_may_refuse_the_solution_of_a_terminal(law: type, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Case(**CONE)
    monkeypatch.setattr(law, "objection", dense)
    with pytest.raises(CaseError, match="1000 mol/m\\^3 is too much") as caught:
        Case(**CONE)
    assert ".".join(map(str, caught.value.key)) == key
    Case(**CONE | {"terminals": {}})
