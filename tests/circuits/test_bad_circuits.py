"""Bad circuits are refused in one line that names file, line and key, and says what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from circuits.check.report import check_circuit
from circuits.compact.model import CompactModel
from circuits.description.loading import load_circuit
from nanochannel import main
from solver.inputs.errors import CaseError
from tests.support.paths import CASES

pytestmark = pytest.mark.serial

GOOD = """\
circuit:
  nodes: {input: {}, membrane: {}, bath: {ground: true}}
  elements:
    source: {type: voltage_source, terminals: [input, bath], protocol: [{type: step, to: 1 V}, {type: hold, duration: 1 s}]}
    R: {type: resistor, resistance: 1 Gohm, terminals: [input, membrane]}
    C: {type: capacitor, capacitance: 1 pF, terminals: [membrane, bath]}
    S: {type: switch, resistance: 1 kohm, open_resistance: 1 Tohm, changes_at: [1 ms, 2 ms], terminals: [membrane, bath]}
study: {type: transient, duration: 1 ms}
"""

CONE = f"case: {CASES / 'conical_rectifier'}"

MODEL = CASES / "hodgkin_huxley" / "fast_cone.json"

BAD = [
    # nodes
    ("{input: {}, membrane", "{input: {}, extra: {}, membrane", "2: circuit.nodes.extra: no element is connected"),
    ("    S: {", "    S2: {type: resistor, resistance: 1 ohm, terminals: [membrane, lone]}\n    S: {",
     "7: circuit.elements.S2.terminals.1: no node 'lone'; the nodes are input, membrane, bath"),
    ("{}, bath: {ground: true}", "{}, lone: {}, bath: {ground: true}", "2: circuit.nodes.lone: no element"),
    ("[input, membrane]", "[input, membrnae]",
     "5: circuit.elements.R.terminals.1: no node 'membrnae'; did you mean 'membrane'?"),
    ("membrane: {}", "membrane: {ground: true}",
     "2: circuit.nodes.bath.ground: 'membrane' is the ground already; a circuit has one"),
    ("{ground: true}", "{}", "2: circuit.nodes: no node is the ground; write e.g. 'input: {ground: true}'"),
    ("input: {}", "in-put: {}", "2: circuit.nodes.in-put: 'in-put' is no name; write letters, digits and underscores"),
    ("input: {}, membrane", "input: {}, input: {}, membrane",
     "2: duplicate key 'input' in the mapping that starts on line 2; keep one of them"),
    ("input: {}", "input: {grounded: true}", "2: circuit.nodes.input.grounded: unknown key; did you mean 'ground'?"),
    # elements
    ("resistor, resistance: 1 Gohm", "resistance, resistance: 1 Gohm",
     "5: circuit.elements.R.type: unknown type 'resistance'; "),
    ("resistor, resistance: 1 Gohm", "resistor",
     "5: circuit.elements.R.resistance: is missing; write e.g. 'resistance: 1 Gohm'"),
    ("1 Gohm", "1 pF", "5: circuit.elements.R.resistance: '1 pF' "),
    ("1 Gohm", "-1 Gohm", "5: circuit.elements.R.resistance: '-1 Gohm' must be positive"),
    ("1 Gohm", "1 Gohn", "5: circuit.elements.R.resistance: "),
    ("    C: {", "    R: {", "6: duplicate key 'R' in the mapping that starts on line 4; keep one of them"),
    ("    C: {", "    2C: {", "6: circuit.elements.2C: '2C' is no name"),
    ("type: capacitor, ", "type: capacitor, capacity: 1 pF, ", "6: circuit.elements.C.capacity: unknown key; "),
    ("[membrane, bath]}\n    S", "[membrane]}\n    S", "6: circuit.elements.C.terminals: "),
    ("[membrane, bath]}\n    S", "[bath, bath]}\n    S",
     "6: circuit.elements.C.terminals: both ends are at 'bath', where the element has no effect; name two nodes"),
    ("    C: {", "    again: {type: battery, voltage: 1 V, terminals: [input, bath]}\n    C: {",
     "6: circuit.elements.again: closes a loop of elements without resistance (with 'source'), in which no current is"
     " determined; give one a 'resistance', or put a resistor into the loop"),
    # protocols
    ("to: 1 V", "to: {source: 1 V, R: 1 ohm}",
     "4: circuit.elements.source.protocol.0.to: the protocol of a source drives the source alone; write one value"),
    ("to: 1 V", "to: [1 V, 2 V]", "4: circuit.elements.source.protocol.0.to"),
    ("to: 1 V", "to: 1 pA", "4: circuit.elements.source.protocol.0.to"),
    ("type: step", "type: jump", "4: circuit.elements.source.protocol.0.type: unknown type 'jump'; "),
    ("[1 ms, 2 ms]", "[2 ms, 1 ms]",
     "7: circuit.elements.S.changes_at.1: 0.001 s is not after the change before it, at 0.002 s"),
    ("to: 1 V}, {type: hold, duration: 1 s}", "to: 1 V, at: 2 ms}", "4: circuit.elements.source.protocol.0.at: unknown key"),
    ("type: transient, duration: 1 ms",
     "type: sweep, parameter: elements.R.resistance, values: [1 ohm],"
     " outer: {parameter: elements.R.resistance, values: [2 ohm]}",
     "8: study.outer.parameter: 'elements.R.resistance' is swept already, and its values would replace these"),
    # files
    ("type: resistor, resistance: 1 Gohm", "type: compact, model: missing.json",
     "5: circuit.elements.R.model: no file "),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: compact, model: {MODEL}, terminals: {{base: input, tipp: membrane}}",
     "5: circuit.elements.R.terminals.tipp: the model has no terminal 'tipp'; did you mean 'tip'?"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: compact, model: {MODEL}, terminals: {{base: input}}",
     "5: circuit.elements.R.terminals: "),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: compact, model: {MODEL}, overrides: {{geometry.length: 5 um}}, terminals: [input, membrane]",
     "5: circuit.elements.R.overrides: unknown key; "),
    # devices
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, terminals: {{base: input}}",
     "5: circuit.elements.R.terminals: the terminal 'tip' of the device is connected to no node; write 'tip: NODE'"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, terminals: {{base: input, tipp: membrane}}",
     "5: circuit.elements.R.terminals.tipp: the device has no terminal 'tipp'; did you mean 'tip'?"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, overrides: {{geometry.length: 5 V}}, terminals: {{base: input, tip: membrane}}",
     "5: circuit.elements.R.overrides.geometry.length: '5 V' is not a quantity in m"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, overrides: {{geometry: {{length: 1 um}}}}, terminals: {{base: input, tip: membrane}}",
     "5: circuit.elements.R.overrides.geometry: geometry.type: is missing; "),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, terminals: {{input: base, tip: membrane}}",
     "5: circuit.elements.R.terminals.input: no node 'base'; write 'base: input', a terminal before the node that it is at"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     "type: device, case: nowhere, terminals: {base: input, tip: membrane}",
     "5: circuit.elements.R.case: no case "),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, case: {CASES / 'hodgkin_huxley' / 'fast_con'}, terminals: {{base: input, tip: membrane}}",
     f"5: circuit.elements.R.case: no case '{CASES / 'hodgkin_huxley' / 'fast_con'}'; did you mean '"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, overrides: {{terminals.base.potential: 1 V}}, terminals: {{base: input, tip: membrane}}",
     "5: circuit.elements.R.overrides.terminals.base.potential: the potential of 'base' is that of the node 'input'"),
    ("type: resistor, resistance: 1 Gohm, terminals: [input, membrane]",
     f"type: device, {CONE}, overrides: {{study.range.points: 3}}, terminals: {{base: input, tip: membrane}}",
     "5: circuit.elements.R.overrides.study.range.points: 'study.range.points' has no effect in a circuit"),
    # studies
    ("type: transient, duration: 1 ms", "type: sweep, parameter: elements.Q.voltage, values: [1 V]",
     "8: study.parameter: "),
    ("type: transient, duration: 1 ms", "type: sweep, parameter: elements.R.resistance, values: [1 V]",
     "8: study.values.0: "),
    ("type: transient, duration: 1 ms", "type: impedance, source: R, frequencies: [1 Hz]",
     "8: study.source: no source 'R'; "),
    ("type: transient, duration: 1 ms", "type: sweep, parameter: circuit.elements.R.resistance, values: [1 ohm]",
     "8: study.parameter: keys of a study begin with 'elements'; write 'elements.R.resistance'"),
    ("type: transient, duration: 1 ms",
     "type: threshold, node: bath, source: source, duration: 1 s, widths: [1 ms], amplitudes: [1 V, 2 V], resolution: 1 mV",
     "8: study.source: 'source' has a protocol, which this study would replace"),
    ("type: transient, duration: 1 ms", "type: spike_map, node: bath, duration: 1 s, parameter: elements.R.resistance,"
     " values: [1 ohm]", "8: study.node: 'bath' is the ground, whose potential is always zero; write one of 'input', '"),
    ("type: transient, duration: 1 ms", "type: truth_table, inputs: {source: {high: 1 V}}, outputs: [bath]",
     "8: study.outputs.0: 'bath' is the ground, whose potential is always zero; write one of"),
    ("type: transient, duration: 1 ms", "type: monte_carlo, node: membrane, duration: 1 s, samples: 2,"
     " spread: [{parameter: elements.source.voltage, relative: 5 %}]",
     "8: study.spread.0.parameter: 'elements.source.voltage' is zero, so that a part of it is nothing; "),
    ("type: transient, duration: 1 ms", "type: monte_carlo, node: membrane, duration: 1 s, samples: 2,"
     " spread: [{parameter: elements.C.capacity, relative: 5 %}]",
     "8: study.spread.0.parameter: unknown key 'elements.C.capacity': no 'capacity'"),
    ("type: transient", "type: transients", "8: study.type: unknown type 'transients'; "),
    ("study: {", "studies: {", "8: studies: unknown key; did you mean 'study'?"),
]  # fmt: skip


def changed(old: str, new: str) -> str:
    """The good circuit with a change."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(("old", "new", "expected"), BAD)
def test_a_bad_circuit_is_refused_in_one_line(old: str, new: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(changed(old, new), encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load_circuit(tmp_path)
    assert str(caught.value).startswith(f"{file}:{expected}")
    assert "\n" not in str(caught.value)


MEMBRANE = (
    "    M: {type: selective_membrane, conductance: 1 nS, concentrations: [1 mM, 2 mM], terminals: [membrane, bath]}"
)
CHARGED = "    D: {type: capacitor, capacitance: 2 pF, initial: %s, terminals: [%s, bath]}"


@pytest.mark.parametrize(
    ("line", "initial", "study", "expected"),
    [
        (CHARGED % ("0.3 V", "input"), "", "", "8: circuit.elements.D.initial: 0.3 V cannot be: by 'source' it has 1 V at"),
        (CHARGED % ("0.3 V", "membrane"), "0.5 V", "",
         "8: circuit.elements.D.initial: 0.3 V cannot be: by 'C' it has 0.5 V at the start; leave it out, or write '0.5 V'"),
        (MEMBRANE, "", "type: sweep, parameter: elements.M.selectivity, values: [1, 2]",
         "9: study.values: 2 is refused at 'elements.M.selectivity': 2.0 must be less than or equal to 1"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused_before_the_run(
    line: str, initial: str, study: str, expected: str, tmp_path: Path
) -> None:
    text = changed("study: {", f"{line}\nstudy: {{")
    text = text.replace("capacitance: 1 pF", f"capacitance: 1 pF, initial: {initial}") if initial else text
    (tmp_path / "case.yaml").write_text(text.replace("type: transient, duration: 1 ms", study) if study else text)
    with pytest.raises(CaseError) as caught:
        load_circuit(tmp_path)
    assert expected in str(caught.value)


def test_the_good_one_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(GOOD, encoding="utf-8")
    assert len(load_circuit(tmp_path).elements) == 4


def test_values_of_keys_are_replaced_together(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(GOOD, encoding="utf-8")
    circuit = load_circuit(tmp_path).with_values({"circuit.elements.C.capacitance": "2 pF", "study.duration": 5e-3})
    assert circuit.model_dump()["circuit"]["elements"]["C"]["capacitance"] == 2e-12
    assert circuit.model_dump()["study"]["duration"] == 5e-3
    with pytest.raises(CaseError, match=r"elements.C.capacitance: the circuit has no such key; write .*'circuit.elem"):
        circuit.with_values({"elements.C.capacitance": "2 pF"})
    with pytest.raises(CaseError, match=r"circuit.elements.C.capacitance: '-2 pF' must be positive"):
        circuit.with_values({"circuit.elements.C.capacitance": "-2 pF"})


def test_a_node_between_capacitors_has_no_steady_potential(tmp_path: Path) -> None:
    text = GOOD.replace("resistor, resistance: 1 Gohm", "capacitor, capacitance: 1 pF")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    S: "))
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(
        CaseError, match=r"case.yaml:2: circuit.nodes.membrane: no element that conducts joins this node"
    ):
        load_circuit(tmp_path)


def test_a_node_behind_an_open_switch_has_no_steady_potential(tmp_path: Path) -> None:
    text = GOOD.replace("resistor, resistance: 1 Gohm", "switch, resistance: 1 Gohm, changes_at: [1 ms]")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    S: "))
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=r"case.yaml:2: circuit.nodes.membrane: .*; give 'R' an 'open_resistance'"):
        load_circuit(tmp_path)


def test_a_node_with_one_element_is_named(tmp_path: Path) -> None:
    text = GOOD.replace("bath: {ground", "end: {}, bath: {ground")
    text = text.replace("study", "    B: {type: resistor, resistance: 1 ohm, terminals: [membrane, end]}\nstudy")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(
        CaseError, match=r"case.yaml:2: circuit.nodes.end: only 'B' is at this node, so that no current"
    ):
        load_circuit(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("reversal", float("nan"), "has a number that is not finite"),
        ("voltages", [-1.0, 0.0, 1.0, float("inf")], "has a number that is not finite"),
        ("capacitance", -1e-15, "has a capacitance or a weight of a branch that is negative"),
        (
            "branches",
            [{"weight": 2.0, "times": []}, {"weight": -1.0, "times": [1e-3]}],
            "a weight of a branch that is neg",
        ),
        ("reversal", True, "lacks or misspells an entry (True is no number)"),
        ("terminals", "ab", "needs the names of two terminals"),
        ("reversall", 0.1, "has an unknown entry 'reversall'"),
    ],
)
def test_a_wrong_file_of_a_compact_model_is_refused(key: str, value: object, expected: str, tmp_path: Path) -> None:
    model = CompactModel(("base", "tip"), (-1.0, 0.0, 1.0, 2.0), (1e-12, 1e-12, 2e-12, 2e-12)).to_tree()
    (tmp_path / "m.json").write_text(json.dumps({**model, key: value}), encoding="utf-8")
    text = changed("type: resistor, resistance: 1 Gohm", "type: compact, model: m.json")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load_circuit(tmp_path)
    assert expected in str(caught.value)
    assert "case.yaml:5: circuit.elements.R.model: " in str(caught.value)


def test_steps_alone_hold_until_the_end_of_the_study(tmp_path: Path) -> None:
    text = changed("{type: step, to: 1 V}, {type: hold, duration: 1 s}", "{type: step, to: 1 V}")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    S: "))
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    schedule = load_circuit(tmp_path).schedule
    assert schedule is not None
    assert [schedule.values(time, after=True)["source"] for time in (0.0, 1e-3)] == [1.0, 1.0]
    (tmp_path / "case.yaml").write_text(text.replace(", duration: 1 ms", ""), encoding="utf-8")
    with pytest.raises(
        CaseError, match=r"case.yaml:4: circuit.elements.source.protocol: takes no time: a step is a jump; add"
    ):
        load_circuit(tmp_path)


def test_what_has_no_effect_is_told(tmp_path: Path) -> None:
    text = changed("{type: step, to: 1 V}", "{type: step, to: 1 V}, {type: step, to: 2 V}")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert "step 1 of the protocol of source has no effect" in "".join(check_circuit(load_circuit(tmp_path)).warnings)
    text = changed("capacitance: 1 pF", "capacitance: 1 pF, initial: 1 V").replace(
        "type: transient, duration: 1 ms", "type: steady"
    )
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert "the initial voltage of C is not used" in "".join(check_circuit(load_circuit(tmp_path)).warnings)
    text = changed("capacitance: 1 pF", "capacitance: 1 pF, initial: 1 V").replace(
        "study: {", "    D: {type: capacitor, capacitance: 1 pF, terminals: [membrane, bath]}\nstudy: {"
    )
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert "D takes part of the charge of C at once" in "".join(check_circuit(load_circuit(tmp_path)).warnings)
    study = "type: spike_map, node: membrane, duration: 1 s, parameter: elements.R.resistance, values: [1 ohm]"
    (tmp_path / "case.yaml").write_text(changed("type: transient, duration: 1 ms", study), encoding="utf-8")
    assert not check_circuit(load_circuit(tmp_path)).warnings  # its runs follow the protocol


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["check", "FOLDER", "--picture", "x.png"],
         "circuit: a circuit has no mesh to draw with --picture; write the case of"),
        (["fit", "FOLDER", "--data", "x.csv", "--parameters", "circuit.elements.R.resistance"],
         "circuit: a circuit is nothing for 'fit', which takes a single device; write the case of a device"),
        (["mesh", "FOLDER"], "case.yaml:1: circuit: a circuit is nothing for 'mesh'"),
        (["optimise", "FOLDER", "--quantity", "current", "--over", "circuit.elements.R.resistance=1 ohm,2 ohm"],
         "case.yaml:1: circuit: a circuit is nothing for 'optimise'"),
        (["check", "FOLDER", "--set", "circuit.elements.R.resistance=1 V"],
         "--set circuit.elements.R.resistance: '1 V' is not a quantity in ohm; write e.g. '1 Gohm'"),
        (["check", "FOLDER", "--set", "circuit.elements.r.resistance=1 ohm"],
         "--set circuit.elements.r.resistance: no element 'r'; did you mean 'R'?"),
        (["check", "FOLDER", "--set", "elements.R.resistance=1 ohm"],
         "--set elements.R.resistance: unknown key; write 'circuit.elements.R.resistance'"),
    ],
)  # fmt: skip
def test_commands_that_need_a_device_say_so(
    words: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.yaml").write_text(GOOD, encoding="utf-8")
    code = main([str(tmp_path) if word == "FOLDER" else word for word in words])
    told = capsys.readouterr().err
    assert code == 2
    assert expected in told
    assert len(told.strip().splitlines()) == 1
