"""Pores that the mesh does not resolve: the voltage across them, what passes, and what is in them."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from solver.case.case import Case
from solver.discretization import coverages
from solver.discretization.problem import Problem
from solver.discretization.wall_means import numbers_at
from solver.laws.algebra import NUMBERS
from solver.laws.pores.pore import PoreMouth
from solver.observables.observable import Observable
from solver.observables.state import DeviceState
from solver.physics.constants import ELEMENTARY_CHARGE
from solver.results.columns import Quantity
from solver.results.headers import header

VOLTAGE = Quantity(
    header("pore_voltage_{pore}", "V"),
    "voltage across {pore}",
    "Potential in the mean over the first mouth against that over the second.",
)
CURRENT = Quantity(
    header("pore_current_{pore}", "A"),
    "current through {pore}",
    "Current through all pores side by side, positive from the first mouth to the second; an ion that moves by a part of the"
    " voltage counts by this part.",
)
CURRENT_OF = Quantity(
    header("pore_current_{pore}_{species}", "A"),
    "current of {species} through {pore}",
    "The part of the species.",
)
OCCUPANCY = Quantity(
    "occupancy_{pore}_{pore_state}",
    "{pore} with {pore_state}",
    "Part of the pores that are in this state, named by the ions in it and the numbers of their sites; the others are empty.",
)


class Pores(Observable):
    """What is in pores, and what passes them."""

    quantities = (VOLTAGE, CURRENT, CURRENT_OF, OCCUPANCY)

    def __init__(self, problem: Problem, case: Case) -> None:
        self._problem = problem
        laws = [(wall.name, law) for wall in problem.walls for law in wall.laws]
        self._mouths = [(wall, law) for wall, law in laws if isinstance(law, PoreMouth) and law.is_first]

    def measure(self, state: DeviceState) -> dict[str, float]:
        """Voltages (V), currents (A) and probabilities; nothing without pores."""
        row = {}
        for wall, law in self._mouths:
            law = next(each for each in state.case.walls[wall].laws if isinstance(each, PoreMouth))
            at = numbers_at(law, wall, state.found.parameters, self._problem.valences)
            mouths, occupied = law.mouths(at, NUMBERS), self._occupied(state, wall, law)
            name, number = law.passage.name, at.coefficients["number"]
            passing = law.passage.kinetics.transport(mouths, occupied, NUMBERS)
            unit = number * ELEMENTARY_CHARGE
            currents = {ion: unit * mouths.valences[ion] * float(rate) for ion, rate in passing.items()}
            row[VOLTAGE.of(pore=name)] = float(mouths.voltage * at.thermal_voltage)
            row[CURRENT.of(pore=name)] = sum(currents.values())
            row |= {CURRENT_OF.of(pore=name, species=ion): each for ion, each in currents.items()}
            for which, probability in zip(law.coverages, occupied, strict=True):
                row[OCCUPANCY.of(pore=name, pore_state=which)] = probability
        return row

    def _occupied(self, state: DeviceState, wall: str, law: PoreMouth) -> list[float]:
        """Probabilities in the mean over the nodes of a mouth, where they are all the same. Collective."""
        problem, ports = self._problem, self._problem.ports
        nodes = ports.owned(ports.all[ports.index(wall)].nodes)
        values = coverages.on_wall(problem.unknowns, state.found.state, wall, law)
        sums = np.array([*(each[nodes].sum() for each in values.values()), float(len(nodes))])
        *totals, count = problem.mesh.comm.allreduce(sums, op=MPI.SUM)
        return [float(each) for each in law.occupied_by(dict(zip(values, np.array(totals) / count, strict=True)))]
