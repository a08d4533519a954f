"""Error bars where the error comes through the flow."""

from __future__ import annotations

import pytest

from solver.case.case import Case
from validation.devices import KCL_WATER, simulated

pytestmark = pytest.mark.slow


@pytest.mark.serial
def test_the_bar_covers_what_a_coarse_flow_carries() -> None:
    """Pressure through an uncharged cone: its current is off only because the flow that carries the ions is."""
    case = Case.model_validate(
        {
            "geometry": {
                "type": "cone", "length": "10 um", "radius_tip": "50 nm", "radius_base": "200 nm", "reservoirs": None,
            },
            "electrolyte": KCL_WATER | {"concentration": "1 mM"},
            "terminals": {"base": {"potential": "0.1 V", "pressure": "1 kPa"}},
        }
    )  # fmt: skip
    coarse, fine = (simulated(case.with_values({"mesh.refinement": refinement})).table.iloc[0] for refinement in (0, 1))
    for name in ("current", "flow_rate"):
        unit = {"current": "A", "flow_rate": "m^3/s"}[name]
        error = abs(coarse[f"{name} [{unit}]"] - fine[f"{name} [{unit}]"])
        bar = coarse[f"{name}_error [{unit}]"]
        assert error < bar < 3 * error, name
    assert coarse["current_error [A]"] < 1e-5 * coarse["current [A]"]
