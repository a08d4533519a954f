"""A device with fields as the circuit sees it: potentials of its terminals in, currents and their slopes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from circuits.devices.followed import Followed
from circuits.solving.newton import CircuitFailure
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.inputs.errors import CaseError
from solver.linear.blocks import SingularMatrixError
from solver.linear.bordered import Open
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import mesh_for
from solver.studies.impedance.linearised import Linearised
from solver.studies.transient.stages import StageSolver
from solver.studies.transient.times import layer_time

SAME_POTENTIAL = 1e-5
"""Thermal voltages by which a port may differ from its node."""

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


class FieldDevice:
    """The fields of one case. Collective on the ranks of its communicator.

    Args:
        name: of the element.
        case: of the device; its ports have the potentials of the circuit, whatever the case says.
        ports: names of the terminals and electrodes that are connected, in the order of the element.
        comm: the ranks that hold its mesh.
        followed: terminal and species of each concentration that follows from a compartment. Their logarithms (of mol/m^3)
            stand behind the potentials of the ports, and the rates (mol/s) at which they enter behind the currents.
        expanding: terminals whose compartment has a volume that follows; the flow rates (m^3/s) into the device stand behind
            the rates, and the logarithms of the volumes, of which nothing depends, behind those of the concentrations.
    """

    def __init__(
        self,
        name: str,
        case: Case,
        ports: Sequence[str],
        comm: MPI.Comm,
        clock: Clock,
        followed: Sequence[tuple[str, str]] = (),
        expanding: Sequence[str] = (),
    ) -> None:
        self.name, self.case, self.comm = name, opened(case, ports), comm
        self.tagged, self.adaptation = mesh_for(case, plan(case), comm, clock)
        with clock("setup"):
            self.problem: Problem = build.make_problem(self.case, self.tagged, clock)
        if self.problem.split:
            text = "the device of a circuit is solved by factors; write 'solver: {linear: direct}' in its case"
            raise CaseError(text, key=("solver", "linear"), file=case.file)
        self.connected = [self.problem.ports.index(port) for port in ports]
        floating = list(self.problem.ports.floating)
        self.open: np.ndarray = np.array([floating.index(number) for number in self.connected])
        """Positions of the connected ports among those whose potential follows."""
        self._followed, self.followed_names = Followed(self.problem, self.case, followed), tuple(followed)
        self._expanding = [self.problem.ports.index(port) for port in expanding]
        self.problem.ports.outside = frozenset(self.connected)
        further = len(floating) + np.arange(len(followed))
        linear = build.linear_solver(self.case, self.problem)
        self.newton = Newton(self.problem, linear, [*map(int, self.open), *map(int, further)])
        self._settings = NewtonSettings(tolerance=1e-10, max_iterations=case.solver.max_iterations)
        self.base = build.parameters_of(self.problem, self.case)
        self.debye_time = layer_time(self.case, self.problem)
        self.report = NewtonReport()
        self.found = self._at_rest()
        self._rest = self.found.state.copy()
        amounts = self.found.amounts
        self.stages = StageSolver(self.problem, self.newton, self.report, amounts)
        self._condensed: Open | None = None
        self._step: np.ndarray = np.zeros(0)
        self._change: np.ndarray = np.zeros(len(ports))
        self._potentials: np.ndarray = np.zeros(len(ports))
        self.size, self._previous = 0.0, np.inf
        self._is_stale = False
        self._linearised: tuple[Evaluation, list[Linearised]] | None = None

    def _at_rest(self) -> Evaluation:
        """The device without any potential.

        Raises:
            ConvergenceError: on all ranks.
        """
        continuation = Continuation(self.problem, self.newton, self._settings)
        return continuation.reach(self.base.at_rest(), 0.0, f"device '{self.name}' at rest").state

    # ------------------------------------------------------------------ one instant
    @property
    def volt(self) -> float:
        """Thermal voltage, V."""
        return float(self.base.scales.potential)

    @property
    def _units(self) -> np.ndarray:
        """Of the unknowns that the circuit has: potentials, then logarithms of concentrations. Shape (o,)."""
        return np.concatenate([np.full(len(self.connected), self.volt), np.ones(self._followed.count)])

    @property
    def _units_of_rows(self) -> np.ndarray:
        """Of currents (A), then of rates (mol/s). Shape (o,)."""
        scales = self.base.scales
        currents = np.full(len(self.connected), scales.current)
        return np.concatenate([currents, np.full(self._followed.count, scales.molar_rate)])

    def begin(self, state: np.ndarray, potentials: np.ndarray, storage: Storage) -> None:
        """Begin to solve at potentials of the connected ports (V) and logarithms of concentrations, from a state with
        ghosts."""
        parameters = self._floated(state, potentials, storage)
        start = self.problem.boundary_values.impose(state, parameters)
        self.found = self.problem.evaluate(start, parameters, storage)
        self._previous, self._condensed, self._is_stale = np.inf, None, False

    def resume(self, state: np.ndarray, potentials: np.ndarray) -> None:
        """Hold a state with ghosts that was solved at some potentials, to the last bit."""
        self.found = self.problem.evaluate(state, self._floated(state, potentials, NO_STORAGE), NO_STORAGE)

    def _floated(self, state: np.ndarray, potentials: np.ndarray, storage: Storage) -> Parameters:
        """Parameters with potentials of the connected ports; other ports whose potential follows have that of the state."""
        self._potentials = potentials[: len(self._units)]
        return self.problem.floated(state, self.with_potentials(self.base, self._potentials), storage)

    def with_potentials(self, parameters: Parameters, potentials: np.ndarray) -> Parameters:
        """Parameters with potentials of the connected ports (V) and logarithms of concentrations."""
        keys = [self.problem.ports.all[number].key for number in self.connected]
        held = {key: float(value) for key, value in zip(keys, potentials, strict=False)}
        return self._followed.put(parameters.with_values(held), potentials[len(keys) :])

    @property
    def _is_fresh(self) -> bool:
        """Whether the factors are those of the state at hand."""
        return self.newton.usable and self.newton.jacobian.at is self.found

    def begin_at_rest(self, potentials: np.ndarray) -> None:
        """Begin to solve for a steady state at potentials of the connected ports (V), from the state without any."""
        self.newton.forget()
        self.begin(self._rest, potentials, NO_STORAGE)

    @property
    def currents(self) -> np.ndarray:
        """Current (A) into the device at the connected ports, that which charges them included, then the rates (mol/s) at
        which species enter whose concentrations follow, then flow rates (m^3/s) into volumes that follow. Shape (c,)."""
        found = self.found.excess[self.open], self.problem.floating.followed(self.found.rates)
        return np.concatenate([np.concatenate(found) * self._units_of_rows, self._flow_rates])

    @property
    def _flow_rates(self) -> np.ndarray:
        """Into the device where the compartment expands, m^3/s."""
        if not self._expanding:
            return np.zeros(0)
        return np.asarray(self.found.flow_rates[self._expanding] * self.found.parameters.scales.flow_rate)

    @property
    def port_currents(self) -> np.ndarray:
        """The currents alone. Shape (connected,)."""
        return self.currents[: len(self.connected)]

    def condense(self, *, fresh: bool) -> tuple[np.ndarray, np.ndarray]:
        """Currents (A) after the device's own step, and their derivatives by the potentials, S. Shapes (c,) and (c, c).

        Raises:
            CircuitFailure: on all ranks of the device.
        """
        if (fresh or self._is_stale or not self.newton.usable) and not self._is_fresh:
            try:
                self.newton.factorise(self.found)
            except SingularMatrixError:
                self.newton.forget()
                raise CircuitFailure(f"the Jacobian of device '{self.name}' is singular") from None
        self._is_stale = False
        self._condensed = self.newton.jacobian.condensed_direction(self.found)
        return self._in_si(self._condensed)

    def _in_si(self, condensed: Open) -> tuple[np.ndarray, np.ndarray]:
        """Rest and matrix of a condensed system. Flow rates are those before the step: they follow it by one iteration."""
        rows, further = self._units_of_rows, len(self._expanding)
        schur = np.pad(condensed.schur * rows[:, None] / self._units, ((0, further), (0, further)))
        return np.concatenate([condensed.rest * rows, self._flow_rates]), schur

    def propose(self, change: np.ndarray) -> bool:
        """Complete the step by changes of the potentials (new = old - change, V); whether the factors at hand serve."""
        self._change, self._step = change[: len(self._units)], self.completed(change)
        self.size = self.problem.unknowns.largest(self._step[: self.problem.unknowns.owned])
        self._is_stale = not self._is_fresh and self.size > GOOD_CONTRACTION * min(self._previous, CAP)
        return not self._is_stale

    def apply(self, part: float) -> None:
        """Take a part of the completed step."""
        problem, found = self.problem, self.found
        self._potentials = self._potentials - part * self._change
        parameters = self.with_potentials(found.parameters, self._potentials)
        state = problem.unknowns.minus(found.state, part * self._step[: problem.unknowns.owned])
        self._followed.move(state, found.parameters, parameters)
        self.found = problem.evaluate(state, parameters, found.storage)
        self._previous = self.size

    def loss(self) -> float:
        """Loss of a state, over what is allowed: at least that of a current which a thermal voltage drives."""
        assert self._condensed is not None
        return self.stages.loss(self.found, float(np.abs(self._condensed.schur).max(initial=0.0)))

    def check(self, potentials: np.ndarray) -> None:
        """Refuse a solution in which the electrolyte or a wall has not solved equations of its own, or whose ports have other
        potentials than the circuit (V).

        Raises:
            NewtonFailure: on all ranks of the device.
        """
        self.newton.check(self.found)
        apart = (np.array(self.potentials_of(self.found)) - potentials[: len(self._units)]) / self._units
        if not np.abs(apart).max(initial=0.0) <= SAME_POTENTIAL:
            raise NewtonFailure(f"the ports of device '{self.name}' have other potentials than their nodes")

    def condense_defect(self, defect: np.ndarray, of_ports: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a right side of the linearised equations is to the circuit, with the factors at hand: currents (A) and rates
        (mol/s), and their derivatives. Shapes (c,) and (c, c).

        defect: of the unknowns; owned entries. of_ports: of the ports whose potential follows.
        """
        self._condensed = self.newton.jacobian.condensed(defect, None, None, of_ports)
        rest, schur = self._in_si(self._condensed)
        rest[len(self._units) :] = 0.0  # flow rates are no states
        return rest, schur

    def largest(self, change: np.ndarray) -> float:
        """Largest change of an unknown (thermal voltages) that belongs to one of the potentials, V."""
        return float(self.problem.unknowns.largest(self.completed(change)[: self.problem.unknowns.owned]))

    def completed(self, change: np.ndarray) -> np.ndarray:
        """The step of the unknowns that belongs to a change of the potentials, V."""
        assert self._condensed is not None
        return self._condensed.found - (change[: len(self._units)] / self._units) @ self._condensed.responses

    def slopes(self) -> np.ndarray:
        """Derivatives of the currents by the potentials (S) with the factors at hand. Shape (c, c)."""
        if not self.newton.usable:
            self.newton.factorise(self.found)
        zeros = np.zeros(self.problem.unknowns.owned)
        return self._in_si(self.newton.jacobian.condensed(zeros))[1]

    def admittance(self, frequency: float) -> np.ndarray:
        """Complex derivatives of the currents by the potentials of the connected ports at a steady state, S. Shape (c, c).

        frequency: Hz; 0 is the limit of slow changes.

        Raises:
            SingularMatrixError: on all ranks of the device.
        """
        if self._linearised is None or self._linearised[0] is not self.found:
            ports = self.connected
            self._linearised = self.found, [Linearised(self.problem, self.found, k, ports) for k in ports]
        responses = [each.response(frequency).total for each in self._linearised[1]]
        return np.array([response[self.connected] for response in responses]).T

    def potentials_of(self, found: Evaluation) -> list[float]:
        """Those of the connected ports (V), then the logarithms of concentrations that follow."""
        potentials = [float(found.parameters[self.problem.ports.all[number].key]) for number in self.connected]
        return potentials + self._followed.read(found.parameters)

    def keep(self) -> None:
        """Keep the state at hand."""
        self._kept = self.found, self._potentials

    def restore(self) -> None:
        """Go back to the state that was kept last."""
        self.found, self._potentials = self._kept
        self.newton.forget()
