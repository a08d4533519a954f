"""What the command line says of its arguments, and how much of a run it tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nanochannel import main
from solver.parallel.streams import fitted
from tests.support.command_line import call
from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["rnu", "case"], "unknown command 'rnu'; did you mean 'run'?"),
        (["run", "case", "--froce"], "unknown option '--froce'; did you mean '--force'?"),
        (["run"], "the following arguments are required: case; 'nanochannel run --help' lists what there is"),
        (["info", "a", "b"], "one argument too many: 'b'; 'nanochannel info --help' lists what there is"),
        (
            ["render", "a", "--fps", "many"],
            "argument --fps: invalid float value: 'many'; 'nanochannel render --help' lists",
        ),
    ],
)
def test_arguments_that_cannot_be_understood_are_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"nanochannel: {text}")


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("usage: nanochannel")
    assert "validate" in told.out
    assert told.err == ""


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.split()[0] == "nanochannel"


def test_lines_are_broken_between_words_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "mesh: 12 cells\nwarning: " + "long words " * 12
    with (tmp_path / "log").open("w") as file:
        assert fitted(text, file) == text
    monkeypatch.setattr("solver.parallel.streams.columns", lambda stream: 40)
    with (tmp_path / "log").open("w") as file:
        lines = fitted(text, file).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[0] == "mesh: 12 cells"
    assert " ".join(line.strip() for line in lines[1:]) == text.splitlines()[1].strip()


@pytest.mark.slow
def test_a_quiet_run_tells_nothing_and_its_log_everything(small: Path, tmp_path: Path) -> None:
    done = call("run", small, "--quiet", "--out", tmp_path / "r")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "1 of 1" in (tmp_path / "r" / "log.txt").read_text()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A case of a few hundred unknowns."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "case.yaml").write_text(
        "geometry: {type: slit, length: 20 nm, height: 10 nm, width: 1 um, reservoirs: null}\n"
        "electrolyte: {species: {K: {}, Cl: {}}, concentration: 1 mM}\n"
        "terminals: {left: {potential: 50 mV}}\n"
        "mesh: {axial_cells: 2, growth: 2}\n"
        "outputs: {errors: none, fields: none}\n"
        "solver: {flow: none}\n"
    )
    return folder


@pytest.mark.slow
def test_it_runs_where_python_lacks_what_only_some_systems_have(small: Path, tmp_path: Path) -> None:
    """As on Windows: no SIGUSR1, no locks, no sizes of processes."""
    lacking = "import signal, sys; del signal.SIGUSR1; sys.modules.update(resource=None, fcntl=None)"
    words = ["run", str(small), "--quiet", "--out", str(tmp_path / "r")]
    code = f"{lacking}\nimport nanochannel\nsys.exit(nanochannel.main({words!r}))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
