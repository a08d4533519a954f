"""A wall with sites along the axis: charge, potentials and states of the sites at the cross-sections of profiles.csv.

The state is evaluated on the facets of the wall themselves, so that it is the trace which the equations see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI

from meshes.course import Places
from meshes.tagged import TaggedMesh
from solver.case.case import Case
from solver.discretization.parameters import PH, Parameters, wall_coefficient
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.laws.walls.base import WallState, with_protons
from solver.laws.walls.groups import Regulation
from solver.observables.profiles import AxialSections
from solver.results.columns import Quantity
from solver.results.headers import header

SURFACE_CHARGE = header("surface_charge", "C/m^2")
ZETA_POTENTIAL = header("zeta_potential", "V")
SURFACE_POTENTIAL = header("surface_potential", "V")
SITES = Quantity(
    "sites_{sites}",
    "sites {sites}",
    "Part of the sites of a type of the channel wall that is in a state: free, or with the ions that its name lists.",
)

TRACES = (
    Quantity(
        SURFACE_CHARGE,
        "surface charge",
        "Charge of the channel wall, where it follows from sites or a given zeta potential; empty outside.",
    ),
    Quantity(
        ZETA_POTENTIAL,
        "zeta potential",
        "Potential of the liquid at the channel wall, where it has sites, against that of the uncharged solution in"
        " equilibrium with it.",
    ),
    Quantity(
        SURFACE_POTENTIAL,
        "surface potential",
        "The same of the sites, which are behind the Stern layer if there is one.",
    ),
    SITES,
)
"""Columns of profiles.csv for a channel wall with sites."""

CHANNEL = "channel"


def names_of_sites(case: Case) -> dict[str, Sequence[str]]:
    """What `sites` stands for in headers: the states of the sites of the channel wall."""
    wall = case.walls.get(CHANNEL)
    sites = (wall.groups or ()) if wall is not None else ()
    return {"sites": [f"{site.site}_{state}" for site in sites for state in site.states]}


@dataclass(frozen=True)
class WallTrace:
    """The wall of the channel at the cross-sections of profiles.

    Attributes:
        law: of its sites.
        count: of all cross-sections.
        section: index of the cross-section of each local point. Shape (points,).
        points: local points on the wall in mesh units. Shape (points, 3). cells: of each local point. Shape (points,).
        comm: ranks that share the points.
    """

    law: Regulation
    count: int
    section: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    comm: MPI.Comm

    @classmethod
    def of(cls, problem: Problem, sections: AxialSections) -> WallTrace | None:
        """None for a channel without sites. Collective."""
        wall = next((wall for wall in problem.walls if wall.name == CHANNEL), None)
        law = next((law for law in wall.laws if isinstance(law, Regulation)), None) if wall is not None else None
        if law is None or problem.electroneutral:
            return None
        z = sections.position / problem.tagged.unit
        liquid = None if problem.liquid is None else problem.liquid.inside
        ends, cells = _facets(problem.tagged, liquid)
        facet = _facet_at(ends, z, sections.inside)
        claim = np.where(facet >= 0, sections.comm.rank, sections.comm.size)
        winner = np.empty_like(claim)
        sections.comm.Allreduce(claim, winner, op=MPI.MIN)
        mine = np.flatnonzero((winner == sections.comm.rank) & (facet >= 0))
        start, stop = ends[facet[mine], 0], ends[facet[mine], 1]
        points = np.zeros((len(mine), 3))
        points[:, 0] = z[mine]
        points[:, 1] = start[:, 1] + (z[mine] - start[:, 0]) / (stop - start)[:, 0] * (stop - start)[:, 1]
        return cls(law, len(z), mine, points, cells[facet[mine]], sections.comm)

    def columns(self, problem: Problem, parameters: Parameters) -> Mapping[str, np.ndarray]:
        """The columns of the state that is loaded; NaN where a cross-section has no wall. Collective."""
        scales = parameters.scales
        values = problem.unknowns.table(problem.state.eval(self.points, self.cells))
        phi = problem.potential.in_cells(values, self.cells, self.points, parameters)
        mu = problem.unknowns.electrochemical(values)
        virtual = problem.model.neutral_potential(list(mu.T), problem.valences, NUMBERS)
        names = [solute.name for solute in problem.solutes]
        molar = np.log(scales.concentration / 1e3)
        pH = parameters[PH] if PH in parameters.slots.index else None
        potentials, valences = with_protons(
            {name: column + molar for name, column in zip(names, mu.T, strict=True)},
            dict(zip(names, problem.valences, strict=True)),
            pH,
            virtual,
        )
        start = f"{wall_coefficient(CHANNEL, self.law.key, '')}."
        stern = wall_coefficient(CHANNEL, "stern", "capacitance")
        state = WallState(
            potential=phi * scales.potential,
            concentrations={},
            position=self.points[:, 0] * problem.tagged.unit,
            coefficients={
                name[len(start) :]: parameters[name] for name in parameters.slots.names if name.startswith(start)
            },
            virtual_potential=virtual * scales.potential,
            wall_potential=None,
            interpolated=lambda function: function(Places(*np.zeros((3, len(self.points))))),
            potentials=potentials,
            valences=valences,
            thermal_voltage=scales.potential,
            stern_capacitance=parameters[stern] if stern in parameters.slots.index else None,
        )
        of_sites = self.law.zero_plane(state, NUMBERS)
        found = {
            SURFACE_CHARGE: self.law.charge(state, NUMBERS),
            ZETA_POTENTIAL: (phi - virtual) * scales.potential,
            SURFACE_POTENTIAL: (of_sites - virtual) * scales.potential,
            **{SITES.of(sites=name): part for name, part in self.law.fractions(state, NUMBERS).items()},
        }
        local = np.zeros((1 + len(found), self.count))
        local[0, self.section] = 1.0
        for row, column in zip(local[1:], found.values(), strict=True):
            row[self.section] = column
        there, *columns = self.comm.allreduce(local, op=MPI.SUM)
        return {name: np.where(there > 0, column, np.nan) for name, column in zip(found, columns, strict=True)}


def _facets(tagged: TaggedMesh, liquid: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the facets of the channel wall, in mesh units, and the liquid cell of each, of the cells that this rank owns.
    Shapes (facets, 2, 2) and (facets,)."""
    topology = tagged.mesh.topology
    dimension = topology.dim - 1
    topology.create_connectivity(dimension, topology.dim)
    owned, cells_of = topology.index_map(topology.dim).size_local, topology.connectivity(dimension, topology.dim)
    pairs = [
        (facet, cell)
        for facet in tagged.facets_of(CHANNEL)
        for cell in cells_of.links(facet)
        if cell < owned and (liquid is None or liquid[cell])
    ]
    if not pairs:
        return np.zeros((0, 2, 2)), np.zeros(0, dtype=np.int32)
    facets, cells = np.array(pairs, dtype=np.int32).T.copy()
    nodes = dmesh.entities_to_geometry(tagged.mesh, dimension, facets)
    return tagged.mesh.geometry.x[nodes][:, :, :2].reshape(-1, 2, 2), cells


def _facet_at(ends: np.ndarray, z: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Number of a facet above each axial position, -1 without one. Shape of z."""
    found = np.full(len(z), -1)
    low, high = ends[:, :, 0].min(axis=1, initial=np.inf), ends[:, :, 0].max(axis=1, initial=-np.inf)
    for i in np.flatnonzero(wanted):
        over = np.flatnonzero((low <= z[i]) & (z[i] <= high) & (high > low))
        if len(over):
            found[i] = over[0]
    return found
