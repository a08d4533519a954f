"""Means over walls that laws of other walls ask for, such as the liquid at the far mouth of a pore.

They are no entries of a state but follow from it, so every residual is that of the means of its own state. In the linearised
problem they are further unknowns with the equations mean - M(w) = 0 (`solver.linear.bordered`): no row of the matrix has to
know the nodes of another wall.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.discretization.assembly import assembled
from solver.discretization.boundary import WallCondition
from solver.discretization.parameter_names import MEAN_AREA, MEAN_POTENTIAL, asked_elsewhere, mean_over
from solver.discretization.parameters import Parameters
from solver.discretization.wall_laws import WallTerms, mean_of
from solver.discretization.walls import Liquid
from solver.laws.walls.base import WallLaw, WallState
from solver.linear.blocks import Border


class WallMeans:
    """The means of one problem, which are further unknowns of its linearised equations. Collective.

    Args:
        liquid: its unknowns in symbols.
        walls: its conditions.
        at_walls: what their laws give.
        variables: in what they give, by the names of the means among the parameters.
    """

    def __init__(
        self, liquid: Liquid, walls: Sequence[WallCondition], at_walls: WallTerms, variables: Mapping[str, Any]
    ) -> None:
        self._unknowns, self._comm = liquid.unknowns, liquid.tagged.mesh.comm
        self._molar = math.log(liquid.scales.concentration / 1e3)
        self._square = liquid.scales.length**2
        asked = asked_elsewhere(walls)
        self._named = [(wall, what) for wall, species in asked.items() for what in (MEAN_POTENTIAL, *species)]
        if not asked:
            return
        self._chosen = {entry: fem.Constant(liquid.tagged.mesh, 0.0) for entry in self._named}
        mean: Any = 0
        for wall, species in asked.items():
            value = self._chosen[wall, MEAN_POTENTIAL] * liquid.potential
            value += sum(self._chosen[wall, name] * liquid.potentials[name] for name in species)
            mean += value * liquid.metric.weight * liquid.measures.boundary(wall)
        # derivative of what the walls add to the equations by the mean that is chosen
        test, column = ufl.TestFunction(liquid.unknowns.space), 0
        kinetics = at_walls.kinetics(liquid.unknowns.on_walls(test))
        groups = (
            (liquid.measures.boundary, at_walls.integrands(test)),
            (liquid.measures.nodes, {name: rest for name, (_, rest) in kinetics.items()}),
        )
        asking = [wall.name for wall in walls if any(law.elsewhere for law in wall.laws)]
        for measure_of, integrands in groups:
            for name in asking:
                if name in integrands:
                    parts = (
                        factor * ufl.diff(integrands[name], variables[mean_over(*entry)])
                        for entry, factor in self._chosen.items()
                    )
                    column += sum(parts) * measure_of(name)
        with liquid.clock("compile"):
            self._mean, self._gradient = fem.form(mean), fem.form(ufl.derivative(mean, liquid.state))
            self._column = fem.form(column)
        self._variables = [variables[mean_over(*entry)] for entry in self._named]

    def slope(self, functional: ufl.Form) -> fem.Form | None:
        """Derivative of a functional by the mean that is chosen, compiled, for `slopes`; None where it depends on none."""
        if not self._named:
            return None
        by_means = zip(self._chosen.values(), self._variables, strict=True)
        found = sum((factor * ufl.diff(functional, variable) for factor, variable in by_means), ufl.Form([]))
        found = ufl.algorithms.expand_derivatives(found)
        return None if found.empty() else fem.form(found)

    def slopes(self, slope: fem.Form | None) -> np.ndarray:
        """Derivatives of a functional by the means, at the state that is loaded, in the order and the units of the further
        unknowns of `border`."""
        if slope is None:
            return np.zeros(len(self._named))
        return self._sum(self._of(self._chosen, slope, self._named))

    def _area(self, wall: str, parameters: Parameters) -> float:
        """Area of a wall by the parameters, dimensionless."""
        return parameters[mean_over(wall, MEAN_AREA)] / (self._square * parameters.scales.section)

    def found(self, parameters: Parameters) -> Parameters:
        """The parameters with the means of the state that is loaded."""
        if not self._named:
            return parameters
        scales, values = parameters.scales, {}
        integrals = self._sum(self._of(self._chosen, self._mean, self._named))
        for (wall, what), integral in zip(self._named, integrals, strict=True):
            mean = integral / self._area(wall, parameters)
            values[mean_over(wall, what)] = mean * scales.potential if what == MEAN_POTENTIAL else mean + self._molar
        return parameters.with_values(values)

    def border(self, parameters: Parameters, constrained: np.ndarray, others: np.ndarray) -> Border | None:
        """The means as further unknowns of the linearised problem at the state and the parameters that are loaded; None
        without any. The corner also has, above those of the means, the rows of further equations that are sums of residual
        rows.

        constrained: owned entries whose equations are others. others: weights of the unconstrained rows in further
            equations. Shape (equations, owned entries).
        """
        if not self._named:
            return None
        columns, rows = [], []
        for entry in self._named:
            self._choose(self._chosen, entry)
            columns.append(assembled(self._column))
            row = assembled(self._gradient) / self._area(entry[0], parameters)
            rows.append(-row * (parameters.scales.potential if entry[1] == MEAN_POTENTIAL else 1.0))
        found = np.array(columns)
        coupling = self._sum(others @ found.T)
        found[:, constrained] = 0.0
        found[:, self._unknowns.owned_idle] = 0.0
        return Border(found, np.array(rows), np.vstack([coupling, np.eye(len(self._named))]))

    @staticmethod
    def _choose(factors: Mapping[Any, fem.Constant], entry: Any) -> None:
        for key, factor in factors.items():
            factor.value = float(key == entry)

    def _of(self, factors: Mapping[Any, fem.Constant], form: fem.Form, entries: Sequence[Any]) -> np.ndarray:
        """This rank's part of an integral for each of some factors alone."""
        found = []
        for entry in entries:
            self._choose(factors, entry)
            found.append(fem.assemble_scalar(form))
        return np.array(found)

    def _sum(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self._comm.allreduce(local, op=MPI.SUM))


def numbers_at(law: WallLaw, wall: str, parameters: Parameters, valences: Sequence[int]) -> WallState:
    """What a law of a wall is given as numbers, as far as it is about means over walls: parameters that a state has set."""
    means = {name: parameters[name] for name in parameters.slots.names}
    return WallState(
        potential=np.nan,
        concentrations={},
        position=np.nan,
        coefficients=parameters.of_law(wall, law.key),
        virtual_potential=np.nan,
        wall_potential=None,
        thermal_voltage=parameters.scales.potential,
        interpolated=lambda function: np.nan,
        valences=dict(zip(parameters.slots.species, valences, strict=True)),
        elsewhere={name: mean_of(name, species, means) for name, species in law.elsewhere.items()},
    )


def with_means(border: Border | None, means: Border | None) -> Border | None:
    """A border with the means of `WallMeans.border` behind its unknowns; rows of means may be shorter."""
    if border is None or means is None:
        return border or means
    missing = border.rows.shape[1] - means.rows.shape[1]
    rows = np.vstack([border.rows, np.pad(means.rows, ((0, 0), (0, missing)))])
    below = np.zeros((means.corner.shape[1], len(border.corner)))
    corner = np.hstack([np.vstack([border.corner, below]), means.corner])
    return Border(np.vstack([border.columns, means.columns]), rows, corner)
