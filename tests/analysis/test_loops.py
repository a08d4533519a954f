"""Loops, memory times and pulses from rows whose numbers are known."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from solver.analysis.hysteresis import lobes
from solver.analysis.relaxation import Relaxation, exponential
from solver.analysis.summary import summary
from solver.case.case import Case
from solver.case.studies.transient import schedule_of
from tests.support.protocols import HOLD, SINE, V, case_of

Array = NDArray[np.float64]
SALT = "salt_axial_mean [mol/m^3]"


def rows_of(case: Case, times: Array, current: Callable[[float, float], float], **more: Any) -> list[dict[str, Any]]:
    """Rows at times; current and the further columns are functions of time and voltage."""
    schedule = schedule_of(case)
    rows: list[dict[str, Any]] = []
    for time in map(float, times):
        voltage = schedule.values(time)[V]
        now = current(time, voltage)
        chord = now / voltage if voltage else ""
        row = {"time [s]": time, f"{V} [V]": voltage, "bias [V]": voltage, "current [A]": now, "conductance [S]": chord}
        rows.append({**row, **{name: value(time, voltage) for name, value in more.items()}})
    return rows


def uneven(count: int, stop: float, seed: int = 1) -> Array:
    """Times of steps that vary threefold and more."""
    random = np.random.default_rng(seed)
    steps = np.exp(0.6 * np.sin(4.0 * np.pi * np.linspace(0.0, 1.0, count))) * random.uniform(0.7, 1.3, count)
    return np.concatenate([[0.0], np.cumsum(steps) * stop / steps.sum()])


# ------------------------------------------------------------------------------------------------ loops
@pytest.mark.parametrize(("steps", "error"), [("equal", 2e-5), ("uneven", 3e-4)])
def test_an_ellipse(steps: str, error: float) -> None:
    """I = G V + C dV/dt of a sine runs clockwise or anticlockwise around pi A B sin(delta)."""
    case = case_of([{**SINE, "frequency": 1, "periods": 1}])
    times = np.linspace(0.0, 1.0, 41) if steps == "equal" else uneven(40, 1.0)
    lag = math.pi / 6
    rows = rows_of(case, times, lambda t, _: 2.0 * math.sin(2.0 * math.pi * t - lag))
    [loop] = summary(rows, case)["loops"]
    area = math.pi * 0.5 * 2.0 * math.sin(lag)
    assert loop["area [W]"] == pytest.approx(area, rel=error)
    assert loop["area_positive [W]"] == pytest.approx(loop["area_negative [W]"], rel=10 * error)
    assert loop["area_positive [W]"] > 0.0  # the current lags: anticlockwise
    assert loop["area_normalised"] == pytest.approx(area / 4.0, rel=error + 1e-3)
    assert loop["crossing_current [A]"] == pytest.approx(1.0, rel=1e-3)
    assert loop["energy [J]"] == pytest.approx(0.5 * 0.5 * 2.0 * math.cos(lag), rel=error)
    assert not loop["pinched"]
    assert (loop["start [s]"], loop["stop [s]"], loop["accepted_steps"]) == (0.0, 1.0, 40)
    ahead = rows_of(case, times, lambda t, _: 2.0 * math.sin(2.0 * math.pi * t + lag))
    assert summary(ahead, case)["loops"][0]["area_positive [W]"] < 0.0


def pinched(time: float, voltage: float) -> float:
    """A conductance that follows the voltage with a delay: a figure of eight through the origin."""
    return voltage * (1.0 + 0.4 * math.sin(2.0 * math.pi * time - 1.0))


def exact_lobe(frequency: float = 1.0) -> float:
    """-integral I dV of `pinched` over the first half period, by the trapezoid rule on 10^6 points."""
    times = np.linspace(0.0, 0.5, 1_000_001)
    voltage = 0.5 * np.sin(2.0 * np.pi * times)
    current = voltage * (1.0 + 0.4 * np.sin(2.0 * np.pi * frequency * times - 1.0))
    return -float(np.sum(0.5 * (current[1:] + current[:-1]) * np.diff(voltage)))


def test_a_pinched_loop_has_two_lobes() -> None:
    case = case_of([{**SINE, "frequency": 1, "periods": 2}])
    rows = rows_of(case, uneven(81, 2.0), pinched)
    loops = summary(rows, case)["loops"]
    assert [loop["period"] for loop in loops] == [1, 2]
    for loop in loops:
        assert loop["pinched"]
        assert loop["crossing_current [A]"] < 1e-3
        assert loop["area_positive [W]"] == pytest.approx(exact_lobe(), rel=2e-3)
        assert loop["area_negative [W]"] == pytest.approx(-exact_lobe(), rel=2e-3)
        assert loop["area [W]"] == pytest.approx(2.0 * abs(exact_lobe()), rel=2e-3)


@pytest.mark.parametrize("rows", [12, 20, 40])
def test_the_stated_error_is_of_the_size_of_the_error(rows: int) -> None:
    case = case_of([{**SINE, "frequency": 1, "periods": 2}])
    loops = [summary(rows_of(case, uneven(2 * rows, 2.0, seed), pinched), case)["loops"][1] for seed in range(6)]
    error = max(abs(loop["area [W]"] - 2.0 * abs(exact_lobe())) for loop in loops)
    stated = max(loop["area_error [W]"] for loop in loops)
    assert 0.2 * error < stated < 10.0 * error


def test_a_loop_about_an_offset() -> None:
    """Lobes meet at the middle of the voltage range."""
    case = case_of([{"type": "step", "to": {V: 3}}, {**SINE, "frequency": 1, "periods": 1}])
    rows = rows_of(case, np.linspace(0.0, 1.0, 61), lambda t, _: math.sin(2.0 * math.pi * t - 0.5))
    [loop] = summary(rows, case)["loops"]
    assert loop["area_positive [W]"] == pytest.approx(0.5 * math.pi * 0.5 * math.sin(0.5), rel=1e-3)


def test_a_triangle_with_a_displacement_current() -> None:
    """The current of a capacitor jumps at the corners, whose rows belong to what was before."""
    case = case_of([{"type": "triangle", "amplitude": {V: 1}, "frequency": 1, "periods": 2}])
    rows = rows_of(
        case, np.linspace(0.0, 2.0, 81), lambda t, _: -0.2 if (t - 1e-9) % 1 > 0.25 and (t - 1e-9) % 1 < 0.75 else 0.2
    )
    for loop in summary(rows, case)["loops"]:
        assert loop["area [W]"] == pytest.approx(4 * 0.2, rel=1e-9)
        assert loop["crossing_current [A]"] == pytest.approx(0.2)


def test_texts_of_a_file_and_unfinished_runs() -> None:
    case = case_of([HOLD, {**SINE, "frequency": 1, "periods": 3}])
    rows = rows_of(case, np.linspace(0.0, 2.5, 126), pinched)
    texts = [{key: str(value) for key, value in row.items()} for row in rows]
    found = summary(texts, case)
    assert [loop["period"] for loop in found["loops"]] == [1, 2]
    assert found == summary(rows, case)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    recorded = case_of([HOLD, {**SINE, "frequency": 1, "periods": 3}], record_every="20 ms")
    assert summary(rows, recorded)["loops"][0]["accepted_steps"] is None


def test_pressure_loops_have_no_area_in_watts() -> None:
    case = case_of([{"type": "sine", "amplitude": {"terminals.base.pressure": 1}, "frequency": 1}])
    rows = [{"time [s]": t, "current [A]": 0.0} for t in np.linspace(0.0, 1.0, 20)]
    assert summary(rows, case)["loops"] == []


VALUES = st.floats(-1, 1).map(lambda x: round(x, 6))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=3, max_size=20))
def test_lobes_add_up_to_the_area_of_the_polygon(points: list[tuple[float, float]]) -> None:
    voltage, current = (np.array([*column, column[0]]) for column in zip(*points, strict=True))
    positive, negative, _ = lobes(voltage, current)
    shoelace = 0.5 * float(np.sum(voltage[:-1] * current[1:] - voltage[1:] * current[:-1]))
    assert positive + negative == pytest.approx(shoelace, abs=1e-12)


# ------------------------------------------------------------------------------------------------ frequencies
def swept(frequencies: list[float]) -> tuple[Case, list[dict[str, Any]]]:
    """Loops whose normalised area is largest at 12 Hz: the current lags by the angle of a relaxation at that rate."""
    outer = {"parameter": "study.protocol.0.frequency", "values": frequencies}
    case = case_of([{**SINE, "periods": 2}], outer=outer)
    rows = []
    for frequency in frequencies:
        one = case.with_value("study.protocol.0.frequency", frequency)
        times = np.linspace(0.0, 2.0 / frequency, 121)
        share = 0.5 / (frequency / 12.0 + 12.0 / frequency)
        wave = lambda t, v, f=frequency, s=share: v * (1.0 + s * math.cos(2.0 * math.pi * f * t))  # noqa: E731
        rows += [{"study.protocol.0.frequency [Hz]": frequency, **row} for row in rows_of(one, times, wave)]
    return case, rows


def test_largest_area() -> None:
    case, rows = swept([3.0, 10.0, 30.0, 100.0])
    found = summary(rows, case)
    assert [(loop["outer"], loop["period"]) for loop in found["loops"]] == [
        (f, k) for f in (3.0, 10.0, 30.0, 100.0) for k in (1, 2)
    ]
    assert found["largest_area"]["inside_the_range"]
    assert found["largest_area"]["frequency [Hz]"] == pytest.approx(12.0, rel=0.1)
    dense_case, dense = swept([10.0, 12.5, 15.0])
    assert summary(dense, dense_case)["largest_area"]["frequency [Hz]"] == pytest.approx(12.0, rel=0.01)
    edge_case, edge = swept([30.0, 100.0, 300.0])
    at_edge = summary(edge, edge_case)["largest_area"]
    assert (at_edge["frequency [Hz]"], at_edge["inside_the_range"]) == (30.0, False)
    assert summary(rows[:121], case_of([SINE]))["largest_area"] is None


# ------------------------------------------------------------------------------------------------ memory
def test_memory_time() -> None:
    """One exponential on uneven times after a fast layer, which is a part of the way that takes no time."""
    case = case_of([{"type": "step", "to": {V: 1}}, {"type": "hold", "duration": "20 ms"}])
    times = np.concatenate([[0.0], np.geomspace(1e-7, 20e-3, 40)])
    salt = lambda t, _: 12.0 - 2.0 * math.exp(-t / 4.8e-3) - 0.05 * math.exp(-t / 1e-6)  # noqa: E731
    [entry] = summary(rows_of(case, times, lambda t, v: v, **{SALT: salt}), case)["memory"]
    assert entry["slow_time [s]"] == pytest.approx(4.8e-3, rel=1e-3)
    assert entry["memory_time [s]"] == pytest.approx(4.8e-3 * 2.0 / 2.05, rel=3e-3)
    assert (entry["initial"], entry["final"]) == (pytest.approx(9.95, rel=1e-6), pytest.approx(12.0, rel=1e-3))
    assert entry["of"] == SALT
    assert entry["fit_error"] < 1e-3


@pytest.mark.parametrize(
    "salt",
    [
        lambda t, _: 10.0 + 1e-3 * math.exp(-t / 1e-3),  # too small a change
        lambda t, _: 10.0 * math.exp(-t / 0.1),  # the hold is shorter than the time
        lambda t, _: math.nan,
    ],
)
def test_no_memory_time(salt: Callable[[float, float], float]) -> None:
    case = case_of([{"type": "step", "to": {V: 1}}, {"type": "hold", "duration": "20 ms"}])
    assert summary(rows_of(case, np.linspace(0.0, 20e-3, 30), lambda t, v: v, **{SALT: salt}), case)["memory"] == []
    few = rows_of(case, np.linspace(0.0, 20e-3, 4), lambda t, v: v, **{SALT: lambda t, _: math.exp(-t / 5e-3)})
    assert summary(few, case)["memory"] == []


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 2.0), st.floats(0.1, 10.0), st.integers(0, 1000))
def test_relaxation_recovers_any_exponential(time: float, change: float, seed: int) -> None:
    times = uneven(30, 2.0, seed)
    found = exponential(times, 3.0 - change * np.exp(-times / time))
    assert found[0] == pytest.approx(time, rel=1e-4)
    assert found[1] == pytest.approx(3.0, abs=1e-3 * change)
    assert found[3] < 1e-4


def test_the_memory_time_of_two_modes() -> None:
    """Modes that start with 3/4 and 1/4 of the change: the mean time is the mean of their times, the slow one the larger."""
    times = np.linspace(0.0, 4.0, 120)
    found = Relaxation.of(times, 1.0 - 0.75 * np.exp(-times) - 0.25 * np.exp(-times / 0.2))
    assert found.mean_time == pytest.approx(0.75 * 1.0 + 0.25 * 0.2, rel=6e-3)
    assert found.slow_time == pytest.approx(1.0, rel=2e-2)
    assert found.final == pytest.approx(1.0, rel=2e-3)


# ------------------------------------------------------------------------------------------------ pulses
def test_pulses() -> None:
    train = {"type": "pulses", "to": {V: "1 V"}, "width": "1 ms", "period": "3 ms", "count": 3, "rise_time": "10 us"}
    case = case_of([HOLD, train])
    schedule = schedule_of(case)
    times = np.array(sorted({0.0, *(corner.time for corner in schedule.corners()), *np.linspace(0.0, 11e-3, 100)}))
    rows = rows_of(case, times, lambda t, v: v * (1.0 + t / 1e-3))
    pulses = summary(rows, case)["pulses"]
    assert [(pulse["train"], pulse["pulse"]) for pulse in pulses] == [(1, 1), (1, 2), (1, 3)]
    ends = [2.99, 5.99, 8.99]
    assert [pulse["current_end [A]"] for pulse in pulses] == pytest.approx([1.0 + end for end in ends])
    assert [pulse["conductance_end [S]"] for pulse in pulses] == pytest.approx([1.0 + end for end in ends])
    assert [pulse["ratio_to_first"] for pulse in pulses] == pytest.approx([(1.0 + end) / 3.99 for end in ends])
    assert [pulse["conductance_before [S]"] for pulse in pulses] == [None] * 3  # at zero bias
    assert all(pulse["energy [J]"] > 0.0 for pulse in pulses)
    assert (pulses[1]["start [s]"], pulses[1]["stop [s]"]) == (pytest.approx(5e-3), pytest.approx(6e-3))
    interrupted = [row for row in rows if row["time [s]"] < 7e-3]
    assert len(summary(interrupted, case)["pulses"]) == 2


def test_only_transients_have_loops() -> None:
    case = case_of([HOLD]).model_copy(update={"study": Case.model_fields["study"].default})
    with pytest.raises(ValueError, match="no loops"):
        summary([], case)
