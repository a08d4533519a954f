"""A pore with a metal wall and a closed end, whose double layers overlap and charge through its mouth."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.special import i0, i1

from solver.case.case import Case
from solver.discretization import build
from solver.discretization.parameters import Parameters
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.simulation.simulation import Simulation
from solver.studies.transient.stepper import TimeStepper
from validation import mapped
from validation.checks import Check, Line, Plot
from validation.setting import Setting

Array = NDArray[Any]
SECTION = "finite_sizes"

VOLT, PERMITTIVITY = thermal_voltage(298.15), 78.5 * VACUUM_PERMITTIVITY

RADIUS, LENGTH, PORE_DEBYE, DIFFUSIVITY = 10e-9, 500e-9, 10e-9, 1e-9
RATIO = RADIUS / PORE_DEBYE
EFFECTIVE = 0.5 * RATIO * float(i0(RATIO) / i1(RATIO))
"""Of the charge over that of the ions: the conductance pi a^2 eps D / lambda^2 of a length over its capacitance
2 pi a eps I_1 / (lambda I_0)."""

SLOWEST = 4.0 * LENGTH**2 / (math.pi**2 * EFFECTIVE * DIFFUSIVITY)
"""s."""


def slender(time: float) -> float:
    """Charge over that at last of a slender pore: diffusion with EFFECTIVE from the mouth."""
    k = (2.0 * np.arange(2000) + 1.0) ** 2
    return float(1.0 - (8.0 / (math.pi**2 * k) * np.exp(-k * time / SLOWEST)).sum())


def resolved(times: Sequence[float], most: int = 600, cells: int = 80) -> list[float]:
    """The same without the assumption. With the last profile held at the mouth, what is missing to the last fields is a sum
    of sin(k z), k = (n + 1/2) pi / L, and for each k there are two linear equations in the radius,

        d(m - phi)/dt = D lap m,   lambda^2 lap phi = phi - m,   lap = (1/r) d/dr r d/dr - k^2,

    m half the difference of the electrochemical potentials and m - phi the charge; finite volumes. At first there is no
    charge, and at the wall neither a flux of m nor a phi.
    """
    faces = np.linspace(0.0, RADIUS, cells + 1)
    area, links, middle = 0.5 * np.diff(faces**2), faces[1:-1] / faces[1], 0.5 * (faces[1:] + faces[:-1])
    free = np.diag(links, 1) + np.diag(links, -1) - np.diag(np.append(links, 0.0) + np.append(0.0, links))
    held = free.copy()
    held[-1, -1] -= 2.0 * RADIUS / faces[1]
    last = i0(middle / PORE_DEBYE) / i0(RATIO)
    volumes, found = np.diag(area), np.ones(len(times))
    for n in range(most):
        k = (n + 0.5) * math.pi / LENGTH
        potential = np.linalg.solve(volumes - PORE_DEBYE**2 * (held - k * k * volumes), volumes)  # phi by m
        rates = DIFFUSIVITY * np.linalg.solve(volumes @ (np.eye(cells) - potential), free - k * k * volumes)
        first = last - np.linalg.solve(held - k * k * volumes, area * last) / PORE_DEBYE**2
        values, vectors = np.linalg.eig(rates)
        parts = np.linalg.solve(vectors, first + 0j)
        for j, time in enumerate(times):
            m = (vectors @ (parts * np.exp(values * time))).real
            found[j] -= 2.0 / (k * LENGTH) ** 2 * float(area @ (m - potential @ m)) / float(area @ last)
    return list(map(float, found))


class Pore:
    """The pore with its metal wall, in front of a mouth that holds no potential but the last profile of a step of the
    wall."""

    step = 0.02 * VOLT

    def __init__(self, setting: Setting) -> None:
        length, radius = LENGTH * 1e9, RADIUS * 1e9
        z = mapped.graded(0.4, 1.12, length)
        r = radius - mapped.graded(0.6, 1.2, radius)[::-1]
        lines = {
            "axis": (0.0, length, 0.0, 0.0), "wall": (0.0, length, radius, radius), "mouth": (0.0, 0.0, 0.0, radius),
        }  # fmt: skip
        path = setting.scratch / "dead_end.msh"
        on_root(MPI.COMM_WORLD, lambda: mapped.write(path, z, r, {"water": (0.0, length, 0.0, radius)}, lines))
        bulk = PERMITTIVITY * VOLT / (2.0 * FARADAY * PORE_DEBYE**2)
        species = {name: {"valence": charge, "diffusivity": DIFFUSIVITY} for name, charge in (("K", 1), ("Cl", -1))}
        self.case = Case.model_validate(
            {
                "geometry": {
                    "type": "file", "path": str(path), "symmetry": "axisymmetric", "scale": 1e-9, "axis": "axis",
                    "terminals": {"mouth": "mouth"}, "walls": {"wall": "wall"}, "rest": "end",
                },
                "electrolyte": {
                    "species": species, "concentration": bulk, "model": {"type": "bikerman", "size": 0.6e-9},
                },
                "walls": {"wall": {"potential": 0.0}},
                "solver": {"flow": "none"},
                "outputs": {"errors": "none"},
                "study": {"type": "transient", "protocol": [{"type": "hold", "duration": SLOWEST}]},
            }
        )  # fmt: skip
        (point, *_) = self.case.study.points(self.case)
        self.simulation = Simulation.of(point, [point], MPI.COMM_WORLD, Clock())
        self.rest = self.simulation.reach(point).state

    def parameters(self, stepped: bool) -> Parameters:
        """Before and after the step."""
        case = self.case.with_value("walls.wall.potential", self.step) if stepped else self.case
        problem = self.simulation.problem

        def profile(r: Array) -> Array:
            return np.asarray(self.step * i0(r / PORE_DEBYE) / i0(RATIO)) if stepped else np.zeros(len(r))

        terminals = [dataclasses.replace(one, equilibrium=profile) for one in build.terminals_of(case)]
        scales = build.scales_of(case, problem.tagged.unit, problem.scales.concentration)
        return problem.parameters(terminals, build.walls_of(case), build.solutes_of(case), scales, (), None)

    def charges(self, times: Sequence[float]) -> list[float]:
        """Charge of the ions at times (s), over that at last."""
        problem, newton = self.simulation.problem, self.simulation.continuation.newton
        valences = np.array(problem.valences)

        def charge(found: Any) -> float:
            return float(found.amounts @ valences)

        start = problem.evaluate(self.rest.state, self.parameters(False))
        stepper = TimeStepper.from_state(
            start, newton, lambda _time, after: self.parameters(after), tolerance=2e-7,
            debye_time=PORE_DEBYE**2 / DIFFUSIVITY, largest=math.inf, first=1e-11,
        )  # fmt: skip
        stepper.jump()
        stepper.parameters_at = lambda _time, _after: self.parameters(True)
        found = []
        for time in (*times, 12.0 * SLOWEST):
            while stepper.now.time < time * (1.0 - 1e-12):
                stepper.advance(time)
            found.append(charge(stepper.now.found) - charge(start))
        return [value / found[-1] for value in found[:-1]]


def dead_end(setting: Setting) -> Iterator[Check | Plot]:
    """A small step of the wall of a dead-end pore, whose double layers overlap: charge in time, slowest time."""
    early, late = (1e-7, 5e-7), (0.05, 0.2, 0.5, 1.0, 2.0)
    times = [*early, *(part * SLOWEST for part in late)]
    found, exact = Pore(setting).charges(times), resolved(times)
    name = "dead-end pore, a = lambda_D = L / 50"
    for time, own, reference in zip(times, found, exact, strict=True):
        yield Check(
            SECTION, name, f"charge at {time:.3g} s over that at last", "", reference, own, 1e-4, "exact",
            "sum over axial modes of the linear equations",
        )  # fmt: skip
        yield Check(
            SECTION, name, f"charge at {time:.3g} s over that at last, slender", "", slender(time), own,
            0.01, "model", "diffusion with D a I_0 / (2 lambda I_1) from the mouth",
        )  # fmt: skip
    slowest = (times[-1] - times[-2]) / math.log((1.0 - found[-2]) / (1.0 - found[-1]))
    yield Check(
        SECTION, name, "slowest time", "s", 9.04575194e-5, slowest, 1e-3, "exact", "4 L^2 / (pi^2 D_eff)",
        reference_uncertainty=5e-14,
    )  # fmt: skip
    dense = list(np.geomspace(1e-7, 3.0 * SLOWEST, 60))
    yield Plot(
        SECTION, "dead_end", "Charging of a dead-end pore", "time / s", "charge / charge at last",
        (
            Line("slender pore", dense, [slender(time) for time in dense], look="reference"),
            Line("sum over modes", times, exact, look="points"),
            Line("this program", times, found),
        ),
        "As the square root of time at first, then with one time constant.", x_log=True, y_log=True,
    )  # fmt: skip
