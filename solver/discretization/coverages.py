"""Coverages of walls as unknowns: where they live, what they count, and their values at rest.

A coverage G is an amount by area of its wall, an entry of the state at each node there. With the nodal quadrature of its
equation every node has the rate of its own concentration, dG/dt = r(G, c): steady coverages are those of the isotherm at each
node, and none becomes negative beside steep ones. The same G is in the content of its species and in the charge of the wall,
so that no ion is lost or made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import Solute, TerminalCondition, WallCondition
from solver.discretization.parameter_names import HOLDING
from solver.discretization.parameters import Parameters
from solver.discretization.unknowns import Unknowns, WallUnknown, coverage
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.walls.base import WallLaw, WallState
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.scales import Scales

UNIT = 1e-6
"""mol/m^2 of an entry 1."""


def wall_unknowns(
    tagged: TaggedMesh,
    walls: Sequence[WallCondition],
    terminals: Sequence[TerminalCondition],
    solutes: Sequence[Solute],
    scales: Scales,
    filling: Sequence[float],
) -> list[WallUnknown]:
    """The coverages of all walls; each counts relative to the largest in equilibrium with a reservoir, or that is given.

    filling: mol/m^3 of each species in a device without terminals.
    """
    names = [solute.name for solute in solutes]
    rows = [[0.0 if c is None else c for c in terminal.concentrations] for terminal in terminals] or [list(filling)]
    found = []
    for wall in walls:
        for law in wall.laws:
            coefficients = law.coefficients(scales.permittivity / VACUUM_PERMITTIVITY)
            values: dict[str, list[float]] = {name: [] for name in law.coverages}
            for row in rows if law.coverages else ():
                state = _state(dict(zip(names, map(np.float64, row), strict=True)), coefficients)
                with np.errstate(all="ignore"):
                    for each in (law.settled(state, NUMBERS), law.given(state)):
                        for name, value in each.items():
                            values[name].append(float(value))
            for name, known in values.items():
                largest = max((value for value in known if np.isfinite(value)), default=0.0)
                unknown = coverage(wall.name, law.key, name)
                weight = UNIT / largest if largest > 0.0 else 1.0
                found.append(WallUnknown(unknown, tagged.facets_of(wall.name), weight))
    return found


def start(
    unknowns: Unknowns,
    walls: Sequence[WallCondition],
    state: np.ndarray,
    parameters: Parameters,
    model: ElectrolyteModel,
    valences: Sequence[int],
    potential: np.ndarray,
) -> None:
    """Put the coverages at rest into a state: settled, or while they are held those that are given.

    model, valences: of the electrolyte. potential: in thermal voltages at all local nodes.
    """
    scale, mu = parameters.reference.concentration, list(unknowns.electrochemical(state).T)
    local = model.concentrations(mu, potential, valences, scale, NUMBERS)
    concentrations = {name: scale * c for name, c in zip(parameters.slots.species, local, strict=True)}
    raised = [] if model.is_ideal else model.activities(mu, potential, valences, NUMBERS)
    activities = {name: scale * a for name, a in zip(parameters.slots.species, raised, strict=False)}
    for wall in walls:
        for law in wall.laws:
            if not law.coverages:
                continue
            liquid = _state(concentrations, parameters.of_law(wall.name, law.key), activities)
            values = {**law.settled(liquid, NUMBERS), **(law.given(liquid) if parameters[HOLDING] else {})}
            for name, value in values.items():
                unknowns.part(state, coverage(wall.name, law.key, name))[:] = value / UNIT
    state[unknowns.idle] = 0.0


def on_wall(unknowns: Unknowns, state: np.ndarray, wall: str, law: WallLaw) -> dict[str, np.ndarray]:
    """Coverages of a law by name, mol/m^2, at all places where an array has all unknowns, such as the nodes of a state."""
    return {name: UNIT * unknowns.part(state, coverage(wall, law.key, name)) for name in law.coverages}


def held_by(
    law: WallLaw, wall: str, values: Mapping[str, np.ndarray], parameters: Parameters
) -> Mapping[str, np.ndarray]:
    """Amount of each species (mol/m^2) that a law of a wall holds with some coverages."""
    state = _state({}, parameters.of_law(wall, law.key))
    return law.held(replace(state, coverages=values), NUMBERS)


def charge_of_sites(law: WallLaw, wall: str, parameters: Parameters) -> float:
    """Charge (C/m^2) of the sites of a law with coverages, without what they hold; 0 of other laws."""
    charge = law.charge(_state({}, parameters.of_law(wall, law.key)), NUMBERS) if law.coverages else None
    return 0.0 if charge is None else float(charge)


def held(parameters: Parameters) -> Parameters:
    """The parameters at which coverages that are given stay as they are given."""
    return parameters.with_values({HOLDING: 1.0}) if HOLDING in parameters.slots.index else parameters


def _state(
    concentrations: Mapping[str, Any], coefficients: Mapping[str, float], activities: Mapping[str, Any] | None = None
) -> WallState:
    """A liquid of given concentrations and activities, mol/m^3, at a wall; of no known temperature."""
    return WallState(
        potential=0.0,
        concentrations=concentrations,
        position=0.0,
        coefficients=coefficients,
        virtual_potential=0.0,
        wall_potential=None,
        thermal_voltage=np.nan,
        interpolated=lambda function: 0.0,
        activities=activities or {},
    )
