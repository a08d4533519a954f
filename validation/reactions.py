"""Reactions in the liquid: fronts between acid and base, buffers, rates, equilibria, and what is conserved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from scipy.integrate import solve_bvp
from scipy.optimize import brentq
from scipy.special import iv

from python_interface.result import SimulationResult
from solver.case.case import Case
from solver.case.electrolyte import Electrolyte
from solver.discretization import build, meshing
from solver.laws.algebra import NUMBERS
from solver.laws.reactions.wien import enhancement
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.parallel.ranks import on_root
from solver.physics.acids import ACIDS
from solver.physics.constants import FARADAY
from solver.physics.ions import ION_TABLE
from solver.physics.water import hydroxides, protons
from solver.studies.transient.stepper import TimeStepper
from validation import mapped
from validation.buffered_slit import KEY, gated
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import simulated
from validation.setting import Setting

LENGTH, HEIGHT, WIDTH, NM = 1e-6, 100e-9, 1e-6, 1e-9
SALT = 10.0
"""mol/m^3 of KCl beside acid and base."""

PRODUCT = protons(7.0) * hydroxides(7.0)
"""Ion product of water, (mol/m^3)^2."""

WATER: dict[str, Any] = {"water": {"type": "equilibrium", "equation": "H2O = H + OH", "pK": 14.0}}


WITHOUT_BARS = {"errors": "none"}

RECOMBINATION_ZONE = 2 / 3
"""Power of the rate constant with which currents near those of equilibrium, as long as the zone in which the ions of water
recombine is wider than that in which they are as rare as in pure water; one from then on."""


def junction(acid: float, base: float, *, cells: int, reactions: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """A slit of water between an acid and a base of some pH with KCl, electroneutral."""
    sides = {"left": acid, "right": base}
    return {
        "geometry": {"type": "slit", "length": LENGTH, "height": HEIGHT, "width": WIDTH, "reservoirs": None},
        "electrolyte": {
            "species": {"K": {}, "Cl": {}},
            "protons": "free",
            "concentration": SALT,
            "reactions": dict(reactions),
        },
        "terminals": {name: {"pH": pH} for name, pH in sides.items()},
        "mesh": {"axial_cells": cells},
        "solver": {"flow": "none", "charge": "electroneutral"},
        **others,
    }


def solved_junction(acid: float, base: float) -> Any:
    """The same junction with water in equilibrium as a boundary value problem: K+ and Cl- (mol/m^3), the potential (in
    (thermal voltages) over the length from 0 to 1, and the parameters.

    Neutral K+, Cl- and excess T = [H+] - [OH-] = [Cl-] - [K+] with constant fluxes; ends at the same potential. From a large
    ion product to that of water, the front grows sharp.
    """
    d = {name: ION_TABLE[name].diffusivity / 1e-9 for name in ("K", "Cl", "H", "OH")}
    ends = []
    for pH in (acid, base):
        excess = protons(pH) - hydroxides(pH)
        ends.append((SALT + max(-excess, 0.0), SALT + max(excess, 0.0)))
    x, p = np.linspace(0.0, 1.0, 101), np.array([0.0, 0.0, 10.0 * SALT])
    y = np.array([a + (b - a) * x for a, b in zip(*ends, strict=True)] + [0.0 * x])

    def at(product: float, tolerance: float) -> Any:
        def slopes(_x: Any, y: Any, p: Any) -> Any:
            K, Cl, _ = y
            T = Cl - K
            root = np.sqrt(T * T + 4.0 * product)
            H = np.where(T > 0.0, (T + root) / 2.0, 2.0 * product / np.where(T > 0.0, 1.0, root - T))
            OH = product / H
            mobile = d["H"] * H + d["OH"] * OH
            mean = mobile / (H + OH)
            drift = (-p[2] - mean * (p[0] / d["K"] - p[1] / d["Cl"])) / (mean * (K + Cl) + mobile)
            return np.array([-p[0] / d["K"] - K * drift, -p[1] / d["Cl"] + Cl * drift, drift])

        def left(a: Any, b: Any, _p: Any) -> Any:
            (k0, c0), (k1, c1) = ends
            return np.array([a[0] - k0, a[1] - c0, a[2], b[0] - k1, b[1] - c1, b[2]])

        return solve_bvp(slopes, left, x, y, p=p, tol=tolerance, max_nodes=200_000)

    for product in (*10.0 ** np.arange(1.0, math.log10(PRODUCT), -1.0), PRODUCT):
        found = at(float(product), 1e-8 if product == PRODUCT else 1e-4)
        if not found.success:
            raise RuntimeError(found.message)
        x, y, p = found.x, found.y, found.p
    return found


def exact_junction(acid: float, base: float) -> dict[str, float]:
    """Currents (A) into the left side of the same junction."""
    p, unit = solved_junction(acid, base).p, FARADAY * 1e-9 * HEIGHT * WIDTH / LENGTH
    return {"K": unit * float(p[0]), "Cl": -unit * float(p[1]), "H": unit * float(p[2])}


def pH_of(K: np.ndarray, Cl: np.ndarray) -> np.ndarray:
    """pH of a neutral solution with water in equilibrium, from its strong ions (mol/m^3)."""
    return np.asarray(7.0 - np.arcsinh((Cl - K) / (2.0 * math.sqrt(PRODUCT))) / math.log(10.0))


def pH_in_device(acid: float, base: float, points: np.ndarray, setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the junction (over its length) and the pH there, at the nodes of a mesh between ascending positions that a
    rank has. Collective."""
    z, half = points * LENGTH / NM, 0.5 * HEIGHT / NM
    lines = {"axis": (0.0, z[-1], 0.0, 0.0), "left": (0.0, 0.0, 0.0, half), "right": (z[-1], z[-1], 0.0, half)}
    path, heights = setting.scratch / "junction.msh", np.array([0.0, half])
    on_root(setting.comm, lambda: mapped.write(path, z, heights, {"water": (0.0, z[-1], 0.0, half)}, lines))
    data = junction(acid, base, cells=1, reactions=WATER, outputs=WITHOUT_BARS)
    data["geometry"] = {
        "type": "file", "path": str(path), "symmetry": "planar", "width": WIDTH, "scale": NM, "axis": "axis",
        "terminals": {"left": "left", "right": "right"}, "walls": {}, "rest": "sides",
    }  # fmt: skip
    del data["mesh"]
    case = Case.model_validate(data)
    problem = build.make_problem(case, meshing.make_mesh(case, [case], setting.comm), Clock())
    continuation = Continuation(problem, Newton(problem), NewtonSettings())
    continuation.begin_branch(False)
    state = continuation.reach(build.parameters_of(problem, case), 0.0, "the junction").state.state
    mu, scale = problem.unknowns.electrochemical(state), problem.scales.concentration
    species = case.electrolyte.valences
    potential = case.electrolyte.model.neutral_potential(list(mu.T), list(species.values()), scale, NUMBERS)
    logarithm = mu[:, list(species).index("H")] - potential + math.log(scale / 1e3)
    at = problem.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * problem.scales.length / LENGTH
    return at, np.asarray(-logarithm / math.log(10.0))


def value(result: SimulationResult, header: str) -> float:
    """A number of the only row."""
    return float(result.table[header].iloc[0])


def fronts(setting: Setting) -> Iterator[Check | Plot]:
    """Currents through the front of an acid and a base, the error bars, and fast rates beside the equilibrium."""
    source = "boundary value problem of the neutral equations in one dimension (SciPy)"
    pairs = ((2.0, 12.0),) if setting.quick else ((4.0, 10.0), (3.0, 11.0), (2.0, 12.0))
    for acid, base in pairs:
        exact = exact_junction(acid, base)
        for cells in (16, 256):
            found = simulated(junction(acid, base, cells=cells, reactions=WATER), setting.comm)
            name, tolerance = f"pH {acid:g} | {base:g}, {cells} cells", 1e-3 if cells == 16 else 1e-5
            for ion, reference in exact.items():
                yield Check(
                    KEY, name, f"current of {ion}", "A", reference, value(found, f"current_left_{ion} [A]"), tolerance,
                    "exact", source, reference_uncertainty=abs(reference) * 1e-7,
                    error=value(found, f"current_left_{ion}_error [A]"),
                )  # fmt: skip
    yield from pH_profiles(setting, pairs)
    yield from against_rates(setting)


def pH_profiles(setting: Setting, pairs: Sequence[tuple[float, float]]) -> Iterator[Check | Plot]:
    """pH at all nodes of a mesh that resolves the front of an acid and a base."""
    lines = []
    for acid, base in pairs:
        exact = solved_junction(acid, base).sol
        fine = np.linspace(0.0, 1.0, 1001)
        place = float(brentq(lambda x, of=exact: float(np.subtract(*of(x)[:2])), 0.2, 0.9, xtol=1e-14, rtol=1e-14))
        width = math.sqrt(PRODUCT) / abs(float(np.subtract(*exact(place, 1)[:2])))
        left, right = mapped.graded(0.15 * width, 1.15, place), mapped.graded(0.15 * width, 1.15, 1.0 - place)
        points = np.concatenate([place - left[::-1], place + right[1:]])
        points[0], points[-1] = 0.0, 1.0
        at, pH = pH_in_device(acid, base, points, setting)
        off = float(np.abs(pH - pH_of(*exact(at)[:2])).max(initial=0.0))
        worst = max(setting.comm.allgather(off))
        yield Check(
            KEY, f"pH {acid:g} | {base:g}, {len(points) - 1} cells around the front of {width * LENGTH:.2g} m",
            "largest difference of the pH at any node", "", 0.0, worst, 1e-3, "exact",
            "boundary value problem of the neutral equations in one dimension (SciPy)", scale=1.0,
        )  # fmt: skip
        at, pH = (np.concatenate(setting.comm.allgather(each[::16])) for each in (at, pH))  # for the figure
        order = np.argsort(at)
        lines += [
            Line(f"reference, pH {acid:g} | {base:g}", list(fine), list(pH_of(*exact(fine)[:2])), look="reference"),
            Line(f"this program, pH {acid:g} | {base:g}", list(at[order]), list(pH[order])),
        ]
    yield Plot(
        KEY, "front", "pH between an acid and a base", "position / length", "pH", tuple(lines),
        "The front is where the excess of H+ over OH- changes its sign.",
    )  # fmt: skip


def against_rates(setting: Setting) -> Iterator[Check]:
    """How currents with rates near those with equilibrium as the rates grow."""
    fixed = junction(5.0, 9.0, cells=256, reactions=WATER, outputs=WITHOUT_BARS)
    limit, lacking = value(simulated(fixed, setting.comm), "current_left_H [A]"), []
    for factor in (1.0, 10.0):
        rates = {"water": {"type": "water_dissociation", "rate_constant": 1.4e8 * factor}}
        found = simulated(junction(5.0, 9.0, cells=256, reactions=rates, outputs=WITHOUT_BARS), setting.comm)
        total = value(found, "current_left_H [A]") + value(found, "current_left_OH [A]")
        lacking.append(abs(total - limit) / abs(limit))
    name = "pH 5 | 9, rates of water beside its equilibrium"
    yield Check(
        KEY, name, "difference of the currents, over them", "", 0.0, lacking[0], 1e-5, "exact", "limit", scale=1.0
    )  # fmt: skip
    yield Check(
        KEY, name, "power of the rate with which it falls", "", RECOMBINATION_ZONE,
        math.log(lacking[0] / lacking[1]) / math.log(10.0), 0.02, "exact",
        "width of the recombination zone, (D^2 L / (k J))^(1/3)", scale=1.0,
    )  # fmt: skip
    exact = (2e-9 * 4.0 + 2.0 * 1e-9 * 2.4) * HEIGHT * WIDTH / LENGTH
    for name, kind in (
        ("equilibrium", {"type": "equilibrium"}),
        ("rates", {"type": "mass_action", "forward_rate_constant": 1e6}),
    ):
        yield Check(
            KEY, f"dimers between 1 and 5 mM of monomers, {name}", "rate of monomers, single and in dimers", "mol/s", -exact,
            dimers(kind, setting.comm), 1e-9, "exact", "Fick's law of both, whatever the rates",
        )  # fmt: skip


def dimers(kind: Mapping[str, Any], comm: MPI.Comm) -> float:
    """Rate (mol/s) at which monomers, single and in dimers, enter a slit between two solutions in equilibrium. Collective."""
    constant, case = 1e-2, junction(7.0, 7.0, cells=64, reactions={}, outputs=WITHOUT_BARS)
    solute = {"valence": 0, "stoichiometry": 1}
    case["electrolyte"] = {
        "species": {"K": {}, "Cl": {}, "A": {**solute, "diffusivity": 2e-9}, "B": {**solute, "diffusivity": 1e-9}},
        "reactions": {"pairs": {"equation": "B = 2 A", "equilibrium_constant": constant, **kind}},
    }
    for side, single in (("left", 1.0), ("right", 5.0)):
        double = single**2 / 1e3 / constant
        held = {"A": single + 2.0 * double} if kind["type"] == "equilibrium" else {"A": single, "B": double}
        case["terminals"][side] = {"concentrations": {"K": SALT, "Cl": SALT, **held}}
    found = simulated(case, comm)
    double = 0.0 if kind["type"] == "equilibrium" else value(found, "molar_rate_left_B [mol/s]")
    return value(found, "molar_rate_left_A [mol/s]") + 2.0 * double


# ------------------------------------------------------------------------------------------------ buffers
def titrations(_setting: Setting) -> Iterator[Check]:
    """The base that brings a buffer to a pH, against the pH that a charge balance has with that base."""
    for name, acid in ACIDS.items():
        electrolyte = Electrolyte.model_validate(
            {"species": {"K": {}, "Cl": {}}, "protons": "free", "pH": 7.0, "buffers": {name: 20.0}, "reactions": WATER}
        )
        worst = 0.0
        for pH in np.linspace(2.0, 12.0, 21):
            solution = electrolyte.salt(SALT, float(pH))
            worst = max(worst, abs(_pH(acid.pKa, [ion.valence for ion in acid.ions], 20.0, solution) - float(pH)))
        yield Check(
            KEY, f"20 mM {name}, pH 2 to 12", "largest difference of the pH", "", 0.0, worst, 1e-10, "exact",
            "charge balance, its root by Brent's method", scale=1.0,
        )  # fmt: skip


def _pH(pKa: Sequence[float], valences: Sequence[int], total: float, solution: Mapping[str, float]) -> float:
    """pH of a solution of strong ions and an acid, from its charge balance."""
    strong = solution["K"] - solution["Cl"]

    def charge(pH: float) -> float:
        weights = [10.0 ** (k * pH - sum(pKa[:k])) for k in range(len(pKa) + 1)]
        mean = sum(z * w for z, w in zip(valences, weights, strict=True)) / sum(weights)
        return float(strong + total * mean + 1e3 * 10.0**-pH - 1e3 * 10.0 ** (pH - 14.0))

    return float(brentq(charge, -1.0, 15.0, xtol=1e-14, rtol=1e-15))


# ------------------------------------------------------------------------------------------------ in time
RATE, DURATION = 1e4, 1e-4
"""1/s; s."""


def amounts_in_time(reaction: Mapping[str, Any], comm: MPI.Comm, tolerance: float = 1e-8) -> np.ndarray:
    """Amounts of K, Cl, A and B in a closed cell after a while, over those at the start. Collective.

    reaction: between A and B, of which there is as much as of the salt.
    """
    solute = {"valence": 0, "diffusivity": 1e-9, "stoichiometry": 1}
    ion = {"stoichiometry": 1}
    case = Case.model_validate(
        {
            "geometry": {"type": "cell", "length": 1e-7, "width": 1e-6},
            "electrolyte": {
                "species": {"K": ion, "Cl": ion, "A": solute, "B": solute},
                "concentration": SALT,
                "reactions": {"between": dict(reaction)},
            },
            "walls": {side: {"potential": 0.0} for side in ("left", "right")},
            "solver": {"flow": "none"},
            "study": {"type": "transient", "protocol": [{"type": "hold", "duration": DURATION}]},
        }
    )
    problem = build.make_problem(case, meshing.make_mesh(case, [case], comm), Clock())
    parameters = build.parameters_of(problem, case)
    start = problem.evaluate(problem.at_rest(parameters)[0], parameters)
    stepper = TimeStepper.from_state(
        start, Newton(problem), lambda _time, _after: parameters, tolerance=tolerance, debye_time=1e-9,
        largest=DURATION, first=1e-7, estimates_error=False,
    )  # fmt: skip
    while stepper.now.time < DURATION:
        stepper.advance(DURATION)
    return np.asarray(stepper.now.found.amounts / start.amounts)


def rates(setting: Setting) -> Iterator[Check]:
    """Decay and relaxation in a closed cell, and what they conserve."""
    decay = {"type": "mass_action", "equation": "A = B", "forward_rate_constant": RATE}
    both = {"type": "mass_action", "equation": "A = B", "forward_rate_constant": RATE, "equilibrium_constant": 4.0}
    pair = {"type": "mass_action", "equation": "2 A = B", "forward_rate_constant": RATE / 2 / (SALT / 1e3)}
    left = math.exp(-RATE * DURATION)
    exact = {
        "decay, A = B": (decay, left),
        "relaxation, A = B with K = 4": (both, 0.4 + 0.6 * math.exp(-1.25 * RATE * DURATION)),
        "second order, 2 A = B": (pair, 1.0 / (1.0 + RATE * DURATION)),
    }
    for name, (reaction, reference) in exact.items():
        found = amounts_in_time(reaction, setting.comm)
        yield Check(
            KEY, name, "part of A that is left", "", reference, float(found[2]), 1e-6, "exact", "rate law"
        )  # fmt: skip
        kept = found[3] + (0.5 if name.startswith("second") else 1.0) * found[2]
        yield Check(
            KEY, name, "what the reaction conserves, over that at the start", "",
            1.5 if name.startswith("second") else 2.0, float(kept), 1e-11, "exact", "stoichiometry",
        )  # fmt: skip


def wien(_setting: Setting) -> Iterator[Check]:
    """Onsager's factor against the Bessel function."""
    for b in (0.1, 1.0, 10.0, 59.0, 61.0, 200.0):
        reference = float(iv(1, math.sqrt(8.0 * b)) / math.sqrt(2.0 * b))
        yield Check(
            KEY, f"second Wien effect, b = {b:g}", "factor of the dissociation", "", reference,
            float(enhancement(b, NUMBERS)), 1e-8, "exact", "modified Bessel function (SciPy)",
        )  # fmt: skip


REACTIONS = Section(
    KEY,
    "Reactions in the liquid",
    "Weak acids and bases, rates and equilibria between dissolved species: buffers against their charge balance, a slit of"
    " silica in a buffer against Poisson-Boltzmann with the charge of its sites, reactions in a closed cell against their"
    " rate laws, and the currents and the pH through the front of a strong acid and a strong base, where the concentration of"
    " H+ falls by up to ten decades within a cell, against a boundary value problem.",
    in_turn(titrations, gated, wien, rates, fronts),
)
"""Reactions between dissolved species."""
