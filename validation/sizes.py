"""Ions of finite size: flat double layers of every model, their capacitance in three ways, and a pore that charges."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import root
from scipy.special import i0, i1

from solver.case.case import Case
from solver.case.loading import load_case
from solver.discretization import build
from solver.discretization.parameters import Parameters
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.constants import AVOGADRO, FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.simulation.simulation import Simulation
from solver.studies.transient.stepper import TimeStepper
from validation import mapped
from validation.checks import Check, Line, Plot, Section
from validation.devices import rows, simulated
from validation.fronts import AREA, front
from validation.setting import Setting, shipped_cases

Array = NDArray[Any]
SECTION = "finite_sizes"

VOLT, PERMITTIVITY = thermal_voltage(298.15), 78.5 * VACUUM_PERMITTIVITY

# ------------------------------------------------------------------------------------------------ a flat wall
SIZE, PACKED = 0.5e-9, 0.05
"""Diameter (m), and 2 a^3 c_0: the part of the volume that the ions of the bulk fill."""

BULK = PACKED / (2.0 * AVOGADRO * SIZE**3)
"""mol/m^3."""

DEBYE = math.sqrt(PERMITTIVITY * VOLT / (2.0 * FARADAY * BULK))

FLAT = {
    1.0: (1.03521789, 1.10521019), 2.0: (2.27480815, 1.40088314), 4.0: (5.79512722, 2.03381306),
    6.0: (9.80029160, 1.86505706), 10.0: (15.89068187, 1.25643163),
}  # fmt: skip
"""Charge over 2 F c_0 lambda and differential capacitance over eps / lambda by the potential in thermal voltages."""

LARGEST = (4.45837, 2.061348)
"""Potential of the largest capacitance, and it."""

BIKERMAN = "closed form (Kilic, Bazant and Ajdari 2007)"


def wall(setting: Setting, model: Mapping[str, Any], bulk: float = BULK, debye: float = DEBYE) -> dict[str, Any]:
    """A case of a flat metal in front of a reservoir 30 Debye lengths away, without a study."""
    points = mapped.graded(0.01 * debye, 1.06, 30.0 * debye) * 1e9
    species = {name: {"valence": z, "diffusivity": 1e-9} for name, z in (("K", 1), ("Cl", -1))}
    return {
        "geometry": front(setting.scratch / "flat.msh", points),
        "electrolyte": {"species": species, "concentration": bulk, "model": dict(model)},
        "walls": {"wall": {"potential": 0.0}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none", "fields": "none"},
    }


def charges(data: Mapping[str, Any], potentials: Sequence[float]) -> list[float]:
    """Charge (C/m^2) of the metal at potentials (thermal voltages)."""
    values = [float(v) * VOLT for v in potentials]
    study = {"type": "sweep", "parameter": "walls.wall.potential", "values": values}
    found = {row["walls.wall.potential [V]"]: row["charge_wall [C]"] for row in rows({**data, "study": study})}
    return [found[value] / AREA for value in values]


def capacitances(data: Mapping[str, Any], potentials: Sequence[float], frequency: float) -> list[float]:
    """Differential capacitance (F/m^2) by the impedance at a low frequency (Hz)."""
    values = [float(v) * VOLT for v in potentials]
    study = {"type": "impedance", "terminal": "wall", "frequencies": [frequency], "at": values}
    found = rows({**data, "study": study})
    by_bias = {row["walls.wall.potential [V]"]: row["admittance_imaginary [S]"] for row in found}
    return [abs(by_bias[value]) / (2.0 * math.pi * frequency * AREA) for value in values]


def flat_wall(setting: Setting) -> Iterator[Check | Plot]:
    """Charge and capacitance of Bikerman's ions."""
    data, unit = wall(setting, {"type": "bikerman", "size": SIZE}), 2.0 * FARADAY * BULK * DEBYE
    slow = 1e-5 / (30.0 * DEBYE**2 / 1e-9)  # far below the rate at which the layer charges
    potentials = [*FLAT, LARGEST[0]]
    found, slopes = charges(data, potentials), capacitances(data, potentials, slow)
    for k, (v, (charge, capacitance)) in enumerate(FLAT.items()):
        for quantity, own, exact in (
            ("charge over 2 F c lambda", found[k] / unit, charge),
            ("capacitance over eps / lambda", slopes[k] * DEBYE / PERMITTIVITY, capacitance),
        ):
            yield Check(
                SECTION, f"Bikerman, flat wall at {v:g} V_T", quantity, "", exact, own, 1e-5, "exact", BIKERMAN,
                reference_uncertainty=5e-9,
            )  # fmt: skip
    yield Check(
        SECTION, f"Bikerman, flat wall at {LARGEST[0]:g} V_T", "largest capacitance over eps / lambda", "", LARGEST[1],
        slopes[-1] * DEBYE / PERMITTIVITY, 1e-5, "exact", BIKERMAN, reference_uncertainty=5e-7,
    )  # fmt: skip


def in_time(setting: Setting) -> Iterator[Check | Plot]:
    """The capacitance from what flows when the potential steps up and down, and from the impedance: the layer takes up salt,
    so that the charge is all there when salt has diffused from the reservoir."""
    data, middle, step = wall(setting, {"type": "bikerman", "size": SIZE}), 4.0, 0.02
    (slope,) = capacitances(data, [middle], 1e-5 / (30.0 * DEBYE**2 / 1e-9))
    passed = []
    for sign in (1.0, -1.0):
        target = {"walls.wall.potential": (middle + sign * step) * VOLT}
        protocol = [{"type": "step", "to": target}, {"type": "hold", "duration": 10.0 * (30.0 * DEBYE) ** 2 / 1e-9}]
        walls = {"wall": {"potential": middle * VOLT}}
        found = simulated({**data, "walls": walls, "study": {"type": "transient", "protocol": protocol}})
        charge = np.array(found["charge_wall [C]"], dtype=float)
        passed.append(charge[-1] - charge[0])
    capacitance = (passed[0] - passed[1]) / (2.0 * step * VOLT * AREA)
    yield Check(
        SECTION, f"Bikerman, flat wall at {middle:g} V_T", "capacitance by charging in time, against impedance", "F/m^2",
        slope, float(capacitance), 1e-4, "exact", "impedance at a low frequency",
        note=f"steps of {step:g} V_T up and down",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ other models
SIZES = {"K": 0.62e-9, "Cl": 0.45e-9}
MODELS: dict[str, dict[str, Any]] = {
    "lattice_gas": {"type": "lattice_gas", "sizes": SIZES},
    "carnahan_starling": {"type": "carnahan_starling", "size": 0.55e-9},
    "bmcsl": {"type": "bmcsl", "sizes": SIZES},
}
SOLVENT = 0.311e-9


def excess(kind: str, c: Array) -> Array:
    """Excess of the chemical potentials over RT of K and Cl at concentrations (mol/m^3), written anew; derivatives of free
    energies by the complex step."""
    d = np.array([0.55e-9, 0.55e-9]) if kind == "carnahan_starling" else np.array(list(SIZES.values()))
    if kind == "lattice_gas":
        return np.asarray(-((d / SOLVENT) ** 3) * np.log(1.0 - AVOGADRO * (d**3 @ c)))

    def energy(n: Array) -> Any:
        """Excess of the free energy over kT, 1/m^3."""
        if kind == "carnahan_starling":
            eta = math.pi / 6.0 * d[0] ** 3 * n.sum()
            return n.sum() * eta * (4.0 - 3.0 * eta) / (1.0 - eta) ** 2
        x = [math.pi / 6.0 * (n * d**k).sum() for k in range(4)]
        free = 1.0 - x[3]
        parts = (x[2] ** 3 / x[3] ** 2 - x[0]) * np.log(free), 3.0 * x[1] * x[2] / free, x[2] ** 3 / (x[3] * free**2)
        return 6.0 / math.pi * sum(parts)

    def slope(k: int) -> float:
        n = (AVOGADRO * c).astype(complex)
        h = 1e-30 * abs(n[k])
        n[k] += 1j * h
        return float(energy(n).imag / h)

    return np.array([slope(0), slope(1)])


def layer_charge(kind: str, bulk: float, potential: float) -> float:
    """Charge (C/m^2) of a flat wall: eps E^2 / 2 is minus the integral of the charge density over the potential. The
    concentrations are roots of mu_i = const, followed from the bulk."""
    z, reference = np.array([1.0, -1.0]), np.log(bulk) + excess(kind, np.array([bulk, bulk]))
    known = {0.0: np.log([bulk, bulk])}

    def density(y: float) -> float:
        near = min(known, key=lambda at: abs(at - y))
        count = max(1, math.ceil(abs(y - near) / 0.5))
        logs = known[near]
        for at in np.linspace(near, y, count + 1)[1:]:
            solved = root(lambda u, at=at: u + excess(kind, np.exp(u)) + z * at - reference, logs, tol=1e-13)
            logs = solved.x
        known[y] = logs
        return float(FARADAY * z @ np.exp(logs))

    work = -VOLT * quad(density, 0.0, potential, epsabs=0.0, epsrel=1e-11, limit=200)[0]
    return math.copysign(math.sqrt(2.0 * PERMITTIVITY * work), potential)


def other_models(setting: Setting) -> Iterator[Check | Plot]:
    """Charges of flat walls of the models that have no closed form; both signs, where ions have different sizes."""
    bulk, potentials = 300.0, (-8.0, -3.0, 3.0, 8.0)
    debye = math.sqrt(PERMITTIVITY * VOLT / (2.0 * FARADAY * bulk))
    for kind, model in MODELS.items():
        found = charges(wall(setting, model, bulk, debye), potentials)
        for v, own in zip(potentials, found, strict=True):
            yield Check(
                SECTION, f"{kind}, flat wall at {v:g} V_T, 0.3 M", "charge", "C/m^2", layer_charge(kind, bulk, v), own,
                1e-5, "exact", "quadrature of the charge density over the potential",
            )  # fmt: skip


# ------------------------------------------------------------------------------------------------ a dead-end pore
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


# ------------------------------------------------------------------------------------------------ nothing flows
CONE: dict[str, dict[str, Any]] = {
    "bikerman": {"type": "bikerman", "size": 0.6e-9},
    "lattice_gas": {"type": "lattice_gas", "sizes": {"K": 0.66e-9, "Cl": 0.5e-9}},
    "carnahan_starling": {"type": "carnahan_starling", "size": 0.6e-9},
    "bmcsl": {"type": "bmcsl", "sizes": {"K": 0.66e-9, "Cl": 0.5e-9}},
}


def at_rest(setting: Setting) -> Iterator[Check | Plot]:
    """The shipped conical pore in equilibrium, over its electroosmosis at 10 mV."""
    data = setting_case()
    for kind, model in CONE.items():
        if setting.quick and kind != "bikerman":
            continue
        speeds = []
        for voltage in (0.0, 0.01):
            electrolyte = {**data["electrolyte"], "model": model}
            terminals = {
                name: {**keys, "potential": voltage * (name == "base")} for name, keys in data["terminals"].items()
            }
            found = simulated({**data, "electrolyte": electrolyte, "terminals": terminals})
            speeds.append(float(np.nanmax(np.abs(np.asarray(found.fields[0]["velocity"])))))
        yield Check(
            SECTION, f"conical rectifier, {kind}", "largest velocity at rest over that at 10 mV", "", 1e-10,
            speeds[0] / speeds[1], 0.0, "exact", "Gibbs and Duhem", bound="<",
        )  # fmt: skip


def setting_case() -> dict[str, Any]:
    """The conical rectifier without its sweep, on a coarser mesh."""
    data = load_case(shipped_cases() / "conical_rectifier").model_dump(mode="json")
    return {**data, "mesh": {"growth": 3.0}, "outputs": {"errors": "none"}, "study": {"type": "steady"}}


def sections(setting: Setting) -> Iterator[Check | Plot]:
    """All of them."""
    parts: tuple[Callable[[Setting], Iterator[Check | Plot]], ...] = (
        flat_wall,
        in_time,
        other_models,
        dead_end,
        at_rest,
    )
    for part in parts:
        yield from part(setting)


FINITE_SIZES = Section(
    SECTION,
    "Ions of finite size",
    "Flat double layers of every model against closed forms and quadrature, the differential capacitance by impedance and by "
    "charging in time, the charging of a dead-end pore, and equilibria in which nothing flows.",
    sections,
)
