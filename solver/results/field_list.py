"""The list of field files of a result: fields/fields.pvd, in which the "time" is the number of the row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from solver.results.rows import ResultError, replace_file

FOLDER, LIST = "fields", "fields.pvd"
"""Folder of the field files in a result directory, and the list in it."""


def field_files(directory: Path | None) -> dict[int, Path]:
    """File of every point number that has fields, in the order of writing; empty without fields.

    A point that is named twice, as older results have those before and after a resume, counts as named last.

    Args:
        directory: where the folder `fields` is, such as a result directory; None for nowhere.

    Raises:
        ResultError: the list is there and cannot be read.
    """
    path = None if directory is None else directory / FOLDER / LIST
    return {} if path is None or not path.is_file() else listed(path)


def listed(path: Path) -> dict[int, Path]:
    """The files that a list names, by their "time".

    Raises:
        ResultError: it cannot be read.
    """
    try:
        sets = ElementTree.parse(path).iter("DataSet")
        return {round(float(item.attrib["timestep"])): path.parent / item.attrib["file"] for item in sets}
    except (OSError, ElementTree.ParseError, KeyError, ValueError) as error:
        raise ResultError(f"cannot read {path}: {error}") from error


def write_list(folder: Path, names: Mapping[int, str]) -> None:
    """Write the list of the files in a folder, whole or not at all. names: files by number of the row.

    Raises:
        OSError: the list that was there stays.
    """
    root = ElementTree.Element("VTKFile", type="Collection", version="1.0")
    collection = ElementTree.SubElement(root, "Collection")
    for number, name in names.items():
        ElementTree.SubElement(collection, "DataSet", timestep=str(number), part="0", file=name)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    replace_file(folder / LIST, (text + "\n").encode())


def missing_files(file: Path) -> list[Path]:
    """Of a field file and the pieces that it names those that are not there.

    Raises:
        ResultError: the file cannot be read.
    """
    if not file.is_file():
        return [file]
    if file.suffix != ".pvtu":
        return []
    try:
        pieces = [file.parent / item.attrib["Source"] for item in ElementTree.parse(file).iter("Piece")]
    except (OSError, ElementTree.ParseError, KeyError) as error:
        raise ResultError(f"cannot read {file}: {error}") from error
    return [piece for piece in pieces if not piece.is_file()]
