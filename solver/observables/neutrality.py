"""How much of the charge of the channel's wall the ions in the channel balance."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem

from meshes.geometry import ChannelGeometry
from meshes.imported import File
from meshes.side_walls import SIDE_WALL
from solver.case.case import Case
from solver.discretization import forms
from solver.discretization.problem import Problem
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.physics.constants import FARADAY
from solver.results.columns import Quantity

WALL = "channel"
WALLS = (WALL, SIDE_WALL)
"""All walls of the channel: a slit in three dimensions has those at its sides, too."""

NEUTRALISED = "wall_charge_neutralised"

NEGLIGIBLE = 1e-12
"""Charge of the wall, over that of the ions of one sign in the channel, that counts as none."""


class Neutrality(Observable):
    """Part of the wall's charge that is balanced inside the channel (Levy, de Souza, Bazant, J. Colloid Interface Sci. 579,
    162 (2020)); what is missing is balanced in front of the mouths and in a solid around the channel."""

    quantities = (
        Quantity(
            NEUTRALISED,
            "neutralised wall charge",
            "Part of the charge of the channel's wall that the ions in the channel balance, less those that balance the fixed"
            " charge of membranes in it; the rest is balanced outside.",
            error=BAR,
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._ions = self._one_sign = None
        geometry = case.geometry
        if not isinstance(geometry, (ChannelGeometry, File)) or geometry.mouths is None:
            return
        start, stop = (position / problem.tagged.unit for position in geometry.mouths)
        z = ufl.SpatialCoordinate(problem.mesh)[0]
        inside = ufl.conditional(ufl.And(ufl.gt(z, start), ufl.lt(z, stop)), 1.0, 0.0)
        weight, volume = inside * problem.metric.weight, problem.measures.liquid
        cations = [max(z, 0) for z in problem.valences]
        with problem.clock("compile"):
            ions = forms.charge_density(problem.c, problem.valences) * weight * volume
            fixed = problem.materials.fixed_charge_in(problem.measures, weight, problem.scales.concentration)
            self._ions = fem.form(ions + fixed)
            self._one_sign = fem.form(forms.charge_density(problem.c, cations) * weight * volume)
        there = [name for name in WALLS if name in problem.tagged.boundaries]
        self._wall = [charge.total for name in there for charge in problem.at_walls.whole_charge(name)]

    def measure(self, state: DeviceState) -> dict[str, float]:
        """The part; NaN where the wall has no charge in sum, nothing of walls without a law."""
        if self._ions is None or self._one_sign is None:
            return {}
        if WALL in state.electrodes:
            charge = float(state.charges[len(state.terminals) + state.electrodes.index(WALL)])
        elif self._wall:
            charge = sum(map(state.integral, self._wall)) * state.scales.electric_flux
        else:
            return {}
        ions, cations = (FARADAY * state.integral(form) * state.scales.amount for form in (self._ions, self._one_sign))
        return {NEUTRALISED: -ions / charge if abs(charge) > NEGLIGIBLE * cations else np.nan}
