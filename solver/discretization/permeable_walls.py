"""Walls that water passes, in the equations of the flow.

The normal stress at such a wall is that of a bath behind a resistance,

    n . (2 e(u) - p) n = -(p' - s Pi' + s Pi_v) - u_n / L_p,

with the osmotic pressure Pi_v of the virtual solution, to which the virtual pressure p belongs. The tangential velocity is
zero by Nitsche's method, since the normal of a tapered wall is not a coordinate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dolfinx import fem
from dolfinx import mesh as dmesh

from solver.discretization import forms
from solver.discretization.boundary import WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.measures import Measures
from solver.discretization.parameters import Parameters


class PermeableWalls:
    """The walls of a problem that water passes.

    Args:
        mesh, metric, measures: of all integrals.
        walls: conditions of the device.
        degree: of the velocity.
    """

    def __init__(
        self, mesh: dmesh.Mesh, walls: Sequence[WallCondition], metric: Metric, measures: Measures, degree: int
    ) -> None:
        self.names = tuple(wall.name for wall in walls if wall.passes_water)
        self._metric, self._measures, self._degree = metric, measures, degree
        self._constants = {name: [fem.Constant(mesh, 1.0) for _ in range(3)] for name in self.names}

    def left(self, u: Any, v: Any, ends: Sequence[str], viscosity: Any = 1.0) -> Any:
        """What the walls add to the matrix; 0 without any.

        viscosity: over that of the electrolyte.
        ends: names of terminals at which the flow leaves a channel straight. Where water passes walls it has a transverse
            velocity there, too, which then does not change along the normal; without such walls it is zero.
        """
        if not self.names:
            return 0
        developed = sum(forms.developed(u, v, self._metric, viscosity) * self._measures.boundary(end) for end in ends)
        return developed + sum(
            forms.permeable(u, v, self._constants[name][0], self._metric, self._degree, viscosity)
            * self._measures.boundary(name)
            for name in self.names
        )

    def force(self, osmotic_pressure: Any, v: Any, normal: Any) -> Any:
        """What the baths and the virtual solution at the walls add to the forces; 0 without any."""
        found: Any = 0
        for name in self.names:
            _, outside, reflection = self._constants[name]
            stress = outside + reflection * osmotic_pressure
            found += forms.terminal_stress(stress, v, normal, self._metric) * self._measures.boundary(name)
        return found

    def set_parameters(self, parameters: Parameters) -> None:
        """Put values into the constants."""
        scales = parameters.scales
        for name, (resistance, outside, reflection) in self._constants.items():
            given = {key: parameters[f"walls.{name}.water.{key}"] for key in ("permeability", "pressure", "osmolarity")}
            reflection.value = parameters[f"walls.{name}.water.reflection"]
            osmotic = reflection.value * given["osmolarity"] / scales.concentration
            outside.value = given["pressure"] / scales.pressure - osmotic
            resistance.value = scales.length / (scales.viscosity * given["permeability"])

    @property
    def resistances(self) -> tuple[float, ...]:
        """Dimensionless resistances of the walls to water, which are part of the matrix."""
        return tuple(float(resistance.value) for resistance, _, _ in self._constants.values())
