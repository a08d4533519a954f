"""nanochannel export: a circuit as a netlist of another simulator."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, add_case, add_quiet, written


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `export`."""
    add_case(parser)
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="file of the netlist (default: the circuit's name, .cir)"
    )
    add_quiet(parser)


def export_circuit(options: argparse.Namespace) -> int:
    """Write the netlist of a circuit."""
    from circuits.description.loading import is_circuit, load_circuit
    from circuits.netlist.writing import netlist, note_of
    from solver.case.loading import CaseFile
    from solver.inputs.errors import CaseError
    from solver.parallel.streams import say, tell

    if not is_circuit(CaseFile.read(options.case)):
        raise CaseError(
            f"'{options.case}' is no circuit (it has no key 'circuit'); there is no netlist of a single device"
        )
    circuit = load_circuit(options.case, options.overrides)
    out = options.to or Path(f"{circuit.name}.cir")
    text = netlist(circuit)
    if note := note_of(circuit):
        say(f"warning: {note}")
    tell(written(out, text))
    return OK


COMMAND = Command("export", "Write a circuit as a netlist for ngspice.", arguments, export_circuit)
