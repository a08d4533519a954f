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

    campaign = parser.add_argument_group("of a campaign")
    campaign.add_argument("--quantity", metavar="COLUMN", help="what is drawn, e.g. current or rectification_ratio")
    campaign.add_argument(
        "--against",
        metavar="KEY",
        nargs="+",
        default=[],
        help="one parameter for curves, two for a map (default: the first)",
    )
    campaign.add_argument(
        "--at",
        metavar="VALUE",
        action="append",
        default=[],
        help='of the sweep within each point, e.g. --at "1 V" (default: its end)',
    )


def plot_result(options: argparse.Namespace) -> int:
    """Draw the figures of a result, or one of a campaign."""
    from postprocess.tables.campaign import is_campaign
    from solver.parallel.streams import tell

    if is_campaign(options.result):
        from postprocess.figures.campaign import plot_campaign

        chosen = options.quantity, options.against, options.at
        tell(*plot_campaign(options.result, options.out, *chosen, style=options.style))
        return OK
    tell(*drawn(options.result, options.out, names=options.only, style=options.style))
    return OK


COMMAND = Command("plot", "Draw curves and profiles of a result.", arguments, plot_result)
