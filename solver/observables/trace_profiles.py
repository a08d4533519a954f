"""Concentrations of trace species averaged over cross-sections, for profiles.csv."""

from __future__ import annotations

import numpy as np

from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.profiles import AxialSections
from solver.results.columns import STEADY, Quantity
from solver.results.headers import header

PROFILE = Quantity(
    header("concentration_{trace}", "mol/m^3"),
    "concentration of {trace}",
    "Concentration of the trace species, averaged over the cross-section.",
    studies=(STEADY,),
)
"""Column of profiles.csv."""


def trace_profiles(
    problem: Problem, found: Evaluation, sections: AxialSections, potential: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of profiles.csv: concentrations (mol/m^3) averaged over cross-sections. Collective.

    potential: of the state at the points of the sections, thermal voltages. Shape (points,).
    """
    transport = problem.trace
    if transport is None:
        return {}
    columns = {}
    for k, state in enumerate(transport.solved(found)):
        name = problem.traces[k].name
        values: np.ndarray = np.full(len(sections.points), np.nan)
        if state is not None:
            transport.load(found, k, state)
            values = state.concentration * transport.concentrations_in_cells(k, sections.at, potential)
        columns[PROFILE.of(trace=name)] = sections.means(values)
    return columns
