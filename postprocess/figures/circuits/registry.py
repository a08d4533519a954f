"""Which study of a circuit has which figures: the only list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postprocess.figures.circuits.bode import bode
from postprocess.figures.circuits.cascade import cascade
from postprocess.figures.circuits.eye import eye
from postprocess.figures.circuits.frequency_current import frequency_current
from postprocess.figures.circuits.monte_carlo import monte_carlo, scatter
from postprocess.figures.circuits.numbers import numbers
from postprocess.figures.circuits.nyquist import nyquist
from postprocess.figures.circuits.operating_point import operating_point
from postprocess.figures.circuits.periodic import periodic
from postprocess.figures.circuits.phase_plane import phase_plane
from postprocess.figures.circuits.spike_map import spike_map
from postprocess.figures.circuits.stability_limits import stability_limits
from postprocess.figures.circuits.stall import stall
from postprocess.figures.circuits.sweep import sweep
from postprocess.figures.circuits.threshold import threshold
from postprocess.figures.circuits.time_series import time_series
from postprocess.figures.circuits.transfer_curves import transfer_curves
from postprocess.figures.circuits.truth_table import truth_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from postprocess.figures.style import Sheet, Style
    from postprocess.tables.circuit import CircuitResult

    Maker = Callable[[CircuitResult, Style], Sheet | None]

PHASE_PLANE = "phase_plane"

MAKERS: dict[str, dict[str, Maker]] = {
    "steady": {"operating_point": operating_point},
    "sweep": {"sweep": sweep, PHASE_PLANE: phase_plane},
    "transient": {"time_series": time_series, PHASE_PLANE: phase_plane},
    "impedance": {"nyquist": nyquist, "bode": bode},
    "periodic": {"periodic": periodic},
    "stall": {"stall": stall},
    "threshold": {"threshold": threshold},
    "frequency_current": {"frequency_current": frequency_current},
    "stability_limits": {"stability_limits": stability_limits},
    "spike_map": {"spike_map": spike_map},
    "monte_carlo": {"monte_carlo": monte_carlo, "scatter": scatter},
    "truth_table": {"truth_table": truth_table, "transfer_curves": transfer_curves, "cascade": cascade},
    "logic_sequence": {"eye": eye, "cascade": cascade, "time_series": time_series, PHASE_PLANE: phase_plane},
}
"""Figures of the types of study, by the type; other studies have a panel for every number."""

OTHERS: dict[str, Maker] = {"numbers": numbers}

OF_ONE = (
    "operating_point", "stability_limits", "monte_carlo", "scatter", "truth_table", "transfer_curves", "cascade", "eye",
)  # fmt: skip
"""Figures that show a single result only."""


def makers_of(study: str) -> dict[str, Maker]:
    """Functions that draw the figures of a type of study, by the names of the figures."""
    return MAKERS.get(study, OTHERS)
