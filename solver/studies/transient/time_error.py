"""Accumulated time-discretisation error, propagated by the linearised problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton
from solver.studies.transient.tableau import BEYOND_PARABOLA, weighted

FILTERED = 1e-2
"""Relative residual that an iterative linear solver may leave of the error of a step, which is an estimate."""

FOLLOWED = 1e-4
"""The same of errors that are followed from step to step, and of what they change at the ports."""


@dataclass(frozen=True)
class AccumulatedError:
    """Errors of time steps as changes of the unknowns. Collective.

    Attributes:
        problem, newton: of the steps; the factors at hand are those of the last stages.
    """

    problem: Problem
    newton: Newton

    @property
    def _held(self) -> list[int]:
        """Numbers of the ports that hold a current."""
        ports = self.problem.ports
        return [k for k in ports.floating if ports.all[k].given == "current"]

    def damped(self, rows: np.ndarray, charging: np.ndarray) -> np.ndarray:
        """Change of the unknowns by rows of the residual, through the factors of the stages, which damp what is too fast to
        matter. Owned entries.

        charging: rates of charging of the ports, in the units of charges: beside the rows, part of the currents that are
            held. Shape (ports,).
        """
        return self._damped(rows, charging, FILTERED)[0]

    def _damped(
        self, rows: np.ndarray, charging: np.ndarray, tolerance: float = FOLLOWED
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same, and the change of the flow."""
        problem, at, right = self.problem, self.newton.jacobian.at, rows.copy()
        right[problem.boundary_values.owned_entries] = 0.0
        if not self._held:
            return self.newton.jacobian.solve(right, tolerance=tolerance)
        assert at is not None  # the stages were solved with factors
        currents = charging / at.parameters.scales.charge_coupling
        excess = np.array([currents[k] if k in self._held else 0.0 for k in problem.ports.floating])
        return self.newton.jacobian.solve(right, excess=excess, tolerance=tolerance)

    def largest(self, change: np.ndarray) -> float:
        """Largest absolute entry on all ranks."""
        return self.problem.unknowns.largest(change)

    def followed(
        self, error: np.ndarray, contents: Sequence[np.ndarray], charges: Sequence[np.ndarray], found: Evaluation
    ) -> tuple[np.ndarray, np.ndarray]:
        """Errors of the unknowns and of the flow (owned entries) after a step that ended at a state, from that before it and
        the contents and the charges of the ports at all stages, those of the state last. Collective.

        With s an implicit step of the linearised problem and q what the new state has beyond the parabola through the stages
        before it, the step leaves s s of the error before, and adds s (s - 1) q: of an exponential of any rate, between 0.75
        and 1.7 times that is what the step does wrong."""
        assert self.newton.jacobian.at is not None  # the stages were solved with factors
        rate = self.newton.jacobian.at.storage.rate
        beyond, charged = (weighted(BEYOND_PARABOLA, values) for values in (contents, charges))
        half, _ = self._damped(
            rate * (self._storing(error, found) + beyond), rate * (self._charging(error, found) + charged)
        )
        return self._damped(
            rate * (self._storing(half, found) - beyond), rate * (self._charging(half, found) - charged)
        )

    def _storing(self, change: np.ndarray, found: Evaluation) -> np.ndarray:
        """Change of the contents by a change of the unknowns (owned entries) at a state."""
        return found.content - self.problem.content(self.problem.unknowns.minus(found.state, change), found.parameters)

    def _charging(self, change: np.ndarray, found: Evaluation) -> np.ndarray:
        """The same of the charges of the ports, as far as currents are held there."""
        if not self._held:
            return np.zeros_like(found.charges)
        without = self.problem.evaluate(self.problem.unknowns.minus(found.state, change), found.parameters)
        return found.charges - without.charges

    def rate_errors(self, error: np.ndarray, slope: np.ndarray, found: Evaluation, of_flow: np.ndarray) -> np.ndarray:
        """Change of the rates at which species enter at ports by errors of the unknowns and of the flow at a state whose
        contents change at a rate (owned entries). Shape (ports, species). Collective."""
        problem, charging, flow = self.problem, Storage(charges=found.charging), None
        if problem.split and problem.flow is not None and found.flow is not None:
            flow = problem.flow.minus(found.flow, of_flow)
        state = problem.unknowns.minus(found.state, error)
        without = problem.evaluate(state, found.parameters, charging, flow)
        sums = self.problem.ports.species_sums
        free = (
            found.rows - slope - without.rows
        )  # of what a terminal does not hold the rows are equations, and no rates
        free[self.problem.boundary_values.owned_species] = 0.0
        return found.rates - sums(slope) - without.rates - sums(free)
