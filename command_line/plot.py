"""nanochannel plot: curves and profiles of a result."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, drawn


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `plot`."""
    parser.add_argument("result", type=Path)
    parser.add_argument(
        "--out", type=Path, help="folder, or a file name such as iv.pdf or iv.svg, whose stem begins the names"
    )
    parser.add_argument(
        "--style", default="screen", help="screen (default), or paper: 86 mm wide, 8 pt, no titles, PDF"
    )
    parser.add_argument(
        "--only", metavar="FIGURE", action="append", default=[], help="only this figure, e.g. error; may be repeated"
    )


def plot_result(options: argparse.Namespace) -> int:
    """Draw the figures of a result."""
    from postprocess.tables.fit_summary import is_fit
    from solver.parallel.streams import tell

    if is_fit(options.result):
        from postprocess.figures.fit import plot_fit

        tell(*plot_fit(options.result, options.out, options.style))
        return OK
    tell(*drawn(options.result, options.out, names=options.only, style=options.style))
    return OK


COMMAND = Command("plot", "Draw curves and profiles of a result.", arguments, plot_result)
