"""Slabs of materials between two reservoirs in one dimension, from the library's parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.reactions.base import ReactionLaw
from solver.laws.regions.base import RegionLaw
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import thermal_voltage
from solver.physics.scales import Scales
from validation import mapped

TEMPERATURE, PERMITTIVITY, UNIT = 298.15, 78.5, 1e-9
VOLT = thermal_voltage(TEMPERATURE)

Reservoir = tuple[float | None, ...]
"""Concentration of each species, mol/m^3; None for one that cannot pass."""


def both_ends(start: float, stop: float, first: tuple[float, float], growth: float) -> np.ndarray:
    """Positions in an interval, at distances that grow from about the first ones at both ends to its middle."""
    return start + mapped.both_ends(first[0], growth, stop - start, first[1])


def layers(points: np.ndarray, stops: Sequence[float]) -> TaggedMesh:
    """Cells between ascending points (m), in slabs that end at ascending positions. Collective.

    The first point is the boundary "first", the last one "last"; the slabs are the regions "slab0", "slab1", ...
    """
    count = len(points) - 1
    mesh = dmesh.create_interval(MPI.COMM_WORLD, count, [0.0, float(count)])
    ends = [dmesh.locate_entities_boundary(mesh, 0, lambda x, at=at: np.isclose(x[0], at)) for at in (0, count)]
    mesh.geometry.x[:, 0] = np.interp(mesh.geometry.x[:, 0], np.arange(len(points)), points / UNIT)
    cells = mesh.topology.index_map(1)
    local = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    middle = dmesh.compute_midpoints(mesh, 1, local)[:, 0] * UNIT
    tags = dmesh.meshtags(mesh, 1, local, 1 + np.searchsorted(stops, middle).astype(np.int32))
    facets = np.concatenate(ends).astype(np.int32)
    values = np.repeat([1, 2], [len(end) for end in ends]).astype(np.int32)
    order = np.argsort(facets)
    boundary = dmesh.meshtags(mesh, 0, facets[order], values[order])
    names = {f"slab{k}": k + 1 for k in range(len(stops))}
    return TaggedMesh(mesh, boundary, {"first": 1, "last": 2}, tags, names, "planar", UNIT)


class Slabs:
    """An interval of cells between ascending points (m), of slabs of materials by the position (m) at which they end.

    Args:
        points: of the cells.
        laws: of the slabs.
        solutes: the species.
        ends: reservoirs at the first and the last point.
        profiles: V, potential of each end beyond that of its reservoir.
        electroneutral: instead of Poisson's equation.
        stores: storage of ions in time is part of the equations.
        convention: of fluxes where diffusivities vary.
        reactions: between the species.

    Attributes:
        events: what the continuation had to do, of all voltages so far: nothing when Newton's method went straight from rest
            to every one of them.
    """

    def __init__(
        self,
        points: np.ndarray,
        laws: Mapping[float, RegionLaw],
        solutes: Sequence[Solute],
        ends: tuple[Reservoir, Reservoir],
        *,
        profiles: tuple[float, float] = (0.0, 0.0),
        electroneutral: bool = True,
        stores: bool = False,
        convention: str = "thermodynamic",
        reactions: Sequence[ReactionLaw] = (),
    ) -> None:
        tagged = layers(points, list(laws))
        self.solutes, self._ends, self._profiles = tuple(solutes), ends, profiles
        largest = max(c for end in ends for c in end if c is not None)
        units = Scales.of(
            length=UNIT, concentration=largest, temperature=TEMPERATURE, relative_permittivity=PERMITTIVITY,
            viscosity=0.89e-3, measure_factor=UNIT, axisymmetric=False,
        )  # fmt: skip
        self.problem = Problem(
            tagged, units, solutes, self.terminals(0.0), (), flow=False, clock=Clock(), stores=stores,
            regions=[RegionCondition(law, name) for law, name in zip(laws.values(), tagged.regions, strict=True)],
            electroneutral=electroneutral, convention=convention, reactions=reactions,
        )  # fmt: skip
        self.continuation = Continuation(self.problem, Newton(self.problem), NewtonSettings())
        self.events: list[str] = []

    def terminals(self, voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        """The first end is held at the voltage (thermal voltages)."""

        def constant(value: float) -> Callable[[np.ndarray], np.ndarray]:
            return lambda r: np.full(len(r), value)

        first, second = (constant(profile) for profile in self._profiles)
        return (
            TerminalCondition("first", voltage * VOLT, 0.0, self._ends[0], first),
            TerminalCondition("last", 0.0, 0.0, self._ends[1], second),
        )

    def solved(self, voltage: float) -> Evaluation:
        """The steady state at a voltage (thermal voltages), from a cold start. Collective."""
        self.continuation.start_over()
        parameters = self.problem.parameters(self.terminals(voltage), (), self.solutes, self.problem.scales)
        solved = self.continuation.reach(parameters, voltage, f"{voltage:g} thermal voltages")
        self.events += solved.events
        return solved.state

    def rates(self, voltage: float) -> np.ndarray:
        """Rates (mol/(m^2 s)) of the species entering at the first end. Collective."""
        units = self.problem.scales
        return np.asarray(self.solved(voltage).rates[0] * units.diffusivity * units.concentration / UNIT)

    def current(self, voltage: float) -> float:
        """Current over F (mol/(m^2 s)) entering at the first end. Collective."""
        return float(self.rates(voltage) @ [solute.valence for solute in self.solutes])
