"""Gmsh draws the half plane around a particle on the axis of a round channel, its inside and a solid around the channel where
there is a field in them, and fills all with triangles.

Cells are as long as the sizes say at charged walls, short at the corners of the mouths and where the charge jumps, follow the
curvature of the particle, and grow with the distance from these places. The gap beside the particle has `GAP_CELLS` at least.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from meshes.errors import MeshError
from meshes.geometry import ChannelGeometry
from meshes.layout import FLUID, GATE, SAME, Solid
from meshes.particle import WALL, Particle, clearance
from meshes.sizes import UNIT

if TYPE_CHECKING:
    from meshes.sizes import MeshSizes

REGION = "channel"

AROUND = 96
"""Cells from pole to pole of a particle."""
ACROSS = 6
"""Cells between the axis and a wall."""
GAP_CELLS = 5
"""Cells between the particle and what is nearest to it."""
CURVED = 200
"""Points through which a curved wall goes."""
MOST_CELLS = 2_000_000
"""Size from which a mesh is refused before it is made."""
SAMPLES = 200_000
"""Most points at which the distance to a curve is measured."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """A part of the outline.

    Attributes:
        name: of the boundary; empty where it has none. points: from its start to its end, m. Shape (n, 2).
        size: of the cells at it, m; infinite where the interior decides.
        smooth: whether it is a curve through its points, and not straight lines.
        covered: whether the solid around the channel is on the other side.
    """

    name: str
    points: Floats
    size: float
    smooth: bool = False
    covered: bool = False

    @property
    def reversed(self) -> Side:
        """The same part, run through the other way."""
        return replace(self, points=self.points[::-1])


def draw_around(gmsh: Any, geometry: ChannelGeometry, particle: Particle, sizes: MeshSizes) -> None:
    """Draw and mesh a channel with a particle in the current model, with one physical group a boundary and a region."""
    solid, body = sizes.layout.solid, sizes.layout.body
    sides, inside, outside = outline(geometry, particle, sizes), list[Side](), list[Side]()
    if body is not None:
        (outer,) = (side for side in sides if side.name == WALL)
        inside.append(Side("axis", outer.points[[0, -1]], np.inf))
    if solid is not None:
        outside += _outer_sides(geometry, solid)
    every = [*sides, *inside, *outside]
    corners = _corners(geometry, sizes)
    scale = 0.5**sizes.refinement
    expected = _expected(every, sizes, scale)
    if expected > MOST_CELLS:
        raise MeshError(
            f"cells of {sizes.wall * 1e9:.3g} nm along its walls would be some {expected:.1g} in number; write a larger"
            " mesh.wall_size"
        )
    geo, points = gmsh.model.geo, dict[tuple[int, int], int]()

    def point(at: Floats) -> int:
        key = (round(at[0] / UNIT * 1e6), round(at[1] / UNIT * 1e6))
        if key not in points:
            points[key] = geo.addPoint(at[0] / UNIT, at[1] / UNIT, 0.0)
        return points[key]

    named: dict[str, list[int]] = {}
    sized: list[tuple[list[int], Side]] = []
    for side in every:
        tags = [point(at) for at in side.points]
        curves = [geo.addSpline(tags)] if side.smooth else [geo.addLine(*ends) for ends in itertools.pairwise(tags)]
        if side.name:
            named.setdefault(side.name, []).extend(curves)
        sized.append((curves, side))
    corner_tags = [point(at) for at in corners]

    def curves_of(chosen: Sequence[Side]) -> list[int]:
        return [curve for curves, side in sized if any(side is each for each in chosen) for curve in curves]

    def surface(name: str, along: Sequence[Side], against: Sequence[Side] = ()) -> None:
        """Fill what lies within some sides, and others that are run through the other way."""
        loop = [*(-curve for curve in reversed(curves_of(against))), *curves_of(along)]
        surfaces[name] = geo.addPlaneSurface([geo.addCurveLoop(loop)])

    surfaces: dict[str, int] = {}
    surface(FLUID if sizes.layout else REGION, sides)
    if body is not None:
        surface(body, inside, [side for side in sides if side.name == WALL])
    if solid is not None:
        surface(solid.name, outside, [side for side in sides if side.covered])
    geo.synchronize()
    for name, curves in named.items():
        gmsh.model.addPhysicalGroup(1, curves, name=name)
    for name, tag in surfaces.items():
        gmsh.model.addPhysicalGroup(2, [tag], name=name)
    for option in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints", "MeshSizeFromCurvature"):
        gmsh.option.setNumber(f"Mesh.{option}", 0)
    gmsh.option.setNumber("Mesh.MeshSizeMin", 0.0)
    points_of_all = np.concatenate([side.points for side in every]) / UNIT
    largest = scale * float(np.ptp(points_of_all, axis=0).max()) / sizes.axial_cells
    gmsh.option.setNumber("Mesh.MeshSizeMax", largest)
    _set_sizes(gmsh.model.mesh.field, sized, corner_tags, sizes, scale)
    gmsh.option.setNumber("Mesh.Algorithm", 6)  # frontal: even triangles
    gmsh.model.mesh.generate(2)
    gmsh.model.mesh.optimize("Laplace2D")


def outline(geometry: ChannelGeometry, particle: Particle, sizes: MeshSizes) -> list[Side]:
    """The outline of the liquid, counter-clockwise from the first end of the axis on."""
    layout, layered = sizes.layout, set(sizes.layered)
    if layout.body is not None:
        layered.add(WALL)  # a field through it polarises its surface
    if layout.solid is not None and layout.solid.gate is not None:
        layered.add("channel")
    length = geometry.length
    (before, left), (after, right) = geometry.spaces
    start, stop = -before, length + after
    gap = clearance(particle, geometry)
    z, r = particle.outline(AROUND + 1)
    arc: Floats = np.column_stack([z, r]).astype(np.float64)
    perimeter = float(np.linalg.norm(np.diff(arc, axis=0), axis=1).sum())
    around = min(perimeter / AROUND, gap / GAP_CELLS, sizes.wall if WALL in layered else np.inf)
    channel = sizes.wall if "channel" in layered else np.inf
    arc = enclosing(arc, particle.sizes, around * 0.5**sizes.refinement)
    sides = [Side("axis", np.array([[start, 0.0], arc[0]]), np.inf), Side(WALL, arc, around, smooth=True)]
    sides.append(Side("axis", np.array([arc[-1], [stop, 0.0]]), np.inf))
    ends = [float(geometry.profile(np.array([s]))[0]) for s in (0.0, 1.0)]
    sides += _reservoir_sides(geometry, sizes, 1, stop, ends[1], right)
    breaks = [length, *sorted({*sizes.stations, *geometry.kinks}, reverse=True), 0.0]
    for high, low in itertools.pairwise(breaks):
        at = np.linspace(high, low, CURVED + 1)
        radii = np.asarray(geometry.profile(at / length), dtype=float)
        straight = np.abs(radii - np.interp(at[::-1], [low, high], radii[[-1, 0]])[::-1]).max() < 1e-9 * radii.max()
        points = np.column_stack([at, radii])
        size = min(channel, float(radii.min()) / ACROSS)
        sides.append(
            Side("channel", points[[0, -1]] if straight else points, size, not straight, layout.solid is not None)
        )
    sides += _reservoir_sides(geometry, sizes, 0, start, ends[0], left)
    return sides


def enclosing(arc: Floats, semi_axes: tuple[float, float], length: float) -> Floats:
    """The outline of a spheroid moved outward, so that the straight edges of cells between points on it enclose its volume:
    by a twelfth of the curvature times the squared length (m) of the edges.

    arc: at equal steps of the angle from pole to pole, m. Shape (n, 2).
    """
    along, across = semi_axes
    angle = np.linspace(0.0, np.pi, len(arc))
    normal = np.column_stack([-across * np.cos(angle), along * np.sin(angle)])
    stretch = np.linalg.norm(normal, axis=1, keepdims=True)  # m of the outline by radian
    moved: Floats = arc + normal / stretch * along * across / stretch**3 * length**2 / 12.0
    moved[[0, -1], 1] = 0.0
    return moved


def _reservoir_sides(
    geometry: ChannelGeometry, sizes: MeshSizes, which: int, far: float, mouth: float, reach: float
) -> list[Side]:
    """End, side and membrane face of one reservoir, or the end of the channel, in the counter-clockwise direction."""
    terminal = geometry.terminals[which]
    reservoir = geometry.reservoir(terminal)
    z = (0.0, geometry.length)[which]
    if reservoir is None:
        points = np.array([[z, 0.0], [z, mouth]])
        return [Side(terminal, points if which else points[::-1], np.inf)]
    face = sizes.faces.get(terminal)
    name, charged = ("membrane_face", False) if face is None else (face.wall, face.charged)
    solid = sizes.layout.solid
    edge = mouth if solid is None else _edge(geometry, solid, which)
    jumps = () if face is None else (jump for jump in face.jumps if abs(jump - edge) > SAME * reach)
    radii = sorted({mouth, edge, *jumps, reach})
    size = sizes.wall if charged else np.inf
    pieces = [
        Side(name, np.array([[z, radius] for radius in part]), size, covered=covered)
        for covered, part in ((True, [r for r in radii if r <= edge]), (False, [r for r in radii if r >= edge]))
        if len(part) > 1
    ]  # from the mouth outwards
    found = [
        Side(terminal, np.array([[far, 0.0], [far, reach]]), np.inf),
        Side(terminal if reservoir.terminal == "all" else "reservoir", np.array([[far, reach], [z, reach]]), np.inf),
        *(piece.reversed for piece in reversed(pieces)),
    ]
    return found if which else [side.reversed for side in reversed(found)]


def _edge(geometry: ChannelGeometry, solid: Solid, which: int) -> float:
    """Distance from the axis at which the solid around the channel ends on a face of the membrane; the edge of the reservoir
    where it is that."""
    terminal, z = geometry.terminals[which], geometry.mouths[which]
    reservoir = geometry.reservoir(terminal)
    if reservoir is not None and solid.reaches_the_edge(geometry, terminal):
        return float(reservoir.reach)
    return geometry.radius_at_terminal(terminal) + float(solid.depth(geometry, np.array([z]))[0])


def _outer_sides(geometry: ChannelGeometry, solid: Solid) -> list[Side]:
    """What is left of the outline of the solid around the channel, from the second end of the channel to the first."""
    gate = geometry.mouths if solid.gate is None else solid.gate
    breaks = sorted({*geometry.mouths, *gate, *geometry.kinks})
    found: list[Side] = []
    for high, low in itertools.pairwise(reversed(breaks)):
        at = np.linspace(high, low, CURVED + 1)
        depth = solid.depth(geometry, at)
        points = np.column_stack([at, np.asarray(geometry.profile(at / geometry.length)) + depth])
        for end, z in ((0, high), (-1, low)):
            if z in geometry.mouths:
                points[end, 1] = _edge(geometry, solid, geometry.mouths.index(z))
        straight = np.abs(points[:, 1] - np.linspace(points[0, 1], points[-1, 1], CURVED + 1)).max() < SAME * high
        name = GATE if gate[0] <= low and high <= gate[1] else ""
        size = float(depth.min()) / ACROSS
        found.append(Side(name, points[[0, -1]] if straight else points, size, smooth=not straight))
    ends = [[z, float(geometry.profile(np.array([z / geometry.length]))[0])] for z in geometry.mouths]
    if geometry.reservoir(geometry.terminals[1]) is None:
        found.insert(0, Side("", np.array([ends[1], found[0].points[0]]), np.inf))
    if geometry.reservoir(geometry.terminals[0]) is None:
        found.append(Side("", np.array([found[-1].points[-1], ends[0]]), np.inf))
    return found


def _corners(geometry: ChannelGeometry, sizes: MeshSizes) -> Floats:
    """Where cells are as short as at the corners of mouths, m. Shape (n, 2)."""
    at = [*sizes.stations]
    for terminal, mouth in zip(geometry.terminals, (0.0, geometry.length), strict=True):
        if geometry.reservoir(terminal) is not None or sizes.sharp_ends:
            at.append(mouth)
    z = np.array(at, dtype=np.float64)
    corners: list[Floats] = [np.column_stack([z, geometry.profile(z / geometry.length)]).astype(np.float64)]
    for terminal, face in sizes.faces.items():
        position = (0.0, geometry.length)[geometry.terminals.index(terminal)]
        corners.append(np.array([[position, jump] for jump in face.jumps]).reshape(-1, 2))
    if (solid := sizes.layout.solid) is not None:
        for which, position in enumerate(geometry.mouths):
            if geometry.reservoir(geometry.terminals[which]) is not None:
                corners.append(np.array([[position, _edge(geometry, solid, which)]]))
        for position in () if solid.gate is None else solid.gate:
            if position not in geometry.mouths:
                radius = geometry.profile(np.array([position / geometry.length]))
                corners.append(np.column_stack([[position], radius + solid.depth(geometry, np.array([position]))]))
    return np.concatenate(corners)


def _set_sizes(
    field: Any, sides: Sequence[tuple[list[int], Side]], corners: Sequence[int], sizes: MeshSizes, scale: float
) -> None:
    """Gmsh's size fields: lengths at curves and corners (numbers of the model) that grow with the distance from them."""
    slope, found = sizes.growth - 1.0, []

    def growing(distance: int, size: float) -> None:
        number = field.add("MathEval")
        field.setString(number, "F", f"{scale:.17g} * ({size / UNIT:.17g} + {slope:.17g} * F{distance})")
        found.append(number)

    for curves, side in sides:
        if np.isfinite(side.size):
            length = float(np.linalg.norm(np.diff(side.points, axis=0), axis=1).sum()) / len(curves)
            distance = field.add("Distance")
            field.setNumbers(distance, "CurvesList", curves)
            field.setNumber(distance, "Sampling", int(min(SAMPLES, max(20.0, 2.0 * length / (side.size * scale)))))
            growing(distance, side.size)
    if corners:
        distance = field.add("Distance")
        field.setNumbers(distance, "PointsList", corners)
        growing(distance, sizes.corner)
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", found)
    field.setAsBackgroundMesh(least)


def _expected(sides: Sequence[Side], sizes: MeshSizes, scale: float) -> float:
    """About how many cells lie at the walls: each row has a part more than the one before it."""
    count = 0.0
    for side in sides:
        if np.isfinite(side.size):
            length = float(np.linalg.norm(np.diff(side.points, axis=0), axis=1).sum())
            count += 2.0 * length / (side.size * scale) / min(sizes.growth - 1.0, 1.0)
    return count
