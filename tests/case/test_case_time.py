"""Cases of transients and impedances; their errors."""

import pickle
from pathlib import Path

import pytest

from solver.case.case import Case
from solver.case.studies.impedance import Impedance
from solver.case.studies.transient import Transient, schedule_of
from solver.inputs.errors import CaseError
from tests.support import cone_file
from tests.support.cone_file import SINE, SWEEP, V
from tests.support.cone_file import load_transient as load


# ------------------------------------------------------------------------------------------------ transients
def test_a_whole_transient(tmp_path: Path) -> None:
    protocol = """
    - {type: hold, duration: 2 ms}
    - {type: ramp, duration: 5 ms, to: {terminals.base.potential: 1 V, terminals.base.pressure: 10 mbar}}
    - {type: step, to: {terminals.base.potential: -1 V}}
    - {type: sine, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: triangle, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: pulses, to: {terminals.base.potential: 1 V}, width: 1 ms, period: 3 ms, count: 10, rise_time: 10 us}
    - {type: table, file: drive.csv}"""
    (tmp_path / "drive.csv").write_text("time [s],terminals.base.potential [V]\n0,-1\n0.01,0.5\n")
    lines = ["record_every: 0.1 ms", "fields_at: [1 ms, 2 ms]", "largest_step: 1 ms", "start: steady"]
    case = load(tmp_path, protocol, *lines, "outer: {parameter: study.protocol.3.frequency, values: [3 Hz, 0.1 kHz]}")
    study = case.study
    assert isinstance(study, Transient)
    assert study.driven_keys() == [V, "terminals.base.pressure"]
    assert (study.record_every, study.largest_step, study.tolerance) == (1e-4, 1e-3, 1e-3)
    assert study.field_times() == [1e-3, 2e-3]
    assert study.outer is not None
    assert study.outer.si_values() == [3.0, 100.0]
    duration = 7e-3 + 4 / 30 + 30e-3 + 10e-3
    assert schedule_of(case).duration == pytest.approx(duration)
    assert schedule_of(case).values(duration) == {V: 0.5, "terminals.base.pressure": 1e3}
    assert case.driven_terminal == "base"
    dump = case.model_dump(mode="json")
    assert Case.model_validate(dump).model_dump(mode="json") == dump
    assert dump["study"]["protocol"][1]["to"] == {V: 1.0, "terminals.base.pressure": 1000.0}
    assert dump["study"]["protocol"][6]["values"] == {V: [-1.0, 0.5]}
    assert pickle.loads(pickle.dumps(case)) == case


@pytest.mark.parametrize(
    ("protocol", "parameter", "value", "unit"),
    [
        (f"[{SINE}]", "study.protocol.0.frequency", 3.0, "Hz"),
        (f"{{voltage: [{SINE}]}}", "study.protocol.voltage.0.frequency", 3.0, "Hz"),
        (f"[{SINE}]", f"study.protocol.0.amplitude.{V}", 0.2, "V"),
        (f"{{voltage: [{SINE}]}}", f"study.protocol.voltage.0.amplitude.{V}", 0.2, "V"),
        ("[{type: hold, duration: 1 ms}]", "study.protocol.0.duration", 2.0, "s"),
        ("[{type: hold, duration: 1 ms}]", "study.tolerance", 1e-4, ""),
        ("[{type: hold, duration: 1 ms}]", "electrolyte.concentration", 2.0, "mol/m^3"),
    ],
)
def test_outer_values(tmp_path: Path, protocol: str, parameter: str, value: float, unit: str) -> None:
    case = load(tmp_path, protocol, f"outer: {{parameter: {parameter}, values: [{value}]}}")
    assert case.unit(parameter) == unit
    changed = case.with_value(parameter, value)
    assert changed.directory == tmp_path
    assert changed != case
    assert changed.with_value(parameter, value) == changed


def test_several_values_at_once(tmp_path: Path) -> None:
    case = load(tmp_path, f"[{SINE}]").with_values({V: 0.1, "study.protocol.0.frequency": "1 kHz"})
    assert case.potential_of("base") == 0.1
    assert schedule_of(case).cycles()[0].frequency == 1000.0


def test_overrides_reach_into_protocols(tmp_path: Path) -> None:
    overrides = [f"study.protocol.0.amplitude.{V}=200 mV", "study.protocol.0.periods=1"]
    case = load(tmp_path, f"[{SINE}]", overrides=overrides)
    assert schedule_of(case).range(V) == (0.8, 1.2)  # about the 1 V of the case
    with pytest.raises(CaseError, match=r"^--set study\.protocol\.0\.frequncy: unknown key; did you mean 'frequency'"):
        load(tmp_path, f"[{SINE}]", overrides=["study.protocol.0.frequncy=1 Hz"])
    with pytest.raises(CaseError, match=r"case\.yaml:18: study\.protocol\.0\.periods: '-1' must be positive"):
        load(tmp_path, f"[{SINE.replace('2}', '-1}')}]", overrides=["study.protocol.0.frequency=1 Hz"])


def test_driven_terminal_of_a_protocol(tmp_path: Path) -> None:
    tip = SINE.replace("base", "tip")
    zero = [f"{V}=0"]
    assert load(tmp_path, f"[{tip}]", overrides=zero).driven_terminal == "tip"
    assert load(tmp_path, f"[{tip}]", "driven_terminal: base", overrides=zero).driven_terminal == "base"


def test_times_of_fields_may_lie_beyond_the_end_of_fast_runs(tmp_path: Path) -> None:
    """Of the frequencies, only the slowest has a period that long."""
    outer = "outer: {parameter: study.protocol.0.frequency, values: [1 Hz, 30 Hz]}"
    case = load(tmp_path, f"[{SINE}]", "fields_at: [1.9 s]", outer)
    assert isinstance(case.study, Transient)
    with pytest.raises(
        CaseError, match=r"study\.fields_at\.0: 1\.9 s is beyond the end of the protocol, which takes 0\.0"
    ):
        load(tmp_path, f"[{SINE}]", "fields_at: [1.9 s]")


def test_driven_concentrations(tmp_path: Path) -> None:
    ramp = "[{type: ramp, duration: 1 ms, to: {terminals.base.concentration: 20 mM}}]"
    case = load(tmp_path, ramp, overrides=["terminals.base.concentration=10 mM"])
    assert schedule_of(case).range("terminals.base.concentration") == (10.0, 20.0)
    ions = "terminals.base.concentrations"
    both = f"[{{type: ramp, duration: 1 ms, to: {{{ions}.K: 20 mM, {ions}.Cl: 20 mM}}}}]"
    case = load(tmp_path, both, overrides=[f"{ions}={{K: 1 mM, Cl: 1 mM}}"])
    assert schedule_of(case).extremes() == [{f"{ions}.K": c, f"{ions}.Cl": c} for c in (1.0, 20.0)]


RAMP = "[{type: ramp, duration: 1 ms, to: {%s}}]"
IONS = "terminals.base.concentrations={K: 1 mM, Cl: 1 mM}"
BAD_PROTOCOLS: dict[str, tuple[str, list[str], list[str], str]] = {
    "no protocol": ("", [], ["study.protocol=null"], "--set study.protocol: nothing is not a protocol"),
    "one step": ("{type: hold, duration: 1 s}", [], [], "18: study.protocol: {'type': 'hold', "),
    "no steps": ("[]", [], [], "18: study.protocol: has no steps; write a list of steps, e.g. '- {type: hold, "),
    "a track without steps": ("{a: []}", [], [], "18: study.protocol.a: has no steps"),
    "no tracks": ("{}", [], [], "18: study.protocol: has no tracks"),
    "misspelt type": ("[{type: hld}]", [], [], "18: study.protocol.0.type: unknown type 'hld'; did you mean 'hold'?"),
    "missing type": ("[{duration: 1 s}]", [], [], "18: study.protocol.0.type: is missing; write one of hold, ramp, "),
    "missing duration": ("[{type: hold}]", [], [], "18: study.protocol.0.duration: is missing; write e.g. 'duration: 5 ms'"),
    "no time at all": (RAMP.replace("ramp, duration: 1 ms", "step") % "terminals.base.potential: 1", [], [],
                       "18: study.protocol: takes no time; add e.g. '- {type: hold, duration: 2 ms}'"),
    "wrong unit of time": ("[{type: hold, duration: 1 V}]", [], [], "18: study.protocol.0.duration: '1 V' is not a quan"),
    "wrong unit of a value": (RAMP % f"{V}: 1 A", [], [], f"18: study.protocol.0.to.{V}: '1 A' is not a quantity in V"),
    "nothing driven": (RAMP % "", [], [], "18: study.protocol.0.to: is empty; write e.g. '{terminals.base.potential: 1 V}'"),
    "nested instead of dotted": (RAMP % "terminals: {base: {potential: 1 V}}", [], [],
                                 "18: study.protocol.0.to.terminals: {'base': {'potential': '1 V'}} is no value; write dot"),
    "misspelt key": (RAMP % "terminals.base.potentail: 1 V", [], [],
                     "18: study.protocol.0.to.terminals.base.potentail: 'terminals.base.potentail' cannot be driven; did"),
    "key that is not driven": (RAMP % "geometry.length: 1 um", [], [],
                               "18: study.protocol.0.to.geometry.length: 'geometry.length' cannot be driven; what can be"),
    "no electrode": (RAMP % "walls.channel.potential: 1 V", [], [],
                     "18: study.protocol.0.to.walls.channel.potential: 'walls.channel.potential' cannot be driven: no such"),
    "concentration without a beginning": (RAMP % "terminals.base.concentration: 1 mM", [], [],
        "18: study.protocol.0.to.terminals.base.concentration: 'terminals.base.concentration' cannot be driven: the case"
        " gives no value there to start from"),
    "the other form of a concentration": (RAMP % "terminals.base.concentration: 1 mM", [], [IONS],
        "18: study.protocol.0.to.terminals.base.concentration: 'terminals.base.concentration' cannot be driven: the case"
        " gives terminals.base.concentrations; drive that"),
    "one ion alone": (RAMP % "terminals.base.concentrations.K: 2 mM", [], [IONS],
                      "18: study.protocol.0.to.terminals.base.concentrations.K: gives the reservoir a net charge of +"),
    "negative concentration": (RAMP % "terminals.base.concentration: -1 mM", [], ["terminals.base.concentration=1 mM"],
                               "18: study.protocol.0.to.terminals.base.concentration: brings terminals.base.concentration to"
                               " -1 mol/m^3; keep it above zero"),
    "amplitude beyond a concentration": (
        "[{type: sine, amplitude: {terminals.base.concentration: 2 mM}, frequency: 1 Hz}]", [],
        ["terminals.base.concentration=1 mM"], "18: study.protocol.0.amplitude.terminals.base.concentration: brings term"),
    "equilibrium profile": (RAMP % "terminals.base.concentration: 2 mM", [],
                            ["terminals.base.concentration=1 mM", "geometry.reservoirs=null"],
                            "18: study.protocol.0.to.terminals.base.concentration: terminal 'base' ends a charged channel"),
    "key in two tracks": (
        f"{{a: {RAMP % f'{V}: 1 V'}, b: {RAMP % f'{V}: 1 V'}}}", [], [],
        f"18: study.protocol.b.0.to.{V}: track 'a' drives this key already; a key belongs to one track"),
    "flanks": (f"[{{type: pulses, to: {{{V}: 1}}, width: 1 ms, rise_time: 1 ms}}]", [], [],
               "18: study.protocol.0.rise_time: two flanks of 0.001 s do not fit into a width of 0.001 s"),
    "short period": (f"[{{type: pulses, to: {{{V}: 1}}, width: 2 ms, period: 1 ms, count: 2}}]", [], [],
                     "18: study.protocol.0.period: 0.001 s must be longer than the width of a pulse, 0.002 s"),
    "no period": (f"[{{type: pulses, to: {{{V}: 1}}, width: 2 ms, count: 2}}]", [], [],
                  "18: study.protocol.0.period: is missing; 2 pulses need one, longer than 0.002 s"),
    "late fields": ("[{type: hold, duration: 1 s}]", ["fields_at: {start: 0 s, stop: 2 s, points: 3}"], [],
                    "19: study.fields_at.stop: 2 s is beyond the end of the protocol, which takes 1 s"),
    "negative field time": ("[{type: hold, duration: 1 s}]", ["fields_at: [-1 s]"], [],
                            "19: study.fields_at.0: '-1 s' must be non-negative"),
    "no start": ("[{type: hold, duration: 1 s}]", ["start: results/no"], [], "19: study.start: no result directory '"),
    "outer key": (f"[{SINE}]", ["outer: {parameter: study.protocol.1.frequency, values: [1 Hz]}"], [],
                  "19: study.outer.parameter: unknown key 'study.protocol.1.frequency': no '1' below 'study.protocol'"),
    "outer value": (f"[{SINE}]", ["outer: {parameter: study.protocol.0.frequency, values: [1 Hz, 0 Hz]}"], [],
                    "19: study.outer.values.1: '0 Hz' must be positive; write e.g. '30 Hz'"),
    "outer value that the protocol refuses": (
        f"[{{type: pulses, to: {{{V}: 1}}, width: 2 ms, period: 5 ms, count: 2}}]",
        ["outer: {parameter: study.protocol.0.width, values: [1 ms, 6 ms]}"], [],
        "19: study.outer.values.1: study.protocol.0.width = 0.006 s is refused: study.protocol.0.period: 0.005 s must be lo"),
    "sensitivities": ("[{type: hold, duration: 1 s}]", [], ["outputs.sensitivities=[geometry.length]"],
                      "--set outputs.sensitivities: are of steady states"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_PROTOCOLS)
def test_bad_protocols(tmp_path: Path, kind: str) -> None:
    protocol, lines, overrides, expected = BAD_PROTOCOLS[kind]
    with pytest.raises(CaseError) as caught:
        load(tmp_path, protocol, *lines, overrides=overrides)
    message = str(caught.value)
    place = "" if expected.startswith("--set") else f"{tmp_path / 'case.yaml'}:"
    assert message.startswith(place + expected)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "is empty; its first line names the columns: time [s], terminals.base.potential [V]"),
        (b"time [s]\n0\n1\n", "line 1: no driven column beside the time"),
        (b"t [s],terminals.base.potential [V]\n0,0\n1,1\n", "line 1: the first column is 'time [s]', not 't [s]'"),
        (b"time [V],terminals.base.potential [V]\n0,0\n1,1\n", "line 1: 'V' is not a unit of 'time'"),
        (
            b"# a\ntime [s],terminals.base.potential\n0,0\n1,1\n",
            "line 2: column 'terminals.base.potential' names no unit",
        ),
        (b"time [s],terminals.bse.potential [V]\n0,0\n1,1\n", "line 1: unknown key 'terminals.bse.potential'"),
        (b"time [s],geometry.length [m]\n0,0\n1,1\n", "line 1: 'geometry.length' cannot be driven"),
        (
            b"time [s],terminals.base.potential [V],terminals.base.potential [V]\n0,0,0\n1,1,1\n",
            "line 1: two columns of",
        ),
        (b"time [s],terminals.base.potential [V]\n0,0\n", "has 1 row of values; a table needs two"),
        (b"time [s],terminals.base.potential [V]\n0,0\n1\n", "line 3: 1 cells in 2 columns"),
        (
            b"time [s],terminals.base.potential [V]\n0,0\n1,x\n",
            "line 3: 'x' in column 'terminals.base.potential' is not",
        ),
        (
            b"time [s],terminals.base.potential [V]\n1,0\n2,1\n",
            "line 2: 1 s: the times of a table count from the start",
        ),
        (b"time [s],terminals.base.potential [V]\n0,0\n\n2,1\n1,1\n", "line 5: 1 s comes after 2 s"),
        (b"time [s],terminals.base.potential [V]\n0,0\n2,1\n2,3\n2,4\n", "line 5: 2 s stands there three times"),
        (b"time [s],terminals.base.potential [V]\n0,0\n0,1\n", "line 3: 0 s: the table takes no time"),
    ],
)
def test_bad_tables(tmp_path: Path, content: bytes | None, expected: str) -> None:
    if content is not None:
        (tmp_path / "drive.csv").write_bytes(content)
    with pytest.raises(CaseError) as caught:
        load(tmp_path, "[{type: table, file: drive.csv}]")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'case.yaml'}:18: study.protocol.0.file: '{tmp_path / 'drive.csv'}'")
    assert expected in message


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("type: table", "18: study.protocol.0.file: is missing; write e.g. 'file: drive.csv'"),
        ("type: table, times: [0, 1]", "18: study.protocol.0.values: is missing; a table without a file has times and"),
        (
            "type: table, times: [0, 1], values: {terminals.base.potential: [1]}",
            "18: study.protocol.0.values.terminals.b",
        ),
        (
            "type: table, times: [0, 2, 1], values: {terminals.base.potential: [1, 2, 3]}",
            "18: study.protocol.0.times.2: 1",
        ),
        (
            "type: table, file: a.csv, times: [0, 2], values: {terminals.base.potential: [1, 2]}",
            "18: study.protocol.0.file:",
        ),
    ],
)
def test_bad_inline_tables(tmp_path: Path, table: str, expected: str) -> None:
    with pytest.raises(CaseError) as caught:
        load(tmp_path, f"[{{{table}}}]")
    assert str(caught.value).startswith(f"{tmp_path / 'case.yaml'}:{expected}")


def test_start_is_relative_to_the_case(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    study = load(tmp_path, "[{type: hold, duration: 1 s}]", "start: before").study
    assert isinstance(study, Transient)
    assert study.start == "before"


# ------------------------------------------------------------------------------------------------ impedances
def test_impedance(tmp_path: Path) -> None:
    text = """study:
  type: impedance
  frequencies: {start: 0.1 Hz, stop: 1 kHz, points: 5, spacing: logarithmic}
  at: [0 V, 500 mV]
"""
    case = cone_file.load(tmp_path, (SWEEP, text))
    assert isinstance(case.study, Impedance)
    assert case.study.frequency_values() == [0.1, 1.0, 10.0, 100.0, 1000.0]
    assert case.study.at == (0.0, 0.5)
    assert case.driven_terminal == "base"
    assert case.potential_key("base") == V
    assert case.with_value(V, 0.5).potential_of("base") == 0.5
    dump = case.model_dump(mode="json")
    assert Case.model_validate(dump).model_dump(mode="json") == dump
    assert cone_file.load(tmp_path, (SWEEP, text + "  terminal: tip\n")).driven_terminal == "tip"


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("type: impedance", "study.frequencies: is missing; write e.g. 'frequencies: {start: 0.1 Hz"),
        ("type: impedance, frequencies: []", "study.frequencies: is empty"),
        ("type: impedance, frequencies: [1 Hz, 0 Hz]", "study.frequencies.1: '0 Hz' must be positive"),
        (
            "type: impedance, frequencies: {start: 1 s, stop: 1 Hz, points: 2}",
            "study.frequencies.start: '1 s' is not a qu",
        ),
        ("type: impedance, frequencies: [1 Hz], at: [1 A]", "study.at.0: '1 A' is not a quantity in V"),
        (
            "type: impedance, frequencies: [1 Hz], terminal: bse",
            "study.terminal: unknown terminal 'bse'; did you mean 'base'",
        ),
        ("type: impedanse", "study.type: unknown type 'impedanse'; did you mean 'impedance'?"),
    ],
)
def test_bad_impedances(tmp_path: Path, study: str, expected: str) -> None:
    with pytest.raises(CaseError) as caught:
        cone_file.load(tmp_path, overrides=[f"study={{{study}}}"])
    assert str(caught.value).startswith(f"--set {expected}")
