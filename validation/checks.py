"""What a validation says: single checks, the curves behind them, and what a section of them is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["exact", "refined", "published", "model", "trend"]

KINDS: dict[Kind, str] = {
    "exact": "closed form, or an independent computation of high accuracy",
    "refined": "this program on a finer mesh: says nothing about the equations, but the error bar has to cover it",
    "published": "a number read in a paper",
    "model": "another model, with a stated difference to this one",
    "trend": "a published trend, such as the position of a maximum",
}
"""The kinds of references, and what each is."""

BAR_COUNTS: tuple[Kind, ...] = ("exact", "refined")
"""Kinds whose deviation is an error of the numbers alone, so that the error bar has to cover it."""


@dataclass(frozen=True)
class Check:
    """One number against its reference. SI units.

    Attributes:
        section: key of the section.
        name: what was computed, for people.
        quantity: which quantity of it, e.g. "current". unit: its SI unit, "" for none.
        reference, reference_uncertainty: the number to meet and its own error (>= 0).
        value, error: ours, and its error bar (>= 0; NaN when there is none).
        tolerance: largest deviation that passes, relative to `scale`.
        kind: of the reference, see KINDS.
        source: of the reference.
        bound: "=", or "<" and ">" when the reference is a bound.
        scale: what deviations are relative to (same unit); the reference's size when None.
        note: what else there is to know.
    """

    section: str
    name: str
    quantity: str
    unit: str
    reference: float
    value: float
    tolerance: float
    kind: Kind
    source: str
    reference_uncertainty: float = 0.0
    error: float = math.nan
    bound: Literal["=", "<", ">"] = "="
    scale: float | None = None
    note: str = ""

    @property
    def difference(self) -> float:
        """Value minus reference, in the unit of the quantity."""
        return self.value - self.reference

    @property
    def size(self) -> float:
        """What deviations are relative to."""
        return abs(self.reference) if self.scale is None else self.scale

    @property
    def deviation(self) -> float:
        """How far the value is off, over `size`: 0 for a bound that is met; NaN when there is no value."""
        if math.isnan(self.difference):
            return math.nan
        off = {"=": abs(self.difference), "<": max(self.difference, 0.0), ">": max(-self.difference, 0.0)}[self.bound]
        return off / self.size if self.size else (0.0 if off == 0.0 else math.inf)

    @property
    def within(self) -> bool:
        """Whether the deviation is within the tolerance."""
        return bool(self.deviation <= self.tolerance)

    @property
    def covered(self) -> bool | None:
        """Whether the error bar (with the uncertainty of the reference) covers the deviation; None where that is not
        the question: other kinds than BAR_COUNTS, bounds, and values without an error bar."""
        if self.kind not in BAR_COUNTS or self.bound != "=" or math.isnan(self.error):
            return None
        return bool(abs(self.difference) <= self.error + self.reference_uncertainty)

    @property
    def passed(self) -> bool:
        """Within the tolerance, and covered by the error bar where there is one that has to."""
        return self.within and self.covered is not False


@dataclass(frozen=True)
class Line:
    """One curve of a plot, SI units.

    `look`: "ours" (markers with bars), "curve" (the same, joined), "reference" (line), "points" (hollow markers: single
    numbers of a reference), "model" (dashed).
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] | None = None
    look: Literal["ours", "curve", "reference", "points", "model"] = "ours"


@dataclass(frozen=True)
class Plot:
    """A figure as data. Labels carry the units of the numbers; the caption says what there is to see."""

    section: str
    name: str
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    caption: str
    x_log: bool = False
    y_log: bool = False


def in_turn(*parts: Callable[..., Iterator[Check | Plot]]) -> Callable[..., Iterator[Check | Plot]]:
    """What parts of a section yield, one after the other."""

    def run(setting: Any) -> Iterator[Check | Plot]:
        for part in parts:
            yield from part(setting)

    return run


@dataclass(frozen=True)
class Section:
    """A group of checks. `run` computes them one after the other, on all ranks. `about` is a paragraph of Markdown."""

    key: str
    title: str
    about: str
    run: Callable[..., Iterator[Check | Plot]]


@dataclass(frozen=True)
class Origin:
    """Where the numbers of a section come from.

    Attributes:
        date: of its end, in ISO form.
        commit: of the program; "" where that is not known.
        quick: whether only a subset was computed.
        ranks: on which it was computed.
        machine: processor, cores and system.
        versions: of the libraries, by name.
    """

    date: str = ""
    commit: str = ""
    quick: bool = False
    ranks: int = 1
    machine: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What a section found, the seconds it took, and where it comes from."""

    section: Section
    checks: list[Check] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    seconds: float = 0.0
    origin: Origin = field(default_factory=Origin)

    @property
    def passed(self) -> bool:
        """Whether there are checks and all of them passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)
