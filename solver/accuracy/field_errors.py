"""Errors of whole fields: relative L2 norms of the difference between a state and that of the richer elements."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.accuracy.enriched import Enriched
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.results.columns import Quantity

POTENTIAL = Quantity(
    "potential_field_error",
    "relative error of the potential field",
    "L2 norm, over the whole device, of the potential of richer elements minus the computed one, over that of the former.",
)
CONCENTRATION = Quantity(
    "concentration_{species}_field_error",
    "relative error of the concentration field of {species}",
    "The same of the concentration of {species}.",
)
VELOCITY = Quantity(
    "velocity_field_error", "relative error of the velocity field", "The same of the velocity; empty without flow."
)
FIELD_ERRORS = (POTENTIAL, CONCENTRATION, VELOCITY)

NO_POTENTIAL = 1e-9
"""Root mean square (thermal voltages) of a potential that is zero but for rounding: parts of it are no numbers."""

NO_VELOCITY = 1e-15
"""The same of a velocity, dimensionless."""


class FieldErrors:
    """Differences of the fields of two problems on one mesh. Collective.

    Args:
        enriched: the working problem and the richer one.
    """

    def __init__(self, enriched: Enriched) -> None:
        self._enriched, rich = enriched, enriched.problem
        self._scalar = fem.Function(rich.unknowns.scalar)
        with rich.clock("compile"):
            square, measures = ufl.inner(self._scalar, self._scalar) * rich.metric.weight, rich.measures
            self._square, self._in_liquid = fem.form(square * measures.volume), fem.form(square * measures.liquid)
            self._scalar.x.array[:] = 1.0
            self._least = NO_POTENTIAL * _norm(self._square, rich)
            self._of_flow: fem.Form | None = None
            self._slowest = NO_VELOCITY * _norm(self._in_liquid, rich)
            if rich.flow is not None:
                u = rich.flow.u
                self._of_flow = fem.form(ufl.inner(u, u) * rich.metric.weight * rich.measures.liquid)

    def _headers(self) -> list[str]:
        problem = self._enriched.problem
        headers = [POTENTIAL.header, *(CONCENTRATION.of(species=s.name) for s in problem.solutes)]
        return headers if problem.flow is None else [*headers, VELOCITY.header]

    def unknown(self) -> dict[str, float]:
        """The columns of a state without an estimate."""
        return dict.fromkeys(self._headers(), np.nan)

    def columns(self, found: Evaluation, rich: Evaluation) -> dict[str, float]:
        """Relative errors by their headers: of the estimate of the error, not bounds."""
        problem, prolonged = self._enriched.problem, self._enriched.prolonged(found)
        unknowns, scale = problem.unknowns, problem.scales.concentration

        states = prolonged, rich.state
        potentials = [problem.potential.at_nodes(state, rich.parameters) for state in states]

        def concentrations(state: np.ndarray, potential: np.ndarray) -> list[np.ndarray]:
            inner = problem.materials.inner_at_nodes(unknowns.electrochemical(state), unknowns)
            return list(problem.model.concentrations(list(inner.T), potential, problem.valences, scale, NUMBERS))

        pairs = zip(*map(concentrations, states, potentials), strict=True)
        errors = [self._relative(self._square, potentials[0], potentials[1], self._least)]
        errors += [self._relative(self._in_liquid, mine, better) for mine, better in pairs]
        if found.flow is not None and rich.flow is not None:
            errors.append(self._of_velocity(found.flow, rich.flow))
        return dict(zip(self._headers(), errors, strict=True))

    def _relative(self, form: fem.Form, working: np.ndarray, rich: np.ndarray, least: float = 0.0) -> float:
        """L2 norm of a difference over that of the richer field, of nodal values; 0 where that is not above the least."""
        sizes = []
        for values in (rich - working, rich):
            self._scalar.x.array[:] = values
            sizes.append(_norm(form, self._enriched.problem))
        return sizes[0] / sizes[1] if sizes[1] > least else 0.0

    def _of_velocity(self, working: np.ndarray, rich: np.ndarray) -> float:
        ours, theirs = self._enriched.working.flow, self._enriched.problem.flow
        assert ours is not None
        assert theirs is not None
        assert self._of_flow is not None
        carried, sizes = theirs.interpolated(ours, working), []
        for flow in (rich - carried, rich):
            theirs.state.x.array[:] = flow
            sizes.append(_norm(self._of_flow, self._enriched.problem))
        return sizes[0] / sizes[1] if sizes[1] > self._slowest else 0.0


def _norm(form: fem.Form, problem: Problem) -> float:
    return float(np.sqrt(problem.mesh.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM)))
