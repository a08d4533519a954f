"""What protocols do in time: values, corners, holds, cycles, pulses."""

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.case.case import Case
from solver.case.studies.transient import Transient, schedule_of
from solver.signals.schedule import Schedule, field_times, record_times

V, P = "terminals.base.potential", "terminals.tip.pressure"
CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": "10 um",
        "radius_tip": "50 nm",
        "radius_base": "200 nm",
        "reservoirs": {"length": "1 um", "radius": "1 um"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
}


def case_of(protocol: Any, **study: Any) -> Case:
    return Case.model_validate({**CONE, "study": {"type": "transient", "protocol": protocol, **study}})


def schedule(protocol: Any) -> Schedule:
    return schedule_of(case_of(protocol))


def times(of: Schedule) -> list[tuple[float, bool]]:
    return [(corner.time, corner.jump) for corner in of.corners()]


HOLD = {"type": "hold", "duration": "2 ms"}
RAMP = {"type": "ramp", "duration": "4 ms", "to": {V: "1 V", P: "10 mbar"}}
SINE = {"type": "sine", "amplitude": {V: "0.5 V"}, "frequency": "30 Hz", "periods": 2}


def test_hold_ramp_and_step() -> None:
    made = schedule([HOLD, RAMP, {"type": "step", "to": {V: "-1 V"}}, HOLD])
    assert made.keys == (V, P)
    assert made.initial == {V: 0.0, P: 0.0}
    assert made.duration == pytest.approx(8e-3, rel=1e-15)
    assert made.values(1e-3) == {V: 0.0, P: 0.0}
    assert made.values(4e-3) == pytest.approx({V: 0.5, P: 500.0})
    assert made.values(6e-3) == {V: 1.0, P: 1000.0}
    assert made.values(6e-3, after=True) == {V: -1.0, P: 1000.0}
    assert made.values(8e-3, after=True) == made.values(1.0) == {V: -1.0, P: 1000.0}
    assert made.values(-1.0, after=True) == {V: 0.0, P: 0.0}
    assert times(made) == [(2e-3, False), (pytest.approx(6e-3), True), (pytest.approx(8e-3), False)]
    assert made.holds() == ((0.0, 2e-3), (pytest.approx(6e-3), pytest.approx(8e-3)))


def test_jumps_at_both_ends() -> None:
    made = schedule(
        [{"type": "step", "to": {V: 1}}, HOLD, {"type": "step", "to": {V: 2}}, {"type": "step", "to": {V: 3}}]
    )
    assert times(made) == [(0.0, True), (2e-3, True)]
    assert [made.values(t, after)[V] for t in (0.0, 2e-3) for after in (False, True)] == [0.0, 1.0, 1.0, 3.0]
    assert made.holds() == ((0.0, 2e-3),)


def test_nothing_happens_where_nothing_changes() -> None:
    made = schedule([HOLD, {"type": "step", "to": {V: 0}}, HOLD, {"type": "ramp", "duration": "1 ms", "to": {V: 0}}])
    assert times(made) == [(pytest.approx(5e-3), False)]
    assert made.holds() == ((0.0, pytest.approx(5e-3)),)


def test_sine() -> None:
    made = schedule([HOLD, SINE])
    end = 2e-3 + 2 / 30
    assert times(made) == [(2e-3, False), (pytest.approx(end), False)]
    for k, expected in enumerate([0.0, 0.5, 0.0, -0.5, 0.0, 0.5, 0.0, -0.5, 0.0]):
        assert made.values(2e-3 + k / 120)[V] == expected
    assert made.values(2e-3 + 1 / 360)[V] == pytest.approx(0.5 * math.sin(math.pi / 6))
    [cycle] = made.cycles()
    assert (cycle.key, cycle.start, cycle.frequency, cycle.periods) == (V, 2e-3, 30.0, 2.0)
    assert cycle.bounds(2) == (pytest.approx(2e-3 + 1 / 30), pytest.approx(end))
    assert made.range(V) == (-0.5, 0.5)


def test_a_late_sine_ends_where_it_began() -> None:
    """The phase at the end comes from the number of periods, not from differences of large times."""
    made = schedule([{"type": "hold", "duration": "1 s"}, {**SINE, "frequency": "1 MHz", "periods": 3}])
    assert made.values(made.duration)[V] == 0.0


def test_phase_begins_with_a_jump() -> None:
    made = schedule([HOLD, {**SINE, "phase": 90}, HOLD])
    assert (2e-3, True) in times(made)
    assert (made.values(2e-3)[V], made.values(2e-3, after=True)[V]) == (0.0, 0.5)
    assert made.values(made.duration)[V] == 0.5  # it holds where it ends
    assert [corner.jump for corner in made.corners()] == [True, False, False]


def test_triangle() -> None:
    made = schedule([{"type": "triangle", "amplitude": {V: "-0.5 V"}, "frequency": "25 Hz", "periods": 2}])
    assert times(made) == [(pytest.approx(t), False) for t in (0.01, 0.03, 0.05, 0.07, 0.08)]
    assert [made.values(t)[V] for t in (0.0, 0.01, 0.03, 0.08)] == [0.0, -0.5, 0.5, 0.0]
    assert made.values(0.015)[V] == pytest.approx(-0.25)
    broken = schedule([{"type": "triangle", "amplitude": {V: 1}, "frequency": 1, "periods": 0.875}])
    assert broken.values(broken.duration)[V] == pytest.approx(-0.5)


def test_pulses() -> None:
    pulses = {"type": "pulses", "to": {V: "1 V"}, "width": "1 ms", "period": "3 ms", "count": 2, "rise_time": "0.1 ms"}
    made = schedule([HOLD, pulses])
    flanks = [2.0, 2.1, 2.9, 3.0, 5.0, 5.1, 5.9, 6.0]
    assert times(made) == [(pytest.approx(t * 1e-3), False) for t in [*flanks, 8.0]]
    assert made.values(2.05e-3)[V] == pytest.approx(0.5)
    assert made.values(2.5e-3)[V] == 1.0
    assert made.values(4e-3)[V] == 0.0
    [train] = made.pulse_trains()
    assert train.keys == (V,)
    assert train.starts == pytest.approx((2e-3, 5e-3))
    assert train.plateau(1) == (pytest.approx(5.1e-3), pytest.approx(5.9e-3))
    sharp = schedule([HOLD, {**pulses, "rise_time": 0}])
    assert times(sharp) == [(pytest.approx(t * 1e-3), t < 8) for t in (2, 3, 5, 6, 8)]
    assert len(sharp.holds()) == 5
    single = schedule([{"type": "pulses", "to": {V: 1}, "width": "1 ms"}])
    assert times(single) == [(0.0, True), (1e-3, True)]
    assert single.values(1e-3, after=True)[V] == 0.0


def test_table() -> None:
    table = {"type": "table", "times": [0, "1 ms", "1 ms", "3 ms"], "values": {V: [0, "0.2 V", 1, 0.5]}}
    made = schedule([HOLD, table])
    assert times(made) == [(2e-3, False), (pytest.approx(3e-3), True), (pytest.approx(5e-3), False)]
    assert (made.values(3e-3)[V], made.values(3e-3, after=True)[V]) == (0.2, 1.0)
    assert made.values(4e-3)[V] == pytest.approx(0.75)


def test_table_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(f"# a comment\ntime [ms], {V} [mV], {P} [mbar]\n0, 0, 0\n\n10, 500, 1\n")
    study = {"type": "transient", "protocol": [{"type": "table", "file": "drive.csv"}]}
    case = Case.model_validate({**CONE, "study": study}, context={"file": tmp_path / "case.yaml"})
    made = schedule_of(case)
    assert made.duration == 0.01
    assert made.values(0.01) == {V: 0.5, P: 100.0}
    (tmp_path / "drive.csv").unlink()  # the case holds what stood in it
    again = Case.model_validate(case.model_dump(mode="json"))
    assert again.study == case.study
    assert schedule_of(case.with_value("terminals.tip.potential", 0.1)).values(0.01) == {V: 0.5, P: 100.0}


def test_tracks_run_side_by_side() -> None:
    pressure = [{"type": "hold", "duration": "10 ms"}, {"type": "step", "to": {P: "1 bar"}}]
    made = schedule({"voltage": [HOLD, SINE], "pressure": pressure})
    assert made.keys == (V, P)
    assert made.duration == pytest.approx(2e-3 + 2 / 30)
    assert made.values(10e-3)[P] == 0.0
    assert made.values(10e-3, after=True)[P] == made.values(made.duration)[P] == 1e5
    assert times(made)[1] == (pytest.approx(10e-3), True)
    assert made.holds() == ((0.0, 2e-3),)


def test_instants_of_two_tracks_that_differ_by_rounding_are_one() -> None:
    parts = [{"type": "hold", "duration": 0.1}, {"type": "hold", "duration": 0.2}, {"type": "step", "to": {V: 1}}, HOLD]
    whole = [{"type": "hold", "duration": 0.3}, {"type": "step", "to": {P: 1}}]
    made = schedule({"a": parts, "b": whole})
    assert 0.1 + 0.2 != 0.3
    assert [jump for _, jump in times(made)] == [True, False]
    for time in (0.3, 0.1 + 0.2):
        assert made.values(time) == {V: 0.0, P: 0.0}
        assert made.values(time, after=True) == {V: 1.0, P: 1.0}


def test_a_protocol_without_drive() -> None:
    made = schedule([HOLD])
    assert made.keys == ()
    assert made.values(1e-3) == {}
    assert made.holds() == ((0.0, 2e-3),)
    assert times(made) == [(2e-3, False)]


# ------------------------------------------------------------------------------------------------ any protocol
VOLTS = st.floats(-2, 2).map(lambda x: round(x, 3))
SECONDS = st.floats(1e-3, 1.0).map(lambda x: round(x, 4))


def steps(key: str) -> st.SearchStrategy[dict[str, Any]]:
    setting = VOLTS.map(lambda value: {key: value})
    rate = st.floats(0.5, 50).map(lambda x: round(x, 2))
    periods = st.sampled_from([0.3, 1, 2, 2.5])
    return st.one_of(
        st.builds(lambda d: {"type": "hold", "duration": d}, SECONDS),
        st.builds(lambda d, to: {"type": "ramp", "duration": d, "to": to}, SECONDS, setting),
        st.builds(lambda to: {"type": "step", "to": to}, setting),
        st.builds(
            lambda a, f, n, p: {"type": "sine", "amplitude": a, "frequency": f, "periods": n, "phase": p},
            setting,
            rate,
            periods,
            st.sampled_from([0, 30, 90]),
        ),
        st.builds(lambda a, f, n: {"type": "triangle", "amplitude": a, "frequency": f, "periods": n}, setting, rate, periods),
        st.builds(
            lambda to, w, n, r: {
                "type": "pulses", "to": to, "width": w, "period": 3 * w, "count": n, "rise_time": r * w
            },
            setting,
            SECONDS,
            st.integers(1, 4),
            st.sampled_from([0, 0.1, 0.5]),
        ),
    )  # fmt: skip


def tracks(key: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(steps(key), max_size=6).map(lambda found: [{"type": "hold", "duration": 0.01}, *found])


@settings(max_examples=60, deadline=None)
@given(tracks(V), tracks("terminals.tip.potential"), st.integers(0, 10**6))
def test_any_protocol_is_continuous_between_its_corners(first: Any, second: Any, seed: int) -> None:
    made = schedule({"first": first, "second": second})
    corners = made.corners()
    ordered = [corner.time for corner in corners]
    assert ordered == sorted(set(ordered))
    assert ordered[-1] == made.duration
    for corner in corners:
        left, right = made.values(corner.time), made.values(corner.time, after=True)
        assert corner.jump == any(abs(left[key] - right[key]) > 1e-8 for key in made.keys)
    for start, stop in itertools.pairwise([0.0, *ordered]):
        width = stop - start
        near = 1e-7 * width
        if width < 1e-9 * made.duration:
            continue
        for key in made.keys:
            low, high = made.range(key)
            steepest = 2 * math.pi * 50 * 4 + (high - low) / width
            for at, after in ((start, True), (stop, False)):
                inside = start + near if after else stop - near
                assert abs(made.values(at, after)[key] - made.values(inside)[key]) <= 2 * steepest * near + 1e-12
            middle = start + width * (0.1 + 0.8 * seed / 10**6)
            assert made.values(middle) == made.values(middle, after=True)
            assert abs(made.values(middle + near)[key] - made.values(middle)[key]) <= 2 * steepest * near + 1e-12
            assert low - 1e-12 <= made.values(middle)[key] <= high + 1e-12
    for start, stop in made.holds():
        assert made.values(start, after=True) == made.values(0.5 * (start + stop)) == made.values(stop)


@settings(max_examples=30, deadline=None)
@given(tracks(V), tracks("terminals.tip.potential"))
def test_tracks_do_not_know_of_each_other(first: Any, second: Any) -> None:
    both = schedule({"first": first, "second": second})
    for alone in (schedule(first), schedule(second)):
        for corner in alone.corners():
            for after in (False, True):
                together = both.values(corner.time, after)
                for key, value in alone.values(corner.time, after).items():
                    assert together[key] == pytest.approx(value, abs=1e-9)


# ------------------------------------------------------------------------------------------------ instants of rows
def test_record_times() -> None:
    study = case_of([HOLD], record_every="0.1 ms").study
    assert isinstance(study, Transient)
    found = record_times(study, 2e-3)
    assert found == [k / 10000 for k in range(21)]
    assert found[3] == 0.0003
    assert record_times(study, 2.05e-3) == found
    assert record_times(study.model_copy(update={"record_every": None}), 2e-3) == []
    odd = study.model_copy(update={"record_every": 0.7e-3})
    assert record_times(odd, 2e-3) == pytest.approx([0.0, 0.7e-3, 1.4e-3])


def test_field_times() -> None:
    study = case_of([HOLD], fields_at=["2 ms", 0, "1 ms"]).study
    assert isinstance(study, Transient)
    assert field_times(study, 2e-3) == [0.0, 1e-3, 2e-3]
    assert field_times(study, 1.5e-3) == [0.0, 1e-3]
    ranged = case_of([HOLD], fields_at={"start": 0, "stop": "2 ms", "points": 5}).study
    assert isinstance(ranged, Transient)
    assert field_times(ranged, 2e-3) == pytest.approx([0.0, 0.5e-3, 1e-3, 1.5e-3, 2e-3])
    plain = case_of([HOLD]).study
    assert isinstance(plain, Transient)
    assert field_times(plain, 2e-3) == []
