"""A charged membrane between unlike solutions with its double layers resolved: currents, and the neutral limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from dolfinx import mesh as dmesh
from mpi4py import MPI
from scipy.optimize import brentq

from meshes.tagged import TaggedMesh
from solver.discretization.boundary import RegionCondition, TerminalCondition
from solver.discretization.problem import Problem
from solver.laws.regions.membrane import Membrane
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from solver.physics.scales import Scales
from validation import mapped
from validation.checks import Check, Line, Plot, Section
from validation.one_dimension import DEBYE_LENGTH, KCL, PERMITTIVITY, TEMPERATURE, TWO_MESHES, VOLT
from validation.setting import Setting

FIXED, LEFT, RIGHT = -10.0, 1.0, 100.0
"""Fixed charge and concentrations of KCl, mol/m^3."""

CURRENTS = {-3.0: -443.036, -1.0: -318.570, 0.0: -232.690, 4.0: 250.053}
"""Current, in F (1e-9 m^2/s)(mM) / thickness per area, by the voltage (thermal voltages) left minus right at a Debye length
of a hundredth of the thickness (in 1 mM), for infinitely fast layers outside."""

AT_ZERO_CURRENT, NEUTRAL = 54.9181e-3, 56.681614e-3
"""Potential without current (V) at that Debye length, and for a vanishing one."""

CONVERGED = "elements of degree 4 on graded meshes, converged; layers outside without resistance"
LENGTHS = (0.02, 0.01, 0.005, 0.0025)
"""Debye lengths in 1 mM over the thickness."""

FAST, OUTSIDE = 1e8, 15.0
"""Factor of the diffusivities in the layers outside, and their thickness in local Debye lengths."""


def debye(concentration: float) -> float:
    """Debye length (m) of a 1:1 salt (mol/m^3)."""
    return float(DEBYE_LENGTH / np.sqrt(concentration))


def membrane(ratio: float, fineness: float) -> Callable[[float], float]:
    """Current by voltage of a membrane whose thickness is a Debye length in 1 mM over a ratio. Collective.

    fineness: of the first cells at both faces, in local Debye lengths.
    """
    thickness, dilute, dense = debye(1.0) / ratio, debye(0.5 * abs(FIXED)), debye(RIGHT)
    outer = OUTSIDE * dilute, OUTSIDE * dense
    left = outer[0] - mapped.graded(fineness * dilute, 1.3, outer[0])[::-1]
    inside = outer[0] + mapped.both_ends(fineness * dilute, 1.3, thickness, fineness * dense)[1:]
    right = outer[0] + thickness + mapped.graded(fineness * dense, 1.3, outer[1])[1:]
    points = np.concatenate([left, inside, right])
    mesh = dmesh.create_interval(MPI.COMM_WORLD, len(points) - 1, [0.0, len(points) - 1.0])
    mesh.geometry.x[:, 0] = np.interp(mesh.geometry.x[:, 0], np.arange(len(points)), points / DEBYE_LENGTH)
    cells = mesh.topology.index_map(1)
    local = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    middle = dmesh.compute_midpoints(mesh, 1, local)[:, 0] * DEBYE_LENGTH
    in_membrane = (middle > outer[0]) & (middle < outer[0] + thickness)
    tags = dmesh.meshtags(mesh, 1, local, 1 + in_membrane.astype(np.int32))
    ends = [
        dmesh.locate_entities_boundary(mesh, 0, lambda x, at=at: np.isclose(x[0], at))
        for at in points[[0, -1]] / DEBYE_LENGTH
    ]
    facets, values = np.concatenate(ends), np.repeat([1, 2], [len(end) for end in ends]).astype(np.int32)
    order = np.argsort(facets)
    boundary = dmesh.meshtags(mesh, 0, facets[order].astype(np.int32), values[order])
    regions = {"outside": 1, "membrane": 2}
    tagged = TaggedMesh(mesh, boundary, {"left": 1, "right": 2}, tags, regions, "planar", DEBYE_LENGTH)
    scales = Scales.of(
        length=tagged.unit, concentration=RIGHT, temperature=TEMPERATURE, relative_permittivity=PERMITTIVITY,
        viscosity=1e-3, measure_factor=1.0, axisymmetric=False,
    )  # fmt: skip

    def terminals(voltage: float) -> tuple[TerminalCondition, TerminalCondition]:
        return (
            TerminalCondition("left", voltage * VOLT, 0.0, (LEFT, LEFT)),
            TerminalCondition("right", 0.0, 0.0, (RIGHT, RIGHT)),
        )

    laws = Membrane(diffusivity_factor=FAST), Membrane(fixed_charge=FIXED)
    conditions = [RegionCondition(law, name) for law, name in zip(laws, regions, strict=True)]
    problem = Problem(tagged, scales, KCL, terminals(0.0), (), flow=False, clock=Clock(), regions=conditions)
    continuation = Continuation(problem, Newton(problem), NewtonSettings())

    def current(voltage: float) -> float:
        parameters = problem.parameters(terminals(voltage), (), KCL, scales)
        found = continuation.reach(parameters, voltage, f"{voltage:g} thermal voltages").state
        plus, minus = found.rates[0] * scales.diffusivity * scales.concentration / tagged.unit
        return float((plus - minus) * thickness / 1e-9)

    return current


def without_current(current: Callable[[float], float]) -> float:
    """Potential (V) of the left side at which no current flows."""
    return float(brentq(current, 1.8, 2.4, xtol=1e-8)) * VOLT


def resolved(setting: Setting) -> Iterator[Check | Plot]:
    """Currents at a Debye length of a hundredth of the thickness, and the potential without current as it vanishes."""
    coarse, fine = (membrane(0.01, fineness) for fineness in (0.5, 0.25))
    name = "membrane of -10 mM, 1 | 100 mM KCl, Debye length 0.01 of the thickness"
    for voltage, exact in CURRENTS.items():
        found, finer = coarse(voltage), fine(voltage)
        yield Check(
            "charged_membranes", name, f"current at {voltage:g} V_T, in F (1e-9 m^2/s)(mM) / thickness", "", exact, found,
            1e-4, "exact", CONVERGED, reference_uncertainty=2e-5 * abs(exact), error=2 * abs(finer - found), note=TWO_MESHES,
        )  # fmt: skip
    found, finer = without_current(coarse), without_current(fine)
    yield Check(
        "charged_membranes", name, "potential without current", "V", AT_ZERO_CURRENT, found, 1e-4, "exact", CONVERGED,
        reference_uncertainty=2e-5 * AT_ZERO_CURRENT, error=2 * abs(finer - found), note=TWO_MESHES,
    )  # fmt: skip
    potentials = [found if ratio == 0.01 else without_current(membrane(ratio, 0.5)) for ratio in LENGTHS]
    off = NEUTRAL - np.array(potentials)
    limit = float(np.polynomial.polynomial.polyfit(LENGTHS, potentials, len(LENGTHS) - 1)[0])
    yield Check(
        "charged_membranes", "the same for a vanishing Debye length", "potential without current, extrapolated", "V", NEUTRAL,
        limit, 1e-4, "exact", "Teorell (1935), Meyer and Sievers (1936)",
        note=f"deviations {', '.join(f'{1e3 * x:.3f}' for x in off)} mV at {', '.join(f'{x:g}' for x in LENGTHS)}",
    )  # fmt: skip
    yield Check(
        "charged_membranes", "the same for a vanishing Debye length", "order at which the deviation vanishes", "", 1.0,
        float(np.log2(off[-2] / off[-1])), 0.05, "exact", "one diffuse layer at each face",
    )  # fmt: skip
    yield Plot(
        "charged_membranes", "membrane_limit", "Membrane potential against the Debye length", "Debye length / thickness",
        "deviation from the neutral limit [V]", (Line("this program", list(LENGTHS), list(map(float, off)), look="curve"),),
        "The deviation is linear in the Debye length.", x_log=True, y_log=True,
    )  # fmt: skip


CHARGED_MEMBRANES = Section(
    "charged_membranes",
    "Charged membranes with resolved double layers",
    "A membrane with fixed charge between two concentrations, in one dimension, with the double layers at both faces: "
    "currents, and the potential without current as the Debye length vanishes.",
    resolved,
)
