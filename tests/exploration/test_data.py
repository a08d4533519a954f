"""Measured curves for fits: what their columns mean, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exploration.fit.data import Array, Measured, check_measured, read_measured
from exploration.fit.fitted import NoFittedCase, best_case
from exploration.fit.parameters import free_parameters, read_bounds
from exploration.fit.runs import at_places
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.results.rows import ResultError
from solver.studies.columns import columns_of
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

CASE = Case.model_validate(small_cone(10.0, base={"potential": 1.0}, tip={"potential": 0.1}))


def read(folder: Path, text: str) -> Measured:
    """The curves of a text."""
    (folder / "data.csv").write_text(text)
    return read_measured(folder / "data.csv", CASE, columns_of(CASE)["observables.csv"])


def test_columns_have_units_and_mean_keys(tmp_path: Path) -> None:
    """A bias is the potential of the driven terminal against the other one."""
    found = read(tmp_path, "c [mM],V [mV],I [nA],standard deviation [pA]\n1,100,2,10\n1,-100,,10\n10,100,4,20\n")
    assert found.along == ("electrolyte.concentration [mol/m^3]", "bias [V]")
    assert found.keys == ("electrolyte.concentration", "terminals.base.potential")
    assert found.settings == pytest.approx(np.array([[1.0, 0.2], [10.0, 0.2]]))
    assert found.values == pytest.approx([2e-9, 4e-9])
    assert found.deviations == pytest.approx([10e-12, 20e-12])
    assert "1 of 3 rows" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I [nA]\n1\n", "no column is what the curve runs along; write e.g. 'bias [mV]'"),
        ("bias [V]\n1\n", "no column is a measured quantity; write e.g. 'current [nA]'"),
        ("bias [V],I\n1,1\n", "column 'I': it has no unit"),
        ("bias [V],I [mV]\n1,1\n", "column 'I [mV]': 'mV' is not a unit of 'A'"),
        ("bias [V],I [nA]\n1,one\n", "column 'I [nA]': 'one' is no number"),
        ("bias [V],I [nA],sd [nA]\n1,1,0\n", "a standard deviation of 'current [A]' is missing, zero or negative"),
        ("time [s],bias [V],I [nA]\n1,1,1\n", "there is no room for"),
        ("c [mM],geometry.length [nm],bias [V],I [nA]\n1,1,1,1\n", "at most two of these can change"),
        ("bias [V],I [nA],conductance [nS]\n1,1,1\n", "need standard deviations"),
    ],
)
def test_what_cannot_be_fitted_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ResultError) as caught:
        read(tmp_path, text)
    assert expected in str(caught.value)
    assert "data.csv" in str(caught.value)


def test_deviations_of_what_is_not_measured_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, "bias [V],I [nA],conductance standard deviation [nS]\n1,2,3\n-1,2,3\n")
    assert found.deviations is None
    assert "'conductance_error [S]' is of no measured quantity, and not used" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "study", "keys", "expected"),
    [
        ("bias [V],I [nA]\n1,1\n", {"type": "impedance", "frequencies": [1.0]}, [], "have no frequency, and the study"),
        ("bias [V],I [nA]\n1,1\n", {"type": "steady"}, ["terminals.base.potential"], "cannot be a parameter"),
        (
            "bias [V],G [nS]\n1,1\n0,1\n",
            {"type": "steady"},
            [],
            "'conductance [S]' at bias [V] 0 is one without a bias",
        ),
    ],
)
def test_what_the_case_cannot_have_is_refused(
    tmp_path: Path, text: str, study: dict[str, Any], keys: list[str], expected: str
) -> None:
    case = CASE.with_values({"study": study})
    with pytest.raises(ResultError) as caught:
        check_measured(read(tmp_path, text), case, keys)
    assert expected in str(caught.value)
    check_measured(read(tmp_path, "bias [V],G [nS]\n1,1\n"), CASE, ["walls.channel.surface_charge"])


def test_runs_are_asked_only_where_they_have_numbers(tmp_path: Path) -> None:
    rows = [{"time [s]": t, "conductance [S]": g} for t, g in ((1.0, 1.0), (2.0, 2.0), (3.0, np.nan), (4.0, 4.0))]

    def at(*times: float) -> Array:
        return at_places(rows, read(tmp_path, "time [s],G [S]\n" + "".join(f"{t},1\n" for t in times)))

    assert at(1.0, 1.5, 4.0) == pytest.approx([1.0, 1.5, 4.0])
    for times, expected in (
        ((2.5,), "no 'conductance [S]' at time [s] 2.5"),
        ((0.5,), "begin at 0.5 s"),
        ((5.0,), "go on"),
    ):
        with pytest.raises(ResultError) as caught:
            at(*times)
        assert expected in str(caught.value)


def test_pairs_that_the_data_do_not_have_are_not_computed(tmp_path: Path) -> None:
    paired = "".join(f"{n},{n / 10},1\n" for n in range(1, 5))
    with pytest.raises(NoFittedCase, match="16 points for the 4 places"):
        best_case(CASE, read(tmp_path, f"c [mM],V [V],I [nA]\n{paired}"))
    assert best_case(CASE, read(tmp_path, "c [mM],V [V],I [nA]\n1,1,1\n2,2,1\n")).study.kind() == "sweep"


def test_parameters_are_moved_as_what_they_are() -> None:
    slipping = CASE.with_values({"walls.channel.slip_length": 5e-9})
    keys = [
        "walls.channel.surface_charge",
        "geometry.radius_tip",
        "walls.channel.slip_length",
        "terminals.tip.pressure",
    ]
    charge, radius, slip, pressure = free_parameters(slipping, keys, read_bounds(["geometry.radius_tip=2 nm,5 nm"]))
    assert [free.moved_as.split()[0] for free in (charge, radius, slip, pressure)] == [
        "logarithm",
        "logarithm",
        "value",
        "value",
    ]
    assert (radius.low, radius.high) == pytest.approx((2e-9, 5e-9))
    for free, value in ((charge, -30e-3), (radius, 4e-9), (slip, 20e-9), (pressure, 1e5)):
        assert free.value(free.inner(value)) == pytest.approx(value)
        step = 1e-6
        slope = (free.value(free.inner(value) + step) - free.value(free.inner(value) - step)) / (2 * step)
        assert free.slope(value) == pytest.approx(slope, rel=1e-5)
        low, high = free.inner_bounds
        assert low <= free.inner(value) <= high


@pytest.mark.parametrize(
    ("keys", "bounds", "expected"),
    [
        (["geometry.radius_tipp"], [], "did you mean 'radius_tip'"),
        (["geometry.radius_tip"], ["geometry.radius_tip=5 nm,6 nm"], "is not within its bounds 5 nm to 6 nm"),
        (["geometry.radius_tip"], ["geometry.radius_tip=5 nm"], "gives no bounds; write e.g."),
        (["geometry.radius_tip"], ["geometry.radius_tip=5 mV,6 mV"], "is not a quantity in m"),
        (["geometry.radius_tip"], ["geometry.length=5 nm,6 nm"], "which is none of the parameters"),
    ],
)
def test_wrong_parameters_are_refused(keys: list[str], bounds: list[str], expected: str) -> None:
    with pytest.raises(CaseError) as caught:
        free_parameters(CASE, keys, read_bounds(bounds))
    assert expected in str(caught.value)
