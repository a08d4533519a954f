"""From a case to a problem: conditions of the boundaries, scales; nothing is solved here."""

from __future__ import annotations

import functools

import numpy as np

from meshes.geometry import ChannelGeometry
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.case.walls import ExpressionCharge, PiecewiseCharge
from solver.discretization.boundary import Electrode, Patch, Profile, TerminalCondition, WallCondition
from solver.discretization.end_profile import end_profile
from solver.discretization.parameters import Drive, Ionic
from solver.discretization.problem import DEGREE, Problem
from solver.inputs.keys import value_at
from solver.parallel.clock import Clock
from solver.physics.scales import Scales


def scales_of(case: Case, unit: float, concentration: float) -> Scales:
    """Scales of a case on a mesh with `unit` metres per coordinate; `concentration` (mol/m^3) stays over a sweep."""
    electrolyte = case.electrolyte
    return Scales.of(
        length=unit,
        concentration=concentration,
        temperature=electrolyte.temperature,
        relative_permittivity=electrolyte.relative_permittivity,
        viscosity=electrolyte.viscosity,
        measure_factor=case.geometry.measure_factor,
        axisymmetric=case.geometry.symmetry == "axisymmetric",
    )


def species_of(case: Case) -> tuple[Ionic, ...]:
    """The ions of a case."""
    return tuple(Ionic(name, s.valence, s.diffusivity) for name, s in case.electrolyte.species.items())


def terminals_of(case: Case) -> tuple[TerminalCondition, ...]:
    """What the terminals of a case hold."""
    conditions = []
    for name, terminal in case.terminals.items():
        bulk = case.bulk(name)
        conditions.append(
            TerminalCondition(
                name,
                terminal.potential,
                terminal.pressure,
                tuple(bulk[species] for species in case.electrolyte.species),
                _equilibrium(case, name),
                _ends_a_channel(case, name),
            )
        )
    return tuple(conditions)


def _equilibrium(case: Case, terminal: str) -> Profile | None:
    """Poisson-Boltzmann potential across an end of the channel that is itself a terminal; None in a reservoir."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry) or geometry.reservoir(terminal) is not None:
        return None
    end = float(geometry.terminals.index(terminal))
    charge = float(case.charge_at("channel", np.array([end * geometry.length]))[0])
    if charge == 0:
        return None
    return end_profile(case, terminal, charge)


def _ends_a_channel(case: Case, terminal: str) -> bool:
    """Whether a terminal is a flat end across the axis."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry):
        return False
    reservoir = geometry.reservoir(terminal)
    return reservoir is None or reservoir.terminal == "end"


def walls_of(case: Case) -> tuple[WallCondition, ...]:
    """Charge patches and slip of the walls of a case."""
    conditions = []
    for name, wall in case.walls.items():
        charge = wall.surface_charge
        if isinstance(charge, PiecewiseCharge):
            edges = [-np.inf, *charge.breaks, np.inf]
            patches: tuple[Patch, ...] = tuple(
                Patch(value, start, stop)
                for value, start, stop in zip(charge.values, edges[:-1], edges[1:], strict=True)
            )
        elif isinstance(charge, ExpressionCharge):
            patches = (Patch(1.0, profile=functools.partial(case.charge_at, name)),)
        else:
            patches = (Patch(charge),) if charge or _charge_is_swept(case, name) else ()
        conditions.append(WallCondition(name, patches, wall.slip_length, _electrode(case, name)))
    return tuple(conditions)


def _electrode(case: Case, wall: str) -> Electrode | None:
    """What a wall of given potential holds."""
    given = case.walls[wall]
    if given.potential is None:
        return None
    return Electrode(given.potential, case.stern_capacitance(wall))


def _charge_is_swept(case: Case, wall: str) -> bool:
    """Whether a wall without charge here gets one at another point of the study, or beside it for a derivative."""
    varied = [*case.study.driven_keys(), *case.outputs.sensitivities]
    return any(parameter.startswith(f"walls.{wall}.surface_charge") for parameter in varied)


QUADRATURE_OF_A_DEGREE = 2
"""What each degree of the elements beyond the usual one adds to the degree of the quadrature."""


def reference_concentration(case: Case) -> float:
    """mol/m^3: the largest concentration of a species in a reservoir, the scale of a problem made for the case."""
    return max(value for name in case.terminals or case.electrodes for value in case.bulk(name).values())


def make_problem(case: Case, tagged: TaggedMesh, clock: Clock, degree: int = DEGREE) -> Problem:
    """The discrete problem of a case; `drive_of` gives the values it starts with."""
    return Problem(
        tagged,
        scales_of(case, tagged.unit, reference_concentration(case)),
        species_of(case),
        terminals_of(case),
        walls_of(case),
        flow=case.solver.flow == "stokes",
        clock=clock,
        stores=not case.terminals or case.study.needs_storage,
        quadrature_degree=case.solver.quadrature_degree + QUADRATURE_OF_A_DEGREE * (degree - DEGREE),
        degree=degree,
    )


def drive_of(problem: Problem, case: Case) -> Drive:
    """The values of a case for a problem with the same structure (see `same_structure`)."""
    scales = scales_of(case, problem.tagged.unit, problem.scales.concentration)
    bulk = () if case.terminals else tuple(case.bulk(case.driven_terminal).values())
    return problem.drive(terminals_of(case), walls_of(case), species_of(case), scales, bulk)


def value_of(case: Case, parameter: str) -> float:
    """SI value of a numeric key of the case, e.g. "terminals.base.potential".

    Raises:
        CaseError: there is no such key.
    """
    case.unit(parameter)
    return float(value_at(case.model_dump(mode="json"), parameter))


def differs_in_values_and_sizes(one: Case, other: Case) -> bool:
    """Whether a problem of the first case serves the other once its mesh is moved."""
    geometries = one.geometry, other.geometry
    same_kind = type(geometries[0]) is type(geometries[1])
    return same_kind and same_structure(one, other.model_copy(update={"geometry": one.geometry}))


def same_structure(one: Case, other: Case) -> bool:
    """Whether two cases differ only in values that a drive holds, so that mesh and problem can be kept."""

    def skeleton(case: Case) -> tuple[object, ...]:
        walls = [
            (wall.name, wall.slip_length, [(p.start, p.stop, p.profile is None) for p in wall.patches])
            for wall in walls_of(case)
        ]
        formulas = [w.surface_charge for w in case.walls.values() if isinstance(w.surface_charge, ExpressionCharge)]
        valences = [(name, s.valence) for name, s in case.electrolyte.species.items()]
        return case.geometry, case.mesh, case.solver, walls, formulas, valences

    return skeleton(one) == skeleton(other)
