"""How far a compact model is from the fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.compact.model import CompactModel
from exploration.compact.data import DeviceData, InTime, Spectrum, Steady
from exploration.compact.memory import ModelAt

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FieldError:
    """Differences from a curve, a run or a spectrum.

    Attributes:
        source: what of.
        place: value of the parameter there; None without one.
        kind: "steady", "transient" or "impedance".
        rms: root mean square of the difference over that of the current; in time each instant counts by how long it lasts.
        largest: of the difference, over the largest current. Of a spectrum both are of the relative difference of the
            admittance at each frequency.
        outside: part of the numbers at voltages that the tables do not reach.
    """

    source: str
    place: float | None
    kind: str
    rms: float
    largest: float
    outside: float

    @property
    def tree(self) -> dict[str, Any]:
        """As JSON holds it."""
        found = {"source": self.source, "study": self.kind, "relative_rms": self.rms, "relative_largest": self.largest}
        return {**found, **({} if self.place is None else {"parameter_value": self.place}), "outside": self.outside}


def field_errors(data: DeviceData, at: ModelAt) -> list[FieldError]:
    """The errors of a model against all of some data. at: the model at a value of the parameter."""
    return [_error(part, at(part.place)) for part in data.parts]


def _error(part: Steady | InTime | Spectrum, model: CompactModel) -> FieldError:
    if isinstance(part, Spectrum):
        sizes = np.abs(part.admittances)
        away = np.abs(model.admittance(part.voltage, part.frequencies) - part.admittances) / sizes
        sized = float(np.sqrt(np.mean(away**2))), float(away.max())
        return FieldError(part.source, part.place, "impedance", *sized, _outside(model, [part.voltage]))
    if isinstance(part, InTime):
        kept = np.isfinite(part.currents)
        found, weights = model.current(part.times, part.voltages)[kept], np.gradient(part.times[kept])
        kind, currents, voltages = "transient", part.currents[kept], part.voltages[kept]
    else:
        kind, currents, voltages = "steady", part.currents, part.voltages
        found = model.steady_conductances(voltages)[0] * (voltages - model.reversal)
        weights = np.ones(len(voltages))
    return FieldError(
        part.source, part.place, kind, *_sizes(found - currents, currents, weights), _outside(model, voltages)
    )


def _sizes(away: Array, values: Array, weights: Array) -> tuple[float, float]:
    rms = np.sqrt(np.sum(weights * away**2) / np.sum(weights * values**2))
    return float(rms), float(np.abs(away).max() / np.abs(values).max())


def _outside(model: CompactModel, voltages: Sequence[float] | Array) -> float:
    low, high = model.voltages[0], model.voltages[-1]
    slack = 1e-9 * (high - low)
    given = np.asarray(voltages)
    return float(np.mean((given < low - slack) | (given > high + slack)))
