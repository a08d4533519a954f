"""Ions of finite size: flat double layers of every model, their capacitance in three ways, and a pore that charges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import root

from solver.case.loading import load_case
from solver.physics.constants import AVOGADRO, FARADAY
from validation import mapped
from validation.checks import Check, Plot, Section, in_turn
from validation.dead_end import PERMITTIVITY, SECTION, VOLT, dead_end
from validation.devices import rows, simulated
from validation.fronts import AREA, front
from validation.setting import Setting, shipped_cases

Array = NDArray[Any]

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


FINITE_SIZES = Section(
    SECTION,
    "Ions of finite size",
    "Flat double layers of every model against closed forms and quadrature, the differential capacitance by impedance and by "
    "charging in time, the charging of a dead-end pore, and equilibria in which nothing flows.",
    in_turn(flat_wall, in_time, other_models, dead_end, at_rest),
)
