"""Fields of the devices of a circuit: which are kept, where, and what is left of them after an interruption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import nanochannel as nc
from circuits.description.loading import load_circuit
from circuits.run import run_circuit
from nanochannel import main
from postprocess.tables.circuit import load_circuit_result
from postprocess.tables.circuit_table import circuit_table
from solver.inputs.errors import CaseError
from solver.parallel.progress import Silent
from solver.results.directory import ResultDirectory
from solver.results.field_list import field_files
from solver.results.rows import ResultError
from tests.support.device_circuits import CONE_IN_CIRCUIT, write

pytestmark = pytest.mark.serial


def test_devices_have_results_of_their_own(pulsed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the last instant, with the currents of the circuit."""
    circuit = nc.open_result(pulsed / "one")
    assert circuit.devices == ["first", "second", "third"]
    device = circuit.device("first")
    assert device.table["time [s]"].tolist() == [circuit.table["time [s]"].iloc[-1]]
    assert sorted(device.fields) == device.table["point"].tolist() == sorted(set(device.profiles["point"]))
    rows = circuit.table.set_index("point").loc[device.table["point"]]
    for port in ("base", "tip"):
        here, there = (each[f"current_{name}{port} [A]"].to_numpy() for each, name in ((device, ""), (rows, "first_")))
        assert np.abs(here - there).max() <= 1e-9 * np.abs(there).max()
    assert device.table["potential_tip [V]"].to_numpy() == pytest.approx(rows["potential_middle [V]"].to_numpy())
    assert device.label("current [A]") == "current"
    for word in ("info", "render"):
        assert main([word, str(pulsed / "one" / "devices" / "first")]) == 0
    assert main(["render", str(pulsed / "one")]) == 2
    assert "devices/first" in capsys.readouterr().err
    with pytest.raises(ResultError, match="there are those of first, second, third"):
        circuit.device("fourth")


def test_fields_of_a_sweep_in_memory_and_on_disk(tmp_path: Path) -> None:
    """Extremes and zero, as in sweeps of cases; and none where none are asked for."""
    elements = {
        "cone": CONE_IN_CIRCUIT,
        "source": {"type": "voltage_source", "voltage": 0.0, "terminals": ["top", "bath"]},
    }
    study = {"type": "sweep", "parameter": "elements.source.voltage", "values": [-0.1, -0.05, 0.0, 0.1]}
    circuit = load_circuit(write(tmp_path, elements, study))
    memory, disk = nc.simulate(circuit), nc.simulate(circuit, tmp_path / "out")
    for result in (memory, disk):
        device = result.device("cone")
        assert device.table["elements.source.voltage [V]"].tolist() == pytest.approx([-0.1, 0.0, 0.1])
        assert device.table["bias [V]"].tolist() == pytest.approx([-0.1, 0.0, 0.1])
        assert sorted(device.fields) == [0, 2, 3]
    here, there = (each.device("cone").table["current [A]"].to_numpy() for each in (memory, disk))
    assert here == pytest.approx(there, rel=1e-10)
    assert "stability is not known for circuits with fields" in circuit_table(load_circuit_result(tmp_path / "out"))
    without = load_circuit(tmp_path, ["outputs.fields=none"])
    assert nc.simulate(without, tmp_path / "without").devices == []


class Stopped(Exception):
    """Raised after some rows."""


def stopping_after(rows: int) -> type[Silent]:
    """A progress that ends the run after that many rows."""

    class Stopping(Silent):
        left = rows

        def accepted(self, text: str, weight: float = 1.0) -> None:
            Stopping.left -= 1
            if not Stopping.left:
                raise Stopped

    return Stopping


def test_fields_before_an_interruption_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the instants asked for and of the last one, each once."""
    monkeypatch.setenv("NANOCHANNEL_CHECKPOINT_INTERVAL", "0")
    source = {"type": "current_source", "current": 1e-12, "terminals": ["bath", "top"]}
    capacitor = {"type": "capacitor", "capacitance": 1e-16, "initial": 0.05, "terminals": ["top", "bath"]}
    study = {"type": "transient", "duration": 4e-8, "record_every": 1e-8, "tolerance": 0.1, "fields_at": [0.0, 1.5e-8]}
    circuit = load_circuit(write(tmp_path, {"cone": CONE_IN_CIRCUIT, "I": source, "C": capacitor}, study))
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        run_circuit(circuit, out, MPI.COMM_SELF, progress=stopping_after(5))
    assert sorted(field_files(out / "devices" / "cone")) == [0, 3]
    run_circuit(circuit, out, MPI.COMM_SELF, resume=True, progress=Silent)
    device = nc.open_result(out).device("cone")
    assert device.table["time [s]"].tolist() == pytest.approx([0.0, 1.5e-8, 4e-8], rel=1e-12)
    assert sorted(device.fields) == device.table["point"].tolist()
    assert device.run["status"] == "complete"


def test_times_of_fields_beyond_the_end_are_refused(tmp_path: Path) -> None:
    elements = {"cone": CONE_IN_CIRCUIT, "R": {"type": "resistor", "resistance": 1e9, "terminals": ["top", "bath"]}}
    write(tmp_path, elements, {"type": "transient", "duration": 1e-6, "fields_at": [0.0, 2e-6]})
    with pytest.raises(CaseError, match="2e-06 s is beyond the end of the run, which takes 1e-06 s"):
        load_circuit(tmp_path)


def test_rows_of_fields_behind_those_of_the_circuit_do_not_count(tmp_path: Path) -> None:
    """A device's row is written before that of the circuit, which may be killed in between; a lost file is a damage."""

    def opened(below: int, *, repair: bool = False) -> list[int]:
        result = ResultDirectory(tmp_path, resume=True, repair=repair)
        left = result.start({"a": 1}, below=below)
        found = [int(row["point"]) for row in left.points]
        result.fail("interrupted")
        return found

    first = ResultDirectory(tmp_path)
    first.start({"a": 1}, below=0)
    (tmp_path / "fields").mkdir()
    for point in (0, 4, 7):
        (tmp_path / "fields" / f"{point}.vtu").touch()
        first.add_point({"point": point, "current [A]": 1.0}, fields=f"{point}.vtu")
    first.fail("interrupted")
    assert opened(7) == [0, 4]
    assert list(field_files(tmp_path)) == [0, 4]
    (tmp_path / "fields" / "4.vtu").unlink()
    with pytest.raises(ResultError, match=r"4.vtu is missing.*goes on without the 1 rows"):
        opened(7)
    assert opened(4) == [0]
