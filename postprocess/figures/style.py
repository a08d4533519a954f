"""Common look of figures and pictures: fonts, colours that colour-blind readers can tell apart, saving."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from postprocess.tables.result import Result
from solver.results.rows import ResultError, reason

# Okabe and Ito's palette without its yellow, which is too light for lines.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SUFFIXES = (".png", ".pdf", ".svg")
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "figure.titlesize": 10.0,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.2,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.title_fontsize": 8.0,
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "axes.formatter.limits": (-4, 5),
    "svg.fonttype": "none",
    "savefig.dpi": 200,
}


def colours(count: int) -> list[str]:
    """Distinct colours for a few curves, shades from dark to light for many."""
    if count <= len(COLOURS):
        return list(COLOURS[:count])
    return shades(count)


def shades(count: int) -> list[str]:
    """Colours from dark to light, for curves that have an order."""
    found = mpl.colormaps["viridis"]
    return [to_hex(found(0.92 * i / max(count - 1, 1))) for i in range(count)]


def new_figure(width: float, height: float) -> Figure:
    """A figure in inches that places its parts so that nothing overlaps; independent of pyplot and of a display."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.09, h_pad=0.06)
    FigureCanvasAgg(figure)
    return figure


def set_title(figure: Figure, text: str) -> None:
    """Title of the whole figure, in as many lines as its width needs."""
    figure.suptitle(textwrap.fill(text, int(11.5 * figure.get_figwidth())))


def small_print(figure: Figure, text: str) -> None:
    """A remark in small letters below everything else, in as many lines as the width needs; "" for none."""
    if text:
        # of the labels that the layout makes room for, this is the lowest one
        figure.supxlabel(
            textwrap.fill(text, int(19 * figure.get_figwidth())), x=0.02, ha="left", fontsize=6.5, color="0.35"
        )


def destination(result: Result, out: Path | None, folder: str) -> tuple[Path, str, str]:
    """Directory, start of the file name and suffix for pictures.

    Without `out` they go to `folder` in the result directory; `out` may also be a directory, or a file name with one
    of SUFFIXES.

    Raises:
        ResultError: another suffix, or nowhere to go.
    """
    if out is None and result.path is None:
        raise ResultError("this result is in memory only; say where the pictures go")
    if out is None:
        return Path(result.path or "", folder), "", ".png"
    if out.suffix.lower() in SUFFIXES and not out.is_dir():
        return out.parent, out.stem, out.suffix.lower()
    if out.is_file():
        raise ResultError(f"{out} is a file; give a directory, or a file name that ends in {', '.join(SUFFIXES)}")
    return out, "", ".png"


def save(figure: Figure, path: Path) -> Path:
    """Write a figure, making its directory; ResultError when that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error
    return path
