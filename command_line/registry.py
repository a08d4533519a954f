"""The commands, in the order in which the help lists them."""

from __future__ import annotations

from command_line import (
    campaign,
    check,
    collect,
    compact,
    completion,
    export,
    fit,
    info,
    mesh,
    new,
    optimise,
    plot,
    render,
    report,
    run,
    schema,
    validate,
)
from command_line.arguments import Parser, Version
from command_line.base import Command

COMMANDS: dict[str, Command] = {
    module.COMMAND.name: module.COMMAND
    for module in (
        new,
        check,
        mesh,
        run,
        info,
        plot,
        render,
        report,
        campaign,
        collect,
        compact,
        export,
        fit,
        optimise,
        validate,
        schema,
        completion,
    )
}

DESCRIPTION = (
    "Poisson-Nernst-Planck-Stokes in nanochannels: I-V curves, electroosmotic flow, concentration polarization."
)


def parser() -> Parser:
    """The arguments of all commands."""
    top = Parser(prog="nanochannel", description=DESCRIPTION)
    top.add_argument("--version", action=Version)
    top.set_defaults(parser=top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS.values():
        command.arguments(commands.add_parser(command.name, help=command.help, description=command.help))
    return top
