"""Long charged channels against the exact Poisson-Boltzmann transport coefficients.

Reference: spectral Poisson-Boltzmann and quadrature; (Q, J_s - 2 c_v Q, I) = L (-dp_v/dx, -kT d ln c_v/dx, -d phi_v/dx),
J_s in ions per second, per unit width for slits. Each column of L comes from a run of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.constants import Avogadro, e, epsilon_0, k
from scipy.integrate import quad, solve_bvp

from validation.checks import Check, Line, Plot, Section
from validation.devices import KCL_WATER, bar, row, simulated
from validation.setting import Setting

KT = k * 298.15
BIAS, LOG_RATIO, PRESSURE = 1e-3, 1e-3, 10.0
POISSON_BOLTZMANN = "spectral Poisson-Boltzmann and quadrature, nine digits; relations as in Fair and Osterle (1971)"

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
"""Height or diameter (m), concentration (mol/m^3), surface charge (C/m^2), (L11, L12, L13, L22, L23, L33)."""

DRIVES = ("pressure", "concentration", "potential")
UNITS = {
    "slit": (("m^3/(Pa s)", "m^2/(N s)", "m^3/(V s)"), ("m^2/(N s)", "1/(J s)", "1/(V s)"), ("m^3/(V s)", "1/(V s)", "S")),
    "cylinder": (
        ("m^4/(Pa s)", "m^3/(N s)", "m^4/(V s)"), ("m^3/(N s)", "1/(N s)", "m/(V s)"), ("m^4/(V s)", "m/(V s)", "S m"),
    ),
}  # fmt: skip
"""Units of the matrices; those of slits are per unit width."""


def column(kind: str, size: float, c: float, charge: float, drive: str) -> tuple[np.ndarray, np.ndarray, float]:
    """One column of the transport matrix, per unit gradient; the error bars of its entries; the error of conservation."""
    length = 20 * size
    geometry: dict[str, Any] = {"type": kind, "length": length, "reservoirs": None}
    geometry |= {"height": size, "width": 1.0} if kind == "slit" else {"radius": size / 2}
    left, right, force = {"concentration": c}, {"concentration": c}, BIAS
    if drive == "potential":
        left["potential"] = BIAS
    elif drive == "pressure":
        left["pressure"] = force = PRESSURE
    else:
        left["concentration"], right["concentration"] = c * np.exp(LOG_RATIO / 2), c * np.exp(-LOG_RATIO / 2)
        force = KT * LOG_RATIO
    found = row(
        {
            "geometry": geometry,
            "electrolyte": KCL_WATER,
            "terminals": {"left": left, "right": right},
            "walls": {"channel": {"surface_charge": charge}},
            # in wide channels J_s - 2 c_v Q is a small difference of large numbers
            "mesh": {"refinement": 1 if size > 50e-9 or kind == "cylinder" else 0},
        }
    )
    flow, current = found["flow_rate [m^3/s]"], found["current [A]"]
    ions = (found["current_left_K [A]"] - found["current_left_Cl [A]"]) / e
    carried = 2 * c * Avogadro
    errors = [
        bar(found, name) for name in ("flow_rate [m^3/s]", "current_left_K [A]", "current_left_Cl [A]", "current [A]")
    ]
    scale = length / force
    values = np.array([flow, ions - carried * flow, current]) * scale
    bars = np.array([errors[0], (errors[1] + errors[2]) / e + carried * errors[0], errors[3]]) * scale
    return values, bars, found["conservation_error"]


def transport_matrices(setting: Setting) -> Iterator[Check | Plot]:
    """All nine coefficients of slits and cylinders, and Onsager's symmetry of each matrix."""
    for kind, channels in (("slit", SLITS), ("cylinder", CYLINDERS)):
        for name, (size, c, charge, (l11, l12, l13, l22, l23, l33)) in channels.items():
            exact = np.array([[l11, l12, l13], [l12, l22, l23], [l13, l23, l33]])
            what = "height" if kind == "slit" else "diameter"
            device = f"{name}: {kind}, {what} {size * 1e9:g} nm, {c:g} mM, {charge * 1e3:g} mC/m^2"
            columns = [column(kind, size, c, charge, drive) for drive in DRIVES]
            found, errors = (np.column_stack([c[k] for c in columns]) for k in (0, 1))
            for i, j in np.ndindex(3, 3):
                yield Check(
                    "transport", device, f"L{i + 1}{j + 1}", UNITS[kind][i][j], exact[i, j], found[i, j], 1e-3, "exact",
                    POISSON_BOLTZMANN, reference_uncertainty=5e-10 * abs(exact[i, j]), error=float(errors[i, j]),
                )  # fmt: skip
            for i, j in ((0, 1), (0, 2), (1, 2)):
                yield Check(
                    "transport", device, f"L{i + 1}{j + 1} against L{j + 1}{i + 1}", UNITS[kind][i][j], found[j, i],
                    found[i, j], 5e-5, "exact", "Onsager symmetry: both are ours",
                    reference_uncertainty=float(errors[j, i]), error=float(errors[i, j]),
                )  # fmt: skip
            yield Check(
                "transport", device, "largest conservation error", "", 1e-8, max(c[2] for c in columns), 0.0, "exact",
                "conservation of charge", scale=1.0, bound="<",
            )  # fmt: skip


PORE = {"radius": 1e-9, "temperature": 293.0, "permittivity": 80.2, "viscosity": 1e-3, "diffusivity": 0.95e-9}
PORE_SALT, PORE_CHARGE, PORE_FIELD = 300.0, -0.05, 2.5e7


def pore_reference() -> dict[str, float]:
    """Currents (A), flow rate (m^3/s) and zeta potential (V) of a long pore in a uniform axial field: the
    Poisson-Boltzmann equation across it by collocation (scipy), u = -(eps/eta) (zeta - phi) E, and quadrature."""
    a, volt = PORE["radius"], k * PORE["temperature"] / e
    eps, faraday = PORE["permittivity"] * epsilon_0, e * Avogadro
    square = a**2 * 2 * faraday * PORE_SALT / (eps * volt)  # of radius over Debye length

    def equation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.array([y[1], square * np.sinh(y[0])])

    def ends(axis: np.ndarray, wall: np.ndarray) -> np.ndarray:
        return np.array([axis[1], wall[1] - PORE_CHARGE * a / (eps * volt)])

    curvature = np.array([[0.0, 0.0], [0.0, -1.0]])  # -y'/x of the cylinder
    start = np.linspace(0, 1, 101), np.full((2, 101), -1.0)
    profile = solve_bvp(equation, ends, *start, S=curvature, tol=1e-11, max_nodes=100_000).sol
    zeta = profile(1.0)[0]

    def velocity(x: float) -> float:
        return -eps * volt / PORE["viscosity"] * (zeta - profile(x)[0]) * PORE_FIELD

    def current(valence: int, x: float) -> float:
        drift = valence * PORE["diffusivity"] * PORE_FIELD / volt + velocity(x)
        return valence * faraday * PORE_SALT * np.exp(-valence * profile(x)[0]) * drift

    def integral(density: Callable[[float], float]) -> float:
        return float(quad(lambda x: density(x) * 2 * np.pi * x * a**2, 0, 1, epsabs=0, epsrel=1e-11, limit=400)[0])

    cations, anions = (integral(partial(current, z)) for z in (1, -1))
    return {
        "current [A]": cations + anions,
        "current_left_K [A]": cations,
        "current_left_Cl [A]": anions,
        "flow_rate [m^3/s]": integral(velocity),
        "zeta_potential_mean [V]": zeta * volt,
    }


def narrow_pore(setting: Setting) -> Iterator[Check | Plot]:
    """Pore of 1 nm radius at 25 MV/m: both ion currents, flow rate, zeta potential."""
    length = 20e-9
    data = {
        "geometry": {"type": "cylinder", "length": length, "radius": PORE["radius"], "reservoirs": None},
        "electrolyte": {
            "temperature": PORE["temperature"],
            "relative_permittivity": PORE["permittivity"],
            "viscosity": PORE["viscosity"],
            "species": {name: {"diffusivity": PORE["diffusivity"]} for name in ("K", "Cl")},
            "concentration": PORE_SALT,
        },
        "terminals": {"left": {"potential": PORE_FIELD * length}},
        "walls": {"channel": {"surface_charge": PORE_CHARGE}},
    }
    result = simulated(data)
    (found,) = result.table.to_dict("records")
    velocity = result.profiles["velocity [m/s]"]
    for header, exact in pore_reference().items():
        quantity, unit = header[:-1].split(" [")
        yield Check(
            "transport", "pore of 1 nm radius, 0.3 M, -50 mC/m^2, 25 MV/m", quantity.replace("_", " "), unit, exact,
            found[header], 1e-3, "exact", "Poisson-Boltzmann across the pore by collocation, quadrature",
            reference_uncertainty=1e-8 * abs(exact), error=bar(found, header),
        )  # fmt: skip
    yield Check(
        "transport", "pore of 1 nm radius, 0.3 M, -50 mC/m^2, 25 MV/m", "mean velocity in the middle times area", "m^3/s",
        found["flow_rate [m^3/s]"], velocity.iloc[len(velocity) // 2] * np.pi * 1e-18, 1e-3, "exact",
        "conservation of volume: the flow rate at the terminal",
    )  # fmt: skip


def slipping_slit(setting: Setting) -> Iterator[Check | Plot]:
    """Poiseuille flow between slipping plates: h^3/(12 eta) (1 + 6 b/h) per unit width."""
    h, b, length = 20e-9, 5e-9, 200e-9
    found = row(
        {
            "geometry": {"type": "slit", "length": length, "height": h, "width": 1.0, "reservoirs": None},
            "electrolyte": KCL_WATER | {"concentration": 1.0},
            "terminals": {"left": {"pressure": 1e4}},
            "walls": {"channel": {"slip_length": b}},
        }
    )
    exact = h**3 / (12 * 0.89e-3) * (1 + 6 * b / h) * 1e4 / length
    yield Check(
        "transport", "uncharged slit, height 20 nm, slip length 5 nm, 0.1 bar", "flow rate", "m^3/s", exact,
        found["flow_rate [m^3/s]"], 1e-4, "exact", "h^3/(12 eta) (1 + 6 b/h)", error=bar(found, "flow_rate [m^3/s]"),
    )  # fmt: skip


def transport(setting: Setting) -> Iterator[Check | Plot]:
    """Everything about long uniform channels at given drives."""
    yield from transport_matrices(setting)
    yield from narrow_pore(setting)
    yield from slipping_slit(setting)


CONDUCTANCES = {
    (70e-9, 0.01): 1.376062e-8,
    (70e-9, 1.0): 1.416021e-8,
    (70e-9, 1000.0): 1.051841e-6,
    (380e-9, 10.0): 6.838359e-8,
}
"""Conductance times length over width (S) at a height (m) and a concentration (mol/m^3), -60 mC/m^2."""


def surface_conductance(setting: Setting) -> Iterator[Check | Plot]:
    """Highly charged slits: against the exact values, and the plateau of Stein et al."""
    for (height, c), exact in CONDUCTANCES.items():
        length = 20 * height
        found = row(
            {
                "geometry": {"type": "slit", "length": length, "height": height, "width": 1.0, "reservoirs": None},
                "electrolyte": KCL_WATER | {"concentration": c},
                "terminals": {"left": {"potential": BIAS}},
                "walls": {"channel": {"surface_charge": -60e-3}},
            }
        )
        yield Check(
            "conductance", f"slit, height {height * 1e9:g} nm, {c:g} mM, -60 mC/m^2", "conductance x length / width", "S",
            exact, found["conductance [S]"] * length, 1e-3, "exact", POISSON_BOLTZMANN,
            reference_uncertainty=5e-7 * exact, error=bar(found, "conductance [S]") * length,
        )  # fmt: skip
    yield from plateau(setting)


def plateau(setting: Setting) -> Iterator[Check | Plot]:
    """The shipped slit from 0.01 mM to 1 M: the conductance becomes independent of the concentration."""
    overrides = ["study.values=[0.01 mM, 1 mM, 10 mM, 100 mM, 1 M]", "study.range=null"] if setting.quick else []
    table = setting.shipped("slit_conductance", overrides).observables
    c = table["electrolyte.concentration [mol/m^3]"].to_numpy(dtype=float)
    rows = [table.iloc[i].to_dict() for i in range(len(table))]
    conductance = {round(float(at), 6): row for at, row in zip(c, rows, strict=True)}
    low, one = conductance[0.01], conductance[1.0]
    ratio = low["conductance [S]"] / one["conductance [S]"]
    error = ratio * sum(bar(row, "conductance [S]") / row["conductance [S]"] for row in (low, one))
    yield Check(
        "conductance", "slit of 70 nm (cases/slit_conductance)", "conductance at 0.01 mM over that at 1 mM", "", 1.0, ratio,
        0.05, "trend", "plateau at low salt: Stein, Kruithof, Dekker, PRL 93, 035901 (2004)", error=error,
        note="the conductivity of the bulk falls by a factor of 100",
    )  # fmt: skip
    width, length = 50e-6, 70e-6
    exact = {0.01: 1.376062e-8, 1.0: 1.416021e-8, 10.0: 2.1945e-8, 100.0: 1.1256e-7, 1000.0: 1.051841e-6}
    molar = 96485.33212**2 / (8.31446261815324 * 298.15) * (1.957e-9 + 2.032e-9)  # S m^2/mol
    yield Plot(
        "conductance", "slit_conductance", "Conductance of a slit of 70 nm, -60 mC/m^2, against the concentration of KCl",
        "concentration [mM]", "conductance [S]",
        (
            Line("exact", list(exact), [g * width / length for g in exact.values()], look="points"),
            Line("bulk alone", list(c), [molar * at * 70e-9 * width / length for at in c], look="model"),
            Line(
                "this program", list(c), [row["conductance [S]"] for row in rows],
                [bar(row, "conductance [S]") for row in rows],
            ),
        ),
        "Below 1 mM the ions that neutralize the walls carry the current, and the conductance no longer falls with the salt.",
        x_log=True, y_log=True,
    )  # fmt: skip


TRANSPORT = Section(
    "transport",
    "Transport coefficients of long channels",
    "Slits S1 to S3 and cylinders C1, C2 with overlapping and with thin double layers: flow rate, excess ion flux and "
    "current under small gradients of pressure, concentration and potential, against the exact Poisson-Boltzmann "
    "coefficients; Onsager's symmetry; a pore of molecular width at high field; slip.",
    transport,
)
CONDUCTANCE = Section(
    "conductance",
    "Surface-governed conductance of slits",
    "Slits in the geometry of Stein, Kruithof and Dekker, PRL 93, 035901 (2004), against the exact Poisson-Boltzmann "
    "conductance with convection, and the published plateau.",
    surface_conductance,
)
