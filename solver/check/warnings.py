"""What will go wrong in a case, said before it runs: one sentence each, with the number and what to change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from meshes.cell import Cell
from meshes.geometry import ChannelGeometry, Slit
from meshes.imported import File
from meshes.spatial import PoreArray
from meshes.survey import MeshSurvey
from solver.case.case import Case
from solver.case.dimensions import CELLS
from solver.case.layers import charge_of_metal, layer_thickness
from solver.check.channel import Channel
from solver.check.conductivity import conductivity_warnings, property_warnings
from solver.check.electrodes import electrode_warnings
from solver.check.mesh_file import COARSEST_WALL_CELL, mesh_warnings
from solver.check.openings import opening_warnings
from solver.check.plausible import implausible
from solver.check.reactions import reaction_warnings
from solver.check.regions import region_warnings
from solver.check.regulated import regulated_warnings
from solver.check.room import room_warnings
from solver.check.size import too_large
from solver.check.traces import trace_warnings
from solver.inputs.text import si
from solver.physics.constants import FARADAY, HYDRATED_DIAMETER, WATER_ELECTROLYSIS
from solver.physics.double_layer import close_packing, of_ions, wall_concentrations
from solver.physics.ions import ION_TABLE, TABLE_TEMPERATURE
from solver.physics.times import DeviceTimes

ACCESS_SHARE = 0.01  # of the device's resistance that a finite reservoir may change
DEBYE_LENGTHS_IN_RESERVOIR = 5.0  # exp(-5) = 0.7 % of a mouth's potential are left at that distance
COARSEST_CORNER_CELL = 0.3  # likewise; the field is singular at the corner
ADVICE: Mapping[int, Mapping[str, str]] = {
    2: {"wall_size": "0.3 debye_length", "corner_size": "0.03 debye_length"},
    3: CELLS,
}
"""Sizes to write instead, in two and three dimensions."""
NARROWEST_SLIT = 10.0  # heights: side walls add a tenth to the area of the walls
SALT_SHARE = 0.1  # of the ions of a closed cell that its electrodes may take up
SMALLEST_CONTINUUM = 1e-9  # m


def find_warnings(
    case: Case,
    points: Sequence[tuple[str, Case]],
    channels: Sequence[Channel],
    times: DeviceTimes | None,
    mesh: MeshSurvey | None = None,
) -> list[str]:
    """All warnings, each once.

    points: the case and the ends of its sweeps with their labels. channels: of the points. times: of the case as written.
    mesh: what a mesh file holds.
    """
    found = {note: note for note in (*case.notes, *(mesh.doubts if mesh is not None else ()))} | implausible(points)
    layer = min(layer_thickness(point) for _, point in points)
    if text := too_large(case, layer):
        found["memory"] = text
    for label, point in points:
        own = mesh_warnings(point, mesh) if mesh is not None else _mesh(point, layer)
        for kind, text in (
            *_electrolysis(point),
            *own,
            *_steric(point, mesh),
            *_reservoir_layers(point),
            *_slit(point),
            *_closed(point),
            *region_warnings(point, mesh),
            *regulated_warnings(point),
            *reaction_warnings(point),
            *opening_warnings(point),
            *electrode_warnings(point),
            *trace_warnings(point),
            *room_warnings(point, mesh),
        ):
            found.setdefault(kind, f"{text}{_at(label)}")
    found.update(_access(channels))
    found.update(_limiting(points, channels))
    found.update(conductivity_warnings(points))
    for kind, text in property_warnings(points):
        found.setdefault(kind, text)
    found.update(_model(case))
    found.update(case.study.warnings(case, times))
    return list(found.values())


def _nm(length: float) -> str:
    return f"{length * 1e9:.3g} nm"


def _electrolysis(case: Case) -> Iterator[tuple[str, str]]:
    bias = case.largest_bias()
    if bias > WATER_ELECTROLYSIS:
        between = "terminals" if case.terminals else "electrodes"
        yield (
            "electrolysis",
            f"{bias:g} V between {between} is beyond the {WATER_ELECTROLYSIS} V that split water; electrode reactions and"
            " their products are not part of the model",
        )


def _mesh(case: Case, layer: float) -> Iterator[tuple[str, str]]:
    """layer: what "debye_length" means in the mesh controls, the thinnest double layer of the whole study."""
    charged = any(wall.is_charged or wall.is_electrode for wall in case.walls.values())
    if not charged or isinstance(case.geometry, File):
        return
    thickness = layer_thickness(case)
    finer = 2.0**case.mesh.refinement
    for key, limit in (("wall_size", COARSEST_WALL_CELL), ("corner_size", COARSEST_CORNER_CELL)):
        size = getattr(case.mesh, key).metres(layer) / finer
        if size > limit * thickness * (1.0 + 1e-9):
            advice = ADVICE[case.geometry.dimension][key]
            yield (
                f"mesh {key}",
                f"mesh.{key} makes cells of {_nm(size)}, but the double layer is {_nm(thickness)} thick at the wall and"
                f" stays unresolved; write at most {limit:g} of that, e.g. '{advice}'",
            )


def _steric(case: Case, found: MeshSurvey | None) -> Iterator[tuple[str, str]]:
    limit = close_packing()
    packing = f"beyond close packing of ions of {HYDRATED_DIAMETER * 1e9:g} nm, {limit / 1e3:.2g} M"
    for name, wall in case.walls.items():
        if name in case.gates or (found is not None and not found.boundary(name).touches_liquid):
            continue
        for terminal, solution in zip(list(case.terminals) or [""], case.solutions(), strict=True):
            if case.electrolyte.model.takes_room:
                continue  # the model knows better
            extremes = wall.extreme_charges(solution, case.course(name))
            charges = {charge_of_metal(case, name, solution)} if wall.is_electrode else set(extremes)
            for value in charges:
                most = of_ions(wall_concentrations(value, solution), solution.valences)
                if most > limit:
                    where = f", solution of '{terminal}'" if terminal else ""
                    yield (
                        f"steric {name}",
                        f"point ions pile up to {most / 1e3:.2g} M at wall '{name}' ({value * 1e3:.3g} mC/m^2{where}),"
                        f" {packing}: potentials and currents near that wall are overestimates",
                    )


def _reservoir_layers(case: Case) -> Iterator[tuple[str, str]]:
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry) or case.is_electroneutral:
        return
    for name in geometry.terminals:
        reservoir = geometry.reservoir(name)
        if reservoir is None:
            continue
        among_others = isinstance(geometry, PoreArray)  # whose reservoirs end in mirrors at their sides
        debye = case.solution(name).debye_length
        size = reservoir.length if among_others else min(reservoir.length, reservoir.reach)
        if size < DEBYE_LENGTHS_IN_RESERVOIR * debye:
            yield (
                f"layers {name}",
                f"the reservoir at '{name}' ({_nm(size)}) is smaller than {DEBYE_LENGTHS_IN_RESERVOIR:g} Debye lengths"
                f" of {_nm(debye)}, so its terminal cuts into the mouth's double layer; make it larger",
            )


def _access(channels: Sequence[Channel]) -> Iterator[tuple[str, str]]:
    worst, changes = 0.0, dict[str, float]()
    where = ""
    for channel in channels:
        own = {
            section.name: section.access_error * section.access * channel.conductance
            for section in channel.sections
            if section.access is not None and not math.isnan(section.access_error)
        }
        if abs(sum(own.values())) > abs(worst):
            worst, changes, where = sum(own.values()), own, channel.label
    if abs(worst) > ACCESS_SHARE:
        most = max(changes, key=lambda name: abs(changes[name]))
        yield (
            "access",
            f"the finite reservoirs change the device's resistance by {100 * worst:+.1f} % against unbounded ones, most"
            f" of it at '{most}'; for {100 * ACCESS_SHARE:g} % make them {abs(worst) / ACCESS_SHARE:.2g} times larger,"
            f" or state their size with the results{_at(where)}",
        )


def _limiting(points: Sequence[tuple[str, Case]], channels: Sequence[Channel]) -> Iterator[tuple[str, str]]:
    """The channel and mouth whose limit is exceeded most. Salt is used up where the counter-ions enter the channel."""
    worst, text = 1.0, ""
    for channel in channels:
        alike = [point for _, point in points if point.solutions() == channel.case.solutions()]
        for section in channel.sections:
            if section.limiting is None:
                continue
            sign = -1.0 if section.charge > 0.0 else 1.0
            bias = max(_drop(point, section.name) * sign for point in alike)
            current = bias * channel.conductance
            if current > worst * section.limiting:
                worst = current / section.limiting
                text = (
                    f"at {bias:g} V the liquid as it is at rest would carry {si(current, 'A')}, more than the"
                    f" diffusion-limited {si(section.limiting, 'A')} of the selective mouth '{section.name}': expect"
                    " depletion there, a current below that of Ohm's law, and small steps in the sweep"
                    f"{_at(channel.label)}"
                )
    if text:
        yield "limiting", text


def _drop(case: Case, terminal: str) -> float:
    """V of a terminal against the other one."""
    (other,) = (name for name in case.terminals if name != terminal)
    return case.terminals[terminal].potential - case.terminals[other].potential


def _at(label: str) -> str:
    return f" (at {label})" if label else ""


def _slit(case: Case) -> Iterator[tuple[str, str]]:
    geometry = case.geometry
    if not isinstance(geometry, Slit) or geometry.in_space or geometry.width >= NARROWEST_SLIT * geometry.height:
        return
    yield (
        "slit",
        f"the slit is {geometry.width / geometry.height:.2g} times as wide as it is high; its side walls and their charge"
        f" are left out, which wants {NARROWEST_SLIT:g} heights: write 'dimension: 3', or take the numbers per width",
    )


def _closed(case: Case) -> Iterator[tuple[str, str]]:
    """Salt that the layers of a closed cell take up."""
    geometry = case.geometry
    if not isinstance(geometry, Cell):
        return
    solution = case.solution()
    charge = max(charge_of_metal(case, name, solution) for name in case.electrodes)
    held = FARADAY * solution.equivalents * geometry.length
    if charge > SALT_SHARE * held:
        yield (
            "salt",
            f"the electrodes take up to {charge * 1e3:.3g} mC/m^2, {100 * charge / held:.3g} % of all ions of a sign in the"
            f" cell ({held * 1e3:.3g} mC/m^2): its middle is depleted of salt, and charging slows down",
        )


def _model(case: Case) -> Iterator[tuple[str, str]]:
    temperature = case.electrolyte.temperature
    if abs(temperature - TABLE_TEMPERATURE) > 2.0:
        tabulated = [
            name
            for name, species in case.electrolyte.species.items()
            if name in ION_TABLE and species.diffusivity == ION_TABLE[name].diffusivity
        ]
        if tabulated:
            yield (
                "temperature",
                f"the diffusivities of {', '.join(tabulated)} are the ion table's at {TABLE_TEMPERATURE} K, but the"
                f" electrolyte is at {temperature:g} K; they change by 2 % a kelvin, so write those of that"
                " temperature",
            )
    smallest = case.geometry.smallest
    if smallest is not None and smallest < SMALLEST_CONTINUUM:
        yield (
            "continuum",
            f"the channel is {_nm(smallest)} in radius or half-height; below 1 nm ions and water are no continuum",
        )
