"""Walls that hold a zeta potential and terminals that hold a flow rate: what follows from them is what would be given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scipy.optimize import brentq

from solver.case.case import Case
from solver.physics.cross_section import cross_section
from validation.checks import Check, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, row
from validation.setting import Setting

SECTION = "held"
SPECTRAL = "spectral Poisson-Boltzmann solution of the cross-section"
GIVEN = "this program with the charge given: the equations are the same"
INVERSE = "both are ours, and each is the inverse of the other"


# ------------------------------------------------------------------------------------------------ zeta potentials
def slit(wall: dict[str, Any], concentration: float) -> dict[str, Any]:
    """A slit 10 nm high under voltage, between terminals that hold its equilibrium."""
    return {
        "geometry": {"type": "slit", "length": 60e-9, "height": 10e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": concentration},
        "terminals": {"right": {"potential": 50e-3}},
        "walls": {"channel": wall},
        "mesh": {"axial_cells": 8, "refinement": 2, "wall_size": "0.1 debye_length"},
    }


def zeta_potentials(setting: Setting) -> Iterator[Check | Plot]:
    """Overlapping layers: the charge that follows, and the slit with that charge."""
    mean = "surface_charge_mean_channel [C/m^2]"
    for concentration, zeta in ((10.0, -50e-3),) if setting.quick else ((10.0, -50e-3), (1.0, 80e-3)):
        data = slit({"zeta_potential": zeta}, concentration)
        solution = Case.model_validate(data).solution("left")

        def excess(charge: float, zeta: float = zeta, solution: Any = solution) -> float:
            return cross_section("planar", 5e-9, charge, solution).wall_potential - zeta

        charge = float(brentq(excess, -0.1, 0.1, rtol=1e-13))
        own, other = row(data), row(slit({"surface_charge": charge}, concentration))
        name = f"slit of zeta potential {1e3 * zeta:g} mV, 10 nm, {concentration:g} mM"
        yield Check(
            SECTION, name, "mean charge of the wall", "C/m^2", charge, own[mean], 1e-6, "exact", SPECTRAL,
            reference_uncertainty=1e-9 * abs(charge), error=bar(own, mean),
        )  # fmt: skip
        for quantity, header, unit in (("current", "current [A]", "A"), ("flow rate", "flow_rate [m^3/s]", "m^3/s")):
            yield Check(
                SECTION, name, quantity, unit, other[header], own[header], 1e-6, "exact", GIVEN,
                reference_uncertainty=bar(other, header), error=bar(own, header),
            )  # fmt: skip


# ------------------------------------------------------------------------------------------------ flow rates
def pore(right: dict[str, float]) -> dict[str, Any]:
    """A charged pore between unlike reservoirs under voltage."""
    reservoirs = {"length": 20e-9, "radius": 20e-9}
    return {
        "geometry": {"type": "cylinder", "length": 30e-9, "radius": 5e-9, "reservoirs": reservoirs},
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"right": {"potential": 50e-3, "concentration": 30.0, **right}},
        "walls": {"channel": {"surface_charge": -50e-3}},
        "mesh": {"growth": 3.0, "axial_cells": 6},
        "solver": {"tolerance": 1e-11},
        "outputs": {"errors": "none"},
    }


def flow_rates(setting: Setting) -> Iterator[Check | Plot]:
    """The flow rate at a pressure, held: the pressure comes back."""
    flow, held = "flow_rate_right [m^3/s]", "pressure_right [Pa]"
    for pressure in (20e3,) if setting.quick else (20e3, -50e3):
        given = row(pore({"pressure": pressure}))
        own = row(pore({"flow_rate": given[flow]}))
        name = f"charged pore, {1e-3 * pressure:g} kPa"
        for quantity, unit, reference, value in (
            ("pressure of the flow rate that is held", "Pa", pressure, own[held]),
            ("current at it", "A", given["current [A]"], own["current [A]"]),
        ):
            yield Check(SECTION, name, quantity, unit, reference, value, 1e-8, "exact", INVERSE)


def stopped_flow(setting: Setting) -> Iterator[Check | Plot]:
    """In a long closed slit the pressure that stops electroosmosis is L13 / L11 times the voltage."""
    volts = 10e-3
    data: dict[str, Any] = {
        "geometry": {"type": "slit", "length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": None},
        "electrolyte": KCL_WATER | {"concentration": 1.0},
        "terminals": {"left": {"potential": volts, "flow_rate": 0.0}},
        "walls": {"channel": {"surface_charge": -10e-3}},
    }
    exact = cross_section("planar", 10e-9, -10e-3, Case.model_validate(data).solution("left")).matrix
    own = row(data)
    yield Check(
        SECTION, "slit of -10 mC/m^2, closed, 10 mV", "pressure that follows", "Pa", -volts * exact[0, 2] / exact[0, 0],
        own["pressure_left [Pa]"], 1e-3, "exact", SPECTRAL, error=bar(own, "pressure_left [Pa]"),
    )  # fmt: skip


HELD = Section(
    SECTION,
    "Given zeta potentials and flow rates",
    "A slit of given zeta potential is the slit with the charge that Poisson and Boltzmann assign to it; a flow rate that is "
    "held has the pressure at which it flows; a closed slit under voltage has the pressure that stops electroosmosis.",
    in_turn(zeta_potentials, flow_rates, stopped_flow),
)
