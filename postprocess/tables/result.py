"""A result in memory: what tables, figures and pictures are made from."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from postprocess.tables.columns import matches, read_table, read_value, spread
from postprocess.tables.kinds import BIAS, TIME, Kind, kind_of
from postprocess.tables.units import quantity, readable, split_header
from solver.analysis.driving import Drives, drives_of_rows
from solver.case.bias import means_bias
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.results.directory import FAILED, INTERRUPTED
from solver.results.field_list import field_files
from solver.results.headers import extended
from solver.results.lock import is_locked
from solver.results.rows import ResultError, parameter_columns, read_run, reason
from solver.results.swept import SweptQuantity

NEAR = 1e-3  # a wanted time is that of the nearest instant, when that is as close as this part of the whole run
LISTED = 12  # points that an error message names; of more only the first and the last ones


@dataclass(frozen=True, eq=False)
class Curve:
    """The points of one outer value, in the order of the inner parameter."""

    label: str
    """What is fixed along the curve, such as "concentration = 10 mM"; "" when nothing is swept outside."""
    short: str
    """Only the value: "10 mM"."""
    value: float | None
    """SI value of the outer parameter, None without one."""
    points: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Result:
    """The tables and descriptions of one result.

    Attributes:
        path: directory of the result; None for a result that is only in memory.
        run: contents of run.json.
        observables: table with one row for every point.
        profiles, sensitivities, loads: tables with several rows for every point; empty without any.
        summary: contents of summary.json; empty before the run is complete.
        field_values: arrays of the fields in memory by point number (see `pictures.fields`); empty for those on disk.
        measured: files with measured curves, which are drawn over those of the result (see `tables.reference`).
    """

    path: Path | None
    run: dict[str, Any]
    observables: pd.DataFrame
    profiles: pd.DataFrame = field(default_factory=pd.DataFrame)
    sensitivities: pd.DataFrame = field(default_factory=pd.DataFrame)
    loads: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: dict[str, Any] = field(default_factory=dict)
    field_values: Mapping[int, Any] = field(default_factory=dict)
    measured: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Name of the case."""
        return str(self.run.get("case_name") or ("case" if self.path is None else self.path.resolve().name))

    def place(self, name: str) -> str:
        """Path of one of the files of the result for messages; only its name for a result in memory."""
        return name if self.path is None else str(self.path / name)

    @property
    def points_with_fields(self) -> list[int]:
        """Numbers of the points that have fields, in the order of computing."""
        return list(self.field_values or field_files(self.path))

    @property
    def place_of_all(self) -> str:
        """Path of the result for messages."""
        return "the result" if self.path is None else str(self.path)

    @property
    def title(self) -> str:
        """Title of the case, or its name."""
        return str(self.run.get("title") or (self.run.get("case") or {}).get("title") or self.name)

    @property
    def heading(self) -> str:
        """Title, with the bias when it is the same at every point and not zero."""
        biases = self.observables[BIAS]
        same = biases.min() == biases.max() and biases.iloc[0] != 0.0
        return f"{self.title}, bias {quantity(float(biases.iloc[0]), 'V')}" if same else self.title

    @property
    def parameters(self) -> list[str]:
        """Headers of the swept parameters, outer first."""
        return parameter_columns(list(self.observables.columns))

    @property
    def study(self) -> str:
        """Type of the study, as the case in run.json gives it."""
        return str(self.run["case"]["study"]["type"])

    @property
    def kind(self) -> Kind:
        """Conventions by which the results of this type of study are read."""
        return kind_of(self.study)

    @property
    def transient(self) -> bool:
        """Whether the points are instants."""
        return self.kind.transient

    @property
    def driven(self) -> list[str]:
        """Headers of the quantities that a protocol drives."""
        along = self.kind.along
        return self.parameters[self.parameters.index(along) + 1 :] if along in self.parameters else []

    @property
    def inner(self) -> str:
        """Header of the quantity along a curve: time, frequency, the inner parameter, or the bias when that is swept."""
        if self.kind.along:
            return self.kind.along
        return BIAS if self.sweeps_bias or not self.parameters else self.parameters[-1]

    @property
    def sweeps_bias(self) -> bool:
        """Whether the inner parameter of a sweep is the bias."""
        return not self.kind.along and bool(self.parameters) and self._is_bias(self.parameters[-1])

    def _is_bias(self, header: str) -> bool:
        """Whether a swept column is the potential of the driven terminal or electrode, and called the bias."""
        driven = self.run.get("driven_terminal")
        ending = ".potential [V]" if driven is None else f".{driven}.potential [V]"
        if self.kind.along or not header.endswith(ending):
            return False
        return means_bias(self.ports, *self._columns(header, BIAS))

    def _columns(self, one: str, other: str) -> tuple[list[float], list[float]]:
        """Two columns as numbers."""
        first, second = (self.observables[name].astype(float).tolist() for name in (one, other))
        return first, second

    @property
    def outer(self) -> str | None:
        """Header of the outer parameter of a nested sweep, or of that for whose values a curve was repeated."""
        inner = self.kind.along or (self.parameters[-1] if self.parameters else "")
        return self.parameters[0] if self.parameters and self.parameters[0] != inner else None

    @cached_property
    def case(self) -> Case:
        """The case, complete with all defaults."""
        folder, name = self.run.get("case_directory"), self.run.get("case_name")
        file = None
        if folder is not None:
            file = Path(folder) / ("case.yaml" if Path(folder).name == name else f"{name}.yaml")
        return Case.model_validate(self.run["case"], context={"file": file})

    @cached_property
    def drives(self) -> list[Drives]:
        """What drives a current besides the bias, for every row; the bias alone where the case is not known in full."""
        try:
            return drives_of_rows(self.case, self.observables.to_dict("records"), self.parameters)
        except CaseError:  # of an earlier version, or made without the solver
            return [Drives()] * len(self.observables)

    @property
    def geometry(self) -> dict[str, Any]:
        """Entry `geometry` of run.json: length [m], symmetry, mouths [m], terminals."""
        return dict(self.run.get("geometry") or {})

    @property
    def dimension(self) -> int:
        """Of the mesh: 2, or 3."""
        described = (self.run.get("case") or {}).get("geometry") or {}
        return int(self.geometry.get("dimension") or described.get("dimension") or 2)

    @property
    def ports(self) -> int:
        """Number of terminals and electrodes."""
        return len(self.terminals) + len(self.electrodes)

    @property
    def terminals(self) -> list[str]:
        """Names of the terminals, in the order of the case."""
        return [str(name) for name in self.geometry.get("terminals") or ()]

    @property
    def electrodes(self) -> list[str]:
        """Names of the walls of given potential, or with a current that is held, in the order of the case."""
        walls = (self.run.get("case") or {}).get("walls") or {}
        keys = "potential", "current"
        return [str(name) for name, wall in walls.items() if any((wall or {}).get(key) is not None for key in keys)]

    @property
    def holds_current(self) -> bool:
        """Whether the current of the driven terminal or electrode is held, so that its potential follows."""
        case, driven = self.run.get("case") or {}, self.run.get("driven_terminal")
        ports = {**(case.get("walls") or {}), **(case.get("terminals") or {})}
        return (ports.get(driven) or {}).get("current") is not None

    def at_terminals(self, header: str) -> list[str]:
        """Headers of a quantity at every terminal where there are more than two, whose values do not follow from each other;
        else the header of the quantity itself."""
        names = self.terminals if len(self.terminals) > 2 else []
        found = [extended(header, name) for name in names]
        return found if found and all(name in self.observables for name in found) else [header]

    @property
    def adaptation(self) -> dict[str, Any]:
        """Entry mesh.adaptation of run.json: tolerance, reached, goal, steps; empty for a mesh that was not adapted."""
        found = (self.run.get("mesh") or {}).get("adaptation")
        return dict(found) if isinstance(found, dict) else {}

    def swept(self, header: str) -> SweptQuantity:
        """Name, unit and texts of the values of a column that is swept, or along which rows lie, in the unit of the case."""
        units = self.run.get("written_units") or {}
        key = self.parameters[-1] if header == BIAS and self.sweeps_bias else header
        alike = header in self.parameters and self._is_bias(header) and np.allclose(*self._columns(header, BIAS))
        return SweptQuantity.of(
            BIAS if alike else header, self.observables[header], str(units.get(split_header(key)[0], ""))
        )

    def case_of(self, curve: Curve) -> dict[str, Any]:
        """The case that a curve is of, as run.json has it."""
        return dict(self.run.get("case") or {})

    def curves(self) -> list[Curve]:
        """One curve per outer value in the order of computing; a single one without an outer parameter."""
        if self.outer is None:
            return [Curve("", "", None, self.observables.sort_values(self.inner, kind="stable"))]
        swept = self.swept(self.outer)
        return [
            Curve(
                swept.named(float(value)),
                swept.text(float(value)),
                float(value),
                part.sort_values(self.inner, kind="stable"),
            )
            for value, part in self.observables.groupby(self.outer, sort=False)
        ]

    def label(self, header: str) -> str:
        """Name of a column for axes and legends: what run.json says, else the name in the header."""
        for columns in (self.run.get("columns") or {}).values():
            if header in columns:
                return str(columns[header]["label"])
        return readable(header)

    def describe(self, point: int) -> str:
        """The parameters of a point for titles, such as "bias = 1 V, concentration = 10 mM"."""
        row = self.observables.loc[self.observables["point"] == point].iloc[0]
        names = [self.inner] if self.parameters or row[BIAS] else []
        names += [self.outer] if self.outer else []
        return ", ".join(self.swept(name).named(float(row[name])) for name in names)

    def caption(self, point: int) -> str:
        """The same; empty where `heading` says it, as of the only point of a result."""
        return (
            "" if len(self.observables) == 1 and self.heading != self.title and not self.outer else self.describe(point)
        )

    def select(self, at: Iterable[str], among: Iterable[int] | None = None) -> list[int]:
        """Numbers of the points that texts name, each once, in the order of the texts.

        A text is a value of the inner parameter ("1 V", "10 mM", SI without unit), "parameter=value" with conditions
        separated by commas, or "point=3". Several values of the same parameters are alternatives; texts about different
        parameters have to hold together; points named by number come in any case. A time means the nearest instant,
        within a thousandth of the run. `among` restricts the choice to some points, for example those with fields.
        Raises ResultError when a text fits no point; it lists what there is.
        """
        table = self.observables
        if among is not None:
            table = table[table["point"].isin(list(among))]
        groups: dict[tuple[str, ...], list[tuple[str, npt.NDArray[np.bool_]]]] = {}
        for text in at:
            mask, columns = np.ones(len(table), dtype=bool), []
            for condition in text.split(","):
                key, equals, value = condition.rpartition("=")
                columns.append(self._column(key.strip()) if equals else self.inner)
                wanted = read_value(value, columns[-1], f"'{text}'")
                near = (
                    self._nearest(table[TIME], wanted) if columns[-1] == TIME else matches(table[columns[-1]], wanted)
                )
                mask &= near
            if not mask.any():
                raise self._nothing_at(f"'{text}'", table)
            groups.setdefault(tuple(sorted(columns)), []).append((text, mask))
        numbered = groups.pop(("point",), [])
        together = np.ones(len(table), dtype=bool)
        for alternatives in groups.values():
            together &= np.any([mask for _, mask in alternatives], axis=0)
        if not together.any():
            texts = [" or ".join(f"'{text}'" for text, _ in alternatives) for alternatives in groups.values()]
            raise self._nothing_at(" together with ".join(texts), table)
        masks = [mask & together for _, mask in next(iter(groups.values()), [])] + [mask for _, mask in numbered]
        return list(dict.fromkeys(int(point) for mask in masks for point in table["point"][mask]))

    def _nothing_at(self, texts: str, table: pd.DataFrame) -> ResultError:
        there = list(dict.fromkeys(self.describe(int(point)) for point in table["point"]))
        if len(there) > LISTED:
            there[LISTED // 2 : -LISTED // 2] = [f"... {len(there) - LISTED} more ..."]
        return ResultError(f"{self.place_of_all} has nothing at {texts}; there is {'; '.join(there) or 'nothing'}")

    def extremes(self, among: Iterable[int]) -> list[int]:
        """Those of the given points that lie at the ends of the inner parameter, for the first and last outer value.

        A transient, whose end often is its start again, gives four instants.
        """
        given = set(among)
        curves = self.curves()
        chosen: list[int] = []
        for curve in curves if len(curves) <= 2 else (curves[0], curves[-1]):
            points = [int(point) for point in curve.points["point"] if int(point) in given]
            chosen += spread(points, self.kind.shown)
        return list(dict.fromkeys(chosen))

    def _nearest(self, times: pd.Series[Any], wanted: float) -> npt.NDArray[np.bool_]:
        """Mask (rows,) of the instants nearest to the wanted time; none when all are far from it."""
        away = np.abs(np.asarray(times, dtype=float) - wanted)
        whole = float(self.observables[TIME].max())
        nearest = float(np.min(away, initial=np.inf))
        return np.asarray((away <= nearest + 1e-9 * whole) & (away <= NEAR * whole))

    def _column(self, key: str) -> str:
        names = ["point", BIAS, *self.parameters]
        fits = [name for name in names if key in (name, split_header(name)[0], readable(name))]
        fits = fits or [name for name in names if split_header(name)[0].rpartition(".")[2] == key]
        if len(fits) != 1:
            known = ", ".join(split_header(name)[0] for name in names)
            raise ResultError(f"'{key}' is {'ambiguous' if fits else 'no parameter of this result'}; there are {known}")
        return fits[0]


def load(path: Path | str) -> Result:
    """Read a result directory, also one that is still being written.

    Raises:
        ResultError: it is none, has no complete point yet, or a table cannot be read.
    """
    path = Path(path)
    run = as_it_is(read_run(path), path)
    if not ((run.get("case") or {}).get("study") or {}).get("type"):
        raise ResultError(f"{path / 'run.json'} names no type of study (case.study.type)")
    observables = read_table(path / "observables.csv")
    if observables.empty:
        status, message = run.get("status", "unknown"), run.get("message")
        raise ResultError(f"{path} has no complete point (status {status}{f': {message}' if message else ''})")
    profiles = read_table(path / "profiles.csv")
    sensitivities = read_table(path / "sensitivities.csv")
    loads, summary = read_table(path / "loads.csv"), read_summary(path / "summary.json")
    result = Result(path, run, observables, profiles, sensitivities, loads, summary)
    missing = [name for name in ("point", BIAS, result.kind.measured) if name not in observables]
    if missing:
        raise ResultError(f"{path / 'observables.csv'} has no column {missing[0]!r}")
    if profiles.empty:
        return result
    return replace(result, profiles=profiles[profiles["point"].isin(observables["point"])])


def as_it_is(run: dict[str, Any], path: Path) -> dict[str, Any]:
    """run.json, with the status of a run that could not write its end (it was killed, or the disk was full), or that was
    interrupted."""
    if run.get("status") == FAILED and str(run.get("message")).startswith("interrupted by SIG"):
        return {**run, "status": INTERRUPTED}  # earlier versions had no word of its own for it
    here = run.get("host") == socket.gethostname()  # a lock is seen on one machine only
    if run.get("status") == "running" and here and is_locked(path) is False:
        return {
            **run,
            "status": FAILED,
            "message": "the run ended without a word; --resume goes on from its checkpoint",
        }
    return run


def read_summary(path: Path) -> dict[str, Any]:
    """Contents of summary.json; empty for a run that has not come so far."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ResultError(f"cannot read {path}: {reason(error)}") from error
    except ValueError as error:
        raise ResultError(f"{path} is not valid JSON: {error}") from error
    return found if isinstance(found, dict) else {}
