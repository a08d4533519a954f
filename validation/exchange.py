"""Terminals that inject or absorb a species: diffusion through a tube in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from solver.case.case import Case
from solver.discretization import build, meshing
from solver.nonlinear.continuation import Continuation
from solver.nonlinear.newton import Newton, NewtonSettings
from solver.parallel.clock import Clock
from validation.checks import Check, Plot, Section
from validation.devices import KCL_WATER, row
from validation.setting import Setting

SECTION = "exchange"
SERIES = "diffusion and uptake in series, c A / (L / D + 1 / k)"
LENGTH, RADIUS, DIFFUSIVITY, HELD, RATE, UPTAKE = 200e-9, 10e-9, 6e-10, 1e-3, 1e-21, 1e-2


def tube(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """An uncharged tube with a neutral solute beside a salt, at rest."""
    species = KCL_WATER["species"] | {"dopamine": {"valence": 0, "diffusivity": DIFFUSIVITY}}
    held = {"K": 10.0, "Cl": 10.0, "dopamine": HELD}
    ends = {"left": left, "right": right}
    return {
        "geometry": {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": KCL_WATER | {"species": species},
        "terminals": {
            name: {"concentrations": held, **({"exchange": {"dopamine": how}} if how else {})}
            for name, how in ends.items()
        },
        "solver": {"flow": "none"},
    }


def exchanging(setting: Setting) -> Iterator[Check | Plot]:
    """Held and absorbed, injected and absorbed, injected and held."""
    area = math.pi * RADIUS**2
    rate = "molar_rate_{}_dopamine [mol/s]"
    for velocity in (UPTAKE,) if setting.quick else (1e-4, UPTAKE, 1.0):
        own = row(tube({}, {"absorption": velocity}))
        exact = HELD * area / (LENGTH / DIFFUSIVITY + 1.0 / velocity)
        name = f"held and absorbed at {velocity:g} m/s"
        tolerance = 1e-6 if velocity < 1.0 else 1e-2  # next to a sink the logarithm of a linear profile is steep
        yield Check(SECTION, name, "rate at left", "mol/s", exact, own[rate.format("left")], tolerance, "exact", SERIES)
        total = own[rate.format("left")] + own[rate.format("right")]
        yield Check(
            SECTION, name, "sum of the rates", "mol/s", 0.0, total, 1e-8, "exact", "conservation", scale=abs(exact)
        )
    for name, right, behind in (
        ("injected and absorbed", {"absorption": UPTAKE}, RATE / (UPTAKE * area)),
        ("injected and held", {}, HELD),
    ):
        data = tube({"rate": RATE}, right)
        own = row(data)[rate.format("right")]
        yield Check(SECTION, name, "rate at right", "mol/s", -RATE, own, 1e-8, "exact", "conservation")
        # what is injected is no measurement: the profile that it makes is one
        exact = area * LENGTH * (behind + RATE * LENGTH / (2.0 * DIFFUSIVITY * area))
        yield Check(SECTION, name, "content", "mol", exact, content(data, setting), 1e-5, "exact", SERIES)


def content(data: dict[str, Any], setting: Setting) -> float:
    """mol of the solute in the steady state."""
    kept = {"type": "transient", "protocol": [{"type": "hold", "duration": 1e-6}]}  # contents are those of runs in time
    case = Case.model_validate(data | {"study": kept})
    problem = build.make_problem(case, meshing.make_mesh(case, [case], setting.comm), Clock())
    continuation = Continuation(problem, Newton(problem), NewtonSettings(tolerance=1e-10))
    found = continuation.reach(build.parameters_of(problem, case), 0.0, "tube").state
    return float(found.amounts[list(case.electrolyte.species).index("dopamine")] * found.parameters.scales.amount)


EXCHANGE = Section(
    SECTION,
    "Injecting and absorbing terminals",
    "A neutral solute diffuses through a tube from a terminal that holds or injects it to one that absorbs it: rate and "
    "content are those of both resistances in series, and what enters leaves.",
    exchanging,
)
