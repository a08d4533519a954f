"""Fields of a result as PyVista datasets, read from their files when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from postprocess.tables.collection import field_files

if TYPE_CHECKING:
    import pyvista


class Fields(Mapping[int, "pyvista.UnstructuredGrid"]):
    """Fields by point number: the mesh of the half plane (m) with point data (SI) such as "potential" and "salt".

    Args:
        directory: where the folder `fields` is; None for a result without fields.
        result: name of the result in messages.
    """

    def __init__(self, directory: Path | None, result: str) -> None:
        self._directory, self._result = directory, result
        self._points = list(field_files(directory))

    def __getitem__(self, point: int) -> pyvista.UnstructuredGrid:
        from postprocess.pictures.fields import FieldFiles

        if point not in self._points:
            there = f"there are those of {', '.join(map(str, self._points))}" if self._points else "there are none"
            raise KeyError(f"no fields of point {point}; {there}; 'outputs.fields: all' keeps those of all points")
        return FieldFiles(self._directory, self._result).dataset(point)

    def __iter__(self) -> Iterator[int]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)

    def __repr__(self) -> str:
        return f"Fields(points {', '.join(map(str, self._points)) or 'none'})"
