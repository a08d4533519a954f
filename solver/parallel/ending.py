"""The end of all ranks when one of them cannot go on."""

from __future__ import annotations

import traceback
from pathlib import Path

from mpi4py import MPI

from solver.parallel.streams import flushed, say

FAILED, CTRL_C = 1, 130
"""Exit codes: of an error, and of SIGINT as shells have it."""


def end_all_ranks(error: BaseException, comm: MPI.Comm) -> int:
    """End all ranks after what a library has raised or exits with: the other ranks may not have it, and would wait for
    ever. An error of this program on a single rank is raised again, for its traceback."""
    by_hand = isinstance(error, KeyboardInterrupt)
    if comm.size == 1 and (by_hand or isinstance(error, Exception)) and not isinstance(error, MemoryError):
        raise error
    if error.__cause__ is not None and type(error).__module__.startswith("petsc4py"):
        error = error.__cause__  # what a function of this program raised while PETSc had called it
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    who = f"rank {comm.rank}: " if comm.size > 1 else ""
    say(f"nanochannel: {who}{type(error).__name__}{f': {text[:200]}' if text else ''}{place}")
    code = CTRL_C if by_hand else FAILED
    if comm.size > 1:
        flushed(code)
        comm.Abort(code)
    return code
