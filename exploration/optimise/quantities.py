"""Quantities that can be optimised: numbers of a result, and which of them have derivatives.

A quantity is one of `QUANTITIES`, or any column of observables.csv at one of its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exploration.fit.model import Wanted
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from postprocess.tables.result import Result
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.results.headers import BIAS, CONDUCTANCE, CURRENT, FLOW_RATE, split_header
from solver.results.rows import ResultError

Array = NDArray[np.float64]

AREA, NORMALISED = "area [W]", "area_normalised"
"""Entries of loops in summary.json."""


@dataclass(frozen=True)
class Quantity:
    """A number of a result.

    Attributes:
        name: as the user gives it.
        unit: SI unit.
        of: the number, from a result.
        meaning: a sentence for the documentation.
    """

    name: str
    unit: str
    of: Callable[[Result], float]
    meaning: str = ""


def _rectification(result: Result) -> float:
    entries = result.summary.get("rectification") or []
    ratios = [(float(entry[BIAS]), float(entry["ratio"])) for entry in entries if entry.get("ratio")]
    if not ratios:
        raise ResultError(
            "the study has no pair of biases V and -V, so that there is no rectification; sweep from -V to V"
        )
    ratio = max(ratios)[1]
    return max(ratio, 1.0 / ratio)


def _loop(entry: str) -> Callable[[Result], float]:
    def found(result: Result) -> float:
        areas = [abs(float(loop[entry])) for loop in result.summary.get("loops") or [] if loop.get(entry) is not None]
        if not areas:
            raise ResultError("the study has no current-voltage loop, which has an area; drive a sine or a triangle")
        return areas[-1]

    return found


def _column(name: str) -> Callable[[Result], float]:
    """The largest number of a column, or of the entries of the summary."""

    def found(result: Result) -> float:
        values = [
            float(x) for head in result.observables if split_header(head)[0] == name for x in result.observables[head]
        ]
        for entries in result.summary.values():
            listed = entries if isinstance(entries, list) else [entries]
            values += [
                float(value)
                for entry in listed
                if isinstance(entry, Mapping)
                for head, value in entry.items()
                if split_header(str(head))[0] == name and isinstance(value, (int, float))
            ]
        known = [value for value in values if math.isfinite(value)]
        if not known:
            raise ResultError(
                f"the result has no {quoted(name)}; the reservoirs have to differ, and the study to reach it"
            )
        return max(known)

    return found


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            "rectification", "", _rectification, "Ratio of the currents at the largest V and -V, the larger over the other."
        ),
        Quantity("loop_area", "W", _loop(AREA), "Area of the last current-voltage loop, both lobes counted positive."),
        Quantity("loop_area_normalised", "", _loop(NORMALISED), "The same over the spans of voltage and current."),
        Quantity("osmotic_power", "W", _column("osmotic_power"), "Largest power between unlike reservoirs."),
        Quantity(
            "osmotic_power_density", "W/m^2", _column("osmotic_power_density"),
            "The same by area of a membrane whose pore density the study states.",
        ),
        Quantity("reversal_potential", "V", _column("reversal_potential"), "Bias without current between unlike reservoirs."),
    )
}  # fmt: skip
"""By name; beside these, any column of observables.csv."""


def quantity_of(name: str, at: Sequence[str], columns: Sequence[str]) -> Quantity:
    """The quantity of a name.

    at: which row is meant, as of `Result.select`; the last one by default. columns: headers that the rows may have.

    Raises:
        ResultError: there is none.
    """
    if name in QUANTITIES and not at:
        return QUANTITIES[name]
    header = next((head for head in columns if name in (head, split_header(head)[0])), None)
    if header is None:
        known = [*QUANTITIES, *dict.fromkeys(split_header(head)[0] for head in columns)]
        raise ResultError(f"there is no quantity {quoted(name)}; {did_you_mean(name, known, 'there are')}")
    short, unit = split_header(header)

    def of(result: Result) -> float:
        if header not in result.observables:
            raise ResultError(f"the rows of the result have no column '{header}'")
        number = chosen_row(result, at)
        return float(result.observables.loc[result.observables["point"] == number, header].iloc[0])

    return Quantity(" at ".join([short, ", ".join(at)]) if at else short, unit, of)


def chosen_row(result: Result, at: Sequence[str]) -> int:
    """Number of the row that is meant.

    Raises:
        ResultError: none, or several.
    """
    if not at:
        curve = result.curves()[-1].points
        return int(curve["point"].iloc[-1])
    rows = result.select(at)
    if len(rows) > 1:
        raise ResultError(f"{' '.join(map(quoted, at))} means {len(rows)} rows of the result; say which one")
    return rows[0]


@dataclass(frozen=True)
class Derivable:
    """A quantity that is a function of currents or flow rates of steady points, which have derivatives.

    Attributes:
        wanted: the numbers.
        of: quantity and its derivatives by them.
    """

    wanted: tuple[Wanted, ...]
    of: Callable[[Array], tuple[float, Array]]


def derivable(name: str, at: Sequence[str], case: Case) -> Derivable | None:
    """What is needed for the derivatives of a quantity; None where there are none."""
    if case.study.kind() not in ("steady", "sweep") or case.galvanostatic:
        return None
    points = plan(case)
    if name == "rectification":
        key = case.potential_key(case.driven_terminal)
        by_settings = {point.values: dict(point.values).get(key) for point in points}
        pairs = [
            (value, settings, other)
            for settings, value in by_settings.items()
            for other, opposite in by_settings.items()
            if value and opposite and value > 0.0 and math.isclose(opposite, -value, rel_tol=1e-9)
            and [x for x in settings if x[0] != key] == [x for x in other if x[0] != key]
        ]  # fmt: skip
        if not pairs or len(points[0].values) > 1:
            return None
        _, plus, minus = max(pairs)
        return Derivable((Wanted(CURRENT, minus), Wanted(CURRENT, plus)), _ratio)
    short = split_header(name)[0]
    simple = {split_header(head)[0]: head for head in (CURRENT, CONDUCTANCE, FLOW_RATE)}
    if short not in simple or at or len(points[0].values) > 1:
        return None
    last = max(points, key=lambda point: point.values[-1][1] if point.values else 0.0)
    return Derivable((Wanted(simple[short], last.values),), lambda values: (float(values[0]), np.ones(1)))


def _ratio(currents: Array) -> tuple[float, Array]:
    """|I1 / I2| or its inverse, whichever is larger, and its derivatives."""
    one, two = currents
    ratio = abs(one / two)
    slopes = ratio * np.array([1.0 / one, -1.0 / two])
    if ratio >= 1.0:
        return float(ratio), slopes
    return float(1.0 / ratio), -slopes / ratio**2


def number_of(result: Result, quantity: Quantity) -> float:
    """The number of a result.

    Raises:
        ResultError: it has none.
    """
    found = quantity.of(result)
    if not math.isfinite(found):
        raise ResultError(f"the {quantity.name} of the result is no number")
    return found
