"""nanochannel report: one page about a result, a campaign or a fit, to be read, shown and sent."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, add_measured, add_quiet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `report`."""
    parser.add_argument("folder", type=Path, help="of a result, a campaign, a fit or an optimisation")
    parser.add_argument("--out", type=Path, help="file in .html or .pdf; default report.html in the folder")
    add_measured(parser, "measured curves in the figures, as of plot")
    parser.add_argument("--pdf", action="store_true", help="a PDF beside the page, too; needs Chromium, Chrome or Edge")
    add_quiet(parser)


def report_result(options: argparse.Namespace) -> int:
    """Write the report of a folder."""
    from postprocess.report.write import write_report
    from solver.parallel.streams import tell

    tell(*write_report(options.folder, options.out, pdf=options.pdf, measured=options.measured))
    return OK


COMMAND = Command(
    "report", "Write a page about a result: case, numbers, figures, fields, errors, cost.", arguments, report_result
)
