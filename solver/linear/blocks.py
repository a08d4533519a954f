"""Linear systems of several coupled fields, kept as blocks: what a solver of the linear layer is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from petsc4py import PETSc


class Factors(Protocol):
    """Factors of one matrix."""

    border: Border | None
    """Further unknowns and equations around the matrix that the solves have eliminated; None without."""

    def solve(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve with them. Collective."""

    def solve_with_transposed_factors(self, right_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve with their transpose. Collective."""


@dataclass(frozen=True)
class Border:
    """Few further unknowns and equations around a block system with the matrix A,

        [A  C] [x]   [b]
        [R  E] [u] = [d],

    whose columns couple to one of its fields. See `solver.linear.bordered`.

    Attributes:
        columns: C, one row for each further unknown. Shape (unknowns, owned entries of the field).
        rows: R. Shape (unknowns, owned entries of the field, or of the first fields one after the other).
        corner: E. Shape (unknowns, unknowns).
    """

    columns: np.ndarray
    rows: np.ndarray
    corner: np.ndarray

    def shifted(self, before: int, size: int) -> Border:
        """The same for arrays of `size` entries, of which `before` stand before those of the field."""

        def padded(part: np.ndarray) -> np.ndarray:
            return np.pad(part, ((0, 0), (before, size - before - part.shape[1])))

        return Border(padded(self.columns), padded(self.rows), self.corner)

    def beside(self, other: Border) -> Border:
        """These unknowns and then those of another border, for arrays of the same size."""
        none = np.zeros((len(self.corner), len(other.corner)))
        return Border(
            np.vstack([self.columns, other.columns]),
            np.vstack([self.rows, other.rows]),
            np.block([[self.corner, none], [none.T, other.corner]]),
        )


class PartInverse(Protocol):
    """An approximate inverse of a symmetric matrix that stands for a part of a system."""

    def apply(self, right: np.ndarray) -> np.ndarray:
        """Its product with owned entries. Collective."""


@dataclass(frozen=True)
class Part:
    """One field of the unknowns, for solvers that split them.

    Attributes:
        name: e.g. potential, velocity.
        block: number of the row of blocks in which it lies.
        entries: owned entries in that block, counted on this rank, sorted; components follow each other at every node.
        components: at every node.
        given: which of the entries have identity rows whose columns are kept; positions in `entries`.
        options: of PETSc for the approximate inverse of its own block; None for the usual ones.
        inverse: approximate inverse that takes the place of that of its own block, whatever the values of this are; None
            without.
    """

    name: str
    block: int
    entries: np.ndarray
    components: int = 1
    given: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    options: Mapping[str, Any] | None = None
    inverse: PartInverse | None = None


@dataclass(frozen=True)
class Member:
    """One field of a combination.

    Attributes:
        positions: of its nodes among those of the combination.
        entries: owned ones there, in the first row of blocks.
        equation, unknown: factors of its equations and of its unknowns in the combined ones.
    """

    positions: np.ndarray
    entries: np.ndarray
    equation: float
    unknown: float


@dataclass(frozen=True)
class Combination:
    """Combined equations, and combined unknowns in which they are solved first.

    Attributes:
        entries: owned entries of the field at whose nodes they are, in the first row of blocks.
        given: positions among these at which nothing is solved for.
        members: the fields.
    """

    entries: np.ndarray
    given: np.ndarray
    members: tuple[Member, ...]


def _always() -> bool:
    """Matrices that nobody overwrites."""
    return True


@dataclass(frozen=True)
class BlockSystem:
    """A square matrix of blocks, one row and column a field. A block that is None is zero.

    Attributes:
        names: of the fields, e.g. transport and flow; the first is that whose steps are limited.
        blocks: the matrices; their row and column layouts agree along rows and columns.
        eliminated: factors of the last of two diagonal blocks, with which its field is solved for in every residual.
        idle: owned rows of each field, counted on this rank, that are rows of the identity, with zeros in their columns:
            solvers leave them out. None for fields without any on any rank.
        border: further unknowns around the system that couple to its first field; solvers of it know nothing of them. None
            without.
        parts: all owned entries that are not idle, in the order in which a preconditioner solves for them; empty for systems
            that are not to be split.
        combination: what a preconditioner solves for before these; None without.
        weights: of the rows of each field in the residual by which an iteration is judged; ones where they are not given.
        is_current: whether the matrices still have the values of this system: they may be overwritten by the next one.
    """

    names: tuple[str, ...]
    blocks: tuple[tuple[PETSc.Mat | None, ...], ...]
    eliminated: Factors | None = None
    idle: tuple[np.ndarray | None, ...] = ()
    border: Border | None = None
    parts: tuple[Part, ...] = ()
    combination: Combination | None = None
    weights: tuple[float, ...] = ()
    is_current: Callable[[], bool] = _always

    @property
    def comm(self) -> PETSc.Comm:
        """The ranks."""
        first = self.blocks[0][0]
        assert first is not None
        return first.comm

    @property
    def sizes(self) -> tuple[int, ...]:
        """Owned rows of each field on this rank."""
        found = []
        for row in self.blocks:
            block = next(block for block in row if block is not None)
            found.append(int(block.getLocalSize()[0]))
        return tuple(found)

    @property
    def global_size(self) -> int:
        """Rows of all fields on all ranks."""
        return sum(int(next(block for block in row if block is not None).getSize()[0]) for row in self.blocks)

    @property
    def held(self) -> Border | None:
        """Further unknowns around the last field, which solvers eliminate; for arrays of all fields. None without."""
        border = None if self.eliminated is None else self.eliminated.border
        return None if border is None else border.shifted(sum(self.sizes[:-1]), sum(self.sizes))

    @property
    def idle_rows(self) -> np.ndarray | None:
        """The idle rows of all fields one after the other; None where there are none on any rank."""
        if all(rows is None for rows in self.idle):
            return None
        starts = np.cumsum([0, *self.sizes[:-1]])
        found = [start + rows for start, rows in zip(starts, self.idle, strict=True) if rows is not None]
        return np.concatenate(found)

    def is_finite(self) -> bool:
        """Whether all entries are numbers. Collective."""
        return all(np.isfinite(block.norm()) for row in self.blocks for block in row if block is not None)

    def assembled(self, into: PETSc.Mat | None = None) -> PETSc.Mat:
        """The blocks as one matrix; values are written into an earlier one of the same pattern when it is given."""
        if len(self.blocks) == 1:
            block = self.blocks[0][0]
            assert block is not None
            return scalar(block)
        rows = [[None if block is None else scalar(block) for block in row] for row in self.blocks]
        # A new nest every time: an old one would be converted with the values it had when made.
        nest = PETSc.Mat().createNest(rows, comm=self.comm)
        return nest.convert("aij", into)


def scalar(matrix: PETSc.Mat) -> PETSc.Mat:
    """A matrix that is stored entry by entry: the same one, or a copy of one in small dense blocks. Collective."""
    # without a matrix for the result PETSc would convert in place
    return matrix.convert("aij", PETSc.Mat()) if "baij" in matrix.getType() else matrix


ADJOINT_TOLERANCE = 1e-10
"""Relative residual of transposed solves, unless less is enough."""


class SingularMatrixError(Exception):
    """A factorisation broke down (a zero or not-a-number pivot, or no memory), or an iteration did not converge."""


class BlockSolver(Protocol):
    """A way to solve block systems; it keeps what it has made of one system for later right sides.

    Vectors are the owned entries of all fields one after the other.
    """

    eliminates_flow: bool
    """Whether it wants the flow solved for in every residual, or as an unknown of its own."""

    keeps_factors: bool
    """Whether what was prepared serves later systems, too, and makes solves cheap; others multiply with the matrices of the
    system prepared last."""

    @property
    def preparations(self) -> int:
        """Number of systems that were prepared (factorised) so far."""

    @property
    def is_ready(self) -> bool:
        """Whether it can solve with the system prepared last: whoever keeps factors always can, others as long as its
        matrices are what they were."""

    @property
    def last_iteration(self) -> str:
        """How the iteration of the last solve went, for reports; "" of direct solvers."""

    def prepare(self, system: BlockSystem) -> None:
        """Get ready for solves with a system. Raises SingularMatrixError on all ranks."""

    def solve(self, right: np.ndarray, tolerance: float | None = None) -> np.ndarray:
        """Solve with the system prepared last, or with what stands for it: for all fields, or for the first alone.
        Collective.

        tolerance: relative residual that an iteration may leave; None for what counts as exact.

        Raises:
            SingularMatrixError: on all ranks.
        """

    def solve_transposed(
        self, system: BlockSystem, right: np.ndarray, tolerance: float = ADJOINT_TOLERANCE
    ) -> np.ndarray:
        """Solve with the transpose of a system; what was prepared may serve as a preconditioner. Collective.

        tolerance: relative residual that may be left.

        Raises:
            SingularMatrixError: on all ranks.
        """
