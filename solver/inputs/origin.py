"""Descriptions that are read from a file, or made from values."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import PrivateAttr

from meshes.quantity import Description
from solver.inputs.files import name_of


class FromFile(Description):
    """What may have been read from a file."""

    unnamed: ClassVar[str]
    """Name of those that are made from values."""

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that it was read from; None for one made from values."""
        return self._file

    @property
    def directory(self) -> Path:
        """The folder that relative paths refer to."""
        return self._file.parent if self._file is not None else Path()

    @property
    def name(self) -> str:
        """The directory's name (the file's own name when it is not case.yaml)."""
        return name_of(self._file, self.unnamed)
