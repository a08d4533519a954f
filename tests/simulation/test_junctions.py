"""Junctions of slits: van der Pauw's cross, symmetries, charged arms against a finer mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from validation.devices import bar, rows

ELECTROLYTE = {"species": {"K": {}, "Cl": {}}, "concentration": 10.0, "relative_permittivity": 78.5}
ARM = {"length": 40e-9, "height": 20e-9}
WIDTH = 1e-6


def junction(shape: str, **arms: dict[str, Any]) -> dict[str, Any]:
    """A junction of like arms, some of them changed."""
    names = ("left", "right", "top", "bottom")[: 3 if shape == "T" else 4]
    return {"type": "junction", "shape": shape, "arms": {n: ARM | arms.get(n, {}) for n in names}, "width": WIDTH}


def at(geometry: dict[str, Any], potentials: dict[str, float], **changes: Any) -> dict[str, Any]:
    """One point."""
    data = {
        "geometry": geometry,
        "electrolyte": ELECTROLYTE,
        "terminals": {name: {"potential": value} for name, value in potentials.items()},
        "mesh": {"growth": 2.0, "axial_cells": 8},
        "outputs": {"errors": "none"},
        **changes,
    }
    row: dict[str, Any] = rows(data)[0]
    return row


def currents(row: dict[str, Any], shape: str) -> np.ndarray:
    """Current into each arm, A: left, right, top(, bottom)."""
    names = ("left", "right", "top", "bottom")[: 3 if shape == "T" else 4]
    return np.array([row[f"current_{name} [A]"] for name in names])


def test_cross_without_charge_is_van_der_pauws() -> None:
    """A current from left to top and the voltage between right and bottom: R = ln 2 / (pi kappa width), whatever the arms,
    as long as the potential across their ends is even (to exp(-2 pi length / height))."""
    row = at(junction("cross"), {"left": 1e-3}, solver={"flow": "none"}, mesh={"growth": 1.5})
    left, right, top, bottom = currents(row, "cross")
    assert bottom == pytest.approx(top, rel=1e-9, abs=0.0)
    assert row["conservation_error"] < 1e-8
    # of the other columns by symmetry, in the order left, top, right, bottom
    first = np.array([left, top, right, bottom]) / 1e-3
    conductance = np.array([np.roll(first, k) for k in range(4)])
    potentials = np.linalg.pinv(conductance, rcond=1e-6) @ np.array([1.0, -1.0, 0.0, 0.0])
    conductivity = 10.0 * 96485.33212**2 / (8.31446261815324 * 298.15) * (1.957e-9 + 2.032e-9)
    expected = np.log(2.0) / (np.pi * conductivity * WIDTH)
    assert abs(potentials[2] - potentials[3]) == pytest.approx(expected, rel=1e-4, abs=0.0)


@pytest.mark.serial
def test_pressure_turns_with_the_cross() -> None:
    """The ends of vertical arms hold the flow straight as those of horizontal ones do."""
    found = []
    for name in ("left", "top"):
        row = at(junction("cross"), {}, terminals={name: {"pressure": 1e4}})
        assert row["flow_conservation_error"] < 1e-10
        found.append({arm: row[f"flow_rate_{arm} [m^3/s]"] for arm in ("left", "right", "top", "bottom")})
    turned = {"left": "top", "right": "bottom", "top": "right", "bottom": "left"}
    for arm, other in turned.items():
        assert found[1][other] == pytest.approx(found[0][arm], rel=1e-9, abs=0.0)
    # slower than Poiseuille's flow through the two straight arms alone
    alone = 1e4 * WIDTH * ARM["height"] ** 3 / (12.0 * 0.89e-3 * 2.0 * ARM["length"])
    assert 0.3 * alone < found[0]["left"] < 1.5 * alone


@pytest.fixture(scope="module")
def charged() -> dict[str, Any]:
    """A T with arms of opposite charge."""
    return at(tee("left", "right"), {"left": 0.1, "top": 0.02}, walls=WALLS, outputs={"errors": "all"})


WALLS = {"minus": {"surface_charge": -10e-3}, "plus": {"surface_charge": 5e-3}, "channel": {"surface_charge": -2e-3}}


def tee(minus: str, plus: str) -> dict[str, Any]:
    """A T with two charged arms."""
    return junction("T", **{minus: {"wall": "minus"}, plus: {"wall": "plus"}})


def test_charged_tee_agrees_with_a_finer_mesh_within_its_bars(charged: dict[str, Any]) -> None:
    assert charged["conservation_error"] < 1e-8
    assert charged["flow_conservation_error"] < 1e-8
    fine = at(
        tee("left", "right"),
        {"left": 0.1, "top": 0.02},
        walls=WALLS,
        mesh={"growth": 2.0, "axial_cells": 8, "refinement": 1},
    )
    reference = currents(fine, "T")
    assert currents(charged, "T") == pytest.approx(reference, rel=1e-3, abs=0.0)
    for name, value in zip(("left", "right", "top"), reference, strict=True):
        header = f"current_{name} [A]"
        assert abs(charged[header] - value) <= bar(charged, header)


@pytest.mark.serial
def test_mirror_image_of_a_charged_tee_has_the_mirrored_currents(charged: dict[str, Any]) -> None:
    mirrored = at(tee("right", "left"), {"right": 0.1, "top": 0.02}, walls=WALLS)
    assert currents(mirrored, "T")[[1, 0, 2]] == pytest.approx(currents(charged, "T"), rel=1e-8, abs=0.0)
