"""Charges at the ports of a problem, and the potentials of the floating conductors among them.

The charge at a port is the flux of the field into it: a sum of residual rows of the potential, or, at a metal behind a layer
with a law of its own, the integral of that law. The potential of a floating conductor is no entry of its own: the liquid or
solid at it has that potential, or it follows from the given charge and the law (Stern's), which is linear in it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.parameters import Parameters
from solver.discretization.ports import Port, Ports
from solver.discretization.unknowns import POTENTIAL, Unknowns
from solver.discretization.wall_laws import WallTerms
from solver.linear.blocks import Border

Load = Callable[[Parameters], None]
"""Puts parameters into the forms, whose state is loaded already."""


class PortCharges:
    """Charges at the ports, dimensionless. Collective.

    Args:
        unknowns, ports: of the problem.
        terms: what the laws of walls give.
        load: parameters into the forms.
    """

    def __init__(self, unknowns: Unknowns, ports: Ports, terms: WallTerms, load: Load) -> None:
        self._unknowns, self._ports, self._terms, self._load = unknowns, ports, terms, load
        self._compiled: dict[str, fem.Form | None] = {}
        by_name = {wall.name: wall for wall in terms.charges}
        metals = [(ports.index(port.name), port) for port in ports.electrodes]
        self._laws = {j: by_name[port.name] for j, port in metals if not port.holds_potential}
        self._floating = [(k, ports.all[k]) for k in ports.floating]

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
                local[j] += raised[j] * self._by_own_potential(j, parameters)
        return self._sum(local)

    def _by_own_potential(self, number: int, parameters: Parameters) -> float:
        """This rank's part of the derivative of the charge of a metal by its own potential, per thermal voltage, at the state
        that is loaded."""
        return self._laws[number].by_potential() * parameters.scales.potential

    def by_own_potential(self, number: int, parameters: Parameters) -> np.ndarray:
        """Derivative of the constrained residual by the potential of a metal, per thermal voltage, at the state and the
        parameters that are loaded; owned entries."""
        port = self._ports.all[number]
        if port.holds_potential:
            column = np.zeros(self._unknowns.owned)
            column[self._unknowns.entries(self._ports.owned(port.field_nodes), POTENTIAL)] = -1.0  # state minus value
            return column
        return parameters.scales.potential * self._rows_by_potential(port.name)

    def _rows_by_potential(self, wall: str) -> np.ndarray:
        """Derivative of what a wall adds to the residual by the potential of its metal, per volt; owned entries."""
        if wall not in self._compiled:
            form = self._terms.by_potential(wall, ufl.TestFunction(self._unknowns.space))
            self._compiled[wall] = None if form is None else fem.form(form)
        form = self._compiled[wall]
        if form is None:
            return np.zeros(self._unknowns.owned)
        vector = fem_petsc.assemble_vector(form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        found = np.array(vector.array)
        vector.destroy()
        return found

    def of_laws(self) -> dict[int, float]:
        """Charges, by the number of the port, that follow from a law at the state that is loaded."""
        local = np.array([fem.assemble_scalar(wall.total) for wall in self._laws.values()])
        return {k: float(charge) for k, charge in zip(self._laws, self._sum(local), strict=True)}

    def raised(self, parameters: Parameters, port: Port) -> Parameters:
        """The parameters with the potential of a port one thermal voltage higher."""
        return parameters.with_values({port.key: parameters[port.key] + parameters.scales.potential})

    # ------------------------------------------------------------------ floating conductors
    def floated(self, state: np.ndarray, parameters: Parameters) -> Parameters:
        """The parameters with the potentials that the floating conductors have in a state, which is loaded."""
        if not self._floating:
            return parameters
        self._load(parameters)
        potential, unit = self._unknowns.potential(state), parameters.scales.potential
        found = {}
        for (k, port), charge in zip(self._floating, parameters.floating_charges, strict=True):
            if port.holds_potential:
                values = potential[self._ports.owned(port.field_nodes)]
                total, count = self._sum(np.array([values.sum(), float(len(values))]))
                found[port.key] = unit * total / count
            else:
                now, slope = self._sum(
                    np.array([fem.assemble_scalar(self._laws[k].total), self._by_own_potential(k, parameters)])
                )
                found[port.key] = parameters[port.key] + unit * (charge - now) / slope
        return parameters.with_values(found)

    def border(self, matrix: PETSc.Mat, parameters: Parameters) -> Border | None:
        """The potentials of the floating conductors as further unknowns of the linearised problem, with the equations of
        their charges; None without such conductors.

        matrix: the unconstrained one at the state that is loaded, with its parameters.
        """
        if not self._floating:
            return None
        columns, slopes, corner = [], [], np.zeros(len(self._floating))
        for i, (k, port) in enumerate(self._floating):
            columns.append(self.by_own_potential(k, parameters))
            if port.holds_potential:
                entries = self._unknowns.entries(self._ports.owned(port.field_nodes), POTENTIAL)
                slopes.append(_column_sums(matrix, entries))
            else:
                slopes.append(self._laws[k].gradient())
                corner[i] = self._by_own_potential(k, parameters)
        return Border(np.array(columns), np.array(slopes), np.diag(self._sum(corner)))

    def missing(self, charges: np.ndarray, parameters: Parameters) -> np.ndarray:
        """Charges of the floating conductors beyond what is given. Shape (floating,)."""
        return np.asarray(charges[list(self._ports.floating)] - parameters.floating_charges)


def _column_sums(matrix: PETSc.Mat, rows: np.ndarray) -> np.ndarray:
    """Sums of owned rows (of all ranks) of a matrix; owned columns."""
    found, marked = matrix.createVecs()
    marked.set(0.0)
    marked.array[rows] = 1.0
    matrix.multTranspose(marked, found)
    sums = np.array(found.array)
    found.destroy()
    marked.destroy()
    return sums
