"""Ports whose potential follows from something else that is given: floating conductors of a charge, and terminals and
electrodes that hold a current.

The potential is no entry of a state. Where a terminal or a bare metal has it at its nodes, it is read from there; behind a
layer with laws of its own it follows from the state in front of it, since charge and current by these laws grow with it. In
the linearised problem it is a further unknown, with the equation of what is given (`solver.linear.bordered`). A current that
is given is the whole current: in time it includes that which charges the port.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.boundary_values import BoundaryValues
from solver.discretization.evaluation import NO_STORAGE, Storage
from solver.discretization.parameters import Parameters
from solver.discretization.port_charges import PortCharges
from solver.discretization.port_rates import PortRates
from solver.discretization.ports import Port, Ports
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.linear.blocks import Border

Load = Callable[[Parameters], None]
"""Puts parameters into the forms, whose state is loaded already."""

LARGEST_STEP = 4.0
"""Of Newton's method for the potential of a metal in front of which the state is given, thermal voltages."""

MOST_STEPS = 60
"""Of the same."""

CONVERGED = 1e-13
"""Its last step, thermal voltages, where rounding does not end it before."""


class FloatingPorts:
    """The ports of one problem whose potential follows. Collective.

    Args:
        unknowns, ports: of the problem.
        valences: of the species. counted: the charge that the row of each counts.
        charges, rates: at the ports.
        values: given ones of the unknowns.
        load: parameters into the forms.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        ports: Ports,
        valences: Sequence[int],
        counted: Sequence[int],
        charges: PortCharges,
        rates: PortRates,
        values: BoundaryValues,
        load: Load,
    ) -> None:
        self._unknowns, self._all, self._valences = unknowns, ports, np.array(valences)
        self._counted = np.array(counted)
        self._charges, self._rates, self._values, self._load = charges, rates, values, load
        self._ports = [(k, ports.all[k]) for k in ports.floating]
        self._followed: list[tuple[int, int]] = []

    def follow(self, concentrations: Sequence[tuple[int, int]]) -> None:
        """Let the linearised problem have the logarithms of some concentrations at terminals as further unknowns, behind the
        potentials; their equations are the rates at which the species enter there.

        concentrations: numbers of the terminal and of the species of each.
        """
        self._followed = list(concentrations)

    def followed(self, rates: np.ndarray) -> np.ndarray:
        """Those of the rates of all ports that belong to concentrations which follow. Shape (concentrations,)."""
        return np.array([rates[port, species] for port, species in self._followed])

    def is_residual(self, port: Port) -> bool:
        """Whether what is given at a port is a sum of residual rows alone, rather than an integral of its laws."""
        return port.holds_species or (port.given == "charge" and port.holds_potential)

    # ------------------------------------------------------------------ potentials
    def floated(self, state: np.ndarray, parameters: Parameters, storage: Storage = NO_STORAGE) -> Parameters:
        """The parameters with the potentials that these ports have in a state, which is loaded."""
        if not self._ports:
            return parameters
        for i, (k, port) in enumerate(self._ports):
            if k in self._all.outside:
                continue
            if port.holds_potential:
                found = self._at_nodes(state, parameters, k, port)
            else:
                found = self._behind_layer(parameters, storage, i, k, port)
            parameters = parameters.with_values({port.key: parameters.scales.potential * found})
        return parameters

    def _at_nodes(self, state: np.ndarray, parameters: Parameters, number: int, port: Port) -> float:
        """Mean over the nodes of a port, in thermal voltages."""
        if port.holds_species:
            values = self._values.at_terminal(number, state, parameters)
        else:
            values = self._unknowns.potential(state)[port.nodes]
        own = np.isin(port.nodes, self._all.owned(port.field_nodes))
        total, count = self._sum(np.array([values[own].sum(), float(np.count_nonzero(own))]))
        return float(total / count)

    def _behind_layer(self, parameters: Parameters, storage: Storage, position: int, number: int, port: Port) -> float:
        """Potential at which the laws of a metal give what is given, thermal voltages, by Newton's method with short steps:
        of a charge they are linear in it. Where there is none, one at which they do not."""
        unit, given = parameters.scales.potential, parameters.floating_given[position]
        potential = parameters[port.key] / unit
        for _ in range(MOST_STEPS):
            parameters = parameters.with_values({port.key: unit * potential})
            self._load(parameters)
            now, slope = self._sum(np.array(self._by_laws(parameters, storage, number, port)))
            lacking = given - now + self._history(parameters, storage, number, port)
            if not (slope > 0.0 and np.isfinite(lacking)):
                break
            step = lacking / slope
            potential += float(np.clip(step, -LARGEST_STEP, LARGEST_STEP)) if port.given == "current" else step
            if abs(step) < CONVERGED * max(1.0, abs(potential)) or port.given == "charge":
                break
        return potential

    def _by_laws(self, parameters: Parameters, storage: Storage, number: int, port: Port) -> tuple[float, float]:
        """This rank's part of what the laws of a port give, and its derivative by the potential (per thermal voltage), at the
        state and the parameters that are loaded."""
        charge = self._charges.local(number) if not port.holds_potential else 0.0
        by_own = self._charges.by_potential(number, parameters)
        if port.given == "charge":
            return charge, by_own
        weight = _charging_weight(parameters, storage)
        fluxes = self._rates.at(port.name)
        current = sum(self._valences[f.species] * fem.assemble_scalar(f.into_liquid.total) for f in fluxes)
        slope = sum(self._valences[f.species] * f.into_liquid.by_potential() for f in fluxes)
        return float(current + weight * charge), float(slope * parameters.scales.potential + weight * by_own)

    def _history(self, parameters: Parameters, storage: Storage, number: int, port: Port) -> float:
        """What earlier charges of a port add to its current, with the sign that it has on the side of what is given."""
        if port.given == "charge" or storage.charges is None:
            return 0.0
        return float(-storage.charges[number] / parameters.scales.charge_coupling)

    # ------------------------------------------------------------------ equations
    def excess(self, charges: np.ndarray, rates: np.ndarray, parameters: Parameters, storage: Storage) -> np.ndarray:
        """What the ports have beyond what is given: flux of the field, or molar rate of charge. Shape (floating ports,).

        charges, rates: of all ports.
        """
        found = []
        for (k, port), given in zip(self._ports, parameters.floating_given, strict=True):
            if port.given == "charge":
                found.append(charges[k] - given)
                continue
            weight = _charging_weight(parameters, storage)
            current = rates[k] @ self._valences + weight * charges[k]
            found.append(current - self._history(parameters, storage, k, port) - given)
        return np.array(found)

    def by_laws(self, parameters: Parameters) -> dict[int, float]:
        """What the laws of these ports give at a steady state that is loaded, by the number of the port; of those where it is
        no sum of residual rows."""
        numbers = [(k, port) for k, port in self._ports if not self.is_residual(port)]
        local = np.array([self._by_laws(parameters, NO_STORAGE, k, port)[0] for k, port in numbers])
        return {k: float(value) for (k, _), value in zip(numbers, self._sum(local), strict=True)}

    def border(
        self,
        matrix: PETSc.Mat,
        parameters: Parameters,
        storage: Storage,
        coupling: Callable[[], PETSc.Mat] | None,
    ) -> Border | None:
        """The potentials of these ports as further unknowns of the linearised problem, with the equations of what is given;
        None without such ports.

        matrix: the unconstrained one at the state that is loaded, with its parameters and its storage. coupling: the same of
            the transport equations and the flow; None without flow.
        """
        if not self._ports:
            return None
        flow = None if coupling is None else coupling()
        weights = self.weights(parameters, storage)
        corner = np.zeros(len(weights))
        columns = [self.column(k, parameters) for k, _ in self._ports]
        columns += [self._values.by_concentration(port, species) for port, species in self._followed]
        rows = [_weighted_sum(matrix, each) for each in weights]
        for i, (k, port) in enumerate(self._ports):
            corner[i] = self._by_laws(parameters, storage, k, port)[1]
            rows[i] += self._of_laws(k, port, self._of_charge(port, parameters, storage))
        if flow is not None:
            rows = [np.concatenate([row, _weighted_sum(flow, each)]) for row, each in zip(rows, weights, strict=True)]
        return Border(np.array(columns), np.array(rows), np.diag(self._sum(corner)))

    def weights(self, parameters: Parameters, storage: Storage) -> np.ndarray:
        """What the unconstrained rows of the residual count in what is given at these ports, beside what laws give. Shape
        (floating ports and concentrations that follow, owned entries)."""
        found = np.zeros((len(self._ports) + len(self._followed), self._unknowns.owned))
        for weights, (_, port) in zip(found, self._ports, strict=False):
            if port.holds_potential:
                entries = self._unknowns.entries(self._all.owned(port.field_nodes), POTENTIAL)
                weights[entries] = self._of_charge(port, parameters, storage)
            if port.given == "current" and port.holds_species:
                self._unknowns.electrochemical(weights)[self._all.owned(port.nodes)] = self._counted
        for weights, (number, species) in zip(found[len(self._ports) :], self._followed, strict=True):
            self._unknowns.electrochemical(weights)[self._all.owned(self._all.all[number].nodes), species] = 1.0
        return found

    def _of_charge(self, port: Port, parameters: Parameters, storage: Storage) -> float:
        """What the charge of a port counts in what is given there."""
        return 1.0 if port.given == "charge" else _charging_weight(parameters, storage)

    def _of_laws(self, number: int, port: Port, of_charge: float) -> np.ndarray:
        """Derivative of what the laws of a port give of what is given there by the state; owned entries."""
        found = np.zeros(self._unknowns.owned)
        if not port.holds_potential:
            found += of_charge * self._charges.gradient(number)
        if port.given == "current":
            for flux in self._rates.at(port.name):
                found += self._valences[flux.species] * flux.into_liquid.gradient()
        return found

    def column(self, number: int, parameters: Parameters) -> np.ndarray:
        """Derivative of the constrained residual by the potential of any port, per thermal voltage, at the state and the
        parameters that are loaded; owned entries."""
        if self._all.all[number].holds_species:
            return self._values.by_potential(number)
        return self._charges.by_own_potential(number, parameters)

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._unknowns.comm.allreduce(local, op=MPI.SUM))


def _charging_weight(parameters: Parameters, storage: Storage) -> float:
    """Current that a charge stands for beside its history, dimensionless; 0 where charges are not followed."""
    return 0.0 if storage.charges is None else storage.rate / parameters.scales.charge_coupling


def _weighted_sum(matrix: PETSc.Mat, weights: np.ndarray) -> np.ndarray:
    """Sum of the rows of a matrix, each times a weight (owned entries); owned columns."""
    found, factors = matrix.createVecs()
    factors.array[:] = weights
    matrix.multTranspose(factors, found)
    sums = np.array(found.array)
    found.destroy()
    factors.destroy()
    return sums
