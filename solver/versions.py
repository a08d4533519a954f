"""What a result needs to be understood later: versions, ranks, and where the parts of the device lie."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

import dolfinx
import numpy
from mpi4py import MPI
from petsc4py import PETSc

from meshes.geometry import File
from solver.case import Case


def versions() -> dict[str, str]:
    """Versions of the program and of the libraries that make the numbers."""
    found = {
        "dolfinx": dolfinx.__version__,
        "petsc": ".".join(map(str, PETSc.Sys.getVersion())),
        "mpi": MPI.Get_library_version().split("\n")[0].strip("\0 ").split(",")[0],
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
    for name in ("nanochannel", "gmsh"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def describe(case: Case, comm: MPI.Comm) -> dict[str, Any]:
    """Entries of run.json besides the case itself."""
    geometry = case.geometry
    mouths = geometry.mouths
    return {
        "case_name": case.name,
        "title": case.title,
        "versions": versions(),
        "ranks": comm.size,
        "driven_terminal": case.driven_terminal,
        "geometry": {
            "type": geometry.type,
            "length": None if mouths is None else mouths[1] - mouths[0],
            "symmetry": geometry.symmetry,
            "mouths": mouths,
            "terminals": list(geometry.terminals),
            "smallest": geometry.smallest,
            "mirrored": not isinstance(geometry, File)
            or geometry.axis is not None
            or geometry.symmetry == "axisymmetric",
        },
    }
