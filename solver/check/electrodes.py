"""Numbers of electrodes: their layers, and where and how easily their reactions pass current."""

from __future__ import annotations

from collections.abc import Iterator

from meshes.cell import Cell
from solver.case.case import Case
from solver.case.layers import charge_of_metal
from solver.check.numbers import ElectrodeNumbers, ReactionNumbers
from solver.laws.algebra import NUMBERS
from solver.laws.walls.base import WallLaw
from solver.physics.constants import FARADAY
from solver.physics.solution import Solution

STEP = 1e-4
"""Of the potential, in thermal voltages, by which the resistance at rest is measured."""


def electrode_numbers(case: Case, name: str) -> ElectrodeNumbers:
    """Numbers of one electrode."""
    solution = max(case.solutions(), key=lambda each: each.strength)
    return ElectrodeNumbers(
        name,
        None if name in case.galvanostatic else case.potential_of(name),
        case.walls[name].current,
        solution.permittivity / solution.debye_length,
        case.stern_capacitance(name),
        max(charge_of_metal(case, name, each) for each in case.solutions()),
        _reactions(case, name),
    )


def _limits(case: Case) -> Iterator[tuple[str, str]]:
    """Held currents that no steady state of an electroneutral cell carries."""
    if not case.is_electroneutral or not isinstance(case.geometry, Cell):
        return
    area = case.geometry.strip * case.geometry.width
    for name in case.galvanostatic:
        limits = [reaction.limiting for reaction in _reactions(case, name) if reaction.limiting is not None]
        part = abs(case.walls[name].current) / area / min(limits) if limits else 0.0
        if part >= 1.0:
            yield (
                f"limit {name}",
                f"the current at '{name}' is {part:.3g} times the diffusion-limited one, beyond which an electroneutral cell"
                " has no steady state; in time the salt at an electrode is used up: hold less, or write 'solver: {charge:"
                " poisson}'",
            )


def _reactions(case: Case, name: str) -> tuple[ReactionNumbers, ...]:
    """What its reactions do in the solution of every terminal, or in that which fills a cell."""
    laws = [law for law in case.walls[name].laws if law.passes_ions]
    named = [(terminal, case.solution(terminal)) for terminal in case.terminals] or [("", case.solution())]
    found = []
    for law in laws:
        for terminal, solution in named:
            rest = law.rest_in(solution)
            if rest is not None:
                resistance = _resistance(law, solution, rest)
                limit = _limiting(case, law, solution)
                found.append(ReactionNumbers(terminal, rest, resistance, limit, solution.thermal_voltage))
    return tuple(found)


def electrode_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """Reactions that no difference of potentials drives, for want of a layer in which it falls; currents beyond the limit. By
    kind."""
    yield from _limits(case)
    for name, wall in case.walls.items():
        bare = wall.is_electrode and not case.is_electroneutral and case.stern_capacitance(name) is None
        for law in wall.laws if bare else ():
            for solution in case.solutions() if law.passes_ions and law.of_metals else ():
                volt = solution.thermal_voltage
                if _current(law, solution, 0.0) != _current(law, solution, volt):
                    yield (
                        f"bare {name}",
                        f"the reactions of '{name}' have no Stern layer: at the metal, where they happen, the liquid has its"
                        " potential, so that only the concentrations there drive them (all of the drop is in the double"
                        f" layer); write e.g. 'walls: {{{name}: {{stern: {{capacitance: 0.2 F/m^2}}}}}}'",
                    )


def _current(law: WallLaw, solution: Solution, difference: float) -> float:
    """Current density (A/m^2) from a metal into a solution at a difference of their potentials (V)."""
    valences = dict(zip(solution.names, solution.valences, strict=True))
    fluxes = law.fluxes(law.in_solution(0.0, solution).with_metal(difference), NUMBERS)
    return FARADAY * sum(valences[species] * float(flux) for species, flux in fluxes.items())


def _resistance(law: WallLaw, solution: Solution, rest: float) -> float:
    """Charge-transfer resistance at rest, ohm m^2."""
    step = STEP * solution.thermal_voltage
    return 2.0 * step / (_current(law, solution, rest + step) - _current(law, solution, rest - step))


def _limiting(case: Case, law: WallLaw, solution: Solution) -> float | None:
    """Diffusion-limited current density (A/m^2) between the plates of a cell of a binary salt of which one ion reacts: at
    the limit its concentration falls linearly to zero, and its mean stays."""
    if not isinstance(case.geometry, Cell) or len(solution.names) != 2:
        return None
    reacting = list(law.fluxes(law.in_solution(0.0, solution).with_metal(0.0), NUMBERS))
    if len(reacting) != 1:
        return None
    k = solution.names.index(reacting[0])
    own, other = abs(solution.valences[k]), abs(solution.valences[1 - k])
    slope = 2.0 * solution.concentrations[k] / case.geometry.length
    return own * (1.0 + own / other) * FARADAY * solution.diffusivities[k] * slope
