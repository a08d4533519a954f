"""A device with fields as the circuit sees it: potentials of its terminals in, currents and their slopes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mpi4py import MPI

from circuits.devices.followed import Followed
from circuits.solving.guesses import guessed
from circuits.solving.newton import CircuitFailure
from solver.case.case import Case
from solver.case.studies.points import plan
from solver.case.studies.transient import Transient
from solver.discretization import build
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.linear.blocks import SingularMatrixError
from solver.linear.bordered import Open
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonFailure, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.simulation.simulation import mesh_for
from solver.studies.impedance.linearised import Linearised
from solver.studies.transient.instant import Instant, first_instant
from solver.studies.transient.stages import Stages, StageSolver
from solver.studies.transient.stepper import KNOWN_STATES
from solver.studies.transient.tableau import DIAGONAL
from solver.studies.transient.times import layer_time

NUMBERS = "displacement", "rates", "passed"
"""Numbers of an instant that a checkpoint keeps as they are."""

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
        self._connected = [self.problem.ports.index(port) for port in ports]
        floating = list(self.problem.ports.floating)
        self.open: np.ndarray = np.array([floating.index(number) for number in self._connected])
        """Positions of the connected ports among those whose potential follows."""
        self._followed, self.followed_names = Followed(self.problem, self.case, followed), tuple(followed)
        self._expanding = [self.problem.ports.index(port) for port in expanding]
        self.problem.ports.outside = frozenset(self._connected)
        further = len(floating) + np.arange(len(followed))
        self.newton = Newton(self.problem, build.linear_solver(case, clock), [*map(int, self.open), *map(int, further)])
        self._settings = NewtonSettings(tolerance=1e-10, max_iterations=case.solver.max_iterations)
        self._base = build.parameters_of(self.problem, self.case)
        self.debye_time = layer_time(self.case, self.problem)
        self.report = NewtonReport()
        self.found = self._at_rest()
        self._rest = self.found.state.copy()
        amounts = self.found.amounts
        self._stages = StageSolver(self.problem, self.newton, self.report, amounts)
        self._condensed: Open | None = None
        self._step: np.ndarray = np.zeros(0)
        self._change: np.ndarray = np.zeros(len(ports))
        self._potentials: np.ndarray = np.zeros(len(ports))
        self.size, self._previous = 0.0, np.inf
        self._is_stale = False
        self._linearised: tuple[Evaluation, list[Linearised]] | None = None
        self.settle(0.0)

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

    @property
    def _units(self) -> np.ndarray:
        """Of the unknowns that the circuit has: potentials, then logarithms of concentrations. Shape (o,)."""
        return np.concatenate([np.full(len(self._connected), self.volt), np.ones(self._followed.count)])

    @property
    def _units_of_rows(self) -> np.ndarray:
        """Of currents (A), then of rates (mol/s). Shape (o,)."""
        scales = self._base.scales
        currents = np.full(len(self._connected), scales.current)
        return np.concatenate([currents, np.full(self._followed.count, scales.molar_rate)])

    def begin(self, state: np.ndarray, potentials: np.ndarray, storage: Storage) -> None:
        """Begin to solve at potentials of the connected ports (V) and logarithms of concentrations, from a state with
        ghosts."""
        self._potentials = potentials[: len(self._units)]
        # other ports whose potential follows have that of the state
        parameters = self.problem.floated(state, self._at(self._base, self._potentials), storage)
        start = self.problem.boundary_values.impose(state, parameters)
        self.found = self.problem.evaluate(start, parameters, storage)
        self._previous, self._condensed, self._is_stale = np.inf, None, False

    def _at(self, parameters: Parameters, potentials: np.ndarray) -> Parameters:
        """Parameters with potentials of the connected ports (V) and logarithms of concentrations."""
        keys = [self.problem.ports.all[number].key for number in self._connected]
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
        return self.currents[: len(self._connected)]

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
        assert self._condensed is not None
        self._change = change[: len(self._units)]
        self._step = self._condensed.found - (self._change / self._units) @ self._condensed.responses
        self.size = self.problem.unknowns.largest(self._step[: self.problem.unknowns.owned])
        self._is_stale = not self._is_fresh and self.size > GOOD_CONTRACTION * min(self._previous, CAP)
        return not self._is_stale

    def apply(self, part: float) -> None:
        """Take a part of the completed step."""
        problem, found = self.problem, self.found
        self._potentials = self._potentials - part * self._change
        parameters = self._at(found.parameters, self._potentials)
        state = problem.unknowns.minus(found.state, part * self._step[: problem.unknowns.owned])
        self._followed.move(state, found.parameters, parameters)
        self.found = problem.evaluate(state, parameters, found.storage)
        self._previous = self.size

    def loss(self) -> float:
        """Loss of a state, over what is allowed: at least that of a current which a thermal voltage drives."""
        assert self._condensed is not None
        return self._stages.loss(self.found, float(np.abs(self._condensed.schur).max(initial=0.0)))

    def check(self, potentials: np.ndarray) -> None:
        """Refuse a solution in which the electrolyte or a wall has not solved equations of its own, or whose ports have other
        potentials than the circuit (V).

        Raises:
            NewtonFailure: on all ranks of the device.
        """
        self.newton.check(self.found)
        apart = (np.array(self._potentials_of(self.found)) - potentials[: len(self._units)]) / self._units
        if not np.abs(apart).max(initial=0.0) <= SAME_POTENTIAL:
            raise NewtonFailure(f"the ports of device '{self.name}' have other potentials than their nodes")

    # ------------------------------------------------------------------ in time
    def settle(self, time: float) -> None:
        """Take the steady state at hand for the first accepted one in time."""
        self.now = first_instant(self.problem, self.found, time)
        self.found = self.now.found
        self._first_amounts = self.found.amounts
        self._past = [(time, self.found.state)]
        self._first_charges = self.now.charge

    @property
    def charges_passed(self) -> np.ndarray:
        """Charge (C) that has entered at the connected ports since the start, displacement included. Shape (c,)."""
        now, problem = self.now, self.problem
        coupling = now.found.parameters.scales.charge_coupling
        found = now.charge - self._first_charges + coupling * (now.passed @ np.array(problem.valences))
        return np.asarray(found[self._connected] * now.found.parameters.scales.electric_flux)

    def charges_by_port(self) -> dict[str, float]:
        """The same by the names of the connected ports."""
        names = [self.problem.ports.all[number].name for number in self._connected]
        charges = self.charges_passed
        return {name: float(charges[k]) for k, name in enumerate(names)}

    @property
    def amounts_passed(self) -> dict[str, dict[str, float]]:
        """Amounts (mol) that have entered since the start, by connected terminal and species."""
        problem, amount = self.problem, self.now.found.parameters.scales.amount
        # of species that follow by equilibria the totals of components count
        species = [(i, name) for i, name in enumerate(self.case.electrolyte.species) if i not in problem.followers]
        return {
            problem.ports.all[k].name: {name: float(self.now.passed[k, i] * amount) for i, name in species}
            for k in self._connected
            if problem.ports.all[k].passes_ions
        }

    def lost(self) -> dict[str, float]:
        """Amount (mol) of each species that has entered the device since the beginning and is not in it."""
        passed = self.now.passed.sum(axis=0) - (self.now.found.amounts - self._first_amounts)
        amounts = passed * self._base.scales.amount
        return dict(zip(self._base.slots.species, amounts.tolist(), strict=True))

    def begin_step(self, step: float) -> None:
        """Begin a step in time, s."""
        self._h = step / self.problem.scales.time
        self._run = Stages(self.now, self._h)
        self._known = list(self._past)

    def begin_stage(self, time: float, potentials: np.ndarray) -> None:
        """Begin the next stage at a time (s) with guessed potentials of the connected ports, V."""
        rate, content, charges = self._run.next()
        guess = self._stages.trusted(guessed(self._known, time), self._known[-1][1])
        self._time = time
        self.begin(guess, potentials, Storage(rate, -rate * content, -rate * charges))

    def end_stage(self) -> None:
        """Keep the state of a stage that is solved."""
        self._run.add(self.found, 0.0)
        self._known.append((self._time, self.found.state))

    def defect(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much two methods differ in this step, as currents (A) at the connected ports, and the derivatives."""
        problem, scales = self.problem, self.found.parameters.scales
        own = self._h * DIAGONAL
        right = self._run.defect / own
        right[problem.boundary_values.owned_entries] = 0.0
        of_ports = self._run.charge_defect[list(problem.ports.floating)] / (own * scales.charge_coupling)
        self._condensed = self.newton.jacobian.condensed(right, None, None, of_ports)
        rest, schur = self._in_si(self._condensed)
        rest[len(self._units) :] = 0.0  # flow rates are no states
        return rest, schur

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
            ports = self._connected
            self._linearised = self.found, [Linearised(self.problem, self.found, k, ports) for k in ports]
        responses = [each.response(frequency).total for each in self._linearised[1]]
        return np.array([response[self._connected] for response in responses]).T

    def error(self, change: np.ndarray) -> float:
        """Largest error of the step in an unknown, thermal voltages, for that of the potentials, V."""
        assert self._condensed is not None
        found = self._condensed.found - (change[: len(self._units)] / self._units) @ self._condensed.responses
        return float(self.problem.unknowns.largest(found[: self.problem.unknowns.owned]))

    def accept(self, time: float) -> None:
        """Take the state of the step for the last accepted one."""
        now, run = self.now, self._run
        self._take(time, run.slopes[-1], run.displacements[-1], now.passed + run.passed)
        self._past = [*self._past, (time, self.found.state)][-KNOWN_STATES:]

    def _take(self, time: float, slope: np.ndarray, displacement: np.ndarray, passed: np.ndarray) -> None:
        found = self.found
        self.now = replace(
            self.now, time=time, found=found, slope=slope, displacement=displacement, rates=found.rates, passed=passed
        )

    @property
    def accepted(self) -> tuple[Instant, list[tuple[float, np.ndarray]]]:
        """The last accepted state, and those before from which the next are guessed."""
        return self.now, self._past

    def go_back(self, accepted: tuple[Instant, list[tuple[float, np.ndarray]]]) -> None:
        """Take an earlier state for the last accepted one again."""
        self.now, self._past = accepted
        self.found = self.now.found
        self.newton.forget()

    def jump(self, step: float, potentials: np.ndarray) -> None:
        """Begin one implicit step of a duration (s) at an instant."""
        now = self.now
        self._h = step / self.problem.scales.time
        rate = 1.0 / self._h
        self.newton.forget()
        self.begin(now.found.state, potentials, Storage(rate, -rate * now.found.content, -rate * now.charge))

    def land(self, time: float, *, rests: bool) -> None:
        """Take the state after such a step for the last accepted one.

        rests: whether nothing has jumped in the step, so that the rates of change in it go on.
        """
        found, now = self.found, self.now
        slope = (found.content - now.found.content) / self._h
        displacement = (found.charges - now.charge) / self._h
        if not rests:
            slope[self.problem.boundary_values.owned_species] = 0.0
            displacement = np.zeros_like(displacement)
        self._take(time, slope, displacement, now.passed + self._h * found.rates)
        self._past = [(time, found.state)]
        self.newton.forget()

    # ------------------------------------------------------------------ interruptions
    def place(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Numbers and arrays (ghosts included) from which the device goes on with the same steps."""
        now, newton = self.now, self.newton
        numbers: dict[str, Any] = {name: getattr(now, name).tolist() for name in NUMBERS}
        numbers["first_amounts"] = self._first_amounts.tolist()
        numbers["first_charges"] = self._first_charges.tolist()
        numbers["past"] = [time for time, _ in self._past]
        numbers["potentials"] = self._potentials_of(now.found)
        arrays = {"state": now.found.state, "slope": self._with_ghosts(now.slope)}
        arrays |= {f"past_{k}": state for k, (_, state) in enumerate(self._past)}
        factorised = newton.jacobian.at if newton.usable else None
        numbers["factorised"] = None if factorised is None else factorised.storage.rate
        if factorised is not None:
            arrays["factorised"] = factorised.state
            numbers["factorised_potentials"] = self._potentials_of(factorised)
        return numbers, arrays

    def _potentials_of(self, found: Evaluation) -> list[float]:
        """Those of the connected ports (V), then the logarithms of concentrations that follow."""
        potentials = [float(found.parameters[self.problem.ports.all[number].key]) for number in self._connected]
        return potentials + self._followed.read(found.parameters)

    def _with_ghosts(self, owned: np.ndarray) -> np.ndarray:
        found = np.zeros_like(self.now.found.state)
        found[: len(owned)] = owned
        return found

    def resume(self, time: float, numbers: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from a `place` at a time, s."""
        problem, owned = self.problem, self.problem.unknowns.owned
        self.begin(arrays["state"], np.array(numbers["potentials"]), NO_STORAGE)
        self._first_amounts = np.array(numbers["first_amounts"])
        fixed: dict[str, Any] = {name: np.array(numbers[name]) for name in NUMBERS}
        self.now = replace(self.now, time=time, found=self.found, slope=arrays["slope"][:owned].copy(), **fixed)
        self._first_charges = np.array(numbers["first_charges"])
        self._past = [(before, arrays[f"past_{k}"]) for k, before in enumerate(numbers["past"])]
        if numbers["factorised"] is not None:
            at = Storage(numbers["factorised"], charges=np.zeros_like(self.now.displacement))
            parameters = self._at(self._base, np.array(numbers["factorised_potentials"]))
            self.newton.factorise(problem.evaluate(arrays["factorised"], parameters, at))

    def keep(self) -> None:
        """Keep the state at hand."""
        self._kept = self.found, self._potentials

    def restore(self) -> None:
        """Go back to the state that was kept last."""
        self.found, self._potentials = self._kept
        self.newton.forget()
