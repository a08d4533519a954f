"""The numbers a designer wants before running a case, and warnings of what will go wrong. No mesh, no finite elements.

`check(case)` gives a frozen `Check`, `report(case)` the text that `nanochannel check` prints. The numbers are those of
the case as written; the warnings also look at the ends of its sweeps and at the extremes of its protocol. Estimates are
of the kind that needs no field solution: closed forms, and the exact Poisson-Boltzmann solution of single cross-sections
(solver.physics.cross_section).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.case.walls import DRY
from solver.check.adsorption import adsorption_numbers
from solver.check.channel import channels_of
from solver.check.conductivity import measured_conductivity
from solver.check.electrodes import electrode_numbers
from solver.check.mesh_file import expected_size, wall_numbers
from solver.check.numbers import CheckNumbers, DeviceNumbers, SectionNumbers, TerminalNumbers
from solver.check.openings import open_wall_numbers
from solver.check.plausible import implausible
from solver.check.pores import pore_numbers
from solver.check.regions import gate_numbers, membrane_numbers, passage_numbers
from solver.check.regulated import regulated_numbers
from solver.check.salinity import salinity_numbers
from solver.check.size import estimate_unknowns
from solver.check.text import render
from solver.check.times import device_times
from solver.check.warnings import find_warnings
from solver.inputs.errors import CaseError

__all__ = ["Check", "DeviceNumbers", "SectionNumbers", "TerminalNumbers", "check", "report"]


@dataclass(frozen=True, repr=False)
class Check(CheckNumbers):
    """All numbers and warnings of a case; printed as text."""

    def __repr__(self) -> str:
        return render(self)


def report(case: Case, found: MeshSurvey | None = None) -> str:
    """The numbers and warnings of a case as text."""
    return render(check(case, found))


def check(case: Case, found: MeshSurvey | None = None) -> Check:
    """Numbers and warnings of a case. Takes some 50 ms, the Poisson-Boltzmann problem of about 40 cross-sections; with walls
    whose charge follows from these, ten times that.

    found: what its mesh file holds, where that was opened.

    Raises:
        CaseError: values are of such sizes that nothing can be computed with them; a law needs liquid at its wall, and there
            is none.
    """
    points = extreme_points(case)
    _check_wet(case, found)
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            return _checked(case, points, found)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        unusual = "; ".join(list(implausible(points).values())[:2])
        text = f"its numbers cannot be computed ({error}){f': {unusual}' if unusual else ''}"
        raise CaseError(text, file=case.file) from None


def _checked(case: Case, points: list[tuple[str, Case]], found: MeshSurvey | None) -> Check:
    bias = max(point.largest_bias() for _, point in points)
    geometry, times = case.geometry, device_times(case)
    channels = channels_of(points, bias)
    return Check(
        case_name=case.name,
        title=case.title,
        symmetry=geometry.symmetry,
        largest_bias=bias,
        terminals=tuple(_terminal(case, name) for name in case.terminals) or (_filling(case),),
        electrodes=tuple(
            electrode_numbers(case, name) for name in case.electrodes if name not in case.gates and _is_wet(name, found)
        ),
        times=times if case.study.needs_storage else None,
        study=case.study.numbers(case, times),
        sections=channels[0].sections if channels else (),
        devices=channels[0].devices if channels else (),
        adapted_to=_adapted_to(case),
        electroneutral=case.is_electroneutral,
        mesh=estimate_unknowns(case, min(layer_thickness(point) for _, point in points))
        if found is None
        else expected_size(case, found),
        warnings=tuple(find_warnings(case, points, channels, times, found)),
        found=found,
        walls=() if found is None else wall_numbers(case, found),
        membranes=membrane_numbers(case, found),
        gates=gate_numbers(case, found),
        passages=passage_numbers(case),
        regulated=regulated_numbers(case),
        why_no_conductance=_why_no_conductance(case),
        open_walls=open_wall_numbers(case),
        adsorption=adsorption_numbers(case),
        pores=pore_numbers(case),
        properties=case.electrolyte.properties.note,
        salinity=salinity_numbers(case, [row.uniform for row in channels[0].devices] if channels else ()),
    )


def extreme_points(case: Case) -> list[tuple[str, Case]]:
    """The case as written (label "") and at the least and greatest values of its sweeps, of what a protocol drives or of
    the biases of a spectrum, with labels such as "terminals.base.potential = 1 V". The points are steady."""
    points = {"": case}
    for start, values in case.study.extreme_settings(case):
        points.setdefault(case.label(values), start.with_values(values))
    return list(points.items())


# ------------------------------------------------------------------------------------------------ numbers
def _why_no_conductance(case: Case) -> str:
    """What keeps the conductance of a drawn device from being known; "" where nothing does."""
    if case.layout.plugs:
        return "a membrane depletes salt at one of its faces and enriches it at the other"
    return "what a gate brings to the wall depends on the potential of the liquid" if case.gates else ""


def _adapted_to(case: Case) -> str:
    """To what the mesh will be adapted, in words; empty where it will not."""
    if case.mesh.tolerance is None:
        return ""
    return f"{100.0 * case.mesh.tolerance:.2g} % of the {case.mesh.goal.replace('_', ' ')}"


def _terminal(case: Case, name: str) -> TerminalNumbers:
    solution = case.solution(name)
    return TerminalNumbers(
        name,
        case.terminals[name].potential,
        case.bulk(name),
        solution.debye_length,
        solution.conductivity,
        measured_conductivity(solution),
        case.pH_of(name),
        case.electrolyte.model.largest_concentrations(solution.names),
    )


def _filling(case: Case) -> TerminalNumbers:
    solution = case.solution()
    measured = measured_conductivity(solution)
    largest = case.electrolyte.model.largest_concentrations(solution.names)
    liquid = case.bulk(), solution.debye_length, solution.conductivity, measured, case.pH_of(), largest
    return TerminalNumbers("", math.nan, *liquid)


def _check_wet(case: Case, found: MeshSurvey | None) -> None:
    """Refuse laws of the liquid at walls that no liquid touches."""
    for name, wall in case.walls.items():
        if wall.needs_liquid is not None and not _is_wet(name, found):
            raise CaseError(DRY, key=("walls", name, wall.needs_liquid), file=case.file)


def _is_wet(wall: str, found: MeshSurvey | None) -> bool:
    """Whether there is liquid at a wall; the outer side of a solid has none."""
    return found is None or found.boundary(wall).touches_liquid
