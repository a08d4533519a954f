"""What a change of the flow counts in a step of Newton's method of which the flow is an unknown."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.discretization.field_parts import VELOCITY
from solver.discretization.problem import Problem

SLOW = 1e-3
"""Peclet number of the whole device below which a velocity need not be known to the same part of itself."""


def size_of_flow(problem: Problem, change: np.ndarray, flow: np.ndarray) -> float:
    """Largest change of a component of the velocity over the largest one after it, or over one that is too slow to matter:
    what a step that changes the flow counts beside one of the potentials in thermal voltages. Collective."""
    assert problem.fields is not None
    entries = next(part.entries for part in problem.fields.parts if part.name == VELOCITY)
    before, changes = flow[entries], change[entries]
    local = [float(np.abs(each).max(initial=0.0)) for each in (changes, before - changes)]
    largest, left = (problem.unknowns.comm.allreduce(each, op=MPI.MAX) for each in local)
    slow = SLOW / (problem.scales.peclet * problem.tagged.extent())
    return min(1.0, float(largest / max(left, slow)))
