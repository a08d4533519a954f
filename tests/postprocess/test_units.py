"""Engineering units of tables and pictures, and values with their errors."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postprocess.tables.uncertainty import percent, quantity_with_error, with_error
from postprocess.tables.units import engineering, quantity, readable

VALUES = st.floats(-1e30, 1e30).filter(lambda value: value == 0.0 or abs(value) > 1e-30)
PARTS = st.floats(1e-7, 1e4)


def read_back(text: str) -> tuple[Decimal, Decimal, int]:
    """Value, error and digits of the error of a text such as "1.23(4)e-12"."""
    found = re.fullmatch(r"(-?\d+(?:\.(\d+))?)\((\d+)\)(?:e(-?\d+))?", text)
    assert found, text
    number, decimals, error, exponent = found.groups()
    power = int(exponent or 0)
    return Decimal(number).scaleb(power), Decimal(error).scaleb(power - len(decimals or "")), len(error.rstrip("0"))


@pytest.mark.parametrize(
    ("largest", "unit", "shown"),
    [
        (8.3e-12, "A", "pA"),
        (0.9999e-9, "A", "nA"),
        (0.99e-9, "A", "pA"),
        (10.0, "mol/m^3", "mM"),
        (0.01, "mol/m^3", "µM"),
        (1000.0, "mol/m^3", "M"),
        (8.7e-18, "m^3/s", "fL/s"),
        (1e-6, "m", "µm"),
        (2.5e-5, "s", "µs"),
        (7200.0, "s", "s"),
        (3e4, "Hz", "kHz"),
        (1.7e12, "ohm", "TΩ"),
        (-3e-12, "W", "pW"),
        (1.5e-12, "N", "pN"),
        (0.0, "V", "V"),
        (math.nan, "V", "V"),
        (5.0, "m^2/s", "m^2/s"),
        (2.0, "", ""),
    ],
)
def test_prefix(largest: float, unit: str, shown: str) -> None:
    assert engineering([0.0, -largest, largest / 7, math.nan], unit).unit == shown


def test_scale_keeps_the_value() -> None:
    scale = engineering([3e-18], "m^3/s")
    assert 3e-18 * scale.factor == pytest.approx(3.0)
    assert scale.label("flow rate") == "flow rate [fL/s]"
    assert engineering([1e-2, 1.0, 1e3], "mol/m^3", centred=True).unit == "mM"
    assert engineering([1e-2, 1.0, 1e3], "mol/m^3").unit == "M"
    assert engineering([1.0], "").label("ratio") == "ratio"


def test_texts() -> None:
    assert quantity(-0.5, "V") == "−0.5 V"
    assert quantity(0.05, "V") == "50 mV"
    assert quantity(0.0, "V") == "0 V"
    assert quantity(10.0, "mol/m^3") == "10 mM"
    assert quantity(2.0, "") == "2"
    assert readable("terminals.base.potential [V]") == "potential at base"
    assert readable("walls.channel.surface_charge [C/m^2]") == "surface charge of channel"
    assert readable("electrolyte.species.K.diffusivity [m^2/s]") == "diffusivity of K"
    assert readable("electrolyte.concentration [mol/m^3]") == "concentration"
    assert readable("flow_rate [m^3/s]") == "flow rate"
    assert readable("terminals.base.concentrations.K [mol/m^3]") == "K at base"
    assert readable("study.protocol.0.frequency [Hz]") == "frequency"
    assert readable("study.protocol.voltage.0.frequency [Hz]") == "frequency"
    assert readable("study.protocol.1.amplitude.terminals.base.potential [V]") == "amplitude of potential at base"
    assert readable("study.protocol.1.to.terminals.base.potential [V]") == "potential at base"


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (1.2341, 0.005, "1.234(5)"),
        (1.2341, 0.0041, "1.234(5)"),
        (-1.2341, 0.0014, "-1.2341(14)"),
        (12.34, 1.42, "12.3(15)"),
        (1.0, 0.0195, "1.00(2)"),
        (1.0, 0.0096, "1.000(10)"),
        (1234.0, 345.0, "1200(400)"),
        (0.3, 2.0, "0(2)"),
        (-0.3, 2.0, "0(2)"),
        (0.0, 3e-12, "0(3)e-12"),
        (1.2e-12, 3e-13, "1.2(3)e-12"),
        (2e7, 5e8, "0(5)e8"),
        (1.0, 1e-30, "1.00000000(1)"),
        (1.23456789, None, "1.2346"),
        (1.23456789, math.nan, "1.2346"),
        (1.23456789, 0.0, "1.2346"),
        (2.0, math.inf, "2(inf)"),
        (math.nan, 1.0, "nan"),
    ],
)
def test_value_with_error(value: float, error: float | None, shown: str) -> None:
    assert with_error(value, error) == shown


@given(VALUES, PARTS)
def test_shown_error_is_never_too_small(value: float, part: float) -> None:
    """Read back, the error is at least the given one and not much larger, and the value is off by less than it, or zero."""
    error = part * abs(value) if value else part
    number, size, digits = read_back(with_error(value, error))
    given_error = Decimal(repr(error))
    assert given_error <= size <= given_error * Decimal("1.5")
    assert abs(number - Decimal(repr(value))) <= size / 2 or (number == 0 and abs(value) <= error)
    assert digits <= 2


@given(VALUES.filter(bool), st.floats(1e-30, 1e-10))
def test_error_below_the_last_digit(value: float, part: float) -> None:
    number, size, _ = read_back(with_error(value, part * abs(value), most=7))
    assert size >= Decimal(repr(part * abs(value)))
    assert abs(number - Decimal(repr(value))) <= Decimal("0.5e-6") * abs(Decimal(repr(value)))


@given(st.floats(1e-20, 1e5), PARTS, st.integers(-12, 12))
def test_power_of_ten_is_exact(value: float, part: float, power: int) -> None:
    """Choosing another unit changes nothing but the unit: no rounding of a product pushes the error up a digit."""
    number, size, _ = read_back(with_error(value, part * value))
    assert read_back(with_error(value, part * value, power=power))[:2] == (number.scaleb(power), size.scaleb(power))


def test_quantity_with_error() -> None:
    assert quantity_with_error(1.2341e-9, 5e-12, "A") == "1.234(5) nA"
    assert quantity_with_error(-8.7e-18, 5e-20, "m^3/s") == "-8.70(5) fL/s"
    assert quantity_with_error(3e-12, 5e-9, "A") == "0(5) nA", "the larger of the two has the say"
    assert quantity_with_error(3.14e-12, None, "A") == "3.14 pA"
    assert quantity_with_error(2.25, 0.03, "") == "2.25(3)"
    assert quantity_with_error(3.14, 0.2, "m^4/s") == "3.1(2) m^4/s"


def test_percent_is_rounded_up() -> None:
    assert [percent(part) for part in (0.00121, 0.0012, 0.0999, 1.0, 12.34, 1e-14, 0.0)] == [
        "0.13 %", "0.12 %", "10 %", "100 %", "1300 %", "1e-12 %", "0 %"
    ]  # fmt: skip
    assert percent(math.inf) == "inf %"
