"""Areas of walls that laws ask for: parameters that follow from the mesh alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from solver.discretization.boundary import TerminalCondition, WallCondition
from solver.discretization.coordinates import Metric
from solver.discretization.measures import Measures
from solver.discretization.parameter_names import MEAN_AREA, asked_elsewhere, mean_over, wall_coefficient
from solver.laws.walls.exchange import AREA, TerminalExchange
from solver.parallel.clock import Clock


class WallAreas:
    """The areas that the parameters of one problem contain. Collective.

    Args:
        terminals, walls: conditions of the device.
        mesh, metric, measures, clock: of the problem.
    """

    def __init__(
        self,
        terminals: Sequence[TerminalCondition],
        walls: Sequence[WallCondition],
        mesh: dmesh.Mesh,
        metric: Metric,
        measures: Measures,
        clock: Clock,
    ) -> None:
        passing = [wall.name for terminal in terminals if (wall := terminal.passing)]
        self._names = {wall_coefficient(name, TerminalExchange.key, AREA): name for name in passing}
        self._names |= {mean_over(name, MEAN_AREA): name for name in asked_elsewhere(walls)}
        self._comm = mesh.comm
        self._chosen = {name: fem.Constant(mesh, 0.0) for name in dict.fromkeys(self._names.values())}
        parts = [chosen * metric.weight * measures.boundary(name) for name, chosen in self._chosen.items()]
        if parts:
            with clock("compile"):
                self._form = fem.form(sum(parts[1:], parts[0]))

    def on_mesh(self, unit: float) -> dict[str, float]:
        """By the names of the parameters, on the mesh as it is: it may have been moved. unit: of areas, m^2."""
        if not self._names:
            return {}
        local = []
        for wall in self._names.values():
            for name, chosen in self._chosen.items():
                chosen.value = float(name == wall)
            local.append(fem.assemble_scalar(self._form))
        found = self._comm.allreduce(np.array(local), op=MPI.SUM)
        return {name: unit * float(area) for name, area in zip(self._names, found, strict=True)}
