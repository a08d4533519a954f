"""Whole block systems by GMRES, with the fields of the unknowns solved for one after the other as a preconditioner.

Every field has one cycle of algebraic multigrid, and the pressure an approximate inverse of its Schur complement. In
electrochemical potentials the system is block triangular at equilibrium, with symmetric positive blocks on the diagonal, so
that one sweep over the fields serves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from solver.linear.blocks import ADJOINT_TOLERANCE, BlockSystem, Border, Part, SingularMatrixError
from solver.linear.direct import DirectBlockSolver
from solver.linear.multigrid import FACTORS
from solver.linear.presets import FACTOR_MEMORY
from solver.linear.sweep import Blocks, Sweep, Weighted, right_gmres
from solver.parallel.clock import Clock
from solver.parallel.logs import logger

EXACT = 1e-8
"""Relative residual of a solve that counts as exact."""

EXACT_FLOW = 1e-10
"""The same of the flow alone, which stands for one by factors."""


@dataclass(frozen=True)
class Effort:
    """How hard an iteration tries.

    Attributes:
        text: what it does, for the log.
        restart, most: steps of GMRES after which it starts anew, and after which it is given up.
        factorises: whether scalar fields have factors instead of a cycle of multigrid.
    """

    text: str
    restart: int
    most: int
    factorises: bool = False


OVERWRITTEN = "the matrices of this system have been overwritten: linearise again"
"""Said instead of wrong numbers."""

LADDER = (
    Effort("one cycle of multigrid a field", 60, 200),
    Effort("more steps between restarts", 150, 450),
    Effort("factors of the potentials", 150, 450, factorises=True),
)
"""What is tried one after the other when an iteration does not converge; after these, factors of the whole if they fit into
the memory."""


def _given(sweep: Sweep, idle: np.ndarray | None) -> np.ndarray:
    """Positions, among all owned entries, of rows of the identity."""
    return sweep.given if idle is None else np.concatenate([sweep.given, idle])


class FieldSplitBlockSolver:
    """GMRES with a sweep over the parts of a system; a `solver.linear.blocks.BlockSolver`. An iteration that does not
    converge is repeated with stronger means, and these are kept for later systems.

    Args:
        prefix: of the PETSc options of the factors that are the last resort.
        clock: timers.
        tolerance: relative residual that a solve may leave unless another one is asked for.
    """

    eliminates_flow = False
    keeps_factors = False

    def __init__(self, prefix: str, clock: Clock, tolerance: float = EXACT) -> None:
        self._prefix, self._clock, self._tolerance = prefix, clock, tolerance
        self._sweep: Sweep | None = None
        self._system: BlockSystem | None = None
        self._direct: DirectBlockSolver | None = None
        self._level, self._is_factorised = 0, False
        self.preparations = 0
        """Number of systems that were prepared so far."""
        self.iterations: list[int] = []
        """Steps of every iteration so far."""
        self.last_iteration = ""
        """Steps of the last solve, and why they ended."""

    @property
    def is_ready(self) -> bool:
        """Whether the matrices of the system prepared last are what they were."""
        return self._system is not None and self._system.is_current()

    def prepare(self, system: BlockSystem) -> None:
        """Set up the preconditioner of a system.

        Raises:
            SingularMatrixError: on all ranks.
            ValueError: the system has no parts.
        """
        if not system.parts:
            raise ValueError("this system is not made to be split by fields")
        if not system.is_finite():
            raise SingularMatrixError
        self._system, self._is_factorised = system, False
        self.preparations += 1
        self._set_up(system)

    def _set_up(self, system: BlockSystem) -> None:
        """What the level at hand needs of a system."""
        if self._level >= len(LADDER):
            self._factorise(system)
            return
        with self._clock("multigrid"):
            parts = _with_effort(system.parts, LADDER[self._level])
            if self._sweep is None or not _same(self._sweep.parts, parts):
                self._sweep = Sweep(parts)
            self._sweep.update(system, parts)

    def _factorise(self, system: BlockSystem) -> None:
        if self._direct is None:
            self._direct = DirectBlockSolver(self._prefix, self._clock)
        self._direct.prepare(system)
        self._is_factorised = True

    def solve(self, right: np.ndarray, tolerance: float | None = None) -> np.ndarray:
        """Solve with the system prepared last; a shorter right side is that of the first fields, the others are zero.

        Raises:
            SingularMatrixError: on all ranks; nothing converged.
            RuntimeError: the matrices of the system have been overwritten.
        """
        if self._system is None:
            raise SingularMatrixError
        if not self._system.is_current():
            raise RuntimeError(OVERWRITTEN)
        return self._climbed(self._system, right, self._tolerance if tolerance is None else tolerance, False)

    def solve_transposed(
        self, system: BlockSystem, right: np.ndarray, tolerance: float = ADJOINT_TOLERANCE
    ) -> np.ndarray:
        """Solve with the transpose of a system; the preconditioner is that of the system prepared last.

        Raises:
            SingularMatrixError: on all ranks; nothing converged.
            RuntimeError: the matrices of the system have been overwritten.
        """
        if not system.is_current():
            raise RuntimeError(OVERWRITTEN)
        if self._system is None:
            self.prepare(system)
        return self._climbed(system, right, tolerance, True)

    def _climbed(self, system: BlockSystem, right: np.ndarray, tolerance: float, transposed: bool) -> np.ndarray:
        """Solution with the means at hand, or with the next stronger ones.

        Raises:
            SingularMatrixError: on all ranks; the means stay what they were.
        """
        first = self._level
        while self._level < len(LADDER):
            found = self._iterated(system, right, tolerance, LADDER[self._level], transposed)
            if found is not None:
                return found
            self._level += 1
            if self._level == len(LADDER) and not fits(system.global_size, system.comm.tompi4py()):
                self._level = first
                raise SingularMatrixError
            self._log()
            try:
                self._set_up(system)
            except SingularMatrixError:
                self._level = first
                self._set_up(system)
                raise
        assert self._direct is not None
        self.last_iteration = "factors"
        if transposed:
            return self._direct.solve_transposed(system, right, tolerance)
        if not self._is_factorised:
            self._factorise(system)
        return self._direct.solve(right)

    def _log(self) -> None:
        """Say once that the means have become stronger."""
        now = "factors of the whole" if self._level == len(LADDER) else LADDER[self._level].text
        logger.info("linear systems: the iteration did not converge (%s); from now on: %s", self.last_iteration, now)

    def _iterated(
        self, system: BlockSystem, right: np.ndarray, tolerance: float, effort: Effort, transposed: bool
    ) -> np.ndarray | None:
        """Solution by GMRES; None where it does not converge."""
        sweep = self._sweep
        assert sweep is not None
        with self._clock("adjoint" if transposed else "krylov"):
            size, comm = int(sum(system.sizes)), system.comm
            weights = np.ones(size) if transposed or not system.weights else np.repeat(system.weights, system.sizes)
            weighted = Weighted(Blocks(system), sweep, weights)
            base = PETSc.Mat().createPython(((size, None), (size, None)), weighted, comm=comm)
            base.setUp()
            operator = PETSc.Mat().createTranspose(base) if transposed else base
            solution, right_side = operator.createVecs()
            right = np.pad(right, (0, size - len(right)))
            right_side.array[:] = weights * right
            start = np.zeros(size)
            given = system.idle_rows if transposed else _given(sweep, system.idle_rows)
            if given is not None:
                # exactly, and first: their rows would dominate the residual, and what is left of others would not count
                start[given] = right[given]
                solution.array[:] = start
                operator.mult(solution, right_side)
                right_side.array[:] = weights * right - right_side.array
            ksp = right_gmres(operator, weighted, effort.restart, tolerance, effort.most)
            sweep.transposed = transposed
            solution.set(0.0)
            ksp.solve(right_side, solution)
            reason, steps = ksp.getConvergedReason(), int(ksp.getIterationNumber())
            found = start + solution.array
            for each in (ksp, operator, solution, right_side):
                each.destroy()
            if transposed:
                base.destroy()
        self.iterations.append(steps)
        self.last_iteration = f"{steps} {_REASONS.get(reason, reason)}"
        return found if reason > 0 else None


_REASONS = {value: name.lower() for name, value in vars(PETSc.KSP.ConvergedReason).items() if isinstance(value, int)}
"""Why iterations of PETSc end."""


def fits(size: int, comm: MPI.Comm) -> bool:
    """Whether factors of a system of so many unknowns fit into the memory that every machine has left. Collective."""
    there = 0.9 * _available_memory() > FACTOR_MEMORY * size ** (4 / 3)
    return bool(comm.allreduce(there, op=MPI.LAND))


def _available_memory() -> float:
    """Bytes that processes can still get on this machine, as far as it tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024.0 * float(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _with_effort(parts: Sequence[Part], effort: Effort) -> tuple[Part, ...]:
    """The parts with the means of an effort."""
    if not effort.factorises:
        return tuple(parts)
    return tuple(replace(p, options=FACTORS) if p.components == 1 and p.inverse is None else p for p in parts)


def _same(one: Sequence[Part], other: Sequence[Part]) -> bool:
    """Whether two sequences have the same parts, but for factors."""
    return len(one) == len(other) and all(
        a.entries is b.entries and a.options is b.options and a.inverse is b.inverse
        for a, b in zip(one, other, strict=True)
    )


class SplitFactors:
    """An iteration over the fields of a system that stands for its factors; a `solver.linear.blocks.Factors` for vectors of
    all fields one after the other.

    Args:
        system: gives it with the values of now; it has parts.
        clock: timers.
    """

    border: Border | None = None

    def __init__(self, system: Callable[[], BlockSystem], clock: Clock) -> None:
        self._given, self._system = system, system()
        self._solver = FieldSplitBlockSolver("flow_", clock, EXACT_FLOW)

    def factorise(self) -> None:
        """Set up for the values of now. Collective."""
        self._system = self._given()
        self._solver.prepare(self._system)

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve. Collective.

        Raises:
            SingularMatrixError: on all ranks.
        """
        solution.array[:] = self._solver.solve(np.array(right_side.array_r))

    def solve_with_transposed_factors(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve with the transpose. Collective.

        Raises:
            SingularMatrixError: on all ranks.
        """
        solution.array[:] = self._solver.solve_transposed(self._system, np.array(right_side.array_r), EXACT_FLOW)
