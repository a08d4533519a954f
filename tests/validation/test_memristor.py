"""The theory of thin double layers for conical memristors, against numbers of its own that were computed elsewhere."""

from __future__ import annotations

import csv
import math
from typing import Any

import numpy as np
import pytest

from tests.support.paths import CASES
from validation.memristor import LABEL, PRL, normalised_area, reference

pytestmark = pytest.mark.serial

STEADY = {-1.0: 1.9643878, -0.5: 1.5226371, -0.1: 1.1036492, 0.1: 0.9000834, 0.5: 0.5627098, 1.0: 0.3064936}
"""g_inf over the conductance of the bulk at a voltage, by adaptive quadrature."""

FILLING = {-1.0: (1.133663, 1.307878, 1.652819, 1.926495), 1.0: (0.876713, 0.736284, 0.499448, 0.329712)}
"""Salt over that of the bulk at 0.1, 0.3, 1 and 3 memory times after a step to a voltage, by the method of lines."""

SHIPPED = CASES / "memristor_loop" / "reference.csv"


def close(exact: Any, rel: float) -> Any:
    """Relative comparison: picoamperes are below the absolute tolerance of pytest.approx."""
    return pytest.approx(exact, rel=rel, abs=0.0)


def test_the_channel_of_the_paper() -> None:
    assert close(4.199682e-12, 1e-6) == PRL.conductance
    assert close(-10.249052e-3, 1e-6) == PRL.zeta_potential
    assert close(4.761905e-3, 1e-6) == PRL.memory_time


@pytest.mark.parametrize("voltage", STEADY)
def test_steady_conductance(voltage: float) -> None:
    assert close(STEADY[voltage], 1e-7) == PRL.steady(voltage)
    assert close(PRL.steady(voltage), 1e-8) == float(PRL.curve(voltage))


def test_the_curve_passes_through_the_bulk() -> None:
    assert float(PRL.curve(0.0)) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("voltage", FILLING)
def test_salt_after_a_step(voltage: float) -> None:
    times = [part * PRL.memory_time for part in (0.1, 0.3, 1.0, 3.0)]
    assert PRL.filling(voltage, times) == pytest.approx(FILLING[voltage], abs=3e-6)


@pytest.mark.parametrize("voltage", [-1.0, -0.5, 0.5, 1.0])
def test_salt_ends_where_the_conductance_does(voltage: float) -> None:
    assert PRL.filling(voltage, [0.0, 50.0 * PRL.memory_time]) == pytest.approx([1.0, PRL.steady(voltage)], abs=1e-8)


def test_time_that_a_small_change_takes() -> None:
    """The missing salt, integrated over time, over the whole change: nearly the memory time."""
    times = np.linspace(0.0, 20.0 * PRL.memory_time, 2001)
    salt = PRL.filling(-1e-4, list(times))
    missing = np.trapezoid(salt[-1] - salt, times) / (salt[-1] - salt[0])
    assert missing == close(1.085 * PRL.memory_time, 1e-3)


def test_slow_loops_follow_the_steady_curve_and_fast_ones_a_line() -> None:
    for frequency, expected in ((0.01, lambda v: PRL.curve(v)), (1e5, lambda v: 1.0)):
        voltage, current = PRL.loop(1.0, frequency)
        exact = PRL.conductance * np.asarray(expected(voltage)) * voltage
        assert np.abs(current - exact).max() < 4e-3 * np.abs(exact).max()


def test_weak_loops_have_the_closed_form() -> None:
    """With g_inf = 1 + s V the relaxation is one harmonic: after the begin is forgotten, each lobe of the loop is
    (2/3) s A^3 w tau / (1 + (w tau)^2), and widest at w tau = 1."""
    amplitude, slope = 1e-3, (PRL.steady(1e-3) - PRL.steady(-1e-3)) / 2e-3
    for turns in (0.5, 1.0, 2.0):
        frequency = turns / (2.0 * math.pi * PRL.memory_time)
        voltage, current = PRL.loop(amplitude, frequency, period=6)
        lobe = 2.0 / 3.0 * abs(slope) * amplitude**3 * PRL.conductance * turns / (1.0 + turns**2)
        area = normalised_area(voltage, current) * np.ptp(voltage) * np.ptp(current)
        assert area == close(2.0 * lobe, 3e-3)


def test_the_shipped_reference_is_this_theory() -> None:
    with SHIPPED.open(encoding="utf-8") as file:
        shipped = list(csv.DictReader(file))
    frequencies = [float(row["frequency [Hz]"]) for row in shipped if row["frequency [Hz]"]]
    assert len(frequencies) >= 5
    table = reference(PRL, 1.0, 30.0, frequencies)
    assert len(table) == len(shipped)
    for name in ("terminals.base.potential [V]", "current [A]", "frequency [Hz]", "area_normalised"):
        ours = np.array(table[name], dtype=float)
        theirs = np.array([float(row[name] or "nan") for row in shipped])
        scale = np.nanmax(np.abs(ours))
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
        assert np.nanmax(np.abs(ours - theirs)) <= 2e-6 * scale
    assert shipped[-1]["label"] == LABEL
