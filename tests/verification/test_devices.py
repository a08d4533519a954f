"""What a case can say, each run for real and checked against something known.

Currents in A are tiny: abs=0 keeps pytest's absolute tolerance of 1e-12 from accepting anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
    charged = balanced(row(data | {"walls": {"channel": {"surface_charge": -20e-3}}}))
    assert charged["transference_Cl"] < 0.1


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
    assert np.allclose(result.profiles["virtual_salt [mol/m^3]"], 3.0, rtol=1e-9)  # half of 4 mM K+ and 2 mM SO4--
    assert result["zeta_potential_mean [V]"].iloc[0] < -0.02


def test_piecewise_and_formula_charge_agree() -> None:
    """A bipolar wall written as steps and as a formula of the arc coordinate. The formula is interpolated, so the jump
    smears over one cell."""
    base = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"base": {"potential": 0.2}},
    }
    steps = {"type": "piecewise", "breaks": [100e-9], "values": [0.01, -0.01]}
    formula = {"type": "expression", "formula": "0.01 * tanh((0.5 - s) * 400)"}
    found = [
        balanced(row(base | {"walls": {"channel": {"surface_charge": charge}}, "mesh": {"axial_cells": 200}}))
        for charge in (steps, formula)
    ]
    assert found[0]["current [A]"] == pytest.approx(found[1]["current [A]"], rel=5e-3, abs=0)


def test_charged_membrane_draws_flow_along_itself() -> None:
    """A charge on the membrane faces changes rectification; it has layers of its own in the mesh."""
    base = {
        "geometry": CONE,
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"base": {"potential": 0.5}},
        "mesh": COARSE,
    }
    bare = balanced(row(base | {"walls": {"channel": {"surface_charge": -20e-3}}}))
    both = {"channel": {"surface_charge": -20e-3}, "membrane": {"surface_charge": -20e-3}}
    charged = balanced(row(base | {"walls": both}))
    finer = balanced(row(base | {"walls": both, "mesh": {"growth": 1.8}}))
    assert abs(charged["current [A]"] / bare["current [A]"] - 1) > 0.01
    assert charged["current [A]"] == pytest.approx(finer["current [A]"], rel=2e-2, abs=0)


def test_slip_raises_electroosmosis_on_slanted_walls() -> None:
    """Slip raises flow by about 1 + b/lambda at small zeta (Ajdari and Bocquet, PRL 96, 186102 (2006))."""
    base = {
        "geometry": CONE | {"radius_tip": 18e-9, "length": 400e-9},
        "electrolyte": KCL_WATER | {"concentration": 100.0},
        "terminals": {"base": {"potential": 0.1}},
    }
    flows = [
        balanced(row(base | {"walls": {"channel": {"surface_charge": -2e-3, "slip_length": b}}}))["flow_rate [m^3/s]"]
        for b in (0.0, 1e-9)
    ]
    assert flows[1] / flows[0] == pytest.approx(1 + 1e-9 / 0.962e-9, rel=0.08)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "hourglass", "length": 200e-9, "radius_waist": 5e-9, "radius_ends": 20e-9},
        {"type": "bullet", "length": 200e-9, "radius_tip": 5e-9, "radius_base": 20e-9, "exponent": 5.0},
    ],
    ids=lambda g: g["type"],
)
def test_curved_profiles(geometry: dict[str, Any]) -> None:
    """Uncharged pores follow the slender integral of 1/(pi kappa R^2) plus the two access resistances."""
    from solver.case.case import Case

    data = {
        "geometry": geometry | {"reservoirs": {"length": 300e-9, "radius": 300e-9}},
        "electrolyte": KCL_WATER | {"concentration": 10.0},
        "terminals": {"left" if geometry["type"] == "hourglass" else "base": {"potential": 0.05}},
        "solver": {"flow": "none"},
    }
    case = Case.model_validate(data)
    kappa = case.solution(next(iter(case.terminals))).conductivity
    s = (np.arange(2000) + 0.5) / 2000
    channel = case.geometry.length * np.mean(1 / (np.pi * kappa * case.geometry.profile(s) ** 2))
    access = sum(1 / (4 * kappa * case.geometry.radius_at_terminal(name)) for name in case.terminals)
    assert 1 / row(data)["conductance [S]"] == pytest.approx(channel + access, rel=0.04)


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
