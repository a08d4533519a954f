"""nanochannel optimise: values of keys at which a quantity is largest or smallest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.base import OK, Command, add_case

if TYPE_CHECKING:
    from mpi4py import MPI

    from solver.case.case import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `optimise`."""
    add_case(parser)
    parser.add_argument(
        "--quantity",
        required=True,
        metavar="NAME",
        help="rectification, loop_area, osmotic_power, ... or a column of results",
    )
    parser.add_argument(
        "--at", action="append", default=[], metavar="VALUE", help='row of a column, e.g. "1 V" (default: the last one)'
    )
    direction = parser.add_mutually_exclusive_group()
    direction.add_argument("--maximise", action="store_true", help="look for the largest value (default)")
    direction.add_argument("--minimise", action="store_true", help="look for the smallest value")
    parser.add_argument(
        "--over", nargs="+", action="extend", required=True, metavar="KEY=LOW,HIGH",
        help='what is varied, e.g. "geometry.radius_tip=2 nm,10 nm"',
    )  # fmt: skip
    parser.add_argument("--method", metavar="NAME", help="L-BFGS-B, SLSQP, TNC (with derivatives), COBYQA, Nelder-Mead")
    parser.add_argument("--global", dest="globally", action="store_true", help="search the whole box")
    parser.add_argument("--out", type=Path, help="folder (default: results/<case>_optimum); evaluations in it are kept")
    parser.add_argument("--force", action="store_true", help="begin anew in a folder that has evaluations")
    parser.add_argument("--most", type=int, metavar="N", help="most evaluations (default: 60; whole box: 400)")
    parser.add_argument("--quiet", action="store_true", help="tell warnings and errors only")


def optimise_case(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    """Search, write and draw. Collective."""
    from exploration.fit.parameters import read_bounds
    from exploration.optimise.optimise import optimise
    from solver.parallel.ranks import on_root

    out = options.out or Path("results") / f"{case.name}_optimum"
    found = optimise(
        case, options.quantity, read_bounds(options.over), maximise=not options.minimise, at=options.at,
        method=options.method, globally=options.globally, out=out, force=options.force, most_evaluations=options.most,
        comm=comm,
    )  # fmt: skip
    on_root(comm, lambda: _conclude(out, str(found), options.quiet))
    return OK


def _conclude(out: Path, text: str, quiet: bool) -> None:
    """Draw the figure, and tell what was found."""
    from postprocess.figures.optimum import plot_optimum
    from solver.parallel.streams import tell

    files = plot_optimum(out)
    if not quiet:
        tell(text, *files, f"optimisation in {out}; the best case is {out / 'best'}")


COMMAND = Command(
    "optimise",
    "Find values of keys at which a quantity is largest or smallest.",
    arguments,
    optimise_case,
    parallel=True,
    reads_case=True,
)
