"""A slab of liquid between a wall that adsorbs and a reservoir, in one dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from solver.accuracy.enriched import Enriched
from solver.discretization import coverages
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameters import Parameters
from solver.discretization.problem import DEGREE, Problem
from solver.discretization.unknowns import Unknowns
from solver.laws.walls.adsorption import Adsorption, Sites
from solver.laws.walls.base import WallLaw
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.studies.transient.stepper import TimeStepper
from tests.support.cells import interval, scales

DIFFUSIVITY = 1e-9


class AdsorbingSlab:
    """Sites at the first of ascending points (nm), a reservoir at the last.

    Args:
        points: of the cells.
        valences, concentrations: of each species by name; mol/m^3 in the reservoir.
        sites: what a case gives at `adsorption`.
        laws: further ones of the wall.
    """

    def __init__(
        self,
        points: np.ndarray,
        valences: Mapping[str, int],
        concentrations: Sequence[float],
        sites: Sequence[Mapping[str, Any]],
        laws: Sequence[WallLaw] = (),
    ) -> None:
        law = Adsorption(tuple(Sites.model_validate(site) for site in sites))
        self.wall = WallCondition("wall", (*laws, law))
        self.solutes = [Solute(name, valence, DIFFUSIVITY) for name, valence in valences.items()]
        self.terminals = [TerminalCondition("bulk", 0.0, 0.0, tuple(concentrations))]
        units = scales("planar", max(concentrations))
        self._device = interval(np.asarray(points)), units, self.solutes, self.terminals, [self.wall]
        self.problem = self._problem(DEGREE)
        self.newton = Newton(self.problem)

    def _problem(self, degree: int) -> Problem:
        return Problem(*self._device, flow=False, clock=Clock(), stores=True, degree=degree)

    def enriched(self) -> Enriched:
        """The problem with one degree more beside it."""
        return Enriched(self.problem, self._problem(DEGREE + 1))

    @property
    def parameters(self) -> Parameters:
        """The values of the conditions."""
        return self.parameters_of(self.problem)

    def parameters_of(self, problem: Problem) -> Parameters:
        """The same for a problem of other elements."""
        return problem.parameters(self.terminals, [self.wall], self.solutes, problem.scales)

    def steady(self, *, held: bool = False) -> Evaluation:
        """The steady state; while given coverages are held, if they are."""
        parameters = coverages.held(self.parameters) if held else self.parameters
        continuation = Continuation(self.problem, self.newton, NewtonSettings(tolerance=1e-12))
        return continuation.reach(parameters, 0.0, "the slab").state

    def stepper(self, tolerance: float, first: float, largest: float = np.inf) -> TimeStepper:
        """Steps from the coverages that are given at the start; times in s."""
        parameters = self.parameters
        start = self.problem.evaluate(self.steady(held=True).state, parameters)
        return TimeStepper.from_state(
            start,
            self.newton,
            lambda time, after: parameters,
            tolerance=tolerance,
            debye_time=1e-9,
            largest=largest,
            first=first,
        )

    def coverage(self, found: Evaluation, number: int = 0) -> float:
        """A coverage of a state, mol/m^2."""
        unknowns = found.problem.unknowns
        return float(unknowns.coverages(found.state)[self._at_wall(unknowns), number] * coverages.UNIT)

    def concentration(self, found: Evaluation, species: str) -> float:
        """At the wall, mol/m^3."""
        unknowns, number = found.problem.unknowns, [solute.name for solute in self.solutes].index(species)
        node = self._at_wall(unknowns)
        mu, phi = unknowns.electrochemical(found.state)[node, number], unknowns.potential(found.state)[node]
        return float(self.problem.scales.concentration * np.exp(mu - self.solutes[number].valence * phi))

    def _at_wall(self, unknowns: Unknowns) -> int:
        """The node at the wall."""
        return int(np.argmin(unknowns.scalar.tabulate_dof_coordinates()[:, 0]))
