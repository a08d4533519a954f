"""nanochannel mesh: the mesh of a case as a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.base import OK, Command, add_case, add_quiet

if TYPE_CHECKING:
    from mpi4py import MPI

    from solver.case.case import Case


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mesh`."""
    add_case(parser)
    parser.add_argument("--out", type=Path, help="file to write (default: results/<case>.msh)")
    add_quiet(parser)


def mesh_case(options: argparse.Namespace, case: Case, comm: MPI.Comm) -> int:
    """Write the mesh of a case. Collective."""
    from solver.parallel.ranks import on_root
    from solver.parallel.streams import tell
    from solver.simulation.mesh_file import write_mesh

    text = write_mesh(case, options.out or Path("results") / f"{case.name}.msh", comm)
    on_root(comm, lambda: tell(text))
    return OK


COMMAND = Command(
    "mesh", "Write the mesh of a case as a Gmsh file.", arguments, mesh_case, parallel=True, reads_case=True
)
