"""How figures look: on the screen or in a column of a journal; fonts, titles, legends, saving."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from meshes.quantity import did_you_mean
from postprocess.figures.palette import COLOURS
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.result import Result
from solver.results.rows import ResultError, reason

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".pdf", ".svg")
INCH = 25.4  # mm
LEAST, MOST, LOW = 1.3, 2.3, 1.6  # heights of a panel in a column, and the most that one of many has, inches
COMMON: dict[str, Any] = {
    "font.family": "DejaVu Sans",
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
    "pdf.fonttype": 42,  # letters stay letters
    "svg.fonttype": "none",
}
STYLE: dict[str, Any] = COMMON | {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "figure.titlesize": 10.0,
    "savefig.dpi": 200,
}
SIZES = ("font.size", "axes.titlesize", "axes.labelsize", "legend.fontsize", "xtick.labelsize", "ytick.labelsize")
COLUMN: dict[str, Any] = (
    COMMON
    | dict.fromkeys((*SIZES, "figure.titlesize"), 8.0)
    | {"axes.grid": False, "axes.linewidth": 0.6, "lines.linewidth": 1.1, "lines.markersize": 2.8, "savefig.dpi": 600}
)


@dataclass(frozen=True)
class Style:
    """Look and layout of figures.

    Attributes:
        name: as on the command line.
        width: of every figure in inches, whose panels are then below one another; None for what the panels need.
        titled: whether titles and remarks are written into the figures; else they are in the file of captions.
        suffix: of the files, where nobody names one.
        settings: of matplotlib.
    """

    name: str
    width: float | None
    titled: bool
    suffix: str
    settings: Mapping[str, Any] = field(repr=False)

    def context(self) -> AbstractContextManager[Any]:
        """The settings of matplotlib, while figures are made and saved."""
        found: AbstractContextManager[Any] = mpl.rc_context(dict(self.settings))
        return found


SCREEN = Style("screen", None, True, ".png", STYLE)
PAPER = Style("paper", 86.0 / INCH, False, ".pdf", COLUMN)
STYLES = {style.name: style for style in (SCREEN, PAPER)}
"""Styles by name."""


def style_of(name: str) -> Style:
    """The style of a name; ResultError for any other."""
    if name not in STYLES:
        raise ResultError(f"there is no style '{name}'; {did_you_mean(name, STYLES, 'there are')}")
    return STYLES[name]


class Sheet(Figure):  # type: ignore[misc]  # matplotlib is read without its types
    """A figure that knows its style, its title, its remark and the legend below its panels."""

    style: Style = SCREEN
    title: str = ""
    remark: str = ""
    below: Any = None

    @property
    def caption(self) -> str:
        """Title and remark as sentences; "" without any."""
        return ". ".join(text[:1].upper() + text[1:] for text in (self.title, self.remark) if text)


def new_figure(width: float, height: float, style: Style = SCREEN) -> Sheet:
    """A figure in inches that places its parts so that nothing overlaps; independent of pyplot and of a display."""
    figure = Sheet(figsize=(width, height), layout="constrained")
    figure.style = style
    figure.get_layout_engine().set(w_pad=0.09 if style.width is None else 0.04, h_pad=0.06)
    FigureCanvasAgg(figure)
    return figure


def new_panels(
    style: Style, count: int, width: float, height: float, *, across: int = 1, **shared: bool
) -> tuple[Sheet, list[Axes]]:
    """A figure of `count` panels, `across` of them beside each other on the screen, each width x height inches there.

    A style with a width of its own has them all below one another. shared: sharex, sharey as of Figure.subplots.
    """
    if style.width is not None:
        height = min(MOST if count < 3 else LOW, max(LEAST, height * style.width / width))
        width, across = style.width, 1
    across = min(across, count)
    rows = -(-count // across)
    figure = new_figure(width * across, height * rows, style)
    panels = list(figure.subplots(rows, across, squeeze=False, **shared).ravel())
    for axes in panels[count:]:
        axes.remove()
    return figure, panels[:count]


def set_title(figure: Sheet, text: str) -> None:
    """Title of the whole figure, in as many lines as its width needs."""
    figure.title = text
    if figure.style.titled:
        figure.suptitle(textwrap.fill(text, int(11.5 * figure.get_figwidth())))


def small_print(figure: Sheet, text: str) -> None:
    """A remark in small letters below everything else, in as many lines as the width needs; "" for none.

    With a legend below the panels it is the first line of that: the layout makes room for one thing there.
    """
    figure.remark = text
    if not text or not figure.style.titled:
        return
    lines, look = textwrap.wrap(text, int(19 * figure.get_figwidth())), {"fontsize": 6.5, "color": "0.35"}
    if figure.below is None:
        # of the labels that the layout makes room for, this is the lowest one
        figure.supxlabel("\n".join(lines), x=0.02, ha="left", **look)
    else:
        figure.set_figheight(figure.get_figheight() + 0.12 * len(lines) + 0.05)
        figure.below.set_title("\n".join(lines))
        figure.below.get_title().set(**look)


def legend_below(figure: Sheet, handles: Sequence[Any], labels: Sequence[str], title: str | None = None) -> None:
    """A legend below all panels, in as many columns as fit; the figure grows by its height."""
    letters = figure.get_figwidth() / 0.073  # that fit beside each other
    columns = max(1, min(len(labels), int(letters / (max(map(len, labels)) + 7))))
    rows = -(-len(labels) // columns) + (title is not None)
    figure.set_figheight(figure.get_figheight() + 0.17 * rows + 0.08)
    figure.below = figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, title=title, columnspacing=1.2
    )


def destination(
    result: Result | CircuitResult, out: Path | None, folder: str, style: Style = SCREEN
) -> tuple[Path, str, str]:
    """Directory, start of the file name and suffix for pictures.

    Without `out` they go to `folder` in the result directory; `out` may also be a directory, or a file name with one
    of SUFFIXES.

    Raises:
        ResultError: another suffix, or nowhere to go.
    """
    if out is None and result.path is None:
        raise ResultError("this result is in memory only; say where the pictures go")
    if out is None:
        return Path(result.path or "", folder), "", style.suffix
    if out.suffix.lower() in SUFFIXES and not out.is_dir():
        return out.parent, out.stem, out.suffix.lower()
    if out.is_file():
        raise ResultError(f"{out} is a file; give a directory, or a file name that ends in {', '.join(SUFFIXES)}")
    return out, "", style.suffix


def save(figure: Figure, path: Path) -> Path:
    """Write a figure, making its directory; ResultError when that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error
    return path


def save_captions(figures: Mapping[str, Sheet], path: Path) -> Path:
    """Write what the style keeps out of the figures: a paragraph for each, after the name of its file.

    Raises:
        ResultError: the file cannot be written.
    """
    text = "\n\n".join(f"{name}: {figure.caption}." for name, figure in figures.items())
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error
    return path
