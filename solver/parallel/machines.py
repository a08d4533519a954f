"""The machines on which the ranks of a run are."""

from __future__ import annotations

from mpi4py import MPI


def sum_of_machines(here: int, comm: MPI.Comm) -> int:
    """Sum of a number over the machines that have ranks, on all ranks. Collective. here: that of this machine."""
    beside = comm.Split_type(MPI.COMM_TYPE_SHARED)
    is_first = beside.rank == 0
    beside.Free()
    return int(comm.allreduce(here if is_first else 0, op=MPI.SUM))
