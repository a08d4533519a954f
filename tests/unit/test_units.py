"""Engineering units of tables and pictures."""

from __future__ import annotations

import math

import pytest

from postprocess.units import engineering, quantity, readable, split_header


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
    assert split_header("mesh.refinement") == ("mesh.refinement", "")
    assert readable("terminals.base.potential [V]") == "potential at base"
    assert readable("walls.channel.surface_charge [C/m^2]") == "surface charge of channel"
    assert readable("electrolyte.species.K.diffusivity [m^2/s]") == "diffusivity of K"
    assert readable("electrolyte.concentration [mol/m^3]") == "concentration"
    assert readable("flow_rate [m^3/s]") == "flow rate"
