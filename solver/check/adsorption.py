"""Numbers of walls that adsorb: how much, how fast, and whether diffusion keeps up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from solver.case.case import Case
from solver.inputs.text import number, si, table
from solver.laws.algebra import NUMBERS
from solver.laws.walls.base import WallLaw
from solver.physics.solution import Solution


@dataclass(frozen=True)
class AdsorptionNumbers:
    """What a wall takes of one species from the solution of the first terminal, as though it had no charge.

    Attributes:
        name: of the wall and the species.
        part: of the sites that hold it in equilibrium.
        relaxation: s, in which the coverage follows where the liquid is well mixed.
        damkoehler: rate of uptake by empty sites over that of diffusion across `distance`, k_on G_m distance / D; None where
            the distance is not known.
        diffusion: s, across the distance. distance: m, the smallest radius or half-height of the liquid.
        stored: amount on the wall in equilibrium over that in the liquid in front of it, within the distance.
    """

    name: str
    part: float
    relaxation: float
    damkoehler: float | None
    diffusion: float | None
    distance: float | None
    stored: float | None


def adsorption_numbers(case: Case) -> tuple[AdsorptionNumbers, ...]:
    """One entry for every species that binds to a wall."""
    solution, distance = case.solutions()[0], case.geometry.smallest
    return tuple(
        found
        for wall in case.holders
        for law in case.walls[wall].laws
        for found in _of_law(wall, law, solution, distance)
    )


def _of_law(wall: str, law: WallLaw, solution: Solution, distance: float | None) -> Iterator[AdsorptionNumbers]:
    at = law.in_solution(0.0, solution)
    empty = replace(at, coverages=dict.fromkeys(law.coverages, 0.0))
    gains, capacities = law.rates(empty, NUMBERS), law.capacities()
    for name, settled in at.coverages.items():
        species = name.split(".", 1)[-1]
        number_of = solution.names.index(species)
        concentration, diffusivity = solution.concentrations[number_of], solution.diffusivities[number_of]
        # rates are linear in the coverages
        loss = (
            gains[name] - law.rates(replace(empty, coverages={**empty.coverages, name: settled}), NUMBERS)[name]
        ) / settled
        yield AdsorptionNumbers(
            name=f"{species} on {wall}",
            part=float(settled) / capacities[species],
            relaxation=float(1.0 / loss),
            damkoehler=None if distance is None else gains[name] / concentration * distance / diffusivity,
            diffusion=None if distance is None else distance**2 / diffusivity,
            distance=distance,
            stored=None if distance is None else float(settled) / (concentration * distance),
        )


def text(found: tuple[AdsorptionNumbers, ...]) -> list[str]:
    """A table, where there is anything."""
    if not found:
        return []
    across = f" across {si(found[0].distance, 'm')}" if found[0].distance is not None else ""
    rows = [
        ("part of the sites in equilibrium", lambda each: number(each.part)),
        ("time of adsorption, well mixed", lambda each: si(each.relaxation, "s")),
        (f"time of diffusion{across}", lambda each: si(each.diffusion, "s")),
        ("Damkoehler number k_on G_m h/D", lambda each: "-" if each.damkoehler is None else number(each.damkoehler)),
        ("amount on the wall / in the liquid", lambda each: "-" if each.stored is None else number(each.stored)),
    ]
    return [table("adsorption", found, rows)]
