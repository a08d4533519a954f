"""Equations that the model of an electrolyte solves within its formulas, by iterations that are written out: what is left."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS


def left_by_model(problem: Problem, found: Evaluation) -> float:
    """What is left of them at the worst node of a state, in thermal voltages, in the liquid and in its virtual solution; 0
    for models without such equations. Collective."""
    unknowns, scale, model = problem.unknowns, found.parameters.reference.concentration, problem.model
    of = problem.valences, scale
    if model.unsolved([0.0] * len(problem.valences), 0.0, *of) is None:
        return 0.0
    everywhere = unknowns.electrochemical(found.state)
    wet = np.setdiff1d(np.arange(unknowns.owned_nodes), unknowns.owned_incomplete)
    inner = problem.materials.inner_at_nodes(everywhere, unknowns)[wet]
    phi, mu = problem.potential.at_nodes(found.state, found.parameters)[wet], list(everywhere[wet].T)
    with np.errstate(all="ignore"):  # what is no number is seen below
        virtual = model.neutral_potential(mu, *of, NUMBERS)
        ions = model.concentrations(mu, virtual, *of, NUMBERS)
        charges = [z * c for z, c in zip(problem.valences, ions, strict=True)]
        left = [
            model.unsolved(list(inner.T), phi, *of),
            model.unsolved(mu, virtual, *of),
            np.abs(sum(charges)) / sum(np.abs(charge) for charge in charges),
        ]
    worst = np.max(np.nan_to_num(np.abs(left), nan=np.inf), initial=0.0)
    return float(problem.mesh.comm.allreduce(worst, op=MPI.MAX))
