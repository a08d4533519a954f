"""Campaigns whose points are computed by a stand-in for `nanochannel run`, which writes the files of a result at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import nanochannel as nc
from exploration.campaign.children import Children, Command, _works, log_of, warnings_of
from exploration.campaign.collecting import collect
from exploration.campaign.computing import collected, compute, described, finished, writing
from exploration.campaign.folder import Campaign, Point, opened, planned
from exploration.campaign.slurm import write_array
from exploration.campaign.study import load_study
from nanochannel import main
from postprocess.tables.columns import read_table
from solver.case.loading import CaseFile
from solver.inputs.errors import CaseError
from solver.results.rows import ResultError
from tests.support.paths import CASES

STAND_IN = """\
import json, os, signal, sys, time
from pathlib import Path

from solver.case.loading import load_case
words = sys.argv[sys.argv.index("run") + 1 :]
sets = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
out = Path(words[words.index("--out") + 1])
case = load_case(words[0], sets)
length, charge = case.geometry.length, case.walls["channel"].surface_charge
if length > 2.9e-6:
    print("nanochannel: not converged: too long")
    sys.exit(1)
out.mkdir(parents=True)
print("warning: made up")
run = {"status": "running", "case": case.model_dump(mode="json"), "message": ""}
def told(**more):
    (out / "run.json").write_text(json.dumps(run | more))
told()
if length > 1.9e-6:
    def end(*_):
        told(status="interrupted", message="asked to end")
        sys.exit(143)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGUSR1, end)
    (out / "waiting").write_text(str(os.getpid()))
    time.sleep(60)
rows = "".join(f"{i},{v},{v},{v * charge / length}\\n" for i, v in enumerate((-1.0, 1.0)))
(out / "observables.csv").write_text("point,terminals.base.potential [V],bias [V],current [A]\\n" + rows)
summary = {"rectification": [{"bias [V]": 0.5, "ratio": 3.0}, {"bias [V]": 1.0, "ratio": 1e6 * length, "larger": "-"}]}
(out / "summary.json").write_text(json.dumps(summary))
told(status="complete", cost={"wall_time": 0.25}, versions={"dolfinx": "0.9.0"})
"""

STUDY = "title: Lengths\ntype: grid\nparameters:\n  geometry.length: [%s]\n  walls.channel.surface_charge: [%s]\n"
ONE, BOTH = "-1 mC/m^2", "-1 mC/m^2, -2 mC/m^2"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The stand-in, for a copy of a case."""
    shutil.copytree(CASES / "conical_rectifier", tmp_path / "cone")
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    return Command(tmp_path / "cone", launcher=(sys.executable, str(tmp_path / "stand_in.py")))


def plan(command: Command, lengths: str, charges: str = BOTH) -> Campaign:
    """The campaign of a study of some lengths and charges."""
    file, case = command.case / "study.yaml", CaseFile.read(command.case)
    file.write_text(STUDY % (lengths, charges), encoding="utf-8")
    study = load_study(file, case)
    return described(planned(study, command.case.parent / "out", case, ()), study, case.case(), command, 2)


def untold(*_: object) -> None:
    """Nobody listens."""


def test_points_failures_and_tables(command: Command) -> None:
    told: list[tuple[int, int]] = []
    campaign, stopped = compute(
        plan(command, "1 um, 3 um, -1 um"), command, 2, lambda point, done, total: told.append((done, total))
    )
    assert stopped == 0
    assert campaign.counts() == {"complete": 2, "failed": 2, "refused": 2}
    assert sorted(told) == [(3, 6), (4, 6), (5, 6), (6, 6)]
    data = json.loads((campaign.path / "campaign.json").read_text(encoding="utf-8"))
    assert (data["status"], data["title"], data["versions"]) == ("incomplete", "Lengths", {"dolfinx": "0.9.0"})
    assert [each["status"] for each in data["points"]] == ["complete"] * 2 + ["failed"] * 2 + ["refused"] * 2
    assert data["warnings"] == [{"text": "made up", "points": [1, 2]}]
    assert data["points"][2]["message"] == "not converged: too long"
    assert data["points"][4]["message"].startswith("geometry.length: '-1e-06' must be positive")
    table = pd.read_csv(campaign.path / "table.csv")
    assert list(table)[:4] == ["number", "geometry.length [m]", "walls.channel.surface_charge [C/m^2]", "point"]
    assert table["number"].tolist() == [1, 1, 2, 2]
    assert table["current [A]"].tolist() == pytest.approx([1e3, -1e3, 2e3, -2e3])
    assert pd.read_parquet(campaign.path / "table.parquet")["current [A]"].tolist() == table["current [A]"].tolist()
    summary = pd.read_csv(campaign.path / "summary.csv")
    assert summary["status"].tolist() == [each["status"] for each in data["points"]]
    assert summary["rectification_ratio"].tolist()[:2] == pytest.approx([1.0, 1.0])


def test_a_study_that_has_grown_finds_its_points_again(command: Command) -> None:
    before, _ = compute(plan(command, "1 um, 0.5 um", ONE), command, 2, untold)
    times = {point.number: (before.path / point.folder / "run.json").stat().st_mtime_ns for point in before.points}
    grown = plan(command, "0.25 um, 0.5 um, 1000 nm", ONE)
    assert [point.number for point in grown.points] == [3, 2, 1]
    after, _ = compute(grown, command, 2, untold)
    assert after.counts() == {"complete": 3}
    assert {number: (after.path / f"points/{number:04d}/run.json").stat().st_mtime_ns for number in times} == times
    fewer = plan(command, "0.25 um", ONE)
    assert [point.number for point in fewer.others] == [2, 1]


def test_points_of_another_case_are_refused(command: Command) -> None:
    compute(plan(command, "1 um", ONE), command, 1, untold)
    file = command.case / "case.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("radius_tip: 5 nm", "radius_tip: 4 nm"), encoding="utf-8")
    with pytest.raises(ResultError, match=r"0001 holds a point of another case \(geometry.radius_tip"):
        plan(command, "1 um", ONE)


def test_a_case_that_changes_while_a_campaign_waits_gives_no_rows(command: Command) -> None:
    campaign = plan(command, "1 um, 0.5 um", ONE)
    campaign.write()
    first, second = campaign.points
    assert Children(command).compute(campaign.path, first).status == "complete"
    file = command.case / "case.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("radius_tip: 5 nm", "radius_tip: 4 nm"), encoding="utf-8")
    found = Children(command).compute(campaign.path, second)
    assert found.status == "failed"
    assert found.message.startswith("computed from a case that has changed since")
    assert finished(opened(campaign.path)).counts() == {"complete": 1, "failed": 1}
    assert set(pd.read_csv(campaign.path / "table.csv")["number"]) == {1}
    assert pd.read_csv(campaign.path / "summary.csv")["rectification_ratio"].isna().tolist() == [False, True]


def test_a_study_of_which_no_point_is_valid_is_an_error(command: Command) -> None:
    with pytest.raises(CaseError, match=r"the case refuses the values of every point; of the first: geometry.length"):
        plan(command, "-1 um")


def test_a_folder_of_something_else_is_refused(command: Command) -> None:
    folder = command.case.parent / "out"
    folder.mkdir()
    (folder / "thesis.tex").touch()
    with pytest.raises(ResultError, match="is not empty and holds no campaign"):
        plan(command, "1 um")


def test_a_signal_ends_the_points_with_their_checkpoints(command: Command) -> None:
    campaign = plan(command, "2 um")
    campaign.path.mkdir()
    children = Children(command)
    found: list[Point] = []
    threads = [
        threading.Thread(target=lambda point=point: found.append(children.compute(campaign.path, point)))
        for point in campaign.points
    ]
    for thread in threads:
        thread.start()
    begin = time.monotonic()
    while len(list(campaign.path.glob("points/*/waiting"))) < 2 and time.monotonic() - begin < 30.0:
        time.sleep(0.02)
    children.stop(signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert [(point.status, point.message) for point in found] == [("interrupted", "asked to end")] * 2
    assert children.compute(campaign.path, campaign.points[0]) == campaign.points[0]


def test_a_point_whose_process_is_killed_has_failed_and_is_tried_again(command: Command) -> None:
    campaign, found = plan(command, "2 um", ONE), []
    thread = threading.Thread(target=lambda: found.append(compute(campaign, command, 1, untold)))
    thread.start()
    mark, begin = campaign.path / "points" / "0001" / "waiting", time.monotonic()
    while not (mark.exists() and mark.read_text(encoding="utf-8")) and time.monotonic() - begin < 30.0:
        time.sleep(0.02)
    os.kill(int(mark.read_text(encoding="utf-8")), signal.SIGKILL)
    thread.join()
    ((after, _),) = found
    assert [(point.status, point.message.split(";")[0]) for point in after.points] == [
        ("failed", "killed by SIGKILL, perhaps for want of memory")
    ]
    assert [point.number for point in opened(campaign.path).left()] == [1]


def test_a_job_array_has_the_points_that_are_left(command: Command) -> None:
    campaign, _ = compute(plan(command, "1 um", ONE), command, 2, untold)
    assert "nothing to submit" in write_array(campaign, command, "00:10:00", None)[0]
    grown = plan(command, "0.5 um, 1 um, 3 um", ONE)
    grown.write()
    told = write_array(grown, Command(command.case, ranks=4, repair=True, petsc=("-log_view",)), "00:10:00", 8)
    script = (grown.path / "array.sh").read_text(encoding="utf-8")
    assert "#SBATCH --array=2-3%8\n#SBATCH --ntasks=4\n#SBATCH --time=00:10:00" in script
    assert '--ranks 4 --launcher srun --repair --point "$SLURM_ARRAY_TASK_ID" -- -log_view\n' in script
    assert subprocess.run(["bash", "-n", grown.path / "array.sh"], check=False).returncode == 0
    assert f"sbatch {grown.path}/array.sh" in told[1]
    Children(command).compute(grown.path, grown.points[0])
    assert finished(opened(grown.path)).counts() == {"complete": 2, "waiting": 1}
    assert len(pd.read_csv(grown.path / "table.csv")) == 4


def test_an_error_while_points_are_computed_ends_them(command: Command) -> None:
    campaign, begin = plan(command, "1 um, 2 um, 2.1 um, 2.2 um", ONE), time.monotonic()

    def broken(*_: object) -> None:
        raise ResultError("the disk is full")

    with pytest.raises(ResultError, match="the disk is full"):
        compute(campaign, command, 2, broken)
    assert time.monotonic() - begin < 45.0, "points that take a minute were waited for"


def test_a_run_that_goes_on_keeps_the_warnings_of_before(tmp_path: Path) -> None:
    point = Point(1, {})
    folder, log = tmp_path / point.folder, log_of(tmp_path, point)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"status": "failed"}', encoding="utf-8")
    log.write_text("warning: before\nnanochannel: words of before\n", encoding="utf-8")
    code = "print('warning: now'); raise SystemExit(1)"
    found = Children(Command(tmp_path, launcher=(sys.executable, "-c", code))).compute(tmp_path, point)
    assert warnings_of(log) == ["before", "now"]
    assert found.message.startswith("ended with exit code 1")


def test_a_signal_that_comes_while_another_one_is_handled_does_not_wait_for_it(command: Command) -> None:
    children = Children(command)
    with children._guard:
        children.stop(signal.SIGTERM)
    assert children.stopped == signal.SIGTERM


def test_words_that_the_system_does_not_know_are_left_out() -> None:
    assert not _works(("setpriv", "--no-such-option"))
    assert not _works(("no-such-command",))


def test_collect_leaves_the_description_of_a_campaign_that_is_running_alone(command: Command) -> None:
    pytest.importorskip("fcntl")
    campaign, _ = compute(plan(command, "1 um", ONE), command, 1, untold)
    before = (campaign.path / "campaign.json").read_bytes()
    (campaign.path / "table.csv").unlink()
    with writing(campaign.path):
        assert collected(campaign.path).counts() == {"complete": 1}
    assert (campaign.path / "campaign.json").read_bytes() == before
    assert len(pd.read_csv(campaign.path / "table.csv")) == 2


def test_no_value_is_none_in_the_tables(tmp_path: Path) -> None:
    parameters = [{"key": "solver.flow", "header": "solver.flow"}]
    points = tuple(Point(number, {"solver.flow": value}) for number, value in enumerate((None, "stokes"), 1))
    collect(Campaign(tmp_path, points, {"parameters": parameters}))
    assert read_table(tmp_path / "summary.csv")["solver.flow"].tolist() == ["none", "stokes"]


def test_one_campaign_at_a_time_writes_into_a_folder(command: Command) -> None:
    fcntl = pytest.importorskip("fcntl")
    campaign = plan(command, "1 um")
    campaign.path.mkdir()
    handle = os.open(campaign.path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(ResultError, match="another campaign is writing into"):
            compute(campaign, command, 1, untold)
    finally:
        os.close(handle)


def test_info_plot_and_collect_know_campaigns(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    campaign, _ = compute(plan(command, "1 um, 3 um", ONE), command, 2, untold)
    out = str(campaign.path)
    (campaign.path / "table.csv").unlink()
    assert main(["plot", out]) == 2
    assert f"no table.csv yet; make it with: nanochannel collect {out}" in capsys.readouterr().err
    assert main(["collect", out]) == 0
    assert main(["info", out]) == 0
    assert "grid of 2 points: 1 complete, 1 failed" in capsys.readouterr().out
    assert main(["plot", out, "--quantity", "current", "--against", "length", "--at", "1 V"]) == 0
    assert capsys.readouterr().out.strip() == str(campaign.path / "figures" / "current-geometry_length.png")


def test_a_campaign_under_mpirun_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    assert main(["campaign", str(command.case)]) == 2
    assert "leave out mpirun, and give every point its ranks with --ranks" in capsys.readouterr().err


def test_options_of_petsc_reach_the_points(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[Command] = []

    def computed(campaign: Campaign, command: Command, *_: object) -> tuple[Campaign, int]:
        given.append(command)
        campaign.write()
        return campaign, signal.SIGUSR1

    monkeypatch.setattr("exploration.campaign.computing.compute", computed)
    campaign = plan(command, "1 um", ONE)
    line = ["campaign", str(command.case), "--out", str(campaign.path)]
    assert main([*line, "--", "-ksp_view"]) == 143  # as `run` after any signal but Ctrl-C
    assert given[0].words(campaign.path, campaign.points[0])[-2:] == ["--", "-ksp_view"]
    assert main([*line, "--point", "1", "--set", "geometry.length=2 um"]) == 2
    assert "--set says nothing with --point" in capsys.readouterr().err


def test_from_python(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stand_in(case: Path, overrides: tuple[str, ...], ranks: int) -> Command:
        return replace(command, case=case, overrides=overrides, ranks=ranks)

    monkeypatch.setattr("exploration.campaign.interface.Command", stand_in)
    case = nc.load_case(command.case).with_values({"geometry.radius_tip": "6 nm"})
    out = command.case.parent / "out"
    found = nc.campaign(case, {"geometry.length": ["1 um", 3e-6]}, out, title="From Python", progress=False)
    assert found.table["current [A]"].tolist() == pytest.approx([2e4, -2e4])
    assert found.summary["rectification_ratio"].tolist()[:1] == pytest.approx([1.0])
    assert found.failures == {2: "not converged: too long"}
    assert nc.load_case(out).geometry.model_dump() == case.geometry.model_dump()
    assert list(found.plot("current")) == ["current"]
    assert "From Python" in repr(found)
    with pytest.raises(CaseError, match="did you mean 'length'"):
        nc.campaign(case, {"geometry.lenght": ["1 um"]}, out)
    there = (out / "case.yaml").read_bytes()
    with pytest.raises(ResultError, match="holds a point of another case"):
        nc.campaign(case.with_values({"geometry.radius_tip": "7 nm"}), {"geometry.length": ["1 um"]}, out)
    assert (out / "case.yaml").read_bytes() == there


def test_rows_of_other_values_than_those_of_the_campaign_are_no_table(command: Command) -> None:
    campaign, _ = compute(plan(command, "1 um", ONE), command, 1, untold)
    rows = campaign.path / "points" / "0001" / "observables.csv"
    header = "point,geometry.length [m],bias [V],current [A]\n"
    rows.write_text(header + "0,1.0000000000000002e-06,1.0,2.0\n", encoding="utf-8")
    collect(campaign)
    assert list(pd.read_csv(campaign.path / "table.csv"))[-3:] == ["point", "bias [V]", "current [A]"]
    rows.write_text(header + "0,1e-06,1.0,2.0\n1,3e-06,1.0,2.0\n", encoding="utf-8")
    with pytest.raises(ResultError, match=r"length \[m\]' is 3e-06 in row 2, and the campaign gave the point 1e-06"):
        collect(campaign)
