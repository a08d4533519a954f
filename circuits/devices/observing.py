"""What the fields of a device are measured as, and written: the same as of a case that is computed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from circuits.devices.in_time import DeviceInTime
from solver.case.case import Case
from solver.case.studies.steady import Steady
from solver.case.studies.transient import Transient
from solver.discretization.parameter_names import concentration_at
from solver.observables.observer import Observer
from solver.results.headers import POINT
from solver.simulation.fields import FieldFolder, FieldValues, FieldWriter
from solver.simulation.simulation import sizes_of


def described(case: Case, duration: float | None) -> Case:
    """The case of a device as its result describes it: with a steady study, or one of a duration (s) in which nothing is
    driven, since the circuit gives the potentials. Not validated."""
    driven = case.driven_terminal
    study: Steady | Transient = Steady(driven_terminal=driven)
    if duration is not None:
        protocol = [{"type": "hold", "duration": duration}]
        study = Transient.model_validate({"type": "transient", "protocol": protocol, "driven_terminal": driven})
    outputs = case.outputs.model_copy(update={"errors": "none", "sensitivities": ()})
    return case.model_copy(update={"study": study, "outputs": outputs})


@dataclass(frozen=True)
class DeviceRow:
    """Numbers of a state of one device: rows of its observables.csv and profiles.csv."""

    row: Mapping[str, Any]
    profile: list[dict[str, Any]]


class DeviceObserver:
    """Measures the states of one device. Collective on its ranks.

    Args:
        in_time: the device whose states they are.
        case: of the device, as `described`.
    """

    def __init__(self, in_time: DeviceInTime, case: Case) -> None:
        self._in_time, self._device, self._case = in_time, in_time.device, case

    def is_of(self, in_time: DeviceInTime) -> bool:
        """Whether it measures this device, and not an earlier one of the same name."""
        return self._device is in_time.device

    @cached_property
    def _observer(self) -> Observer:
        return Observer(self._device.problem, self._case)

    @cached_property
    def _writer(self) -> FieldWriter:
        return FieldWriter(self._device.problem)

    @property
    def sizes(self) -> dict[str, object]:
        """Entry `mesh` of run.json."""
        device = self._device
        return sizes_of(device.problem, device.tagged, device.adaptation, 0)

    def row(self, head: Mapping[str, Any], *, in_time: bool) -> DeviceRow:
        """The numbers of the state at hand. head: first columns, which say which row it is."""
        device, scales = self._device, self._device.found.parameters.scales
        displacement = self._in_time.now.displacement / scales.time * scales.electric_flux if in_time else None
        observed = self._observer.observe(device.found, self._here(), displacement)
        profile = [{POINT: head[POINT], **line} for line in observed.profile]
        return DeviceRow({**head, **observed.row}, profile)

    def write(self, folder: FieldFolder, number: int) -> str:
        """Write the fields of the state at hand; gives the name of their file.

        Raises:
            ResultError: on all ranks of the device.
        """
        return self._writer.write(folder, number, self._device.found)

    def values(self) -> FieldValues:
        """The fields of the state at hand on this rank."""
        return self._writer.values(self._device.found)

    def _here(self) -> Case:
        """The case with the potentials that the circuit gives its ports, and the concentrations of compartments."""
        problem, parameters = self._device.problem, self._device.found.parameters
        terminals, walls = dict(self._case.terminals), dict(self._case.walls)
        for number in problem.ports.floating:
            port = problem.ports.all[number]
            potential = float(parameters[port.key])
            if port.name in terminals:
                terminals[port.name] = terminals[port.name].model_copy(update={"potential": potential})
            elif port.name in walls and walls[port.name].potential is not None:
                walls[port.name] = walls[port.name].model_copy(update={"potential": potential})
        for name in dict.fromkeys(terminal for terminal, _ in self._device.followed_names):
            species = [each for at, each in self._device.followed_names if at == name]
            own = {each: float(parameters[concentration_at(name, each)]) for each in species}
            terminals[name] = terminals[name].model_copy(update={"concentration": None, "concentrations": own})
        return self._case.model_copy(update={"terminals": terminals, "walls": walls})
