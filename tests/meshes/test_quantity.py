"""Reading quantities: units, signs, messages."""

import math
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from meshes.quantity import (
    COMMON_UNITS,
    Concentration,
    Description,
    Length,
    PlainNumber,
    PositiveLength,
    SurfaceChargeDensity,
    Unit,
    Whole,
    did_you_mean,
    parse,
    unit_of,
)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5 nm", "m", 5e-9),
        ("30nm", "m", 3e-8),
        ("0.5 um", "m", 5e-7),
        ("0.1 mM", "mol/m^3", 0.1),
        ("1 M", "mol/m^3", 1000.0),
        ("-20 mC/m^2", "C/m^2", -0.02),
        ("-0.0015 e/nm^2", "C/m^2", -0.0015 * 1.602176634e-19 * 1e18),
        ("1 V", "V", 1.0),
        ("2.5e1 mV", "V", 0.025),
        ("0.89 mPa s", "Pa s", 0.89e-3),
        ("1.01 cP", "Pa s", 1.01e-3),
        ("25 degC", "K", 298.15),
        ("20 °C", "K", 293.15),
        ("1.96e-5 cm^2/s", "m^2/s", 1.96e-9),
        ("1 atm", "Pa", 101325.0),
        ("2 1/s", "Hz", 2.0),
        ("2 s^-1", "Hz", 2.0),
        ("3 mol m**(-3)", "mol/m^3", 3.0),
        ("3 mol/(m·m·m)", "mol/m^3", 3.0),
        ("5 cm²/s", "m^2/s", 5e-4),
        ("3", "", 3.0),
        ("5e-9", "m", 5e-9),
        (7, "V", 7.0),
        (5e-9, "m", 5e-9),
    ],
)
def test_values(text: object, unit: str, value: float) -> None:
    assert parse(text, unit) == pytest.approx(value, rel=1e-14)


def test_decimal_numbers_keep_their_last_digit() -> None:
    assert parse("30 nm", "m") == 30e-9
    assert parse("0.1 mM", "mol/m^3") == 0.1


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2.0e-9 m^2", "m^2/s"),
        ("3 T", "kT"),
        ("3 kilotesla", "kT"),
        ("5 nm", "V"),
        ("five nm", "m"),
        ("5 nmm", "m"),
        ("nm", "m"),
        ("", "m"),
        ("5 nm 3", "m"),
        ("5 __import__('os')", "m"),
        ("1 mM", ""),
        ("1 m**1000000000", "m"),
        ("9**9**9 m", "m"),
        ("1 m^9^9^9", "m"),
        ("1 m²³²³", "m"),
        ("1 (m**9)**9", "m"),
        ("1 m*1e300", "m"),
        ("1_000 nm", "m"),
        ("٣ nm", "m"),
        (True, "m"),
        (None, "m"),
        ([5], "m"),
    ],
)
def test_what_is_not_a_quantity(text: object, unit: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (quantity in|number without unit)"):
        parse(text, unit)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1e999 m"])
def test_not_finite(value: object) -> None:
    with pytest.raises(ValueError, match="is not finite"):
        parse(value, "m")


@pytest.mark.parametrize("value", [1e31, 10**400, "-1e300", "1e31 m"])
def test_sizes_that_do_not_occur(value: object) -> None:
    with pytest.raises(ValueError, match=r"is too large: no quantity is, in m|is not finite"):
        parse(value, "m")


def test_positive_quantities_are_not_infinitesimal() -> None:
    with pytest.raises(ValidationError, match=r"'1e-50 m' is too small: no quantity is; write e\.g\. '5 nm'"):
        TypeAdapter(PositiveLength).validate_python("1e-50 m")
    assert TypeAdapter(Length).validate_python(1e-50) == 1e-50


def test_a_bad_quantity_takes_no_time() -> None:
    begin = time.process_time()
    for text in ("1 m**1000000000", "9**9**9 m", "1" + " " * 10**6 + "x", "1" * 10**6 + "!", "1 (" + "(" * 10**5):
        with pytest.raises(ValueError, match="is not a quantity"):
            parse(text, "m")
    assert time.process_time() - begin < 2.0  # the registry of units included


class Counted(Description):
    count: Whole = 1
    ratio: PlainNumber = 1.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", True),
        ("count", "5"),
        ("count", 1.5),
        ("count", math.inf),
        ("ratio", False),
        ("ratio", "1.5"),
        ("ratio", None),
    ],
)
def test_booleans_and_texts_are_no_numbers(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=r"is not a (whole )?number"):
        Counted.model_validate({key: value})


def test_whole_numbers_may_be_written_as_floats() -> None:
    assert Counted.model_validate({"count": 5.0, "ratio": 2}) == Counted(count=5, ratio=2.0)


@pytest.mark.parametrize("unit", [unit for unit in COMMON_UNITS if unit != "kT"])  # kilotesla to pint
def test_short_cut_agrees_with_pint(unit: str) -> None:
    import pint

    registry = pint.UnitRegistry()
    for symbol, factor in COMMON_UNITS[unit].items():
        assert registry.Quantity(1.0, f"1 {symbol}" if symbol[0] == "/" else symbol).to(
            unit
        ).magnitude == pytest.approx(factor, rel=1e-14), symbol


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_any_number_of_nanometres(number: float) -> None:
    assert parse(f"{number!r} nm", "m") == pytest.approx(number * 1e-9, rel=1e-15)
    assert parse(number, "m") == number


def test_common_units_do_not_load_pint() -> None:
    code = "import sys; from meshes.quantity import parse; parse('5 nm', 'm'); sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_types_say_what_to_write() -> None:
    with pytest.raises(ValidationError, match=r"'5 nV' is not a quantity in m; write e\.g\. '5 nm'"):
        TypeAdapter(Length).validate_python("5 nV")
    with pytest.raises(ValidationError, match=r"'-5 nm' must be positive; write e\.g\. '5 nm'"):
        TypeAdapter(PositiveLength).validate_python("-5 nm")
    with pytest.raises(ValidationError, match="'0' must be positive"):
        TypeAdapter(PositiveLength).validate_python(0)
    with pytest.raises(ValidationError, match="must be non-negative"):
        TypeAdapter(Concentration).validate_python("-1 mM")
    assert TypeAdapter(SurfaceChargeDensity).validate_python("-20 mC/m^2") == -0.02


def test_unit_of_a_type() -> None:
    length = unit_of(Length)
    assert length is not None
    assert length.symbol == "m"
    assert unit_of(Length | None) == length
    assert unit_of(int) == Unit("", "2")
    for other in (str, bool, dict[str, float], tuple[float, ...], None):
        assert unit_of(other) is None


def test_did_you_mean() -> None:
    assert did_you_mean("viscositty", ["viscosity", "species"]) == "did you mean 'viscosity'?"
    assert did_you_mean("k", ["K", "Cl"]) == "did you mean 'K'?"
    assert did_you_mean("xyz", ["a", "b"], "known are") == "known are a, b"


class Pipe(Description):
    radius: PositiveLength
    comment: str = ""


def test_description_is_strict_and_frozen() -> None:
    pipe = Pipe.model_validate({"radius": "5 nm"})
    assert pipe.radius == 5e-9
    with pytest.raises(ValidationError, match="frozen"):
        pipe.radius = 1.0
    with pytest.raises(ValidationError, match="unknown key; did you mean 'radius'"):
        Pipe.model_validate({"radios": 1})
    with pytest.raises(ValidationError, match=r"is missing; write e\.g\. 'radius: 5 nm'"):
        Pipe.model_validate({})
    with pytest.raises(ValidationError, match="is not a mapping; the keys here are radius, comment"):
        Pipe.model_validate(5)
