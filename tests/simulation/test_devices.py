"""What a case can say, each run for real and checked against something known.

Currents in A are tiny: abs=0 keeps pytest's absolute tolerance of 1e-12 from accepting anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from solver.case.case import Case
from validation import devices
from validation.devices import KCL_WATER

CONE: dict[str, Any] = {
    "type": "cone",
    "length": 200e-9,
    "radius_tip": 5e-9,
    "radius_base": 20e-9,
    "reservoirs": {"length": 100e-9, "radius": 100e-9},
}
COARSE = {"growth": 2.5, "axial_cells": 8}


WITHOUT_BARS = {"outputs": {"errors": "none"}}


def rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The points of a case, without the cost of error bars."""
    return devices.rows(WITHOUT_BARS | data)


def row(data: dict[str, Any]) -> dict[str, Any]:
    return rows(data)[0]


def balanced(measured: dict[str, Any]) -> dict[str, Any]:
    """The row itself, after the checks that every point must pass."""
    assert measured["conservation_error"] < 1e-8
    assert measured["current_route_difference"] < 1e-6
    assert measured["flow_conservation_error"] < 1e-7
    return measured


def test_mixture_of_three_valences() -> None:
    """K, Mg and Cl: each species conserves, and without charge each carries its share z^2 D c of the current."""
    data = {
        "geometry": CONE,
        "electrolyte": {"species": {"K": {}, "Mg": {}, "Cl": {}}},
        "terminals": {
            name: {"potential": v, "concentrations": {"K": 5.0, "Mg": 2.0, "Cl": 9.0}}
            for name, v in (("base", 0.05), ("tip", 0.0))
        },
        "mesh": COARSE,
    }
    measured = balanced(row(data))
    weights = {"K": 1.957 * 5, "Mg": 4 * 0.706 * 2, "Cl": 2.032 * 9}
    for name, weight in weights.items():
        assert measured[f"transference_{name}"] == pytest.approx(weight / sum(weights.values()), rel=1e-6)
        assert measured[f"current_base_{name} [A]"] == pytest.approx(
            -measured[f"current_tip_{name} [A]"], rel=1e-8, abs=0
        )
    walls = {"walls": {"channel": {"surface_charge": -20e-3}}}
    charged = balanced(row(data | walls))
    finer = row(data | walls | {"mesh": COARSE | {"refinement": 1}})
    for name in weights:
        assert charged[f"transference_{name}"] == pytest.approx(finer[f"transference_{name}"], rel=3e-3)
    # a negative wall repels Cl and attracts Mg more than K
    assert charged["transference_Cl"] < 0.2 * measured["transference_Cl"]
    shares = [found["transference_Mg"] / found["transference_K"] for found in (measured, charged)]
    assert shares[1] > 2 * shares[0]


@pytest.mark.serial
def test_asymmetric_salt_from_its_stoichiometry() -> None:
    """K2SO4 at rest: the virtual salt is the bulk salt everywhere, whatever the wall does."""
    result = devices.simulated(
        WITHOUT_BARS
        | {
            "geometry": CONE,
            "electrolyte": {"species": {"K": {}, "SO4": {}}, "concentration": 2.0},
            "walls": {"channel": {"surface_charge": -10e-3}},
            "mesh": COARSE,
        }
    )
    virtual = result.profiles["virtual_salt [mol/m^3]"]
    assert np.allclose(virtual, 4.0, rtol=1e-9)  # equivalents: 4 mM K+, twice 2 mM SO4--
    assert result["zeta_potential_mean [V]"].iloc[0] < -0.02


@pytest.mark.serial
def test_piecewise_and_formula_charge_agree() -> None:
    """A bipolar wall written as steps and as a formula of the arc coordinate. The formula is interpolated, so the jump
    smears over one cell, symmetrically: what is left of it in the current is of second order in the cell."""
    base = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"base": {"potential": 0.2}},
    }
    steps = {"type": "piecewise", "breaks": [100e-9], "values": [0.01, -0.01]}
    formula = {"type": "expression", "formula": "0.01 * tanh((0.5 - s) * 400)"}
    found = [
        balanced(
            row(base | {"walls": {"channel": {"surface_charge": charge}}, "mesh": {"axial_cells": 200, "growth": 2.5}})
        )
        for charge in (steps, formula)
    ]
    assert found[0]["current [A]"] == pytest.approx(found[1]["current [A]"], rel=3e-4, abs=0)


def test_charged_membrane_draws_flow_along_itself() -> None:
    """A charge on the membrane faces draws ions and liquid to the mouths; it has layers of its own in the mesh. What it
    changes is a hundred times what a finer mesh changes."""
    base = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"base": {"potential": 0.5}},
        "mesh": COARSE,
    }
    bare = balanced(row(base | {"walls": {"channel": {"surface_charge": -20e-3}}}))
    both = {"channel": {"surface_charge": -20e-3}, "membrane_face": {"surface_charge": -20e-3}}
    charged = balanced(row(base | {"walls": both}))
    finer = balanced(row(base | {"walls": both, "mesh": {"growth": 1.8}}))
    assert charged["current [A]"] == pytest.approx(finer["current [A]"], rel=3e-4, abs=0)
    assert charged["flow_rate [m^3/s]"] == pytest.approx(finer["flow_rate [m^3/s]"], rel=2e-3, abs=0)
    assert charged["current [A]"] / bare["current [A]"] - 1 > 0.03
    assert charged["flow_rate [m^3/s]"] / bare["flow_rate [m^3/s]"] - 1 > 0.1


@pytest.mark.serial
def test_slip_raises_electroosmosis_on_slanted_walls() -> None:
    """Ratio of the flow rates with and without slip, against lubrication with the closed forms of a cylinder at small
    potentials (Rice and Whitehead, J. Phys. Chem. 69, 4017 (1965), with slip as Ajdari and Bocquet, PRL 96, 186102
    (2006)): the driven flow of every cross-section, redistributed by a pressure, with Sampson's resistance of the mouths.
    """
    tip, base, length, slip = 18e-9, 20e-9, 400e-9, 1e-9
    data = {
        "geometry": CONE | {"radius_tip": tip, "radius_base": base, "length": length},
        "electrolyte": KCL_WATER | {"concentration": 100.0},
        "terminals": {"base": {"potential": 0.1}},
    }
    flows = [
        balanced(row(data | {"walls": {"channel": {"surface_charge": -2e-3, "slip_length": b}}}))["flow_rate [m^3/s]"]
        for b in (0.0, slip)
    ]
    debye = Case.model_validate(data).solution("base").debye_length
    radius = base + (tip - base) * (np.arange(2000) + 0.5) / 2000

    def lubrication(b: float) -> float:
        """Flow rate over a constant: the charge is given, so that the mean velocity is (lambda K + b) sigma E / eta."""
        ratio = special.iv(1, radius / debye) / special.iv(0, radius / debye)
        driven = (debye / ratio - 2 * debye**2 / radius + b) * np.pi * radius**2
        permeability = np.pi * radius**4 / 8 * (1 + 4 * b / radius)
        resistance = length * np.mean(1 / permeability) + 1.5 * (base**-3 + tip**-3)
        return float(length * np.mean(driven / permeability / radius**2) / resistance)  # E falls as 1 / R^2

    assert flows[1] / flows[0] == pytest.approx(lubrication(slip) / lubrication(0.0), rel=0.01)


@pytest.mark.serial
@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "hourglass", "length": 200e-9, "radius_waist": 5e-9, "radius_ends": 20e-9},
        {"type": "bullet", "length": 200e-9, "radius_tip": 5e-9, "radius_base": 20e-9, "exponent": 5.0},
    ],
    ids=lambda g: g["type"],
)
def test_curved_profiles(geometry: dict[str, Any]) -> None:
    """The resistance of an uncharged pore lies between Rayleigh's bounds, which are 0.9 % (hourglass) and 3.5 % apart.

    Below: every cross-section an equipotential, and hemispheres around the mouths, which fit into the reservoirs. Above:
    the flux of every cross-section uniform (its radial part costs R'^2 / 2 of the axial one), also in the mouths
    (8 / (3 pi^2 kappa R), Rayleigh, The Theory of Sound, section 306).
    """
    size = 300e-9
    data = {
        "geometry": geometry | {"reservoirs": {"length": size, "radius": size}},
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"left" if geometry["type"] == "hourglass" else "base": {"potential": 0.05}},
        "mesh": {"refinement": 1},  # its walls are polygons: on the default mesh 0.9 % narrower at the waist
        "solver": {"flow": "none"},
    }
    case = Case.model_validate(data)
    kappa = case.solution(next(iter(case.terminals))).conductivity
    s = (np.arange(20_000) + 0.5) / 20_000
    radius = case.geometry.profile(s)
    slope = np.gradient(radius, s * case.geometry.length)
    mouths = np.array([case.geometry.radius_at_terminal(name) for name in case.terminals])
    low = case.geometry.length * np.mean(radius**-2.0) / np.pi + np.sum(1 / (4 * mouths) - 1 / (2 * np.pi * size))
    high = case.geometry.length * np.mean((1 + slope**2 / 2) / radius**2) / np.pi + np.sum(8 / (3 * np.pi**2 * mouths))
    assert low < kappa / row(data)["conductance [S]"] < high


def test_sweep_of_a_size_remakes_the_mesh() -> None:
    """A narrower tip conducts less; each point has its own mesh."""
    data = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"base": {"potential": 0.1}},
        "walls": {"channel": {"surface_charge": -5e-3}},
        "mesh": COARSE,
        "study": {"type": "sweep", "parameter": "geometry.radius_tip", "values": [4e-9, 8e-9]},
    }
    found = [balanced(measured)["current [A]"] for measured in rows(data)]
    alone = [
        row(data | {"geometry": CONE | {"radius_tip": r}, "study": {"type": "steady"}})["current [A]"]
        for r in (4e-9, 8e-9)
    ]
    assert found == pytest.approx(alone, rel=1e-8, abs=0)
    assert found[0] < found[1]


def test_salt_gradient_gives_the_reversal_potential() -> None:
    """10 mM | 1 M KCl across an uncharged pore: the open-circuit potential is the liquid junction potential,
    -2.224593 mV (Henderson, ratio 100), whatever the geometry."""
    data = {
        "geometry": CONE,
        "electrolyte": KCL_WATER,
        "terminals": {"base": {"concentration": 10.0}, "tip": {"concentration": 1000.0}},
        "mesh": COARSE,
        "study": {
            "type": "sweep",
            "parameter": "terminals.base.potential",
            "values": [-3.2245930e-3, -2.224593e-3, -1.224593e-3],
            "driven_terminal": "base",
        },
    }
    found = sorted(rows(data), key=lambda r: r["bias [V]"])
    current = [r["current [A]"] for r in found]
    slope = (current[2] - current[0]) / 2e-3
    assert abs(current[1] / slope) < 5e-6  # volts away from the exact zero of the current


@pytest.mark.serial
def test_pressure_drives_a_streaming_current() -> None:
    """Onsager: streaming current per pressure equals electroosmotic flow rate per voltage."""
    base = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "walls": {"channel": {"surface_charge": -20e-3}},
    }
    by_pressure = balanced(row(base | {"terminals": {"base": {"pressure": 100.0}}}))
    by_voltage = balanced(row(base | {"terminals": {"base": {"potential": 1e-4}}}))
    streaming = by_pressure["current [A]"] / 100.0
    electroosmotic = by_voltage["flow_rate [m^3/s]"] / 1e-4
    assert streaming == pytest.approx(electroosmotic, rel=1e-3, abs=0)
