"""Diffusivities that depend on the position, by convention, and barriers and hindrance: one-dimensional slabs, and a slit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from solver.discretization.boundary import RegionCondition, Solute, WallCondition
from solver.discretization.problem import Problem
from solver.laws.algebra import NUMBERS
from solver.laws.hindrance import DechadilokDeen, Renkin, SlitHindrance
from solver.laws.properties.base import Local
from solver.laws.properties.mixtures import WaterGlycerol
from solver.laws.regions.base import Surroundings
from solver.laws.regions.confinement import Confinement
from solver.laws.walls.electrode import GivenPotential
from solver.nonlinear.newton import Newton, NewtonReport, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.constants import FARADAY
from validation import mapped
from validation.checks import Check, Section
from validation.devices import KCL_WATER, bar, row, rows
from validation.neutral import error_bar
from validation.one_dimension import TWO_MESHES
from validation.setting import Setting
from validation.slabs import TEMPERATURE, UNIT, VOLT, Slabs, both_ends, layers

LENGTH, DIFFUSIVITY = 1e-6, 1e-9
LAST = 0.2
"""Diffusivity at the far end over that at the first; linear between them."""
PROFILE = {"type": "expression", "formula": f"1 - {1 - LAST!r} * z / {LENGTH!r}"}
ALIKE = tuple(Solute(name, z, DIFFUSIVITY) for name, z in (("K", 1), ("Cl", -1), ("tracer", 0)))

MEAN = 0.4970679476
"""Mean diffusivity, (1 - 0.2) / ln 5: the flux and the conductance in the thermodynamic convention."""
EQUAL = {"thermodynamic": 0.0, "stratonovich": 0.4, "ito": 0.8}
"""Flux (D c / L) between equal concentrations, by convention."""
EMPTY = {"thermodynamic": MEAN, "stratonovich": 0.7236067977, "ito": 1.0}
"""The same towards no concentration at the far end."""
BOX = {"thermodynamic": 1.0, "stratonovich": 2.23606798, "ito": 5.0}
"""Concentration at the far end over that at the first in a closed box."""
OPEN = 1.60943791
"""Potential (thermal voltages) of an open, ideally selective channel in Ito's convention, ln(D_0 / D_1)."""
CLOSED_FORM = "closed form: the flux -D^a d(c D^(1-a))/dx is uniform"
LONGER = 1e-4
"""Rate of the step that ends in a steady state, over the usual one."""
TRACE = 1e-9
"""Concentration that stands for none, over that at the other end."""


def flux(convention: str, far: float, fraction: float) -> float:
    """Flux of the tracer (D c / L) towards a concentration at the far end over that at the first. Collective."""
    points = (LENGTH - mapped.graded(1e-10 * fraction * LENGTH, 1.0 + 0.1 * fraction, LENGTH))[::-1]
    law = Confinement.model_validate({"type": "confinement", "diffusivity_factor": PROFILE})
    device = Slabs(points, {LENGTH: law}, ALIKE, ((1.0, 1.0, 1.0), (1.0, 1.0, far)), convention=convention)
    return float(device.rates(0.0)[2]) * LENGTH / DIFFUSIVITY


def closed_box(convention: str, cells: int) -> float:
    """Concentration at the far end over that at the first of a box that nothing leaves. Collective."""
    tagged = layers(np.linspace(0.0, LENGTH, cells + 1), [LENGTH])
    law = Confinement.model_validate({"type": "confinement", "diffusivity_factor": PROFILE})
    ends, filling = tuple(WallCondition(name, (GivenPotential(0.0),)) for name in ("first", "last")), (1.0, 1.0, 1.0)
    scales = Slabs(np.linspace(0.0, LENGTH, 3), {LENGTH: law}, ALIKE, (filling, filling)).problem.scales
    problem = Problem(
        tagged, scales, ALIKE, (), ends, flow=False, clock=Clock(), stores=True, filling=filling, convention=convention,
        regions=[RegionCondition(law, "slab0")],
    )  # fmt: skip
    parameters = problem.parameters((), ends, ALIKE, scales, filling)
    state, step = problem.at_rest(parameters)
    assert step.history is not None
    # they are the end of one step of a million diffusion times, after which a millionth of the start is left: here of more
    storage = replace(step, rate=LONGER * step.rate, history=LONGER * step.history)
    found = Newton(problem).solve(problem.evaluate(state, parameters, storage), NewtonSettings(), NewtonReport())
    at = problem.unknowns.scalar.tabulate_dof_coordinates()[:, 0] * UNIT
    mu = problem.unknowns.electrochemical(found.state)[:, 2]
    comm = tagged.mesh.comm
    ends_at = [
        max(each for each in comm.allgather(float(mu[near].max(initial=-np.inf))))
        for near in (at < 1e-9 * LENGTH, at > (1.0 - 1e-9) * LENGTH)
    ]
    return float(np.exp(ends_at[1] - ends_at[0]))


def selective(convention: str, fraction: float) -> Slabs:
    """A channel with a hundred thousand times as many counterions as coions."""
    law = Confinement.model_validate(
        {"type": "confinement", "diffusivity_factor": PROFILE, "fixed_charge": "-1 M"},
    )
    points = np.linspace(0.0, LENGTH, int(160 / fraction) + 1)
    return Slabs(points, {LENGTH: law}, ALIKE[:2], ((0.01, 0.01), (0.01, 0.01)), convention=convention)


def position_dependent(setting: Setting) -> Iterator[Check]:
    """Fluxes and a closed box in the three conventions, a selective channel, a slit at rest."""
    name = "diffusivity linear from 1 to 0.2"
    for convention in EQUAL:
        for far, exact in ((1.0, EQUAL[convention]), (TRACE, EMPTY[convention])):
            own, finer = (flux(convention, far, fraction) for fraction in (1.0, 0.5))
            yield Check(
                "position_dependent", f"{name}, {convention}",
                f"flux between 1 and {1 if far == 1.0 else 0}, in D c / L", "", exact, own, 1e-6, "exact", CLOSED_FORM,
                reference_uncertainty=2e-9, error=error_bar(own, finer), scale=1.0, note=TWO_MESHES,
            )  # fmt: skip
        own, finer = (closed_box(convention, cells) for cells in (40, 80))
        yield Check(
            "position_dependent", f"{name}, {convention}, closed box", "ratio of the concentrations at its ends", "",
            BOX[convention], own, 1e-6, "exact", CLOSED_FORM, reference_uncertainty=5e-9, error=error_bar(own, finer),
            note=TWO_MESHES,
        )  # fmt: skip
    unit = 1e3 * DIFFUSIVITY / LENGTH
    for voltage in (1.0, -4.0):
        own, finer = (selective("thermodynamic", fraction).current(voltage) / unit for fraction in (1.0, 0.5))
        yield Check(
            "position_dependent", f"{name}, ideally selective channel", f"current at {voltage:g} V_T, in F D X / L", "",
            MEAN * voltage, own, 1e-6, "exact", CLOSED_FORM, reference_uncertainty=1e-9 * abs(voltage),
            error=error_bar(own, finer), note=TWO_MESHES,
        )  # fmt: skip
    own, finer = (
        -float(brentq(selective("ito", fraction).current, -3.0, 0.0, xtol=1e-12, rtol=1e-14)) for fraction in (1.0, 0.5)
    )
    yield Check(
        "position_dependent", f"{name}, ideally selective channel, ito", "potential of the far end at no current, in V_T", "",
        OPEN, own, 1e-6, "exact", CLOSED_FORM, reference_uncertainty=5e-9, error=error_bar(own, finer), note=TWO_MESHES,
    )  # fmt: skip
    at_rest, driven = rows(slit())
    yield Check(
        "position_dependent", "charged slit with a gradient of viscosity and diffusivities, thermodynamic",
        "current without voltage, over that at 10 mV", "", 0.0, at_rest["current [A]"] / driven["current [A]"], 1e-12,
        "exact", "equilibrium", scale=1.0,
    )  # fmt: skip

    yield from between_solvents()


def slit() -> dict[str, Any]:
    """A slit of 10 nm between reservoirs, whose liquid is five times as viscous at its far end."""
    along = "(1 + 4 * (z - 20e-9) / 60e-9)"
    return {
        "geometry": {
            "type": "slit", "length": 100e-9, "height": 10e-9, "width": 1e-6,
            "reservoirs": {"length": 50e-9, "half_height": 50e-9},
        },
        "electrolyte": {**KCL_WATER, "concentration": 10.0},
        "regions": {
            "gradient": {
                "type": "confinement", "from": 20e-9, "to": 80e-9,
                "viscosity_factor": {"type": "expression", "formula": along},
                "diffusivity_factor": {"type": "expression", "formula": f"1 / {along}"},
            }
        },
        "walls": {"channel": {"surface_charge": -0.02}},
        "outputs": {"errors": "none"},
        "study": {"type": "sweep", "parameter": "terminals.left.potential", "values": [0.0, 0.01]},
    }  # fmt: skip


WEAK, STRONG = 0.01, 0.6
"""Mass fractions of glycerol at both ends of a slit."""


def between_solvents() -> Iterator[Check]:
    """Glycerol and current through an uncharged slit of 1 um by 100 nm by 1 um between water and glycerol, without flow."""
    data = {
        "geometry": {"type": "slit", "length": 1e-6, "height": 1e-7, "width": 1e-6, "reservoirs": None},
        "electrolyte": {**KCL_WATER, "concentration": 1.0, "properties": "water_glycerol"},
        "terminals": {
            "left": {"solvent_fraction": WEAK, "potential": 0.01}, "right": {"solvent_fraction": STRONG}
        },
        "solver": {"charge": "electroneutral", "flow": "none"},
        "mesh": {"axial_cells": 64},
    }  # fmt: skip
    law, found = WaterGlycerol(), row(data)

    def fluidity(c: float) -> float:
        return 1.0 / float(law.viscosity_factor(Local({law.name: c}, None, TEMPERATURE), NUMBERS))

    ends = [law.concentration(fraction, TEMPERATURE) for fraction in (WEAK, STRONG)]
    width, area_over_length = ends[1] - ends[0], 1e-7
    mean = quad(fluidity, *ends, epsrel=1e-11)[0] / width
    name, source = "uncharged slit between 1 and 60 % of glycerol", "quadrature: dz = D dc / J, Walden's rule for D"
    yield Check(
        "position_dependent", name, "rate of glycerol", "mol/s", -area_over_length * law.diffusivity * mean * width,
        found["molar_rate_left_glycerol [mol/s]"], 1e-6, "exact", source,
    )  # fmt: skip
    ions = sum(ion["diffusivity"] for ion in KCL_WATER["species"].values())
    yield Check(
        "position_dependent", name, "current at 10 mV", "A", area_over_length * FARADAY * ions * mean * 0.01 / VOLT,
        found["current [A]"], 1e-6, "exact", source, error=bar(found, "current [A]"),
    )  # fmt: skip


POSITION_DEPENDENT = Section(
    "position_dependent",
    "Diffusivities that depend on the position",
    "A diffusivity that falls linearly to a fifth, in the thermodynamic convention and in those of Stratonovich and Ito: "
    "fluxes between reservoirs, a closed box, an ideally selective channel; a charged slit with a gradient of the "
    "viscosity, whose current passes through the origin in the first of them; and a slit between water and glycerol.",
    position_dependent,
)

# ------------------------------------------------------------------------------------------------ barriers
RENKIN = {0.1: 0.64126121, 0.3: 0.20723153, 0.5: 0.04489062}
"""P K_d by the ratio of the radii."""
BI_IONIC = {0.0: 9.84619e-3, 1.0: 35.53877e-3, 3.0: 86.92392e-3}
"""Potential (V) of the side of sodium against that of potassium, by the barrier of sodium (kT)."""
SALTS = tuple(Solute(name, z, d) for name, z, d in (("K", 1, 1.957e-9), ("Na", 1, 1.334e-9), ("Cl", -1, 2.032e-9)))
OUTSIDE = 0.1
"""Salt (mol/m^3) in front of the barrier, which has ten thousand times as many cations: hardly an anion passes it."""
PASSED = 0.5
"""Concentration at the far end over that at the first in fluxes of hindered tracers."""


def hindered(kind: str, ratio: float) -> Confinement:
    """Pores of 1 nm with a tracer of a radius."""
    radii = {"K": 0.1e-9, "Cl": 0.1e-9, "tracer": ratio * 1e-9}
    law = Confinement.model_validate(
        {"type": "confinement", "hindrance": {"type": kind, "half_width": 1e-9, "radii": radii}}
    )
    diffusivities = {solute.name: solute.diffusivity for solute in ALIKE}
    valences = {solute.name: solute.valence for solute in ALIKE}
    return law.within(Surroundings(TEMPERATURE, 78.5, 0.89e-3, diffusivities, valences))


def bi_ionic(barrier: float, fraction: float) -> float:
    """Potential (V) of the right side of a barrier that only cations pass, KCl left and NaCl right. Collective."""
    law = Confinement.model_validate({"type": "confinement", "fixed_charge": "-1 M", "barrier": {"Na": barrier}})
    first = 1e-9 * fraction * LENGTH
    points = both_ends(0.0, LENGTH, (first, first), 1.0 + 0.3 * fraction)
    salt, other = OUTSIDE, TRACE * OUTSIDE
    ends = (salt, other, salt + other), (other, salt, salt + other)
    device = Slabs(points, {LENGTH: law}, SALTS, ends)
    near = -BI_IONIC[barrier] / VOLT
    return -VOLT * float(brentq(device.current, near - 0.3, near + 0.3, xtol=1e-10))


def confinement(setting: Setting) -> Iterator[Check]:
    """Hindrance of tracers, potentials between unlike salts, limits of the formulas."""
    for ratio, exact in RENKIN.items():
        law = hindered("renkin", ratio)
        own = law.partition_coefficient("tracer") * law.relative_diffusivity("tracer")
        yield Check(
            "confinement", f"Renkin's pore, radii as {ratio:g} to 1", "partition times diffusivity, over that outside", "",
            exact, own, 1e-8, "exact", "Renkin (1954)", reference_uncertainty=5e-9, scale=1.0,
        )  # fmt: skip
        found, more = (
            Slabs(np.linspace(0.0, LENGTH, cells + 1), {LENGTH: law}, ALIKE, ((1.0,) * 3, (1.0, 1.0, PASSED))).rates(0.0)[2]
            * LENGTH / DIFFUSIVITY / (1.0 - PASSED)
            for cells in (40, 80)
        )  # fmt: skip
        yield Check(
            "confinement", f"Renkin's pore, radii as {ratio:g} to 1", "flux of a tracer, in D (c - c') / L", "", exact, found,
            1e-6, "exact", "Renkin (1954)", reference_uncertainty=5e-9, error=error_bar(found, more), scale=1.0,
            note=TWO_MESHES,
        )  # fmt: skip
    small = 1e-6
    for kind in (Renkin(), DechadilokDeen(), SlitHindrance()):
        for what, own in (
            ("diffusivity", kind.diffusion(small, NUMBERS)),
            ("convection", kind.convection(small, NUMBERS)),
        ):
            yield Check(
                "confinement", f"hindrance '{kind.type}' of a point", f"factor of the {what}", "", 1.0, float(own), 5e-5,
                "exact", "limit", scale=1.0,
            )  # fmt: skip
    for barrier, exact in BI_IONIC.items():
        own, finer = (bi_ionic(barrier, fraction) for fraction in (1.0, 0.5))
        yield Check(
            "confinement", f"barrier that only cations pass, K | Na, sodium {barrier:g} kT higher", "potential", "V",
            exact, own, 1e-5, "exact", "closed form: V_T ln(P_K / P_Na)", reference_uncertainty=5e-9,
            error=error_bar(own, finer), scale=1.0, note=TWO_MESHES,
        )  # fmt: skip
    yield viscous_layer()


HALF, LAYER, THICKER = 5e-9, 0.5e-9, 4.0
"""Half-height of a slit, thickness of the viscous layer at its walls (m), its viscosity over that of the liquid."""


def viscous_layer() -> Check:
    """Flow through an uncharged slit 20 nm long under 1 bar, with more viscous liquid at its walls."""
    layer = {"viscosity_factor": THICKER, "thickness": LAYER}
    found = row(
        {
            "geometry": {"type": "slit", "length": 20e-9, "height": 2 * HALF, "width": 1e-6, "reservoirs": None},
            "electrolyte": {**KCL_WATER, "concentration": 1.0},
            "terminals": {"left": {"pressure": 1e5}},
            "regions": {"all": {"type": "confinement", "wall_layer": layer}},
        }
    )

    def weight(y: float) -> float:
        return y * y / (1.0 + (THICKER - 1.0) * float(np.exp(-(HALF - y) / LAYER)))

    exact = 2e-6 * 1e5 / 20e-9 / KCL_WATER["viscosity"] * quad(weight, 0.0, HALF, epsrel=1e-11)[0]
    return Check(
        "confinement", "slit of 10 nm with layers of higher viscosity at its walls", "flow rate at 1 bar", "m^3/s", exact,
        found["flow_rate [m^3/s]"], 1e-3, "exact", "quadrature: u' = -G y / eta(y)", error=bar(found, "flow_rate [m^3/s]"),
    )  # fmt: skip


CONFINEMENT = Section(
    "confinement",
    "Barriers, partition, hindrance",
    "Renkin's hindrance as numbers and as the flux of a tracer, the limits of all formulas of hindrance for points, and the "
    "potentials between equal amounts of potassium and sodium chloride at a barrier that only cations pass, with an energy "
    "of sodium of 0, 1 and 3 kT.",
    confinement,
)
