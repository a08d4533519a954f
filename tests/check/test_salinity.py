"""`check` between unlike reservoirs: closed forms, and bounds."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case
from solver.check.report import check, report
from tests.support.small_cone import small_cone
from validation.devices import KCL_WATER


def membrane(fixed: float, **study: Any) -> Case:
    """A membrane between 1 and 100 mM KCl."""
    return Case.model_validate(
        {
            "geometry": {"type": "slit", "length": 1e-4, "height": 1e-4, "width": 1e-3, "reservoirs": None},
            "electrolyte": KCL_WATER,
            "regions": {"membrane": {"type": "membrane", "fixed_charge": fixed}},
            "terminals": {"left": {"concentration": 1.0}, "right": {"concentration": 100.0}},
            "solver": {"charge": "electroneutral", "flow": "none"},
            "study": {"type": "reversal", **study},
        }
    )


def test_closed_forms_of_a_membrane() -> None:
    found = check(membrane(-100.0)).salinity
    assert found is not None
    assert (found.driven, found.other) == ("left", "right")
    assert found.membrane == pytest.approx(105.563972e-3, rel=1e-7)
    assert found.junction == pytest.approx(-2.224593e-3, rel=1e-6)
    assert found.cations_only == pytest.approx(118.318699e-3, rel=1e-7)
    assert found.channel is None
    turned = check(membrane(-100.0, driven_terminal="right")).salinity
    assert turned is not None
    assert turned.membrane == pytest.approx(-105.563972e-3, rel=1e-7)
    assert "membrane alone (Teorell, Meyer, Sievers)" in report(membrane(-100.0))


def test_bounds_of_a_cone_hold() -> None:
    """The small cone between 1 and 100 mM: -62.9 mV, 32.8 pA and 0.478 pW (tests/studies/test_reversal.py)."""
    case = Case.model_validate(small_cone(1.0, base={"concentration": 100.0}) | {"study": {"type": "reversal"}})
    found = check(case).salinity
    assert found is not None
    assert found.largest_current is not None
    assert found.largest_power is not None
    assert 32.8e-12 < found.largest_current < 10 * 32.8e-12
    assert 0.478e-12 < found.largest_power < 20 * 0.478e-12
    assert found.channel is not None
    assert found.cations_only < found.channel < -62.9e-3, "the tip alone is more selective than the whole"


def test_like_reservoirs_have_none() -> None:
    assert check(Case.model_validate(small_cone(1.0))).salinity is None
