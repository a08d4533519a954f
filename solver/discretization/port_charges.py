"""Charges at the ports of a problem.

The charge at a port is the flux of the field into it: a sum of residual rows of the potential, or, at a metal behind a layer
with a law of its own, the integral of that law. In an electroneutral device there is none.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.assembly import assembled
from solver.discretization.parameters import Parameters
from solver.discretization.ports import Ports
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.discretization.wall_laws import WallTerms


class PortCharges:
    """Charges at the ports, dimensionless. Collective.

    Args:
        unknowns, ports: of the problem.
        terms: what the laws of walls give.
    """

    def __init__(self, unknowns: Unknowns, ports: Ports, terms: WallTerms) -> None:
        self._unknowns, self._ports, self._terms = unknowns, ports, terms
        self._compiled: dict[str, fem.Form | None] = {}
        by_name = {wall.name: wall for wall in terms.charges}
        metals = [(ports.index(port.name), port) for port in ports.electrodes]
        self._laws = {j: by_name[port.name] for j, port in metals if port.name in by_name}

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._unknowns.comm.allreduce(local, op=MPI.SUM))

    def total(self, rows: np.ndarray) -> np.ndarray:
        """Charge at each port of the state that is loaded, whose unconstrained residual is `rows`. Shape (ports,)."""
        local = self._ports.field_sums(rows)
        for j, wall in self._laws.items():
            local[j] = fem.assemble_scalar(wall.total)
        return self._sum(local)

    def response(self, parameters: Parameters, rows: np.ndarray, change: np.ndarray, raised: np.ndarray) -> np.ndarray:
        """Change of the charges by a change of the state (owned entries) which changes the unconstrained residual by `rows`,
        and by changes of the potentials of the ports, in thermal voltages. Shape (ports,). The state and its parameters are
        loaded."""
        local = self._ports.field_sums(rows)
        for j, wall in self._laws.items():
            local[j] = wall.slope(self._unknowns.with_ghosts(change))
            if raised[j]:
                local[j] += raised[j] * self.by_potential(j, parameters)
        return self._sum(local)

    def local(self, number: int) -> float:
        """This rank's part of the charge of a metal by its law, at the state that is loaded; 0 without one."""
        return float(fem.assemble_scalar(self._laws[number].total)) if number in self._laws else 0.0

    def gradient(self, number: int) -> np.ndarray:
        """Derivative of the charge of a metal by its law by the state that is loaded; owned entries; 0 without a law."""
        return self._laws[number].gradient() if number in self._laws else np.zeros(self._unknowns.owned)

    def by_potential(self, number: int, parameters: Parameters) -> float:
        """This rank's part of the derivative of the charge of a port by its own potential, per thermal voltage, at the state
        that is loaded: that of the law; without one the charge follows from the state alone."""
        return self._laws[number].by_potential() * parameters.scales.potential if number in self._laws else 0.0

    def by_own_potential(self, number: int, parameters: Parameters) -> np.ndarray:
        """Derivative of the constrained residual by the potential of a metal, per thermal voltage, at the state and the
        parameters that are loaded; owned entries."""
        port = self._ports.all[number]
        column = parameters.scales.potential * self._rows_by_potential(port.name)
        if port.holds_potential:
            column[self._unknowns.entries(self._ports.owned(port.field_nodes), POTENTIAL)] = -1.0  # state minus value
        return column

    def _rows_by_potential(self, wall: str) -> np.ndarray:
        """Derivative of what a wall adds to the residual by the potential of its metal, per volt; owned entries."""
        if wall not in self._compiled:
            form = self._terms.by_potential(wall, ufl.TestFunction(self._unknowns.space))
            self._compiled[wall] = None if form is None else fem.form(form)
        form = self._compiled[wall]
        return np.zeros(self._unknowns.owned) if form is None else assembled(form)
