"""Slabs of materials between two reservoirs in one dimension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from dolfinx import mesh as dmesh

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.regions.base import RegionLaw
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import thermal_voltage
from tests.support.cells import UNIT, interval, scales
from validation import mapped

VOLT = thermal_voltage(298.15)

Reservoir = tuple[float | None, ...]
"""Concentration of each species, mol/m^3; None for one that cannot pass."""


def both_ends(start: float, stop: float, first: tuple[float, float], growth: float) -> np.ndarray:
    """Positions in an interval, at distances that grow from about the first ones at both ends to its middle."""
    return start + mapped.both_ends(first[0], growth, stop - start, first[1])


class Slabs:
    """An interval of cells between ascending points (m), of slabs of materials by the position (m) at which they end.

    Args:
        points: of the cells.
        laws: of the slabs.
        solutes: the species.
        ends: reservoirs at the first and the last point.
        profiles: V, potential of each end beyond that of its reservoir.
        electroneutral: instead of Poisson's equation.
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
    ) -> None:
        line = interval(points / UNIT)
        cells = np.arange(line.mesh.topology.index_map(1).size_local, dtype=np.int32)
        middle = dmesh.compute_midpoints(line.mesh, 1, cells)[:, 0] * UNIT
        tags = dmesh.meshtags(line.mesh, 1, cells, 1 + np.searchsorted(list(laws), middle).astype(np.int32))
        names = {f"slab{k}": k + 1 for k in range(len(laws))}
        tagged = TaggedMesh(line.mesh, line.facets, line.boundaries, tags, names, line.symmetry, line.unit)
        self.solutes, self._ends, self._profiles = tuple(solutes), ends, profiles
        largest = max(c for end in ends for c in end if c is not None)
        self.problem = Problem(
            tagged, scales("planar", largest), solutes, self.terminals(0.0), (), flow=False, clock=Clock(), stores=stores,
            regions=[RegionCondition(law, name) for law, name in zip(laws.values(), names, strict=True)],
            electroneutral=electroneutral,
        )  # fmt: skip
        self.continuation = Continuation(self.problem, Newton(self.problem), NewtonSettings())

    def terminals(self, voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        """The first end is held at the voltage (thermal voltages)."""

        def constant(value: float) -> Callable[[np.ndarray], np.ndarray]:
            return lambda r: np.full(len(r), value)

        first, second = (constant(profile) for profile in self._profiles)
        return (
            TerminalCondition("wall", voltage * VOLT, 0.0, self._ends[0], first),
            TerminalCondition("bulk", 0.0, 0.0, self._ends[1], second),
        )

    def solved(self, voltage: float) -> Evaluation:
        """The steady state at a voltage (thermal voltages), from a cold start and without continuation."""
        self.continuation.start_over()
        parameters = self.problem.parameters(self.terminals(voltage), (), self.solutes, self.problem.scales)
        solved = self.continuation.reach(parameters, voltage, f"{voltage:g} thermal voltages")
        assert not solved.events
        return solved.state

    def rates(self, voltage: float) -> np.ndarray:
        """Rates (mol/(m^2 s)) of the species entering at the first end."""
        units = self.problem.scales
        return np.asarray(self.solved(voltage).rates[0] * units.diffusivity * units.concentration / UNIT)

    def current(self, voltage: float) -> float:
        """Current over F (mol/(m^2 s)) entering at the first end."""
        return float(self.rates(voltage) @ [solute.valence for solute in self.solutes])
