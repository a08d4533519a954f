"""Seeded random devices whose walls have sites, for `tests.benchmarks.robustness`: pH 2 to 12 by a buffer or by protons,
unlike reservoirs of 0.1 mM to 3 M, divalent ions that bind, to 10 V; and their charge once more, by root finding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from solver.case.case import Case
from solver.discretization.evaluation import Evaluation
from solver.discretization.problem import Problem
from solver.observables.channel_points import CHANNEL, ChannelPoints
from solver.observables.profiles import AxialSections
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT

FARTHEST = 2000.0
"""Thermal voltages: no site is farther from zero."""


@dataclass(frozen=True)
class Draw:
    """Numbers of one device."""

    rng: np.random.Generator

    def between(self, low: float, high: float) -> float:
        """A number whose logarithm is evenly distributed, with four digits."""
        return float(f"{math.exp(self.rng.uniform(math.log(low), math.log(high))):.4g}")

    def evenly(self, low: float, high: float) -> float:
        """An evenly distributed number with three digits."""
        return float(f"{self.rng.uniform(low, high):.3g}")

    def one_of(self, *names: str) -> str:
        """One of some names."""
        return str(self.rng.choice(names))


def device_with_sites(seed: int) -> dict[str, Any]:
    """The description of the device with this number. SI."""
    draw = Draw(np.random.default_rng([13, seed]))
    geometry, names = _channel(draw)
    divalent = draw.rng.random() < 0.6
    protons = draw.one_of("buffered", "free", "species")
    species: dict[str, Any] = {"K": {}, "Cl": {}} | ({"Ca": {}} if divalent else {})
    pHs = [draw.evenly(2.0, 12.0) for _ in names]
    electrolyte: dict[str, Any] = {"species": species, "protons": "free" if protons == "free" else "buffered"}
    if protons == "species":
        electrolyte["species"] = {**species, "H": {}, "OH": {}}
        if draw.rng.random() < 0.5:
            electrolyte["reactions"] = {"water": {"type": "water_dissociation"}}
    elif protons == "buffered":
        electrolyte["pH"] = pHs[0]
    terminals: dict[str, Any] = {}
    for name, pH in zip(names, pHs, strict=True):
        salt, calcium = draw.between(0.1, 3e3), draw.between(1e-3, 100.0)
        if protons == "buffered":  # as much salt as the ions of water need
            salt = max(salt, 1100.0 * 10.0 ** -min(pHs[0], 14.0 - pHs[0]))
        held = {"K": salt, "Cl": salt + 2 * calcium, "Ca": calcium} if divalent else {"K": salt, "Cl": salt}
        if protons == "species":
            held |= {"H": 1e3 * 10.0**-pH, "OH": 1e3 * 10.0 ** (pH - 14.0)}
            excess = held["H"] - held["OH"]
            held["Cl" if excess > 0 else "K"] += abs(excess)
        terminals[name] = {"concentrations": held} | ({"pH": pH} if protons == "free" else {})
    sign = float(draw.rng.choice([-1, 1]))
    terminals[names[0]]["potential"] = sign * draw.between(0.02, 10.0)
    wall: dict[str, Any] = {"groups": _sites(draw, divalent)}
    if draw.rng.random() < 0.75:
        wall["stern"] = {"capacitance": draw.between(0.2, 3.0)}
    return {
        "geometry": geometry,
        "electrolyte": electrolyte,
        "terminals": terminals,
        "walls": {CHANNEL: wall},
        "outputs": {"errors": "none"},
    }


def _channel(draw: Draw) -> tuple[dict[str, Any], tuple[str, str]]:
    """A cone, a cylinder or a slit, and the names of its terminals."""
    radius = draw.between(2.5e-9, 100e-9)
    length, size = draw.between(max(50e-9, radius), 5e-6), draw.between(2 * radius, max(20 * radius, 5e-7))
    kind = draw.one_of("cone", "cone", "cylinder", "slit")
    reach = "half_height" if kind == "slit" else "radius"
    wide = 10 * radius if kind == "cone" else radius
    geometry: dict[str, Any] = {"type": kind, "length": length, "reservoirs": {"length": size, reach: wide + size}}
    if draw.rng.random() < 0.2:
        geometry["reservoirs"] = None
    if kind == "slit":
        geometry |= {"height": 2 * radius, "width": 1e-6}
    elif kind == "cylinder":
        geometry["radius"] = radius
    else:
        geometry |= {"radius_tip": radius, "radius_base": radius * draw.evenly(1.2, 10.0)}
    return geometry, ("base", "tip") if kind == "cone" else ("left", "right")


def _sites(draw: Draw, divalent: bool) -> list[dict[str, Any]]:
    """Acids, of which some bind K+, Ca2+ or a second proton, and for every other wall bases, too."""
    pK = draw.evenly(2.0, 10.0)
    states: list[dict[str, Any]] = [{"H": 1, "pK": pK}]
    if draw.rng.random() < 0.4:
        states.append({"H": 2, "pK": pK + draw.evenly(-3.0, 3.0)})
    if draw.rng.random() < 0.5:
        states.append({"K": 1, "pK": draw.evenly(-1.0, 2.5)})
    if divalent:
        states.append({"Ca": 1, "pK": draw.evenly(0.0, 5.0)})
    found: list[dict[str, Any]] = [{"site": "acid", "density": draw.between(5e16, 8e18), "charge": -1, "binds": states}]
    if draw.rng.random() < 0.5:
        base = [{"H": 1, "pK": draw.evenly(6.0, 11.0)}]
        found.append({"site": "base", "density": draw.between(5e16, 4e18), "charge": 0, "binds": base})
    return found


def largest_misfit(problem: Problem, case: Case, found: Evaluation, line: list[Mapping[str, float]]) -> float:
    """Largest difference, over the largest charge of the wall, between the charge in a profile of a state and the one that
    mass action gives for the ions at the wall, worked out by hand."""
    sections = AxialSections.along(problem.tagged, case.geometry, case.outputs.profile_points)
    assert sections is not None
    at = ChannelPoints.of(problem, sections)
    problem.load(found)
    values = problem.unknowns.table(problem.state.eval(at.points, at.cells))
    phi = problem.potential.in_cells(values, at.cells, at.points, found.parameters)
    mu = problem.unknowns.electrochemical(values) + math.log(found.parameters.scales.concentration / 1e3)
    charges = np.array([row["surface_charge [C/m^2]"] for row in line])[at.section]
    by_hand = np.array(
        [
            _charge(case, float(y), dict(zip(case.electrolyte.species, each, strict=True)))
            for y, each in zip(phi, mu, strict=True)
        ]
    )
    return float(np.max(np.abs(charges - by_hand)) / np.max(np.abs(by_hand)))


def _charge(case: Case, y: float, mu: Mapping[str, float]) -> float:
    """C/m^2 of the wall where the liquid at it has a potential (thermal voltages) and its species the electrochemical
    potentials `mu` over RT."""
    wall, electrolyte = case.walls[CHANNEL], case.electrolyte
    volt = GAS_CONSTANT * electrolyte.temperature / FARADAY
    of_ions, valences = dict(mu), {**electrolyte.valences, "H": 1}
    if "H" not in of_ions and electrolyte.pH is not None:

        def net(virtual: float) -> float:
            return sum(z * math.exp(min(mu[name] - z * virtual, 700.0)) for name, z in electrolyte.valences.items())

        of_ions["H"] = brentq(net, y - 100.0, y + 100.0, xtol=1e-13) - electrolyte.pH * math.log(10.0)

    def charge(x: float) -> float:
        total = 0.0
        for site in wall.groups:
            charges, logs = [site.charge], [0.0]
            for state in site.binds:
                charges.append(site.charge + sum(n * valences[ion] for ion, n in state.ions.items()))
                taken = sum(n * (of_ions[ion] - valences[ion] * x) for ion, n in state.ions.items())
                logs.append(state.pK * math.log(10.0) + taken)
            weights = np.exp(np.array(logs) - max(logs))
            total += ELEMENTARY_CHARGE * site.density * float(np.dot(charges, weights) / weights.sum())
        return total

    if wall.stern is None:
        return charge(y)
    capacitance = wall.stern.per_area(electrolyte.relative_permittivity)
    zero_plane = brentq(
        lambda x: x - y - charge(x) / (capacitance * volt), y - FARTHEST, y + FARTHEST, xtol=1e-13, maxiter=500
    )
    return charge(zero_plane)
