"""What `check` says of regions: Donnan potentials and layers of membranes, the cells at their faces, layers under gates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.inputs.text import number, si, table
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.bounded import Bounded
from solver.laws.hindrance import SlitHindrance
from solver.laws.properties.constant import Constant
from solver.laws.regions.base import SOMEWHERE, RegionLaw
from solver.laws.regions.confinement import Confinement
from solver.laws.regions.fluid import Fluid
from solver.physics.constants import VACUUM_PERMITTIVITY
from solver.physics.solution import Solution, debye_length

COARSEST_FACE_CELL = 4.0
"""Quadratic cells at the faces of membranes, in Debye lengths there, up to which error bars are bounds: with cells of more
than ten of them currents are off by up to 0.7 %, a third more than their bars."""
PROPER_FACE_CELL = 1.0
"""The same: with these currents are right to about 1e-4."""
COARSEST_FRICTION_CELL = 4.0
"""Quadratic cells of a porous material at a wall, in square roots of its permeability: with these a fifteenth of what the
layer at the wall takes from the flow rate is missed, with two of them a hundredth."""
RENKIN_HOLDS = 0.4
"""Ratio of the radii up to which Renkin's formula is good."""
UNKNOWN_ENERGY = 0.05
"""kT of Born's energy that may be missing: 5 % of a partition coefficient."""
HARDLY_CHARGED = 0.01
"""Fixed charge, over the equivalents of a reservoir, that makes no selectivity."""


@dataclass(frozen=True)
class MembraneNumbers:
    """A membrane in equilibrium with the solution of a terminal.

    Attributes:
        region, terminal: names.
        fixed_charge: over F, mol/m^3.
        donnan: potential in it against the solution, V.
        concentrations: mol/m^3, by species.
        debye: Debye length in it, m. outside: that of the solution, m.
        cell, cell_outside: largest cells at its faces, inside and outside, normal to them, m; NaN where they are not known.
    """

    region: str
    terminal: str
    fixed_charge: float
    donnan: float
    concentrations: dict[str, float]
    debye: float
    outside: float
    cell: float
    cell_outside: float

    @property
    def label(self) -> str:
        """Region and terminal."""
        return f"{self.region}, {self.terminal}" if self.terminal else self.region


@dataclass(frozen=True)
class GateNumbers:
    """A gate on a solid.

    Attributes:
        gate, solid: names.
        thickness: least distance to the liquid, m. capacitance: of a flat layer of that thickness, F/m^2.
    """

    gate: str
    solid: str
    thickness: float
    capacitance: float


def membrane_numbers(case: Case, found: MeshSurvey | None) -> tuple[MembraneNumbers, ...]:
    """The membranes of a case in each of its solutions; those whose fixed charge or energies vary with the position are left
    out."""
    finer = 2.0**case.mesh.refinement
    rows = []
    for region, law in case.regions.items():
        charge = uniform_charge(law)
        varies = any(law.energy(name, SOMEWHERE, NUMBERS) is not None for name in case.electrolyte.species)
        if not law.holds_ions or law == Fluid() or charge is None or varies:
            continue
        inside, outside = (math.nan, math.nan) if found is None else found.faces.get(region, (math.nan, math.nan))
        for terminal, solution in zip(list(case.terminals) or [""], case.solutions(), strict=True):
            donnan, concentrations = _equilibrium(case, law, charge, solution)
            permittivity = solution.relative_permittivity * law.permittivity_factor(solution.relative_permittivity)
            valences = dict(zip(concentrations, solution.valences, strict=True))
            debye = debye_length(permittivity, solution.temperature, valences, concentrations)
            rows.append(
                MembraneNumbers(
                    region,
                    terminal,
                    charge,
                    donnan,
                    concentrations,
                    debye,
                    solution.debye_length,
                    inside / finer,
                    outside / finer,
                )
            )
    return tuple(rows)


def uniform_charge(law: RegionLaw) -> float | None:
    """Fixed charge over F, mol/m^3; None where it varies."""
    values = [law.charge(place, law.coefficients(), NUMBERS) for place in ((0.0, 0.0), (1.7e-7, 3.1e-8))]
    return float(values[0]) if values[0] == values[1] else None


def _equilibrium(case: Case, law: RegionLaw, charge: float, solution: Solution) -> tuple[float, dict[str, float]]:
    """Donnan potential (V) and concentrations (mol/m^3) in a material in equilibrium with a solution."""
    model, names, scale = case.electrolyte.model, list(case.electrolyte.species), max(solution.concentrations)
    valences = solution.valences
    mu = model.chemical_potentials([c / scale for c in solution.concentrations], scale, NUMBERS)
    inner = [m + math.log(law.partition_coefficient(name)) for m, name in zip(mu, names, strict=True)]
    potential = float(model.donnan_potential(inner, charge / scale, valences, scale))
    found = model.concentrations(inner, potential, valences, scale, NUMBERS)
    return potential * solution.thermal_voltage, {n: float(scale * c) for n, c in zip(names, found, strict=True)}


@dataclass(frozen=True)
class PassageNumbers:
    """How a species passes a narrow region.

    Attributes:
        region, species: names.
        radius: m, of the species with its water; NaN where nothing asks for it.
        partition: its concentration over that in the free solution, by all energies that do not vary.
        diffusivity, convection: factors of both. permeability: partition times diffusivity, over the largest of all species.
    """

    region: str
    species: str
    radius: float
    partition: float
    diffusivity: float
    convection: float
    permeability: float


def passage_numbers(case: Case) -> tuple[PassageNumbers, ...]:
    """The species in the regions that confine them."""
    rows = []
    for region, law in case.regions.items():
        if not isinstance(law, Confinement):
            continue
        free = {name: species.diffusivity for name, species in case.electrolyte.species.items()}
        factors = {
            n: (law.partition_coefficient(n), law.relative_diffusivity(n), law.relative_convection(n)) for n in free
        }
        passing = {name: free[name] * factors[name][0] * factors[name][1] for name in free}
        for name in free:
            radius = math.nan if law.hindrance is None else law.radius_of(name)
            rows.append(PassageNumbers(region, name, radius, *factors[name], passing[name] / max(passing.values())))
    return tuple(rows)


def gate_numbers(case: Case, found: MeshSurvey | None) -> tuple[GateNumbers, ...]:
    """The gates of a mesh file that lie on a solid."""
    rows = []
    for gate in case.electrodes if found is not None else ():
        there = found.boundary(gate) if found is not None else None
        if there is None or there.touches_liquid or not math.isfinite(there.half_size):
            continue
        solid = next((name for name in there.regions if name in case.regions), None)
        if solid is None:
            continue
        solvent, thickness = case.electrolyte.relative_permittivity, 2.0 * there.half_size
        permittivity = VACUUM_PERMITTIVITY * solvent * case.regions[solid].permittivity_factor(solvent)
        rows.append(GateNumbers(gate, solid, thickness, permittivity / thickness))
    return tuple(rows)


def friction_length(law: RegionLaw) -> float:
    """Distance (m) from a wall over which flow in a material comes to rest; infinite where it is free or none."""
    return 1.0 / math.sqrt(drag) if 0.0 < (drag := law.drag()) < math.inf else math.inf


def _coarse_flow(case: Case, found: MeshSurvey) -> Iterator[tuple[str, str]]:
    """Walls of porous materials alone at which a mesh does not resolve the flow, by kind."""
    for name in case.walls if case.solver.flow != "none" else ():
        there = found.boundary(name)
        beside = [region for region in there.regions if region in case.regions and case.regions[region].holds_ions]
        cell = there.largest_cell / 2.0**case.mesh.refinement
        if len(beside) == 1 and cell > COARSEST_FRICTION_CELL * (length := friction_length(case.regions[beside[0]])):
            yield (
                f"flow {name}",
                f"the cells of '{beside[0]}' at wall '{name}' are up to {_nm(cell)} thick, but its flow comes to rest within"
                f" {_nm(length)} of it, the square root of its permeability: flow rates will be wrong; make them at most"
                f" {_nm(2.0 * length)}",
            )


def region_warnings(case: Case, found: MeshSurvey | None) -> Iterator[tuple[str, str]]:
    """Layers at the faces and walls of membranes that a mesh does not resolve, and charges that do nothing; by kind."""
    if found is not None and case.mesh.tolerance is None:
        yield from _coarse_flow(case, found)
    yield from _of_confinement(case)
    resolved = case.mesh.tolerance is not None or case.is_electroneutral
    rows = membrane_numbers(case, found)
    for row in rows if not resolved else ():
        sides = (("in", row.cell, row.debye), ("in front of", row.cell_outside, row.outside))
        for where, cell, debye in sides:
            if cell > COARSEST_FACE_CELL * debye * (1.0 + 1e-9):
                yield (
                    f"mesh {row.region} {where}",
                    f"the cells {where} '{row.region}' at its faces are up to {_nm(cell)} thick, but the Debye length there"
                    f" is {_nm(debye)}: its Donnan layers stay unresolved, and errors of currents may exceed their bars; make"
                    f" them at most {_nm(PROPER_FACE_CELL * debye)}",
                )
    for row in rows:
        least = HARDLY_CHARGED * _equivalents(case, row.terminal)
        if row.fixed_charge and abs(row.fixed_charge) < least:
            yield (
                f"weak {row.region}",
                f"the fixed charge of '{row.region}', {si(row.fixed_charge / 1e3, 'M')}, is below"
                f" {100 * HARDLY_CHARGED:g} % of the salt at '{row.terminal}': it hardly selects ions; a number without"
                " unit is in mM",
            )


def _of_confinement(case: Case) -> Iterator[tuple[str, str]]:
    """Formulas of hindrance beyond what they are good for, and a convention that changes nothing."""
    for region, law in case.regions.items():
        has_renkin = isinstance(law, Confinement) and law.has_renkin
        for name in (*case.electrolyte.species, *case.electrolyte.trace) if has_renkin else ():
            largest = law.largest_ratio(name) if isinstance(law, Confinement) else 0.0
            if largest > RENKIN_HOLDS:
                yield (
                    f"renkin {region} {name}",
                    f"'{name}' is {largest:.2g} times as wide as the pores of '{region}', and Renkin's formula is good up to"
                    f" {RENKIN_HOLDS:g}; write 'type: dechadilok_deen'",
                )
    yield from _born_energies(case)
    is_round = case.geometry.symmetry == "axisymmetric"
    for region, law in case.regions.items():
        hindrance = law.hindrance if isinstance(law, Confinement) else None
        if hindrance is None or hindrance.half_width is not None or isinstance(hindrance, SlitHindrance) != is_round:
            continue
        yield (
            f"shape {region}",
            f"the hindrance of '{region}' is that of {'slits' if is_round else 'round pores'}, but the channel from which it"
            f" takes its width is {'round' if is_round else 'a slit'}; write hindrance.half_width, or"
            f" 'type: {'dechadilok_deen' if is_round else 'slit'}'",
        )
    laws = [law for law in case.regions.values() if law.holds_ions]
    varies = not isinstance(case.electrolyte.properties, Constant) or any(
        law.diffusivity_profile(name, SOMEWHERE, NUMBERS) is not None
        for law in laws
        for name in case.electrolyte.species
    )
    convention = case.electrolyte.diffusivity_convention
    if convention != "thermodynamic" and not varies:
        yield (
            "convention",
            f"electrolyte.diffusivity_convention is '{convention}', but no diffusivity varies within a material: nothing"
            " depends on it",
        )


def _born_energies(case: Case) -> Iterator[tuple[str, str]]:
    """Born's energies against the pure solvent, where the solutions have another permittivity. Measured activity
    coefficients (those of Davies included) refer to infinite dilution, too, so that nothing is missing beside them."""
    if isinstance(case.electrolyte.model, Bounded):
        return
    pure = case.electrolyte.relative_permittivity
    for region, law in case.regions.items():
        for terminal in case.terminals if isinstance(law, Confinement) and law.born is not None else ():
            assert isinstance(law, Confinement)
            own = case.solution(terminal).relative_permittivity
            charged = [name for name, z in case.electrolyte.valences.items() if z]
            missing = {name: law.born_energy(name, pure) - law.born_energy(name, own) for name in charged}
            most = max(missing, key=lambda name: abs(missing[name]))
            if abs(missing[most]) > UNKNOWN_ENERGY:
                yield (
                    f"born {region}",
                    f"Born's energy of '{region}' is against the permittivity of the pure solvent, {pure:.3g}, and the"
                    f" solution of '{terminal}' has {own:.3g}: against that the energy of {most} would be"
                    f" {missing[most]:.2g} kT smaller, its partition coefficient {math.exp(missing[most]):.2g} times as"
                    " large; write 'barrier' instead of 'born', or 'model: measured' (or davies), whose coefficients refer to"
                    " the pure solvent, too",
                )


def _equivalents(case: Case, terminal: str) -> float:
    return case.solution(terminal or None).equivalents


def text(
    membranes: Sequence[MembraneNumbers], gates: Sequence[GateNumbers], passages: Sequence[PassageNumbers] = ()
) -> list[str]:
    """The blocks of `check` about regions."""
    blocks = []
    if membranes:
        sized = any(not np.isnan(row.cell) for row in membranes)
        columns = [
            ("fixed charge", lambda m: si(m.fixed_charge / 1e3, "M")),
            ("Donnan potential", lambda m: f"{number(1e3 * m.donnan, '.1f')} mV"),
            ("ions in it", lambda m: ", ".join(f"{k} {si(c / 1e3, 'M')}" for k, c in m.concentrations.items())),
            ("Debye length in it", lambda m: si(m.debye, "m")),
            *([("largest cells at its faces, inside", lambda m: si(m.cell, "m"))] if sized else []),
            *([("largest cells at its faces, outside", lambda m: si(m.cell_outside, "m"))] if sized else []),
        ]
        blocks.append(table("membrane, solution of", membranes, columns, names=[row.label for row in membranes]))
    if passages:
        sized = any(not np.isnan(row.radius) for row in passages)
        of_passage = [
            *([("radius", lambda p: si(p.radius, "m"))] if sized else []),
            ("partition coefficient", lambda p: number(p.partition, ".3g")),
            ("diffusivity, over that outside", lambda p: number(p.diffusivity, ".3g")),
            ("convection, over the liquid's", lambda p: number(p.convection, ".3g")),
            ("permeability, over the largest", lambda p: number(p.permeability, ".3g")),
        ]
        names = [f"{row.region}, {row.species}" for row in passages]
        blocks.append(table("narrow region, species", passages, of_passage, names=names))
    if gates:
        blocks.append(
            table(
                "gate",
                gates,
                [
                    ("on", lambda g: g.solid),
                    ("least distance to the liquid", lambda g: si(g.thickness, "m")),
                    ("capacitance of a flat layer of it", lambda g: si(g.capacitance, "F/m^2")),
                ],
                names=[row.gate for row in gates],
            )
        )
    return blocks


def _nm(length: float) -> str:
    return f"{length * 1e9:.3g} nm"
