"""Ideal bulk conductivities against measured ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.case.case import Case
from solver.inputs.text import si
from solver.physics.salts.conductivity import CONDUCTIVITIES, WATER_PERMITTIVITY, WATER_VISCOSITY, Conductivities
from solver.physics.salts.fits import SAME_TEMPERATURE, TEMPERATURE
from solver.physics.solution import Solution

LARGEST_DIFFERENCE = 0.03
"""Of the ideal conductivity from the measured one, as a part of it."""
SAME_SOLVENT = 0.02
"""Relative difference of permittivity or viscosity from those of water within which a liquid is taken for it."""
TRACE = 1e-3
"""Part of the charge of a sign below which ions do not count (those of water, a tracer)."""


def measured_salt(solution: Solution) -> Conductivities | None:
    """Measurements of the salt of a solution; None for mixtures and for salts without."""
    rows = list(zip(solution.names, solution.valences, solution.concentrations, strict=True))
    least = TRACE * solution.equivalents
    main = [(name, z) for name, z, c in rows if max(abs(z), 1) * c > least]
    cations, anions = [[name for name, z in main if z * sign > 0] for sign in (1, -1)]
    if len(main) != 2 or len(cations) != 1:
        return None
    return CONDUCTIVITIES.get((cations[0], anions[0]))


def measured_conductivity(solution: Solution) -> float | None:
    """S/m where it was measured: at the temperature and within the concentrations of the table; else None."""
    salt = measured_salt(solution)
    if salt is None or not _is_warm_enough(solution) or solution.equivalents > salt.end:
        return None
    return salt.conductivity(solution.equivalents)


def conductivity_warnings(points: Sequence[tuple[str, Case]]) -> Iterator[tuple[str, str]]:
    """The solution whose ideal conductivity differs most from the measured one, if that is too much.

    points: cases with labels of their values.
    """
    worst, text = LARGEST_DIFFERENCE, ""
    for label, case in points:
        for name, solution in zip(list(case.terminals) or [""], case.solutions(), strict=True):
            salt = measured_salt(solution)
            if salt is None or abs(_difference(salt, solution)) <= worst:
                continue
            worst = abs(_difference(salt, solution))
            text = _sentence(salt, solution, f" at '{name}'" if name else "", case) + (
                f" (at {label})" if label else ""
            )
    if text:
        yield "conductivity", text


def property_warnings(points: Sequence[tuple[str, Case]]) -> Iterator[tuple[str, str]]:
    """What the properties and the model of the electrolyte do not know of the solutions."""
    for label, case in points:
        if text := _of_another_solvent(case):
            yield "properties solvent", text + (f" (at {label})" if label else "")
        for name, solution in zip(list(case.terminals) or [""], case.solutions(), strict=True):
            bulk = dict(zip(solution.names, solution.concentrations, strict=True))
            of_model = case.electrolyte.model.caution(solution)
            for text in (*case.electrolyte.properties.cautions(bulk), *([of_model] if of_model else [])):
                where = f"'{name}': " if name else ""
                yield f"properties {text}", f"{where}{text}" + (f" (at {label})" if label else "")


def _of_another_solvent(case: Case) -> str | None:
    """That tables of solutions in water are taken in a liquid that is none."""
    liquid = case.electrolyte
    if not liquid.properties.has_tables:
        return None
    permittivity, viscosity = liquid.relative_permittivity / WATER_PERMITTIVITY, liquid.viscosity / WATER_VISCOSITY
    if max(abs(permittivity - 1.0), abs(viscosity - 1.0)) <= SAME_SOLVENT:
        return None
    return (
        f"the tables of electrolyte.properties are of solutions in water ({WATER_PERMITTIVITY:g}, {WATER_VISCOSITY * 1e3:g}"
        f" mPa s), and without salt this liquid has a permittivity of {liquid.relative_permittivity:g} and a viscosity of"
        f" {liquid.viscosity * 1e3:.3g} mPa s: their ratios to infinite dilution may not hold; write 'properties: constant',"
        " or leave out both"
    )


def _is_warm_enough(solution: Solution) -> bool:
    return abs(solution.temperature - TEMPERATURE) <= SAME_TEMPERATURE


def _difference(salt: Conductivities, solution: Solution) -> float:
    """(ideal - measured) / measured, as far as it is known: beyond the table at its end, at other temperatures that of
    an ideal solution at the table's."""
    known = min(solution.equivalents, salt.end)
    ideal = solution.conductivity * known / solution.equivalents if _is_warm_enough(solution) else salt.molar[0] * known
    return ideal / salt.conductivity(known) - 1.0


def _sentence(salt: Conductivities, solution: Solution, where: str, case: Case) -> str:
    def molar(equivalents: float) -> str:
        return f"{si(equivalents / salt.charges / 1e3, 'M')} {salt.formula}"

    difference = f"{100 * _difference(salt, solution):+.0f} %"
    liquid, ideal = f"{molar(solution.equivalents)}{where}", si(solution.conductivity, "S/m")
    if not _is_warm_enough(solution):
        return (
            f"{liquid}: at {TEMPERATURE} K the conductivity of an ideal solution is {difference} off the measured one"
            f" ({salt.source}), and at {solution.temperature:g} K the program knows no measurement; compare {ideal} with one"
        )
    if solution.equivalents > salt.end:
        return (
            f"{liquid}: measured conductivities ({salt.source}) end at {molar(salt.end)}, where the ideal one is {difference}"
            f" off; compare {ideal} with a measurement, the difference is not part of error bars"
        )
    measured = salt.conductivity(solution.equivalents)
    known = (
        "leave out the species' own diffusivities"
        if case.electrolyte.properties.has_tables
        else ("write 'electrolyte: {properties: measured}'")
    )
    return (
        f"{liquid}: the ideal conductivity, {ideal}, is {difference} off the measured {si(measured, 'S/m')} ({salt.source}),"
        f" which is not part of error bars; {known}, or write diffusivities times"
        f" {measured / solution.conductivity:.3f}, for the measured one"
    )
