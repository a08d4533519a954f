"""From laws of walls to integrands: charge, fluxes and coverages of each wall as expressions of the state there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from meshes.course import Places
from solver.discretization import forms
from solver.discretization.boundary import WallCondition
from solver.discretization.coverages import UNIT
from solver.discretization.parameter_names import (
    CHARGING,
    HOLDING,
    MEAN_AREA,
    MEAN_POTENTIAL,
    PH,
    asked_elsewhere,
    coefficients_of,
    mean_over,
    wall_coefficient,
)
from solver.discretization.symbols import SYMBOLS
from solver.discretization.unknowns import coverage
from solver.discretization.walls import Liquid, WallCharge, WallIntegral
from solver.laws.algebra import NUMBERS
from solver.laws.profiles import off_axis
from solver.laws.walls.base import Elsewhere, WallLaw, WallState, with_protons


@dataclass(frozen=True)
class WallFlux:
    """What enters the liquid at a wall of one species: its number, and the flux in units of D c / L."""

    species: int
    into_liquid: WallIntegral


@dataclass(frozen=True)
class WallAmount:
    """What a wall holds of one species: its number, and the amount by area in units of c L."""

    species: int
    held: WallIntegral


@dataclass(frozen=True)
class WallChange:
    """The equation of a coverage.

    Attributes:
        wall: its name.
        unknown: name of the coverage.
        value: of the unknown, in symbols.
        rate: of its change, in units of 1 / time.
    """

    wall: str
    unknown: str
    value: Any
    rate: Any


@dataclass(frozen=True)
class WallTerms:
    """What the laws of walls give.

    Attributes:
        charges: of the walls whose laws give one, without what the walls hold; in units of eps V_T / L.
        held_charges: of what the walls hold, in the same units.
        fluxes: of the walls at which species enter.
        amounts: what the walls hold.
        changes: of the coverages.
    """

    charges: tuple[WallCharge, ...]
    held_charges: tuple[WallIntegral, ...]
    fluxes: tuple[WallFlux, ...]
    amounts: tuple[WallAmount, ...]
    changes: tuple[WallChange, ...]

    def integrands(self, test: Any) -> dict[str, Any]:
        """What the walls add to the equations, by the name of the wall; `test` is that of all transport unknowns."""
        terms: list[tuple[WallIntegral, Any]] = []
        for each in (*self.charges, *self.held_charges):
            terms.append((each, forms.surface_charge(each.value, test[0], each.liquid.metric)))
        for flux in self.fluxes:
            into = flux.into_liquid
            terms.append((into, forms.inflow(into.value, test[1 + flux.species], into.liquid.metric)))
        return _summed(terms)

    def contents(self, test: Any) -> dict[str, Any]:
        """What each test function of a species holds at the walls, by the name of the wall."""
        found: list[tuple[WallIntegral, Any]] = []
        for each in self.amounts:
            amount = each.held
            found.append((amount, forms.storage(amount.value, test[1 + each.species], amount.liquid.metric)))
        found += [(each, each.stored(test)) for each in self.charges if each.bound]
        return _summed(found)

    def kinetics(self, tests: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """The equations of the coverages by the name of the wall, for `Measures.nodes`: what they store, and the rest.

        tests: test functions of the coverages by name.
        """
        found: dict[str, tuple[Any, Any]] = {}
        for change in self.changes:
            stored, rest = found.get(change.wall, (0, 0))
            test = tests[change.unknown]
            found[change.wall] = stored + change.value * test, rest - change.rate * test
        return found

    def whole_charge(self, name: str) -> tuple[WallIntegral, ...]:
        """The charge of a wall in parts: that of its laws, and that of what it holds."""
        return tuple(each for each in (*self.charges, *self.held_charges) if each.name == name)

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
    means: Mapping[str, Any],
    charged: bool,
    of_components: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> WallTerms:
    """What the laws of walls give.

    constants: of all coefficients of walls by name, SI. units: SI units of potential and surface charge. means: over walls,
        by their names among the parameters (see `mean_variables`). charged: whether walls have a charge; not in a liquid
        that is neutral everywhere. of_components: amounts of species as those of components in equilibrium, see
        `solver.discretization.reactions`.

    Raises:
        ValueError: a law gives the flux of a species that is not there.
    """
    names, scales = list(liquid.concentrations), liquid.scales
    unit = scales.diffusivity * scales.concentration / scales.length
    charges: list[WallCharge] = []
    held_charges: list[WallIntegral] = []
    fluxes, amounts, changes = [], [], []
    for wall in walls:
        metal = ufl.variable(constants[f"walls.{wall.name}.potential"]) if wall.is_port else None
        states = [(law, _state(liquid, wall, law, constants, units, means, metal)) for law in wall.laws]
        charging, unit_charge = constants[CHARGING], units["surface_charge"]
        if charged and (charge := _charge(liquid, wall, states, charging, unit_charge, of_components)):
            charges.append(charge)
        given = [held for law, state in states if (held := law.held_charge(state, SYMBOLS)) is not None]
        if charged and given:
            held_charges.append(WallIntegral(liquid, wall.name, charging * sum(given) / unit_charge, metal))
        for name, flux in of_components(_sums(law.fluxes(state, SYMBOLS) for law, state in states)).items():
            fluxes.append(WallFlux(names.index(name), WallIntegral(liquid, wall.name, flux / unit, metal)))
        for name, amount in of_components(_sums(law.held(state, SYMBOLS) for law, state in states)).items():
            held = WallIntegral(liquid, wall.name, amount / (scales.concentration * scales.length))
            amounts.append(WallAmount(names.index(name), held))
        for law, state in states:
            changes += _changes(wall, law, state, scales.time, constants)
    return WallTerms(tuple(charges), tuple(held_charges), tuple(fluxes), tuple(amounts), tuple(changes))


def _changes(
    wall: WallCondition, law: WallLaw, state: WallState, time: float, constants: Mapping[str, fem.Constant]
) -> list[WallChange]:
    """The equations of the coverages of a law; while they are held, those that are given stay there. time: s of a unit."""
    given, found = law.given(state), []
    for name, rate in law.rates(state, SYMBOLS).items():
        value, change = state.coverages[name] / UNIT, rate * time / UNIT
        if name in given:
            holding = constants[HOLDING]
            change = holding * (given[name] / UNIT - value) + (1.0 - holding) * change
        found.append(WallChange(wall.name, coverage(wall.name, law.key, name), value, change))
    return found


def _sums(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum of mappings, name by name."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            found[name] = found[name] + value if name in found else value
    return found


def _summed(terms: Iterable[tuple[WallIntegral, Any]]) -> dict[str, Any]:
    """Sum of integrands by the name of their wall."""
    return _sums({each.name: term} for each, term in terms)


def _charge(
    liquid: Liquid,
    wall: WallCondition,
    states: Sequence[tuple[WallLaw, WallState]],
    charging: Any,
    unit_charge: Any,
    of_components: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> WallCharge | None:
    """The charge of a wall, times the factor of all charges and over the unit of charge (C/m^2); None where no law gives
    one."""
    given = [charge for law, state in states if (charge := law.charge(state, SYMBOLS)) is not None]
    if not given:
        return None
    left = [rest for law, state in states if (rest := law.unsolved(state, SYMBOLS)) is not None]
    unit = liquid.scales.concentration * liquid.scales.length
    taken = _sums(law.bound(state, SYMBOLS) for law, state in states)
    known = {name: amount / unit for name, amount in taken.items() if name in liquid.potentials}
    return WallCharge(
        liquid,
        wall.name,
        charging * sum(given) / unit_charge,
        states[0][1].wall_potential,
        sum(rest**2 for rest in left) if left else None,
        dict(of_components(known)),
        len(known) < len(taken),
    )


def _state(
    liquid: Liquid,
    wall: WallCondition,
    law: WallLaw,
    constants: Mapping[str, fem.Constant],
    units: Mapping[str, fem.Constant],
    means: Mapping[str, Any],
    metal: Any,
) -> WallState:
    """The state of the liquid at a wall in symbols, SI."""
    unit, scale = liquid.tagged.unit, liquid.scales.concentration
    x, dimension = ufl.SpatialCoordinate(liquid.tagged.mesh), liquid.tagged.mesh.geometry.dim
    own = coefficients_of(wall.name, law.key, constants)
    molar = math.log(scale / 1e3)
    of_species = {name: mu + molar for name, mu in liquid.potentials.items()}
    pH = None if wall.pH is None else constants[PH]
    potentials, valences = with_protons(of_species, liquid.valences, pH, liquid.virtual_potential)

    def places(at: np.ndarray) -> Places:
        point = (at[0], at[1], at[2]) if dimension == 3 else None
        return wall.course.places(at[0], off_axis(tuple(at), NUMBERS), point)

    def interpolated(function: Callable[[Places], np.ndarray]) -> fem.Function:
        nodal = fem.Function(liquid.unknowns.scalar)
        nodal.interpolate(lambda x: function(places(unit * x[:dimension])))
        nodal.x.scatter_forward()
        return nodal

    return WallState(
        potential=units["potential"] * liquid.potential,
        concentrations={name: scale * c for name, c in liquid.concentrations.items()},
        position=unit * (off_axis(tuple(x[k] for k in range(dimension)), SYMBOLS) if wall.course.radial else x[0]),
        coefficients={below: constants[name] for below, name in own.items()},
        virtual_potential=units["potential"] * liquid.virtual_potential,
        wall_potential=metal,
        thermal_voltage=units["potential"],
        interpolated=interpolated,
        potentials=potentials,
        valences=valences,
        stern_capacitance=constants.get(wall_coefficient(wall.name, "stern", "capacitance")),
        coverages={name: UNIT * liquid.coverages[coverage(wall.name, law.key, name)] for name in law.coverages},
        elsewhere={name: mean_of(name, species, means) for name, species in law.elsewhere.items()},
        activities={name: scale * a for name, a in liquid.activities.items()},
    )


def mean_variables(walls: Sequence[WallCondition], constants: Mapping[str, fem.Constant]) -> dict[str, Any]:
    """The means over walls that laws ask for as variables, by their names among the parameters."""
    asked = asked_elsewhere(walls).items()
    names = [mean_over(wall, what) for wall, species in asked for what in (MEAN_POTENTIAL, MEAN_AREA, *species)]
    return {name: ufl.variable(constants[name]) for name in names}


def mean_of(wall: str, species: Sequence[str], means: Mapping[str, Any]) -> Elsewhere:
    """The liquid at a wall in the mean over it."""
    potential, area, *potentials = (means[mean_over(wall, what)] for what in (MEAN_POTENTIAL, MEAN_AREA, *species))
    return Elsewhere(potential, dict(zip(species, potentials, strict=True)), area)
