"""nanochannel plot: curves and profiles of a result, or of several, with measured ones over them."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, drawn


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `plot`."""
    parser.add_argument("results", metavar="RESULT", type=Path, nargs="+", help="several are drawn in one figure")
    parser.add_argument(
        "--measured",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help='CSV file whose curves are drawn over the computed ones, with columns such as "V [mV],I [nA],sd [nA]"',
    )
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
    """Draw the figures of results."""
    from solver.parallel.streams import tell

    choice = {"names": options.only, "style": options.style, "measured": options.measured}
    tell(*drawn(options.results, options.out, **choice))
    return OK


COMMAND = Command("plot", "Draw curves and profiles of a result, or of several together.", arguments, plot_result)
