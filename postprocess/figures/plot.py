"""All figures that suit a result, by the type of its study.

A case may bring `reference.csv` with columns like those of observables.csv, for example "bias [V],current [A],label":
its curves are drawn over every panel that has the same two axes. So are those of measurements that are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from postprocess.figures.errors import adaptation, error_figure, sensitivities
from postprocess.figures.impedance import bode, nyquist
from postprocess.figures.loops import loops
from postprocess.figures.profiles import profiles
from postprocess.figures.pulses import memory, pulses
from postprocess.figures.salinity import loads, salinity
from postprocess.figures.style import SCREEN, Sheet, Style, destination, save, save_captions, style_of
from postprocess.figures.sweeps import current_voltage, flow_rate, parameter_sweep
from postprocess.figures.terminals import terminals
from postprocess.figures.time_series import time_series
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.reference import with_measured
from postprocess.tables.result import Result, load
from postprocess.tables.together import Together, together
from solver.results.rows import ResultError

if TYPE_CHECKING:
    Maker = Callable[[Result, Style], Sheet | None]

ALWAYS: dict[str, Maker] = {
    "terminals": terminals,
    "profiles": profiles,
    "adaptation": adaptation,
    "sensitivities": sensitivities,
}
"""Figures of every type of study, each None where a result has nothing for it."""

ON_REQUEST = ("error", "adaptation")
"""Figures about the numbers rather than the device, drawn when they are named."""

IN_A_NAME = 3
"""Results whose folders the name of a file can list."""

OF_ONE = ("adaptation", "sensitivities", "memory")
"""Figures that show a single result only."""

MAKERS: dict[str, dict[str, Maker]] = {
    "transient": {"time_series": time_series, "loops": loops, "pulses": pulses, "memory": memory},
    "impedance": {"nyquist": nyquist, "bode": bode},
    "reversal": {"loads": loads, "salinity": salinity},
}
"""Figures of the types of study that are not steady points."""

OF_THE_BIAS: dict[str, Maker] = {"current_voltage": current_voltage, "flow_rate": flow_rate, "error": error_figure}
OF_A_PARAMETER: dict[str, Maker] = {"sweep": parameter_sweep, "error": error_figure}


def makers(result: Result) -> dict[str, Maker]:
    """Functions that draw the figures of a result, by the names of the figures."""
    alone = result.transient and len(result.observables) < 2  # a single instant makes no curve
    found = ({} if alone else MAKERS.get(result.study, _of_steady_points(result))) | ALWAYS
    return {name: maker for name, maker in found.items() if not (isinstance(result, Together) and name in OF_ONE)}


def _of_steady_points(result: Result) -> dict[str, Maker]:
    if all(len(curve.points) < 2 for curve in result.curves()):
        return {}  # a single point makes no curve
    if result.sweeps_bias:
        return OF_THE_BIAS
    return OF_A_PARAMETER if result.parameters else {}


def draw_figures(result: Result, names: Iterable[str] = (), style: Style = SCREEN) -> dict[str, Sheet]:
    """Figures of a result by name: those named, or all that it has something for but those of ON_REQUEST.

    Raises:
        ResultError: no figure has such a name, or the result has nothing for it.
    """
    known = makers(result)
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name in OF_ONE and isinstance(result, Together):
            raise ResultError(f"the figure '{name}' is of a single result; of several there are {', '.join(known)}")
        if name not in known:
            raise ResultError(f"there is no figure '{name}' of this result; there are {', '.join(known)}")
    with style.context():
        chosen = wanted or [name for name in known if name not in ON_REQUEST]
        drawn = {name: known[name](result, style) for name in chosen}
    if empty := [name for name in wanted if drawn[name] is None]:
        raise ResultError(f"this result has nothing for the figure '{empty[0]}'")
    return {name: figure for name, figure in drawn.items() if figure is not None}


def read_results(paths: Path | Sequence[Path], measured: Iterable[Path] = ()) -> Result:
    """The result of a directory, or several as one, with measured curves to be drawn over them.

    Raises:
        ResultError: there is no such result, several do not fit into one figure, or nothing of a file can be drawn.
    """
    found = [load(path) for path in ([paths] if isinstance(paths, Path) else paths)]
    return with_measured(together(found), *measured)


def plot(
    paths: Path | Sequence[Path],
    out: Path | None = None,
    names: Iterable[str] = (),
    style: str = SCREEN.name,
    measured: Iterable[Path] = (),
) -> list[Path]:
    """Draw the figures of a result directory, or of several together; returns the files.

    Args:
        paths: one result directory or several, whose curves are then in one figure.
        out: directory, or a file name such as iv.pdf whose stem begins the names and whose suffix tells the format;
            default `figures` in the result directory; of several in the folder of the first one.
        names: figures to draw; default what a reader needs.
        style: "screen" or "paper".
        measured: files with measured curves (see `tables.curve_files`).

    Raises:
        ResultError: there is no such result, figure or style, several results do not fit into one figure, nothing of a
            measurement can be drawn, or a file cannot be written.
    """
    look, result = style_of(style), read_results(paths, measured)
    beside = place_of(result.parts, look) if isinstance(result, Together) else None
    where = destination(result, out or beside, "figures", look)
    return save_figures(draw_figures(result, names, look), where)


def place_of(parts: Iterable[Result | CircuitResult], style: Style) -> Path | None:
    """File name for the figures of several results, beside the first of them; None where none has a folder."""
    folders = [part.path.resolve() for part in parts if part.path is not None]
    if not folders:
        return None
    stem = "-".join(dict.fromkeys(folder.name for folder in folders)) if len(folders) <= IN_A_NAME else "compared"
    return folders[0].parent / "figures" / f"{stem}{style.suffix}"


def save_figures(figures: Mapping[str, Sheet], where: tuple[Path, str, str]) -> list[Path]:
    """Write figures under their names; returns the files. Titles and remarks that a style keeps out are in captions.txt.

    where: folder, start of the file names, and suffix (see `style.destination`).
    """
    folder, stem, suffix = where
    start = f"{stem}-" if stem else ""
    files = []
    for name, figure in figures.items():
        with figure.style.context():
            files.append(save(figure, folder / f"{start}{name}{suffix}"))
    untitled = {f"{start}{name}{suffix}": figure for name, figure in figures.items() if not figure.style.titled}
    return [*files, save_captions(untitled, folder / f"{start}captions.txt")] if untitled else files
