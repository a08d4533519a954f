"""How many of 160 devices converge from a cold start, each bias on its own.

Cone 5/50 nm, 1 um, flow on, reservoirs 0.5 um: surface charge x concentration x bias. Run from the repository:
    ./environment.sh python3 tests/benchmarks/robustness.py [OUTPUT.csv]
"""

from __future__ import annotations

import csv
import itertools
import sys
import time
from pathlib import Path

from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute

CHARGES = (-1e-3, -10e-3, -50e-3, -100e-3)
CONCENTRATIONS = (0.1, 1.0, 10.0, 100.0, 1000.0)
BIASES = (0.1, -0.1, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0)


def case(charge: float, concentration: float, bias: float) -> Case:
    """One device of the grid."""
    return Case.model_validate(
        {
            "geometry": {
                "type": "cone",
                "length": 1e-6,
                "radius_tip": 5e-9,
                "radius_base": 50e-9,
                "reservoirs": {"length": 0.5e-6, "radius": 0.5e-6},
            },
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": concentration},
            "terminals": {"base": {"potential": bias}},
            "walls": {"channel": {"surface_charge": charge}},
            "outputs": {"errors": "none"},
        }
    )


def main(path: Path) -> int:
    """Solve all, write a table, say how many converged."""
    converged = 0
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["charge [C/m^2]", "concentration [mol/m^3]", "bias [V]", "converged", "current [A]",
                        "conservation_error", "route_difference", "iterations", "events", "time [s]"])  # fmt: skip
        for charge, concentration, bias in itertools.product(CHARGES, CONCENTRATIONS, BIASES):
            begin = time.perf_counter()
            points = plan(case(charge, concentration, bias))
            simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
            try:
                row = compute(simulation, points[0]).row
                converged += 1
                found = [1, row["current [A]"], row["conservation_error"], row["current_route_difference"],
                         row["newton_iterations"], row["step_events"]]  # fmt: skip
            except ConvergenceError as error:
                found = [0, "", "", "", "", str(error)]
            table.writerow([charge, concentration, bias, *found, f"{time.perf_counter() - begin:.2f}"])
            file.flush()
    total = len(CHARGES) * len(CONCENTRATIONS) * len(BIASES)
    print(f"{converged} of {total} converged; table in {path}")
    return 0 if converged == total else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "robustness.csv")))
