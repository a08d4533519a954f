"""Pores that the mesh does not resolve: one site with a blocker, chains of sites, equilibrium, and what limits fast pores."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mpi4py import MPI
from scipy.linalg import expm

from solver.laws.algebra import NUMBERS
from solver.laws.pores.base import Mouths, PoreKinetics
from solver.laws.pores.single_occupancy import SingleOccupancy
from solver.laws.pores.site_chain import SiteChain
from solver.parallel.ranks import on_root
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT, thermal_voltage
from validation import mapped
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import rows, simulated
from validation.setting import Setting

SECTION = "pores"

TEMPERATURE = 298.15
V_T = thermal_voltage(TEMPERATURE)
DIFFUSIVITY = 2e-9
"""Of all species, m^2/s."""

NM, WIDTH, HALF = 1e-9, 1e-6, 5.0
"""m, width (m) and half height (nm) of a strip of liquid, membrane and liquid, in which nothing varies across."""

AREA = 2 * HALF * NM * WIDTH
LENGTH, THICKNESS = 20.0, 20.0
"""Of each liquid and of the membrane, nm."""

INSULATOR = 1e-8
"""Relative permittivity of a membrane that takes no charge at its faces."""


def strip(setting: Setting, name: str, pore: Mapping[str, Any], bulk: tuple[Mapping[str, float], Mapping[str, float]],
          species: Mapping[str, int]) -> dict[str, Any]:  # fmt: skip
    """Two slabs of liquid with a membrane between them, whose whole faces are the mouths; without a study. Collective.

    bulk: mol/m^3 of each species on the left and on the right. species: with their valences.
    """
    half = 0.5 * THICKNESS
    layer = half + np.concatenate([[0.0], np.geomspace(0.1, LENGTH, 14)])
    points = np.concatenate([-layer[::-1], [0.0], layer])
    end = half + LENGTH
    lines = {
        "axis": (-end, end, 0.0, 0.0),
        "left": (-end, -end, 0.0, HALF),
        "right": (end, end, 0.0, HALF),
        "left face": (-half, -half, 0.0, HALF),
        "right face": (half, half, 0.0, HALF),
    }
    boxes = {
        "left liquid": (-end, -half, 0.0, HALF),
        "membrane": (-half, half, 0.0, HALF),
        "right liquid": (half, end, 0.0, HALF),
    }
    path = setting.scratch / f"{name}.msh"
    on_root(MPI.COMM_WORLD, lambda: mapped.write(path, points, np.array([0.0, HALF]), boxes, lines))
    return {
        "geometry": {
            "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": NM, "axis": "axis",
            "terminals": {"left": "left", "right": "right"},
            "walls": {"left_face": "left face", "right_face": "right face"}, "rest": "sides",
        },
        "regions": {
            "left liquid": "fluid", "right liquid": "fluid",
            "membrane": {"type": "dielectric", "relative_permittivity": INSULATOR},
        },
        "electrolyte": {
            "temperature": TEMPERATURE,
            "relative_permittivity": 78.5,
            "species": {n: {"valence": z, "diffusivity": DIFFUSIVITY} for n, z in species.items()},
        },
        "terminals": {"left": {"concentrations": dict(bulk[0])}, "right": {"concentrations": dict(bulk[1])}},
        "pores": {"pore": {"mouths": ["left_face", "right_face"], **pore}},
        "solver": {"flow": "none", "tolerance": 1e-11},
        "outputs": {"errors": "none"},
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ one site and a blocker
UNIT = 10.0
"""1/s of a rate of the table."""

SALT = {"K": 1.0, "B": 1.0, "Cl": 2.0}
CHARGES = {"K": 1, "B": 1, "Cl": -1}
BLOCKED = {
    "type": "single_occupancy",
    "species": {
        "K": {"k_on": UNIT, "k_off": 10.0 * UNIT},
        "B": {"k_on": 0.1 * UNIT, "k_off": 0.1 * UNIT, "enters": "first"},
    },
}
CURRENTS = {0.0: 0.0, 1.0: 0.27294753, 2.0: 0.27687441, 4.0: 0.13023271, 8.0: 0.01830274}
"""I/e over the unit of rates at v, of which 2 v thermal voltages are across the pore."""

MODEL = "algebra of the rate equations: k 1, b 10 of the ion and 0.1, 0.1 of the blocker"


def blocked(setting: Setting) -> Iterator[Check | Plot]:
    """Steady currents, occupancies and rates of relaxation of a pore that is inactivated by its voltage."""
    data = strip(setting, "blocked", {"kinetics": BLOCKED}, (SALT, SALT), CHARGES)
    voltages = list(CURRENTS)
    study = {"type": "sweep", "parameter": "terminals.left.potential", "values": [2.0 * v * V_T for v in voltages]}
    found, name = rows({**data, "study": study}), "one site, blocker from the first mouth"
    for v, row in zip(voltages, found, strict=True):
        yield Check(
            SECTION, name, f"I/e at v = {v:g}", "", CURRENTS[v], row["pore_current_pore [A]"] / (ELEMENTARY_CHARGE * UNIT),
            1e-8, "exact", MODEL, scale=1.0, reference_uncertainty=5e-9,
        )  # fmt: skip
    for ion, part in (("K", 0.04761905), ("B", 0.47619048)):
        yield Check(
            SECTION, name, f"pores with {ion} at v = 0", "", part, found[0][f"occupancy_pore_{ion}"], 1e-8, "exact", MODEL,
            scale=1.0, reference_uncertainty=5e-9,
        )  # fmt: skip
    kinetics = SingleOccupancy.model_validate(BLOCKED)
    at = Mouths((SALT, SALT), 0.0, CHARGES, kinetics.coefficients())
    root = float(np.sqrt(11.1**2 - 4.2))  # of the matrix (-22, -2; -0.1, -0.2)
    for expected, rate in zip((11.1 - root, 11.1 + root), kinetics.relaxation_rates(at), strict=True):
        yield Check(
            SECTION, name, "rate of relaxation at v = 0", "", expected, float(rate) / UNIT, 1e-8, "exact", MODEL,
        )  # fmt: skip
    yield from relaxing(data)
    fine = np.linspace(0.0, 8.0, 81)
    curve = [steady_current(kinetics, SALT, 2.0 * v) for v in fine]
    yield Plot(
        SECTION, "inactivation", "A pore that its voltage inactivates", "v", "I/(e k)",
        (
            Line("this program", voltages, [row["pore_current_pore [A]"] / (ELEMENTARY_CHARGE * UNIT) for row in found]),
            Line("rate equations", list(fine), curve, look="reference"),
        ),
        "The blocker enters from one side and leaves there only: the voltage that drives the current drives it in.",
    )  # fmt: skip


def steady_current(kinetics: PoreKinetics, concentrations: Mapping[str, float], voltage: float) -> float:
    """I/e over the unit of rates between equal solutions."""
    at = Mouths((concentrations, concentrations), voltage, CHARGES, kinetics.coefficients())
    return float(kinetics.leaving(at, kinetics.settled(at), NUMBERS)["K"]) / UNIT


def relaxing(data: Mapping[str, Any]) -> Iterator[Check]:
    """The blocker after a step of the voltage, against the exponential of a matrix that is written out here."""
    voltage, duration = 2.0 * V_T, 2.0 / UNIT
    protocol = [{"type": "step", "to": {"terminals.left.potential": voltage}}, {"type": "hold", "duration": duration}]
    study = {"type": "transient", "protocol": protocol, "tolerance": 1e-4, "largest_step": duration / 128}
    found = simulated({**data, "study": study})
    times = np.array(found["time [s]"], dtype=float)
    up = np.exp(0.5)
    empty = UNIT * np.array(
        [
            [-(up + 1.0 / up) - 0.1 * up, 10.0 * (up + 1.0 / up), 0.1 / up],
            [up + 1.0 / up, -10.0 * (up + 1.0 / up), 0.0],
            [0.1 * up, 0.0, -0.1 / up],
        ]
    )
    start = np.array([1.0, 0.1, 1.0]) / 2.1
    exact = np.array([expm(empty * time) @ start for time in times])
    for k, ion in ((1, "K"), (2, "B")):
        off = float(np.abs(np.array(found[f"occupancy_pore_{ion}"], dtype=float) - exact[:, k]).max())
        yield Check(
            SECTION, "after a step of the voltage to v = 1", f"largest error of the pores with {ion}", "", 1e-6, off, 0.0,
            "exact", "exponential of the matrix of rates", bound="<",
        )  # fmt: skip


def balances(setting: Setting) -> Iterator[Check]:
    """Nothing is lost of what many pores take and give."""
    species = {"K": {"k_on": 1e6, "k_off": 1e7}, "B": {"k_on": 1e4, "k_off": 1e4, "enters": "first"}}
    pore = {"number": 1e3, "kinetics": {"type": "single_occupancy", "species": species}}
    salt = {"K": 100.0, "B": 1.0, "Cl": 101.0}
    data = strip(setting, "balances", pore, (salt, salt), CHARGES)
    protocol = [{"type": "step", "to": {"terminals.left.potential": 0.1}}, {"type": "hold", "duration": 1e-3}]
    found = simulated({**data, "study": {"type": "transient", "protocol": protocol}})
    worst = max(float(np.nanmax(np.array(found[header], dtype=float))) for header in BALANCES)
    yield Check(
        SECTION, "a thousand pores after a step of the voltage", "largest error of the balances of species and charge", "",
        3e-8, worst, 0.0, "exact", "what enters is in the liquid or in the pores", bound="<",
    )  # fmt: skip


BALANCES = ("salt_balance_error", "charge_balance_error")


# ------------------------------------------------------------------------------------------------ chains of sites
CHAIN: dict[str, Any] = {
    "type": "site_chain", "occupancy": "multiple", "repulsion": 1.5, "frequency": 6e12, "sites": [0.3, 0.6],
    "species": {
        "K": {"wells": [-2.0, -3.0], "barriers": [17.0, 14.0, 18.0]},
        "Na": {"wells": [-1.0, -2.5], "barriers": [16.0, 15.0, 19.0]},
    },
}  # fmt: skip


def chain(setting: Setting) -> Iterator[Check]:
    """Two sites for two species against rates that are written out from state to state."""
    bulk = ({"K": 150.0, "Na": 20.0, "Cl": 170.0}, {"K": 30.0, "Na": 110.0, "Cl": 140.0})
    data = strip(setting, "chain", {"kinetics": CHAIN}, bulk, {"K": 1, "Na": 1, "Cl": -1})
    voltages = [-0.1, 0.0, 0.1]
    study = {"type": "sweep", "parameter": "terminals.left.potential", "values": voltages}
    for row in rows({**data, "study": study}):
        voltage, name = row["pore_voltage_pore [V]"], "two sites, two species, up to two ions that repel"
        for ion, current in written_out(bulk, voltage / V_T).items():
            yield Check(
                SECTION, name, f"current of {ion} at {row['bias [V]'] * 1e3:+.0f} mV", "A", current,
                row[f"pore_current_pore_{ion} [A]"], 1e-6, "exact", "solution of the master equation, written out",
            )  # fmt: skip


def written_out(bulk: tuple[Mapping[str, float], Mapping[str, float]], voltage: float) -> dict[str, float]:
    """Steady current (A) of each ion through the chain, by the generator of its nine states."""
    places, names = (0.0, 0.3, 0.6, 1.0), ("", "K", "Na")
    states = list(itertools.product(names, names))
    generator, crossing = np.zeros((9, 9)), []

    def energy(state: tuple[str, str]) -> float:
        wells = sum(CHAIN["species"][ion]["wells"][k] for k, ion in enumerate(state) if ion)
        return float(wells) + (CHAIN["repulsion"] if all(state) else 0.0)

    def add(source: tuple[str, str], target: tuple[str, str], ion: str, start: int, stop: int) -> None:
        barrier = min(start, stop)
        peak = CHAIN["species"][ion]["barriers"][barrier]
        # the others in the pore stay where they are: half of what they change is on either side of the peak
        other = CHAIN["repulsion"] * (all(target) - all(source))
        well = CHAIN["species"][ion]["wells"][start - 1] if 0 < start < 3 else 0.0
        at_peak = 0.5 * (places[start] + places[stop])
        rate = CHAIN["frequency"] * np.exp(well - peak - 0.5 * other + voltage * (at_peak - places[start]))
        if start in (0, 3):
            rate *= bulk[start == 3][ion] / 1e3
        a, b = states.index(source), states.index(target)
        generator[b, a] += rate
        generator[a, a] -= rate
        if 3 in (start, stop):
            crossing.append((ion, a, rate if stop == 3 else -rate))

    for one, two in states:
        for ion in names[1:]:
            if not one:
                add((one, two), (ion, two), ion, 0, 1)
                add((ion, two), (one, two), ion, 1, 0)
            if not two:
                add((one, two), (one, ion), ion, 3, 2)
                add((one, ion), (one, two), ion, 2, 3)
            if not one and not two:
                add((ion, ""), ("", ion), ion, 1, 2)
                add(("", ion), (ion, ""), ion, 2, 1)
    kept = np.vstack([generator[1:], np.ones(9)])
    parts = np.linalg.solve(kept, np.r_[np.zeros(8), 1.0])
    found = dict.fromkeys(names[1:], 0.0)
    for ion, state, rate in crossing:
        found[ion] += ELEMENTARY_CHARGE * rate * parts[state]
    return found


# ------------------------------------------------------------------------------------------------ equilibrium
def equilibrium(setting: Setting) -> Iterator[Check]:
    """No current at the potential of Nernst, whatever the barriers: of random ones, and of a device."""
    random, worst = np.random.default_rng(15), 0.0
    for _ in range(200):
        species = {
            name: {"wells": list(random.uniform(-6.0, 2.0, 3)), "barriers": list(random.uniform(4.0, 20.0, 4))}
            for name in ("K",)
        }
        kinetics = SiteChain.model_validate(
            {
                "type": "site_chain",
                "occupancy": "multiple",
                "repulsion": float(random.uniform(0, 4)),
                "species": species,
            }
        )
        voltage = float(random.uniform(-6.0, 6.0))
        sides = {"K": 100.0}, {"K": 100.0 * np.exp(voltage)}
        at = Mouths(sides, voltage, {"K": 1}, kinetics.coefficients())
        parts = kinetics.settled(at)
        passing = float(kinetics.transport(at, parts, NUMBERS)["K"])
        whole = [1.0 - sum(parts), *parts]
        one_way = max(step.rates(at, NUMBERS)[0] * whole[step.source] for step in kinetics.steps(at, NUMBERS))
        worst = max(worst, abs(passing) / float(one_way))
    yield Check(
        SECTION, "200 random chains of three sites at equilibrium",
        "current over the largest of one direction over a barrier", "", 1e-12, worst, 0.0, "exact",
        "detailed balance", bound="<",
    )  # fmt: skip
    concentrations = ({"K": 100.0, "Cl": 100.0}, {"K": 10.0, "Cl": 10.0})
    asymmetric = {
        "type": "single_occupancy",
        "species": {"K": {"k_on": 1e5, "k_off": 1e7, "k_on_second": 3e4}},
        "site": 0.3,
    }
    data = strip(setting, "nernst", {"kinetics": asymmetric}, concentrations, {"K": 1, "Cl": -1})
    nernst = -V_T * np.log(10.0)
    study = {"type": "sweep", "parameter": "terminals.left.potential", "values": [nernst, 0.0]}
    data["solver"] = {"flow": "none", "tolerance": 1e-13}
    at_rest, open_row = rows({**data, "study": study})
    header = "pore_current_pore [A]"
    yield Check(
        SECTION, "a pore of cations at the potential of Nernst", "current over that without a voltage", "", 1e-12,
        abs(at_rest[header] / open_row[header]), 0.0, "exact", "equal electrochemical potentials", bound="<",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ fast pores
def access(setting: Setting) -> Iterator[Check]:
    """Many fast pores for cations alone: what is left is the resistance of both liquids.

    The anions rest, so that the cations move by as much diffusion as migration, and for small currents their
    electrochemical potential falls by RT J L / (D c) in each liquid.
    """
    salt = {"K": 100.0, "Cl": 100.0}
    pore = {"number": 1e9, "kinetics": {"type": "single_occupancy", "species": {"K": {"k_on": 1e8, "k_off": 1e10}}}}
    data = strip(setting, "access", pore, (salt, salt), {"K": 1, "Cl": -1})
    (row,) = rows({**data, "terminals": {**data["terminals"], "left": {"concentrations": salt, "potential": 1e-4}}})
    resistance = 2.0 * LENGTH * NM * GAS_CONSTANT * TEMPERATURE / (FARADAY**2 * DIFFUSIVITY * 100.0 * AREA)
    yield Check(
        SECTION, "fast pores between two slabs, cations alone", "current at 0.1 mV", "A", 1e-4 / resistance,
        row["current [A]"], 1e-4, "exact", "diffusion and migration of a salt whose anions rest",
    )  # fmt: skip


PORES = Section(
    SECTION,
    "Barrier-limited pores",
    "Pores that are no part of the mesh, as rates over barriers between two liquids with fields of their own: one site with "
    "a blocker that enters from one side, as steady currents and in time; two sites for two species; no current at "
    "equilibrium; and so many and fast pores that the liquids limit the current.",
    in_turn(blocked, balances, chain, equilibrium, access),
)
