"""Cross-section averages along the axis, by point evaluation on Gauss points of each cross-section: profiles.csv.

Cross-sections are those of the liquid and of membranes, whose concentrations are those of the material; solids are left out.
Besides the true fields it gives the virtual ones: concentration and potential of the neutral solution that would be in
equilibrium with the cross-section (for a binary symmetric salt its concentration is sqrt(c_+ c_-)); inside an overlapping
double layer it is the quantity whose change is concentration polarisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dolfinx import geometry as dgeometry
from mpi4py import MPI

from meshes.cell import Cell
from meshes.geometry import Geometry
from meshes.imported import File
from meshes.junction import Junction
from meshes.tagged import TaggedMesh
from solver.discretization.cell_points import CellPoints
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.physics.scales import Scales
from solver.physics.solution import equivalent_concentration
from solver.results import headers
from solver.results.columns import Quantity

GAUSS_POINTS = 24

PROFILES = (
    Quantity(
        headers.AXIAL_POSITION, "axial position z", "Position along the axis; the mouth of the first terminal is at 0."
    ),
    Quantity(
        headers.SALT,
        "salt",
        "Salt averaged over the cross-section: the equivalent concentration sum |z| c / 2, of a 1:1 salt its concentration.",
    ),
    Quantity(
        headers.VIRTUAL_SALT,
        "virtual salt",
        "Salt of the neutral solution that would be in equilibrium with the cross-section.",
    ),
    Quantity(headers.POTENTIAL, "potential", "Electric potential, averaged over the cross-section."),
    Quantity(
        headers.VIRTUAL_POTENTIAL,
        "virtual potential",
        "Potential of the neutral solution that would be in equilibrium with the cross-section.",
    ),
    Quantity(headers.CHARGE_DENSITY, "charge", "Charge of the ions by volume, averaged over the cross-section."),
    Quantity(
        headers.VELOCITY, "axial velocity", "Velocity of the liquid along the axis, averaged over the cross-section."
    ),
    Quantity(headers.AREA, "area", "Area of the cross-section; in front of a mouth that of the mouth."),
)
"""Columns of profiles.csv."""


@dataclass(frozen=True)
class Profiles:
    """Averages over cross-sections.

    Attributes:
        columns: by the headers of profiles.csv. Shape (sections,) each.
        inside: which of the cross-sections lie in the channel; they are equidistant. Shape (sections,).
    """

    columns: Mapping[str, np.ndarray]
    inside: np.ndarray

    def with_flow(self, rate: float) -> Profiles:
        """The same with the mean velocity in the channel that follows from the flow rate (m^3/s) through all of it. In three
        dimensions volume is conserved in hexahedra, or as a whole only, and cut through a cell the velocity misses it: see
        `solver.observables.level_flows`."""
        velocity = self.columns[headers.VELOCITY].copy()
        velocity[self.inside] = rate / self.columns[headers.AREA][self.inside]
        return replace(self, columns={**self.columns, headers.VELOCITY: velocity})

    def in_channel(self, header: str) -> np.ndarray:
        """A column in the channel alone. Shape (sections in the channel,)."""
        return self.columns[header][self.inside]

    def rows(self) -> list[dict[str, float]]:
        """Rows of profiles.csv."""
        lines = zip(*self.columns.values(), strict=True)
        return [dict(zip(self.columns, map(float, line), strict=True)) for line in lines]


@dataclass(frozen=True)
class AxialSections:
    """Points on cross-sections of the channel and, beyond its mouths, of the reservoirs (as wide as the mouth).

    Attributes:
        position: axial positions in metres. Shape (n,).
        inside: which of them lie in the channel. Shape (n,).
        area: of the cross-sections, m^2. Shape (n,).
        section: index of the cross-section of each local point. Shape (m,).
        weight: quadrature weight of each local point, 1 in sum over each cross-section (of all ranks).
        points: local points in mesh units. Shape (m, 3).
        cells: the cell of each local point. Shape (m,).
        comm: the ranks that share the points.
        reference: the local points in the reference cell, where they are known. Shape (m, dimension).
    """

    position: np.ndarray
    inside: np.ndarray
    area: np.ndarray
    section: np.ndarray
    weight: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    comm: MPI.Comm
    reference: np.ndarray | None = None

    @property
    def at(self) -> CellPoints:
        """The local points."""
        return CellPoints(self.points, self.cells, self.reference)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Means over the cross-sections of values at the local points. Shape (n,). Collective."""
        local = np.bincount(self.section, self.weight * values, minlength=len(self.position))
        return np.asarray(self.comm.allreduce(local, op=MPI.SUM))

    @classmethod
    def along(
        cls, tagged: TaggedMesh, geometry: Geometry, count: int, liquid: np.ndarray | None = None
    ) -> AxialSections | None:
        """A number of cross-sections of a mesh in two dimensions; None for a mesh file, a junction, and a channel with a
        particle. Collective.

        liquid: whether each local cell holds liquid; all of them by default.
        """
        found = positions_along(geometry, count)
        if found is None or isinstance(geometry, File | Junction):
            return None
        position, inside = found
        start, stop = geometry.mouths
        length = stop - start
        radius = geometry.profile(np.clip((position - start) / length, 0.0, 1.0))
        nodes: Any
        weights: Any
        nodes, weights = np.polynomial.legendre.leggauss(GAUSS_POINTS)
        nodes, weights = (nodes + 1) / 2, weights / 2
        if tagged.symmetry == "axisymmetric":
            weights = 2 * nodes * weights
            area = np.pi * radius**2
        else:
            area = radius * geometry.measure_factor
        points: Any = np.zeros((len(position), GAUSS_POINTS, 3))
        points[:, :, 0] = position[:, None]
        points[:, :, 1] = radius[:, None] * nodes
        points = points.reshape(-1, 3) / tagged.unit
        section = np.repeat(np.arange(len(position)), GAUSS_POINTS)
        weight = np.tile(weights, len(position))
        mine, cells = _claim(tagged, points, liquid)
        # points that a curved wall leaves outside the straight-sided cells hand their weight to the others
        found = tagged.mesh.comm.allreduce(
            np.bincount(section[mine], weight[mine], minlength=len(position)), op=MPI.SUM
        )
        scaled = weight[mine] / np.maximum(found, 1e-300)[section[mine]]
        return cls(position, inside, area, section[mine], scaled, points[mine], cells, tagged.mesh.comm)

    def averages(
        self,
        phi: np.ndarray,
        mu: np.ndarray,
        inner: np.ndarray,
        velocity: np.ndarray,
        valences: Sequence[int],
        model: ElectrolyteModel,
        scales: Scales,
    ) -> Profiles:
        """Averages of dimensionless fields at the local points over each cross-section, SI. Collective.

        phi, velocity: potential and axial velocity. Shape (points,).
        mu, inner: electrochemical potentials, and what the concentrations of the region at hand follow from (see
            `solver.discretization.materials`). Shape (points, species).
        model: of the electrolyte.
        """
        of_species, scale = list(mu.T), scales.concentration
        c = model.concentrations(list(inner.T), phi, valences, scale, NUMBERS)
        virtual_potential = model.neutral_potential(of_species, valences, scale, NUMBERS)
        virtual = model.concentrations(of_species, virtual_potential, valences, scale, NUMBERS)
        charge = sum(z * ci for z, ci in zip(valences, c, strict=True))
        fields = {
            headers.SALT: equivalent_concentration(valences, c) * scale,
            headers.VIRTUAL_SALT: equivalent_concentration(valences, virtual) * scale,
            headers.POTENTIAL: phi * scales.potential,
            headers.VIRTUAL_POTENTIAL: virtual_potential * scales.potential,
            headers.CHARGE_DENSITY: charge * scales.charge_density,
            headers.VELOCITY: velocity * scales.velocity,
        }
        local = np.array(
            [np.bincount(self.section, self.weight * f, minlength=len(self.position)) for f in fields.values()]
        )
        total = self.comm.allreduce(local, op=MPI.SUM)
        columns = {
            headers.AXIAL_POSITION: self.position,
            **dict(zip(fields, total, strict=True)),
            headers.AREA: self.area,
        }
        return Profiles(columns, self.inside)


def positions_along(geometry: Geometry, count: int) -> tuple[np.ndarray, np.ndarray] | None:
    """A number of axial positions (m), and which of them lie in the channel; None for a mesh file (in three dimensions one
    without a channel), a junction, and a channel with a particle."""
    if isinstance(geometry, File) and geometry.in_space and geometry.mouths is not None:
        start, stop = geometry.mouths  # what lies in front of them is not known
        clip = 1e-6 * (stop - start)
        return np.linspace(start + clip, stop - clip, count), np.ones(count, dtype=bool)
    if isinstance(geometry, File | Junction):
        return None
    if not isinstance(geometry, Cell) and geometry.particle is not None:
        return None
    start, stop = geometry.mouths
    outside = [None, None] if isinstance(geometry, Cell) else [geometry.reservoir(n) for n in geometry.terminals]
    before = 0.0 if outside[0] is None else outside[0].length
    after = 0.0 if outside[1] is None else outside[1].length
    length = stop - start
    share = [before, length, after]
    # at least half of the cross-sections lie in the channel, however long the reservoirs are
    in_channel = max(count // 2, round(count * length / sum(share)))
    rest = count - in_channel
    left = round(rest * before / (before + after)) if before + after else 0
    clip = 1e-6 * length
    position = np.concatenate(
        [
            start - np.linspace(before * (1 - 1e-6), clip, left),
            np.linspace(start + clip, stop - clip, in_channel),
            stop + np.linspace(clip, after * (1 - 1e-6), rest - left),
        ]
    )
    return position, (position >= start) & (position <= stop)


def _claim(tagged: TaggedMesh, points: np.ndarray, liquid: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points that this rank evaluates and their cells; every point in the liquid is claimed once."""
    mesh = tagged.mesh
    tree = dgeometry.bb_tree(mesh, mesh.topology.dim)
    candidates = dgeometry.compute_collisions_points(tree, points)
    colliding = dgeometry.compute_colliding_cells(mesh, candidates, points)
    owned = mesh.topology.index_map(mesh.topology.dim).size_local
    cell = np.full(len(points), -1, dtype=np.int32)
    for i in range(len(points)):
        links = colliding.links(i)
        links = links[links < owned]
        links = links if liquid is None else links[liquid[links]]
        if len(links):
            cell[i] = links[0]
    claim = np.where(cell >= 0, mesh.comm.rank, mesh.comm.size)
    winner = np.empty_like(claim)
    mesh.comm.Allreduce(claim, winner, op=MPI.MIN)
    mine = np.flatnonzero((winner == mesh.comm.rank) & (cell >= 0))
    return mine, cell[mine]
