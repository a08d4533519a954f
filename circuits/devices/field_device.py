"""A device with fields as the circuit sees it: potentials of its terminals in, currents and their slopes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from circuits.solving.newton import CircuitFailure
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.discretization.evaluation import Evaluation, Storage
from solver.discretization.problem import Problem
from solver.linear.blocks import SingularMatrixError
from solver.linear.bordered import Open
from solver.nonlinear.continuation import Continuation, extrapolated
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import mesh_for
from solver.studies.transient.stages import StageSolver
from solver.studies.transient.stepper import KNOWN_STATES, weighted
from solver.studies.transient.tableau import DIAGONAL, EMBEDDED, STAGES
from solver.studies.transient.times import layer_time

GOOD_CONTRACTION = 0.2
"""Factors at hand serve while the updates shrink by this."""

CAP = 4.0
"""Thermal voltages: factors made for a longer step are not used again."""


def opened(case: Case, ports: Sequence[str]) -> Case:
    """The case whose ports have no potential of their own, for a run in time. Not validated."""
    terminals, walls = dict(case.terminals), dict(case.walls)
    for port in ports:
        if port in terminals:
            terminals[port] = terminals[port].model_copy(update={"current": 0.0})
        else:
            walls[port] = walls[port].model_copy(update={"current": 0.0, "potential": None})
    study = Transient.model_validate({"type": "transient", "protocol": [{"type": "hold", "duration": 1.0}]})
    outputs = case.outputs.model_copy(update={"errors": "none", "sensitivities": ()})
    return case.model_copy(update={"terminals": terminals, "walls": walls, "study": study, "outputs": outputs})


@dataclass(frozen=True)
class Accepted:
    """An accepted state of a device.

    Attributes:
        time: s.
        found: the state.
        slope: rate of change of its contents; owned entries.
        displacement: of the field's flux into each port. Shape (ports,).
        passed: amount of each species that has entered at each port, dimensionless. Shape (ports, species).
    """

    time: float
    found: Evaluation
    slope: np.ndarray
    displacement: np.ndarray
    passed: np.ndarray


class FieldDevice:
    """The fields of one case. Collective on the ranks of its communicator.

    Args:
        name: of the element.
        case: of the device; its ports have the potentials of the circuit, whatever the case says.
        ports: names of the terminals and electrodes that are connected, in the order of the element.
        comm: the ranks that hold its mesh.
    """

    def __init__(self, name: str, case: Case, ports: Sequence[str], comm: MPI.Comm, clock: Clock) -> None:
        self.name, self.case, self.comm = name, opened(case, ports), comm
        self.tagged, self.adaptation = mesh_for(case, plan(case), comm, clock)
        with clock("setup"):
            self.problem: Problem = build.make_problem(self.case, self.tagged, clock)
        self._connected = [self.problem.ports.index(port) for port in ports]
        floating = list(self.problem.ports.floating)
        self.open = np.array([floating.index(number) for number in self._connected])
        """Positions of the connected ports among those whose potential follows."""
        self.newton = Newton(self.problem, build.linear_solver(case, clock), self.open)
        self._settings = NewtonSettings(tolerance=1e-10, max_iterations=case.solver.max_iterations)
        self._base = build.parameters_of(self.problem, self.case)
        self.debye_time = layer_time(self.case, self.problem)
        self.report = NewtonReport()
        self.found = self._at_rest()
        amounts = self.found.amounts
        self._stages = StageSolver(self.problem, self.newton, self.report, amounts)
        self._condensed: Open | None = None
        self._step = np.zeros(0)
        self.size, self._previous = 0.0, np.inf
        self._is_fresh = self._is_stale = False
        zeros = np.zeros(len(self.problem.ports.all))
        by_species = np.zeros((len(zeros), len(self.problem.valences)))
        self.now = Accepted(0.0, self.found, np.zeros(self.problem.unknowns.owned), zeros, by_species)
        self._past: list[tuple[float, np.ndarray]] = []

    def _at_rest(self) -> Evaluation:
        """The device without any potential.

        Raises:
            ConvergenceError: on all ranks.
        """
        continuation = Continuation(self.problem, self.newton, self._settings)
        return continuation.reach(self._base.at_rest(), 0.0, f"device '{self.name}' at rest").state

    # ------------------------------------------------------------------ one instant
    @property
    def volt(self) -> float:
        """Thermal voltage, V."""
        return float(self._base.scales.potential)

    def begin(self, state: np.ndarray, potentials: np.ndarray, storage: Storage) -> None:
        """Begin to solve at potentials of the connected ports (V), from a state with ghosts."""
        keys = [self.problem.ports.all[number].key for number in self._connected]
        parameters = self._base.with_values(dict(zip(keys, potentials.tolist(), strict=True)))
        start = self.problem.boundary_values.impose(state, parameters)
        self.found = self.problem.evaluate(start, parameters, storage)
        self._previous, self._condensed, self._is_stale = np.inf, None, False

    @property
    def currents(self) -> np.ndarray:
        """Current (A) into the device at the connected ports, that which charges them included. Shape (connected,)."""
        return self.found.excess[self.open] * self.found.parameters.scales.current

    def condense(self, *, fresh: bool) -> tuple[np.ndarray, np.ndarray]:
        """Currents (A) after the device's own step, and their derivatives by the potentials, S. Shapes (c,) and (c, c).

        Raises:
            CircuitFailure: on all ranks of the device.
        """
        if fresh or self._is_stale or not self.newton.usable:
            try:
                self.newton.factorise(self.found)
            except SingularMatrixError:
                self.newton.forget()
                raise CircuitFailure(f"the Jacobian of device '{self.name}' is singular") from None
            self._is_fresh, self._is_stale = True, False
        else:
            self._is_fresh = False
        self._condensed = self.newton.jacobian.condensed_direction(self.found)
        scales = self.found.parameters.scales
        return self._condensed.rest * scales.current, self._condensed.schur * scales.current / scales.potential

    def propose(self, change: np.ndarray) -> bool:
        """Complete the step by changes of the potentials (new = old - change, V); whether the factors at hand serve."""
        assert self._condensed is not None
        self._step = self._condensed.found - (change / self.volt) @ self._condensed.responses
        self.size = self.problem.unknowns.largest(self._step[: self.problem.unknowns.owned])
        self._is_stale = not self._is_fresh and self.size > GOOD_CONTRACTION * min(self._previous, CAP)
        return not self._is_stale

    def apply(self, part: float) -> None:
        """Take a part of the completed step."""
        owned = self.problem.unknowns.owned
        step = Step(self._step[:owned], self._step[owned:], self.size)
        self.found = self.newton.stepped(self.found, step, part)
        self._previous = self.size

    def loss(self) -> float:
        """Loss of a state, over what is allowed."""
        found = self.found
        given = {
            f"{self.problem.ports.all[number].key.rpartition('.')[0]}.current": float(current)
            for number, current in zip(self._connected, self.currents, strict=True)
        }
        # what passes the connected ports is what the circuit wants to pass
        passing = replace(found, parameters=found.parameters.with_values(given))
        return self._stages.loss(passing)

    # ------------------------------------------------------------------ in time
    def settle(self, time: float) -> None:
        """Take the steady state at hand for the first accepted one in time."""
        problem = self.problem
        self.found = found = problem.evaluate(self.found.state, self.found.parameters)
        slope = -found.unbalanced
        problem.unknowns.potential(slope)[:] = 0.0
        problem.unknowns.electrochemical(slope)[:, list(problem.equilibria.dependences.numbers)] = 0.0
        self.now = Accepted(time, found, slope, np.zeros_like(found.charges), np.zeros_like(found.rates))
        self._past = [(time, found.state)]

    def begin_step(self, step: float) -> None:
        """Begin a step in time, s."""
        now = self.now
        self._h = step / self.problem.scales.time
        self._slopes, self._displacements, self._rates = [now.slope], [now.displacement], [now.found.rates]
        self._known = list(self._past)

    def begin_stage(self, number: int, time: float, potentials: np.ndarray) -> None:
        """Begin a stage, counted from 1, at a time (s) with guessed potentials of the connected ports, V."""
        row = STAGES[number]
        known = [self._h * a for a in row[:-1]]
        self._content = self.now.found.content + weighted(known, self._slopes)
        self._charges = self.now.found.charges + weighted(known, self._displacements)
        self._rate, self._time = 1.0 / (self._h * row[-1]), time
        guess = self._stages.trusted(extrapolated(self._known[-KNOWN_STATES:], time), self._known[-1][1])
        self.begin(guess, potentials, Storage(self._rate, -self._rate * self._content, -self._rate * self._charges))

    def end_stage(self) -> None:
        """Keep the state of a stage that is solved."""
        self._slopes.append((self.found.content - self._content) * self._rate)
        self._displacements.append((self.found.charges - self._charges) * self._rate)
        self._rates.append(self.found.rates)
        self._known.append((self._time, self.found.state))

    def defect(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much two methods differ in this step, as currents (A) at the connected ports, and the derivatives."""
        problem, scales = self.problem, self.found.parameters.scales
        weights = [(b - e) / DIAGONAL for b, e in zip(STAGES[-1], EMBEDDED, strict=True)]
        right = weighted(weights, self._slopes)
        right[problem.boundary_values.owned_entries] = 0.0
        floating = list(problem.ports.floating)
        of_ports = weighted(weights, self._displacements)[floating] / scales.charge_coupling
        self._condensed = self.newton.jacobian.condensed(right, None, None, of_ports)
        return self._condensed.rest * scales.current, self._condensed.schur * scales.current / scales.potential

    def slopes(self) -> np.ndarray:
        """Derivatives of the currents by the potentials (S) with the factors at hand. Shape (c, c)."""
        if not self.newton.usable:
            self.newton.factorise(self.found)
        scales = self.found.parameters.scales
        zeros = np.zeros(self.problem.unknowns.owned)
        return self.newton.jacobian.condensed(zeros).schur * scales.current / scales.potential

    def error(self, change: np.ndarray) -> float:
        """Largest error of the step in an unknown, thermal voltages, for that of the potentials, V."""
        assert self._condensed is not None
        found = self._condensed.found - (change / self.volt) @ self._condensed.responses
        return float(self.problem.unknowns.largest(found[: self.problem.unknowns.owned]))

    def accept(self, time: float) -> None:
        """Take the state of the step for the last accepted one."""
        moved = weighted([self._h * b for b in STAGES[-1]], self._rates)
        passed = self.now.passed + moved
        self.now = Accepted(time, self.found, self._slopes[-1], self._displacements[-1], passed)
        self._past = [*self._past, (time, self.found.state)][-KNOWN_STATES:]

    def jump(self, step: float, potentials: np.ndarray) -> None:
        """Begin one implicit step of a duration (s) at an instant."""
        now = self.now
        self._h = step / self.problem.scales.time
        rate = 1.0 / self._h
        self.newton.forget()
        self.begin(now.found.state, potentials, Storage(rate, -rate * now.found.content, -rate * now.found.charges))

    def land(self, time: float) -> None:
        """Take the state after such a step for the last accepted one."""
        found, problem = self.found, self.problem
        slope = (found.content - self.now.found.content) / self._h
        slope[problem.ports.species_entries()] = 0.0  # at the terminals the jump itself is no rate
        passed = self.now.passed + self._h * found.rates
        self.now = Accepted(time, found, slope, np.zeros_like(found.charges), passed)
        self._past = [(time, found.state)]
        self.newton.forget()

    def keep(self) -> None:
        """Keep the state at hand."""
        self._kept = self.found

    def restore(self) -> None:
        """Go back to the state that was kept last."""
        self.found = self._kept
        self.newton.forget()
