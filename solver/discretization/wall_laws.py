"""From laws of walls to integrands: charge and fluxes of each wall as expressions of the liquid's state there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from meshes.course import Places
from solver.discretization import forms
from solver.discretization.boundary import WallCondition
from solver.discretization.parameters import CHARGING, wall_coefficient
from solver.discretization.symbols import SYMBOLS
from solver.discretization.walls import Liquid, WallIntegral
from solver.laws.walls.base import WallLaw, WallState


@dataclass(frozen=True)
class WallFlux:
    """What enters the liquid at a wall of one species: its number, and the flux in units of D c / L."""

    species: int
    into_liquid: WallIntegral


@dataclass(frozen=True)
class WallTerms:
    """What the laws of walls give.

    Attributes:
        charges: of the walls whose laws give one, in units of eps V_T / L.
        fluxes: of the walls at which species enter.
    """

    charges: tuple[WallIntegral, ...]
    fluxes: tuple[WallFlux, ...]

    def integrands(self, test: Any) -> dict[str, Any]:
        """What the walls add to the equations, by the name of the wall; `test` is that of all transport unknowns."""
        found: dict[str, Any] = {}
        for charge in self.charges:
            found[charge.name] = forms.surface_charge(charge.value, test[0], charge.liquid.metric)
        for flux in self.fluxes:
            into = flux.into_liquid
            term = forms.inflow(into.value, test[1 + flux.species], into.liquid.metric)
            found[into.name] = found[into.name] + term if into.name in found else term
        return found

    def by_potential(self, name: str, test: Any) -> ufl.Form | None:
        """Derivative of what a wall adds to the equations by the potential of its metal, per volt; None where it does not
        depend on it."""
        parts = [(0, each) for each in self.charges] + [(1 + each.species, each.into_liquid) for each in self.fluxes]
        found: Any = 0
        for row, part in parts:
            if part.name == name and part.potential is not None:
                found += -ufl.diff(part.value, part.potential) * test[row] * part.liquid.metric.weight
        if isinstance(found, int):
            return None
        form = ufl.algorithms.expand_derivatives(found * parts[0][1].liquid.measures.boundary(name))
        return None if form.empty() else form


def wall_terms(
    liquid: Liquid,
    walls: Sequence[WallCondition],
    constants: Mapping[str, fem.Constant],
    units: Mapping[str, fem.Constant],
    charged: bool,
) -> WallTerms:
    """What the laws of walls give.

    constants: of all coefficients of walls by name, SI. units: SI units of potential and surface charge. charged: whether
        walls have a charge; not in a liquid that is neutral everywhere.

    Raises:
        ValueError: a law gives the flux of a species that is not there.
    """
    names, scales = list(liquid.concentrations), liquid.scales
    unit = scales.diffusivity * scales.concentration / scales.length
    charges, fluxes = [], []
    for wall in walls:
        metal = ufl.variable(constants[f"walls.{wall.name}.potential"]) if wall.is_port else None
        states = [(law, _state(liquid, wall, law, constants, units, metal)) for law in wall.laws]
        given = [charge for law, state in states if (charge := law.charge(state, SYMBOLS)) is not None]
        if given and charged:
            charge = constants[CHARGING] * sum(given) / units["surface_charge"]
            charges.append(WallIntegral(liquid, wall.name, charge, metal))
        sums: dict[str, Any] = {}
        for law, state in states:
            for name, flux in law.fluxes(state, SYMBOLS).items():
                sums[name] = sums[name] + flux if name in sums else flux
        fluxes += [
            WallFlux(names.index(name), WallIntegral(liquid, wall.name, flux / unit, metal))
            for name, flux in sums.items()
        ]
    return WallTerms(tuple(charges), tuple(fluxes))


def _state(
    liquid: Liquid,
    wall: WallCondition,
    law: WallLaw,
    constants: Mapping[str, fem.Constant],
    units: Mapping[str, fem.Constant],
    metal: Any,
) -> WallState:
    """The state of the liquid at a wall in symbols, SI."""
    unit, scale = liquid.tagged.unit, liquid.scales.concentration
    start = wall_coefficient(wall.name, law.key, "")
    own = [name for name in constants if name == start or name.startswith(f"{start}.")]

    def interpolated(function: Callable[[Places], np.ndarray]) -> fem.Function:
        nodal = fem.Function(liquid.unknowns.scalar)
        nodal.interpolate(lambda x: function(wall.course.places(x[0] * unit, x[1] * unit)))
        nodal.x.scatter_forward()
        return nodal

    return WallState(
        potential=units["potential"] * liquid.potential,
        concentrations={name: scale * c for name, c in liquid.concentrations.items()},
        position=unit * ufl.SpatialCoordinate(liquid.tagged.mesh)[1 if wall.course.radial else 0],
        coefficients={name[len(start) + 1 :]: constants[name] for name in own},
        virtual_potential=units["potential"] * liquid.virtual_potential,
        wall_potential=metal,
        thermal_voltage=units["potential"],
        valences=liquid.valences,
        interpolated=interpolated,
    )
