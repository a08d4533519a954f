"""nanochannel collect: the tables of a campaign, made anew from what is on disk."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from command_line.base import OK, Command, add_quiet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `collect`."""
    parser.add_argument("campaign", type=Path, help="folder of the campaign")
    add_quiet(parser)


def collect_points(options: argparse.Namespace) -> int:
    """Make the tables, and bring campaign.json up to date."""
    from exploration.campaign.computing import collected
    from postprocess.tables.campaign_summary import campaign_summary
    from solver.parallel.streams import columns, tell

    found = collected(options.campaign)
    if not options.quiet:
        tell(campaign_summary(options.campaign, columns(sys.stdout), found.described()))
    return OK


COMMAND = Command(
    "collect", "Put the points of a campaign into one table, e.g. after a job array.", arguments, collect_points
)
