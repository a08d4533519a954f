"""Walls that species pass, before anything is computed: their fluxes against diffusion along the channel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meshes.course import SAMPLES
from meshes.geometry import ChannelGeometry
from solver.case.case import Case
from solver.inputs.choices import type_name
from solver.inputs.text import number, si, table
from solver.laws.algebra import NUMBERS
from solver.physics.constants import FARADAY

OSMOTIC = 0.01
"""Osmotic coefficient less 1 that is worth a word."""
EXHAUSTED = 2.0
"""Damkoehler number from which an ion that leaves at a given rate is used up, even where the field doubles its supply."""


@dataclass(frozen=True)
class OpenWallNumbers:
    """A species at a wall, in the solution and at the potential of a terminal.

    Attributes:
        wall, species, terminal: names.
        flux: into the liquid, mol/(m^2 s). current: what it carries, A/m^2.
        damkoehler: by what part of its concentration a uniform flux of this size changes the species in the middle of the
            channel, |N| S L^2 / (8 D c) with the wall S per volume; nan where the wall is none of a channel.
    """

    wall: str
    species: str
    terminal: str
    flux: float
    current: float
    damkoehler: float


def open_wall_numbers(case: Case) -> tuple[OpenWallNumbers, ...]:
    """Every species that passes a wall, in the solution of each terminal; one row where all terminals are alike."""
    rows: dict[tuple[object, ...], OpenWallNumbers] = {}
    for name in case.open_walls:
        for terminal in case.terminals:
            solution = case.solution(terminal)
            for law in (law for law in case.walls[name].laws if not law.elsewhere):
                state = replace(law.in_solution(0.0, solution), potential=case.terminals[terminal].potential)
                for species, flux in law.fluxes(state, NUMBERS).items():
                    k = solution.names.index(species)
                    rate, z = float(flux), solution.valences[k]
                    spread = solution.diffusivities[k] * solution.concentrations[k]
                    part = abs(rate) * _reach(case, name) / spread
                    row = OpenWallNumbers(name, species, terminal, rate, FARADAY * z * rate, part)
                    rows.setdefault((name, species, rate, spread), row)
    return tuple(rows.values())


def _reach(case: Case, wall: str) -> float:
    """S L^2 / 8 in m."""
    geometry = case.geometry
    if wall != "channel" or not isinstance(geometry, ChannelGeometry):
        return math.nan
    mean = float(np.mean(geometry.profile(np.linspace(0.0, 1.0, SAMPLES))))
    return (2.0 if geometry.symmetry == "axisymmetric" else 1.0) / mean * geometry.length**2 / 8.0


def opening_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """Species that a wall takes faster than diffusion brings them, or that go by concentrations where activities decide;
    by kind."""
    for row in open_wall_numbers(case):
        given = case.walls[row.wall].fluxes or {}
        if given.get(row.species, 0.0) < 0.0 and row.damkoehler > EXHAUSTED:
            yield (
                f"exhausted {row.wall} {row.species}",
                f"the wall '{row.wall}' takes {row.damkoehler:.3g} times as much {row.species} as diffusion brings (solution"
                f" of '{row.terminal}'): it runs out in the middle, unless the wall's charge or a field brings more; give a"
                " smaller flux",
            )
    yield from _in_layers(case)
    if not case.electrolyte.model.is_ideal:
        yield from _of_models(case)


def _in_layers(case: Case) -> Iterator[tuple[str, str]]:
    """Permeabilities to ions at walls with a double layer."""
    for name, wall in () if case.is_electroneutral else case.walls.items():
        ions = [each for each in (wall.leak.permeability if wall.leak else ()) if case.electrolyte.valences[each]]
        charges = [charge for s in case.solutions() if ions for charge in wall.extreme_charges(s, case.course(name))]
        if any(charges):
            yield (
                f"layer {name}",
                f"the permeability of the charged wall '{name}' to {', '.join(ions)} goes by the concentrations inside its"
                " double layer, so that ions pass at equilibrium with the bath, too; write 'conductance:"
                f" {{{ions[0]}: 10 S/m^2}}', which stops there",
            )


def _of_models(case: Case) -> Iterator[tuple[str, str]]:
    """What of open walls goes by concentrations, where activities and osmotic coefficients decide on equilibrium."""
    model = case.electrolyte.model
    for name, wall in case.walls.items():
        permeable = [] if wall.leak is None else list(wall.leak.permeability)
        if permeable:
            yield (
                f"permeable {name}",
                f"the permeability of the wall '{name}' to {', '.join(permeable)} goes by concentrations, but equilibrium in"
                f" '{type_name(type(model))}' by activities: with a bath of another composition than the liquid's the flux"
                " does not stop where the electrochemical potentials are equal; compare with 'model: ideal'",
            )
        for terminal in case.terminals if wall.water is not None else ():
            solution = case.solution(terminal)
            found = float(model.osmotic_pressure(solution.concentrations, 1.0, NUMBERS))
            if abs(found / sum(solution.concentrations) - 1.0) > OSMOTIC:
                yield (
                    f"osmolarity {name}",
                    f"the osmolarity at the wall '{name}' is the osmotic pressure of the bath over RT, which for the solution"
                    f" of '{terminal}' is {si(found / 1e3, 'M')} in '{type_name(type(model))}', and not the sum of its"
                    f" concentrations, {si(sum(solution.concentrations) / 1e3, 'M')}; count the bath likewise",
                )


def text(rows: Sequence[OpenWallNumbers]) -> list[str]:
    """The block of `check` about such walls."""
    if not rows:
        return []
    columns = [
        ("flux into the liquid", lambda r: f"{number(r.flux * 1e6)} umol/m^2/s"),
        ("current", lambda r: si(r.current, "A/m^2")),
        ("Damkoehler number N S L^2/(8 D c)", lambda r: number(r.damkoehler)),
    ]
    names = [f"{row.species} at {row.wall}, solution of {row.terminal}" for row in rows]
    return [table("wall that species pass", rows, columns, names=names)]
