"""Steady points of a case as a function of its parameters, with derivatives by adjoint states.

Mesh, forms and factors are kept as long as only values change. Where sizes of a channel change a little the mesh is moved
along, which keeps its topology, so that the numbers are smooth functions of the sizes; where they change by more it is made
anew. Every point starts from its own state at the parameters before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dolfinx.mesh import Mesh
from mpi4py import MPI
from numpy.typing import NDArray

from exploration.fit.data import NO_BIAS
from exploration.fit.parameters import FreeParameter
from exploration.fit.planning import Settings, check_alike, planned, stretch
from meshes.deform import carried
from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.quoting import quoted
from solver.accuracy.adjoint import Adjoint
from solver.accuracy.goals import Goal, goal_of_column
from solver.accuracy.sensitivity import charge_jumps, difference, face_jumps
from solver.case.bias import bias_of
from solver.case.case import Case
from solver.case.studies.points import Point
from solver.discretization import build
from solver.discretization.evaluation import Evaluation
from solver.inputs.errors import CaseError
from solver.inputs.keys import step_from
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.cache import compile_quietly
from solver.parallel.clock import Clock
from solver.parallel.ranks import clear_frames, release
from solver.results.headers import CONDUCTANCE, CURRENT, FLOW_RATE, split_header
from solver.simulation.simulation import Simulation

Array = NDArray[np.float64]

TOLERANCE = 1e-8
"""Of the potentials, in thermal voltages: derivatives are as good as the states."""

STRETCH = 1.25
"""Factor of a size up to which the mesh is moved rather than made anew."""

STEP = 1e-4
"""Step of differences, in the variable of a parameter, where there is no derivative."""

REMADE = 0.05
"""The same where the mesh is made anew for it: a small step would be lost in the errors by which two meshes differ."""


class EvaluationFailed(Exception):
    """A set of parameters at which the device could not be computed; `cause` is the error, whose text says why."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(str(cause) or type(cause).__name__)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a device gives at one set of parameters.

    Attributes:
        values: SI, in the order of what was asked. Shape (numbers,).
        gradient: derivatives by the variables of the parameters; None where they were not asked for. Shape (numbers,
            parameters).
    """

    values: Array
    gradient: Array | None = None


@dataclass(frozen=True)
class Wanted:
    """A number that is asked of a device: a column of observables.csv at the values of some keys."""

    header: str
    settings: Settings


def steady_case(case: Case, study: Mapping[str, Any] | None = None) -> Case:
    """The case with another steady study, one point by default, and with nothing in its result but the observables."""
    data = case.model_dump(mode="json")
    data["study"] = {"driven_terminal": case.driven_terminal, **(study or {"type": "steady"})}
    data["outputs"] = {**data["outputs"], "errors": "none", "fields": "none", "sensitivities": []}
    return Case.model_validate(data, context={"file": case.file, "plain": True})


def has_derivative(case: Case, key: str) -> bool:
    """Whether the steady states of a case have adjoint derivatives by a key."""
    try:
        case.with_values({"outputs": {"sensitivities": [key]}})
    except CaseError:
        return False
    return True


class SteadyModel:
    """Steady points of a case. Collective.

    Args:
        case: whose values are kept but for the parameters and the settings of what is wanted.
        wanted: the numbers, in the order in which they are given.
        parameters: what is moved.
        comm: ranks that compute together.
        clock: counts the time of all phases.

    Raises:
        CaseError: what is wanted is of devices that differ in more than values.

    Attributes:
        evaluations: sets of parameters for which the device was solved, differences included.
        failures: texts of those that failed.
    """

    def __init__(
        self,
        case: Case,
        wanted: Sequence[Wanted],
        parameters: Sequence[FreeParameter],
        comm: MPI.Comm,
        clock: Clock | None = None,
    ) -> None:
        self.case, self.wanted, self.parameters, self.comm = steady_case(case), list(wanted), list(parameters), comm
        self.clock = clock or Clock()
        self.points, self._of_point = planned(self.case, [one.settings for one in self.wanted])
        at_start = {free.key: free.start for free in self.parameters}
        started = self._at(at_start)
        check_alike([self._at({**at_start, **dict(point.values)}) for point in self.points], self.points)
        self.differentiable = [has_derivative(started, free.key) for free in self.parameters]
        self.evaluations, self.failures = 0, list[str]()
        self._simulation: Simulation | None = None
        self._placed: tuple[Case, Array] | None = None  # the case for which the mesh was made, its coordinates
        self._geometry: Any = None
        self._states: dict[int, Evaluation] = {}
        self._adjoints: dict[Goal, Adjoint] = {}
        self._meshes: list[Mesh] = []
        compile_quietly()

    def _at(self, values: Mapping[str, float]) -> Case:
        return self.case.with_values(dict(values)) if values else self.case

    # ------------------------------------------------------------------ evaluations
    def evaluate(self, values: Mapping[str, float], *, gradient: bool = True) -> Prediction:
        """All numbers at SI values of the parameters. Collective.

        Raises:
            EvaluationFailed: on all ranks; a value is refused, or a state is not reached.
        """
        found = self._evaluated(values, gradient)
        if found.gradient is None:
            return found
        lacking = [k for k, known in enumerate(self.differentiable) if not known]
        columns = np.atleast_1d(np.isnan(found.gradient).any(axis=0))
        for k in range(len(self.parameters)):
            if k in lacking or bool(columns[k]):
                found.gradient[:, k] = self._difference(values, k, found.values)
        return found

    def _difference(self, values: Mapping[str, float], k: int, here: Array) -> Array:
        """Derivative by the variable of a parameter from a second solution close by."""
        free = self.parameters[k]
        at, (low, high) = free.inner(values[free.key]), free.inner_bounds
        step = STEP * max(1.0, abs(at))
        step = step if at + step <= high else -step
        if self._is_remade({**values, free.key: free.value(at + step)}):
            size = REMADE if free.logarithmic else REMADE * max(1.0, abs(at))
            step = min(size, high - at) if high - at >= min(size, at - low) else -min(size, at - low)
        beside = self._evaluated({**values, free.key: free.value(at + step)}, False)
        return np.asarray((beside.values - here) / step)

    def _is_remade(self, values: Mapping[str, float]) -> bool:
        """Whether the mesh at hand does not serve the values, and another one is made for them."""
        try:
            return self._placed is not None and not self._can_move(self._at({**values, **dict(self.points[0].values)}))
        except CaseError:
            return False

    def _evaluated(self, values: Mapping[str, float], gradient: bool) -> Prediction:
        self.evaluations += 1
        try:
            return self._computed(values, gradient)
        except (CaseError, ConvergenceError, MeshError, SingularMatrixError) as error:
            clear_frames(error)
            failure = EvaluationFailed(error)
            self.failures.append(str(failure))
            if not self._states:
                self._drop()
            raise failure from None

    def _computed(self, values: Mapping[str, float], gradient: bool) -> Prediction:
        found = np.full(len(self.wanted), np.nan)
        slopes = np.full((len(self.wanted), len(self.parameters)), np.nan) if gradient else None
        cases = [self._at({**values, **dict(point.values)}) for point in self.points]
        simulation = self._prepared(cases)
        for k, (point, case) in enumerate(zip(self.points, cases, strict=True)):
            state = self._reached(simulation, k, replace(point, case=case))
            row = self._row(simulation, state, case) if self._needs_row(k, case) else {}
            for i in self._of_point[k]:
                header = self.wanted[i].header
                goal = _goal(header, case)
                if goal is None:
                    if header not in row:
                        raise CaseError(f"a steady state has no {quoted(header)}; leave out this column", key=())
                    found[i] = row[header]
                    continue
                factor = 1.0 / _bias(case, point.name) if header == CONDUCTANCE else 1.0
                found[i], of_point = self._goal(simulation, goal, state, case, gradient)
                found[i] *= factor
                if slopes is not None:
                    slopes[i] = factor * of_point
        found = self.comm.bcast(found, root=0)
        return Prediction(found, self.comm.bcast(slopes, root=0))

    def _needs_row(self, k: int, case: Case) -> bool:
        return any(_goal(self.wanted[i].header, case) is None for i in self._of_point[k])

    def _row(self, simulation: Simulation, state: Evaluation, case: Case) -> Mapping[str, float]:
        return simulation.observer.observe(state, case).row

    def _goal(
        self, simulation: Simulation, goal: Goal, state: Evaluation, case: Case, gradient: bool
    ) -> tuple[float, Array]:
        """A goal at a state, and its derivatives by the variables; nan where there are none. Collective."""
        if goal not in self._adjoints:
            self._adjoints[goal] = Adjoint(simulation.problem, simulation.continuation.newton.jacobian, goal)
        adjoint = self._adjoints[goal]
        slopes = np.full(len(self.parameters), np.nan)
        if not gradient and goal.kind == "current":
            return self._current(simulation, goal, state), slopes
        adjoint.solve(state)
        value = adjoint.goal.scale(state.parameters.scales) * adjoint.lagrangian(state)
        for k, free in enumerate(self.parameters if gradient else ()):
            if not self.differentiable[k]:
                continue
            at = build.value_of(case, free.key)

            def beside(t: float, key: str = free.key, at: float = at) -> Case:
                return case.with_value(key, at + t)

            slope = difference(adjoint, state, case, beside, min(step_from(at, free.unit), 0.1 * abs(at) or 1.0))
            slopes[k] = slope * free.slope(at)
        return value, slopes

    def _current(self, simulation: Simulation, goal: Goal, state: Evaluation) -> float:
        """A current of the state itself. Collective."""
        problem = simulation.problem
        rates = state.rates[problem.ports.index(goal.port)]
        valences = np.array(problem.valences, dtype=float)
        counted = (
            valences if goal.species is None else np.where(np.arange(len(valences)) == goal.species, valences, 0.0)
        )
        return float(counted @ rates) * state.parameters.scales.current

    # ------------------------------------------------------------------ states and meshes
    def _reached(self, simulation: Simulation, k: int, point: Point[Case]) -> Evaluation:
        """The state of a point, from its own one at the parameters before. Collective.

        Raises:
            ConvergenceError: on all ranks.
        """
        continuation, known = simulation.continuation, self._states.get(k)
        if known is None:
            self._states[k] = simulation.reach(point, TOLERANCE).state
            return self._states[k]
        continuation.start_from(known)
        parameters = build.parameters_of(simulation.problem, point.case)
        self._states[k] = continuation.reach(parameters, point.coordinate, point.name, TOLERANCE).state
        simulation.branch = None
        return self._states[k]

    def _prepared(self, cases: Sequence[Case]) -> Simulation:
        """The simulation for these cases, whose mesh has their sizes. Collective."""
        case = cases[0]
        simulation = self._simulation
        if simulation is not None and self._placed is not None and self._can_move(case):
            if case.geometry != self._geometry:
                self._move(simulation, case)
            return simulation
        self._drop()
        points = [replace(point, case=each) for point, each in zip(self.points, cases, strict=True)]
        simulation = Simulation.of(points[0], points, self.comm, self.clock)
        self._meshes[:] = [simulation.tagged.mesh]
        self._simulation = simulation
        self._placed, self._geometry = (case, simulation.problem.mesh.geometry.x.copy()), case.geometry
        return simulation

    def _can_move(self, case: Case) -> bool:
        """Whether the mesh at hand serves a case once it is moved."""
        assert self._placed is not None
        made = self._placed[0]
        if build.same_structure(made, case):
            return True
        if not build.differs_in_values_and_sizes(made, case):
            return False
        one, other = made.geometry, case.geometry
        if not (isinstance(one, ChannelGeometry) and isinstance(other, ChannelGeometry)):
            return False
        if one.particle is not None:
            return False
        return stretch(one.model_dump(mode="json"), other.model_dump(mode="json")) <= STRETCH

    def _move(self, simulation: Simulation, case: Case) -> None:
        """Give the mesh the sizes of a case. Collective."""
        assert self._placed is not None
        made, before = self._placed
        one, other = made.geometry, case.geometry
        assert isinstance(one, ChannelGeometry)
        assert isinstance(other, ChannelGeometry)
        problem = simulation.problem
        coordinates, unit = problem.mesh.geometry.x, problem.tagged.unit
        layouts = made.layout, case.layout
        z, r = carried(
            one, other, before[:, 0] * unit, before[:, 1] * unit, charge_jumps(made), face_jumps(made), layouts
        )
        coordinates[:, 0], coordinates[:, 1] = z / unit, r / unit
        if problem.flow is not None:
            problem.flow.solved.refactorise()
        simulation.continuation.newton.forget()
        self._geometry = other

    @property
    def moved(self) -> bool:
        """Whether the mesh was made for other sizes than it has."""
        return self._placed is not None and self._placed[0].geometry != self._geometry

    def renew(self) -> None:
        """Forget the mesh, so that the next evaluation makes one for its own sizes. Collective."""
        self._drop()

    def _drop(self) -> None:
        """Free the simulation. Collective."""
        self._simulation, self._placed = None, None
        self._states, self._adjoints = {}, {}
        release(self.comm, *self._meshes)
        self._meshes.clear()

    def close(self) -> None:
        """Free what is distributed. Collective."""
        self._drop()


def _bias(case: Case, place: str) -> float:
    """The bias by which a current is divided.

    Raises:
        CaseError: it is zero.
    """
    if abs(bias := bias_of(case)) >= NO_BIAS:
        return bias
    raise CaseError(f"there is no conductance without a bias ({place}); write a small one, e.g. 1 mV", key=())


def _goal(header: str, case: Case) -> Goal | None:
    """The goal that is a column; None for columns that are no goals."""
    name = split_header(header)[0]
    if any(terminal.exchange for terminal in case.terminals.values()):
        return None  # the current has a part by the laws of the exchange, which a goal does not know
    if case.driven_terminal in case.galvanostatic:
        return None
    of_ports = name.startswith(("current_", "flow_rate_")) and not name.endswith("_error")
    if header in (CURRENT, CONDUCTANCE, FLOW_RATE) or of_ports:
        goal = goal_of_column(name, case)
        return goal if goal.kind in ("current", "flow_rate") else None
    return None
