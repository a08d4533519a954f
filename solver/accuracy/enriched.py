"""The same device on the same mesh with elements of one degree more: what the discretization leaves out.

The state of the working degree is carried over and corrected by Newton steps of the richer problem; the difference of any
number between the two is the estimate of its discretization error. With the adjoint state Z of the richer problem it is also
R(U_h; Z - I Z) (I interpolates into the working space), which can be told apart by the nodes at which the product arises:
the dual-weighted residual, localised by the edges and cells of the mesh without any strong form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from dolfinx import mesh as dmesh

from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.nonlinear.continuation import extrapolated
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings

CORRECTION = NewtonSettings(max_iterations=30, cap=1.0, good_contraction=0.5)
"""The corrected state has to be better than the discretization error only, and old factors do for it."""

REMAINING_ERROR = 0.01
"""Largest last change of the potentials, relative to the whole correction."""

REMAINING_ERROR_OF_RATES = 0.05
"""The same of every current and flow rate: in long channels these hang on the last digits of the potentials."""

NEGLIGIBLE_RATE = 1e-10
"""Part of the largest current, or of the volume that holds its ions, below which changes of the others are rounding."""

ROUNDING = 1e-11
"""Changes below which a correction is not pursued, in thermal voltages."""

SLOW = 0.5
"""Part of its size to which a change has to shrink, or new factors are made; after that it is rounding."""

EXTRAPOLATED = 3
"""Corrections of earlier points from which the next is guessed."""


@dataclass(frozen=True)
class Contributions:
    """Where a goal's error comes from. Dimensionless, signed, owned entities of this rank.

    Attributes:
        edges: of each local edge. Shape (edges,).
        cells: of the inside of each local cell. Shape (cells,).
    """

    edges: np.ndarray
    cells: np.ndarray


class Enriched:
    """A problem of one degree more beside the one that is solved. Collective.

    Args:
        working: the problem whose states are compared.
        problem: the same with elements of a higher degree, on the same mesh.
    """

    def __init__(self, working: Problem, problem: Problem) -> None:
        self.working, self.problem = working, problem
        self.newton = Newton(problem)
        self._past: list[tuple[float, np.ndarray]] = []
        self._branch = -1
        self._coarse = fem.Function(working.unknowns.space)
        self._prolonged = fem.Function(problem.unknowns.space)

    def correct(
        self, found: Evaluation, parameters: Parameters, storage: Storage, coordinate: float, branch: int
    ) -> Evaluation:
        """The solution of the richer problem near a converged state of the working one.

        parameters, storage: of the richer problem. `coordinate` and `branch` are those of the study's point, for guessing the
        correction from earlier ones.

        Raises:
            NewtonFailure: when the correction does not converge.
        """
        if branch != self._branch:
            self._past, self._branch = [], branch
        base = self.prolonged(found)
        for guess in (self._guess(coordinate), 0.0):
            try:
                corrected = self._converge(found, self.problem.evaluate(base + guess, parameters, storage))
                break
            except NewtonFailure:
                self.newton.forget()
                if np.isscalar(guess) or not self._past:
                    raise
        self._past = [*self._past, (coordinate, corrected.state - base)][-EXTRAPOLATED:]
        return corrected

    def _converge(self, found: Evaluation, start: Evaluation) -> Evaluation:
        """Newton's method until the correction of a working state is known to a part, in potentials, currents and flow rates.

        Raises:
            NewtonFailure: when that does not come about.
        """
        base, report = self.prolonged(found), NewtonReport()
        corrected, previous, renewed = start, np.inf, False
        for _ in range(CORRECTION.max_iterations):
            before = corrected
            corrected = self.newton.improved(before, CORRECTION, report)
            last = report.iterations[-1]
            wanted = max(REMAINING_ERROR * self.problem.unknowns.largest(corrected.state - base), ROUNDING)
            potentials = last.update / wanted
            left = max(potentials, _change_of_rates(before, corrected, found) / REMAINING_ERROR_OF_RATES)
            if left <= 1.0:
                return corrected
            slow = left > SLOW * previous
            if slow and renewed and potentials <= 1.0:
                return corrected  # the last digits of the currents are rounding
            if slow:
                self.newton.forget()
            previous, renewed = np.inf if slow else left, renewed or slow
        steps = CORRECTION.max_iterations
        raise NewtonFailure(f"no convergence in {steps} steps (last update {last.update:.2e} thermal voltages)")

    def _guess(self, coordinate: float) -> np.ndarray | float:
        """The correction, extrapolated from those of earlier points."""
        at = [position for position, _ in self._past]
        if len(set(at)) < len(at) or not at:
            return 0.0
        return extrapolated(self._past, coordinate)

    def prolonged(self, found: Evaluation) -> np.ndarray:
        """A working state in the richer space; local entries."""
        self.working.load(found)
        self._prolonged.interpolate(self.working.state)
        carried = self._prolonged.x.array.copy()
        carried[self.problem.unknowns.idle_on_walls] = 0.0
        return carried

    def flow_rates(self, found: Evaluation, corrected: Evaluation) -> np.ndarray:
        """Dimensionless flow rates of the richer flow at the forces of a working state. Shape (ports,).

        corrected: the state of the richer problem beside it.
        """
        return self.problem.flow_rates_in(self.prolonged(found), corrected.parameters)

    def contributions(
        self, found: Evaluation, parameters: Parameters, goal: Goal, storage: Storage = NO_STORAGE
    ) -> Contributions:
        """Contributions of edges and cells to the error of a goal, linearised at a working state.

        parameters, storage: of the richer problem. The contributions add up to the estimate of what the goal lacks (exact
            minus computed), up to its quadratic part.

        Raises:
            SingularMatrixError: on all ranks.
        """
        problem, working = self.problem, self.working
        flow = None
        if problem.flow is not None and working.flow is not None and found.flow is not None:
            flow = problem.flow.interpolated(working.flow, found.flow)
        held = parameters.with_pressures_of(found.parameters)
        carried = problem.evaluate(self.prolonged(found), held, storage, flow=flow)
        self.newton.forget()
        dual = Adjoint(problem, self.newton.jacobian, goal).solve(carried)
        self._coarse.interpolate(dual.transport)
        self._prolonged.interpolate(self._coarse)
        weight = (dual.transport.x.array - self._prolonged.x.array)[: problem.unknowns.owned]
        product = problem.unknowns.table(carried.rows * weight).sum(axis=1)
        entities = _Entities(problem.mesh)
        entities.add(problem.unknowns.scalar, product)
        if problem.flow is not None and working.flow is not None and dual.flow is not None:
            coarse = working.flow.interpolated(problem.flow, dual.flow.x.array)
            rest = problem.flow.interpolated(working.flow, coarse)
            problem.load(carried)
            product = problem.flow.residual_function().x.array * (dual.flow.x.array - rest)
            for part in problem.flow.scalar_parts():
                entities.add(part, product[: problem.flow.owned])
        return Contributions(entities.edges, entities.cells)


def _change_of_rates(before: Evaluation, after: Evaluation, working: Evaluation) -> float:
    """Largest change of a current or a flow rate by a step, over how much it differs from that of the working state."""
    largest = float(np.abs(after.rates).max(initial=0.0))
    found = 0.0
    for last, now, first, rounding in (
        (before.rates, after.rates, working.rates, largest),
        (before.flow_rates, after.flow_rates, working.flow_rates, largest / after.parameters.scales.peclet),
    ):
        wholes = np.maximum(np.abs(now - first).max(axis=0, initial=0.0), NEGLIGIBLE_RATE * rounding)
        changes = np.abs(now - last).max(axis=0, initial=0.0)
        found = max(found, float(np.max(changes / np.maximum(wholes, 1e-300), initial=0.0)))
    return found


class _Entities:
    """Sums of nodal values by the edge or cell inside which the nodes lie."""

    def __init__(self, mesh: dmesh.Mesh) -> None:
        self._topology = topology = mesh.topology
        self._cells = topology.dim
        topology.create_connectivity(self._cells, 1)
        edges, cells = topology.index_map(1), topology.index_map(self._cells)
        self.edges = np.zeros(edges.size_local + edges.num_ghosts)
        self.cells = np.zeros(cells.size_local + cells.num_ghosts)

    def add(self, space: fem.FunctionSpace, values: np.ndarray) -> None:
        """Add the values at the owned nodes of a space with one value a node, numbered as its entries."""
        dofmap, layout = space.dofmap, space.dofmap.dof_layout
        nodes = dofmap.list
        edges_of_cell = self._topology.connectivity(self._cells, 1).array.reshape(len(nodes), -1)
        count = max(len(values), int(nodes.max(initial=-1)) + 1)
        edge = np.full(count, -1)
        for k in range(edges_of_cell.shape[1]):
            edge[nodes[:, layout.entity_dofs(1, k)]] = edges_of_cell[:, k, None]
        cell = np.full(count, -1)
        cell[nodes[:, layout.entity_dofs(self._cells, 0)]] = np.arange(len(nodes))[:, None]
        for sums, entity in ((self.edges, edge[: len(values)]), (self.cells, cell[: len(values)])):
            inside = entity >= 0
            np.add.at(sums, entity[inside], values[inside])
