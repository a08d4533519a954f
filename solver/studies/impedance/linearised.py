"""Small-signal response of a steady state: the linearised problem, driven harmonically.

With w = w_0 + Re(W exp(i omega t)), J the Jacobian of the steady residual (flow included) and M = dC/dw that of the ions'
contents, a potential that is modulated by one thermal voltage gives

    (J + i omega M) W = -dR/dV,

solved in real numbers as [J, -omega M; omega M, J] [Re W; Im W], by factors or, where fields are split, by an iteration
(`solver.linear.shifted`). The response of the current at each terminal and electrode
is that of the conduction, from the unconstrained rows of J + i omega M, plus i omega times that of the field's flux. The
charges of floating conductors and the currents that are held elsewhere do not change, so that the potentials there are two
further unknowns each (`solver.linear.bordered`). At frequency zero J includes the slow storage by which the steady states
of devices without terminals are found: the response is the slope of the steady curve. There, and at all frequencies below
that of mixing, the amounts of the species in such devices are found apart (`solver.nonlinear.amounts`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from solver.discretization.assembly import zero_rows
from solver.discretization.bound_charge import BoundCharge
from solver.discretization.evaluation import NO_STORAGE, Evaluation, Storage
from solver.discretization.problem import Problem
from solver.linear.blocks import BlockSystem, Border, SingularMatrixError
from solver.linear.bordered import Bordered
from solver.linear.direct import DirectSolver
from solver.linear.fieldsplit import fits
from solver.linear.shifted import ShiftedSolver
from solver.nonlinear.amounts import Pinned, Totals
from solver.parallel.logs import logger


@dataclass(frozen=True)
class Response:
    """Admittances, S: complex current into each port over the modulated potential. Shape (ports,).

    Attributes:
        total, conduction: of the whole current, and of the part that ions carry.
        bound: of the charge that a buffer brings to the walls; None where none does.
    """

    total: np.ndarray
    conduction: np.ndarray
    bound: complex | None = None

    @property
    def imbalance(self) -> float:
        """What enters in total, over the largest current."""
        return float(abs(self.total.sum() + (self.bound or 0.0)) / abs(self.total).max())


class Linearised:
    """A problem with storage, linearised about a steady state. Collective.

    Args:
        problem: the problem.
        found: its evaluated steady state.
        port: number of the port whose potential is modulated.
        held: numbers of ports whose potential is held here, although it follows in the problem: in a circuit.
    """

    def __init__(self, problem: Problem, found: Evaluation, port: int, held: Collection[int] = ()) -> None:
        self._problem, self._port = problem, port
        self._bound_charge = BoundCharge.of_buffer(problem)
        self._found = problem_at = problem.evaluate(found.state, found.parameters, NO_STORAGE)
        problem.load(problem_at)
        self._right = -problem.floating.column(port, found.parameters)
        """-dR/dV by one thermal voltage at the port; owned entries."""
        # a current that is held where the potential is modulated is held no more
        self._floating = [i for i, k in enumerate(problem.ports.floating) if k != port and k not in held]
        with self._problem.clock("assembly"):
            self._unconstrained = _copies(self._problem.linearise(problem_at, constrained=False).blocks[0])
            steady = self._unconstrained[0]
            with_storage = self._problem.evaluate(
                found.state, found.parameters, Storage(1.0, charges=0.0 * found.charges)
            )
            whole = self._problem.linearise(with_storage, constrained=False).blocks[0][0]
            assert whole is not None
            storage = whole.copy()
            of_storage = self._problem.linearise(with_storage).border
            storage.axpy(-1.0, steady, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
            self._storage = storage
            system = self._problem.linearise(problem_at)
            self._borders = self._split(system, of_storage)
            self._constrained = BlockSystem(
                system.names, tuple(map(_copies, system.blocks)), idle=system.idle, parts=system.parts
            )
            transport = self._constrained.blocks[0][0]
            assert transport is not None
            self._bound_storage = storage.copy()
            zero_rows(self._bound_storage, self._problem.boundary_values.entries, 0.0)
        self._slow = found.storage.rate
        self._loose = None if problem.ports.terminals else _Loose.of(problem, problem_at, with_storage, transport)
        self._pinned: Pinned | None = None
        self._matrix: PETSc.Mat | None = None
        self._solver: DirectSolver | None = None
        self._size = 2 * sum(system.sizes)
        """Owned entries of the real form."""
        self._shifted: ShiftedSolver | None = None
        if problem.split:
            self._shifted = ShiftedSolver(self._constrained, self._bound_storage, problem.clock)

    def _split(self, system: BlockSystem, with_storage: Border | None) -> tuple[Border, Border] | None:
        """The border of ports whose potential follows and of terminals whose pressure does: that of steady states, and what
        i omega times adds to it. For arrays of all fields."""
        own, held, size = self._floating, system.held, sum(system.sizes)
        if not own or system.border is None or with_storage is None:
            return None if held is None else (held, _without(held))
        steady, other = (
            Border(border.columns[own], border.rows[own], border.corner[np.ix_(own, own)]).shifted(0, size)
            for border in (system.border, with_storage)
        )
        stored = Border(0.0 * steady.columns, other.rows - steady.rows, other.corner - steady.corner)
        return (steady, stored) if held is None else (steady.beside(held), stored.beside(_without(held)))

    def _real_form(self, omega: float) -> BlockSystem:
        """The real form of the linear system at a dimensionless angular frequency, without further unknowns."""
        plus, minus = self._bound_storage.copy(), self._bound_storage.copy()
        plus.scale(omega)
        minus.scale(-omega)
        (a, *coupling), *rows = self._constrained.blocks
        if (loose := self._loose_at(omega)) is not None:
            a = loose.matrix
        if omega == 0.0 and self._slow:
            assert a is not None
            a = a.copy()
            a.axpy(self._slow, self._bound_storage, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        none = (None,) * len(coupling)
        nothing = [(None, *none)] * len(rows)
        upper = ((a, *coupling, minus, *none), *((*row, *empty) for row, empty in zip(rows, nothing, strict=True)))
        lower = ((plus, *none, a, *coupling), *((*empty, *row) for row, empty in zip(rows, nothing, strict=True)))
        names = tuple(f"{part} {name}" for part in ("real", "imaginary") for name in self._constrained.names)
        return BlockSystem(names, (*upper, *lower), idle=2 * self._constrained.idle)

    def _loose_at(self, omega: float) -> _Loose | None:
        """Amounts that are fixed by a small storage term alone at an angular frequency; None where they are not."""
        return self._loose if omega < self._problem.mixing_rate else None

    def response(self, frequency: float) -> Response:
        """The response at a frequency in Hz; 0 is the limit of slow changes.

        Raises:
            SingularMatrixError: on all ranks.
        """
        omega = 2 * np.pi * frequency * self._found.parameters.scales.time
        if self._shifted is None:
            self._factorise(omega)
            return self._solved(omega)
        assert self._problem.fields is not None
        coupling = self._found.parameters.scales.charge_coupling
        self._shifted.prepare(omega, self._problem.fields.combination(omega, coupling))
        try:
            return self._solved(omega)
        except SingularMatrixError:
            comm = self._problem.mesh.comm
            if not fits(comm.allreduce(self._size), comm):
                raise
            logger.info("%g Hz: the iteration did not converge; from now on: factors of the whole", frequency)
        self._shifted = None
        self._factorise(omega)
        return self._solved(omega)

    @property
    def iterations(self) -> list[int]:
        """Steps of the linear solver at each frequency so far, where it iterates."""
        return [] if self._shifted is None else self._shifted.iterations

    def _factorise(self, omega: float) -> None:
        """Factors of the real form at a dimensionless angular frequency.

        Raises:
            SingularMatrixError: on all ranks.
        """
        clock = self._problem.clock
        with clock("assembly"):
            system = self._real_form(omega)
            self._matrix = system.assembled(self._matrix)
        if self._solver is None:
            self._solver = DirectSolver(self._matrix, "impedance_", clock, system.idle_rows)
        self._solver.matrix = self._matrix
        self._solver.factorise()

    def _solved(self, omega: float) -> Response:
        """The response at a dimensionless angular frequency, by what is at hand."""
        loose = self._loose_at(omega)
        self._pinned = None if loose is None else loose.doubled(omega, self._slow)
        if self._pinned is not None:
            self._pinned.prepare(self._factors)
        border = self._doubled_border(omega)
        if border is None:
            found, floating = self._solve(self._right), np.zeros(0)
        else:
            bordered = Bordered(border, self._problem.mesh.comm, self._solve)
            found, floating = bordered.solve(self._right, np.zeros(len(border.corner)), self._solve)
        return self._currents(np.split(found, 2), np.split(floating, 2), omega)

    def _doubled_border(self, omega: float) -> Border | None:
        """The border of the real form: that of the real and that of the imaginary part."""
        if self._borders is None:
            return None
        steady, stored = self._borders
        half = self._size // 2
        count = len(steady.corner)
        first, second = slice(0, count), slice(count, 2 * count)

        def doubled(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
            size = real.shape[1]
            found = np.zeros((2 * count, half + size))
            found[first, :size] = found[second, half:] = real
            found[first, half:], found[second, :size] = -imaginary, imaginary
            return found

        columns, rows = doubled(steady.columns, stored.columns), doubled(steady.rows, omega * stored.rows)
        corner = np.block([[steady.corner, -omega * stored.corner], [omega * stored.corner, steady.corner]])
        return Border(columns, rows, corner)

    def _solve(self, right: np.ndarray) -> np.ndarray:
        """Solution of the real form for a right side, whose end is zero where it is shorter; owned entries."""
        if self._pinned is None:
            return self._factors(right)
        return self._pinned.solve(np.pad(right, (0, self._size - len(right))), self._factors)

    def _factors(self, right: np.ndarray) -> np.ndarray:
        """The same by the factors at hand, or by what stands for them."""
        if self._shifted is not None:
            return self._shifted.solve(right)
        assert self._matrix is not None
        assert self._solver is not None
        right_side, solution = self._matrix.createVecs()
        right_side.set(0.0)
        right_side.array[: len(right)] = right
        self._solver.solve(right_side, solution)
        found = np.array(solution.array)
        right_side.destroy()
        solution.destroy()
        return found

    def _currents(self, parts: list[np.ndarray], floating: list[np.ndarray], omega: float) -> Response:
        """Currents of a solution (owned entries of its real and of its imaginary part, and the potentials that
        follow), as admittances."""
        problem, scales = self._problem, self._found.parameters.scales
        valences = np.array(problem.valences)
        size = len(self._right)
        rows = [self._apply(self._unconstrained, part) for part in parts]
        stored = [self._apply([self._storage], part[:size]) for part in parts]
        conduction, charge, bound = [], [], []
        raised = np.zeros((2, len(problem.ports.all)))
        raised[0, self._port] = 1.0
        raised[:, [problem.ports.floating[i] for i in self._floating]] = [
            part[: len(self._floating)] for part in floating
        ]
        problem.load(self._found)
        for sign, k in ((-1.0, 0), (1.0, 1)):
            moved = rows[k] + sign * omega * stored[1 - k]
            rates = problem.rates.response(self._found.parameters, moved, parts[k][:size], raised[k])
            conduction.append(rates @ valences)
            charge.append(problem.charges.response(self._found.parameters, rows[k], parts[k][:size], raised[k]))
            if self._bound_charge is not None:
                bound.append(self._bound_charge.response(self._found.parameters, parts[k][:size]))
        rate = 1j * omega * scales.electric_flux / scales.time
        electric = rate * (charge[0] + 1j * charge[1])
        carried = (conduction[0] + 1j * conduction[1]) * scales.current
        brought = rate * complex(*bound) / scales.potential if bound else None
        return Response((carried + electric) / scales.potential, carried / scales.potential, brought)

    def _apply(self, row: Sequence[PETSc.Mat | None], part: np.ndarray) -> np.ndarray:
        """Rows of the transport equations, given by their first blocks, for one part of a solution. Owned entries."""
        found = np.zeros(len(self._right))
        fields = np.split(part, np.cumsum(self._constrained.sizes)[:-1])
        for block, entries in zip(row, fields, strict=False):
            if block is None:
                continue
            vector, product = block.createVecs()
            vector.array[:] = entries
            block.mult(vector, product)
            found += product.array
            vector.destroy()
            product.destroy()
        return found


@dataclass(frozen=True)
class _Loose:
    """The amounts of the species in a device without terminals.

    Attributes:
        matrix: the steady one, with an entry of every species pinned.
        pinned: balances of the steady state.
        stored: derivatives of what each balance stores. Shape (species, owned entries).
    """

    matrix: PETSc.Mat
    pinned: Pinned
    stored: np.ndarray

    @classmethod
    def of(cls, problem: Problem, steady: Evaluation, with_storage: Evaluation, constrained: PETSc.Mat) -> _Loose:
        """From a state evaluated without storage and with storage at the rate 1, and its constrained matrix. Collective."""
        totals, matrix = Totals(problem), constrained.copy()
        stored = totals.slopes(with_storage) - totals.slopes(steady)
        return cls(matrix, Pinned.at(totals, steady, matrix), stored)

    def doubled(self, omega: float, slow: float) -> Pinned:
        """Balances of the real form; those at frequency zero include the slow storage."""
        return self.pinned.doubled(self.stored, omega, 0.0 if omega else slow)


def _copies(row: Sequence[PETSc.Mat | None]) -> tuple[PETSc.Mat | None, ...]:
    """Copies of a row of blocks: they outlive the next linearisation."""
    return tuple(None if block is None else block.copy() for block in row)


def _without(border: Border) -> Border:
    """A border of the same shape that couples to nothing."""
    return Border(0.0 * border.columns, 0.0 * border.rows, 0.0 * border.corner)
