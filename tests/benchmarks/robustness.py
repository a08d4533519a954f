"""How many devices converge from a cold start, each on its own: 160 of a grid, 480 with sites on their walls, or random ones.

The grid: cone 5/50 nm, 1 um, flow on, reservoirs 0.5 um: surface charge x concentration x bias. The same with sites of silica
instead of a given charge: density x pH x concentration x bias. Random ones: see
`tests.benchmarks.random_devices`, and with sites `random_sites`. A device passes when it converges with conservation and
routes as good as stated, and with the charge of sites that mass action gives, or when it ends with an error that says why,
within `continuation.MOST_EFFORT`. Run from the repository, as a whole or from device to device of the list:
    ./environment.sh python3 -m tests.benchmarks.robustness grid [--out robustness.csv]
    ./environment.sh python3 -m tests.benchmarks.robustness sites --first 344 --count 136 [--list]
    ./environment.sh python3 -m tests.benchmarks.robustness random --first 0 --count 60
    ./environment.sh python3 -m tests.benchmarks.robustness random_sites --first 0 --count 30
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI

from solver.case.case import Case
from solver.case.studies.points import plan
from solver.inputs.errors import CaseError
from solver.nonlinear.continuation import ConvergenceError
from solver.parallel.clock import Clock
from solver.parallel.ranks import release
from solver.simulation.simulation import Simulation
from solver.studies.steady import compute
from tests.benchmarks.random_devices import random_device
from tests.benchmarks.random_sites import device_with_sites, largest_misfit

CHARGES = (-1e-3, -10e-3, -50e-3, -100e-3)
CONCENTRATIONS = (0.1, 1.0, 10.0, 100.0, 1000.0)
BIASES = (0.1, -0.1, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0)
DENSITIES = (0.08e18, 0.8e18, 4e18, 8e18)
PH = (4.0, 7.0, 10.0)
CONSERVATION, ROUTES, MASS_ACTION = 1e-8, 1e-6, 1e-6
COLUMNS = ("current [A]", "conservation_error", "current_route_difference", "newton_iterations", "step_events")
RANDOM: Mapping[str, Callable[[int], dict[str, Any]]] = {"random": random_device, "random_sites": device_with_sites}
CHARGE_MISFIT = "misfit of the charge of the sites"


def cone(concentration: float, bias: float, wall: dict[str, Any], **electrolyte: Any) -> dict[str, Any]:
    """Description of a device of the grid."""
    return {
        "geometry": {
            "type": "cone",
            "length": 1e-6,
            "radius_tip": 5e-9,
            "radius_base": 50e-9,
            "reservoirs": {"length": 0.5e-6, "radius": 0.5e-6},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": concentration, **electrolyte},
        "terminals": {"base": {"potential": bias}},
        "walls": {"channel": wall},
        "outputs": {"errors": "none"},
    }


def grid() -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and descriptions of the devices of the grid."""
    for charge, concentration, bias in itertools.product(CHARGES, CONCENTRATIONS, BIASES):
        name = f"{charge:g} C/m^2 {concentration:g} mM {bias:g} V"
        yield name, cone(concentration, bias, {"surface_charge": charge})


def sites() -> Iterator[tuple[str, dict[str, Any]]]:
    """Those with sites on their walls."""
    for density, pH, concentration, bias in itertools.product(DENSITIES, PH, CONCENTRATIONS, BIASES):
        wall = {"groups": [{"site": "silanol", "density": density}], "stern": {"capacitance": 2.9}}
        name = f"{density:g} /m^2 pH {pH:g} {concentration:g} mM {bias:g} V"
        yield name, cone(concentration, bias, wall, pH=pH)


def measured(description: dict[str, Any]) -> list[Any]:
    """Whether a device converged, its row, and how well the charge of its sites is that of mass action; or the error."""
    try:
        points = plan(Case.model_validate(description))
        simulation = Simulation.of(points[0], points, MPI.COMM_WORLD, Clock())
        record = compute(simulation, points[0])
        misfit: float | str = ""
        if "groups" in description["walls"]["channel"]:
            assert simulation.state is not None
            misfit = largest_misfit(simulation.problem, points[0].case, simulation.state, record.profile)
    except ConvergenceError as error:
        return [0, "", "", "", len(error.solved.report.iterations), str(error), ""]
    except CaseError as error:
        return [0, "", "", "", 0, f"refused: {error}", ""]
    finally:
        release(MPI.COMM_WORLD)
    return [1, *(record.row.get(name, "") for name in COLUMNS), misfit]


def devices(kind: str, numbers: range) -> list[tuple[str, dict[str, Any]]]:
    """Names and descriptions of devices with these numbers."""
    if kind in RANDOM:
        return [(str(number), RANDOM[kind](number)) for number in numbers]
    of_grid = list(grid() if kind == "grid" else sites())
    return [of_grid[number] for number in numbers if number < len(of_grid)]


def main(arguments: list[str]) -> int:
    """Solve all, write a table, say how many converged and how well they conserve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("devices", choices=["grid", "sites", *RANDOM])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=480)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="only say which devices these are")
    parser.add_argument("--out", type=Path, default=Path("robustness.csv"))
    asked = parser.parse_args(arguments)
    numbers = range(asked.first, asked.first + asked.count * asked.step, asked.step)
    chosen = devices(asked.devices, numbers)
    if asked.list:
        for number, (name, _) in zip(numbers, chosen, strict=False):
            print(f"{number}: {name}")
        return 0
    converged, worse = 0, 0
    with asked.out.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["device", "converged", *COLUMNS, CHARGE_MISFIT, "time [s]"])
        for name, description in chosen:
            begin = time.perf_counter()
            found = measured(description)
            converged += found[0]
            worse += found[0] and (found[2] > CONSERVATION or found[3] > ROUTES or (found[6] or 0.0) > MASS_ACTION)
            table.writerow([name, *found, f"{time.perf_counter() - begin:.2f}"])
            file.flush()
    print(f"{converged} of {len(chosen)} converged, {worse} are worse than they should be; table in {asked.out}")
    expected = converged if asked.devices in RANDOM else len(chosen)
    return 0 if converged == expected and not worse else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
