"""Column headers: composed, taken apart, and described."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.case.case import Case
from solver.results.columns import IN_TIME, Column, Quantity, described
from solver.results.headers import error_header, extended, header, parameter_header, split_header

WORDS = st.text("abcxyz_.0123456789", min_size=1, max_size=12)
UNITS = st.sampled_from(["", "A", "m^3/s", "mol/m^3", "V"])
NAMES = {"terminal": ["base", "tip"], "species": ["K", "Cl"], "electrode": []}


@given(WORDS, UNITS)
def test_a_header_is_taken_apart_into_what_it_was_made_of(name: str, unit: str) -> None:
    assert split_header(header(name, unit)) == (name, unit)


def test_a_pure_number_has_no_unit() -> None:
    assert split_header("mesh.refinement") == ("mesh.refinement", "")


def test_headers_of_parts_keep_the_unit() -> None:
    assert header("current", "A") == "current [A]"
    assert header("selectivity") == "selectivity"
    assert extended("current [A]", "base", "K") == "current_base_K [A]"
    assert error_header("flow_rate_base [m^3/s]") == "flow_rate_base_error [m^3/s]"
    assert error_header("current [A]", "time") == "current_time_error [A]"
    assert error_header("salt_mean_ratio") == "salt_mean_ratio_error"


def test_header_of_a_key_has_its_unit() -> None:
    case = Case.model_validate(
        {
            "geometry": {"type": "cylinder", "length": 1e-6, "radius": 1e-8, "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
        }
    )
    assert parameter_header(case, "terminals.left.potential") == "terminals.left.potential [V]"
    assert parameter_header(case, "electrolyte.relative_permittivity") == "electrolyte.relative_permittivity"


def test_a_quantity_has_a_column_for_every_name_of_the_case() -> None:
    current = Quantity(
        "current_{terminal}_{species} [A]",
        "{species} at {terminal}",
        "Of {species}.",
        error="its parts",
        studies=(IN_TIME,),
    )
    assert (current.name, current.unit) == ("current_{terminal}_{species}", "A")
    assert current.of(terminal="tip", species="K") == "current_tip_K [A]"
    found = described([current], NAMES)
    assert list(found) == [
        *(f"current_{terminal}_{species} [A]" for terminal in ("base", "tip") for species in ("K", "Cl")),
        *(f"current_{terminal}_{species}_error [A]" for terminal in ("base", "tip") for species in ("K", "Cl")),
    ]
    assert found["current_tip_K [A]"] == Column("K at tip", "Of K.")
    assert found["current_base_Cl_error [A]"] == Column("error of Cl at base", "Error bar: its parts.")
    assert current.error_column is not None
    assert current.error_column.studies == (IN_TIME,)


def test_a_case_without_electrodes_has_no_column_of_one() -> None:
    assert described([Quantity("charge_{electrode} [C]", "charge", "Charge.")], NAMES) == {}


def test_a_quantity_of_the_device_has_one_column() -> None:
    assert described([Quantity("bias [V]", "bias", "Bias.")], {}) == {"bias [V]": Column("bias", "Bias.")}


def test_a_placeholder_that_the_case_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        Quantity("x_{region}", "x of {region}", "X.").of(terminal="base")
