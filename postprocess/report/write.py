"""Writing the report of a folder: one HTML page that needs nothing else, and a PDF of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from postprocess.report.base import Kind
from postprocess.report.browser import print_to_pdf
from postprocess.report.kinds import CIRCUIT, RESULT, kind_of_folder
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.reference import with_measured
from postprocess.tables.result import Result
from solver.results.rows import ResultError, reason

NAME = "report.html"
SUFFIXES = (".html", ".htm", ".pdf")


def write_report(
    path: Path, out: Path | None = None, *, pdf: bool = False, measured: Sequence[Path] = ()
) -> list[Path]:
    """Write the report of a folder; returns the files.

    Args:
        path: folder of a result, a campaign, a fit or an optimisation.
        out: HTML file; default `report.html` in the folder. A name in .pdf asks for a PDF beside it.
        pdf: write a PDF beside the page, too; needs a browser of the Chromium family.
        measured: files with measured curves, drawn over those of a result.

    Raises:
        ResultError: the folder cannot be read, nothing of a measurement can be drawn, a file cannot be written, or there is
            no browser for the PDF.
    """
    path = Path(path)
    kind = kind_of_folder(path)
    subject = kind.read(path)
    if measured and not isinstance(subject, Result | CircuitResult):
        raise ResultError(f"{path} is {kind.name}; measured curves are drawn over those of a result")
    return _write(kind, with_measured(subject, *measured) if measured else subject, out or path / NAME, pdf)


def write_report_of(result: Result | CircuitResult, out: Path | None = None, *, pdf: bool = False) -> list[Path]:
    """The same for a result that has been read, or that is in memory only.

    Raises:
        ResultError: as of `write_report`; or the result is in memory, and nobody says where the report goes.
    """
    if out is None and result.path is None:
        raise ResultError("this result is in memory only; say where the report goes")
    kind: Kind[Any] = CIRCUIT if isinstance(result, CircuitResult) else RESULT
    return _write(kind, result, out or Path(result.path or "", NAME), pdf)


def page(kind: Kind[Any], subject: Any, root: str = "") -> str:
    """The report of a subject as a page of HTML. root: what links to files of its folder begin with."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("postprocess.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    shown = []
    for section in kind.sections:
        content = section.content(subject)
        if content is not None:
            text = environment.get_template(f"{section.template or section.name}.html").render(**content, root=root)
            shown.append({"name": section.name, "title": section.title, "html": Markup(text)})
    style = environment.get_template("style.css").render()
    heading = kind.heading(subject)
    return environment.get_template("page.html").render(
        heading=heading, kind=kind.name, sections=shown, style=Markup(style)
    )


def _root(folder: Path | None, place: Path) -> str:
    """Begin of links from a page in one place to files of a folder; "" where that is the same."""
    if folder is None or folder.resolve() == place.resolve():
        return ""
    try:
        way = Path(os.path.relpath(folder.resolve(), place.resolve())).as_posix()
    except ValueError:  # on another drive
        return f"{folder.resolve().as_uri()}/"
    return f"{quote(way)}/"


def _write(kind: Kind[Any], subject: Any, out: Path, pdf: bool) -> list[Path]:
    out = Path(out)
    if out.is_dir():
        out = out / NAME
    if out.suffix.lower() not in SUFFIXES:
        raise ResultError(f"{out} is no name of a report; it ends in .html or .pdf")
    pdf = pdf or out.suffix.lower() == ".pdf"
    file = out.with_suffix(".html") if out.suffix.lower() == ".pdf" else out
    text = page(kind, subject, _root(subject.path, file.parent))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ResultError(f"cannot write {file}: {reason(error)}") from error
    if not pdf:
        return [file]
    try:
        return [file, print_to_pdf(file, file.with_suffix(".pdf"))]
    except ResultError as error:
        raise ResultError(f"{file} is there, but no PDF of it: {error}") from None
