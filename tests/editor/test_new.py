"""`nanochannel new`, `schema`, `completion`, and what is common to all commands."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from circuits.description.json_schema import circuit_schema
from command_line.registry import COMMANDS, parser
from command_line.templates import TEMPLATES
from nanochannel import main
from solver.case.json_schema import case_schema
from tests.support.command_line import call


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_new_case_is_one_that_check_accepts(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my_pore"
    assert main(["new", kind, str(folder)]) == 0
    first = (folder / "case.yaml").read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    schema = circuit_schema() if TEMPLATES[kind].is_circuit else case_schema()
    assert json.loads((folder / named).read_text(encoding="utf-8")) == schema
    assert main(["check", str(folder)]) == 0
    assert "refused" not in capsys.readouterr().err


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", "cone", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["new", "coen", "x"], "unknown value 'coen'; did you mean 'cone'?"),
        (["completion", "fish"], "unknown value 'fish'; it is one of bash, zsh, tcsh"),
        (["run", "x", "--pict"], "unknown option '--pict'; did you mean '--pictures'?"),
    ],
)
def test_words_that_are_nearly_right(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert text in capsys.readouterr().err


def test_quiet_tells_nothing_but_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "cone", str(tmp_path / "a"), "--quiet"]) == 0
    assert main(["check", str(tmp_path / "a"), "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert all(line.startswith("warning: ") for line in told.err.splitlines())


def test_what_runs_or_writes_can_be_quiet() -> None:
    known = parser().commands()
    loud = [name for name in COMMANDS if "--quiet" not in known[name].format_help()]
    assert set(loud) <= {"info", "completion"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_and_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "completion").write_text(capsys.readouterr().out, encoding="utf-8")
    script = (
        "source completion; COMP_WORDS=(nanochannel {0}); COMP_CWORD={1}; _shtab_nanochannel; echo ${{COMPREPLY[@]}}"
    )
    for words, at, found in (("re", 1, "render"), ("run x --pi", 3, "--pictures")):
        done = subprocess.run(
            ["bash", "-c", script.format(words, at)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert found in done.stdout.split(), done.stderr


@pytest.mark.slow
def test_a_new_cone_runs(tmp_path: Path) -> None:
    assert call("new", "cone", "my_pore", cwd=tmp_path).returncode == 0
    few = ("study.range.points=2", "mesh={growth: 3}", "outputs={errors: none, fields: none}", "solver={flow: none}")
    done = call("run", "my_pore", *(word for each in few for word in ("--set", each)), "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / "results" / "my_pore" / "observables.csv").is_file()
