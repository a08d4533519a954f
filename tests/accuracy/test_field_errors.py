"""Errors of whole fields against a mesh with every cell split in two."""

from __future__ import annotations

import pytest

from solver.accuracy.enriched import Enriched
from solver.case.case import Case
from solver.nonlinear.newton import NewtonFailure
from tests.support.small_cone import small_cone
from validation.devices import simulated


@pytest.mark.serial
def test_errors_of_fields_fall_with_the_third_power_of_the_cells() -> None:
    """So does the L2 error of quadratic elements, up to the corners of the mouths; all fields have one."""
    case = Case.model_validate(small_cone(10.0, base={"potential": 0.1}))
    rows = [simulated(case.with_values({"mesh.refinement": k})).table.iloc[0] for k in (0, 1)]
    for name in ("potential", "concentration_K", "concentration_Cl", "velocity"):
        coarse, fine = (float(row[f"{name}_field_error"]) for row in rows)
        assert 1e-6 < coarse < 0.2, name
        assert 4.0 < coarse / fine < 20.0, name


def test_at_rest_no_field_flows() -> None:
    case = Case.model_validate(small_cone(10.0)).with_values({"walls.channel.surface_charge": 0.0})
    row = simulated(case).table.iloc[0]
    assert row["potential_field_error"] == pytest.approx(0.0, abs=1e-6)
    assert row["concentration_K_field_error"] == pytest.approx(0.0, abs=1e-9)


def test_a_state_without_an_estimate_has_the_same_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case.model_validate(small_cone(10.0, base={"potential": 0.1}))
    known = set(simulated(case).table)

    def fails(*_: object) -> None:
        raise NewtonFailure("no convergence")

    monkeypatch.setattr(Enriched, "correct", fails)
    table = simulated(case).table
    assert set(table) == known
    assert table.filter(like="_field_error").isna().all(axis=None)
