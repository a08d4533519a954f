"""Small-signal response of a steady state: the linearised problem, driven harmonically.

With w = w_0 + Re(W exp(i omega t)), J the Jacobian of the steady residual (flow included) and M = dC/dw that of the ions'
contents, a potential that is modulated by one thermal voltage gives

    (J + i omega M) W = -dR/dV,

solved in real numbers as [J, -omega M; omega M, J] [Re W; Im W]. The response of the current at each terminal and electrode
is that of the conduction, from the unconstrained rows of J + i omega M, plus i omega times that of the field's flux.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from solver.discretization.parameters import Drive
from solver.discretization.problem import Problem
from solver.linear.direct import DirectSolver


@dataclass(frozen=True)
class Response:
    """Admittances, S: complex current into each terminal and electrode over the modulated potential. Shape (ports,)."""

    total: np.ndarray
    conduction: np.ndarray


class Linearised:
    """A problem linearised about the steady state it holds, flow solved for. Collective.

    Args:
        problem: with storage, whose state is that of `drive`.
        drive: the steady drive.
        port: number of the modulated terminal or electrode.
    """

    def __init__(self, problem: Problem, drive: Drive, port: int) -> None:
        self._problem, self._drive, self._port = problem, drive, port
        problem.storage_rate.value, problem.history = 0.0, None
        self._right = self._modulation()
        problem.set_drive(drive)
        with problem.clock("assembly"):
            self._unconstrained = self._blocks(0.0, constrained=False)
            a = self._unconstrained[0]
            storage = self._blocks(1.0, constrained=False)[0]
            storage.axpy(-1.0, a, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
            self._storage = storage
            self._constrained = self._blocks(0.0, constrained=True)
            self._bound_storage = storage.copy()
            self._bound_storage.zeroRows(self._rows(), 0.0)
        problem.storage_rate.value = 0.0
        self._matrix: PETSc.Mat | None = None
        self._solver: DirectSolver | None = None

    def _modulation(self) -> np.ndarray:
        """-dR/dV by one thermal voltage at the port: R is linear in the potentials that are held. Owned entries."""
        problem, drive = self._problem, self._drive
        terminals = len(problem.terminals)
        residuals = []
        for step in (0.0, 1.0):
            potential, electrode = drive.potential.copy(), drive.electrode.copy()
            if self._port < terminals:
                potential[self._port] += step
            else:
                electrode[self._port - terminals] += step
            problem.set_drive(drive.with_potentials(potential, electrode))
            residuals.append(problem.assemble_residual().array.copy())
        return residuals[0] - residuals[1]

    def _rows(self) -> np.ndarray:
        """Global numbers of the constrained rows this rank owns."""
        problem = self._problem
        owned = problem.constrained[problem.constrained < len(self._right)]
        return (owned + problem.jacobian.getOwnershipRange()[0]).astype(np.int32)

    def _blocks(self, storage_rate: float, *, constrained: bool) -> list[PETSc.Mat]:
        """Copies of A, and with flow of C and B, at a rate of storage."""
        problem = self._problem
        problem.storage_rate.value = storage_rate
        blocks = [problem.assemble_jacobian(constrained=constrained)]
        if problem.flow is not None:
            blocks += problem.flow.coupling_blocks(constrained=constrained)
        return [block.copy() for block in blocks]

    def _assemble(self, omega: float) -> PETSc.Mat:
        """The real form of the linear system at a dimensionless angular frequency."""
        flow = self._problem.flow
        plus, minus = self._bound_storage.copy(), self._bound_storage.copy()
        plus.scale(omega)
        minus.scale(-omega)
        a, *coupling = self._constrained
        if flow is None:
            rows = [[a, minus], [plus, a]]
        else:
            c, b = coupling
            s = flow.matrix
            rows = [[a, c, minus, None], [b, s, None, None], [plus, None, a, c], [None, None, b, s]]
        nest = PETSc.Mat().createNest(rows, comm=a.comm)
        return nest.convert("aij", self._matrix)

    def response(self, frequency: float) -> Response:
        """The response at a frequency in Hz; 0 is the limit of slow changes.

        Raises:
            SingularMatrixError: on all ranks; at frequency 0 for a device that no terminal opens.
        """
        problem, scales = self._problem, self._problem.scales
        omega = 2 * np.pi * frequency * scales.time
        with problem.clock("assembly"):
            self._matrix = self._assemble(omega)
        if self._solver is None:
            self._solver = DirectSolver(self._matrix, "impedance_", problem.clock)
        self._solver.matrix = self._matrix
        self._solver.factorise()
        right, solution = self._matrix.createVecs()
        size = len(self._right)
        right.array[:size] = self._right
        self._solver.solve(right, solution)
        parts = np.split(solution.array.copy(), 2)
        response = self._currents(parts, omega)
        right.destroy()
        solution.destroy()
        return response

    def _currents(self, parts: list[np.ndarray], omega: float) -> Response:
        """Currents of a solution (owned entries of its real and of its imaginary part), as admittances."""
        problem, scales = self._problem, self._problem.scales
        valences = np.array([s.valence for s in problem.species])
        size = len(self._right)
        rows = [self._apply(self._unconstrained, part) for part in parts]
        stored = [self._apply([self._storage], part[:size]) for part in parts]
        conduction, charge = [], []
        for sign, k in ((-1.0, 0), (1.0, 1)):
            rates = problem.terminal_sums(rows[k] + sign * omega * stored[1 - k])
            conduction.append(rates @ valences)
            charge.append(problem.linear_fluxes(rows[k], parts[k][:size], self._port if k == 0 else None))
        electric = 1j * omega * (charge[0] + 1j * charge[1]) * scales.electric_flux / scales.time
        carried = np.zeros(len(electric), dtype=complex)
        carried[: len(conduction[0])] = (conduction[0] + 1j * conduction[1]) * scales.current
        return Response((carried + electric) / scales.potential, carried / scales.potential)

    def _apply(self, blocks: list[PETSc.Mat], part: np.ndarray) -> np.ndarray:
        """Rows of the transport equations for one part of a solution. Owned entries."""
        size = len(self._right)
        found = np.zeros(size)
        for block, entries in zip(blocks[:2], (part[:size], part[size:]), strict=False):
            vector, product = block.createVecs()
            vector.array[:] = entries
            block.mult(vector, product)
            found += product.array
            vector.destroy()
            product.destroy()
        return found
