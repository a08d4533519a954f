"""What a device holds in the course of a run, what has passed its ports, and how well the two agree."""

from __future__ import annotations

import numpy as np

from solver.case.case import Case
from solver.discretization.problem import Problem
from solver.laws.reactions.base import unexplained
from solver.physics.constants import FARADAY
from solver.physics.solution import equivalent_concentration
from solver.studies.transient import columns
from solver.studies.transient.instant import Instant

NEGLIGIBLE = 1e-5
"""Part of what is in the device below which what has passed is too little to compare a loss with."""


class Balances:
    """Contents of a problem since the start of a run. Collective.

    Args:
        problem: of the run.
        start: its first instant.
        initial: amounts (mol) of the species at its start, if that was another one. Shape (species,).

    Attributes:
        initial: these amounts.
    """

    def __init__(self, problem: Problem, start: Instant, initial: np.ndarray | None = None) -> None:
        self._problem = problem
        self.initial = _amounts(start) if initial is None else initial

    def _components(self) -> list[int]:
        """Numbers of the species that do not follow from others by equilibria."""
        found = self._problem.equilibria.dependences
        return [self._problem.slots.species.index(name) for name in found.components]

    def columns(self, now: Instant, case: Case) -> dict[str, float]:
        """Contents at an instant, charge that has passed, and how well the two agree, for a case with the values there."""
        problem = self._problem
        scales, valences = now.found.parameters.scales, np.array(problem.valences)
        amounts = _amounts(now)
        entered, gross = (part.sum(axis=0) * scales.amount for part in (now.passed, now.gross_amount))
        charge, own = now.charge_passed * scales.electric_flux, self._components()
        dissolved = now.found.amounts_of_species * scales.amount
        # totals with minus signs, as that of H with OH, may be zero: their size is that of what they consist of
        parts = np.abs(problem.equilibria.dependences.totals_matrix) @ dissolved
        size = parts if problem.followers else self.initial
        scale = np.where(gross > 0.0, np.maximum(gross, NEGLIGIBLE * size), size)
        missing = unexplained(amounts - self.initial - entered, scale, problem.reactions, problem.slots.species)
        species = [problem.slots.species[k] for k in own]
        carried = float(np.abs(valences) @ scale)
        return {
            columns.CHARGE_PASSED: float(charge[problem.ports.index(case.driven_terminal)]),
            **columns.amounts_passed(list(case.terminals), species, now.passed[:, own] * scales.amount),
            columns.SALT_INVENTORY: float(equivalent_concentration(problem.valences, dissolved)),
            columns.CHARGE_INVENTORY: FARADAY * float(valences @ amounts),
            columns.SALT_BALANCE_ERROR: float(np.abs(missing[own] / scale[own]).max()),
            columns.CHARGE_BALANCE_ERROR: float(abs(valences @ missing) / carried),
        }


def _amounts(now: Instant) -> np.ndarray:
    """Amount (mol) of each species in the device. Shape (species,)."""
    return now.found.amounts * now.found.parameters.scales.amount
