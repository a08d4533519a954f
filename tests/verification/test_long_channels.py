"""Long charged channels against the exact Poisson-Boltzmann transport coefficients.

Reference: spectral Poisson-Boltzmann and quadrature; (Q, J_s - 2 c_v Q, I) = L (-dp_v/dx, -kT d ln c_v/dx, -d phi_v/dx),
J_s in ions per second, per unit width for slits. Each column of L comes from a run of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from devices import KCL_WATER, row, sessions
from scipy.constants import Avogadro, e, k

KT = k * 298.15
BIAS, LOG_RATIO = 1e-3, 1e-3

SLITS = {
    "S1": (
        20e-9,
        1.0,
        -10e-3,
        (7.49063670e-22, 2.60360948e3, 5.40146189e-16, 7.04118241e28, 1.14711647e10, 1.96529274e-9),
    ),
    "S2": (
        100e-9,
        10.0,
        -5e-3,
        (9.36329588e-20, 1.03333999e3, 1.56105439e-15, 5.89245393e29, 3.13884255e9, 1.52059154e-8),
    ),
    "S3": (
        10e-9,
        0.1,
        -1e-3,
        (9.36329588e-23, 1.03996441e2, 1.83802379e-17, 6.07827378e27, 9.71162812e8, 1.56670496e-10),
    ),
}
CYLINDERS = {
    "C1": (20e-9, 1.0, -10e-3, (4.41234923e-30, 3.44438091e-5, 6.30442602e-24, 2.16048118e21, 3.50471980e2, 5.75708680e-17)),
    "C2": (100e-9, 10.0, -5e-3, (2.75771827e-27, 8.59170499e-5, 1.18551951e-22, 4.67839128e22, 6.31686133e2, 1.21341440e-15)),
}  # fmt: skip


def column(kind: str, size: float, c: float, charge: float, drive: str) -> np.ndarray:
    """One column of the transport matrix, per unit gradient."""
    length = 20 * size
    geometry: dict[str, Any] = {"type": kind, "length": length, "reservoirs": None}
    geometry |= {"height": size, "width": 1.0} if kind == "slit" else {"radius": size / 2}
    left, right, force = {"concentration": c}, {"concentration": c}, BIAS
    if drive == "potential":
        left["potential"] = BIAS
    elif drive == "pressure":
        left["pressure"] = force = 10.0
    else:
        left["concentration"], right["concentration"] = c * np.exp(LOG_RATIO / 2), c * np.exp(-LOG_RATIO / 2)
        force = KT * LOG_RATIO
    measured = row(
        {
            "geometry": geometry,
            "electrolyte": KCL_WATER,
            "terminals": {"left": left, "right": right},
            "walls": {"channel": {"surface_charge": charge}},
            # in wide channels J_s - 2 c_v Q is a small difference of large numbers
            "mesh": {"refinement": 1 if size > 50e-9 or kind == "cylinder" else 0},
        }
    )
    assert measured["conservation_error"] < 1e-8
    flow, current = measured["flow_rate [m^3/s]"], measured["current [A]"]
    ions = (measured["current_left_K [A]"] - measured["current_left_Cl [A]"]) / e
    return np.array([flow, ions - 2 * c * Avogadro * flow, current]) * length / force


@pytest.mark.parametrize(
    ("kind", "name"), [("slit", "S1"), ("slit", "S2"), ("slit", "S3"), ("cylinder", "C1"), ("cylinder", "C2")]
)
def test_transport_matrix_is_exact_and_symmetric(kind: str, name: str) -> None:
    size, c, charge, (l11, l12, l13, l22, l23, l33) = (SLITS | CYLINDERS)[name]
    exact = np.array([[l11, l12, l13], [l12, l22, l23], [l13, l23, l33]])
    found = np.column_stack([column(kind, size, c, charge, d) for d in ("pressure", "concentration", "potential")])
    assert found == pytest.approx(exact, rel=1e-3)
    assert found == pytest.approx(found.T, rel=1e-3)


def test_narrow_pore_at_high_field() -> None:
    """Pore of 1 nm radius at 25 MV/m: profiles, both currents, flow rate."""
    length = 20e-9
    data = {
        "geometry": {"type": "cylinder", "length": length, "radius": 1e-9, "reservoirs": None},
        "electrolyte": {
            "temperature": 293.0,
            "relative_permittivity": 80.2,
            "viscosity": 1e-3,
            "species": {"K": {"diffusivity": 0.95e-9}, "Cl": {"diffusivity": 0.95e-9}},
            "concentration": 300.0,
        },
        "terminals": {"left": {"potential": 2.5e7 * length}},
        "walls": {"channel": {"surface_charge": -0.05}},
    }
    ((_, measured, profile),) = list(sessions(data))
    assert measured["current [A]"] == pytest.approx(410.009e-12, rel=1e-3)
    assert measured["current_left_K [A]"] == pytest.approx(392.768e-12, rel=1e-3)
    assert measured["current_left_Cl [A]"] == pytest.approx(17.242e-12, rel=1e-3)
    assert measured["flow_rate [m^3/s]"] == pytest.approx(7.89452e-19, rel=1e-3)
    assert measured["zeta_potential_mean [V]"] == pytest.approx(-46.4190e-3, rel=1e-3)
    middle = profile[len(profile) // 2]
    assert middle["velocity [m/s]"] * np.pi * 1e-18 == pytest.approx(measured["flow_rate [m^3/s]"], rel=1e-4)


def test_slip_raises_the_hydraulic_conductance() -> None:
    """Poiseuille flow between slipping plates: h^3/(12 eta) (1 + 6 b/h) per unit width."""
    h, b, length = 20e-9, 5e-9, 200e-9
    for charge, tolerance in ((0.0, 1e-4),):
        measured = row(
            {
                "geometry": {"type": "slit", "length": length, "height": h, "width": 1.0, "reservoirs": None},
                "electrolyte": KCL_WATER | {"concentration": 1.0},
                "terminals": {"left": {"pressure": 1e4}},
                "walls": {"channel": {"surface_charge": charge, "slip_length": b}},
            }
        )
        exact = h**3 / (12 * 0.89e-3) * (1 + 6 * b / h) * 1e4 / length
        assert measured["flow_rate [m^3/s]"] == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize(
    ("height", "c", "exact"),
    [(70e-9, 0.01, 1.376062e-8), (70e-9, 1.0, 1.416021e-8), (70e-9, 1000.0, 1.051841e-6), (380e-9, 10.0, 6.838359e-8)],
)
def test_surface_governed_conductance(height: float, c: float, exact: float) -> None:
    """Conductance times length over width of highly charged slits (cf. Stein, Kruithof, Dekker, PRL 93, 035901)."""
    length = 20 * height
    measured = row(
        {
            "geometry": {"type": "slit", "length": length, "height": height, "width": 1.0, "reservoirs": None},
            "electrolyte": KCL_WATER | {"concentration": c},
            "terminals": {"left": {"potential": BIAS}},
            "walls": {"channel": {"surface_charge": -60e-3}},
        }
    )
    assert measured["conductance [S]"] * length == pytest.approx(exact, rel=1e-3)
