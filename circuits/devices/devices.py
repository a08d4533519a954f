"""All devices of a circuit that have fields, each on its own ranks; a `circuits.solving.stepper.Stages`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from circuits.devices.field_device import FieldDevice
from circuits.devices.in_time import DeviceInTime
from circuits.network.equations import Network
from circuits.solving.newton import CircuitFailure
from solver.discretization.evaluation import NO_STORAGE, Evaluation
from solver.linear.blocks import SingularMatrixError
from solver.nonlinear.newton import NewtonFailure
from solver.results.rows import ResultError
from solver.simulation.checkpoint import read_arrays, write_arrays


class FieldDevices:
    """The devices of one circuit. Collective on all ranks of the circuit; a rank holds those devices whose mesh it shares.

    Args:
        network: of the circuit.
        in_time: devices of this rank.
        comm: all ranks of the circuit.
    """

    def __init__(self, network: Network, in_time: Sequence[DeviceInTime], comm: MPI.Comm) -> None:
        self._network, self.in_time, self._comm = network, list(in_time), comm
        self.devices: list[FieldDevice] = [each.device for each in in_time]
        self._places = {device.name: network.places[device.name] for device in self.devices}

    # ------------------------------------------------------------------ over all ranks
    def _potentials(self, device: FieldDevice, unknowns: np.ndarray) -> np.ndarray:
        return np.append(unknowns, 0.0)[self._places[device.name]]

    def _vector(self, found: Mapping[str, np.ndarray]) -> np.ndarray:
        total = np.zeros(self._network.size + 1)
        for device in self.devices:
            if device.comm.rank == 0:
                values = found[device.name]  # of its first places
                np.add.at(total, self._places[device.name][: len(values)], values)
        return self._network.compartments.neutral(np.asarray(self._comm.allreduce(total, op=MPI.SUM))[:-1])

    def _matrix(self, found: Mapping[str, np.ndarray]) -> np.ndarray:
        size = self._network.size + 1
        total = np.zeros((size, size))
        for device in self.devices:
            if device.comm.rank == 0:
                places = self._places[device.name]
                np.add.at(total, (places[:, None], places[None, :]), found[device.name])
        return self._network.compartments.neutral(np.asarray(self._comm.allreduce(total, op=MPI.SUM))[:-1, :-1])

    def _largest(self, values: Sequence[float]) -> float:
        return float(self._comm.allreduce(max(values, default=-np.inf), op=MPI.MAX))

    def _on_all(self, work: Callable[[], None], error: type[Exception]) -> None:
        """Do something with the devices of this rank; a failure of one is an error on all ranks."""
        text = ""
        try:
            work()
        except (error, NewtonFailure, SingularMatrixError) as failure:
            text = str(failure) or type(failure).__name__
        text = max(self._comm.allgather(text))
        if text:
            raise error(text)

    @property
    def volt(self) -> float:
        """Thermal voltage of the coldest device, V."""
        return -self._largest([-device.volt for device in self.devices])

    # ------------------------------------------------------------------ one instant
    @property
    def size(self) -> float:
        return self._largest([device.size for device in self.devices])

    def factorisations(self) -> int:
        """Of all devices so far."""
        own = sum(device.newton.factorisations for device in self.devices if device.comm.rank == 0)
        return int(self._comm.allreduce(own, op=MPI.SUM))

    def begin(self, unknowns: np.ndarray) -> None:
        """Begin to solve for a steady state at some unknowns of the network, from the states at hand."""
        for device in self.devices:
            device.begin(device.found.state, self._potentials(device, unknowns), NO_STORAGE)

    def begin_at_rest(self, unknowns: np.ndarray) -> None:
        """Begin to solve for a steady state at some unknowns of the network, from devices without any potential."""
        for device in self.devices:
            device.begin_at_rest(self._potentials(device, unknowns))

    def currents(self) -> np.ndarray:
        return self._vector({device.name: device.currents for device in self.devices})

    def condensed(self, *, fresh: bool) -> tuple[np.ndarray, np.ndarray]:
        currents, slopes = {}, {}

        def condense() -> None:
            for device in self.devices:
                currents[device.name], slopes[device.name] = device.condense(fresh=fresh)

        self._on_all(condense, CircuitFailure)
        return self._vector(currents), self._matrix(slopes)

    def propose(self, change: np.ndarray) -> bool:
        serve = [device.propose(self._potentials(device, change)) for device in self.devices]
        return bool(self._comm.allreduce(all(serve), op=MPI.LAND))

    def apply(self, part: float) -> None:
        for device in self.devices:
            device.apply(part)

    def loss(self) -> float:
        return self._largest([device.loss() for device in self.devices])

    def check(self, unknowns: np.ndarray) -> None:
        def checked() -> None:
            for device in self.devices:
                device.check(self._potentials(device, unknowns))

        self._on_all(checked, CircuitFailure)

    def keep(self) -> None:
        for device in self.devices:
            device.keep()

    def restore(self) -> None:
        for device in self.devices:
            device.restore()

    def port_currents(self) -> dict[str, np.ndarray]:
        """Current (A) into each device of the circuit at each of its connected terminals, on all ranks."""
        found = {device.name: device.port_currents for device in self.devices}
        gathered = self._comm.allgather({name: found[name] for name in found})
        return {name: values for each in gathered for name, values in each.items()}

    def lost(self) -> dict[str, float]:
        """Amount (mol) of each species that has entered devices and is not in them, on all ranks."""
        of_each = [(each.lost(), each.device.comm.rank == 0) for each in self.in_time]
        total: dict[str, float] = {}
        for found in self._comm.allgather([lost for lost, counts in of_each if counts]):
            for lost in found:
                for species, amount in lost.items():
                    total[species] = total.get(species, 0.0) + amount
        return total

    # ------------------------------------------------------------------ in time
    def settle(self, time: float) -> None:
        """Take the steady states at hand for the first accepted ones in time."""
        for each in self.in_time:
            each.settle(time)

    def begin_step(self, step: float) -> None:
        for each in self.in_time:
            each.begin_step(step)

    def begin_stage(self, time: float, unknowns: np.ndarray) -> None:
        for each in self.in_time:
            each.begin_stage(time, self._potentials(each.device, unknowns))

    def end_stage(self) -> None:
        for each in self.in_time:
            each.end_stage()

    def defects(self) -> tuple[np.ndarray, np.ndarray]:
        currents, slopes = {}, {}
        for each in self.in_time:
            currents[each.device.name], slopes[each.device.name] = each.defect()
        return self._vector(currents), self._matrix(slopes)

    def admittance(self, frequency: float) -> np.ndarray:
        """Complex admittance between the nodes at a frequency (Hz) in the steady state at hand, S. Shape (n, n)."""
        found: dict[str, np.ndarray] = {}

        def admit() -> None:
            found.update({device.name: device.admittance(frequency) for device in self.devices})

        self._on_all(admit, CircuitFailure)
        parts = ({name: part(each) for name, each in found.items()} for part in (np.real, np.imag))
        real, imaginary = (self._matrix(part) for part in parts)
        return np.asarray(real + 1j * imaginary)

    def slopes(self) -> np.ndarray:
        """Condensed derivatives with the factors at hand. Shape (n, n)."""
        found: dict[str, np.ndarray] = {}

        def condense() -> None:
            found.update({device.name: device.slopes() for device in self.devices})

        self._on_all(condense, CircuitFailure)
        return self._matrix(found)

    def own_time(self) -> float:
        return -self._largest([-device.debye_time for device in self.devices] or [-np.inf])

    def charges_passed(self) -> np.ndarray:
        return self._vector({each.device.name: each.charges_passed for each in self.in_time})

    def amounts_passed(self) -> dict[str, dict[str, dict[str, float]]]:
        """Amounts (mol) that have entered each device since the start, by terminal and species; on all ranks."""
        gathered = self._comm.allgather({each.device.name: each.amounts_passed for each in self.in_time})
        return {name: values for each in gathered for name, values in each.items()}

    def charges_by_port(self) -> dict[tuple[str, str], float]:
        """Charge (C) that has entered each device since the start, by connected terminal; on all ranks."""
        own = {
            (each.device.name, port): charge for each in self.in_time for port, charge in each.charges_by_port().items()
        }
        return {key: charge for found in self._comm.allgather(own) for key, charge in found.items()}

    # ------------------------------------------------------------------ states as vectors
    def states(self) -> list[np.ndarray]:
        """The states at hand of the devices of this rank, ghosts included."""
        return [device.found.state.copy() for device in self.devices]

    def begin_from(self, states: Sequence[np.ndarray], unknowns: np.ndarray) -> None:
        """Take states for those at hand, with some unknowns of the network."""
        for device, state in zip(self.devices, states, strict=True):
            device.newton.forget()
            device.begin(state, self._potentials(device, unknowns), NO_STORAGE)

    def dot(self, first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> float:
        """Product of two states, each the unknowns of the network (in V) before those of the devices of this rank."""
        total = float(first[0] @ second[0]) / self.volt**2 if self._comm.rank == 0 else 0.0
        for device, a, b in zip(self.devices, first[1:], second[1:], strict=True):
            owned = device.problem.unknowns.owned
            total += float(a[:owned] @ b[:owned])
        return float(self._comm.allreduce(total, op=MPI.SUM))

    def rest(self) -> list[Evaluation]:
        """The steady states at hand of the devices of this rank."""
        return [device.found for device in self.devices]

    def contents(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """What the devices of this rank hold at the last accepted instant."""
        return [each.contents for each in self.in_time]

    def slow_changes(
        self, rest: Sequence[Evaluation], before: Sequence[tuple[np.ndarray, np.ndarray]], duration: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Currents at the nodes by which states have to change that have gained something in a duration (s), and the
        condensed derivatives; see `DeviceInTime.slow_change`. Shapes (n,) and (n, n).

        rest, before: steady states, and what the devices held at the beginning.

        Raises:
            CircuitFailure: on all ranks.
        """
        currents, slopes = {}, {}

        def condense() -> None:
            for each, steady, (content, charges) in zip(self.in_time, rest, before, strict=True):
                now, name = each.contents, each.device.name
                gained = now[0] - content, now[1] - charges
                currents[name], slopes[name] = each.slow_change(steady, gained, duration)

        self._on_all(condense, CircuitFailure)
        return self._vector(currents), self._matrix(slopes)

    def slow_states(self, change: np.ndarray) -> list[np.ndarray]:
        """The changes of the states of the devices of this rank, for that of the unknowns of the network."""
        return [each.slow_state(self._potentials(each.device, change)) for each in self.in_time]

    def nodes(self) -> np.ndarray:
        found = np.zeros(self._network.size + 1, dtype=int)
        for device in self.devices:
            found[self._places[device.name]] = 1
        return np.asarray(self._comm.allreduce(found, op=MPI.SUM)[:-1] > 0)

    # ------------------------------------------------------------------ interruptions
    def save(self, folder: Path) -> dict[str, Any]:
        """Write the states of all devices into a folder; gives the numbers that belong to them.

        Raises:
            ResultError: on all ranks.
        """
        numbers: dict[str, Any] = {}

        def write() -> None:
            for each in self.in_time:
                device = each.device
                numbers[device.name], arrays = each.place()
                numbers[device.name]["arrays"] = list(arrays)
                write_arrays(device.problem, folder / f"{device.name}.bp", arrays)

        self._on_all(write, ResultError)
        return {name: found for each in self._comm.allgather(numbers) for name, found in each.items()}

    def resume(self, time: float, numbers: Mapping[str, Any], folder: Path) -> None:
        """Go on from states that were saved at a time, s.

        Raises:
            CircuitFailure: on all ranks.
        """

        def read() -> None:
            for each in self.in_time:
                device, own = each.device, numbers[each.device.name]
                each.resume(time, own, read_arrays(device.problem, folder / f"{device.name}.bp", own["arrays"]))

        self._on_all(read, CircuitFailure)

    def error(self, change: np.ndarray) -> float:
        return self._largest([device.largest(self._potentials(device, change)) for device in self.devices])

    def accept(self, time: float) -> None:
        for each in self.in_time:
            each.accept(time)

    def accepted(self) -> object:
        return [each.accepted for each in self.in_time]

    def go_back(self, accepted: Any) -> None:
        for each, found in zip(self.in_time, accepted, strict=True):
            each.go_back(found)

    def jump(self, step: float, time: float, unknowns: np.ndarray) -> None:
        for each in self.in_time:
            each.jump(step, self._potentials(each.device, unknowns))

    def land(self, time: float, *, rests: bool) -> None:
        for each in self.in_time:
            each.land(time, rests=rests)
