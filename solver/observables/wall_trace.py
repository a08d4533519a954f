"""A wall with sites along the axis: charge, potentials and states of the sites at the cross-sections of profiles.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meshes.course import Places
from solver.case.case import Case
from solver.discretization.parameter_names import PH, wall_coefficient
from solver.discretization.parameters import Parameters
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.laws.walls.base import WallState, with_protons
from solver.laws.walls.groups import Regulation
from solver.observables.profiles import AxialSections
from solver.observables.wall_points import CHANNEL, WallPoints
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


def names_of_sites(case: Case) -> dict[str, Sequence[str]]:
    """What `sites` stands for in headers: the states of the sites of the channel wall."""
    wall = case.walls.get(CHANNEL)
    sites = (wall.groups or ()) if wall is not None else ()
    return {"sites": [f"{site.site}_{state}" for site in sites for state in site.states]}


@dataclass(frozen=True)
class WallTrace:
    """The wall of the channel at the cross-sections of profiles: the law of its sites, and the points."""

    law: Regulation
    at: WallPoints

    @classmethod
    def of(cls, problem: Problem, sections: AxialSections) -> WallTrace | None:
        """None for a channel without sites. Collective."""
        wall = next((wall for wall in problem.walls if wall.name == CHANNEL), None)
        law = next((law for law in wall.laws if isinstance(law, Regulation)), None) if wall is not None else None
        if law is None or problem.electroneutral:
            return None
        return cls(law, WallPoints.of(problem, sections))

    def columns(self, problem: Problem, parameters: Parameters) -> Mapping[str, np.ndarray]:
        """The columns of the state that is loaded; NaN where a cross-section has no wall. Collective."""
        scales = parameters.scales
        values = problem.unknowns.table(self.at.at.values(problem.state))
        phi = problem.potential.in_cells(values, self.at.cells, self.at.points, parameters)
        mu = problem.unknowns.electrochemical(values)
        virtual = problem.model.neutral_potential(list(mu.T), problem.valences, scales.concentration, NUMBERS)
        names = [solute.name for solute in problem.solutes]
        molar = np.log(scales.concentration / 1e3)
        pH = parameters[PH] if PH in parameters.slots.index else None
        potentials, valences = with_protons(
            {name: column + molar for name, column in zip(names, mu.T, strict=True)},
            dict(zip(names, problem.valences, strict=True)),
            pH,
            virtual,
        )
        stern = wall_coefficient(CHANNEL, "stern", "capacitance")
        state = WallState(
            potential=phi * scales.potential,
            concentrations={},
            position=self.at.points[:, 0] * problem.tagged.unit,
            coefficients=parameters.of_law(CHANNEL, self.law.key),
            virtual_potential=virtual * scales.potential,
            wall_potential=None,
            interpolated=lambda function: function(Places(*np.zeros((3, len(self.at.points))))),
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
        return dict(zip(found, self.at.of_all_ranks(list(found.values())), strict=True))
