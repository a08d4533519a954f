"""Figures of swept steady points: current, rectification and flow rate against the bias or against another parameter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from postprocess.figures.panels import Line, array, draw, draw_lines, legend
from postprocess.figures.style import SCREEN, Sheet, Style, new_panels, set_title, small_print
from postprocess.tables.kinds import BIAS
from postprocess.tables.result import Result
from postprocess.tables.steady_table import pairs_between_like_reservoirs
from postprocess.tables.uncertainty import percent
from postprocess.tables.units import quantity, readable, split_header
from postprocess.tables.zeros import zeros

SAME = 1e-3  # difference of a rectification ratio from one that nobody sees
FORCE = "force_particle [N]"
RATIO = "rectification |I(−V)| / |I(+V)|"


def current_voltage(result: Result, style: Style = SCREEN) -> Sheet:
    """Current against bias, and the rectification ratio where both signs of the bias were computed and differ."""
    pairs = _rectifying(result)
    panels = 2 if len(pairs) else 1
    figure, axes = new_panels(style, panels, 4.0, 3.3, across=2)
    largest = {"current": draw(axes[0], result, BIAS, "current [A]")}
    legend(figure, axes[0], result)
    if len(pairs):
        lines = _ratio_lines(result, pairs)
        largest["rectification"] = draw_lines(axes[1], lines, ("|bias|", "V"), (RATIO, ""), zero_lines=False)
        axes[1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        axes[1].set_xlim(left=0.0)
    set_title(figure, result.heading)
    small_print(figure, about_errors(largest))
    return figure


def flow_rate(result: Result, style: Style = SCREEN) -> Sheet | None:
    """Flow rate against bias; None when there is no flow."""
    if not _flows(result):
        return None
    figure, (axes,) = new_panels(style, 1, 4.0, 3.3)
    largest = {"flow rate": draw(axes, result, BIAS, "flow_rate [m^3/s]")}
    legend(figure, axes, result)
    set_title(figure, result.heading)
    small_print(figure, about_errors(largest))
    return figure


def parameter_sweep(result: Result, style: Style = SCREEN) -> Sheet:
    """Conductance (or current, the bias where a current is held, or the charge of a metal without any), flow rate, force on a
    particle and rectification against a parameter that is no potential."""
    pairs = _rectifying(result)
    driven = result.inner.startswith("terminals.")  # the current then has a part that is not proportional to the bias
    conducts = "conductance [S]" in result.observables and result.observables["conductance [S]"].notna().all()
    columns = ["conductance [S]" if conducts and not driven else "current [A]"]
    if result.holds_current:
        columns = [BIAS]
    if (charge := _charging(result)) is not None:
        columns = [charge]
    columns += ["flow_rate [m^3/s]"] if _flows(result) else []
    columns += [FORCE] if FORCE in result.observables else []
    panels = len(columns) + bool(len(pairs))
    figure, axes = new_panels(style, panels, min(4.0, 10.5 / panels), 3.3, across=panels)
    largest = {
        readable(column): draw(panel, result, result.inner, column)
        for panel, column in zip(axes, columns, strict=False)
    }
    legend(figure, axes[0], result)
    if len(pairs):
        lines = []
        for bias, part in pairs.groupby(BIAS):
            part = part.sort_values(result.inner)
            lines.append(_ratio_line(f"|bias| = {quantity(float(bias), 'V')}", part, result.inner, float(bias)))
        along = readable(result.inner), split_header(result.inner)[1]
        largest["rectification"] = draw_lines(axes[-1], lines, along, (RATIO, ""))
        axes[-1].axhline(1.0, color="0.4", linewidth=0.8, zorder=1)
        legend(figure, axes[-1])
    set_title(figure, result.heading)
    small_print(figure, about_errors(largest))
    return figure


def _charging(result: Result) -> str | None:
    """The charge of a metal whose potential is swept between terminals of one potential; None otherwise."""
    kind, name, *key = [*split_header(result.inner)[0].split("."), ""]
    charge = f"charge_{name} [C]"
    if kind != "walls" or key[0] != "potential" or charge not in result.observables:
        return None
    return charge if bool((result.observables[BIAS] == 0.0).all()) else None


def _rectifying(result: Result) -> pd.DataFrame:
    """Rectification ratios between like reservoirs, none when all are one to SAME or to their errors: a panel of them would
    be empty."""
    pairs = pairs_between_like_reservoirs(result)
    if len(pairs) and bool(np.all(np.abs(pairs["ratio"] - 1.0) <= np.fmax(pairs["ratio_error"].astype(float), SAME))):
        return pairs.iloc[:0]
    return pairs


def _ratio_lines(result: Result, pairs: pd.DataFrame) -> list[Line]:
    """Rectification ratio against |bias| for every curve."""
    lines = []
    for curve in result.curves():
        part = pairs if curve.value is None or result.outer not in pairs else pairs[pairs[result.outer] == curve.value]
        lines.append(_ratio_line(curve.label, part, BIAS, curve.value))
    return lines


def _ratio_line(label: str, pairs: pd.DataFrame, x: str, value: float | None) -> Line:
    return Line(label, array(pairs[x]), array(pairs["ratio"]), array(pairs["ratio_error"]), value)


def about_errors(largest: dict[str, float]) -> str:
    """Meaning of the error bars and their largest size in each panel, for bars too small to be seen; "" without any."""
    known = {name: percent(error) for name, error in largest.items() if not np.isnan(error)}
    sizes = [size if len(largest) == 1 else f"{size} ({name})" for name, size in known.items()]
    return f"error bars: numerical error, largest {', '.join(sizes)}" if known else ""


def _flows(result: Result) -> bool:
    column = "flow_rate [m^3/s]"
    if column not in result.observables or result.observables[column].isna().all():
        return False
    return not bool(np.all(zeros(result.observables, column)))
