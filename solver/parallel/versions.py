"""Versions of the libraries that make the numbers."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

import dolfinx
import numpy
from mpi4py import MPI
from petsc4py import PETSc


def uses_reference_blas() -> bool:
    """Whether this process runs Debian's unoptimised BLAS, which makes factorisations several times slower."""
    try:
        loaded = Path("/proc/self/maps").read_text()
    except OSError:
        return False
    return "libblas.so" in loaded and not any(name in loaded for name in ("openblas", "mkl", "blis", "atlas"))


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
