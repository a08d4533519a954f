"""Coverages of walls along the axis: the part of the sites that each species has at axial positions."""

from __future__ import annotations

import numpy as np

from solver.case.case import Case
from solver.discretization import coverages
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections
from solver.observables.wall_points import WallPoints
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
        holders = [wall.name for wall in problem.walls if any(law.coverages for law in wall.laws)]
        self._points = {name: WallPoints.of(problem, sections, name) for name in holders}

    def columns(self, found: Evaluation, case: Case) -> dict[str, np.ndarray]:
        """Parts of the sites by header, of the state that is loaded. Shape (positions,) each; NaN where a wall is not."""
        problem, columns = self._problem, dict[str, np.ndarray]()
        for wall, at in self._points.items():
            local = problem.state.eval(at.points, at.cells).ravel()
            held: dict[str, np.ndarray] = {}
            for law in case.walls[wall].laws:
                values = coverages.on_wall(problem.unknowns, local, wall, law)
                for species, part in coverages.held_by(law, wall, values, found.parameters).items():
                    held[species] = held.get(species, np.zeros(len(at.section))) + part
            parts = [
                values / sum(law.capacities().get(species, 0.0) for law in case.walls[wall].laws)
                for species, values in held.items()
            ]
            names = [ALONG_WALL.of(wall=wall, species=species) for species in held]
            columns |= dict(zip(names, at.of_all_ranks(parts), strict=True))
        return columns
