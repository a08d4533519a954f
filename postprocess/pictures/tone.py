"""Colour scales of fields: unit, range, linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize, SymLogNorm
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from postprocess.pictures.state import State
from postprocess.pictures.view import View
from postprocess.tables.units import Scale, engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]

CONCENTRATION = "mol/m^3"
UNITS = {
    "potential": "V",
    "charge_density": "C/m^3",
    "velocity": "m/s",
    "pressure": "Pa",
    "electric_field": "V/m",
    "current_density": "A/m^2",
    "surface_charge": "C/m^2",
    "zeta_potential": "V",
}
"""SI units of the fields that are no concentrations."""
TITLES = {
    "charge_density": "charge",
    "velocity": "speed",
    "electric_field": "electric field",
    "current_density": "current density",
    "surface_charge": "surface charge",
    "zeta_potential": "zeta potential",
}
VECTORS = ("velocity", "electric_field", "current_density")
SIGNED = ("potential", "charge_density", "pressure", "surface_charge", "zeta_potential")
AT_WALLS = ("surface_charge", "zeta_potential")
# White streamlines have to be seen on the fastest flow too.
FLOW = ListedColormap(mpl.colormaps["magma"](np.linspace(0.03, 0.8, 256)), name="flow")
APART = 10.0  # states whose typical concentrations differ by more have scales of their own
DECADES = 5.0  # a logarithmic scale shows at most this many decades below the largest value
DECADES_IN_SPACE = 2.5  # of vectors in three dimensions
SPIKY = (*VECTORS, "pressure")  # singular at the edges of mouths
SPIKES = 2e-3  # part of the area that they may take
EXTEND = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
"""Ends of a bar, by whether there are smaller and larger values than its own."""


@dataclass(frozen=True, eq=False)
class Tone:
    """Colour scale of a field over all panels of a row: unit, range, linear or logarithmic."""

    label: str
    scale: Scale
    norm: Normalize
    colours: str | Colormap
    extend: str

    @classmethod
    def of(cls, name: str, states: Sequence[State], view: View) -> Tone:
        """Scale for what the view shows of the field in all states."""
        inside = [view.shows(state) for state in states]
        values = np.concatenate([magnitude(state.data[name])[mask] for state, mask in zip(states, inside, strict=True)])
        areas = np.concatenate([state.areas[mask] for state, mask in zip(states, inside, strict=True)])
        return cls.of_values(name, values, areas, any(state.axes is not None for state in states))

    @classmethod
    def of_values(cls, name: str, values: Array, areas: Array, in_space: bool = False) -> Tone:
        """Scale for values (or lengths) of a field, each with an area for statistics.

        in_space: of a device in three dimensions, whose coarser cells have spikes at edges and next to no flow in corners.
        """
        exists = np.isfinite(values)
        values, areas = values[exists], areas[exists]
        unit = unit_of(name)
        largest = float(np.max(np.abs(values), initial=0.0))
        title, spiky = title_of(name), False
        if in_space and name in SPIKY and len(values):
            usual = _quantile(np.abs(values), areas, 1.0 - SPIKES)
            spiky = usual < 0.7 * largest
            largest = usual if spiky else largest
        low, high = (_quantile(values, areas, part) for part in (0.01, 0.99)) if len(values) else (0.0, 0.0)
        if name in AT_WALLS and len(values) and (low >= -0.05 * high or high <= -0.05 * low):
            scale = engineering([largest], unit)
            room = max(0.0, 0.1 * largest - (high - low)) / 2.0  # what hardly varies has one colour
            norm = Normalize((low - room) * scale.factor, (high + room) * scale.factor)
            return cls(title_of(name), scale, norm, "viridis", "both")
        if name in SIGNED:
            scale = engineering([1.0] if unit == "V" and largest >= 0.1 else [largest], unit)
            top = largest * scale.factor or 1.0
            typical = _quantile(np.abs(values), areas, 0.9) * scale.factor
            # Charge that sits in thin layers would leave the rest white on a linear scale.
            layered = name == "charge_density" and 0.0 < typical < 0.1 * top
            norm = SymLogNorm(1e-3 * top, vmin=-top, vmax=top) if layered else Normalize(-top, top)
            return cls(title, scale, norm, "RdBu_r", "both" if spiky else "neither")
        low = _quantile(values, areas, 0.02) if name in VECTORS else float(np.min(values))
        low = max(low, largest * 10.0 ** -(DECADES_IN_SPACE if in_space and name in VECTORS else DECADES))
        typical = _quantile(values, areas, 0.5)
        extend = EXTEND[low > float(np.min(values)) * (1.0 + 1e-9), spiky]
        if largest > 100.0 * low > 0.0 or (largest > 10.0 * low > 0.0 and typical < 0.15 * largest):
            scale = engineering([max(low, 1e-3 * largest), largest], unit, centred=True)
            norm = LogNorm(low * scale.factor, largest * scale.factor)
        else:
            scale = engineering([largest], unit)
            low = 0.0 if name in VECTORS else float(np.min(values))
            extend = EXTEND[False, spiky]
            # A field that is the same everywhere still gets a scale.
            norm = Normalize(low * scale.factor, max(largest, low + 1e-6 * abs(low)) * scale.factor or 1.0)
        return cls(title, scale, norm, FLOW if name in VECTORS else "viridis", extend)

    @classmethod
    def of_each(cls, name: str, states: Sequence[State], view: View) -> list[Tone]:
        """Scale of every state: one for all, but one for each where concentrations differ by decades between the states."""
        if unit_of(name) == CONCENTRATION:
            typical = [
                _quantile(state.data[name][shown], state.areas[shown], 0.5)
                for state, shown in ((state, view.shows(state)) for state in states)
            ]
            if max(typical) > APART * min(typical) > 0.0:
                return [cls.of(name, [state], view) for state in states]
        return [cls.of(name, states, view)] * len(states)

    def shade(self, values: Array) -> Array:
        """Position 0..1 on the scale; NaN where there is no value."""
        shown = np.clip(magnitude(values) * self.scale.factor, self.norm.vmin, self.norm.vmax)
        position: Array = np.clip(np.asarray(self.norm(shown), dtype=float), 0.0, 1.0)
        return position

    def colour_bar(self, figure: Figure, panels: Any) -> None:
        """The bar beside a row of panels."""
        bar = figure.colorbar(
            ScalarMappable(self.norm, self.colours), ax=panels, extend=self.extend, pad=0.01, fraction=0.08, aspect=18
        )
        if not isinstance(self.norm, (LogNorm, SymLogNorm)):
            bar.formatter.set_useOffset(False)
            bar.update_ticks()
        if isinstance(self.norm, LogNorm) and self.norm.vmax < 1e4 * self.norm.vmin:
            within_two = self.norm.vmax < 100.0 * self.norm.vmin
            bar.locator = LogLocator(subs=(1.0, 2.0, 5.0) if within_two else (1.0,))
            bar.formatter = FuncFormatter(lambda value, _: f"{value:g}")
            bar.ax.yaxis.set_minor_formatter(NullFormatter())
            bar.update_ticks()
        if isinstance(self.norm, SymLogNorm):
            # Decades around zero would overlap.
            powers = 10.0 ** np.arange(math.ceil(math.log10(3.0 * self.norm.linthresh)), math.log10(self.norm.vmax))
            bar.set_ticks(
                [*-powers[::-1], 0.0, *powers], labels=[f"{value:g}" for value in (*-powers[::-1], 0.0, *powers)]
            )
        bar.set_label(self.scale.label(self.label))
        bar.outline.set_linewidth(0.6)


def title_of(name: str) -> str:
    """What a field is called beside its scale."""
    return TITLES.get(name, name.replace("concentration_", ""))


def unit_of(name: str) -> str:
    """SI unit of a field."""
    return UNITS.get(name, CONCENTRATION)


def magnitude(values: Array) -> Array:
    """Values (n,) of a scalar field, lengths (n,) of the vectors (n, 3) of a vector field."""
    return np.linalg.norm(values, axis=1) if values.ndim == 2 else values


def _quantile(values: Array, weights: Array, part: float) -> float:
    """Value below which a part of the weight lies."""
    values, weights = values[np.isfinite(values)], weights[np.isfinite(values)]
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(total, part * total[-1]), len(values) - 1)])
