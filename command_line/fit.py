"""nanochannel fit: parameters of a case from measured curves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.base import OK, Command, add_case

if TYPE_CHECKING:
    from mpi4py import MPI

    from solver.case.case import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `fit`."""
    add_case(parser)
    parser.add_argument(
        "--data", type=Path, required=True, help="CSV file of measured curves with units in its headers"
    )
    parser.add_argument(
        "--parameters", nargs="+", metavar="KEY", required=True, help="free keys, e.g. walls.channel.surface_charge"
    )
    parser.add_argument(
        "--bounds", metavar="KEY=LOW,HIGH", action="append", default=[],
        help='bounds of a parameter, e.g. "geometry.radius_tip=2 nm,10 nm"; may be repeated',
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder of the fit (default: results/<case>_fit)")
    parser.add_argument("--force", action="store_true", help="replace a fit that is there")
    parser.add_argument("--profile", action="store_true", help="also follow the profile likelihood of every parameter")
    parser.add_argument(
        "--most", type=int, default=40, metavar="N", help="most evaluations of the device (default: 40)"
    )
    parser.add_argument("--no-errors", action="store_true", help="leave out the error bars of the fitted case")
    parser.add_argument("--quiet", action="store_true", help="tell warnings and errors only")


def fit_case(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    """Fit parameters, write and draw the fit. Collective."""
    from exploration.fit.fit import fit
    from exploration.fit.parameters import read_bounds
    from solver.parallel.ranks import on_root

    out = options.out or Path("results") / f"{case.name}_fit"
    found = fit(
        case, options.data, options.parameters, bounds=read_bounds(options.bounds), out=out, force=options.force,
        profile=options.profile, numerical_errors=not options.no_errors, most_evaluations=options.most, comm=comm,
    )  # fmt: skip
    on_root(comm, lambda: _conclude(out, str(found), options.quiet, with_case=found.best is not None))
    return OK


def _conclude(out: Path, text: str, quiet: bool, *, with_case: bool) -> None:
    """Draw the figures, and tell what was found."""
    from postprocess.figures.fit import plot_fit
    from solver.parallel.streams import tell

    files = plot_fit(out)
    if not quiet:
        tell(text, *files, f"fit in {out}" + (f"; the fitted case is {out / 'best'}" if with_case else ""))


COMMAND = Command(
    "fit", "Fit parameters of a case to measured curves.", arguments, fit_case, parallel=True, reads_case=True
)
