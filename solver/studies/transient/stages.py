"""One stage of a time step: the state whose contents and fluxes fit together, with nothing lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings

CONSERVED = 1e-9
"""Part of what enters at the ports that a stage may lose; with more it gets further Newton steps."""

MOST_FURTHER_STEPS = 8
"""Largest number of such steps."""

USEFUL_STEP = 0.2
"""Part of the loss that a useful step leaves; with more, new factors are made."""

ROUNDING = 1e-15
"""Part of all ions that a stage may lose whatever passes at the ports."""

FARTHEST_GUESS = 10.0
"""Thermal voltages: at a wall of given zeta potential an extrapolated guess that is farther from the last state says less."""

STAGE = NewtonSettings(tolerance=1e-7, max_iterations=20, good_contraction=0.2)


@dataclass
class StageSolver:
    """Solves the stages of one problem with storage. Collective.

    Attributes:
        problem, newton: what is solved and how.
        report: of all Newton iterations.
        amounts: of each species in the device, dimensionless. Shape (species,).
    """

    problem: Problem
    newton: Newton
    report: NewtonReport
    amounts: np.ndarray

    def trusted(self, guess: np.ndarray, last: np.ndarray) -> np.ndarray:
        """A guess, or the last state where the guess is too far from it (ghosts included). Collective."""
        unknowns = self.problem.unknowns
        if not any(port.holds_zeta for port in self.problem.ports.open_walls):
            return guess
        near = unknowns.largest((guess - last)[: unknowns.owned]) < FARTHEST_GUESS
        return guess if near else last

    def solve(
        self, parameters: Parameters, rate: float, base: np.ndarray, charges: np.ndarray, guess: np.ndarray
    ) -> Evaluation:
        """The solution of rate (C - base) + F = 0, from a guess (ghosts included). The charges of the ports change from
        `charges` at the same rate.

        Raises:
            NewtonFailure: there is none near the guess.
        """
        problem = self.problem
        storage = Storage(rate, -rate * base, -rate * charges)
        parameters = problem.floated(guess, parameters, storage)
        start = problem.boundary_values.impose(guess, parameters)
        found = problem.evaluate(start, parameters, storage)
        found = self.newton.solve(found, STAGE, self.report)
        before = np.inf
        for _ in range(MOST_FURTHER_STEPS):
            loss = self.loss(found, rate)
            if loss <= 1.0:
                break
            if loss > USEFUL_STEP * before:
                self.newton.forget()  # a single step does not see that the factors at hand have become useless
            before = loss
            with suppress(NewtonFailure):  # it has converged already; this only improves the last digits
                found = self.newton.improved(found, replace(STAGE, tolerance=0.0), self.report)
        return found

    def loss(self, found: Evaluation, rate: float) -> float:
        """Loss of a state, over what is allowed: a part of the largest rate at a port. What walls hold may be a trace, and is
        compared with what enters of its own species."""
        entering = np.abs(found.rates).max(axis=0, initial=0.0)
        allowed = np.full(
            1 + len(entering), max(CONSERVED * entering.max(initial=0.0), ROUNDING * rate * self.amounts.max())
        )
        for each in self.problem.at_walls.amounts:
            own = CONSERVED * entering[each.species], ROUNDING * rate * self.amounts[each.species]
            allowed[1 + each.species] = max(own)
        return float((found.losses / allowed).max())
