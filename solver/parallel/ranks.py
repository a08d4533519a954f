"""Actions of the first rank with their outcome on all ranks; freeing of what is distributed."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from mpi4py import MPI

T = TypeVar("T")


def release(comm: MPI.Comm, *meshes: Any) -> None:
    """Free the matrices and factors of problems that are no longer used, on all ranks at once. Collective.

    Args:
        comm: ranks of the problems.
        meshes: meshes of the problems. DOLFINx makes matrices on a communicator of the mesh, so that PETSc can free them
            only as long as the mesh is there.
    """
    from petsc4py import PETSc  # only after the command line has given PETSc its options

    gc.collect()
    PETSc.garbage_cleanup(comm)
    for mesh in meshes:
        PETSc.garbage_cleanup(mesh.comm)


def clear_frames(error: BaseException | None) -> None:
    """Clear the frames of an error and of those before it: they hold matrices and factors as long as the error lives."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def on_root(comm: MPI.Comm, action: Callable[[], T], *, share: bool = True) -> T:
    """Run `action` on the first rank; its result (there alone, unless shared), or its exception, on every rank.
    Collective."""
    answer: T | None = None
    failure: Exception | None = None
    if comm.rank == 0:
        try:
            answer = action()
        except Exception as error:
            failure = error
    if comm.size > 1:
        failure, shared = comm.bcast((failure, answer if share else None), root=0)
        answer = shared if share else answer
    if failure is not None:
        raise failure
    return answer  # type: ignore[return-value]
