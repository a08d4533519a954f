"""The commands of the command line and their arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from python_interface.arguments import Parser, Version

DESCRIPTION = (
    "Poisson-Nernst-Planck-Stokes in nanochannels: I-V curves, electroosmotic flow, concentration polarization."
)


def parser() -> Parser:
    """The arguments of all commands."""
    top = Parser(prog="nanochannel", description=DESCRIPTION)
    top.add_argument("--version", action=Version)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    def case_arguments(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("case", type=Path, help="case directory, or its YAML file")
        sub.add_argument(
            "--set",
            dest="overrides",
            metavar="KEY=VALUE",
            action="append",
            default=[],
            help='override a value of the case, e.g. --set terminals.base.potential="0.5 V"; may be repeated',
        )

    check = command("check", "Validate a case; print its derived numbers and warnings.")
    case_arguments(check)
    check.add_argument(
        "--picture",
        metavar="FILE",
        type=Path,
        help="also draw the mesh with its materials, terminals, gates and charged walls; .png, .pdf or .svg",
    )
    mesh = command("mesh", "Write the mesh of a case as a Gmsh file.")
    case_arguments(mesh)
    mesh.add_argument("--out", type=Path, help="file to write (default: results/<case>.msh)")
    run = command(
        "run", "Compute every point of a case. Arguments after -- go to PETSc, e.g. -- -snes_monitor -log_view."
    )
    case_arguments(run)
    run.add_argument("--out", type=Path, help="result directory (default: results/<case>)")
    existing = run.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="continue an interrupted result after its last point")
    existing.add_argument("--force", action="store_true", help="replace a result that is there")
    run.add_argument(
        "--repair", action="store_true", help="with --resume: compute anew from where a result is damaged, if it is"
    )
    run.add_argument("--pictures", action="store_true", help="also plot and render when the run is complete")
    told = run.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="tell warnings and errors only; log.txt has everything")
    told.add_argument("--verbose", action="store_true", help="show conservation errors, however small")
    info = command("info", "Say what a result directory holds: case, versions, cost, status.")
    info.add_argument("result", type=Path)
    plot = command("plot", "Draw curves and profiles of a result.")
    plot.add_argument("result", type=Path)
    plot.add_argument(
        "--out", type=Path, help="folder, or a file name such as iv.pdf or iv.svg, whose stem begins the names"
    )
    plot.add_argument("--style", default="screen", help="screen (default), or paper: 86 mm wide, 8 pt, no titles, PDF")
    plot.add_argument(
        "--only", metavar="FIGURE", action="append", default=[], help="only this figure, e.g. error; may be repeated"
    )
    render = command("render", "Render fields of a result.")
    render.add_argument("result", type=Path)
    render.add_argument(
        "--field",
        help="salt, potential, charge, velocity, concentration_K, ..., electric_field, current_density, mesh "
        "(default: a set)",
    )
    render.add_argument(
        "--at",
        action="append",
        help='value of the swept parameter or a time, e.g. "1 V", "3 ms"; may be repeated: values of one parameter are '
        'alternatives, different parameters ("concentration=10 mM") hold together',
    )
    render.add_argument("--window", help="part of the device: device, channel, or the name of a terminal")
    render.add_argument(
        "--cut",
        metavar="LINE",
        help='curves along a line: axis, "z = 0.5 um" (across), "r = 2 nm" (y in planar devices)',
    )
    render.add_argument("--mesh", action="store_true", help="the mesh with its materials, terminals and gates")
    render.add_argument("--body", action="store_true", help="the body of revolution in three dimensions")
    render.add_argument(
        "--out", type=Path, help="folder, or a file name in .png, .pdf or .svg (default: in the result)"
    )
    render.add_argument(
        "--movie",
        metavar="FILE",
        nargs="?",
        const="",
        help="a movie of one field at all written instants or along a sweep; .mp4 or .gif "
        "(default: pictures/FIELD.mp4 in the result)",
    )
    render.add_argument("--fps", type=float, default=15.0, help="frames per second of a movie (default: 15)")
    validate = command("validate", "Compare with exact solutions and published numbers; write a report.")
    validate.add_argument("--quick", action="store_true", help="a subset of the checks with coarser sweeps, in minutes")
    validate.add_argument("--out", type=Path, default=Path("results/validation"), help="folder for report and figures")
    validate.add_argument(
        "--only", metavar="SECTION", action="append", default=[], help="only this section; may be repeated"
    )
    return top
