"""Trace species: molecules too dilute to change the fields, solved for after these.

The flux of a molecule of valence z in given fields phi and u is linear in its concentration c,

    J = -D c grad(ln c + z phi - ln K) + c u,    div J = 0,    J . n = 0 at walls,

with the energies and the hindrance that the materials of regions have for it (in K, D and u), and c is given in the
reservoirs. The solution is the product of two factors. The first, K exp(mu - z phi), is what the molecule would be if all
reservoirs held the same concentration: positive, of any size, with the electrochemical potential mu (elements of degree 2,
like those of the ions) from Newton's method. The second, the share s, is its linear combination for the concentrations that
they hold, bounded by these, which may be zero:

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

from solver.discretization.assembly import assembled, zero_rows
from solver.discretization.evaluation import Evaluation
from solver.discretization.parameter_names import of_trace, trace_at
from solver.discretization.parameters import Parameters
from solver.discretization.symbols import SYMBOLS
from solver.discretization.trace_equation import TraceEquation, TraceNumbers, Varying, cell_peclet
from solver.laws.algebra import NUMBERS
from solver.laws.regions.fluid import Fluid
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

SMALLEST_STRENGTH = 1.0 / 8.0
"""Step of the strength of the fields at which Newton's method gives up."""

STILL = 1e-11
"""Rates over what cancels in them that are rounding."""


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
        balanced: whether the first factor solves its equation; otherwise it is that of the neutral solution.
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
    balanced: bool

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
        self.problem, scalar = problem, problem.unknowns.scalar
        self.exponent, self.share = fem.Function(scalar), fem.Function(scalar)
        self._numbers = TraceNumbers(problem)
        self._materials, self._properties = problem.ions.materials_of(problem.traces)
        self._equations: dict[tuple[int, bool] | None, TraceEquation] = {}
        self._equation = self._equation_of(0, neutral=False)
        self._matrix = pattern_of(self._equation.tangent)
        idle = problem.unknowns.owned_incomplete
        some = problem.mesh.comm.allreduce(len(idle), op=MPI.SUM)
        self._solver = DirectSolver(self._matrix, "trace_", problem.clock, idle if some else None)
        self._terminals = problem.ports.terminals
        nodes = [port.nodes for port in self._terminals]
        self._held = np.unique(np.concatenate([problem.unknowns.incomplete, *nodes])).astype(np.int64)
        self._owned_held = self._held[self._held < problem.unknowns.owned_nodes]
        self._right, self._solution = self._matrix.createVecs()
        self._weights = self._right.duplicate()
        self._potential = np.zeros(0)
        self._known: tuple[Evaluation | None, tuple[TraceState | None, ...]] = (None, ())

    def _varying(self, number: int, neutral: bool) -> list[Varying]:
        """What of a species varies within each region; a neutral point sees no material."""
        found, name = [], self.problem.traces[number].name
        place = self._materials.position, SYMBOLS
        for region in self.problem.regions:
            law = Fluid() if neutral else region.law
            of_law = self._properties.varying_diffusivity(number, law), self._properties.drift(number, law)
            found.append(
                Varying(of_law[0], law.convection_profile(name, *place), law.energy(name, *place), of_law[1])
                if region.law.holds_ions
                else Varying()
            )
        return found

    def _equation_of(self, number: int, *, neutral: bool) -> TraceEquation:
        """The compiled equation of a species, or of a neutral point of its diffusivity."""
        varying = self._varying(number, neutral)
        key = None if all(own == Varying() for own in varying) else (number, neutral)
        if key not in self._equations:
            of_unknowns = self.exponent, self.share, self._numbers
            self._equations[key] = TraceEquation(self.problem, *of_unknowns, varying)
        return self._equations[key]

    # ------------------------------------------------------------------ in symbols
    def concentration(self, number: int) -> Any:
        """Concentration of a species over its unit, of the state that `load` put in."""
        inner = self._materials.inner([self.exponent] * len(self.problem.traces))[number]
        return self.share * ufl.exp(inner - self._numbers.valence * self.problem.phi)

    @property
    def cell_peclet(self) -> Any:
        """Peclet number of half a cell for what carries `share`, of the state that `load` put in, in the free liquid."""
        u, numbers = self.problem.u, self._numbers
        drift = -ufl.grad(self.exponent)
        return cell_peclet(self.problem, drift if u is None else drift + numbers.peclet / numbers.diffusivity * u)

    def concentrations_in_cells(
        self, number: int, cells: np.ndarray, points: np.ndarray, potential: np.ndarray
    ) -> np.ndarray:
        """Concentration over its unit, of the state that `load` put in, at points (coordinates of the mesh) of local cells
        with a potential. Shape (points,)."""
        mu, share = (f.eval(points, cells).reshape(len(points)) for f in (self.exponent, self.share))
        inner = self._materials.inner_in_cells(np.column_stack([mu] * len(self.problem.traces)), cells, points)[
            :, number
        ]
        return np.asarray(share * np.exp(inner - self._numbers.valence.value * potential))

    def load(self, found: Evaluation, number: int, state: TraceState) -> None:
        """Put a species of an evaluated state into the coefficients."""
        self.problem.load(found)
        self._set(number, found.parameters)
        self.exponent.x.array[:], self.share.x.array[:] = state.exponent, state.share

    # ------------------------------------------------------------------ solving
    def solved(self, found: Evaluation) -> tuple[TraceState | None, ...]:
        """The trace species in an evaluated state; None of one that was not found. Collective."""
        if self._known[0] is not found:
            self.problem.load(found)
            self._potential = self.problem.potential.at_nodes(found.state, found.parameters)
            states: list[TraceState | None] = []
            for number in range(len(self.problem.traces)):
                try:
                    states.append(self._solve(number, found))
                except SingularMatrixError:
                    states.append(None)
            self._known = found, tuple(states)
        return self._known[1]

    def _set(self, number: int, parameters: Parameters, *, neutral: bool = False) -> None:
        """Put the numbers of a species into the constants; `neutral` makes it a neutral point."""
        numbers, name, scales = self._numbers, self.problem.traces[number].name, parameters.scales
        numbers.valence.value = 0.0 if neutral else parameters[of_trace(name, "valence")]
        numbers.diffusivity.value = parameters[of_trace(name, "diffusivity")] / scales.diffusivity
        numbers.peclet.value = scales.peclet
        for k, region in enumerate(self.problem.regions):
            law = Fluid() if neutral else region.law
            numbers.diffusivity_factors[k].value = law.relative_diffusivity(name)
            numbers.convection_factors[k].value = law.relative_convection(name)
            numbers.partitions[k].value = np.log(law.partition_coefficient(name))

    def _solve(self, number: int, found: Evaluation) -> TraceState:
        trace, parameters = self.problem.traces[number], found.parameters
        held = np.array([parameters[trace_at(port.name, trace.name)] for port in self._terminals])
        unit = float(held.max())
        shares = held / unit if unit > 0.0 else held
        self._set(number, parameters, neutral=True)
        self._equation = self._equation_of(number, neutral=True)
        neutral, of_neutral, _ = self._shared(shares, self._first_factor(found))
        self._set(number, parameters)
        self._equation = self._equation_of(number, neutral=False)
        balanced = self._first_factor(found)
        rates, of_rates, share = self._shared(shares, balanced)
        wet = np.delete(share, self.problem.unknowns.incomplete)
        low, high = wet.min(initial=np.inf), wet.max(initial=-np.inf)
        comm, span = self.problem.mesh.comm, float(shares.max() - shares.min())
        low, high = comm.allreduce(low, op=MPI.MIN), comm.allreduce(high, op=MPI.MAX)
        beyond = max(shares.min() - low, high - shares.max()) / span if span else 0.0
        over = float(beyond if balanced else max(-low, 0.0))
        exponent = self.exponent.x.array.copy()
        return TraceState(
            trace.name, exponent, share, unit, rates, neutral, (of_rates, of_neutral), span, over, balanced
        )

    def _first_factor(self, found: Evaluation) -> bool:
        """Find mu where all reservoirs hold the same concentration; whether it is found.

        Where Newton's method fails from the neutral solution with the same fields, valence and flow grow from 0 together.
        Where that fails, too, as with many e-folds in a cell, it stays that of the neutral solution, and the share has all to
        do.

        Raises:
            SingularMatrixError: on all ranks.
        """
        problem, unknowns = self.problem, self.problem.unknowns
        mu = unknowns.electrochemical(found.state)
        virtual = problem.model.neutral_potential(list(mu.T), problem.valences, problem.scales.concentration, NUMBERS)
        virtual = np.where(np.isfinite(virtual), virtual, 0.0)
        for port in self._terminals:
            virtual[port.nodes] = found.parameters[port.key] / found.parameters.scales.potential
        virtual[unknowns.incomplete] = 0.0
        valence, peclet = float(self._numbers.valence.value), float(self._numbers.peclet.value)
        exponent, strength, step = np.zeros(len(virtual)), 0.0, 1.0
        while strength < 1.0 and step > SMALLEST_STRENGTH:
            wanted = min(1.0, strength + step)
            self._numbers.valence.value, self._numbers.peclet.value = wanted * valence, wanted * peclet
            better = self._newton(exponent + (wanted - strength) * valence * virtual)
            if better is None:
                step /= 4.0
            else:
                exponent, strength, step = better, wanted, 2.0 * step
        self._numbers.valence.value, self._numbers.peclet.value = valence, peclet
        self.exponent.x.array[:] = exponent if strength == 1.0 else valence * virtual
        return strength == 1.0

    def _newton(self, guess: np.ndarray) -> np.ndarray | None:
        """mu from a guess, None where Newton's method does not get there. Collective."""
        self.exponent.x.array[:] = guess
        comm, previous = self.problem.mesh.comm, np.inf
        for number in range(1, MOST_STEPS + 1):
            self.problem.clock.check()
            try:
                self._factorise(self._equation.tangent)
            except SingularMatrixError:
                return None
            self._right.array[:] = assembled(self._equation.residual)
            self._right.array[self._owned_held] = 0.0
            change = self._solve_for()
            with np.errstate(invalid="ignore"):
                change = np.log1p(np.maximum(-change, -LARGEST_FALL))
            size = np.nan_to_num(np.abs(change).max(initial=0.0), nan=np.inf)  # the same on all ranks
            largest = comm.allreduce(float(size), op=MPI.MAX)
            if not np.isfinite(largest) or (number > STEPS_TO_APPROACH and largest > 1.0):
                return None
            self.exponent.x.array[:] += change
            if largest < TOLERANCE or previous / 2.0 < largest < ROUNDING:
                return self.exponent.x.array.copy()
            previous = largest
        return None

    def _factorise(self, tangent: fem.Form) -> None:
        """Assemble and factorise one of both tangents at the exponent. Collective."""
        with self.problem.clock("assembly"):
            self._matrix.zeroEntries()
            fem_petsc.assemble_matrix(self._matrix, tangent)
            self._matrix.assemble()
            zero_rows(self._matrix, self._held, 1.0)
            # concentrations differ by hundreds of orders: each row is divided by that of its node
            owned = len(self._weights.array_r)
            exponent = self.exponent.x.array - self._numbers.valence.value * self._potential
            with np.errstate(over="ignore"):
                weights = np.exp(-exponent[:owned])
            weights[self._owned_held] = 1.0
            self._weights.array[:] = np.clip(weights, 1e-290, 1e290)
            self._matrix.diagonalScale(self._weights)
        if not np.isfinite(self._matrix.norm()):
            raise SingularMatrixError  # MUMPS would search for a pivot for ever
        self._solver.factorise()

    def _solve_for(self) -> np.ndarray:
        """Solution for the right side at hand, ghosts included. Collective."""
        self._right.pointwiseMult(self._right, self._weights)
        self._solver.solve(self._right, self._solution)
        found = fem.Function(self.problem.unknowns.scalar)
        found.x.array[: len(self._solution.array_r)] = self._solution.array_r
        found.x.scatter_forward()
        return np.array(found.x.array)

    def _shared(self, shares: np.ndarray, balanced: bool) -> tuple[np.ndarray, float, np.ndarray]:
        """Rates at the terminals, what cancels in them, and s at all local nodes, where each terminal holds a share.
        Collective."""
        array, owned = self.share.x.array, self.problem.unknowns.owned_nodes
        array[:] = 0.0
        for port, value in zip(self._terminals, shares, strict=True):
            array[port.nodes] = value
        array[self.problem.unknowns.incomplete] = 0.0
        form, tangent = self._equation.of_share if balanced else self._equation.of_share_alone
        self._factorise(tangent)
        self._right.array[:] = -assembled(form)
        self._right.array[self._owned_held] = 0.0
        array += self._solve_for()
        rows = assembled(form)
        nodes = [port.nodes[port.nodes < owned] for port in self._terminals]
        local = np.array([[rows[own].sum() for own in nodes], [np.abs(rows[own]).sum() for own in nodes]])
        rates, sizes = self.problem.mesh.comm.allreduce(local, op=MPI.SUM)
        return np.asarray(rates), float(np.max(sizes, initial=0.0)), array.copy()
