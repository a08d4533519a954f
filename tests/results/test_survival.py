"""Results that were killed, changed or lost in part: what is noticed, what is kept, how it is repaired."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from solver.results.directory import ResultDirectory
from solver.results.field_list import field_files
from solver.results.generations import STATE, Generations
from solver.results.reopening import Left
from solver.results.replacing import OldResult
from solver.results.rows import ResultError, read_run

CASE = {"title": "cone", "potential": 1.0}
ROWS = 6


def write(results: ResultDirectory, first: int, last: int) -> None:
    """Rows with profiles and, every second one, fields; a checkpoint after each third one."""
    for point in range(first, last):
        name = f"point{point:06d}_000000.pvtu" if point % 2 == 0 else ""
        if name:
            folder = results.path / "fields"
            folder.mkdir(exist_ok=True)
            (folder / f"point{point}.vtu").write_text(f"fields of {point}")
            (folder / name).write_text(f'<VTKFile><Piece Source="point{point}.vtu" /></VTKFile>')
        row = {"point": point, "time [s]": 0.1 * point, "bias [V]": 0.0, "current [A]": 1e-12 * point}
        profile = [{"point": point, "axial_position [m]": z, "salt [mol/m^3]": 1.0 + point} for z in (0.0, 1e-6)]
        results.add_point(row, profile, fields=name)
        if point % 3 == 2:
            save(results, point)


def save(results: ResultDirectory, point: int) -> None:
    """A checkpoint behind a row."""
    folder = results.begin_checkpoint()
    (folder / STATE).mkdir()
    (folder / STATE / "data.0").write_bytes(bytes([point] * 100))
    results.commit_checkpoint(folder, {"run": 0, "point": point, "time": 0.1 * point})


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A result of six rows and checkpoints behind the rows 2 and 5 whose run has ended without a word."""
    results = ResultDirectory(tmp_path / "r")
    results.start(CASE, title="cone")
    write(results, 0, ROWS)
    results._lock.release()
    return results.path


def resumed(path: Path, *, in_time: bool = True, repair: bool = False) -> tuple[ResultDirectory, Left]:
    results = ResultDirectory(path, resume=True, repair=repair)
    return results, results.start(CASE, title="cone", needs_checkpoint=in_time)


def lines(path: Path, name: str = "observables.csv") -> list[str]:
    return (path / name).read_text().splitlines(keepends=True)


def without(number: int) -> Callable[[list[str]], list[str]]:
    return lambda rows: [row for k, row in enumerate(rows) if k != number % len(rows)]


DAMAGES: dict[str, Callable[[list[str]], list[str]]] = {
    "removed": without(3),
    "last removed": without(-1),
    "torn": lambda rows: [*rows[:3], rows[3][:4] + "\n", *rows[4:]],
    "torn at the end": lambda rows: [*rows[:-1], rows[-1][:5]],
    "doubled": lambda rows: [*rows[:4], *rows[3:]],
    "zeroed": lambda rows: [*rows[:3], "\0" * len(rows[3]), *rows[4:]],
    "foreign": lambda rows: [*rows[:3], "7,1.5,0.0,1e-9\n", *rows[3:]],
    "changed": lambda rows: [*rows[:3], rows[3].replace("2", "3"), *rows[4:]],
    "all gone": lambda rows: [],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("table", ["observables.csv", "profiles.csv"])
@pytest.mark.parametrize("in_time", [True, False], ids=["in time", "steady"])
def test_every_change_of_the_rows_is_noticed_and_repaired(killed: Path, damage: str, table: str, in_time: bool) -> None:
    whole = {name: lines(killed, name) for name in ("observables.csv", "profiles.csv")}
    (killed / table).write_text("".join(DAMAGES[damage](whole[table])))
    with pytest.raises(ResultError, match=rf"line \d+ of .*{table} .*--resume --repair") as caught:
        resumed(killed, in_time=in_time)
    assert "\n" not in str(caught.value)
    results, left = resumed(killed, in_time=in_time, repair=True)
    first = len(left.points)
    assert [row["point"] for row in left.points] == list(range(first)), "what is before the damage stays"
    assert left.notes
    write(results, first, ROWS)
    assert {name: lines(killed, name) for name in whole} == whole


def test_rows_behind_the_checkpoint_of_a_run_in_time_do_not_matter(killed: Path) -> None:
    results, _ = resumed(killed)
    write(results, 6, 8)
    results._lock.release()
    whole = lines(killed)
    (killed / "observables.csv").write_text("".join(whole[:-1]) + "7,0.")
    results, left = resumed(killed)
    assert len(left.points) == 6
    assert lines(killed) == whole[:-2]


def test_a_row_counts_only_when_the_journal_has_it(killed: Path) -> None:
    (killed / "profiles.csv").open("a").write("6,0.0,7.0\n6,1e-0")
    (killed / "observables.csv").open("a").write("6,0.6,0.0,6e-12\n")
    (killed / "journal.jsonl").open("a").write('{"row": 6, "poi')
    results, left = resumed(killed, in_time=False)
    assert len(left.points) == 6
    write(results, 6, 8)
    assert [line.split(",")[0] for line in lines(killed)[1:]] == [str(k) for k in range(8)]
    assert len(lines(killed, "profiles.csv")) == 1 + 2 * 8


def test_a_damaged_journal_is_noticed(killed: Path) -> None:
    journal = lines(killed, "journal.jsonl")
    (killed / "journal.jsonl").write_text("".join(without(2)(journal)))
    with pytest.raises(ResultError, match=r"line 3 of .*journal\.jsonl is not the one"):
        resumed(killed, in_time=False)
    assert len(resumed(killed, in_time=False, repair=True)[1].points) == 2


def test_a_missing_piece_of_the_fields_is_noticed(killed: Path) -> None:
    (killed / "fields" / "point4.vtu").unlink()
    with pytest.raises(ResultError, match=r"point4\.vtu is missing"):
        resumed(killed)
    assert len(resumed(killed, repair=True)[1].points) == 3


def test_fields_survive_every_resume(killed: Path) -> None:
    before = {file.name: file.read_bytes() for file in (killed / "fields").iterdir()}
    (killed / "fields" / "fields.pvd").write_text("<torn")
    results, _ = resumed(killed)
    assert {file.name: file.read_bytes() for file in (killed / "fields").iterdir()} == before
    assert list(field_files(killed)) == [0, 2, 4]
    write(results, 6, 8)
    assert list(field_files(killed)) == [0, 2, 4, 6]


@pytest.mark.parametrize("how", ["torn state", "torn numbers", "no state", "foreign case"])
def test_the_older_checkpoint_serves_where_the_newest_is_not_whole(killed: Path, how: str) -> None:
    newest = killed / "checkpoint" / "000002"
    if how == "torn state":
        (newest / STATE / "data.0").write_bytes(b"\5" * 99)
    elif how == "torn numbers":
        (newest / "checkpoint.json").write_text('{"case": ')
    elif how == "no state":
        shutil.rmtree(newest / STATE)
    else:
        data = json.loads((newest / "checkpoint.json").read_text())
        (newest / "checkpoint.json").write_text(json.dumps({**data, "case": "another"}))
    results, left = resumed(killed)
    assert (left.information["checkpoint"]["point"], len(left.points)) == (2, 3)
    assert "not whole" in left.notes[0]
    assert left.state == killed / "checkpoint" / "000001" / STATE
    write(results, 3, 6)
    assert next(iter(Generations(killed).whole(CASE))).point == 5


def test_a_checkpoint_that_was_being_written_does_not_count(killed: Path) -> None:
    folder = killed / "checkpoint" / "000003"
    (folder / STATE).mkdir(parents=True)
    (folder / STATE / "data.0").write_bytes(b"half")
    results, left = resumed(killed)
    assert len(left.points) == 6
    assert not left.notes
    save(results, 5)
    assert sorted(path.name for path in (killed / "checkpoint").iterdir()) == ["000002", "000003", "current.json"]


def test_a_run_in_time_without_its_checkpoint_says_so(killed: Path) -> None:
    shutil.rmtree(killed / "checkpoint")
    with pytest.raises(ResultError, match=r"checkpoint is missing .*--resume --repair begins anew"):
        resumed(killed)
    assert resumed(killed, repair=True)[1].points == []
    assert not (killed / "observables.csv").exists()


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    results = ResultDirectory(tmp_path)
    results.start(CASE)
    write(results, 0, 2)
    results.begin_checkpoint()  # and killed while it wrote
    results._lock.release()
    _, left = resumed(tmp_path)
    assert left.points == []
    assert "begins anew" in left.notes[0]


@pytest.mark.parametrize("moved", [0, 1, 3, "all"])
def test_a_kill_while_the_old_result_is_set_aside_loses_nothing(killed: Path, moved: int | str) -> None:
    before = {str(file.relative_to(killed)): file.read_bytes() for file in killed.rglob("*") if file.is_file()}
    part = killed / "old-20260101T000000.part"
    part.mkdir()
    names = ["observables.csv", "profiles.csv", "checkpoint", "journal.jsonl", "fields", "run.json"]
    for name in names if moved == "all" else names[: int(moved)]:
        (killed / name).rename(part / name)
    with pytest.raises(ResultError, match="holds a result already"):
        ResultDirectory(killed)
    _, left = resumed(killed)
    assert len(left.points) == 6
    assert not list(killed.glob("old-*"))
    after = {str(file.relative_to(killed)): file.read_bytes() for file in killed.rglob("*") if file.is_file()}
    assert {name for name in before if before[name] != after.get(name)} <= {"run.json", "fields/fields.pvd"}


def test_setting_aside_is_complete_or_undone(killed: Path) -> None:
    old = OldResult(killed, ("observables.csv", "checkpoint*"))
    old.set_aside()
    assert old.kept is not None
    assert not old.unfinished
    assert not (killed / "run.json").exists()
    old.put_back()
    assert len(resumed(killed)[1].points) == 6


# ------------------------------------------------------------------------------------------------ earlier versions
def as_before(killed: Path) -> None:
    """Bring a result into the form that earlier versions gave it."""
    numbers = read_run(killed)["checkpoint"]
    (killed / "checkpoint" / "000002" / STATE).rename(killed / "checkpoint.bp")
    shutil.rmtree(killed / "checkpoint")
    (killed / "journal.jsonl").unlink()
    run = {**read_run(killed), "format": 1, "checkpoint": numbers}
    (killed / "run.json").write_text(json.dumps(run))


def test_a_result_of_an_earlier_version_goes_on(killed: Path) -> None:
    as_before(killed)
    (killed / "observables.csv").open("a").write("6,0.6,0.0,6e-12\n7,0")
    results, left = resumed(killed)
    assert (len(left.points), left.information["checkpoint"]["time"]) == (6, 0.5)
    assert left.state is not None
    assert (left.state / "data.0").read_bytes() == b"\5" * 100
    assert list(field_files(killed)) == [0, 2, 4]
    write(results, 6, 9)
    results._lock.release()
    assert len(resumed(killed)[1].points) == 9


@pytest.mark.parametrize("damage", ["removed", "last removed", "doubled"])
def test_missing_rows_of_an_earlier_version_are_noticed(killed: Path, damage: str) -> None:
    as_before(killed)
    (killed / "observables.csv").write_text("".join(DAMAGES[damage](lines(killed))))
    with pytest.raises(ResultError, match=r"observables\.csv: .*--resume --repair"):
        resumed(killed)
    assert resumed(killed, repair=True)[1].points == []
