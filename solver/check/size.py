"""How large a case's system will be, from the same rules of grading that the mesh follows (no mesh is made)."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace

import numpy as np

from meshes.blocks.assembly import Size
from meshes.blocks.building import mesh_size
from meshes.crossing import junction_cells
from meshes.geometry import ChannelGeometry
from meshes.grading import FAN_CELLS, LEAST_LAYERS, cells_needed, channel_stretches, face_stretches, solid_stretches
from meshes.junction import Junction
from meshes.sizes import COARSENINGS
from meshes.stack import StackKeys
from meshes.stacking import Plan, Sizes
from solver.case.case import Case
from solver.case.layers import layer_thickness
from solver.case.layout import sized_layout
from solver.case.sizes import sizes_for
from solver.linear.presets import AUTOMATIC, FACTOR_MEMORY, LARGEST_DIRECT, SPLIT

# Resident memory of a run on one rank: the process with its libraries, and the direct factorisation, whose fill grows
# like N log N in two dimensions. Fitted to runs of 3e3 to 3e5 unknowns with flow, which it gives to 5 %.
MEMORY_BASE = 190 * 2**20  # bytes
MEMORY_PER_UNKNOWN = 405.0  # bytes, times log2 of the number of unknowns


# The same in three dimensions: of multigrid for each field, and of direct factorisations, whose fill grows like N^(4/3) and
# whose work like N^2. A point of a sweep takes four Newton steps.
MEMORY_IN_SPACE = 250 * 2**20  # bytes
SPLIT_MEMORY = 4.2e3  # bytes for each unknown
SPLIT_SECONDS = 9e-5
FACTOR_SECONDS = 6e-9
UNKNOWNS_OF_A_RANK = 5e4


@dataclass(frozen=True)
class InSpace:
    """What only a mesh in three dimensions wants to know: ranks to run on, and processor seconds of each point."""

    ranks: int
    seconds: float


@dataclass(frozen=True)
class MeshEstimate:
    """Expected size: cells, unknowns (potential, electrochemical potentials and coverages; velocity and pressure), bytes."""

    cells: int
    transport_unknowns: int
    flow_unknowns: int
    memory: float
    in_space: InSpace | None = None

    @property
    def unknowns(self) -> int:
        """All unknowns of one point."""
        return self.transport_unknowns + self.flow_unknowns

    def beside(self, other: MeshEstimate) -> MeshEstimate:
        """With the memory and the time that a problem on another mesh in space takes, too."""
        assert self.in_space is not None
        assert other.in_space is not None
        seconds = self.in_space.seconds + other.in_space.seconds
        memory = self.memory + other.memory - MEMORY_IN_SPACE
        return replace(self, memory=memory, in_space=replace(self.in_space, seconds=seconds))


def estimate_unknowns(case: Case, layer: float | None = None) -> MeshEstimate | None:
    """Expected size of a case's system, to some 10 %; None for a user's own mesh, and around a particle.

    layer: the thinnest double layer (m) that sizes in Debye lengths refer to; of the case as written when None.
    """
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry | Junction | StackKeys):
        return None
    thickness = layer_thickness(case) if layer is None else layer
    if geometry.dimension == 3:
        resolved = sizes_for(case, [case], thickness)
        own = in_space(case, mesh_size(geometry, resolved))
        if case.outputs.errors == "none":
            return own
        return own.beside(in_space(case, mesh_size(geometry, replace(resolved, coarsening=COARSENINGS[0]))))
    wall, corner = case.mesh.wall_size.metres(thickness), case.mesh.corner_size.metres(thickness)
    if isinstance(geometry, Junction):
        around = case.layout.solid
        depth = 0.0 if around is None else around.thickness or 0.0
        count = junction_cells(geometry, wall, corner, case.mesh.growth, case.mesh.axial_cells, depth)
        return _sized(count * 4**case.mesh.refinement, case)
    if isinstance(geometry, StackKeys):
        layered = [name for name, each in case.walls.items() if each.is_charged or each.is_electrode]
        layout, controls = sized_layout(case, [case]), case.mesh
        lengths = wall, corner, controls.growth, controls.axial_cells
        sizes = Sizes(*lengths, layout=layout, layered=layered, sharp_ends=case.has_sharp_ends)
        count = Plan(geometry, sizes).quadrilaterals
        return _sized(count * 4**controls.refinement, case)
    if geometry.particle is not None:
        return None
    growth, smooth_ends = case.mesh.growth, geometry.reservoirs is None and not case.has_sharp_ends
    breaks, sharp_ends = case.walls["channel"].breaks, case.has_sharp_ends
    layout = sized_layout(case, [case])
    stations = layout.stations(geometry)
    stretches = channel_stretches(geometry, breaks, corner, growth, case.mesh.axial_cells, sharp_ends, stations)
    axial = sum(stretch.grading.cells for stretch in stretches)
    edges = np.array([stretch.start for stretch in stretches] + [geometry.length])
    sharp = set(geometry.kinks) | (set() if smooth_ends else {0.0, geometry.length})
    first = [corner if z in sharp else wall for z in edges]
    first = [min(size, layout.wall_size(z)) for size, z in zip(first, edges, strict=True)]
    heights = geometry.profile(edges / geometry.length)
    needed = [cells_needed(float(height), size, growth) for height, size in zip(heights, first, strict=True)]
    layers = max(LEAST_LAYERS, *needed)
    quadrilaterals = layers * axial
    of_solid = 0
    if layout.solid is not None:
        jumps = {terminal: case.walls[name].breaks for terminal, name in case.faces.items()}
        rings = solid_stretches(geometry, layout.solid, jumps, corner, wall, growth)
        of_solid = sum(ring.grading.cells for ring in rings)
        quadrilaterals += of_solid * axial
    for name in geometry.terminals:
        reservoir = geometry.reservoir(name)
        if reservoir is not None:
            mouth, face = geometry.radius_at_terminal(name), case.walls[case.faces[name]]
            shells = cells_needed(max(reservoir.length, reservoir.reach - mouth), corner, growth)
            rows, solid = of_solid, layout.solid
            if solid is None and not (face.is_charged or face.is_electrode):
                rows = FAN_CELLS
            elif solid is None or not solid.reaches_the_edge(geometry, name):
                start = mouth if solid is None else mouth + (solid.thickness or 0.0)
                rings = face_stretches(start, reservoir.reach, [z for z in face.breaks if z > start], corner, growth)
                rows += sum(ring.grading.cells for ring in rings)
            quadrilaterals += (layers + rows) * shells
    return _sized(quadrilaterals * 4**case.mesh.refinement, case)


def memory_here() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def too_large(case: Case, layer: float | None = None, there: int | None = None) -> str:
    """Why a case's mesh does not fit into memory; "" when it does, or when nobody knows.

    layer: as in `estimate_unknowns`. there: bytes of memory of all machines that compute; default those of this one.
    """
    mesh, there = estimate_unknowns(case, layer), memory_here() if there is None else there
    if mesh is None or mesh.memory <= there:
        return ""
    return (
        f"about {mesh.unknowns:.2g} unknowns would take {mesh.memory / 2**30:.2g} GB, and there are"
        f" {there / 2**30:.2g} GB; write larger mesh.wall_size and mesh.corner_size, or fewer mesh.axial_cells"
    )


def _sized(quadrilaterals: int, case: Case) -> MeshEstimate:
    # two triangles each; a structured mesh has about one vertex and four nodes of degree 2 for each of them, and the
    # boundary adds some per cent
    vertices = quadrilaterals + 2.0 * math.sqrt(quadrilaterals)
    nodes = 4.0 * quadrilaterals + 4.0 * math.sqrt(quadrilaterals)
    return sized(2 * quadrilaterals, nodes, vertices, case)


def in_space(case: Case, size: Size) -> MeshEstimate:
    """Size of a case's system on a mesh in three dimensions."""
    of_ions = (1 + len(case.electrolyte.species)) * size.nodes
    fluid = 3 * size.nodes + size.vertices + size.hexahedra if case.solver.flow == "stokes" else 0
    unknowns = of_ions + fluid
    split = is_split(case.solver.linear, unknowns)
    memory = SPLIT_MEMORY * unknowns if split else FACTOR_MEMORY * unknowns ** (4 / 3)
    seconds = SPLIT_SECONDS * unknowns if split else FACTOR_SECONDS * unknowns**2
    ranks = max(1, round(unknowns / UNKNOWNS_OF_A_RANK))
    return MeshEstimate(size.cells, of_ions, fluid, MEMORY_IN_SPACE + memory, InSpace(ranks, seconds))


def is_split(linear: str, unknowns: int) -> bool:
    """Whether a system in three dimensions is solved by its fields, without a factorisation of the whole."""
    return linear == SPLIT or (linear == AUTOMATIC and unknowns >= LARGEST_DIRECT)


def sized(cells: int, nodes: float, vertices: float, case: Case) -> MeshEstimate:
    """Size of a case's system on a mesh with so many cells, nodes of degree 2 and vertices."""
    coverages = sum(len(law.coverages) for wall in case.walls.values() for law in wall.laws)
    of_ions = round((1 + len(case.electrolyte.species)) * nodes)
    # the pressure has a constant in each cell
    fluid = round(2.0 * nodes + vertices) + cells if case.solver.flow == "stokes" else 0
    factorised = of_ions + fluid  # coverages have an entry at every node, and an equation on their wall alone
    memory = MEMORY_BASE + MEMORY_PER_UNKNOWN * factorised * math.log2(factorised)
    return MeshEstimate(cells, of_ions + round(coverages * nodes), fluid, memory)
