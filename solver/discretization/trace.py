"""Trace species: molecules too dilute to change the fields, solved for after these.

The flux of a molecule of valence z in given fields phi and u is linear in its concentration c,

    J = -D c grad(ln c + z phi - ln K) + c u,    div J = 0,    J . n = 0 at walls,

and c is given in the reservoirs. The solution is the product of two factors. The first, K exp(mu - z phi), is what the
molecule would be if all reservoirs held the same concentration: positive, of any size, with the electrochemical potential mu
(elements of degree 2, like those of the ions) from Newton's method. The second, the share s, is its linear combination for
the concentrations that they hold, bounded by these, which may be zero:

    c = s K exp(mu - z phi),    J = -D K exp(mu - z phi) grad s + s J_1,    s = c_r / c_max at the reservoirs

with the flux J_1 of the first factor. Double layers, stacking by many orders of magnitude and thousands of thermal voltages
thus stay exponents, and where all reservoirs hold the same concentration s is 1 and the discrete equation is that of the
ions. Where the drift carries the share across a cell faster than it diffuses, as towards an empty reservoir, it is stabilised
along the streamlines. What enters at a terminal is the sum of residual rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI

from solver.discretization import forms
from solver.discretization.assembly import assembled
from solver.discretization.boundary import TraceSolute
from solver.discretization.evaluation import Evaluation
from solver.discretization.flow_matrix import zero_rows
from solver.discretization.parameters import Parameters, of_trace, trace_at
from solver.laws.algebra import NUMBERS
from solver.linear.blocks import SingularMatrixError
from solver.linear.direct import DirectSolver, pattern_of

if TYPE_CHECKING:
    from solver.discretization.problem import Problem

MOST_STEPS, STEPS_TO_APPROACH = 25, 15
"""Newton steps for the first factor at one strength of the fields; those after which changes are below 1."""

TOLERANCE, ROUNDING = 1e-10, 1e-6
"""Last change of its logarithm; changes that no longer shrink and are rounding, where it is enriched by many orders."""

LARGEST_FALL = 0.95
"""Part of the concentration at a node that one step may take away; what it adds counts by its logarithm."""

SMALLEST_STRENGTH = 1.0 / 32.0
"""Step of the strength of the fields at which Newton's method gives up."""


TINY = 1e-30
"""Beside drifts over lengths, so that none divides by zero."""

STILL = 1e-11
"""Rates over what cancels in them that are rounding."""


class TraceFailure(RuntimeError):
    """The concentration of a trace species was not found."""


@dataclass(frozen=True)
class TraceState:
    """A trace species in a state.

    Attributes:
        name: of the species.
        exponent: mu of the first factor at the local nodes. Shape (nodes,).
        share: s at the local nodes. Shape (nodes,).
        concentration: unit of all concentrations: the largest of a reservoir, mol/m^3.
        rates: dimensionless rate at which it enters at each terminal in this unit. Shape (terminals,).
        neutral: the same of a neutral point particle of the same diffusivity. Shape (terminals,).
        scales: sizes of what cancels in `rates` and in `neutral`. Shape (2,).
        span: difference between the largest and the smallest share of a reservoir.
        overshoot: by how much the share leaves the range of the reservoirs, over that.
        steps: linear systems that were solved.
    """

    name: str
    exponent: np.ndarray
    share: np.ndarray
    concentration: float
    rates: np.ndarray
    neutral: np.ndarray
    scales: tuple[float, float]
    span: float
    overshoot: float
    steps: int

    @property
    def passes(self) -> bool:
        """Whether its rates are more than rounding."""
        return float(np.abs(self.rates).max(initial=0.0)) > STILL * self.scales[0]

    @property
    def neutral_passes(self) -> bool:
        """Whether those of the neutral particle are."""
        return float(np.abs(self.neutral).max(initial=0.0)) > STILL * self.scales[1]


class TraceTransport:
    """Solves for the trace species of a problem in any of its states. Collective.

    Args:
        problem: whose states give the fields.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        mesh, scalar = problem.mesh, problem.unknowns.scalar
        self.exponent, self.share = fem.Function(scalar), fem.Function(scalar)
        self._valence, self._diffusivity, self._peclet = (fem.Constant(mesh, 0.0) for _ in range(3))
        self._factors = [(fem.Constant(mesh, 1.0), fem.Constant(mesh, 0.0)) for _ in problem.regions]
        test = ufl.TestFunction(scalar)
        residual: Any = 0
        stabilised: Any = 0
        for region, (factor, partition) in zip(problem.regions, self._factors, strict=True):
            if region.law.holds_ions:
                c = ufl.exp(self.exponent - self._valence * problem.phi + partition)
                of_species = c, self.exponent, problem.u, factor * self._diffusivity, self._peclet
                measure = problem.measures.region(region.name)
                residual += forms.nernst_planck(*of_species, test, problem.metric) * measure
                stabilised += self._stabilisation(c, factor * self._diffusivity, test) * measure
        of_share = ufl.derivative(residual, self.exponent, self.share) + stabilised
        with problem.clock("compile"):
            self._residual = fem.form(residual)
            self._tangent = fem.form(ufl.derivative(residual, self.exponent))
            self._of_share, self._tangent_of_share = fem.form(of_share), fem.form(ufl.derivative(of_share, self.share))
        self._matrix = pattern_of(self._tangent)
        idle = problem.unknowns.owned_incomplete
        some = problem.mesh.comm.allreduce(len(idle), op=MPI.SUM)
        self._solver = DirectSolver(self._matrix, "trace_", problem.clock, idle if some else None)
        self._terminals = problem.ports.terminals
        nodes = [port.nodes for port in self._terminals]
        self._held = np.unique(np.concatenate([problem.unknowns.incomplete, *nodes])).astype(np.int64)
        self._owned_held = self._held[self._held < problem.unknowns.owned_nodes]
        self._right, self._solution = self._matrix.createVecs()
        self._partition = [fem.Function(fem.functionspace(mesh, ("DG", 0))) for _ in problem.traces]
        for function, trace in zip(self._partition, problem.traces, strict=True):
            logs = [np.log(region.law.partition_coefficient(trace.name)) for region in problem.regions]
            function.x.array[:] = problem.materials.by_region(np.array(logs)).x.array
        self._known: tuple[Evaluation | None, tuple[TraceState | None, ...]] = (None, ())

    # ------------------------------------------------------------------ in symbols
    def concentration(self, number: int) -> Any:
        """Concentration of a species over its unit, of the state that `load` put in."""
        exponent = self.exponent - self._valence * self.problem.phi + self._partition[number]
        return self.share * ufl.exp(exponent)

    @property
    def drift(self) -> Any:
        """Velocity of the first factor over the diffusivity, of the state that `load` put in: it carries `share`."""
        of_liquid = 0 if self.problem.u is None else self._peclet / self._diffusivity * self.problem.u
        return of_liquid - ufl.grad(self.exponent)

    def partition_in_cells(self, number: int, cells: np.ndarray) -> np.ndarray:
        """ln K of a species in local cells. Shape (cells,)."""
        function = self._partition[number]
        return np.asarray(function.x.array[function.function_space.dofmap.list[cells, 0]])

    def load(self, found: Evaluation, number: int, state: TraceState) -> None:
        """Put a species of an evaluated state into the coefficients."""
        self.problem.load(found)
        self._set(self.problem.traces[number], found.parameters)
        self.exponent.x.array[:], self.share.x.array[:] = state.exponent, state.share

    def cell_peclet(self, drift: Any) -> Any:
        """|b| h / 2 of a drift b over the diffusivity, with the length of the cell along it, h = 2 |b| / sum_a |b . grad N_a|
        (Tezduyar and Park, Comput. Methods Appl. Mech. Eng. 59, 307 (1986))."""
        return ufl.inner(drift, drift) / (self._crossing(drift) + TINY) / 2

    def _crossing(self, drift: Any) -> Any:
        """sum_a |b . grad N_a| / 2 over the corners a of a cell."""
        along, count = ufl.dot(ufl.JacobianInverse(self.problem.mesh), drift), self.problem.mesh.topology.dim
        return (sum(abs(along[i]) for i in range(count)) + abs(sum(along[i] for i in range(count)))) / 2

    def _stabilisation(self, c: Any, diffusivity: Any, test: Any) -> Any:
        """What keeps the share free of wiggles where the drift carries it across a cell faster than it diffuses: the residual
        of its equation along the streamlines (Brooks and Hughes, Comput. Methods Appl. Mech. Eng. 32, 199 (1982)). It is
        zero for the exact solution, takes nothing from the balance, and vanishes with the Peclet number of the cell."""
        problem, drift = self.problem, self.drift
        peclet = self.cell_peclet(drift) / problem.degree
        time = peclet / ufl.sqrt(9.0 + peclet**2) / (2 * problem.degree * (self._crossing(drift) + TINY))
        left = c * ufl.inner(drift, ufl.grad(self.share)) - problem.metric.divergence(c * ufl.grad(self.share))
        return diffusivity * time * ufl.inner(drift, ufl.grad(test)) * left * problem.metric.weight

    # ------------------------------------------------------------------ solving
    def solved(self, found: Evaluation) -> tuple[TraceState | None, ...]:
        """The trace species in an evaluated state; None of one that was not found. Collective."""
        if self._known[0] is not found:
            self.problem.load(found)
            states: list[TraceState | None] = []
            for trace in self.problem.traces:
                try:
                    states.append(self._solve(trace, found))
                except (TraceFailure, SingularMatrixError):
                    states.append(None)
            self._known = found, tuple(states)
        return self._known[1]

    def _set(self, trace: TraceSolute, parameters: Parameters, *, neutral: bool = False) -> None:
        """Put the numbers of a species into the constants; `neutral` makes it a neutral point."""
        scales = parameters.scales
        self._valence.value = 0.0 if neutral else parameters[of_trace(trace.name, "valence")]
        self._diffusivity.value = parameters[of_trace(trace.name, "diffusivity")] / scales.diffusivity
        self._peclet.value = scales.peclet
        name = "" if neutral else trace.name  # regions have no numbers of their own for a nameless species
        for region, (factor, partition) in zip(self.problem.regions, self._factors, strict=True):
            factor.value = region.law.relative_diffusivity(name)
            partition.value = np.log(region.law.partition_coefficient(name))

    def _solve(self, trace: TraceSolute, found: Evaluation) -> TraceState:
        parameters = found.parameters
        held = np.array([parameters[trace_at(port.name, trace.name)] for port in self._terminals])
        unit = float(held.max())
        shares = held / unit if unit > 0.0 else held
        self._set(trace, parameters, neutral=True)
        steps = self._first_factor(found)
        neutral, of_neutral, _ = self._shared(shares)
        self._set(trace, parameters)
        steps += self._first_factor(found)
        rates, of_rates, share = self._shared(shares)
        wet = np.delete(share, self.problem.unknowns.incomplete)
        low, high = wet.min(initial=np.inf), wet.max(initial=-np.inf)
        comm, span = self.problem.mesh.comm, float(shares.max() - shares.min())
        beyond = max(shares.min() - comm.allreduce(low, op=MPI.MIN), comm.allreduce(high, op=MPI.MAX) - shares.max())
        over = float(beyond) / span if span else 0.0
        return TraceState(
            trace.name,
            self.exponent.x.array.copy(),
            share,
            unit,
            rates,
            neutral,
            (of_rates, of_neutral),
            span,
            over,
            steps + 2,
        )

    def _first_factor(self, found: Evaluation) -> int:
        """Find mu where all reservoirs hold the same concentration; gives the number of steps.

        Where Newton's method fails from the neutral solution with the same fields, valence and flow grow from 0 together.

        Raises:
            TraceFailure, SingularMatrixError: on all ranks.
        """
        problem, unknowns = self.problem, self.problem.unknowns
        mu = unknowns.electrochemical(found.state)
        virtual = problem.model.neutral_potential(list(mu.T), problem.valences, problem.scales.concentration, NUMBERS)
        virtual = np.where(np.isfinite(virtual), virtual, 0.0)
        valence, peclet = float(self._valence.value), float(self._peclet.value)
        terminals = np.zeros(len(virtual))
        for port in self._terminals:
            terminals[port.nodes] = found.parameters[port.key] / found.parameters.scales.potential
        exponent, strength, step, taken = np.zeros(len(virtual)), 0.0, 1.0, 0
        while strength < 1.0:
            wanted = min(1.0, strength + step)
            guess = exponent + (wanted - strength) * valence * virtual
            guess[self._held] = wanted * valence * terminals[self._held]
            guess[unknowns.incomplete] = 0.0
            self._valence.value, self._peclet.value = wanted * valence, wanted * peclet
            better, count = self._newton(guess)
            taken += count
            if better is None:
                step /= 4.0
                if step < SMALLEST_STRENGTH:
                    raise TraceFailure
                continue
            exponent, strength, step = better, wanted, 2.0 * step
        self.exponent.x.array[:] = exponent
        return taken

    def _newton(self, guess: np.ndarray) -> tuple[np.ndarray | None, int]:
        """mu from a guess, None where Newton's method does not get there; and the number of steps. Collective."""
        self.exponent.x.array[:] = guess
        comm, previous = self.problem.mesh.comm, np.inf
        for number in range(1, MOST_STEPS + 1):
            self.problem.clock.check()
            try:
                self._factorise(self._tangent)
            except SingularMatrixError:
                return None, number
            self._right.array[:] = assembled(self._residual)
            self._right.array[self._owned_held] = 0.0
            change = self._solve_for()
            with np.errstate(invalid="ignore"):
                change = np.log1p(np.maximum(-change, -LARGEST_FALL))
            largest = comm.allreduce(float(np.abs(change).max(initial=0.0)), op=MPI.MAX)
            if not np.isfinite(largest) or (number > STEPS_TO_APPROACH and largest > 1.0):
                return None, number
            self.exponent.x.array[:] += change
            if largest < TOLERANCE or previous / 2.0 < largest < ROUNDING:
                return self.exponent.x.array.copy(), number
            previous = largest
        return None, MOST_STEPS

    def _factorise(self, tangent: fem.Form) -> None:
        """Assemble and factorise one of both tangents at the exponent. Collective."""
        with self.problem.clock("assembly"):
            self._matrix.zeroEntries()
            fem_petsc.assemble_matrix(self._matrix, tangent)
            self._matrix.assemble()
            zero_rows(self._matrix, self._held, 1.0)
        self._solver.factorise()

    def _solve_for(self) -> np.ndarray:
        """Solution for the right side at hand, ghosts included. Collective."""
        self._solver.solve(self._right, self._solution)
        found = fem.Function(self.problem.unknowns.scalar)
        found.x.array[: len(self._solution.array_r)] = self._solution.array_r
        found.x.scatter_forward()
        return np.array(found.x.array)

    def _shared(self, shares: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """Rates at the terminals, what cancels in them, and s at all local nodes, where each terminal holds a share.
        Collective."""
        array, owned = self.share.x.array, self.problem.unknowns.owned_nodes
        array[:] = 0.0
        for port, value in zip(self._terminals, shares, strict=True):
            array[port.nodes] = value
        array[self.problem.unknowns.incomplete] = 0.0
        self._factorise(self._tangent_of_share)
        self._right.array[:] = -assembled(self._of_share)
        self._right.array[self._owned_held] = 0.0
        array += self._solve_for()
        rows = assembled(self._of_share)
        nodes = [port.nodes[port.nodes < owned] for port in self._terminals]
        local = np.array([[rows[own].sum() for own in nodes], [np.abs(rows[own]).sum() for own in nodes]])
        rates, sizes = self.problem.mesh.comm.allreduce(local, op=MPI.SUM)
        return np.asarray(rates), float(np.max(sizes, initial=0.0)), array.copy()
