"""A slit of silica in a buffer: charge, potential, current and flow against Poisson-Boltzmann between its walls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.integrate import solve_bvp

from solver.physics.acids import ACID_FORMS
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, VACUUM_PERMITTIVITY, thermal_voltage
from solver.physics.ions import ION_TABLE
from solver.physics.water import hydroxides, protons
from solver.results.headers import error_header
from validation.checks import Check
from validation.setting import Setting

KEY = "reactions"


def gated_slit(pH: float) -> dict[str, float]:
    """The slit of `cases/buffered_gate` without reservoirs, the same at both ends, from Poisson's and Boltzmann's equation
    between its walls, of which the charge follows from the pH there: by headers of results. All ions are of valence one."""
    half, length, width, voltage, stern = 15e-9, 2e-6, 1e-6, -0.1, 2.9
    permittivity, viscosity, volt = 78.5 * VACUUM_PERMITTIVITY, 0.89e-3, thermal_voltage(298.15)
    H, OH = protons(pH), hydroxides(pH)
    K, TrisH = 1.0 + max(OH - 2.0 / (1.0 + 10.0 ** (pH - 8.076)) - H, 0.0), 2.0 / (1.0 + 10.0 ** (pH - 8.076))
    bulk = {"K": K, "TrisH": TrisH, "H": H, "Cl": K + TrisH + H - OH, "OH": OH}
    salt = bulk["Cl"] + OH
    screening = 2.0 * FARADAY * salt * half**2 / (permittivity * volt)

    def slopes(_x: Any, y: Any, _p: Any) -> Any:
        return np.array([y[1], screening * np.sinh(y[0])])

    def ends(middle: Any, wall: Any, p: Any) -> Any:
        sites = volt * wall[0] + p[0] / stern
        charge = -8e18 * ELEMENTARY_CHARGE / (1.0 + 10.0 ** (7.5 - pH) * np.exp(-sites / volt))
        return np.array([middle[1], wall[1] - p[0] * half / (permittivity * volt), 1e2 * (p[0] - charge)])

    x, start = np.linspace(0.0, 1.0, 101), -2.0 * np.ones(101)
    found = solve_bvp(slopes, ends, x, np.array([start, 0.0 * x]), p=[-0.01], tol=1e-10, max_nodes=100_000)
    if not found.success:
        raise RuntimeError(found.message)
    zeta, field = float(found.sol(1.0)[0]), voltage / length
    nodes, weights = np.polynomial.legendre.leggauss(200)
    y = found.sol(0.5 * (nodes + 1.0))[0]
    diffusivities = {name: (ION_TABLE.get(name) or ACID_FORMS[name]).diffusivity for name in bulk}
    signs = {name: 1.0 if name in ("K", "TrisH", "H") else -1.0 for name in bulk}
    mobile = sum(diffusivities[name] * c * np.exp(-signs[name] * y) for name, c in bulk.items())
    velocity = permittivity * volt / viscosity * (y - zeta)
    current = FARADAY * (mobile / volt - 2.0 * salt * np.sinh(y) * velocity)
    area = 2.0 * half * width * field
    return {
        "surface_charge_mean [C/m^2]": float(found.p[0]),
        "zeta_potential_mean [V]": zeta * volt,
        "current [A]": area * float(weights @ current) / 2.0,
        "flow_rate [m^3/s]": area * float(weights @ velocity) / 2.0,
    }


def gated(setting: Setting) -> Iterator[Check]:
    """Charge, potential, current and flow of the shipped slit, the same buffer at both ends."""
    values = "[8]" if setting.quick else "[6, 7, 8, 9]"
    changes = ["geometry.reservoirs=null", "study.parameter=electrolyte.pH", f"study.values={values}"]
    for _, found in setting.shipped("buffered_gate", changes).observables.iterrows():
        pH = float(found["electrolyte.pH"])
        for header, exact in gated_slit(pH).items():
            name, unit = header[:-1].split(" [")
            yield Check(
                KEY, f"cases/buffered_gate without reservoirs, pH {pH:g}", name.replace("_", " "), unit, exact,
                float(found[header]), 2e-4, "exact",
                "Poisson and Boltzmann between walls with sites, conduction and electroosmosis across them (SciPy)",
                reference_uncertainty=1e-8 * abs(exact), error=float(found[error_header(header)]),
            )  # fmt: skip
