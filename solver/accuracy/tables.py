"""Solutions in a state that are stronger than what the properties of the liquid were measured at."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.laws.properties.base import LiquidProperties


def beyond_tables(problem: Problem, found: Evaluation, properties: LiquidProperties) -> str | None:
    """What the properties do not know of the strongest virtual solution of a state, as a sentence; None where they know
    it, or need not. Collective."""
    names = [solute.name for solute in problem.solutes]
    if not properties.has_tables:
        return None
    mu = problem.unknowns.electrochemical(found.state)[: problem.unknowns.owned_nodes]
    wet = np.setdiff1d(np.arange(len(mu)), problem.unknowns.owned_incomplete)
    parts, scale, valences = list(mu[wet].T), problem.scales.concentration, problem.valences
    strongest: tuple[float, list[float]] = (0.0, [])
    if len(wet):
        potential = problem.model.neutral_potential(parts, valences, scale, NUMBERS)
        ions = np.array(problem.model.concentrations(parts, potential, valences, scale, NUMBERS)) * scale
        strengths = np.array(valences) ** 2 @ ions
        strongest = float(strengths.max()), [float(c) for c in ions[:, int(np.argmax(strengths))]]
    _, concentrations = problem.mesh.comm.allreduce(strongest, op=MPI.MAX)
    text = properties.beyond(dict(zip(names, concentrations, strict=True)))
    return None if text is None else f"the state is beyond the tables, whose last values are taken: {text}"
