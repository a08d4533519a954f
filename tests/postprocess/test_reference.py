"""Measured curves beside a case: headers and units that people write, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from postprocess.figures.sweeps import current_voltage
from postprocess.tables.curve_files import read_table
from postprocess.tables.reference import reference_of
from postprocess.tables.result import Result, load
from solver.results.rows import ResultError
from tests.support.shipped import CASES
from tests.support.synthetic import write_result

BIAS, CURRENT = "bias [V]", "current [A]"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tmp_path_factory.mktemp("measured") / "r", fields=())


def with_file(sweep: Path, text: str) -> Result:
    """The result with a reference.csv beside its case."""
    folder = sweep.parent / "case"
    folder.mkdir(exist_ok=True)
    (folder / "reference.csv").write_text(text)
    result = load(sweep)
    return replace(result, run={**result.run, "case_directory": str(folder)})


@pytest.mark.parametrize(
    ("heads", "row"),
    [
        ("bias [V],current [A]", "0.25,3e-10"),
        ("bias [mV],current [nA]", "250,0.3"),
        ("Voltage (mV), Current (pA)", "250, 300"),
        ("V / mV,I / pA", "250,300"),
        ("U [kV],I [elementary_charge/ns]", "0.25e-3,1.8724527"),
        ("# measured on a Tuesday\nbias [V],current [uA]", "0.25,3e-4"),
    ],
)
def test_headers_and_units_that_people_write(sweep: Path, heads: str, row: str) -> None:
    found = reference_of(with_file(sweep, f"{heads}\n{row}"))  # the last line has no end
    assert found.notes == ()
    assert found.table[[BIAS, CURRENT]].to_numpy() == pytest.approx(np.array([[0.25, 3e-10]]), rel=1e-6)


def test_measured_points_are_drawn_in_the_units_of_the_figure(sweep: Path) -> None:
    result = with_file(sweep, "bias [mV],current [pA],label\n500,400,chip 3\n1000,900,chip 3\n")
    (line,) = [line for line in current_voltage(result).axes[0].lines if line.get_label() == "chip 3"]
    assert list(line.get_xdata()) == pytest.approx([0.5, 1.0])
    assert list(line.get_ydata()) == pytest.approx([0.4, 0.9])


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("bias [V],current\n1,1\n", ["column 'current' is ignored: it has no unit; write e.g. 'current [nA]'"]),
        ("bias [V],current [nA],noise [pA]\n1,1,1\n", ["column 'noise [pA]' is ignored: the result has no column of"]),
        ("bias [V],current [mV]\n1,1\n", ["'mV' is not a unit of 'A'; write e.g. 'current [nA]'"]),
        ("bias [V],current [A]\n1,about 3\n", ["'about 3' is no number"]),
        ("bias [V],current [A],I [nA]\n1,2,3\n", ["column 'I [nA]' is ignored: 'current [A]' is there twice"]),
        ("time;current\n1;2\n", ["column 'time;current' is ignored", "no column is what the curves run along"]),
        ("current [nA]\n1\n", ["nothing is drawn: no column is what the curves run along, 'bias [mV]'"]),
    ],
)
def test_what_is_ignored_is_named(sweep: Path, text: str, notes: list[str]) -> None:
    found = reference_of(with_file(sweep, text)).notes
    assert all(any(note in line for line in found) for note in notes), found
    assert all("reference.csv: " in line for line in found)


def test_no_file_is_nothing_to_speak_of_and_one_that_is_no_text_an_error(sweep: Path) -> None:
    assert reference_of(load(sweep)).notes == ()
    result = with_file(sweep, "")
    assert reference_of(result).table.empty
    (sweep.parent / "case" / "reference.csv").write_bytes(b"bias [V],current [A]\n\xff\xfe\n")
    with pytest.raises(ResultError, match="cannot read"):
        reference_of(result)


def test_the_curves_of_shipped_cases_are_read_in_full(sweep: Path) -> None:
    shipped = (CASES / "conical_microchannel" / "reference.csv").read_text()
    found = reference_of(with_file(sweep, shipped))
    assert found.notes == ()
    assert len(found.table) == len(shipped.splitlines()) - 1


@pytest.mark.parametrize("rows", ["0.25,3e-10,7\n0.5,6e-10,8\n", "0.25,3e-10,\n0.5,6e-10,\n"])
def test_cells_without_a_name_are_refused(tmp_path: Path, rows: str) -> None:
    """They would shift the columns."""
    file = tmp_path / "curve.csv"
    file.write_text(f"# measured\nbias [V],current [A]\n\n{rows}")
    with pytest.raises(ResultError, match=r"curve.csv: line 4 has 3 cells, the header names 2"):
        read_table(file)
    file.write_text("bias [V],current [A]\n# nothing\n")
    assert list(read_table(file)) == ["bias [V]", "current [A]"]
