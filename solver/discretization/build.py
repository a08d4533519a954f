"""From a case to a problem: conditions of the boundaries, scales; nothing is solved here."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.geometry import ChannelGeometry
from meshes.junction import Junction
from meshes.layout import FLUID
from meshes.stack import StackKeys
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.case.solids import is_drawn
from solver.case.walls import DRY
from solver.discretization.boundary import RegionCondition, Solute, TerminalCondition, TraceSolute, WallCondition
from solver.discretization.end_profile import equilibrium
from solver.discretization.parameters import Parameters
from solver.discretization.problem import DEGREE, Problem
from solver.inputs.errors import CaseError
from solver.inputs.keys import value_at
from solver.laws.properties.constant import Constant
from solver.laws.regions.fluid import Fluid
from solver.laws.walls.exchange import TerminalExchange
from solver.linear.blocks import BlockSolver
from solver.linear.presets import AUTOMATIC, DEFAULT, LARGEST_DIRECT, SPLIT, block_solver
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
        dimension=case.geometry.dimension,
    )


def solutes_of(case: Case) -> tuple[Solute, ...]:
    """The species of a case."""
    return tuple(Solute(name, s.valence, s.diffusivity) for name, s in case.electrolyte.species.items())


def traces_of(case: Case) -> tuple[TraceSolute, ...]:
    """The trace species of a case."""
    liquid = case.electrolyte.temperature, case.electrolyte.viscosity
    return tuple(TraceSolute(n, s.valence, s.diffusivity_in(*liquid)) for n, s in case.electrolyte.trace.items())


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
                equilibrium(case, name),
                _ends_a_channel(case, name),
                normal_at(case, name),
                terminal.current,
                terminal.flow_rate,
                tuple(case.trace_at(name).values()),
                TerminalExchange(terminal.exchange) if terminal.exchange else None,
            )
        )
    return tuple(conditions)


def normal_at(case: Case, terminal: str) -> int:
    """Number of the coordinate across the end of a channel at a terminal."""
    return case.geometry.normal(terminal) if isinstance(case.geometry, Junction) else 0


def _ends_a_channel(case: Case, terminal: str) -> bool:
    """Whether a terminal is a flat end across the axis."""
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry | Junction):
        return isinstance(geometry, StackKeys)
    reservoir = geometry.reservoir(terminal)
    return reservoir is None or reservoir.terminal == "end"


def walls_of(case: Case) -> tuple[WallCondition, ...]:
    """Laws of the walls of a case."""
    pH = case.electrolyte.pH if case.electrolyte.protons == "buffered" else None
    return tuple(WallCondition(name, wall.laws, case.course(name), pH) for name, wall in case.walls.items())


def regions_of(case: Case) -> tuple[RegionCondition, ...]:
    """Materials of the regions of a case."""
    if is_drawn(case.geometry) and (layout := case.layout):
        fluid = (RegionCondition(Fluid(), FLUID),) if layout.leaves_fluid(case.geometry) else ()
        return (*fluid, *(RegionCondition(law, name) for name, law in case.regions.items()))
    laws = list(case.regions.values()) or [Fluid()]
    if all(law == laws[0] for law in laws) and not laws[0].coefficients():
        return (RegionCondition(laws[0]),)  # the whole mesh
    return tuple(RegionCondition(law, name) for name, law in case.regions.items())


QUADRATURE_OF_A_DEGREE = 2
"""What each degree of the elements beyond the usual one adds to the degree of the quadrature."""

WITH_EQUILIBRIA, OF_A_DEGREE_WITH_EQUILIBRIA = 14, 8
"""The same, and the least degree, where species are in equilibrium: where an acid meets a base, concentrations fall by ten
decades within a cell. Its integrals decide of the flux: with exact ones cells need not resolve the front (16 cells between pH
2 and 12 are right to 3e-5), with degree 5 a thousand cells are needed for 1e-4. Error bars see what is left."""


def reference_concentration(case: Case) -> float:
    """mol/m^3: the largest concentration of a species in a reservoir, the scale of a problem made for the case."""
    return max(value for name in case.terminals or case.electrodes for value in case.bulk(name).values())


def quadrature_of(case: Case, degree: int) -> int:
    """Degree of the quadrature of a problem with elements of a degree."""
    if case.electrolyte.dependences:
        given = max(case.solver.quadrature_degree, WITH_EQUILIBRIA)
        return given + OF_A_DEGREE_WITH_EQUILIBRIA * (degree - DEGREE)
    return case.solver.quadrature_degree + QUADRATURE_OF_A_DEGREE * (degree - DEGREE)


def linear_of(case: Case, tagged: TaggedMesh, degree: int = DEGREE) -> str:
    """Name of the linear solver of a problem. Collective.

    Raises:
        CaseError: on all ranks; the case names one that cannot solve it.
    """
    wanted, reason = case.solver.linear, not_split(case)
    if wanted == SPLIT and reason:
        text = f"{SPLIT} cannot solve this yet: {reason}; write {AUTOMATIC}"
        raise CaseError(text, key=("solver", "linear"), file=case.file)
    if wanted == SPLIT and degree > DEGREE:
        return DEFAULT  # multigrid is not made for higher degrees: such problems measure errors only
    if wanted != AUTOMATIC:
        return wanted
    if tagged.mesh.topology.dim < 3:
        return DEFAULT
    return "direct" if reason or _unknowns_in_3d(case, tagged, degree) < LARGEST_DIRECT else SPLIT


def _unknowns_in_3d(case: Case, tagged: TaggedMesh, degree: int) -> float:
    """About how many unknowns a problem has: those of a tetrahedral mesh with elements of degree 2 for other degrees scaled.
    Collective."""
    topology = tagged.mesh.topology
    topology.create_entities(1)
    vertices, edges = (topology.index_map(dimension).size_global for dimension in (0, 1))
    moving = 3 if case.solver.flow == "stokes" else 0
    return (1 + len(case.electrolyte.species) + moving) * (vertices + edges) * (degree / 2) ** 3 + vertices


def not_split(case: Case) -> str:
    """What in a case the split of fields cannot solve yet; "" for others."""
    if not case.terminals:
        return "a device without terminals"
    if case.is_electroneutral:
        return "solver.charge: electroneutral"
    for name, terminal in case.terminals.items():
        if terminal.flow_rate is not None:
            return f"terminals.{name}.flow_rate"
    for name, wall in case.walls.items():
        if any(law.coverages for law in wall.laws):
            return f"what is held by the wall {name}"
    return ""


def make_problem(case: Case, tagged: TaggedMesh, clock: Clock, degree: int = DEGREE) -> Problem:
    """The discrete problem of a case; `parameters_of` gives its values. Collective.

    Raises:
        CaseError: on all ranks; a law that needs liquid at its wall finds none, or nothing can flow at a given rate.
    """
    problem = Problem(
        tagged,
        scales_of(case, tagged.unit, reference_concentration(case)),
        solutes_of(case),
        terminals_of(case),
        walls_of(case),
        model=case.electrolyte.model,
        regions=regions_of(case),
        reactions=case.electrolyte.reaction_laws,
        flow=case.solver.flow == "stokes",
        clock=clock,
        stores=not case.terminals or case.study.needs_storage,
        quadrature_degree=quadrature_of(case, degree),
        degree=degree,
        electroneutral=case.is_electroneutral,
        filling=_filling(case),
        properties=case.electrolyte.properties,
        convention=case.electrolyte.diffusivity_convention,
        traces=traces_of(case),
        split=linear_of(case, tagged, degree) == SPLIT,
    )
    _check_wet(case, problem)
    _check_passable(case, problem)
    return problem


IMPASSABLE = 1e-12
"""Flow rate for a unit pressure over the squared area of the terminal (both dimensionless) that is rounding: channels a
million times as long as wide have more."""


def _check_passable(case: Case, problem: Problem) -> None:
    """Refuse flow rates at terminals from which no liquid gets to another one."""
    if problem.flow is None or problem.flow.solved.held is None:
        return
    for name, answer in zip(case.flow_terminals, np.diag(problem.flow.solved.held.schur), strict=True):
        form = fem.form(problem.metric.weight * problem.measures.boundary(name))
        area = problem.mesh.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM)
        if not abs(answer) > IMPASSABLE * area**2:
            text = "no liquid gets from there to a terminal that holds a pressure; leave the flow rate out"
            raise CaseError(text, key=("terminals", name, "flow_rate"), file=case.file)


def _check_wet(case: Case, problem: Problem) -> None:
    """Refuse walls with laws of the liquid, and parts that no liquid touches."""
    scalar, facets = problem.unknowns.scalar, problem.mesh.topology.dim - 1
    for name, wall in case.walls.items():
        if wall.needs_liquid is None:
            continue
        nodes = fem.locate_dofs_topological(scalar, facets, problem.tagged.facets_of(name))
        dry = bool(np.isin(nodes, problem.unknowns.incomplete).any())
        if problem.mesh.comm.allreduce(dry, op=MPI.LOR):
            raise CaseError(DRY, key=("walls", name, wall.needs_liquid), file=case.file)


def _filling(case: Case) -> tuple[float, ...]:
    """mol/m^3 of each species that a device without terminals is filled with; nothing for others."""
    return () if case.terminals else tuple(case.bulk(case.driven_terminal).values())


def linear_solver(case: Case, problem: Problem) -> BlockSolver:
    """A new solver of coupled linear systems as the case wants it, of its problem. Collective."""
    name = SPLIT if problem.split else linear_of(case, problem.tagged, problem.degree)
    return block_solver(name, "jacobian_", problem.clock)


def parameters_of(problem: Problem, case: Case) -> Parameters:
    """The values of a case for a problem of the same structure (see `same_structure`)."""
    scales = scales_of(case, problem.tagged.unit, problem.scales.concentration)
    of_case = terminals_of(case), walls_of(case), solutes_of(case), scales, _filling(case), regions_of(case)
    return problem.parameters(*of_case, traces_of(case))


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


ELECTROLYTE_VALUES = {"temperature", "relative_permittivity", "viscosity", "concentration", "pH", "buffers"}
SPECIES_VALUES = {"diffusivity", "stoichiometry"}
TERMINAL_VALUES = {
    "potential",
    "current",
    "pressure",
    "flow_rate",
    "concentration",
    "concentrations",
    "pH",
    "solvent_fraction",
    "buffers",
    "trace",
    "exchange",
}


def same_structure(one: Case, other: Case) -> bool:
    """Whether two cases differ only in values that parameters hold, so that mesh and problem can be kept. Every key that is
    not known as such a value counts as structure."""

    def structure(case: Case) -> tuple[object, ...]:
        walls = [(name, wall.structure) for name, wall in case.walls.items()]
        constant = isinstance(case.electrolyte.properties, Constant)  # others may depend on the temperature
        values = ELECTROLYTE_VALUES if constant else ELECTROLYTE_VALUES - {"temperature"}
        electrolyte = case.electrolyte.model_dump(exclude=values)
        electrolyte["model"] = case.electrolyte.model  # with what it knows of the solvent
        electrolyte["buffers"] = tuple(case.electrolyte.buffers)  # their names choose reactions
        for species in electrolyte["species"].values():
            for key in SPECIES_VALUES:
                species.pop(key)
        electrolyte["trace"] = tuple(electrolyte["trace"])  # all their numbers are values
        terminals = [
            (
                name,
                terminal.current is None,
                terminal.flow_rate is None,
                {species: each.rate is None for species, each in terminal.exchange.items()},
                terminal.model_dump(exclude=TERMINAL_VALUES),
            )
            for name, terminal in case.terminals.items()
        ]
        regions = [(name, law.structure) for name, law in case.regions.items()]
        return case.geometry, regions, case.mesh, case.solver, walls, electrolyte, terminals

    return structure(one) == structure(other)
