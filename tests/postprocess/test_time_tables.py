"""Tables and expected numbers of synthetic runs in time and of impedance spectra."""

from __future__ import annotations

from pathlib import Path

import pytest

from postprocess.tables.expected import compare
from postprocess.tables.protocol import describe_protocol
from postprocess.tables.result import load
from postprocess.tables.result_table import result_table
from postprocess.tables.run_summary import run_summary
from solver.results.rows import ResultError
from tests.support.synthetic_time import write_cycles, write_impedance, write_pulses


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cycles(tmp_path_factory.mktemp("cycle") / "r")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cycles(tmp_path_factory.mktemp("many") / "r", (3.0, 10.0, 30.0))


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pulses(tmp_path_factory.mktemp("train") / "r")


def test_instants(cycle: Path) -> None:
    lines = result_table(load(cycle)).splitlines()
    assert lines[0] == "memristor: Conical memristor (complete, 161 instants, 1 rank, 6.0 s)"
    assert lines[3].split() == ["[ms]", "[V]", "[nA]", "[nS]", "[mM]"]
    rows = [line.split() for line in lines[4:19]]
    assert [row[0] for row in (rows[0], rows[-1])] == ["0", "66.6667"]
    assert rows[0] == ["0", "0", "0.037660", "10.000"], "no conductance without a bias"
    assert {"8.33333", "25", "41.6667", "58.3333"} <= {row[0] for row in rows}, "where the drive turns"
    assert lines[19] == f"15 of 161 instants; all are in {cycle / 'observables.csv'}"
    assert not any(row[1] == "-0" for row in rows)


def test_loops(cycle: Path, many: Path) -> None:
    lines = result_table(load(cycle)).splitlines()
    at = lines.index("loops, last period of every cycle; areas are positive where the loop runs anticlockwise")
    assert lines[at + 3].split()[:4] == ["30", "Hz", "2", "72.18"]
    assert lines[-2:] == [
        "largest error of the balance of salt 3e-04, of charge 2e-09",
        "160 accepted steps, 3 rejected steps, 320 factorisations",
    ]
    text = result_table(load(many))
    assert "instants; all" not in text, "the loops sum it up"
    shown = [line.split()[0] for line in text.splitlines() if " Hz  " in line]
    assert shown == ["3", "10", "30"]
    assert "\nlargest area 6.56 % of the frame at 33 Hz\n" in text
    running = load(write_cycles(many.parent / "running", (3.0, 10.0, 30.0), complete=False))
    assert result_table(running).count("5 of 161 instants") == 3, "before the summary there are only instants"


def test_pulses_and_memory(train: Path) -> None:
    text = result_table(load(train))
    lines = text.splitlines()
    at = lines.index("relaxations of salt")
    assert lines[at + 3].split() == ["22", "44", "5", "ms", "11.22", "9.502", "1e-03"]
    at = lines.index("pulses, at their ends")
    assert lines[at + 10].split() == ["21", "22", "1", "8", "-1.122", "1.122", "1.091"]
    result = load(train)
    result.summary["pulses"] *= 3
    result.summary["memory"] *= 20
    assert "\n15 of 24" in result_table(result)
    assert "\n15 of 20" in result_table(result)


def test_impedance(tmp_path: Path) -> None:
    lines = result_table(load(write_impedance(tmp_path / "r"))).splitlines()
    assert lines[2] == "potential at base = 0 V"
    assert lines[4].split() == ["[GΩ]", "[MΩ]", "[GΩ]", "[deg]"]
    assert lines[5].split() == ["100", "mHz", "1.7000", "-1.8861", "1.7000", "-0.063567"]
    assert lines[33].split()[:2] == ["1", "MHz"]
    assert lines[34] == "limit of zero frequency 1.7 GΩ"


def test_info(cycle: Path, many: Path, train: Path) -> None:
    edge = load(many)
    edge.summary["largest_area"]["inside_the_range"] = False
    text = run_summary(load(cycle))
    assert "\nprotocol  sine 30 Hz × 2 (potential at base ± 1 V)\n" in text
    assert "\nloops     1 cycle, 6.43 % of the frame at 30 Hz, pinched\n" in text
    assert (
        "3 cycles, widest 6.43 % of the frame at 30 Hz, pinched; largest at 33 Hz, an end of the range"
        in run_summary(edge)
    )
    assert "pulses 8 × 1 ms every 3 ms (potential at base to -1 V), hold 20 ms" in run_summary(load(train))


def test_protocol_with_tracks_and_many_steps(cycle: Path) -> None:
    result = load(cycle)
    hold = {"type": "hold", "duration": 2e-3}
    result.run["case"]["study"]["protocol"] = {
        "voltage": [hold] * 12,
        "salt": [{"type": "table", "file": "drive.csv"}],
    }
    text = describe_protocol(result)
    assert text == f"voltage: {', '.join(['hold 2 ms'] * 6)}, ... 5 more ..., hold 2 ms; salt: table drive.csv"


def test_expected(cycle: Path, many: Path, train: Path, tmp_path: Path) -> None:
    file = tmp_path / "expected.csv"
    file.write_text(
        "quantity,time [s],period,value,tolerance,source\n"
        "current,25 ms,,-1.2104 nA,1e-4,an instant\n"
        "salt_balance_error,,,< 1e-3,,all instants\n"
        "loops[-1].area [W],,,262.5 pW,1e-3,last loop\n"
        "loops[0].area,,,1 pW,1e-3,wrong\n"
        "loops.area_positive,,2,-190.3 pW,1e-3,by period\n"
        "loops.accepted_steps,,,80,0,worst of all\n"
        "loops[-1].pinched,,,1,0,yes\n"
        "memory[0].memory_time [s],,,5 ms,1 %,there is none\n"
        "loops[7].area,,,1 pW,1 %,so many there are not\n"
        "cost.accepted_steps,,,< 1000,,cost\n"
        "current,26 ms,,1,1 %,no such instant\n"
    )
    table = compare(load(cycle), file)
    assert list(table["passed"]) == [True, True, True, False, True, True, True, False, False, True, False]
    assert table["quantity"].iloc[3] == "loops[0].area [W]"
    assert table["at"].iloc[4] == "period = 2.0"
    file.write_text(
        "quantity,value,tolerance,source\nlargest_area.frequency,33 Hz,1e-6,\nlargest_area[0].area_normalised,> 0,,\n"
    )
    assert list(compare(load(many), file)["passed"]) == [True, True]
    file.write_text("quantity,value,tolerance,source\nmemory[0].memory_time [s],5 ms,1e-6,\npulses[-1].pulse,8,0,\n")
    assert list(compare(load(train), file)["passed"]) == [True, True]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("loops[0].width,,1,1 %,", r"loops of summary\.json has no 'width'; there are outer, key, frequency"),
        ("loop[0].area,,1,1 %,", r"unknown quantity 'loop\[0\]\.area'; .* such as 'loops\[0\]\.area': there are loops"),
        ("loops[0].area,1,1,1 %,", r"the result has no column 'time \[s\]' to select by"),
        ("loops[0].area,,1 A,1 %,", r"'1 A' is not a quantity in W"),
    ],
)
def test_expected_errors(cycle: Path, tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "expected.csv"
    file.write_text(f"quantity,time [s],value,tolerance,source\n{line}\n")
    with pytest.raises(ResultError, match=message):
        compare(load(cycle), file)


def test_broken_summary(tmp_path: Path) -> None:
    path = write_cycles(tmp_path / "r")
    (path / "summary.json").write_text("{")
    with pytest.raises(ResultError, match=r"summary\.json is not valid JSON"):
        load(path)
    (path / "summary.json").unlink()
    assert load(path).summary == {}
