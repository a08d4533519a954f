"""Linear systems of devices without terminals, in which only the storage term fixes the amount of each species.

Without terminals a shift of one electrochemical potential changes nothing but the storage term, which is small in a steady
state: a millionth of the diffusive terms over the length of the device, and far less beside those of the cells at an
electrode, which are thin and rich in ions. Where the rounding of these is larger, the factorisation finds the shift at
random, and the sum of the rows of a residual rounds in the same way. So the amounts are taken out of both. With J the
matrix, 1_j a vector of ones in the rows of species j, and p_i an entry of species i,

    J_R = J + sum_i s_i e_pi e_pi^T   (the pinned matrix, which is factorised),
    J_R y_i = s_i e_pi                (the shift of species i, and what follows from it),
    T_j = 1_j^T J                     (assembled without the fluxes, which cancel in the sum).

Where reactions make one species of another, the sums of both are nearly the rate of the reaction, in which the storage would
drown. So the balances are those of combinations of species: first those that no reaction changes, in which the rates cancel
term by term, then one species for each reaction. With the rows of their integers in B, T_j stands for sum_i B_ji 1_i^T J and
1_j for sum_i B_ji 1_i. Where species follow from others by equilibria, all this is about the components: a species that
follows has no shift of its own, and no balance.

The solution of J x = b is x_0 + sum_i a_i y_i, where J_R x_0 = b and the balances T_j x = 1_j^T b give the a_i. That of
J^T z = b is sum_j a_j 1_j + z_0, where J_R^T z_0 = b - sum_j a_j T_j and sum_j a_j (T_j y_i) = b^T y_i.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from solver.discretization.assembly import assembled
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.reactions.base import events
from solver.linear.blocks import SingularMatrixError

MOST_DENOMINATOR = 5040
"""Of counts of species in a reaction."""


def balances(made: Sequence[Mapping[str, float]], species: Sequence[str]) -> np.ndarray:
    """Combinations of species: first those that events leave as they are, then one species for each independent event.

    made: what each event makes of the species. Integers, of full rank. Shape (species, species).
    """
    rows = [[Fraction(event.get(name, 0)).limit_denominator(MOST_DENOMINATOR) for name in species] for event in made]
    pivots: list[int] = []
    for column in range(len(species)):
        done = len(pivots)
        at = next((k for k in range(done, len(rows)) if rows[k][column]), None)
        if at is None:
            continue
        rows[done], rows[at] = rows[at], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for k, row in enumerate(rows):
            if k != done:
                rows[k] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        pivots.append(column)
    found = []
    for free in (column for column in range(len(species)) if column not in pivots):
        kept = [Fraction(int(column == free)) for column in range(len(species))]
        for row, pivot in zip(rows, pivots, strict=False):
            kept[pivot] = -row[free]
        common = math.lcm(*(value.denominator for value in kept))
        found.append([float(common * value) for value in kept])
    found += [[float(column == pivot) for column in range(len(species))] for pivot in pivots]
    return np.array(found)


class Totals:
    """Sums of the rows of the species of a problem without terminals, by balances: what is stored and what reactions make.

    Args:
        problem: whose rows are summed; its form includes the storage.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        names = [solute.name for solute in problem.solutes]
        found = problem.equilibria.dependences
        at_walls = [event for wall in problem.walls for law in wall.laws for event in law.events(names)]
        made = [*(found.combined(event) for event in at_walls), *events(problem.reactions, names)]
        self.components = [names.index(name) for name in found.components]
        """Numbers of the species that are balanced."""
        self.balances = balances(made, found.components)
        (test,) = problem.ion_form.arguments()
        self._values, self._slopes = [], []
        with problem.clock("compile"):
            for balance in self.balances:
                # gradients of a constant are zero already in symbols, so that the fluxes do not even round
                weights = [0.0] * problem.unknowns.width
                for number, weight in zip(self.components, balance, strict=True):
                    weights[1 + number] = float(weight)
                one = ufl.as_vector(weights)
                total = ufl.replace(problem.ion_form, {test: one})
                self._values.append(fem.form(total))
                self._slopes.append(fem.form(ufl.derivative(total, problem.state)))

    def values(self, found: Evaluation) -> np.ndarray:
        """The sums at an evaluated state. Shape (balances,). Collective."""
        unknowns = self.problem.unknowns
        self.problem.load(found)
        local = np.array([fem.assemble_scalar(form) for form in self._values])
        if found.storage.history is not None:
            local += self.balances @ unknowns.electrochemical(found.storage.history).sum(axis=0)[self.components]
        return np.asarray(unknowns.comm.allreduce(local, op=MPI.SUM))

    def slopes(self, found: Evaluation) -> np.ndarray:
        """Their derivatives at an evaluated state. Shape (balances, owned entries). Collective."""
        self.problem.load(found)
        with self.problem.clock("assembly"):
            return np.array([assembled(form) for form in self._slopes])


class Pinned:
    """A system with one entry of every species pinned, and the balances that make up for it. Collective.

    Args:
        slopes: derivatives of the balances. Shape (balances, owned entries).
        pins: what was added to the diagonal where. Shape (species, owned entries).
        rows: owned entries of each species, node by node. Shape (species, nodes).
        balances: see `Totals`. Shape (balances, species).
        comm: of the ranks.
    """

    def __init__(
        self, slopes: np.ndarray, pins: np.ndarray, rows: np.ndarray, balances: np.ndarray, comm: MPI.Comm
    ) -> None:
        self._slopes, self._pins, self._rows, self._balances, self._comm = slopes, pins, rows, balances, comm
        self._size = slopes.shape[1]
        self._shifts = self._gains = np.zeros((0, 0))

    @classmethod
    def at(cls, totals: Totals, found: Evaluation, matrix: PETSc.Mat) -> Pinned:
        """At a state at which the equations are linearised: the pins are added to the matrix of the transport equations."""
        problem = totals.problem
        unknowns = problem.unknowns
        nodes = np.arange(unknowns.owned_nodes)
        rows = np.array([unknowns.entries(nodes, unknowns.of_species[k]) for k in totals.components])
        pins = _pin(matrix, rows, problem.boundary_values.owned_entries)
        return cls(totals.slopes(found), pins, rows, totals.balances, unknowns.comm)

    def doubled(self, stored: np.ndarray, omega: float, rate: float) -> Pinned:
        """That of the real form [J + rate M, -omega M; omega M, J + rate M].

        stored: derivatives of what the balances store, 1_j^T M.
        """
        own, moved = self._slopes + rate * stored, omega * stored
        none, nothing = np.zeros_like(self._pins), np.zeros_like(self._balances)
        return Pinned(
            np.block([[own, -moved], [moved, own]]),
            np.block([[self._pins, none], [none, self._pins]]),
            np.concatenate([self._rows, self._size + self._rows]),
            np.block([[self._balances, nothing], [nothing, self._balances]]),
            self._comm,
        )

    def prepare(self, solve: Callable[[np.ndarray], np.ndarray]) -> None:
        """Find the shifts, with the solver of the pinned matrix.

        Raises:
            SingularMatrixError: on all ranks.
        """
        self._shifts = np.array([solve(pin) for pin in self._pins])
        self._gains = self._sum(self._slopes @ self._shifts[:, : self._size].T)
        if not np.isfinite(self._gains).all() or np.linalg.slogdet(self._gains)[0] == 0:
            raise SingularMatrixError

    def solve(
        self, right: np.ndarray, solve: Callable[[np.ndarray], np.ndarray], totals: np.ndarray | None = None
    ) -> np.ndarray:
        """The solution for a right side: owned entries of all fields, or of the first.

        totals: its sums by balances, where they are known better than from its rows.
        """
        found = solve(right)
        if totals is None:
            totals = self._sum((self._balances @ right[self._rows]).sum(axis=1))  # rates cancel node by node
        missing = totals - self._sum(self._slopes @ found[: self._size])
        return np.asarray(found + np.linalg.solve(self._gains, missing) @ self._shifts)

    def solve_transposed(self, right: np.ndarray, solve: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The solution of the transposed system."""
        factors = np.linalg.solve(self._gains.T, self._sum(self._shifts[:, : len(right)] @ right))
        rest = right.copy()
        rest[: self._size] -= factors @ self._slopes
        found = solve(rest)
        for rows, factor in zip(self._rows, factors @ self._balances, strict=True):
            found[rows] += factor
        return found

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))


def _pin(matrix: PETSc.Mat, rows: np.ndarray, constrained: np.ndarray) -> np.ndarray:
    """Double the largest diagonal entry of each species: it is most abundant there, and rounding is largest. What was added
    where. Shape (species, owned entries). Collective."""
    comm = matrix.comm.tompi4py()
    diagonal = matrix.getDiagonal()
    sizes = np.abs(diagonal.array)
    diagonal.destroy()
    sizes[constrained] = 0.0
    pins = np.zeros((len(rows), len(sizes)))
    first, _ = matrix.getOwnershipRange()
    for pin, own_rows in zip(pins, rows, strict=True):
        at = int(own_rows[np.argmax(sizes[own_rows])]) if len(own_rows) else 0
        own = float(sizes[at]) if len(own_rows) else -1.0
        largest, rank = comm.allreduce((own, comm.rank), op=MPI.MAXLOC)
        if rank == comm.rank:
            pin[at] = largest
            matrix.setValue(first + at, first + at, largest, addv=True)
    matrix.assemble()
    return pins
