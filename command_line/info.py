"""nanochannel info: what a result directory holds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from command_line.base import OK, Command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `info`."""
    parser.add_argument("result", type=Path)


def tell_result(options: argparse.Namespace) -> int:
    """Tell the case, versions, cost and status of a result, or the points of a campaign."""
    from postprocess.tables.campaign import is_campaign
    from postprocess.tables.campaign_summary import campaign_summary
    from postprocess.tables.circuit import is_circuit_result, load_circuit_result
    from postprocess.tables.circuit_table import circuit_summary
    from postprocess.tables.expected_table import expected_table
    from postprocess.tables.fit_summary import fit_text, is_fit, read_fit
    from postprocess.tables.optimum import is_optimum, optimum_text, read_optimum
    from postprocess.tables.result import load
    from postprocess.tables.run_summary import run_summary
    from solver.parallel.streams import columns, tell

    if is_campaign(options.result):
        from exploration.campaign.folder import opened

        tell(campaign_summary(options.result, columns(sys.stdout), opened(options.result).described()))
        return OK
    if is_fit(options.result):
        tell(fit_text(read_fit(options.result)[0], columns(sys.stdout)))
        return OK
    if is_optimum(options.result):
        tell(optimum_text(read_optimum(options.result)[0], columns(sys.stdout)))
        return OK
    if is_circuit_result(options.result):
        circuit = load_circuit_result(options.result)
        text = expected_table(circuit, columns(sys.stdout))
        tell(circuit_summary(circuit, columns(sys.stdout)), *([text] if text else []))
        return OK
    result, width = load(options.result), columns(sys.stdout)
    text = expected_table(result, width)
    tell(run_summary(result, width), *([text] if text else []))
    return OK


COMMAND = Command("info", "Say what a result directory holds: case, versions, cost, status.", arguments, tell_result)
