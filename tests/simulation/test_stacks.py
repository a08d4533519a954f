"""Stacks of segments: resistances of steps, other drawings of the same device, layered and bipolar membranes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from scipy.special import j0, j1, jn_zeros

from solver.physics.constants import FARADAY, GAS_CONSTANT
from validation.devices import KCL_WATER, bar, row, rows, simulated

ELECTROLYTE = {**KCL_WATER, "concentration": 10.0}
CONDUCTIVITY = 10.0 * FARADAY**2 / (GAS_CONSTANT * 298.15) * (1.957e-9 + 2.032e-9)
NO_FLOW = {"flow": "none"}


def stack(*segments: tuple[Any, ...]) -> dict[str, Any]:
    """Segments of a name, a length and a radius (m), or two."""
    keys = ("name", "length", "radius", "radius_at_end")
    return {"type": "stack", "segments": [dict(zip(keys, segment, strict=False)) for segment in segments]}


def end_correction(ratio: float, modes: int = 80) -> float:
    """Length, in radii of a long tube, that has the resistance of its step into a long tube 1 / ratio as wide: the potentials
    and currents of both are sums of their modes, matched where they meet."""
    narrow = jn_zeros(1, modes)
    wide = jn_zeros(1, round(modes / ratio)) * ratio
    with np.errstate(divide="ignore"):
        products = (wide * j1(wide))[:, None] * j0(narrow) / (wide[:, None] ** 2 - narrow**2)
    mean = j1(wide) / wide
    weight = -2.0 * ratio**2 / (wide * j0(wide / ratio) ** 2)  # amplitude of a mode of the wide tube over its current
    matrix = np.diag(0.5 * j0(narrow) ** 2) - products.T @ (weight[:, None] * products * narrow)
    amplitudes = np.linalg.solve(matrix, products.T @ (weight * mean))
    return float(-2.0 * mean @ (weight * (mean + products @ (narrow * amplitudes))))


@pytest.mark.serial
def test_step_between_tubes_has_the_resistance_of_matched_modes() -> None:
    assert end_correction(0.02) == pytest.approx(0.8216 * (1.0 - 1.35 * 0.02), rel=2e-3)  # King's flanged pipe
    narrow, wide, pore, ends = 5e-9, 20e-9, 30e-9, 80e-9
    geometry = stack(("one", ends, wide), ("pore", pore, narrow), ("two", ends, wide))
    found = row(
        {
            "geometry": geometry,
            "electrolyte": ELECTROLYTE,
            "terminals": {"left": {"potential": 1e-3}},
            "solver": NO_FLOW,
            "mesh": {"growth": 1.5},
        }
    )
    length = pore + 2.0 * end_correction(narrow / wide) * narrow + 2.0 * ends * (narrow / wide) ** 2
    exact = 1e-3 * CONDUCTIVITY * np.pi * narrow**2 / length
    assert found["current [A]"] == pytest.approx(exact, rel=2e-4, abs=0.0)
    assert found["conservation_error"] < 1e-8


@pytest.mark.serial
def test_double_cone_is_that_of_a_profile() -> None:
    length, wide, narrow = 40e-9, 10e-9, 4e-9
    charge = {"surface_charge": -10e-3}
    halves = stack(("one", length / 2, wide, narrow), ("two", length / 2, narrow, wide))
    profile = {"type": "profile", "positions": [0.0, length / 2, length], "radii": [wide, narrow, wide]}
    found = [
        row(
            {
                "geometry": geometry,
                "electrolyte": ELECTROLYTE,
                "walls": walls,
                "terminals": {"left": {"potential": 0.1}},
                "solver": NO_FLOW,
            }
        )
        for geometry, walls in (
            (halves, {"one": charge, "two": charge}),
            ({**profile, "reservoirs": None}, {"channel": charge}),
        )
    ]
    one, other = (each["current [A]"] for each in found)
    assert one == pytest.approx(other, rel=2e-4, abs=0.0)
    assert abs(one - other) <= sum(bar(each, "current [A]") for each in found)


@pytest.mark.serial
def test_bipolar_stack_is_the_diode_of_the_closed_form() -> None:
    """Electroneutral, fixed charge 4 c0 | -4 c0; the closed form is the integral of the Nernst-Planck equations."""
    length, radius, diffusivity, concentration = 100e-6, 5e-6, 1e-9, 1.0
    exact = {-10: -90.342120, -4: -13.873401, -1: -1.3340970, 1: 0.60444548, 4: 0.97937375, 10: 0.99994874}
    thermal = GAS_CONSTANT * 298.15 / FARADAY
    species = {"K": {"diffusivity": diffusivity}, "Cl": {"diffusivity": diffusivity}}
    found = rows(
        {
            "geometry": stack(("plus", length / 2, radius), ("minus", length / 2, radius)),
            "electrolyte": {**KCL_WATER, "concentration": concentration, "species": species},
            "regions": {
                "plus": {"type": "membrane", "fixed_charge": 4.0 * concentration},
                "minus": {"type": "membrane", "fixed_charge": -4.0 * concentration},
            },
            "terminals": {"left": {"potential": 0.0}},
            "solver": {"flow": "none", "charge": "electroneutral"},
            "study": {
                "type": "sweep",
                "parameter": "terminals.left.potential",
                "values": [v * thermal for v in exact],
            },
            "outputs": {"errors": "none"},
        }
    )
    unit = FARADAY * diffusivity * concentration / length * np.pi * radius**2
    assert len(found) == len(exact)
    for point in found:
        voltage = round(point["terminals.left.potential [V]"] / thermal)
        assert point["current [A]"] / unit == pytest.approx(exact[voltage], rel=1e-5, abs=0.0)
        assert point["conservation_error"] < 1e-8


LAYERED = {
    "geometry": stack(
        ("inlet", 60e-9, 20e-9), ("cation", 40e-9, 10e-9), ("anion", 40e-9, 10e-9), ("outlet", 60e-9, 20e-9)
    ),
    "electrolyte": ELECTROLYTE,
    "regions": {
        "cation": {"type": "membrane", "fixed_charge": -100.0, "diffusivity_factor": 0.1},
        "anion": {"type": "membrane", "fixed_charge": 50.0, "diffusivity_factor": 0.2, "permeability": 1e-18},
    },
    "walls": {"inlet": {"surface_charge": -2e-3}},
    "terminals": {"left": {"potential": 0.05}, "right": {"concentration": 100.0}},
    "mesh": {"growth": 2.5, "axial_cells": 6},
    "outputs": {"errors": "all"},
}
"""Two membranes between microchannels, of which one has a charged wall; liquid passes only one of the two membranes."""


def test_layered_membranes_between_microchannels_conserve_everything() -> None:
    """The bars cover the change to a finer mesh."""
    coarse = row(LAYERED)
    fine = row({**LAYERED, "mesh": {"growth": 1.6, "axial_cells": 12}, "outputs": {"errors": "none"}})
    for point in (coarse, fine):
        assert point["conservation_error"] < 1e-8
        assert point["flow_conservation_error"] < 1e-8
    for name in ("current [A]", "current_left_K [A]"):
        assert coarse[name] == pytest.approx(fine[name], rel=2e-3, abs=0.0)
        assert abs(coarse[name] - fine[name]) <= bar(coarse, name)


def test_layered_membranes_are_the_same_on_any_number_of_ranks() -> None:
    case = {**LAYERED, "solver": NO_FLOW, "outputs": {"errors": "none"}}
    one, other = (simulated(case, comm).table.to_dict("records")[0] for comm in (MPI.COMM_WORLD, MPI.COMM_SELF))
    for name in ("current [A]", "current_left_K [A]", "current_right_Cl [A]"):
        assert one[name] == pytest.approx(other[name], rel=1e-8, abs=0.0)


def test_metal_that_meets_a_terminal_agrees_with_a_finer_mesh_within_its_bars() -> None:
    case = {
        "geometry": stack(("inlet", 60e-9, 20e-9), ("pore", 30e-9, 5e-9), ("metal", 60e-9, 20e-9)),
        "electrolyte": ELECTROLYTE,
        "walls": {"metal": {"charge": 0}},
        "terminals": {"left": {"potential": 0.1}},
        "solver": NO_FLOW,
        "outputs": {"errors": "all"},
    }
    coarse, fine = (row({**case, "mesh": mesh}) for mesh in ({}, {"growth": 1.4, "axial_cells": 32}))
    for name in ("current [A]", "potential_metal [V]"):
        assert abs(coarse[name] - fine[name]) <= bar(coarse, name)
    assert coarse["current [A]"] == pytest.approx(fine["current [A]"], rel=2e-4, abs=0.0)
