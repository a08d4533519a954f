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
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.assembly import assembled
from solver.discretization.cell_points import CellPoints
from solver.discretization.evaluation import Evaluation
from solver.discretization.given_fields import GivenFields
from solver.discretization.parameter_names import of_trace, trace_at
from solver.discretization.parameters import Parameters
from solver.discretization.symbols import SYMBOLS
from solver.discretization.trace_equation import TraceEquation, TraceNumbers, Varying, cell_peclet
from solver.discretization.trace_system import TraceSystem
from solver.laws.algebra import NUMBERS
from solver.laws.regions.fluid import Fluid
from solver.linear.blocks import SingularMatrixError

MOST_STEPS, STEPS_TO_APPROACH = 25, 15
"""Newton steps for the first factor at one strength of the fields; those after which changes are below 1."""

TOLERANCE, ROUNDING = 1e-10, 1e-6
"""Next change of its logarithm, as those before let expect it; changes that no longer shrink and are rounding, where it is
enriched by many orders."""

LARGEST_FALL = 0.95
"""Part of the concentration at a node that one step may take away; what it adds counts by its logarithm."""

SMALLEST_STRENGTH = 1.0 / 8.0
"""Step of the strength of the fields at which Newton's method gives up."""

CLOSE, EXACT = 1e-3, 1e-12
"""Relative residuals of the steps of Newton's method, and of the share, where old factors serve."""

QUICK = 0.25
"""Changes of the logarithm, also over the one before, below which old factors alone give the next."""

STILL = 1e-11
"""Rates over what cancels in them, or diffuses over a unit of length, that are rounding."""


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
        scales: sizes of what cancels in `rates` and in `neutral`, or what diffuses over a unit of length. Shape (2,).
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

    def __init__(self, problem: GivenFields) -> None:
        self.problem, scalar = problem, problem.unknowns.scalar
        self.exponent, self.share = fem.Function(scalar), fem.Function(scalar)
        self._numbers = TraceNumbers(problem)
        self._materials, self._properties = problem.ions.materials_of(problem.traces)
        self._equations: dict[tuple[int, bool] | None, TraceEquation] = {}
        self._equation = self._equation_of(0, neutral=False)
        self._terminals = problem.ports.terminals
        nodes = [port.nodes for port in self._terminals]
        self._held = np.unique(np.concatenate([problem.unknowns.incomplete, *nodes])).astype(np.int64)
        self._owned_held = self._held[self._held < problem.unknowns.owned_nodes]
        systems = [TraceSystem(problem, self._equation.tangent, self._held) for _ in range(2)]
        self._system, (self._of_charges, self._of_points) = systems[0], systems
        self._potential = self._virtual = np.zeros(0)
        self._departures: dict[tuple[int, bool], np.ndarray] = {}
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

    @property
    def factorisations(self) -> int:
        """How many there were."""
        return self._of_charges.factorisations + self._of_points.factorisations

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

    def concentrations_in_cells(self, number: int, at: CellPoints, potential: np.ndarray) -> np.ndarray:
        """Concentration over its unit, of the state that `load` put in, at points with a potential. Shape (points,)."""
        mu, share = (at.values(f).reshape(len(at.points)) for f in (self.exponent, self.share))
        inner = self._materials.inner_in_cells(np.column_stack([mu] * len(self.problem.traces)), at.cells, at.points)[
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
            self._virtual = self._neutral_potential(found)
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
        neutral, of_neutral = np.zeros(0), 0.0
        alike = self._is_neutral_point(number, parameters)
        if not alike:
            self._set(number, parameters, neutral=True)
            self._equation, self._system = self._equation_of(number, neutral=True), self._of_points
            neutral, of_neutral, _ = self._shared(shares, self._first_factor(number, neutral=True))
        self._set(number, parameters)
        self._equation = self._equation_of(number, neutral=False)
        self._system = self._of_points if alike else self._of_charges
        balanced = self._first_factor(number, neutral=alike)
        rates, of_rates, share = self._shared(shares, balanced)
        if alike:
            neutral, of_neutral = rates.copy(), of_rates
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

    def _is_neutral_point(self, number: int, parameters: Parameters) -> bool:
        """Whether no field and no material moves a species: it is the neutral point that its passage is compared with."""
        name = self.problem.traces[number].name
        laws = [region.law for region in self.problem.regions if region.law.holds_ions]
        factors = [(law.relative_diffusivity(name), law.relative_convection(name)) for law in laws]
        same = all(law.partition_coefficient(name) == 1.0 for law in laws) and set(factors) <= {(1.0, 1.0)}
        neutral = parameters[of_trace(name, "valence")] == 0.0
        return neutral and same and self._varying(number, neutral=False) == self._varying(number, neutral=True)

    def _neutral_potential(self, found: Evaluation) -> np.ndarray:
        """Potential of the neutral solution in equilibrium with the liquid, thermal voltages. Shape (nodes,)."""
        problem, unknowns = self.problem, self.problem.unknowns
        mu = unknowns.electrochemical(found.state)
        virtual = problem.model.neutral_potential(list(mu.T), problem.valences, problem.scales.concentration, NUMBERS)
        virtual = np.where(np.isfinite(virtual), virtual, 0.0)
        for port in self._terminals:
            virtual[port.nodes] = found.parameters[port.key] / found.parameters.scales.potential
        virtual[unknowns.incomplete] = 0.0
        return np.asarray(virtual)

    def _first_factor(self, number: int, *, neutral: bool) -> bool:
        """Find mu where all reservoirs hold the same concentration; whether it is found.

        Newton's method starts where the last state of the species was from the neutral solution, or there. Where it fails
        from both with the same fields, valence and flow grow from 0 together. Where that fails, too, as with many e-folds in
        a cell, it stays that of the neutral solution, and the share has all to do.

        Raises:
            SingularMatrixError: on all ranks.
        """
        valence, peclet = float(self._numbers.valence.value), float(self._numbers.peclet.value)
        guess, key = valence * self._virtual, (number, neutral)
        departure = self._departures.pop(key, None)
        found = None if departure is None else self._newton(guess + departure)
        exponent, strength, step = np.zeros(len(guess)), 0.0, 1.0
        while found is None and step > SMALLEST_STRENGTH:
            wanted = min(1.0, strength + step)
            self._numbers.valence.value, self._numbers.peclet.value = wanted * valence, wanted * peclet
            better = self._newton(exponent + (wanted - strength) * guess)
            if better is None:
                step /= 4.0
            elif wanted == 1.0:
                found = better
            else:
                exponent, strength, step = better, wanted, 2.0 * step
        self._numbers.valence.value, self._numbers.peclet.value = valence, peclet
        self.exponent.x.array[:] = guess if found is None else found
        if found is not None:
            self._departures[key] = found - guess
        return found is not None

    def _newton(self, guess: np.ndarray) -> np.ndarray | None:
        """mu from a guess, None where Newton's method does not get there. Collective."""
        self.exponent.x.array[:] = guess
        comm, previous, quick = self.problem.mesh.comm, np.inf, True
        tolerance: float | None = None
        for number in range(1, MOST_STEPS + 1):
            self.problem.clock.check()
            right = assembled(self._equation.residual)
            right[self._owned_held] = 0.0
            if comm.allreduce(float(np.abs(right).max(initial=0.0)), op=MPI.MAX) == 0.0:
                return self.exponent.x.array.copy()
            try:
                change = self._solved_for(self._equation.tangent, right, tolerance)
            except SingularMatrixError:
                return None
            with np.errstate(invalid="ignore"):
                change = np.log1p(np.maximum(-change, -LARGEST_FALL))
            size = np.nan_to_num(np.abs(change).max(initial=0.0), nan=np.inf)  # the same on all ranks
            largest = comm.allreduce(float(size), op=MPI.MAX)
            if not np.isfinite(largest) or (number > STEPS_TO_APPROACH and largest > 1.0):
                return None
            self.exponent.x.array[:] += change
            coming = largest * (min(1.0, largest / previous) if number > 1 else 1.0)
            if coming < TOLERANCE or (previous / 2.0 < largest < ROUNDING and not quick):
                return self.exponent.x.array.copy()
            quick = largest < QUICK * min(1.0, previous)
            tolerance = None if quick else (CLOSE if largest < 1.0 else 0.0)
            previous = largest
        return None

    def _solved_for(self, tangent: fem.Form, right: np.ndarray, tolerance: float | None) -> np.ndarray:
        """Solution with one of both tangents at the exponent (see `TraceSystem.solved`). Collective."""
        energy = self._numbers.valence.value * self._potential
        return self._system.solved(tangent, right, self.exponent.x.array - energy, energy, tolerance)

    def _shared(self, shares: np.ndarray, balanced: bool) -> tuple[np.ndarray, float, np.ndarray]:
        """Rates at the terminals, what cancels in them, and s at all local nodes, where each terminal holds a share: the same
        everywhere where all hold the same. Collective."""
        array, owned = self.share.x.array, self.problem.unknowns.owned_nodes
        same = balanced and bool(np.ptp(shares) == 0.0)
        array[:] = shares[0] if same else 0.0
        for port, value in zip(self._terminals, shares, strict=True):
            array[port.nodes] = value
        array[self.problem.unknowns.incomplete] = 0.0
        if same:
            rows = shares[0] * assembled(self._equation.residual)
        else:
            form, tangent = self._equation.of_share if balanced else self._equation.of_share_alone
            right = -assembled(form)
            right[self._owned_held] = 0.0
            array += self._solved_for(tangent, right, EXACT)
            rows = assembled(form)
        nodes = [port.nodes[port.nodes < owned] for port in self._terminals]
        local = np.array([[rows[own].sum() for own in nodes], [np.abs(rows[own]).sum() for own in nodes]])
        rates, sizes = self.problem.mesh.comm.allreduce(local, op=MPI.SUM)
        size = max(float(np.max(sizes, initial=0.0)), float(self._numbers.diffusivity.value))
        return np.asarray(rates), size, array.copy()
