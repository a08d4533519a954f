"""nanochannel plot: curves and profiles of a result, or of several, with measured ones over them."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

from command_line.base import OK, Command, add_measured, add_quiet, drawn


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `plot`."""
    parser.add_argument("results", metavar="RESULT", type=Path, nargs="+", help="several are drawn in one figure")
    add_measured(
        parser,
        'CSV file whose curves are drawn over the computed ones, with columns such as "V [mV],I [nA],sd [nA]"; of circuits'
        ' "t [ms],membrane [mV]"',
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
    add_quiet(parser)
    campaign = parser.add_argument_group(
        "of a campaign; of a circuit --quantity and --against alone, the axes of a phase plane"
    )
    campaign.add_argument(
        "--quantity",
        metavar="COLUMN",
        help="what is drawn, e.g. current or rectification_ratio; of a circuit a node or a column, up a phase plane",
    )
    campaign.add_argument(
        "--against",
        metavar="KEY",
        nargs="+",
        default=[],
        help="one parameter for curves, two for a map (default: the first); a column across a circuit's phase plane",
    )
    campaign.add_argument(
        "--at",
        metavar="VALUE",
        action="append",
        default=[],
        help='of the sweep within each point, e.g. --at "1 V" (default: its end)',
    )


def plot_result(options: argparse.Namespace) -> int:
    """Draw the figures of results, or one of a campaign."""
    from postprocess.tables.campaign import is_campaign
    from postprocess.tables.circuit import is_circuit_result
    from postprocess.tables.fit_summary import is_fit
    from postprocess.tables.optimum import is_optimum
    from solver.parallel.streams import tell
    from solver.results.rows import ResultError

    campaigns = [path for path in options.results if is_campaign(path)]
    if campaigns:
        from postprocess.figures.campaign import plot_campaign

        if len(options.results) > 1 or options.measured or options.only:
            raise ResultError(f"{campaigns[0]} is a campaign, drawn alone: give its folder, --quantity and --against")
        chosen = options.quantity, options.against, options.at
        tell(*plot_campaign(options.results[0], options.out, *chosen, style=options.style))
        return OK
    if circuits := [path for path in options.results if is_circuit_result(path)]:
        return _of_circuits(options, circuits)
    if options.quantity or options.against or options.at:
        raise ResultError(
            "--quantity, --against and --at are for a campaign; figures of a result are chosen with --only"
        )
    for known, module, name in (
        (is_fit, "postprocess.figures.fit", "plot_fit"),
        (is_optimum, "postprocess.figures.optimum", "plot_optimum"),
    ):
        if known(options.results[0]):
            if len(options.results) > 1:
                raise ResultError(f"{options.results[0]} is no result of a case, and is drawn alone: give one folder")
            draw = getattr(importlib.import_module(module), name)
            tell(*draw(options.results[0], options.out, options.style))
            return OK
    choice = {"names": options.only, "style": options.style, "measured": options.measured}
    tell(*drawn(options.results, options.out, **choice))
    return OK


def _of_circuits(options: argparse.Namespace, circuits: Sequence[Path]) -> int:
    """Draw the figures of the result of a circuit, or of several together."""
    from postprocess.figures.circuit import plot_circuit, read_circuits
    from postprocess.tables.reference import reference_of
    from solver.parallel.streams import say, tell
    from solver.results.rows import ResultError

    if len(circuits) < len(options.results):
        other = next(path for path in options.results if path not in circuits)
        raise ResultError(f"{circuits[0]} is the result of a circuit, {other} is none, and no figure has both")
    if options.at:
        raise ResultError(f"{circuits[0]} is the result of a circuit; --at is for a campaign")
    if bool(options.quantity) != bool(options.against) or len(options.against) > 1:
        raise ResultError("the phase plane of a circuit needs --quantity and --against, a column each")
    against = (options.against[0], options.quantity) if options.quantity else None
    for note in reference_of(read_circuits(circuits, options.measured)).notes:
        say(f"warning: {note}")
    tell(*plot_circuit(circuits, options.out, options.only, options.style, against, options.measured))
    return OK


COMMAND = Command("plot", "Draw curves and profiles of a result, or of several together.", arguments, plot_result)
