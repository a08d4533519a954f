"""Coverages of walls along the axis: the part of the sites that each species has at axial positions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.case.case import Case
from solver.discretization import coverages
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections
from solver.observables.wall_points import WallPoints
from solver.physics.constants import FARADAY
from solver.results.columns import Quantity

ALONG_WALL = Quantity(
    "coverage_{wall}_{species}",
    "coverage of {wall} by {species}",
    "Part of the wall's sites for the species that hold it, where the wall is at this position; empty where it is not.",
)


class CoverageTraces:
    """Coverages of one problem at the cross-sections of profiles. Collective."""

    def __init__(self, problem: Problem, sections: AxialSections) -> None:
        self._problem = problem
        laws = {wall.name: [law for law in wall.laws if law.coverages and not law.elsewhere] for wall in problem.walls}
        self._laws = {name: own for name, own in laws.items() if own}
        self._points = {name: WallPoints.of(problem, sections, name) for name in self._laws}

    def columns(self, found: Evaluation, case: Case) -> dict[str, np.ndarray]:
        """Parts of the sites by header, of the state that is loaded. Shape (positions,) each; NaN where a wall is not."""
        columns = dict[str, np.ndarray]()
        for wall, at in self._points.items():
            held: dict[str, np.ndarray] = {}
            for amounts in self._held(found, wall):
                for species, part in amounts.items():
                    held[species] = held.get(species, np.zeros(len(at.section))) + part
            parts = [
                values / sum(law.capacities().get(species, 0.0) for law in case.walls[wall].laws)
                for species, values in held.items()
            ]
            names = [ALONG_WALL.of(wall=wall, species=species) for species in held]
            columns |= dict(zip(names, at.of_all_ranks(parts), strict=True))
        return columns

    def charge(self, found: Evaluation, wall: str) -> np.ndarray | float:
        """Charge (C/m^2) of a wall's sites with coverages and of what they hold, of the state that is loaded. Shape
        (positions,), NaN where the wall is not; 0 of a wall without such sites."""
        if wall not in self._points:
            return 0.0
        at = self._points[wall]
        valences = {solute.name: solute.valence for solute in self._problem.solutes}
        total = np.zeros(len(at.section))
        for law, amounts in zip(self._laws[wall], self._held(found, wall), strict=True):
            total += coverages.charge_of_sites(law, wall, found.parameters)
            for species, amount in amounts.items():
                total += FARADAY * valences[species] * amount
        return at.of_all_ranks([total])[0]

    def _held(self, found: Evaluation, wall: str) -> list[Mapping[str, np.ndarray]]:
        """What the coverages of each law hold at the points of a wall on this rank, mol/m^2."""
        at, unknowns = self._points[wall], self._problem.unknowns
        local = at.at.values(self._problem.state).ravel()
        return [
            coverages.held_by(law, wall, coverages.on_wall(unknowns, local, wall, law), found.parameters)
            for law in self._laws[wall]
        ]
