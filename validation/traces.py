"""Trace species: exact fluxes in uniform fields and flows, and copies of the ions of a solution as traces beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from solver.physics.constants import FARADAY, thermal_voltage
from validation.checks import Check, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, row
from validation.setting import Setting

SECTION = "trace"
GOLDMAN = "Goldman, J. Gen. Physiol. 27, 37 (1943): the flux of an advected and driven species in one dimension"
COPY = "this program: the same species among the ions"
LENGTH, RADIUS, DIFFUSIVITY, TRACE = 100e-9, 20e-9, 4e-10, 1e-6
VOLT = thermal_voltage(298.15)


def flux(peclet: float, left: float, right: float) -> float:
    """Flux over D / L (mol/m^3) towards the right between two concentrations: Pe (c_l - c_r exp(-Pe)) / (1 - exp(-Pe)), with
    the drift times L over D as Peclet number."""
    if peclet == 0.0:
        return left - right
    return peclet * (left - right * math.exp(-peclet)) / -math.expm1(-peclet)


def tube(potential: float, pressure: float, held: tuple[float, float], **species: float) -> dict[str, Any]:
    """An uncharged tube with walls that slip, between reservoirs of one salt: field and flow are uniform."""
    return {
        "geometry": {"type": "cylinder", "length": LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": 10.0, "trace": {"probe": {"diffusivity": DIFFUSIVITY, **species}}},
        "terminals": {
            "left": {"potential": potential, "pressure": pressure, "trace": {"probe": held[0]}},
            "right": {"trace": {"probe": held[1]}},
        },
        "walls": {"channel": {"slip_length": 1e-3}},
        "mesh": {"axial_cells": 24},
    }


def uniform(setting: Setting) -> Iterator[Check | Plot]:
    """Migration, advection and both, into an empty reservoir and between unlike ones."""
    cases: list[tuple[float, float, float, tuple[float, float]]] = [
        (-2.0, 50e-3, 0.0, (TRACE, 0.0)),
        (0.5, 50e-3, 0.0, (TRACE, TRACE / 3)),
        (-10.0, 50e-3, 0.0, (0.0, TRACE)),
        (0.0, 0.0, 0.5, (TRACE, 0.0)),
        (-2.0, 25e-3, 0.5, (TRACE, TRACE / 2)),
        (0.0, 0.0, 50.0, (TRACE, 0.0)),
    ]
    header = "molar_rate_left_probe [mol/s]"
    for valence, potential, pressure, held in cases[::2] if setting.quick else cases:
        data = tube(potential, pressure, held, valence=valence)
        own = row(data)
        area = math.pi * RADIUS**2
        peclet = valence * potential / VOLT + own["flow_rate_left [m^3/s]"] / area * LENGTH / DIFFUSIVITY
        exact = area * DIFFUSIVITY / LENGTH * flux(peclet, *held)
        yield Check(
            SECTION, f"tube, z = {valence:g}, Peclet number {peclet:.3g}, {held[0]:g} and {held[1]:g} mol/m^3",
            "rate at left", "mol/s", exact, own[header], 1e-4, "exact", GOLDMAN, error=bar(own, header),
            reference_uncertainty=abs(exact) * bar(own, "flow_rate [m^3/s]") / max(abs(own["flow_rate [m^3/s]"]), 1e-30)
            if pressure else 0.0,
        )  # fmt: skip


def donnan(setting: Setting) -> Iterator[Check | Plot]:
    """A trace at rest in a membrane: K exp(-z phi) of the solution beside it."""
    charge, partition, valence = 20.0, 0.5, -2.5
    data = {
        "geometry": {"type": "cylinder", "length": 2 * LENGTH, "radius": RADIUS, "reservoirs": None},
        "electrolyte": KCL_WATER
        | {"concentration": 10.0, "trace": {"probe": {"valence": valence, "radius": 1e-9, "concentration": TRACE}}},
        "regions": {
            "plug": {
                "type": "membrane",
                "from": 30e-9,
                "to": 170e-9,
                "fixed_charge": charge,
                "partition": {"probe": partition},
            }
        },
    }
    own = row(data)
    exact = partition * math.exp(-valence * math.asinh(charge / 20.0))
    yield Check(
        SECTION, "membrane at rest, z = -2.5, K = 0.5", "enrichment", "", exact, own["section_enrichment_probe"], 1e-4,
        "exact", "Donnan equilibrium", error=bar(own, "section_enrichment_probe"),
    )  # fmt: skip


def hindered(setting: Setting) -> Iterator[Check | Plot]:
    """A large molecule in a long narrow pore, by Renkin's factors: partition times hindered diffusion."""
    radius, ratio, length = 5e-9, 0.3, 200e-9
    trace = {"probe": {"valence": 0.0, "radius": ratio * radius, "diffusivity": DIFFUSIVITY}}
    data = {
        "geometry": {"type": "cylinder", "length": length, "radius": radius, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": 10.0, "trace": trace},
        "regions": {"pore": {"type": "confinement", "hindrance": {"type": "renkin"}}},
        "terminals": {"left": {"trace": {"probe": TRACE}}},
    }
    own, header = row(data), "molar_rate_left_probe [mol/s]"
    slowed = (1.0 - ratio) ** 2 * (1.0 - 2.104 * ratio + 2.09 * ratio**3 - 0.95 * ratio**5)
    exact = slowed * math.pi * radius**2 * DIFFUSIVITY / length * TRACE
    source = "Renkin, J. Gen. Physiol. 38, 225 (1954)"
    named = SECTION, "pore, molecule of 0.3 of its radius"
    yield Check(*named, "rate at left", "mol/s", exact, own[header], 1e-8, "exact", source, error=bar(own, header))
    yield Check(
        *named, "passage", "", slowed, own["passage_probe"], 1e-8, "exact", source, error=bar(own, "passage_probe")
    )


def cone(**terminals: Mapping[str, Any]) -> dict[str, Any]:
    """A charged cone with flow."""
    return {
        "geometry": {
            "type": "cone", "length": 150e-9, "radius_tip": 4e-9, "radius_base": 15e-9,
            "reservoirs": {"length": 60e-9, "radius": 60e-9},
        },
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": terminals,
        "walls": {"channel": {"surface_charge": -20e-3}},
    }  # fmt: skip


def diode() -> dict[str, Any]:
    """A pore of two halves of opposite charge, with flow, in forward direction."""
    return {
        "geometry": {
            "type": "cylinder", "length": 80e-9, "radius": 4e-9, "reservoirs": {"length": 40e-9, "radius": 40e-9},
        },
        "electrolyte": KCL_WATER | {"concentration": 20.0},
        "terminals": {"left": {"potential": 0.3}},
        "walls": {"channel": {"surface_charge": {"type": "piecewise", "breaks": [40e-9], "values": [30e-3, -30e-3]}}},
    }  # fmt: skip


def copies(setting: Setting) -> Iterator[Check | Plot]:
    """Each ion as a trace of a thousandth of a millionth of its concentration."""
    devices = [
        ("cone, 0.3 V, 10 mM", cone(tip={"potential": 0.3}), 1e-8),
        ("cone, -0.3 V, 10 and 100 mM, 1 bar", cone(tip={"potential": -0.3, "pressure": 1e5}, base={"concentration": 100.0}),
         1e-3),
        ("diode, 0.3 V, 20 mM", diode(), 1e-8),
    ]  # fmt: skip
    for name, data, tolerance in devices[1:] if setting.quick else devices:
        ends = ("tip", "base") if "cone" in name else ("left", "right")
        salt = data["electrolyte"]["concentration"]
        held = {end: data["terminals"].get(end, {}).get("concentration", salt) for end in ends}
        traces = {ion + "*": {"valence": z, "diffusivity": KCL_WATER["species"][ion]["diffusivity"]}
                  for ion, z in (("K", 1), ("Cl", -1))}  # fmt: skip
        terminals = {
            end: {**data["terminals"].get(end, {}), "trace": dict.fromkeys(traces, 1e-9 * held[end])} for end in ends
        }
        own = row({**data, "terminals": terminals, "electrolyte": {**data["electrolyte"], "trace": traces}})
        for ion, z in (("K", 1), ("Cl", -1)):
            current, rate = f"current_{ends[0]}_{ion} [A]", f"molar_rate_{ends[0]}_{ion}* [mol/s]"
            yield Check(
                SECTION, name, f"rate of {ion} as a trace", "mol/s", 1e-9 * own[current] / (FARADAY * z), own[rate],
                tolerance, "refined", COPY, error=bar(own, rate), reference_uncertainty=1e-9 * bar(own, current) / FARADAY,
            )  # fmt: skip


TRACES = Section(
    SECTION,
    "Trace species",
    "In a tube with a uniform field and flow the rate of a molecule of any valence is Goldman's, also into an empty "
    "reservoir; at rest in a membrane its concentration is Donnan's. A trace with the valence and diffusivity of an ion "
    "passes a charged cone and an ionic diode like that ion: exactly where the reservoirs hold the same concentration, "
    "otherwise to the error of the mesh.",
    in_turn(uniform, donnan, hindered, copies),
)
