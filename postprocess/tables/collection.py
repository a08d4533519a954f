"""The list of field files of a result: fields/fields.pvd."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from solver.results.rows import ResultError


def field_files(directory: Path | None) -> dict[int, Path]:
    """File of every point number that has fields, in the order of writing; empty without fields.

    A point that was computed twice, before and after a resume, counts as computed last.

    Args:
        directory: where the folder `fields` is, such as a result directory; None for nowhere.

    Raises:
        ResultError: the list is there and cannot be read.
    """
    path = None if directory is None else directory / "fields" / "fields.pvd"
    if path is None or not path.is_file():
        return {}
    try:
        sets = ElementTree.parse(path).iter("DataSet")
        return {round(float(item.attrib["timestep"])): path.parent / item.attrib["file"] for item in sets}
    except (OSError, ElementTree.ParseError, KeyError, ValueError) as error:
        raise ResultError(f"cannot read {path}: {error}") from error
