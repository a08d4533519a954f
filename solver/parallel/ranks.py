"""Actions of the first rank with their outcome on all ranks; freeing of what is distributed."""

from __future__ import annotations

import gc
import pickle
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
    failure: BaseException | None = None
    if comm.rank == 0:
        try:
            answer = action()
        except BaseException as error:  # whatever a library ends with: the other ranks wait for the outcome
            failure = error
    if comm.size > 1:
        told, shared = comm.bcast((_portable(failure), answer if share else None), root=0)
        answer = shared if share else answer
        failure = failure or told
    if failure is not None:
        raise failure
    return answer  # type: ignore[return-value]


def _portable(failure: BaseException | None) -> BaseException | None:
    """An exception as the other ranks can get it: not all can be sent."""
    try:
        pickle.loads(pickle.dumps(failure))
    except Exception:
        return RuntimeError(f"{type(failure).__name__}: {failure}")
    return failure
