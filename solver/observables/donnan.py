"""Donnan potentials of membranes and fillings: by how much the potential steps at each of their faces."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization.build import regions_of
from solver.discretization.faces import SIDES, faces_of, materials_of
from solver.discretization.problem import Problem
from solver.observables.observable import BAR, Observable
from solver.observables.state import DeviceState
from solver.results.columns import Quantity
from solver.results.headers import header


class DonnanPotentials(Observable):
    """Potential of the neutral material less that of the neutral solution in equilibrium with it, on each face.

    Both solutions have the electrochemical potentials of the ions at the face, which pass through the double layers there
    without a step: the number is the potential difference between both sides of the layers, whether the mesh resolves these
    or, in electroneutral devices, they are not there (Teorell, Proc. Soc. Exp. Biol. Med. 33, 282 (1935); Meyer and Sievers,
    Helv. Chim. Acta 19, 649 (1936)).
    """

    quantities = (
        Quantity(
            header("donnan_potential_{region}_{side}", "V"),
            "Donnan potential of {region}, {side}",
            "By how much the potential is higher in the region than on the other side of its face, in the mean over the face:"
            " the neutral material with its fixed charge X and partition coefficients against the neutral solution (or the"
            " neighbouring material) that is in equilibrium with the ions at the face; RT/F asinh(X/2c) beside a 1:1 salt"
            " without partition. The side is that to which the face looks: left or right along the axis, else inner or"
            " outer (planar: lower or upper); a region in several parts has the mean of them.",
            error=BAR,
        ),
    )

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem = problem
        self._faces = faces_of(problem.tagged, problem.regions, [port.name for port in problem.ports.terminals])

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Potentials (V); nothing of devices without such regions."""
        faces, problem, parameters = self._faces, self._problem, state.found.parameters
        if faces is None:
            return {}
        problem.load(state.found)
        values = problem.unknowns.table(problem.state.eval(faces.points, faces.cells))
        mu = problem.unknowns.electrochemical(values)
        inside, beyond = (
            problem.materials.donnan_potentials(which, mu, faces.points, parameters, problem.model, problem.valences)
            for which in (faces.inside, faces.beyond)
        )
        count = len(faces.names)
        local = [np.bincount(faces.face, weights, minlength=count)
                 for weights in (faces.weights * (inside - beyond), faces.weights)]  # fmt: skip
        total, area = problem.mesh.comm.allreduce(np.array(local), op=MPI.SUM)
        (quantity,) = self.quantities
        steps = total / area * state.scales.potential
        return {
            quantity.of(region=region, side=side): float(step)
            for (region, side), step in zip(faces.names, steps, strict=True)
        }


def names_of_faces(case: Case) -> dict[str, list[str]]:
    """Names of the regions and sides of the columns that a case can have."""
    return {"region": materials_of(regions_of(case)), "side": list(SIDES)}
