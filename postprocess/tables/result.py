"""A result directory in memory: what tables, figures and pictures are made from."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from meshes.quantity import parse
from postprocess.tables.units import quantity, readable, split_header
from solver.analysis.rectification import rectification as pair_points
from solver.results.headers import BIAS as BIAS
from solver.results.headers import CURRENT, IMPEDANCE_REAL, POINT, error_header
from solver.results.headers import FREQUENCY as FREQUENCY
from solver.results.headers import TIME as TIME
from solver.results.rows import ResultError, parameter_columns, read_run, reason

Array = npt.NDArray[np.float64]

NOISE = 1e-9  # currents and flow rates smaller than this part of the largest are round-off of a zero
SAME = 1e-6  # two values of a parameter closer than this, relative to the largest, are the same
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
    """One result: the tables `observables` and `profiles` (may be empty), `run` is run.json, `summary` summary.json."""

    path: Path
    run: dict[str, Any]
    observables: pd.DataFrame
    profiles: pd.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the case."""
        return str(self.run.get("case_name") or self.path.resolve().name)

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
    def transient(self) -> bool:
        """Whether the points are instants of a run in time."""
        return TIME in self.parameters

    @property
    def impedance(self) -> bool:
        """Whether the points are frequencies of impedance spectra."""
        return IMPEDANCE_REAL in self.observables

    @property
    def driven(self) -> list[str]:
        """Headers of the quantities that a run in time drives."""
        return self.parameters[self.parameters.index(TIME) + 1 :] if self.transient else []

    @property
    def inner(self) -> str:
        """Header of the quantity along a curve: the inner parameter, the time, or the bias when that is swept."""
        if self.transient:
            return TIME
        last = self.parameters[-1] if self.parameters else BIAS
        return BIAS if self.sweeps_bias else last

    @property
    def sweeps_bias(self) -> bool:
        """Whether the inner parameter of a sweep is a potential."""
        return bool(self.parameters) and not self.transient and self.parameters[-1].endswith(".potential [V]")

    @property
    def outer(self) -> str | None:
        """Header of the outer parameter of a nested sweep, or of that for whose values a protocol was repeated."""
        if self.transient:
            return self.parameters[0] if self.parameters[0] != TIME else None
        return self.parameters[0] if len(self.parameters) > 1 else None

    @property
    def geometry(self) -> dict[str, Any]:
        """Entry `geometry` of run.json: length [m], symmetry, mouths [m], terminals."""
        return dict(self.run.get("geometry") or {})

    @property
    def adaptation(self) -> dict[str, Any]:
        """Entry mesh.adaptation of run.json: tolerance, reached, goal, steps; empty for a mesh that was not adapted."""
        found = (self.run.get("mesh") or {}).get("adaptation")
        return dict(found) if isinstance(found, dict) else {}

    def curves(self) -> list[Curve]:
        """One curve per outer value in the order of computing; a single one without an outer parameter."""
        if self.outer is None:
            return [Curve("", "", None, self.observables.sort_values(self.inner, kind="stable"))]
        unit = split_header(self.outer)[1]
        return [
            Curve(
                f"{readable(self.outer)} = {quantity(float(value), unit)}",
                quantity(float(value), unit),
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
        return ", ".join(f"{readable(name)} = {quantity(float(row[name]), split_header(name)[1])}" for name in names)

    def select(self, at: Iterable[str], among: Iterable[int] | None = None) -> list[int]:
        """Numbers of the points that texts name, each once, in the order of the texts.

        A text is a value of the inner parameter ("1 V", "10 mM", SI without unit), "parameter=value" with conditions
        separated by commas, or "point=3". A time means the nearest instant, within a thousandth of the run. `among`
        restricts the choice to some points, for example those with fields.
        Raises ResultError when a text fits no point; it lists what there is.
        """
        table = self.observables
        if among is not None:
            table = table[table["point"].isin(list(among))]
        chosen: list[int] = []
        for text in at:
            mask = np.ones(len(table), dtype=bool)
            for condition in text.split(","):
                key, equals, value = condition.rpartition("=")
                column = self._column(key.strip()) if equals else self.inner
                wanted = read_value(value, column, f"'{text}'")
                mask &= self._nearest(table[TIME], wanted) if column == TIME else matches(table[column], wanted)
            if not mask.any():
                there = list(dict.fromkeys(self.describe(int(point)) for point in table["point"]))
                if len(there) > LISTED:
                    there[LISTED // 2 : -LISTED // 2] = [f"... {len(there) - LISTED} more ..."]
                raise ResultError(f"{self.path} has nothing at '{text}'; there is {'; '.join(there) or 'nothing'}")
            chosen += [int(point) for point in table["point"][mask]]
        return list(dict.fromkeys(chosen))

    def extremes(self, among: Iterable[int]) -> list[int]:
        """Of the given points those at the ends of the inner parameter, for the first and last outer value.

        Of a run in time, whose end often is its beginning again, four instants.
        """
        given = set(among)
        curves = self.curves()
        chosen: list[int] = []
        for curve in curves if len(curves) <= 2 else (curves[0], curves[-1]):
            points = [int(point) for point in curve.points["point"] if int(point) in given]
            chosen += spread(points, 4 if self.transient else 2)
        return list(dict.fromkeys(chosen))

    def _nearest(self, times: pd.Series[Any], wanted: float) -> npt.NDArray[np.bool_]:
        """Which instants are nearest to the wanted time, none when all are far from it."""
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

    Raises ResultError when it is none, has no complete point yet, or a table cannot be read.
    """
    path = Path(path)
    run = read_run(path)
    observables = read_table(path / "observables.csv")
    if observables.empty:
        status, message = run.get("status", "unknown"), run.get("message")
        raise ResultError(f"{path} has no complete point (status {status}{f': {message}' if message else ''})")
    measured = IMPEDANCE_REAL if IMPEDANCE_REAL in observables else CURRENT
    missing = [name for name in (POINT, BIAS, measured) if name not in observables]
    if missing:
        raise ResultError(f"{path / 'observables.csv'} has no column {missing[0]!r}")
    profiles = read_table(path / "profiles.csv")
    if not profiles.empty:
        profiles = profiles[profiles["point"].isin(observables["point"])]
    return Result(path, run, observables, profiles, _read_summary(path / "summary.json"))


def _read_summary(path: Path) -> dict[str, Any]:
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


def read_table(path: Path) -> pd.DataFrame:
    """A CSV file as a table, without a torn last line; empty when the file is missing. ResultError when unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return pd.DataFrame()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"cannot read {path}: {reason(error) if isinstance(error, OSError) else error}") from error
    try:
        return pd.read_csv(io.StringIO(text[: text.rfind("\n") + 1]), skipinitialspace=True)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except pd.errors.ParserError as error:
        raise ResultError(f"cannot read {path}: {' '.join(str(error).split())}") from error


def rectification(observables: pd.DataFrame) -> pd.DataFrame:
    """Rectification ratio |I(-V)| / |I(+V)| for every pair of points that differ only in the sign of the bias.

    Columns: the other swept parameters, `bias [V]`, `ratio`, `ratio_error` (NaN when the currents have no errors),
    `larger`, `conservation_error`; empty without pairs.
    """
    return pd.DataFrame(pair_points(observables.to_dict("records")))


def spread(points: Sequence[int], most: int) -> list[int]:
    """Up to `most` of some points, spread evenly: both ends, and the middle of an odd number among them."""
    picked = np.linspace(0, len(points) - 1, min(most, len(points))).round().astype(int)
    return [points[i] for i in dict.fromkeys(picked.tolist())]


def errors(table: pd.DataFrame, header: str) -> Array | None:
    """Error bars of a column in its unit, shape (rows,), NaN where unknown; None when a result has none at all."""
    column = error_header(header)
    if column not in table:
        return None
    found = np.abs(np.asarray(table[column], dtype=float))
    return None if bool(np.all(np.isnan(found))) else found


def relative(table: pd.DataFrame, header: str, part: str) -> Array:
    """Size of column `part` relative to column `header`, shape (rows,); NaN where either is unknown or the value a zero.

    A missing column is unknown everywhere.
    """
    if part not in table or header not in table:
        return np.full(len(table), np.nan)
    values = np.abs(np.asarray(table[header], dtype=float))
    counts = values > NOISE * float(np.max(values, initial=0.0, where=np.isfinite(values)))
    found = np.full(len(table), np.nan)
    found[counts] = np.abs(np.asarray(table[part], dtype=float))[counts] / values[counts]
    return found


def matches(values: pd.Series[Any], wanted: float) -> npt.NDArray[np.bool_]:
    """Which values are the wanted one, to the rounding of unit conversions."""
    numbers = np.asarray(values, dtype=float)
    near = SAME * max(abs(wanted), 1e-3 * float(np.max(np.abs(numbers), initial=0.0)))
    return np.asarray(np.abs(numbers - wanted) <= near)


def read_value(text: str, header: str, where: str) -> float:
    """SI value of "1 V" or "-0.5" for a column; ResultError, naming `where`, when it is none."""
    try:
        return parse(text.strip().replace("−", "-"), split_header(header)[1])
    except ValueError as error:
        raise ResultError(f"{where}: {error}") from None
