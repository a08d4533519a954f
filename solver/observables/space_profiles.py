"""Columns of profiles.csv of devices in three dimensions alone: concentrations of species and the pressure, averaged over
cross-sections."""

from __future__ import annotations

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.observables.profiles import AxialSections
from solver.results.columns import Quantity
from solver.results.headers import header

CONCENTRATION = Quantity(
    header("concentration_{species}", "mol/m^3"),
    "concentration of {species}",
    "Concentration of the species, averaged over the cross-section; of devices in three dimensions.",
)
PRESSURE = Quantity(
    header("pressure", "Pa"),
    "pressure",
    "Pressure of the liquid, averaged over the cross-section; of devices in three dimensions with a flow.",
)
IN_SPACE = (CONCENTRATION, PRESSURE)


def space_profiles(
    problem: Problem, found: Evaluation, sections: AxialSections, potential: np.ndarray, mu: np.ndarray
) -> dict[str, np.ndarray]:
    """The columns of a state that is loaded; nothing in two dimensions. Collective.

    potential, mu: of the state at the points of the sections, thermal voltages. Shapes (points,) and (points, species).
    """
    if problem.mesh.topology.dim < 3:
        return {}
    scales, model, valences = found.parameters.scales, problem.model, problem.valences
    scale = scales.concentration
    inner = list(problem.materials.inner_in_cells(mu, sections.cells, sections.points).T)
    c = model.concentrations(inner, potential, valences, scale, NUMBERS)
    columns = {
        CONCENTRATION.of(species=solute.name): sections.means(ci) * scale
        for solute, ci in zip(problem.solutes, c, strict=True)
    }
    if problem.flow is not None and found.flow is not None:
        of_species = list(mu.T)
        neutral = model.neutral_potential(of_species, valences, scale, NUMBERS)
        virtual = model.concentrations(of_species, neutral, valences, scale, NUMBERS)
        excess = model.osmotic_pressure_at(inner, potential, valences, scale, NUMBERS)
        excess = excess - model.osmotic_pressure(virtual, scale, NUMBERS)
        continuous, constants = problem.flow.fields.pressure_parts(found.flow)
        pressure = sections.at.values(continuous).ravel() + constants[sections.cells]
        columns[PRESSURE.header] = sections.means(pressure + excess) * scales.pressure
    return columns
