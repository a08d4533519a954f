"""Folder of an optimisation: evaluations.csv has every evaluation, case.json says of which case.

optimum.json is what was found, best/ the result of the best case.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exploration.fit.parameters import FreeParameter
from exploration.folder import clear, prepare
from meshes.quoting import quoted, shortened
from postprocess.tables.optimum import CASE, EVALUATIONS, OPTIMUM
from solver.case.case import Case
from solver.parallel.versions import versions
from solver.results.headers import header
from solver.results.rows import ResultError, first_difference, json_bytes, plain, read_lines, reason, replace_file

ANEW = "--force begins anew, --out takes another folder"


@dataclass(frozen=True)
class Evaluated:
    """One evaluation.

    Attributes:
        values: SI, by key.
        value: of the quantity; nan where it could not be computed.
        slopes: derivatives by the keys, SI; empty without.
        seconds: wall time; message: why it failed.
    """

    values: Mapping[str, float]
    value: float
    slopes: Mapping[str, float]
    seconds: float
    message: str = ""


Known = dict[tuple[float, ...], Evaluated]
"""Evaluations by their values."""


def headers_of(parameters: Sequence[FreeParameter], name: str, unit: str) -> list[str]:
    """Headers of evaluations.csv for a quantity."""
    keys = [header(free.key, free.unit) for free in parameters]
    return [*keys, header(name, unit), *(f"slope by {free.key}" for free in parameters), "wall_time [s]", "message"]


def row_of(one: Evaluated) -> list[str]:
    """Cells of an evaluation."""
    slopes = [repr(one.slopes[key]) if one.slopes else "" for key in one.values]
    value = repr(one.value) if math.isfinite(one.value) else ""
    return [*(repr(v) for v in one.values.values()), value, *slopes, f"{one.seconds:.2f}", one.message]


def description_of(case: Case) -> dict[str, Any]:
    """What evaluations depend on: the case, but for its title and outputs, and the version of the program."""
    described = {key: value for key, value in case.model_dump(mode="json").items() if key not in ("outputs", "title")}
    return {"format": 1, "program": versions().get("nanochannel"), "case": plain(described)}


@dataclass
class OptimumFolder:
    """A folder into which one process writes. What was there before stays until there is something new.

    Attributes:
        path: of the folder.
        columns: headers of evaluations.csv.
        description: contents of case.json.
        force: whether earlier evaluations are replaced.
    """

    path: Path
    columns: Sequence[str]
    description: Mapping[str, Any]
    force: bool = False
    _taken: bool = False
    _waiting: list[Evaluated] = field(default_factory=list)

    @classmethod
    def begin(cls, path: Path, columns: Sequence[str], description: Mapping[str, Any], *, force: bool) -> OptimumFolder:
        """Look whether a folder can be used; nothing in it changes yet.

        Raises:
            ResultError: it has something else, or evaluations of another case or program.
        """
        prepare(path, (OPTIMUM, EVALUATIONS, CASE))
        folder = cls(path, columns, description, force)
        if not force and len(read_lines(path / EVALUATIONS)) > 1:
            folder._refuse_others()
        return folder

    def _refuse_others(self) -> None:
        """ResultError where case.json is not that of this optimisation."""
        file = self.path / CASE
        try:
            there = json.loads(file.read_text(encoding="utf-8"))
            program, case = there["program"], there["case"]
        except FileNotFoundError:
            raise ResultError(
                f"{self.path} does not say of which case its evaluations are (no {CASE}); {ANEW}"
            ) from None
        except OSError as error:
            raise ResultError(f"cannot read {file}: {reason(error)}") from error
        except (ValueError, KeyError, TypeError):
            raise ResultError(f"{file} is no description of a case; {ANEW}") from None
        if difference := first_difference(case, self.description["case"]):
            raise ResultError(
                f"{self.path} has evaluations of another case ({shortened(difference)}): the case or a --set has "
                f"changed since; {ANEW}"
            )
        here = self.description["program"]
        if program and here and program != here:
            raise ResultError(f"{self.path} has evaluations of version {program}, this is {here}; {ANEW}")

    def earlier(self, parameters: Sequence[FreeParameter]) -> Known:
        """The evaluations that are there; those that failed are tried again.

        Raises:
            ResultError: they are those of another optimisation.
        """
        if self.force:
            return {}
        file, count = self.path / EVALUATIONS, len(parameters)
        lines = read_lines(file)
        if lines and lines[0] != list(self.columns):
            odd = next((name for name in lines[0] if name not in self.columns), None)
            what = "its columns are in another order, or not all" if odd is None else f"it has a column {quoted(odd)}"
            here = ", ".join(self.columns[: count + 1])
            raise ResultError(f"{file} is not of this optimisation: {what}, this one has {here}; {ANEW}")
        found: Known = {}
        for row in lines[1:]:
            if len(row) != len(self.columns):
                continue
            try:
                numbers = [float(cell or "nan") for cell in row[:-1]]
            except ValueError as error:
                raise ResultError(f"{file} cannot be read: {error}; {ANEW}") from None
            at, value, slopes = tuple(numbers[:count]), numbers[count], numbers[count + 1 : -1]
            keys = [free.key for free in parameters]
            known = {} if any(map(math.isnan, slopes)) else dict(zip(keys, slopes, strict=True))
            if math.isfinite(value) and (known or at not in found):
                found[at] = Evaluated(dict(zip(keys, at, strict=True)), value, known, numbers[-1], row[-1])
        return found

    def add(self, one: Evaluated) -> None:
        """Write an evaluation. Where earlier ones are to be replaced, failed ones wait for the first that succeeds.

        Raises:
            ResultError: it cannot be written.
        """
        self._waiting.append(one)
        if self.force and not self._taken and not math.isfinite(one.value):
            return
        self.take()
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(row_of, self._waiting))
        try:
            with (self.path / EVALUATIONS).open("a", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
        except OSError as error:
            raise ResultError(f"cannot write {self.path / EVALUATIONS}: {reason(error)}") from error
        self._waiting.clear()

    def take(self) -> None:
        """Remove the optimum that was there, and earlier evaluations if they are to be replaced; only once.

        Raises:
            ResultError: something cannot be removed or written.
        """
        if self._taken:
            return
        file = self.path / EVALUATIONS
        try:
            clear(self.path, (OPTIMUM, EVALUATIONS) if self.force else (OPTIMUM,))
            replace_file(self.path / CASE, json_bytes(self.description))
            content = file.read_bytes() if file.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            if not whole:
                line = io.StringIO()
                csv.writer(line, lineterminator="\n").writerow(self.columns)
                whole = line.getvalue().encode()
            if whole != content:  # the last line may be torn
                replace_file(file, whole)
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error
        self._taken = True

    def write(self, data: Mapping[str, Any]) -> None:
        """Write optimum.json.

        Raises:
            ResultError: it cannot be written.
        """
        try:
            replace_file(self.path / OPTIMUM, json_bytes(data))
        except OSError as error:
            raise ResultError(f"cannot write {self.path}: {reason(error)}") from error
