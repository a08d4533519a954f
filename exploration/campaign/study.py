"""Reading a study file: which design it is, and the values of its parameters in the units of the case."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from circuits.description.circuit import Circuit
from circuits.description.loading import described_by
from exploration.campaign.design import MOST_POINTS, Design, Parameter, Values
from exploration.campaign.registry import DESIGNS
from meshes.quantity import Unit, did_you_mean, parse
from meshes.quoting import quoted
from solver.case.case import Case
from solver.case.loading import CaseFile
from solver.case.upgrade import present_key
from solver.inputs.errors import CaseError, Key, dotted, explain
from solver.inputs.keys import has_key, numeric_key
from solver.inputs.plain import plain
from solver.inputs.yaml_tree import line_of, read_text, read_yaml

DIGITS = 12
"""Significant digits of values."""

STUDY_FILE = "study.yaml"
"""Name of the study of a case, beside its case.yaml."""


GIVEN_BY_STUDY = (
    "the study of the case gives this key values of its own, in a sweep, a protocol or the like, so that the one of the case"
    " does not count; leave one of them out"
)


@dataclass(frozen=True)
class Study:
    """A study of one case.

    Attributes:
        design: the kind of study with what its file says.
        parameters: the keys of the case that it varies.
        points: values of every point.
        file: that it was read from; None for one made in Python.
    """

    design: Design
    parameters: tuple[Parameter, ...]
    points: tuple[Values, ...]
    file: Path | None = None


def study_file(case: CaseFile, file: Path | None = None) -> Path:
    """The file of a study: the one that is named, else study.yaml beside the case.

    Raises:
        CaseError: there is none.
    """
    found = case.file.parent / STUDY_FILE if file is None else file
    if not found.is_file():
        how = "write one, or name another with --study" if file is None else "write the path of a study file"
        raise CaseError(f"no such file; {how}", file=found)
    return found


def load_study(file: Path, case: CaseFile, overrides: Iterable[str] = ()) -> Study:
    """The study of a file, with values in the units of a case. overrides: of the case, "key=value" texts.

    Raises:
        CaseError: the case or the study is wrong; with the file, the line and the key.
    """
    tree = read_yaml(read_text(file), file)
    try:
        if not isinstance(tree, Mapping):
            raise CaseError("holds no study; its keys are title, type, parameters")
        return study_of(plain(tree), case, overrides, file)
    except CaseError as error:
        if error.file is not None:
            raise
        raise CaseError(error.text, key=error.key, file=file, line=line_of(tree, error.key)) from None


def study_of(data: Mapping[str, Any], case: CaseFile, overrides: Iterable[str] = (), file: Path | None = None) -> Study:
    """The study of plain data.

    Raises:
        CaseError: it is wrong, with the key; or the case is, with its file.
    """
    overrides = tuple(overrides)
    base = described_by(case, overrides)
    design = _design(data)
    if design.count() > MOST_POINTS:
        raise CaseError(f"makes {design.count():,} points; at most {MOST_POINTS:,} are allowed", key=("parameters",))
    parameters = tuple(_parameter(design, key, base, case, overrides) for key in design.entries())
    points = design.points({each.key: each.values for each in parameters})
    return Study(design, parameters, tuple(_distinct(points)), file)


def _design(data: Mapping[str, Any]) -> Design:
    kinds = {design.kind(): design for design in DESIGNS}
    if "type" not in data:
        raise CaseError(f"is missing; write one of {', '.join(kinds)}", key=("type",))
    kind = data["type"]
    if not isinstance(kind, str) or kind not in kinds:
        raise CaseError(f"unknown type {quoted(kind)}; {did_you_mean(kind, kinds, 'write one of')}", key=("type",))
    try:
        return kinds[kind].model_validate(data)
    except ValidationError as error:
        key, text = explain(error, data)[0]
        raise CaseError(text, key=key) from None


def _parameter(design: Design, key: str, base: Case | Circuit, case: CaseFile, overrides: Sequence[str]) -> Parameter:
    """One key of a study with its values in SI units.

    Raises:
        CaseError: the case has no such key, varies it itself, or takes no such value.
    """
    place: Key = ("parameters", key)
    if is_given_by_study(base, key):
        raise CaseError(GIVEN_BY_STUDY, key=place)
    entry = design.entries()[key]
    unit = _unit(base, key)
    if unit is None and not has_key(base, key):
        _refuse_unknown(key, base, case, overrides, entry, place)
    if not isinstance(entry, tuple):
        if unit is None:
            raise CaseError("no number stands at this key; list the values, e.g. '[a, b]'", key=place)
        try:
            numbers = entry.in_unit(Unit(unit, f"1 {unit}".strip()), place).values()
        except PydanticCustomError as error:
            raise CaseError(str((error.context or {})["text"]), key=tuple((error.context or {})["key"])) from None
        short = tuple(float(f"{value:.{DIGITS}g}") for value in numbers)  # no 3.0000000000000004e-07
        return Parameter(key, unit, design.written(key), design.spacing(key), short)
    values = tuple(_value(value, unit, key, (*place, i), case, overrides) for i, value in enumerate(entry))
    numeric = unit is not None and all(isinstance(value, float) for value in values)
    return Parameter(key, unit if numeric else None, design.written(key) if numeric else "", "listed", values)


def is_given_by_study(case: Case | Circuit, key: str) -> bool:
    """Whether the study of a case itself sets a key, under its present name."""
    own = case.study.own_keys(case)  # type: ignore[arg-type]  # each has a study of its own kind
    return dotted(present_key(tuple(key.split(".")))) in own


def _unit(base: Case | Circuit, key: str) -> str | None:
    try:
        return numeric_key(base, key).symbol
    except ValueError:
        return None


def _refuse_unknown(
    key: str, base: Case | Circuit, case: CaseFile, overrides: Sequence[str], entry: Any, place: Key
) -> None:
    """CaseError where the file of the case cannot have a key either, which its resolved form may not show."""
    value = entry[0] if isinstance(entry, tuple) else entry.start
    try:
        described_by(case, [*overrides, assignment(key, value)])
    except CaseError:
        try:
            numeric_key(base, key)
        except ValueError as error:
            raise CaseError(str(error), key=place) from None


def _value(value: Any, unit: str | None, key: str, place: Key, case: CaseFile, overrides: Sequence[str]) -> float | Any:
    """The SI number of a value; what the case itself understands, as it is."""
    if unit is not None and not isinstance(value, bool | Mapping | list):
        try:
            return parse(value, unit)
        except ValueError as error:
            reason = str(error)
    else:
        reason = ""
    try:
        described_by(case, [*overrides, assignment(key, value)])
    except CaseError as error:
        raise CaseError(reason or error.text, key=place) from None
    return value


def assignment(key: str, value: Any) -> str:
    """The "key=value" that gives a key of a case a value: numbers in SI units, others as YAML in one line."""
    if isinstance(value, float):
        return f"{key}={value:.{DIGITS}g}"
    return f"{key}={value if isinstance(value, int) and not isinstance(value, bool) else json.dumps(value)}"


def identity(values: Values) -> tuple[tuple[str, str], ...]:
    """What makes two points the same: their values, to `DIGITS`."""
    return tuple(
        sorted((key, assignment(key, float(value) if type(value) is int else value)) for key, value in values.items())
    )


def _distinct(points: Iterable[Values]) -> list[Values]:
    """The points without those that were there before."""
    found: dict[Any, Values] = {}
    for values in points:
        found.setdefault(identity(values), values)
    return list(found.values())
