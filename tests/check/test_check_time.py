"""What `nanochannel check` says of studies of time and frequency, of electrodes and closed cells."""

import math
import time
from typing import Any

import pytest

from solver.case.case import Case
from solver.check.report import check, extreme_points
from solver.check.text import render
from tests.support.cone_case import make, warnings

V = "terminals.base.potential"
SINE = {"type": "sine", "amplitude": {V: "0.5 V"}, "frequency": "30 Hz", "periods": 2}
KAMSMA: dict[str, Any] = {
    "geometry.length": "10 um",
    "geometry.radius_base": "200 nm",
    "geometry.radius_tip": "50 nm",
    "electrolyte.temperature": 293.15,
    "electrolyte.species": {"K": {"diffusivity": 1.75e-9}, "Cl": {"diffusivity": 1.75e-9}},
    "electrolyte.concentration": "0.1 mM",
    "walls.channel": {"surface_charge": "-0.0015 e/nm^2"},
}
CELL: dict[str, Any] = {
    "geometry": {"type": "cell", "length": "200 nm", "width": "1 um", "height": "1 um"},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
    "walls": {"left": {"potential": "10 mV", "stern": {"thickness": "0.5 nm"}}, "right": {"potential": 0}},
    "solver": {"flow": "none"},
}


def transient(*steps: Any, **study: Any) -> dict[str, Any]:
    return {"study": {"type": "transient", "protocol": list(steps), **study}}


def cell(study: dict[str, Any] | None = None) -> Case:
    return Case.model_validate({**CELL, "study": study or {"type": "steady"}})


def test_times_of_a_channel() -> None:
    # Kamsma et al., PRL 130, 268401 (2023): memory time L^2/(12 D) = 4.761905 ms
    result = check(make({**KAMSMA, **transient({"type": "hold", "duration": "2 ms"}, SINE)}))
    assert result.times is not None
    assert result.times.memory == pytest.approx(4.761905e-3, rel=1e-6)
    assert result.times.diffusion == pytest.approx(1e-10 / 1.75e-9)
    debye = result.terminals[0].debye_length
    assert result.times.debye == pytest.approx(debye**2 / 1.75e-9)
    assert result.times.charging == pytest.approx(debye * 10e-6 / 1.75e-9)
    assert result.protocol is not None
    assert result.protocol.duration == pytest.approx(2e-3 + 2 / 30)
    assert result.protocol.corners == 2
    assert result.protocol.keys == (V,)
    assert result.protocol.rows is None
    [cycle] = result.protocol.cycles
    assert cycle.turns == pytest.approx(2 * math.pi * 30 * 4.761905e-3, rel=1e-6)
    text = render(result)
    for line in (
        "memory of the salt, L^2/(12 D)",
        "4.76 ms",
        "33.4 Hz",
        "protocol: 68.7 ms, 2 corners; drives",
        "0.898",
    ):
        assert line in text
    assert "times of the device" not in render(check(make(KAMSMA)))


def test_cycles_of_all_outer_frequencies() -> None:
    outer = {"parameter": "study.protocol.0.frequency", "values": ["3 Hz", "30 Hz"]}
    result = check(make({**KAMSMA, **transient(SINE, outer=outer, record_every="1 ms")}))
    assert result.protocol is not None
    assert [cycle.frequency for cycle in result.protocol.cycles] == [3.0, 30.0]
    assert result.protocol.rows == 67
    assert "67 rows by record_every" in render(result)


def test_extremes_of_a_protocol() -> None:
    tip = "terminals.tip.potential"
    both = transient(SINE, {"type": "ramp", "duration": "1 ms", "to": {V: "2 V", tip: "-1 V"}})
    points = extreme_points(make({**KAMSMA, **both}))
    assert [(p.potential_of("base"), p.potential_of("tip")) for _, p in points] == [
        (0.0, 0.0), (0.0, 0.0), (-0.5, 0.0), (2.0, -1.0)
    ]  # fmt: skip
    assert points[2][0] == f"{V} = -0.5 V, {tip} = 0 V"
    biases = {"study": {"type": "impedance", "frequencies": ["1 Hz"], "at": ["0.2 V", "-1 V", 0]}}
    assert [label for label, _ in extreme_points(make(biases))] == ["", f"{V} = -1 V", f"{V} = 0.2 V"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            transient({"type": "ramp", "duration": "1 ms", "to": {V: "2 V"}}),
            "2 V between terminals is beyond the 1.23 V",
        ),
        (
            transient({"type": "ramp", "duration": "1 ms", "to": {V: "0.1 V"}}),
            "the protocol takes 0.001 s, less than the",
        ),
        (transient({**SINE, "frequency": "1 kHz"}), "write periods: 18 or more"),
        (
            transient(SINE, record_every="1 us"),
            "record_every makes 66,667 rows of a protocol of 0.0667 s, each at least",
        ),
        (
            transient(
                SINE,
                record_every="1 ms",
                outer={"parameter": "study.protocol.0.frequency", "values": ["30 Hz", "0.03 Hz"]},
            )
            | {"outputs": {"most_rows": 200_000}},
            "record_every makes 66,667 rows of a protocol of 66.7 s (at study.protocol.0.frequency = 0.03 Hz)",
        ),
        (
            {"study": {"type": "impedance", "frequencies": ["1 Hz"]}},
            "all frequencies, up to 1 Hz, lie below that of",
        ),
        (
            {"study": {"type": "impedance", "frequencies": ["1 GHz"]}},
            "all frequencies, from 1e+09 Hz, lie above that",
        ),
    ],
)
def test_warnings_of_time(changes: dict[str, Any], expected: str) -> None:
    assert expected in warnings({**KAMSMA, **changes})


def test_a_sound_transient_has_no_warnings() -> None:
    quiet = {**KAMSMA, "electrolyte.temperature": 298.15, "electrolyte.concentration": "10 mM"}
    # those that give the measured conductivity of 10 mM
    quiet["electrolyte.species"] = {"K": {"diffusivity": "1.88e-9 m^2/s"}, "Cl": {"diffusivity": "1.88e-9 m^2/s"}}
    quiet["geometry.reservoirs"] = {"length": "20 um", "radius": "20 um"}
    slow = transient({**SINE, "amplitude": {V: "50 mV"}}, record_every="0.1 ms")
    assert check(make({**quiet, **slow})).warnings == ()


def test_closed_cell() -> None:
    impedance = {
        "type": "impedance",
        "frequencies": {"start": 1e3, "stop": 1e9, "points": 13, "spacing": "logarithmic"},
    }
    result = check(cell(impedance))
    [liquid] = result.terminals
    assert (liquid.name, liquid.concentrations) == ("", {"K": 1.0, "Cl": 1.0})
    left, right = result.electrodes
    assert left.diffuse == pytest.approx(78.5 * 8.8541878128e-12 / liquid.debye_length, rel=1e-9)
    assert left.stern == pytest.approx(78.5 * 8.8541878128e-12 / 0.5e-9, rel=1e-9)
    assert right.stern is None
    series = 5e-3 / (1.0 / left.diffuse + 0.5e-9 / (78.5 * 8.8541878128e-12))
    assert left.charge == pytest.approx(series, rel=1e-2)  # of small potentials
    assert result.times is not None
    assert result.times.memory is None
    assert result.times.length == 100e-9
    assert result.warnings == ()
    text = render(result)
    for word in (
        "liquid",
        "electrode",
        "capacitance of the Stern layer",
        "half the gap",
        "13 frequencies, 1 kHz to 1 GHz",
    ):
        assert word in text
    assert "memory" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_warnings_of_a_closed_cell() -> None:
    step = {"type": "step", "to": {"walls.left.potential": "2 V"}}
    study = {"type": "transient", "protocol": [step, {"type": "hold", "duration": "1 us"}]}
    found = "\n".join(check(cell(study)).warnings)
    assert "2 V between electrodes is beyond the 1.23 V that split water" in found
    assert "at wall 'right' (749 mC/m^2), beyond close packing" in found
    assert "(at walls.left.potential = 2 V)" in found


def test_a_protocol_of_many_pulses_is_checked_quickly() -> None:
    train = {
        "type": "pulses",
        "to": {V: "0.1 V"},
        "width": "1 ms",
        "period": "3 ms",
        "count": 2000,
        "rise_time": "10 us",
    }
    case = make({**KAMSMA, **transient(train)})
    begin = time.process_time()
    result = check(case)
    assert time.process_time() - begin < 2.0
    assert result.protocol is not None
    assert result.protocol.corners == 8000
