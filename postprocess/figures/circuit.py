"""Figures of circuits: potentials and currents in time, along sweeps and against each other, and spectra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from circuits.columns import GROWTH
from postprocess.figures.circuit_spectra import MOST, NAMES_ABOVE, bode, name_curves, nyquist
from postprocess.figures.panels import (
    WIDE,
    Array,
    Line,
    array,
    axis_scale,
    colours_of,
    draw_lines,
    is_wide,
    legend,
)
from postprocess.figures.style import (
    SCREEN,
    Sheet,
    Style,
    destination,
    new_panels,
    set_title,
    small_print,
    style_of,
)
from postprocess.figures.time_series import BRIEF, CONSTANT, usual_range
from postprocess.figures.truth_table import eye, truth_table
from postprocess.tables.circuit import CircuitResult, load_circuit_result, readable_key
from postprocess.tables.units import engineering, quantity, split_header
from solver.results.headers import POINT, TIME
from solver.results.rows import ResultError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from postprocess.tables.result import Curve

    Maker = Callable[[CircuitResult, Style], Sheet | None]

MOST_PANELS = 6
SERIES = 1e-6
"""Part of a current by which that of another element differs at most where they are in series."""
PHASE_PLANE = "phase_plane"


# ------------------------------------------------------------------------------------------------ in time
def time_series(result: CircuitResult, style: Style = SCREEN) -> Sheet:
    """Potentials of the nodes, currents of the elements, conductances of compact models and what else changes, against time.

    What stays constant has no curve; the small print names it. Spikes at jumps of a source are cut off, and told as well.
    """
    groups, notes = _groups(result)
    figure, grid = new_panels(style, len(groups), 6.4, 1.9, sharex=True)
    for axes, (name, headers) in zip(grid, groups, strict=True):
        notes.append(_draw_in_time(axes, result, name, headers))
        if axes is not grid[-1]:
            axes.set_xlabel("")
        axes.margins(x=0.02)
        name_curves(figure, axes)
    figure.align_ylabels(grid)
    set_title(figure, result.title)
    small_print(figure, "; ".join(note for note in notes if note))
    return figure


def _groups(result: CircuitResult) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Name and columns of each panel of a time series, and what is said of those that have none."""
    notes, found = [], []
    still = [header for header in result.potentials if not _changes(result, header)]
    if still:
        said = [f"{result.label(header)} {quantity(_value(result, header), 'V')}" for header in still[:MOST]]
        notes.append("constant potentials: " + ", ".join(said) + (" ..." if len(still) > MOST else ""))
    for name, headers in result.groups():
        changing = [header for header in headers if _changes(result, header)]
        if name == "current":
            changing = _distinct(result, changing)
        chosen = changing if name == "potential" else _largest(result, changing)
        if len(chosen) < len(changing):
            notes.append(f"the {len(chosen)} largest of {len(changing)} {name}s")
        if chosen:
            found.append((name, chosen))
    return (found or [("potential", result.potentials)]), notes


def _draw_in_time(axes: Axes, result: CircuitResult, name: str, headers: Sequence[str]) -> str:
    times, unit = array(result.observables[TIME]), split_header(headers[0])[1]
    lines = [Line(result.short(header), times, array(result.observables[header])) for header in headers]
    if len(lines) == 1:
        name, lines = f"{name} of\n{lines[0].label}", [Line("", lines[0].x, lines[0].y)]
    spike, range_ = 0.0, (0.0, 0.0)
    if unit == "A" and len(times) > MOST:
        range_, spike = usual_range(lines, BRIEF)
    if spike:
        reach = range_[1] - range_[0]
        lines = [Line(each.label, each.x, np.clip(each.y, range_[0] - reach, range_[1] + reach)) for each in lines]
    # what is mostly at rest coincides there, and nowhere else
    draw_lines(axes, lines, ("time", "s"), (name, unit), markers=False, dashes=False)
    if not spike or axes.get_yscale() == "log":
        return ""
    factor = engineering(np.concatenate([line.y for line in lines]), unit).factor
    axes.set_ylim(range_[0] * factor, range_[1] * factor)
    name = name.replace("\n", " ")
    return f"spikes of the {name} up to {quantity(spike, unit)} lie beyond the panel"


def _value(result: CircuitResult, header: str) -> float:
    return float(array(result.observables[header])[-1])


def _changes(result: CircuitResult, header: str) -> bool:
    """Whether a column has different values."""
    values = array(result.observables[header].dropna())
    return bool(np.ptp(values) > CONSTANT * np.max(np.abs(values))) if len(values) else False


def _largest(result: CircuitResult, headers: Sequence[str]) -> list[str]:
    """The columns with the largest values, in their order."""
    sizes = {header: float(np.nanmax(np.abs(array(result.observables[header])))) for header in headers}
    chosen = sorted(headers, key=lambda header: -sizes[header])[:MOST]
    return [header for header in headers if header in chosen]


# ------------------------------------------------------------------------------------------------ along sweeps
def sweep(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """Potentials and currents against the swept key: all of them in two panels, or, where there is an outer key, a panel for
    each of the first that differ, with a colour for each of its values. States that are not stable are dashed."""
    if not result.parameters or all(len(curve.points) < 2 for curve in result.curves()):
        return None
    driven = f".{result.inner.split('.')[1]}." if result.inner.count(".") > 1 else ""
    columns = [header for header in (*result.potentials, *result.currents) if _changes(result, header)]
    notes = []
    if result.outer is None:
        groups = [("potential", [h for h in columns if h in result.potentials])]
        currents = _distinct(result, columns)
        groups.append(("current", _largest(result, currents)))
        if len(currents) > MOST:
            notes.append(f"the {MOST} largest of {len(currents)} currents")
    else:
        chosen = [header for header in columns if not _follows(result, header, driven)]
        potentials = [h for h in chosen if h in result.potentials][: MOST_PANELS // 2]
        currents = _distinct(result, chosen)[: MOST_PANELS - len(potentials)]
        groups = [(_long(result, header), [header]) for header in (*potentials, *currents)]
    groups = [(name, headers) for name, headers in groups if headers]
    if not groups:
        return None
    across = min(len(groups), 3)
    figure, grid = new_panels(style, len(groups), 10.5 / max(across, 2.6), 3.1, across=across)
    unstable = False
    for axes, (name, headers) in zip(grid, groups, strict=True):
        unstable |= _draw_sweep(axes, result, name, headers)
        if result.outer is None and len(headers) > 1:
            axes.legend(fontsize=7.0 if len(headers) > NAMES_ABOVE else None)
    if result.outer is not None:
        legend(figure, grid[0], title=readable_key(result.outer), inside=False)
    set_title(figure, result.title)
    small_print(figure, "; ".join([*notes, *(["dashed: states that are not stable"] if unstable else [])]))
    return figure


def _long(result: CircuitResult, header: str) -> str:
    word = "potential of" if header in result.potentials else "current of"
    return f"{word} {result.label(header)}"


def _follows(result: CircuitResult, header: str, driven: str) -> bool:
    """Whether a potential is that of the swept source itself."""
    values, along = array(result.observables[header]), array(result.observables[result.inner])
    return bool(driven) and header in result.potentials and bool(np.allclose(np.abs(values), np.abs(along), rtol=1e-6))


def _distinct(result: CircuitResult, columns: Sequence[str]) -> list[str]:
    """Currents without those that are the same as another one, or its negative, as of elements in series: sources of voltage
    give way."""
    sources = ("battery", "voltage_source")

    def gives_way(header: str) -> bool:
        return str(result.elements.get(result.label(header), {}).get("type")) in sources

    found: dict[str, Array] = {}
    for header in sorted((header for header in columns if header in result.currents), key=gives_way):
        values = np.abs(array(result.observables[header]))
        if all(np.max(np.abs(values - other)) > SERIES * values.max() for other in found.values()):
            found[header] = values
    return [header for header in columns if header in found]


def _draw_sweep(axes: Axes, result: CircuitResult, name: str, headers: Sequence[str]) -> bool:
    """Curves of some columns; whether any state is not stable."""
    along, unit = (readable_key(result.inner), split_header(result.inner)[1]), split_header(headers[0])[1]
    curves = [(header, curve) for header in headers for curve in result.curves()]
    lines = [_line(result, header, curve, several=len(headers) > 1) for header, curve in curves]
    x = np.concatenate([line.x for line in lines])
    far = bool(x.min() > 0.0 and x.max() > WIDE * x.min()) and not is_wide(x)  # given numbers have no round-off
    draw_lines(axes, lines, (f"{along[0]} [{engineering([1.0], along[1]).unit}]", "") if far else along, (name, unit))
    if far:
        axes.set_xscale("log")
    found = False
    for drawn, (_, curve) in zip(list(axes.lines[: len(lines)]), curves, strict=True):
        if GROWTH not in curve.points:
            continue
        away = array(curve.points[GROWTH]) > 0.0
        if not away.any():
            continue
        found = True
        x, y = (np.asarray(each, dtype=float) for each in drawn.get_data())
        beside = away.copy()
        beside[1:] |= away[:-1]
        beside[:-1] |= away[1:]
        drawn.set_ydata(np.where(away, np.nan, y))
        axes.plot(x, np.where(beside, y, np.nan), linestyle="--", color=drawn.get_color(), zorder=3)
    return found


def _line(result: CircuitResult, header: str, curve: Curve, *, several: bool) -> Line:
    label = result.label(header) if several else curve.short
    x, y = array(curve.points[result.inner]), array(curve.points[header])
    return Line(label, x, y, value=None if several else curve.value)


def numbers(result: CircuitResult, style: Style = SCREEN) -> Sheet | None:
    """What a study without potentials gives for each point, such as frequencies of spikes: a panel a column, against the
    swept key, or the first column."""
    table = result.observables
    if result.potentials or result.is_spectrum or len(table) < 2:
        return None
    known = [str(name) for name in table if table[name].dtype.kind in "fi" and name not in (POINT, GROWTH)]
    along = result.parameters[-1] if result.parameters else known[0]
    parts = ("_spread", "_uncertainty", "energy_per_spike_")
    shown = [
        name for name in known
        if name not in (along, *result.parameters) and _changes(result, name) and not any(part in name for part in parts)
    ][:MOST_PANELS]  # fmt: skip
    if not shown:
        return None
    figure, grid = new_panels(style, len(shown), 3.8, 2.9, across=min(len(shown), 3))
    for axes, header in zip(grid, shown, strict=True):
        lines = [
            Line(curve.short, array(curve.points[along]), array(curve.points[header]), value=curve.value)
            for curve in result.curves()
        ]
        names = [(readable_key(each), split_header(each)[1]) for each in (along, header)]
        draw_lines(axes, lines, names[0], names[1])
    if result.outer is not None:
        legend(figure, grid[0], title=readable_key(result.outer), inside=False)
    set_title(figure, result.title)
    return figure


# ------------------------------------------------------------------------------------------------ against each other
def phase_plane(
    result: CircuitResult, style: Style = SCREEN, across: str | None = None, up: str | None = None
) -> Sheet | None:
    """A column against another one, from the open circle on.

    across, up: the columns, as of `CircuitResult.column`; by default the first potential that changes and the last
    conductance, or the second potential without any.
    """
    if across is None or up is None:
        changing = [header for header in (*result.potentials, *result.conductances) if _changes(result, header)]
        if len(changing) < 2 or not result.transient:
            return None
        first, second = changing[0], changing[-1] if result.conductances else changing[1]
    first = result.column(across) if across else first
    second = result.column(up) if up else second
    figure, (axes,) = new_panels(style, 1, 4.2, 3.5)
    lines = [
        Line(curve.short, array(curve.points[first]), array(curve.points[second]), value=curve.value)
        for curve in result.curves()
    ]
    names = [(_told(result, header), split_header(header)[1]) for header in (first, second)]
    draw_lines(axes, lines, names[0], names[1], markers=False)
    scales = [axis_scale(np.concatenate([getattr(line, a) for line in lines]), names[k][1], wide=False).factor
              for k, a in enumerate("xy")]  # fmt: skip
    if axes.get_xscale() == axes.get_yscale() == "linear":
        for colour, line in zip(colours_of(lines), lines, strict=True):
            axes.plot(line.x[0] * scales[0], line.y[0] * scales[1], "o", color=colour, markerfacecolor="white",
                      markersize=5.0, zorder=5)  # fmt: skip
    if result.outer is not None:
        legend(figure, axes, title=readable_key(result.outer))
    set_title(figure, result.title)
    small_print(figure, "open circle: start" if result.transient else "")
    return figure


def _told(result: CircuitResult, header: str) -> str:
    for word, headers in (
        ("potential", result.potentials), ("current", result.currents), ("conductance", result.conductances)
    ):  # fmt: skip
        if header in headers:
            return f"{word} of {result.label(header)}"
    return readable_key(header)


# ------------------------------------------------------------------------------------------------ which there are
IN_TIME: dict[str, Maker] = {"time_series": time_series, PHASE_PLANE: phase_plane}
ALONG: dict[str, Maker] = {"sweep": sweep, "numbers": numbers, PHASE_PLANE: phase_plane}
SPECTRA: dict[str, Maker] = {"nyquist": nyquist, "bode": bode}

MAKERS: dict[str, dict[str, Maker]] = {
    "truth_table": {"truth_table": truth_table},
    "logic_sequence": {"eye": eye},
}
"""Figures of the types of study that have some of their own, by the type."""


def circuit_makers(result: CircuitResult) -> dict[str, Maker]:
    """Functions that draw the figures of a result, by the names of the figures."""
    own = MAKERS.get(result.study, {})
    if result.transient:
        return own | IN_TIME
    return own | (SPECTRA if result.is_spectrum else ALONG)


def draw_circuit(
    result: CircuitResult, names: Iterable[str] = (), style: Style = SCREEN, against: tuple[str, str] | None = None
) -> dict[str, Sheet]:
    """Figures of a result by name: those named, or all that it has something for.

    against: columns of the phase plane, that across and that up.

    Raises:
        ResultError: no figure or column has such a name, or the result has nothing for it.
    """
    known, wanted = circuit_makers(result), list(dict.fromkeys(names))
    if against is not None and not wanted:
        wanted = [PHASE_PLANE]
    for name in wanted:
        if name not in known:
            raise ResultError(f"there is no figure '{name}' of this result; there are {', '.join(known)}")
    with style.context():
        drawn = {
            name: phase_plane(result, style, *against)
            if name == PHASE_PLANE and against is not None
            else known[name](result, style)
            for name in wanted or known
        }
    if empty := [name for name in wanted if drawn[name] is None]:
        raise ResultError(f"this result has nothing for the figure '{empty[0]}'")
    return {name: figure for name, figure in drawn.items() if figure is not None}


def plot_circuit(
    path: Path,
    out: Path | None = None,
    names: Iterable[str] = (),
    style: str = SCREEN.name,
    against: tuple[str, str] | None = None,
) -> list[Path]:
    """Draw the figures of the result of a circuit; returns the files. Arguments as of `plot` and `draw_circuit`.

    Raises:
        ResultError: there is no such result, figure, column or style, or a file cannot be written.
    """
    from postprocess.figures.plot import save_figures

    look, result = style_of(style), load_circuit_result(path)
    return save_figures(draw_circuit(result, names, look, against), destination(result, out, "figures", look))


__all__ = ["circuit_makers", "draw_circuit", "plot_circuit"]
