"""Where boundaries of different given potentials touch: the field there is that of a jump, and the charge has no limit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from mpi4py import MPI

from solver.discretization.parameters import Parameters
from solver.discretization.ports import Port
from solver.discretization.problem import Problem

SMALLEST_JUMP = 0.02
"""Thermal voltages: by less, the given potential at the end of a channel and that of its wall are one."""


def touching_potentials(problem: Problem, points: Iterable[Parameters]) -> Iterator[str]:
    """A sentence for every two boundaries that touch where the potential is given by each, and differs at one of the points,
    which are made only where there are such boundaries. Collective."""
    if problem.electroneutral:
        return
    held = [(k, port) for k, port in enumerate(problem.ports.all) if port.holds_potential or port.holds_zeta]
    known: list[Parameters] = []
    for (k, one), (j, other) in itertools.combinations(held, 2):
        shared = problem.ports.owned(np.intersect1d(one.nodes, other.nodes))
        if not problem.mesh.comm.allreduce(len(shared), op=MPI.MAX):
            continue
        known = known or list(points)
        jumps = [np.abs(_value(p, k, one, other, shared) - _value(p, j, other, one, shared)) for p in known]
        local = max((float(np.nan_to_num(jump, nan=math.inf).max(initial=0.0)) for jump in jumps), default=0.0)
        jump = float(problem.mesh.comm.allreduce(local, op=MPI.MAX))
        if jump <= SMALLEST_JUMP:
            continue
        size = f"jumps by up to {1e3 * jump * known[0].scales.potential:.3g} mV" if math.isfinite(jump) else "jumps"
        side = " (at a reservoir by 'terminal: end')" if k < len(problem.ports.terminals) else ""
        yield (
            f"'{one.name}' and '{other.name}' touch, and the given potential {size} from one to the other: the charge there"
            " grows without limit as cells shrink, and charges of walls that hold it depend on the mesh by more than their"
            f" error bars say; put a wall without such a potential between them{side}"
        )


def _value(parameters: Parameters, number: int, port: Port, other: Port, nodes: np.ndarray) -> np.ndarray:
    """What a port gives at some of its nodes, in thermal voltages: the potential, or where it is compared with one of given
    zeta potential, the potential against the virtual solution; nan where that follows from the state."""
    unit = parameters.scales.potential
    if port.holds_zeta:
        value = parameters[port.key] / unit
        return np.full(len(nodes), value if other.holds_zeta or other.holds_species else np.nan)
    if port.holds_species:
        own = (np.zeros(len(port.nodes)) + parameters.profiles[number] / unit)[np.isin(port.nodes, nodes)]
        voltage = 0.0 if other.holds_zeta else np.nan if port.floats else parameters[port.key] / unit
        return own + voltage
    return np.full(len(nodes), np.nan if port.floats or other.holds_zeta else parameters[port.key] / unit)
