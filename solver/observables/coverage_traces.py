"""Coverages of walls along the axis: the part of the sites that each species has at axial positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import coverages
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.walls.base import WallLaw
from solver.physics.constants import FARADAY
from solver.results.columns import Quantity

ALONG_WALL = Quantity(
    "coverage_{wall}_{species}",
    "coverage of {wall} by {species}",
    "Part of the wall's sites for the species that hold it, where the wall is at this position; empty where it is not.",
)


@dataclass(frozen=True)
class _Trace:
    """Where sections meet the facets of a wall on this rank.

    Attributes:
        section: number of the section of each meeting. Shape (n,).
        nodes, weights: local nodes of the facet and their weights there. Shape (n, nodes of a facet).
    """

    section: np.ndarray
    nodes: np.ndarray
    weights: np.ndarray


class CoverageTraces:
    """Coverages of one problem at axial positions (m). Collective."""

    def __init__(self, problem: Problem, position: np.ndarray) -> None:
        self._problem, self._count = problem, len(position)
        holders = [wall for wall in problem.walls if any(law.coverages for law in wall.laws)]
        self._traces = {wall.name: _trace(problem, wall.name, position) for wall in holders}

    def columns(self, found: Evaluation, case: Case) -> dict[str, np.ndarray]:
        """Parts of the sites by header. Shape (positions,) each; NaN where a wall is not."""
        columns = {}
        for wall, trace in self._traces.items():
            held: dict[str, np.ndarray] = {}
            for law in case.walls[wall].laws:
                for species, part in self._held(found, wall, law, trace).items():
                    held[species] = held.get(species, np.zeros(len(trace.section))) + part
            for species, values in held.items():
                capacity = sum(law.capacities().get(species, 0.0) for law in case.walls[wall].laws)
                columns[ALONG_WALL.of(wall=wall, species=species)] = self._mean(trace, values / capacity)
        return columns

    def charge(self, found: Evaluation, wall: str) -> np.ndarray | float:
        """Charge (C/m^2) of a wall's sites with coverages and of what they hold. Shape (positions,), NaN where the wall is
        not; 0 of a wall without such sites."""
        if wall not in self._traces:
            return 0.0
        trace, problem = self._traces[wall], self._problem
        valences = {solute.name: solute.valence for solute in problem.solutes}
        total = np.zeros(len(trace.section))
        for law in next(each.laws for each in problem.walls if each.name == wall):
            total += coverages.charge_of_sites(law, wall, found.parameters)
            for species, amount in self._held(found, wall, law, trace).items():
                total += FARADAY * valences[species] * amount
        return self._mean(trace, total)

    def _held(self, found: Evaluation, wall: str, law: WallLaw, trace: _Trace) -> Mapping[str, np.ndarray]:
        """What a law's coverages hold at the meetings, mol/m^2."""
        values = coverages.on_wall(self._problem.unknowns, found.state, wall, law)
        local = {name: np.sum(value[trace.nodes] * trace.weights, axis=1) for name, value in values.items()}
        return coverages.held_by(law, wall, local, found.parameters)

    def _mean(self, trace: _Trace, values: np.ndarray) -> np.ndarray:
        local = np.array(
            [np.bincount(trace.section, weights, minlength=self._count) for weights in (values, np.ones_like(values))]
        )
        total, count = self._problem.mesh.comm.allreduce(local, op=MPI.SUM)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / count)


def _trace(problem: Problem, wall: str, position: np.ndarray) -> _Trace:
    """Where positions meet the owned facets of a wall."""
    mesh, space = problem.mesh, problem.unknowns.scalar
    dimension = mesh.topology.dim - 1
    mesh.topology.create_connectivity(dimension, dimension + 1)
    mesh.topology.create_connectivity(dimension + 1, dimension)
    to_cell, to_facet = (mesh.topology.connectivity(dimension + a, dimension + 1 - a) for a in (0, 1))
    places, z = space.tabulate_dof_coordinates()[:, 0], position / problem.tagged.unit
    facets = problem.tagged.facets_of(wall)
    sections, nodes, weights = [], [], []
    for facet in facets[facets < mesh.topology.index_map(dimension).size_local]:
        cell = to_cell.links(facet)[0]
        number = int(np.flatnonzero(to_facet.links(cell) == facet)[0])
        of_facet = space.dofmap.cell_dofs(cell)[space.dofmap.dof_layout.entity_closure_dofs(dimension, number)]
        at = places[of_facet]
        low, high = at.min(), at.max()
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            continue  # across the axis
        inside = np.flatnonzero((z >= low - 1e-9 * (high - low)) & (z <= high + 1e-9 * (high - low)))
        for k in inside:
            sections.append(k)
            nodes.append(of_facet)
            weights.append(_lagrange(at, z[k]))
    width = len(nodes[0]) if nodes else 1
    return _Trace(
        np.array(sections, dtype=int),
        np.array(nodes, dtype=int).reshape(-1, width),
        np.array(weights, dtype=float).reshape(-1, width),
    )


def _lagrange(at: np.ndarray, z: float) -> np.ndarray:
    """Values at z of the polynomials that are 1 at one of some positions and 0 at the others."""
    others = [np.delete(at, k) for k in range(len(at))]
    return np.array([np.prod((z - other) / (own - other)) for own, other in zip(at, others, strict=True)])
