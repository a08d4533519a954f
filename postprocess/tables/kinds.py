"""Conventions by which the results of each type of study are read. The type is that of the case in run.json, and nothing else
tells it."""

from __future__ import annotations

from dataclasses import dataclass

BIAS = "bias [V]"
TIME = "time [s]"
FREQUENCY = "frequency [Hz]"


@dataclass(frozen=True)
class Kind:
    """Conventions by which the results of a type of study are read.

    Attributes:
        along: header of the quantity along a curve; "" when that is the inner parameter of a sweep, or the bias.
        measured: header of a column that every such result has.
        point: word for a row.
        shown: number of points of a curve that are shown when nobody has chosen.
        transient: whether the rows are instants.
    """

    along: str = ""
    measured: str = "current [A]"
    point: str = "point"
    shown: int = 2
    transient: bool = False


KINDS = {
    "transient": Kind(TIME, point="instant", shown=4, transient=True),
    "impedance": Kind(FREQUENCY, measured="impedance_real [ohm]"),
    "reversal": Kind(measured="reversal_potential [V]"),
}
"""The types of study whose results are not read as steady points with currents."""


def kind_of(study: str) -> Kind:
    """Conventions for a type of study: those of steady points unless it is one of KINDS."""
    return KINDS.get(study, Kind())
