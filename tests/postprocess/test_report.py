"""Reports of synthetic results: pages that need nothing else, with all sections and the numbers of the tables."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from postprocess.report import browser
from postprocess.report.kinds import RESULT
from postprocess.report.sections import fields
from postprocess.report.sections.versions import content
from postprocess.report.text_tables import Grid, parts, typeset_quantity
from postprocess.report.write import page, write_report
from postprocess.tables.result import Result, load
from postprocess.tables.result_table import result_table
from solver.results.rows import ResultError
from tests.support.synthetic import ADAPTATION, write_result, write_sensitivities

CONTENT = ("src", "srcset", "data", "poster")  # attributes that make a browser load something
VOID = {"meta", "link", "img", "br", "input", "hr"}


class Page(HTMLParser):
    """Elements of a page: whether they are closed in order, what they load, identifiers, and text outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.names: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loaded += [str(found[key]) for key in CONTENT if found.get(key)]
        self.loaded += [str(found["href"])] if tag == "link" else []
        self.names += [str(found["id"])] if "id" in found else []
        self.open += [tag] if tag not in VOID else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data.strip())


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_result(
        tmp_path_factory.mktemp("report") / "r", (0.0, 1.0, -1.0), fields=(1.0, -1.0), error=0.02, adaptation=ADAPTATION
    )
    write_sensitivities(folder, {1: 1.0, 2: -1.0})
    return folder


@pytest.fixture(scope="module")
def text(result: Path) -> str:
    (file,) = write_report(result)
    assert file == result / "report.html"
    return file.read_text(encoding="utf-8")


def test_the_page_has_all_sections_and_loads_nothing(text: str) -> None:
    found = Page(text)
    assert all(each.startswith("data:") for each in found.loaded)
    assert "@import" not in text.partition("</style>")[0]
    left_out = {"expected", "remarks", "convergence", "model"}  # of which a synthetic result has nothing
    assert {section.name for section in RESULT.sections} - left_out <= set(found.names)
    assert len(found.names) == len(set(found.names))
    assert len([each for each in found.loaded if each.startswith("data:image/svg+xml")]) >= 4
    assert not re.search(r"\b(nan|NaN|None|inf)\b", " ".join(found.words))


def test_its_numbers_are_those_of_the_table(result: Path, text: str) -> None:
    words = Page(text).words
    table = next(part for part in parts(result_table(load(result))) if isinstance(part, Grid))
    assert len(table.rows) == 3
    assert table.numeric[:2] == (True, True)
    for row in table.rows:
        for cell in filter(None, row):
            assert cell in words
    assert "−1" in words  # with the sign of numbers


def test_the_view_has_the_fields_at_their_places(result: Path, text: str) -> None:
    found = load(result)
    data = json.loads(re.search(r'id="view-data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert [point["label"] for point in data["points"]] == ["bias = −1 V", "bias = 1 V"]
    assert [field["name"] for field in data["fields"][:3]] == ["salt", "potential", "charge"]
    assert len(data["meshes"]) == 1  # that of both points
    assert {"channel", "device", "tip"} <= {window["name"] for window in data["windows"]}
    potential = data["fields"][1]
    state = fields.fields_to_draw(found).read(2)
    steps = fields.np.frombuffer(fields.base64.b64decode(potential["values"][0]), dtype="<u2")
    values = potential["low"] + potential["span"] * steps / fields.STEPS
    assert values == pytest.approx(state.data["potential"], abs=1e-4)  # V


def test_a_page_of_a_single_point_without_fields(tmp_path: Path) -> None:
    folder = write_result(tmp_path / "r", (0.5,), fields=(), inner="concentration")
    found = Page(page(RESULT, load(folder)))
    assert "fields" not in found.names
    assert not re.search(r"\b(nan|NaN|None|inf)\b", " ".join(found.words))


def test_what_cannot_be_written_is_said(result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResultError, match=r"ends in \.html or \.pdf"):
        write_report(result, tmp_path / "report.docx")
    with pytest.raises(ResultError, match=r"has no run\.json"):
        write_report(tmp_path)
    monkeypatch.setattr(browser.shutil, "which", lambda name: None)
    monkeypatch.setattr(browser, "PLACES", {})
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    with pytest.raises(ResultError, match="apt install chromium"):
        browser.find_browser()


@pytest.mark.skipif(os.name == "nt", reason="the browser is a shell script")
def test_a_browser_prints_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "browser"
    program.write_text(
        '#!/bin/sh\nfor word; do case $word in --print-to-pdf=*) echo "$*" > "${word#*=}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv(browser.VARIABLE, str(program))
    folder = write_result(tmp_path / "r", (0.5,), fields=(), inner="concentration")
    page_, pdf = write_report(folder, tmp_path / "cone.pdf")
    assert (page_.name, pdf.name) == ("cone.html", "cone.pdf")
    words = pdf.read_text().split()
    assert "--headless" in words
    assert words[-1] == page_.resolve().as_uri()
    program.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    pdf.write_text("of an earlier run")
    with pytest.raises(ResultError, match=r"cone\.html is there, but no PDF of it: .* \(exit code 3\): no display"):
        write_report(folder, tmp_path / "cone.pdf")
    assert not pdf.exists()
    program.write_text("#!/bin/sh\nprintf 'kein Zugriff: \\344\\n' >&2\nexit 3\n")  # in another encoding
    with pytest.raises(ResultError, match="kein Zugriff"):
        write_report(folder, tmp_path / "cone.pdf")


@pytest.mark.parametrize(("folder", "written"), [("my_cone", "my_cone/cone.yaml"), ("my/cone/", "my/cone/")])
def test_the_command_names_the_case_that_was_run(folder: str, written: str) -> None:
    found = Result(None, {"case_directory": folder, "case_name": "cone"}, pd.DataFrame())
    assert content(found)["command"] == f"nanochannel run {written}"


def test_text_tables_are_taken_apart() -> None:
    text = "bias 1\n name    value  of it\n         [nA]       \nfirst  -1.2(3)  a b\nother      4\n2 of 3\n\nno table here"
    before, grid, after, last = parts(text)
    assert isinstance(grid, Grid)
    assert grid.head == (("name", "value", "of it"), ("", "[nA]", ""))
    assert grid.rows == (("first", "−1.2(3)", "a b"), ("other", "4", ""))
    assert grid.numeric == (False, True, False)
    (bare,) = parts("power      3(1) W/m^2\nits load   -2 ohm")
    assert bare == Grid((), (("power", "3(1) W/m²"), ("its load", "−2 ohm")), (False, False))
    assert [part.lines for part in (before, after, last)] == [("bias 1",), ("2 of 3",), ("no table here",)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (-0.02, "C/m^2", "−20 mC/m²"),
        (1.957e-9, "m^2/s", "1.957×10⁻⁹ m²/s"),
        (3e20, "1/m^2", "3×10²⁰ 1/m²"),
        (2.0, "", "2"),
    ],
)
def test_quantities_as_they_are_printed(value: float, unit: str, shown: str) -> None:
    assert typeset_quantity(value, unit) == shown
