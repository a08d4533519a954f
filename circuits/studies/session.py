"""A circuit ready to be solved: its equations, its devices, and what is observed of a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpi4py import MPI

from circuits.description.circuit import Circuit
from circuits.description.driving import values_of
from circuits.description.loading import case_of, devices_of
from circuits.devices.devices import FieldDevices
from circuits.devices.field_device import FieldDevice
from circuits.devices.in_time import DeviceInTime
from circuits.elements.device import Device
from circuits.network.equations import Network
from circuits.solving.newton import CircuitNewton
from circuits.solving.operating_point import operating_point
from circuits.solving.stepper import NoDevicesInTime
from meshes.errors import MeshError
from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.physics.constants import thermal_voltage

TEMPERATURE = 298.15
"""K, for the scale of potentials of circuits without fields."""


def shared_out(count: int, comm: MPI.Comm) -> tuple[list[int], MPI.Comm]:
    """Numbers of the devices that a rank helps to compute, and the ranks that share them.

    With fewer ranks than devices each rank has devices of its own; with more, the ranks form as many groups as there are
    devices. Collective.
    """
    groups = min(count, comm.size)
    if groups < 2:
        return list(range(count)), comm
    group = comm.rank * groups // comm.size
    return list(range(group, count, groups)), comm.Split(group, comm.rank)


@dataclass
class Session:
    """A circuit with its equations. Collective.

    Attributes:
        circuit: as it is described.
        network: its equations.
        devices: with fields; None without any.
        newton: solver of the equations.
        unknowns: of the network in the last steady state; None before the first.
        values: of the sources there.
    """

    circuit: Circuit
    network: Network
    devices: FieldDevices | NoDevicesInTime
    newton: CircuitNewton
    clock: Clock
    unknowns: np.ndarray | None = None
    values: Mapping[str, float] | None = None

    @classmethod
    def of(cls, circuit: Circuit, comm: MPI.Comm, clock: Clock, devices: FieldDevices | None = None) -> Session:
        """The session of a circuit.

        devices: those of another circuit that differs in values of its lumped elements alone.

        Raises:
            CaseError: the case of a device is wrong.
            ConvergenceError: on all ranks; a device without potentials is not solved.
        """
        network, names = circuit.network, devices_of(circuit)
        found: FieldDevices | NoDevicesInTime
        if not names:
            found = NoDevicesInTime(network.size)
        elif devices is not None:
            found = FieldDevices(network, devices.in_time, comm)
        else:
            mine, own = shared_out(len(names), comm)
            fields = _at_rest(circuit, [names[number] for number in mine], own, comm, clock)
            found = FieldDevices(network, fields, comm)
        volt = thermal_voltage(TEMPERATURE) if isinstance(found, NoDevicesInTime) else found.volt
        return cls(circuit, network, found, CircuitNewton(network, found, network.scales(volt)), clock)

    @property
    def fields(self) -> FieldDevices | None:
        """The devices with fields; None without any."""
        return self.devices if isinstance(self.devices, FieldDevices) else None

    def settle(self, values: Mapping[str, float] | None = None, *, anew: bool = False) -> np.ndarray:
        """The operating point with some values of the sources, by default those of the circuit: unknowns of the network.
        Collective.

        anew: from no potential anywhere rather than from the last steady state.

        Raises:
            CircuitFailure: on all ranks; it is not reached.
        """
        values, start = values_of(self.circuit.elements) if values is None else dict(values), self.unknowns
        if start is None or anew:
            start = self.network.start()
            if self.fields is not None:
                self.fields.begin_at_rest(start)
        elif self.fields is not None:
            self.fields.begin(start)
        self.unknowns = operating_point(self.newton, values, start, None if anew else self.values)
        self.values = values
        return self.unknowns

    def settle_again(self, row: Mapping[str, Any], values: Mapping[str, float] | None = None) -> None:
        """Reach the operating point of a row that is known, from the potentials in it: of several stable states that one.
        Collective.

        row: its columns. values: of the sources there, by default those of the circuit.

        Raises:
            CircuitFailure: on all ranks; it is not reached.
        """
        start = self.network.start()
        for k, node in enumerate(self.network.nodes):
            start[k] = float(row[f"potential_{node} [V]"])
        self.unknowns, self.values = start, None
        self.settle(values)

    # ------------------------------------------------------------------ what is observed
    def row(
        self, unknowns: np.ndarray, values: Mapping[str, float], charging: np.ndarray | None = None
    ) -> dict[str, float]:
        """Columns of a state: potentials of the nodes, currents and other quantities of the elements. Collective.

        values: of the sources. charging: rates of change of the charges at the terminals, A.
        """
        found = {f"potential_{node} [V]": float(unknowns[k]) for k, node in enumerate(self.network.nodes)}
        compartments = self.network.compartments
        for (name, species), value in compartments.concentrations(unknowns).items():
            found[f"concentration_{name}_{species} [mol/m^3]"] = value
        found |= {f"volume_{name} [m^3]": value for name, value in compartments.volumes(unknowns).items()}
        ports = {} if self.fields is None else self.fields.port_currents()
        start = 0
        for name, element in self.network.elements.items():
            count = len(element.at())
            if isinstance(element, Device):
                for port, current in zip(element.at(), ports[name], strict=True):
                    found[f"current_{name}_{port} [A]"] = float(current)
                start += count
                continue
            potentials, own = self.network.of(name, unknowns)
            terms = element.flows(potentials, own, values.get(name, 0.0))
            currents = terms.values[:count] + (0.0 if charging is None else charging[start : start + count])
            start += count
            for quantity, value in element.quantities(potentials, own, np.asarray(currents)).items():
                word, _, unit = quantity.partition(" ")
                found[f"{word}_{name}" + (f" {unit}" if unit else "")] = float(value)
        return found


def _at_rest(circuit: Circuit, names: list[str], own: MPI.Comm, comm: MPI.Comm, clock: Clock) -> list[DeviceInTime]:
    """The devices of this rank without potentials.

    Raises:
        CaseError, ConvergenceError, MeshError: the same on all ranks, also where one device alone fails.

    own: the ranks that share them. comm: all ranks.
    """
    found: list[DeviceInTime] = []
    failure: CaseError | ConvergenceError | MeshError | None = None
    try:
        found = [DeviceInTime(_field_device(circuit, name, own, clock)) for name in names]
    except (CaseError, ConvergenceError, MeshError) as error:
        failure = error
    if comm.size == 1 and failure is not None:
        raise failure
    # the same on all ranks: each kind is followed by other collective work
    for told in comm.allgather(failure):
        if told is not None:
            raise told
    return found


def _field_device(circuit: Circuit, name: str, comm: MPI.Comm, clock: Clock) -> FieldDevice:
    element = circuit.elements[name]
    assert isinstance(element, Device)
    followed = element.followed, element.expanding
    return FieldDevice(name, case_of(circuit, name), tuple(element.terminals), comm, clock, *followed)
