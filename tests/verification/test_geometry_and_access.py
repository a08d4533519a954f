"""Uncharged channels: resistances that geometry alone decides, and symmetry."""

from __future__ import annotations

import numpy as np
import pytest
from devices import KCL_WATER, row, rows

NACL = {
    "temperature": 298.15,
    "species": {"Na": {"diffusivity": 1.334e-9}, "Cl": {"diffusivity": 2.032e-9}},
    "concentration": 1000.0,
}


def pore(reservoir: float) -> float:
    """Conductance of a pore of 2 nm radius and 13 nm length between reservoirs of a given size."""
    return row(
        {
            "geometry": {
                "type": "cylinder",
                "length": 13e-9,
                "radius": 2e-9,
                "reservoirs": {"length": reservoir, "radius": reservoir},
            },
            "electrolyte": NACL,
            "terminals": {"left": {"potential": 0.1}},
            "solver": {"flow": "none"},
        }
    )["conductance [S]"]


def test_access_resistance() -> None:
    """Pore of 2 nm radius, 13 nm long, in 1 M NaCl. Hall's access resistance 1/(4 kappa a) a side gives 9.8408 nS; it
    assumes an equipotential mouth. The exact end correction of a long flanged tube is 0.8217 a a side instead of
    pi a / 4 (King, Phil. Mag. 21, 128 (1936)), 0.9 % lower; finite reservoirs add about that much again / (size/a)."""
    kappa, a, length = 12.6406, 2e-9, 13e-9
    exact = kappa * np.pi * a**2 / (length + 2 * 0.8217 * a)
    found = {size: pore(size) for size in (50e-9, 100e-9, 200e-9)}
    assert found[50e-9] == pytest.approx(9.8408e-9, rel=1e-2)
    # what a reservoir leaves out falls like 1/size: extrapolation to infinity
    infinite = 1 / (2 / found[200e-9] - 1 / found[100e-9])
    assert infinite == pytest.approx(exact, rel=5e-4)
    earlier = 1 / (2 / found[100e-9] - 1 / found[50e-9])
    assert earlier == pytest.approx(infinite, rel=5e-4)


@pytest.mark.parametrize(
    ("base", "tip", "length", "exact"),
    [(200e-9, 50e-9, 10e-6, 3.18327790e8), (50e-9, 5e-9, 1e-6, 1.27388380e9)],
)
def test_uncharged_cone_resistance(base: float, tip: float, length: float, exact: float) -> None:
    """Spherical-sector resistance at 1 S/m; flat ends lie between it and the slender formula, 5e-4 lower at most."""
    measured = row(
        {
            "geometry": {"type": "cone", "length": length, "radius_base": base, "radius_tip": tip, "reservoirs": None},
            "electrolyte": NACL,
            "terminals": {"base": {"potential": 0.1}},
            "solver": {"flow": "none"},
        }
    )
    resistance = 12.6406 / measured["conductance [S]"]
    assert resistance == pytest.approx(exact, rel=6e-4)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "cylinder", "length": 200e-9, "radius": 5e-9, "reservoirs": {"length": 1e-7, "radius": 1e-7}},
        {
            "type": "hourglass",
            "length": 200e-9,
            "radius_waist": 5e-9,
            "radius_ends": 15e-9,
            "reservoirs": {"length": 1e-7, "radius": 1e-7},
        },
        {
            "type": "slit",
            "length": 200e-9,
            "height": 10e-9,
            "width": 1e-6,
            "reservoirs": {"length": 1e-7, "half_height": 1e-7},
        },
    ],
    ids=lambda g: g["type"],
)
def test_symmetric_device_does_not_rectify(geometry: dict[str, object]) -> None:
    found = rows(
        {
            "geometry": geometry,
            "electrolyte": KCL_WATER | {"concentration": 10.0},
            "walls": {"channel": {"surface_charge": -20e-3}},
            "study": {"type": "sweep", "parameter": "terminals.left.potential", "values": [0.5, -0.5]},
        }
    )
    plus, minus = (r["current [A]"] for r in sorted(found, key=lambda r: -r["bias [V]"]))
    assert abs(minus / plus) == pytest.approx(1, abs=1e-8)
